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
		linesKernel{g, panels, linePanels / panels}.write()
	}
}

// linePanels makes 8 sums, which keep two units with a latency of four cycles
// busy.
const linePanels = 4

// A linesKernel with few panels has too few sums for that. It takes several lines at
// once, as long as there are: abreast of them.
type linesKernel struct {
	*generator
	panels, abreast int
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
	lines := k.Load(k.Param("lines"), k.GP64())
	if k.abreast > 1 {
		k.CMPQ(lines, Imm(uint64(k.abreast)))
		k.JLT(LabelRef("few"))
		k.Label("several")
		k.severalLines(dst)
		k.SUBQ(Imm(uint64(k.abreast)), lines)
		k.CMPQ(lines, Imm(uint64(k.abreast)))
		k.JGE(LabelRef("several"))
		k.Label("few")
		k.TESTQ(lines, lines)
		k.JZ(LabelRef("done"))
	}
	k.lineByLine(dst, lines)
	k.Label("done")
	k.VZEROUPPER()
	k.RET()
}

// lineByLine computes lines one after the other.
func (k linesKernel) lineByLine(dst rowPointers, lines reg.Register) {
	param := func(name string) reg.Register { return k.Load(k.Param(name), k.GP64()) }
	src, taps, tapStride := param("src"), param("taps"), param("tapStride")
	k.Label("one")
	k.fetchAhead(rowPointers{bases: []reg.Register{src}}, 1)
	sums := k.startLines("one", dst, 1)
	x, w := rowPointers{bases: []reg.Register{k.moved(src)}}, rowPointers{bases: []reg.Register{k.moved(taps)}}
	k.addTaps("one", x, w, tapStride, sums)
	k.eachLine(dst, param("dstStep"), sums, func(m Mem, u reg.VecVirtual) { k.VMOVUPS(u, m) })
	k.ADDQ(param("lineStride"), src)
	k.ADDQ(param("tapsStep"), taps)
	k.DECQ(lines)
	k.JNZ(LabelRef("one"))
}

// severalLines computes as many lines as go abreast, and moves on by them.
func (k linesKernel) severalLines(dst rowPointers) {
	param := func(name string) reg.Register { return k.Load(k.Param(name), k.GP64()) }
	src, taps := k.rowPointers("src", "lineStride", k.abreast), k.rowPointers("taps", "tapsStep", k.abreast)
	k.fetchAhead(src, k.abreast)
	sums := k.startLines("several", dst, k.abreast)
	k.addTaps("several", src, taps, param("tapStride"), sums)
	k.eachLine(dst, param("dstStep"), sums, func(m Mem, u reg.VecVirtual) { k.VMOVUPS(u, m) })
	k.addTo("src", k.times(param("lineStride"), k.abreast))
	k.addTo("taps", k.times(param("tapsStep"), k.abreast))
}

// addTaps adds the taps of lines to their sums.
func (k linesKernel) addTaps(label string, src, taps rowPointers, tapStride reg.Register, sums [][]reg.VecVirtual) {
	if k.lanes == slidingLanes {
		k.CMPQ(tapStride, Imm(4))
		k.JNE(LabelRef("apart_" + label))
		k.slide(label, src, taps, sums)
		k.JMP(LabelRef("added_" + label))
		k.Label("apart_" + label)
	}
	k.repeat("tap_of_"+label, k.Load(k.Param("numTaps"), k.GP64()), func() {
		weight := k.vector()
		for l := range sums {
			k.VBROADCASTSS(taps.at(l, 0), weight)
			for v, u := range sums[l] {
				k.VFMADD231PS(src.at(l, v*k.bytes()), weight, u)
			}
		}
		k.advance(src, tapStride)
		k.advance(taps, Imm(4))
	})
	if k.lanes == slidingLanes {
		k.Label("added_" + label)
	}
}

// slidingLanes is how many lanes vectors have that slide along the steps: a load of 64
// bytes that is not aligned reads two lines of the cache, which halves the loads.
const slidingLanes = 16

// slide adds taps that are one step apart. Every second vector of inputs is taken out of
// two that are in registers, so that the units that load and those that shuffle share the
// work.
func (k linesKernel) slide(label string, src, taps rowPointers, sums [][]reg.VecVirtual) {
	left := k.Load(k.Param("numTaps"), k.GP64())
	k.Label("slide_" + label)
	x := make([][]reg.VecVirtual, len(sums))
	for l := range sums {
		x[l] = k.vectors(len(sums[l]))
		for v := range x[l] {
			k.VMOVUPS(src.at(l, v*k.bytes()), x[l][v])
		}
	}
	weight, shifted := k.vector(), k.vector()
	for j := range k.lanes {
		for l := range sums {
			k.VBROADCASTSS(taps.at(l, 4*j), weight)
			for v, u := range sums[l] {
				switch {
				case j == 0:
					k.VFMADD231PS(x[l][v], weight, u)
				case v%2 == 0:
					k.VALIGND(Imm(uint64(j)), x[l][v], x[l][v+1], shifted)
					k.VFMADD231PS(shifted, weight, u)
				default:
					k.VFMADD231PS(src.at(l, v*k.bytes()+4*j), weight, u)
				}
			}
		}
		k.DECQ(left)
		k.JZ(LabelRef("added_" + label))
	}
	k.advance(src, Imm(uint64(k.bytes())))
	k.advance(taps, Imm(uint64(k.bytes())))
	k.JMP(LabelRef("slide_" + label))
}

// fetchAhead asks for what a later call will want of the lines.
func (k linesKernel) fetchAhead(src rowPointers, n int) {
	at := k.moved(src.bases[0])
	k.ADDQ(k.Load(k.Param("ahead"), k.GP64()), at)
	for l := range n {
		if l > 0 {
			k.ADDQ(src.stride, at)
		}
		for disp := 0; disp < 2*k.panels*k.bytes(); disp += 4 * lineFloats {
			k.PREFETCHT1(Mem{Base: at, Disp: disp})
		}
	}
}

// startLines sets the sums of n lines to zero or to what dst holds.
func (k linesKernel) startLines(label string, dst rowPointers, n int) [][]reg.VecVirtual {
	sums := make([][]reg.VecVirtual, n)
	for l := range sums {
		sums[l] = k.vectors(2 * k.panels)
		for _, u := range sums[l] {
			k.VXORPS(u, u, u)
		}
	}
	accumulate := k.Load(k.Param("accumulate"), k.GP64())
	k.TESTQ(accumulate, accumulate)
	k.JZ(LabelRef("begin_" + label))
	step := k.Load(k.Param("dstStep"), k.GP64())
	k.eachLine(dst, step, sums, func(m Mem, u reg.VecVirtual) { k.VMOVUPS(m, u) })
	back := k.times(step, n)
	k.NEGQ(back)
	k.advance(dst, back)
	k.Label("begin_" + label)
	return sums
}

// eachLine visits the sums with their places in dst, which it moves on by the lines.
func (k linesKernel) eachLine(dst rowPointers, step reg.Register, sums [][]reg.VecVirtual, visit func(m Mem, u reg.VecVirtual)) {
	for _, line := range sums {
		for v, u := range line {
			visit(dst.at(v/2, v%2*k.bytes()), u)
		}
		k.advance(dst, step)
	}
}
