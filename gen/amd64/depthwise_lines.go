package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// depthwiseLines writes the kernels for signals whose steps stand side by side,
// as in channels_first: for so many panels of steps, each of two vectors.
func (g *generator) depthwiseLines() {
	for panels := linePanels; panels >= 1; panels /= 2 {
		linesKernel{g, panels}.write()
	}
}

// linePanels makes 8 sums, which keep two units with a latency of four cycles
// busy.
const linePanels = 4

type linesKernel struct {
	*generator
	panels int
}

func (k linesKernel) write() {
	steps := 2 * k.lanes * k.panels
	name := fmt.Sprintf("depthwiseLines%d%s", steps, k.suffix)
	k.kernel(name, "func(dst, src, taps *float32, lines, numTaps, panelStride, dstStep, lineStride, tapStride, tapsStep, ahead int, accumulate uint64)")
	k.Doc(
		fmt.Sprintf("%s does, with strides in bytes,", name),
		"",
		fmt.Sprintf("\tfor l in 0..lines-1, t in 0..%d: u := accumulate != 0 ? dst(l, t) : 0", steps-1),
		"\t\tfor j in 0..numTaps-1: u = fma(src[l*lineStride + j*tapStride + t], taps[l*tapsStep + 4*j], u)",
		"\t\tdst(l, t) = u",
		"",
		fmt.Sprintf("where dst(l, t) = dst[t/%d*panelStride + l*dstStep + t%%%d]. It asks for the lines", 2*k.lanes, 2*k.lanes),
		"ahead bytes after those of src.",
	)
	dst := k.rowPointers("dst", "panelStride", k.panels)
	param := func(name string) reg.Register { return k.Load(k.Param(name), k.GP64()) }
	src, taps, lines := param("src"), param("taps"), param("lines")
	tapStride := param("tapStride")
	k.Label("line")
	k.fetchAhead(src, steps)
	sums := k.startLine(dst)
	x, w := k.moved(src), k.moved(taps)
	k.repeat("tap", param("numTaps"), func() {
		weight := k.vector()
		k.VBROADCASTSS(Mem{Base: w}, weight)
		for v, u := range sums {
			k.VFMADD231PS(Mem{Base: x, Disp: v * k.bytes()}, weight, u)
		}
		k.ADDQ(tapStride, x)
		k.ADDQ(Imm(4), w)
	})
	k.eachSum(dst, sums, func(m Mem, u reg.VecVirtual) { k.VMOVUPS(u, m) })
	k.ADDQ(param("lineStride"), src)
	k.ADDQ(param("tapsStep"), taps)
	k.advance(dst, param("dstStep"))
	k.DECQ(lines)
	k.JNZ(LabelRef("line"))
	k.VZEROUPPER()
	k.RET()
}

// fetchAhead asks for what a later call will want of the line.
func (k linesKernel) fetchAhead(src reg.Register, steps int) {
	ahead := k.Load(k.Param("ahead"), k.GP64())
	for at := 0; at < 4*steps; at += 4 * lineFloats {
		k.PREFETCHT1(Mem{Base: src, Index: ahead, Scale: 1, Disp: at})
	}
}

// startLine sets the sums to zero or to what dst holds.
func (k linesKernel) startLine(dst rowPointers) []reg.VecVirtual {
	sums := k.vectors(2 * k.panels)
	for _, u := range sums {
		k.VXORPS(u, u, u)
	}
	accumulate := k.Load(k.Param("accumulate"), k.GP64())
	k.TESTQ(accumulate, accumulate)
	k.JZ(LabelRef("begin"))
	k.eachSum(dst, sums, func(m Mem, u reg.VecVirtual) { k.VMOVUPS(m, u) })
	k.Label("begin")
	return sums
}

// eachSum visits the sums with their places in dst.
func (k linesKernel) eachSum(dst rowPointers, sums []reg.VecVirtual, visit func(m Mem, u reg.VecVirtual)) {
	for v, u := range sums {
		visit(dst.at(v/2, v%2*k.bytes()), u)
	}
}
