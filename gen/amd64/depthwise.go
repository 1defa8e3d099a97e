package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// depthwise writes the kernels for a window of outputs, and for the fewer rows
// that a signal may end with; each once for whole panels of columns, and once for
// one vector of columns that are not whole or share inputs.
func (g *generator) depthwise() {
	for rows := g.window.outputs; rows >= 1; rows /= 2 {
		depthwiseKernel{g, window{rows, g.window.taps}}.columns()
		// Two registers hold how inputs are gathered.
		depthwiseKernel{g, window{rows, g.window.taps - 1}}.gathered()
	}
	g.depthwiseRolls()
}

// depthwiseKernel keeps a window of outputs in registers while it goes through
// the taps. If an output's next tap is where the next output's tap is, as with
// stride 1, it takes several taps at once: then each input is loaded once for all
// pairs of an output and a tap that meet there. Otherwise each tap's weights are
// loaded once for all outputs.
type depthwiseKernel struct {
	*generator
	window
}

// depthwiseState is the registers of a kernel.
type depthwiseState struct {
	dst, src, taps                  reg.Register
	dstStride, rowStride, tapStride reg.Register
	// load loads inputs to multiply; without it they may come from memory.
	load func(m Mem, x reg.VecVirtual)
}

func (k depthwiseKernel) name(kind string) string {
	return fmt.Sprintf("depthwise%s%dx%d%s", kind, k.outputs, k.lanes, k.suffix)
}

func (k depthwiseKernel) doc(name, columns, input string) {
	k.Doc(
		fmt.Sprintf("%s does, with strides in bytes, %s,", name, columns),
		"",
		fmt.Sprintf("\tfor r in 0..%d: u := accumulate != 0 ? dst[r*dstStride + i] : 0", k.outputs-1),
		fmt.Sprintf("\t\tfor j in 0..chunks*%d+rest-1: u = fma(%s, taps[j*%d + i], u)", k.taps, input, panelWidth),
		"\t\tdst[r*dstStride + i] = u",
		"",
		"chunks must be 0 unless rowStride = tapStride.",
	)
}

// panelWidth is the width of a packed panel of taps, for every set.
const panelWidth = 16

// columns writes the kernel for whole panels. A block of rows is computed for all
// panels before the next, so that its input is read in order.
func (k depthwiseKernel) columns() {
	name := k.name("")
	k.kernel(name, "func(dst, src, taps *float32, blocks, panels, chunks, rest, dstStride, rowStride, tapStride, panelStride int, accumulate uint64)")
	k.doc(name, fmt.Sprintf("for blocks of rows r and panels of %d columns i whose taps are panelStride bytes apart", panelWidth), "src[r*rowStride + j*tapStride + i]")
	s := k.pointers()
	blocks := k.Load(k.Param("blocks"), k.GP64())
	k.Label("block")
	k.Load(k.Param("taps"), s.taps)
	panels := k.Load(k.Param("panels"), k.GP64())
	k.Label("panel")
	for part := range panelWidth / k.lanes {
		k.vectorOfColumns(s, fmt.Sprint(part))
		for _, pointer := range []reg.Register{s.dst, s.src, s.taps} {
			k.ADDQ(Imm(uint64(k.bytes())), pointer)
		}
	}
	next := k.Load(k.Param("panelStride"), k.GP64())
	k.ADDQ(next, s.taps)
	k.SUBQ(Imm(4*panelWidth), s.taps)
	k.DECQ(panels)
	k.JNZ(LabelRef("panel"))

	// From past the last panel to the first of the next block.
	gone := k.Load(k.Param("panels"), k.GP64())
	k.SHLQ(Imm(6), gone) // 4*panelWidth
	for _, p := range []struct{ pointer, stride reg.Register }{{s.dst, s.dstStride}, {s.src, s.rowStride}} {
		k.SUBQ(gone, p.pointer)
		k.ADDQ(k.times(p.stride, k.outputs), p.pointer)
	}
	k.DECQ(blocks)
	k.JNZ(LabelRef("block"))
	k.VZEROUPPER()
	k.RET()
}

// gathered writes the kernel for one vector of columns, some of which may not
// exist, and whose inputs need not be side by side.
func (k depthwiseKernel) gathered() {
	name := k.name("Gathered")
	k.kernel(name, "func(dst, src, taps *float32, chunks, rest, dstStride, rowStride, tapStride int, accumulate uint64, lanes *uint32)")
	k.doc(name, fmt.Sprintf("for %d columns i", k.lanes), "src[r*rowStride + j*tapStride + lanes.index[i]]")
	s := k.pointers()
	s.load = k.gatheredLoad(k.Load(k.Param("lanes"), k.GP64()))
	k.vectorOfColumns(s, "")
	k.VZEROUPPER()
	k.RET()
}

// gatheredLoad returns how to load the inputs of columns that a gathering describes:
// a mask of what to load, and for each column which of that is its own.
func (g *generator) gatheredLoad(lanes reg.Register) func(m Mem, x reg.VecVirtual) {
	load := g.maskedLoad(lanes)
	index := g.vector()
	g.VMOVUPS(Mem{Base: lanes, Disp: g.bytes()}, index)
	return func(m Mem, x reg.VecVirtual) {
		load(m, x)
		g.VPERMPS(x, index, x)
	}
}

// gatheredNeeds is how many registers hold how inputs are gathered: with AVX-512 the
// indices, else the mask as well.
func (g *generator) gatheredNeeds() int {
	if g.lanes == 16 {
		return 1
	}
	return 2
}

// maskedLoad returns how to load the lanes that a mask in memory has, the others
// being 0: a bit for each with AVX-512, else the top bit of each uint32.
func (g *generator) maskedLoad(lanes reg.Register) func(m Mem, x reg.VecVirtual) {
	if g.lanes == 16 {
		mask := g.K()
		g.KMOVW(Mem{Base: lanes}, mask)
		return func(m Mem, x reg.VecVirtual) { g.VMOVUPS_Z(m, mask, x) }
	}
	mask := g.vector()
	g.VMOVUPS(Mem{Base: lanes}, mask)
	return func(m Mem, x reg.VecVirtual) { g.VMASKMOVPS(m, mask, x) }
}

// pointers loads the parameters that all kernels have.
func (k depthwiseKernel) pointers() *depthwiseState {
	param := func(name string) reg.Register { return k.Load(k.Param(name), k.GP64()) }
	return &depthwiseState{
		dst: param("dst"), src: param("src"), taps: param("taps"),
		dstStride: param("dstStride"), rowStride: param("rowStride"), tapStride: param("tapStride"),
	}
}

// vectorOfColumns computes one vector of columns of the window's rows. labels
// keeps the labels of several in one kernel apart.
func (k depthwiseKernel) vectorOfColumns(s *depthwiseState, labels string) {
	sums := k.startRows(s, labels)
	src, taps := k.GP64(), k.GP64()
	k.MOVQ(s.src, src)
	k.MOVQ(s.taps, taps)
	x := k.vector()

	k.loop("chunks", "chunk"+labels, func() { k.chunk(s, sums, src, taps, x, k.taps) })
	rest := k.Load(k.Param("rest"), k.GP64())
	k.CMPQ(s.rowStride, s.tapStride)
	k.JNE(LabelRef("apart" + labels))
	k.rest(rest, "store"+labels, labels, func(n int) { k.chunk(s, sums, src, taps, x, n) })
	k.Label("apart" + labels)
	k.repeat("tap"+labels, rest, func() { k.tap(s, sums, src, taps, x) })
	k.Label("store" + labels)

	dst := k.moved(s.dst)
	for r, u := range sums {
		k.VMOVUPS(u, k.row(dst, s.dstStride, r))
	}
}

// startRows sets the sums to zero or to what dst holds.
func (k depthwiseKernel) startRows(s *depthwiseState, labels string) []reg.VecVirtual {
	sums := k.vectors(k.outputs)
	accumulate := k.Load(k.Param("accumulate"), k.GP64())
	for _, u := range sums {
		k.VXORPS(u, u, u)
	}
	k.TESTQ(accumulate, accumulate)
	k.JZ(LabelRef("begin" + labels))
	dst := k.moved(s.dst)
	for r, u := range sums {
		k.VMOVUPS(k.row(dst, s.dstStride, r), u)
	}
	k.Label("begin" + labels)
	return sums
}

// rest goes through fewer taps than a chunk has, half of which it takes at once if
// there are as many.
func (k depthwiseKernel) rest(count reg.Register, done, labels string, chunk func(n int)) {
	half := k.taps / 2
	k.CMPQ(count, Imm(uint64(half)))
	k.JLT(LabelRef("less" + labels))
	chunk(half)
	k.SUBQ(Imm(uint64(half)), count)
	k.Label("less" + labels)
	k.fewer(count, 0, k.taps-half-1, done, labels, chunk)
}

// fewer goes through count taps at once, of which there are from least to most.
func (k depthwiseKernel) fewer(count reg.Register, least, most int, done, labels string, chunk func(n int)) {
	if least == most {
		if most > 0 {
			chunk(most)
		}
		k.JMP(LabelRef(done))
		return
	}
	middle := (least + most + 1) / 2
	label := fmt.Sprintf("from_%d%s", middle, labels)
	k.CMPQ(count, Imm(uint64(middle)))
	k.JGE(LabelRef(label))
	k.fewer(count, least, middle-1, done, labels, chunk)
	k.Label(label)
	k.fewer(count, middle, most, done, labels, chunk)
}

// chunk goes through n taps at once: input i meets the taps t and the outputs r
// with r + t = i, in ascending order of t for each r.
func (k depthwiseKernel) chunk(s *depthwiseState, sums []reg.VecVirtual, src, taps reg.Register, x reg.VecVirtual, n int) {
	weights := k.vectors(n)
	for t, w := range weights {
		k.VMOVUPS(Mem{Base: taps, Disp: 4 * panelWidth * t}, w)
	}
	input := k.moved(src)
	for i := range k.outputs + n - 1 {
		m := k.row(input, s.tapStride, i)
		if s.load != nil {
			s.load(m, x)
		} else {
			k.VMOVUPS(m, x)
		}
		for t := min(i, n-1); t >= max(0, i-k.outputs+1); t-- {
			k.VFMADD231PS(weights[t], x, sums[i-t])
		}
	}
	k.step(src, s.tapStride, n)
	k.ADDQ(U32(4*panelWidth*n), taps)
}

// tap adds one tap to all rows.
func (k depthwiseKernel) tap(s *depthwiseState, sums []reg.VecVirtual, src, taps reg.Register, x reg.VecVirtual) {
	w := k.vector()
	k.VMOVUPS(Mem{Base: taps}, w)
	input := k.moved(src)
	for r, u := range sums {
		m := k.row(input, s.rowStride, r)
		if s.load == nil {
			k.VFMADD231PS(m, w, u)
			continue
		}
		s.load(m, x)
		k.VFMADD231PS(x, w, u)
	}
	k.ADDQ(s.tapStride, src)
	k.ADDQ(Imm(4*panelWidth), taps)
}
