package main

import (
	"fmt"

	"github.com/sepconv/go/gen/a64"
)

// depthwiseLines writes the kernels for signals whose steps stand side by side, as
// in channels_first: for so many panels of steps, each of two vectors.
func (g *generator) depthwiseLines() {
	for panels := linePanels; panels >= 1; panels /= 2 {
		newLinesKernel(g, panels).write()
	}
}

// linePanels makes 16 sums, which keep four units with a latency of four cycles
// busy.
const linePanels = 8

// linesKernel loads an input for every multiply-add: those of neighbouring taps
// overlap.
type linesKernel struct {
	*generator
	sums []a64.V
	x    []a64.V // inputs of some sums, in rotation
	taps a64.V   // the weights of a turn's taps

	dst []a64.R // of each panel
	at  a64.R   // the inputs of a tap
}

func newLinesKernel(g *generator, panels int) *linesKernel {
	sums := a64.V(panelVectors * panels)
	return &linesKernel{generator: g, sums: a64.Vectors(0, sums-1), x: a64.Vectors(sums, sums+7), taps: 31}
}

func (k *linesKernel) write() {
	width := panelVectors * lanes
	steps := lanes * len(k.sums)
	name := fmt.Sprintf("depthwiseLines%d%s", steps, suffix)
	k.kernel(name, "(dst, src, taps *float32, lines, numTaps, panelStride, dstStep, lineStride, tapStride, tapsStep, ahead int, accumulate uint64)",
		"with strides in bytes",
		fmt.Sprintf("for l in 0..lines-1, t in 0..%d: u := accumulate != 0 ? dst(l, t) : 0", steps-1),
		"\tfor j in 0..numTaps-1: u = fma(src[l*lineStride + j*tapStride + t], taps[l*tapsStep + 4*j], u)",
		"\tdst(l, t) = u")
	k.Doc("", fmt.Sprintf("where dst(l, t) = dst[t/%d*panelStride + l*dstStep + t%%%d]. It asks for the lines", width, width),
		"ahead bytes after those of src.")
	src, taps, lines := k.Param("src"), k.Param("taps"), k.Param("lines")
	tapStride, lineStride := k.Param("tapStride"), k.Param("lineStride")
	tapsStep, dstStep, ahead := k.Param("tapsStep"), k.Param("dstStep"), k.Param("ahead")
	first, panelStride := k.Param("dst"), k.Param("panelStride")
	k.dst = k.rows(first, panelStride, len(k.sums)/panelVectors)
	weights, count := panelStride, k.R() // the stride is not needed any more
	k.at = k.R()

	k.repeat("line", lines, func() {
		k.ADD(ahead, src, k.at)
		for offset := 0; offset < vectorBytes*len(k.sums); offset += lineBytes {
			k.Prefetch(a64.LoadL2, a64.At(k.at).Plus(offset))
		}
		k.startLine(count)
		k.MOVD(src, k.at)
		k.MOVD(taps, weights)
		k.LoadParam("numTaps", count)
		k.LSR(2, count, count)
		k.repeatIfAny("turns", count, func() {
			k.LD1Next(weights, k.taps)
			for tap := range lanes {
				k.tap(tap, tapStride)
			}
		})
		k.LoadParam("numTaps", count)
		k.ANDImm(lanes-1, count, count)
		k.repeatIfAny("rest", count, func() {
			k.LoadS(a64.At(weights), k.taps)
			k.ADDImm(4, weights, weights)
			k.tap(0, tapStride)
		})
		k.eachSum(func(m a64.Mem, u a64.V) { k.StoreQ(u, m) })
		k.ADD(lineStride, src, src)
		k.ADD(tapsStep, taps, taps)
		for _, panel := range k.dst {
			k.ADD(dstStep, panel, panel)
		}
	})
	k.RET()
}

// startLine sets the sums to zero or to what dst holds.
func (k *linesKernel) startLine(accumulate a64.R) {
	k.LoadParam("accumulate", accumulate)
	for _, u := range k.sums {
		k.Zero(u)
	}
	k.CBZ(accumulate, "begin")
	k.eachSum(k.LoadQ)
	k.Label("begin")
}

// eachSum visits the sums with their places in dst.
func (k *linesKernel) eachSum(visit func(m a64.Mem, u a64.V)) {
	for i, u := range k.sums {
		visit(a64.At(k.dst[i/panelVectors]).Plus(i%panelVectors*vectorBytes), u)
	}
}

// tap adds a tap, whose weight is in a lane, to the sums.
func (k *linesKernel) tap(lane int, stride a64.R) {
	load := func(i int) {
		if i < len(k.sums) {
			k.LoadQ(a64.At(k.at).Plus(vectorBytes*i), k.x[i%len(k.x)])
		}
	}
	ahead := len(k.x) - 1
	for i := range ahead {
		load(i)
	}
	for i, u := range k.sums {
		load(i + ahead)
		k.VFMLALane(k.taps.S(lane), k.x[i%len(k.x)], u)
	}
	k.ADD(stride, k.at, k.at)
}
