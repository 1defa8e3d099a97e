package main

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/gen/a64"
)

// The flags of a pointwise kernel, as package asm knows them.
const (
	bitAccumulate = iota
	bitReLU
	bitBiasOfRows
)

const (
	tileRows     = 8 // height of the largest pointwise tile
	panelVectors = 2 // in a row of a panel of filters
)

// pointwise writes the tiles of 1 to tileRows rows by a panel of filters, which is
// two vectors, by the first filters of one, and by a panel of depthwise taps, which is
// one vector.
func (g *generator) pointwise() {
	for height := tileRows; height >= 1; height-- {
		newPointwiseTile(g, height, panelVectors, panelVectors).filters()
	}
	g.wide()
	for vectors := 1; vectors <= panelVectors; vectors++ {
		for height := tileRows; height >= 1; height-- {
			newPointwiseTile(g, height, vectors, panelVectors).edge()
		}
	}
	for height := tileRows; height >= 1; height-- {
		newPointwiseTile(g, height, panelWidth/lanes, panelWidth/lanes).taps()
	}
}

// pointwiseTile keeps height x vectors sums in registers while it goes through the
// depth, four steps a turn: of each row it loads the inputs of four steps at once,
// and multiplies a row of the panel by one lane of them.
//
// For CPUs that execute in order, the loads stand where what they load is needed
// half a turn later, and share their cycles with multiply-adds. A turn is then
//
//	first half:  steps 0 and 1, and loads of the weights of steps 2 and 3
//	second half: steps 2 and 3, and loads of the inputs and weights of the next steps
//
// and the loop begins with a second half.
type pointwiseTile struct {
	*generator
	height, vectors int
	apart           int // vectors from one row of the panel to the next

	sums    [][]a64.V    // of each row
	inputs  []a64.V      // of each row, for four steps
	weights [][]a64.V    // of each step
	factors [][]a64.Lane // of each step, the lane of inputs of each row

	dst, dstStride, panel a64.R
	u                     []a64.R // where each row's last whole turn begins
	at                    a64.R   // from there to the next inputs
	whole, rest           a64.R   // bytes of a row's whole turns; steps after them
	next                  a64.R   // from a block's rows of u to the next block's
	bias                  a64.R   // of filters, or of the block's rows
	rowBias               bool    // the bias may be one of rows
	full                  bool    // it can go through several panels
	some                  bool    // of the last vector's lanes only some are read and written
	lines                 []a64.R // where, and eight times at further, a turn asks for the next block's rows
}

// turn is the steps of depth that are done at once, turnBytes their inputs in a row.
const (
	turn      = 4
	turnBytes = 4 * turn
)

func newPointwiseTile(g *generator, height, vectors, apart int) *pointwiseTile {
	t := newTile(g, height, vectors, apart, height)
	t.factors = make([][]a64.Lane, turn)
	for step := range turn {
		for _, x := range t.inputs {
			t.factors[step] = append(t.factors[step], x.S(step))
		}
	}
	return t
}

// newTile returns a tile that has so many registers for inputs.
func newTile(g *generator, height, vectors, apart, inputs int) *pointwiseTile {
	t := &pointwiseTile{generator: g, height: height, vectors: vectors, apart: apart}
	behind := a64.V(0)
	take := func(n int) []a64.V {
		behind += a64.V(n)
		return a64.Vectors(behind-a64.V(n), behind-1)
	}
	for range height {
		t.sums = append(t.sums, take(vectors))
	}
	t.inputs = take(inputs)
	for range turn {
		t.weights = append(t.weights, take(vectors))
	}
	return t
}

// filters writes the tile of a panel of filters.
func (t *pointwiseTile) filters() {
	t.rowBias, t.full = true, true
	t.begin("pointwise", "panels, panelStride int, ahead *float32, aheadStep int, ")
	t.Doc("", fmt.Sprintf("and the same for the other panels, panelStride bytes apart, dst and bias[f] %d", t.width()),
		"floats. Before each block it asks for lines at ahead, which it moves on by",
		"aheadStep bytes for each step of depth, as far as they make turns of 4.")
	t.lookingAhead()
}

// edge writes the tile of a panel's first filters, of which the last vector may have
// some alone.
func (t *pointwiseTile) edge() {
	t.rowBias, t.some = true, true
	t.begin("pointwiseEdge", "ahead *float32, aheadStep int, lanes *uint32, ")
	t.Doc("", fmt.Sprintf("for as many filters of the last %d as lanes says. Before each block it asks for lines", lanes),
		"at ahead, which it moves on by aheadStep bytes for each step of depth, as far as they",
		"make turns of 4.")
	t.lookingAhead()
}

// lookingAhead writes the blocks, with requests for what will be needed later.
func (t *pointwiseTile) lookingAhead() {
	ask := t.lookAhead()
	if t.height > tileRows/2 {
		t.lineUp()
	}
	t.blocks(ask)
}

// lookAhead prepares that each block asks for lines at ahead, and returns what writes
// that.
func (t *pointwiseTile) lookAhead() (ask func()) {
	ahead, end, step := t.Param("ahead"), t.R(), t.Param("aheadStep")
	steps := t.R()
	t.LSR(2, t.whole, steps) // from bytes of u
	t.MUL(steps, step, step)
	t.Free(steps)
	return func() {
		t.ADD(step, ahead, end)
		t.Label("look")
		t.Prefetch(a64.LoadL2, a64.At(ahead))
		t.ADDImm(lineBytes, ahead, ahead)
		t.CMP(end, ahead)
		t.BLT("look")
		t.MOVD(end, ahead)
	}
}

const lineBytes = 64 // of a cache

// taps writes the tile of a panel of depthwise taps, for inputs that are side by
// side.
func (t *pointwiseTile) taps() {
	t.begin("pointwise", "uStep int, ")
	t.Doc("", "uStep must be 4.")
	t.blocks(func() {})
}

// width is the filters, or columns, of a panel.
func (t *pointwiseTile) width() int { return t.vectors * lanes }

func (t *pointwiseTile) begin(name, parameters string) {
	bias := "bias[f]"
	if t.rowBias {
		bias = "flags&4 != 0 ? bias[r] : bias[f]"
	}
	t.kernel(fmt.Sprintf("%s%dx%d%s", name, t.height, t.width(), suffix),
		fmt.Sprintf("(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride int, %sflags uint64)", parameters),
		fmt.Sprintf("for blocks of %d rows, with strides in bytes", t.height),
		fmt.Sprintf("for r in 0..%d, f in 0..%d: y := flags&1 != 0 ? dst[r*dstStride + f] : %s", t.height-1, t.width()-1, bias),
		fmt.Sprintf("\tfor q in 0..depth-1: y = fma(u[r*uStride + 4*q], panel[q*%d + f], y)", lanes*t.apart),
		"\tdst[r*dstStride + f] = flags&2 != 0 ? max(y, 0) : y")
	t.dst, t.dstStride, t.bias = t.Param("dst"), t.Param("dstStride"), t.Param("bias")
	t.at, t.panel, t.rest, t.next = t.R(), t.R(), t.R(), t.R()
	t.whole = t.Param("depth")
	t.ANDImm(turn-1, t.whole, t.rest)
	t.SUB(t.rest, t.whole, t.whole)
	t.LSL(2, t.whole, t.whole)
	first, stride := t.Param("u"), t.Param("uStride")
	t.ADD(t.whole, first, first)
	t.SUBImm(turnBytes, first, first)
	t.u = t.rows(first, stride, t.height)
	t.MOVDImm(t.height, t.next)
	t.MUL(stride, t.next, t.next)
	t.Free(stride)
}

// lineUp prepares that each turn asks for its share of the next block's inputs,
// two lines, which may be in the second-level cache. The rows are taken as one run
// of memory, which they are unless they are padded, and eight of them.
func (t *pointwiseTile) lineUp() {
	t.lines = t.Rs(2)
	first, second := t.lines[0], t.lines[1]
	t.LSL(3, t.whole, first)
	t.SUB(t.whole, first, first)
	t.ADD(t.next, first, first)
	t.ADD(t.u[0], first, first)
	t.SUBImm((tileRows-1)*turnBytes, first, first) // at the first turn's at, 8*at further is where the run begins
	t.ADDImm(lineBytes, first, second)
}

// blocks writes the loop over blocks of rows. before writes what comes first.
func (t *pointwiseTile) blocks(before func()) {
	blocks := t.R()
	if t.full {
		t.Label("panel")
	}
	t.LoadParam("blocks", blocks)
	t.repeat("block", blocks, func() {
		before()
		t.startSums()
		t.LoadParam("panel", t.panel)
		t.NEG(t.whole, t.at)
		t.ADDImm(turnBytes, t.at, t.at)
		t.CBZ(t.whole, "rest")
		t.turns()
		t.Label("rest")
		left := t.R()
		t.MOVD(t.rest, left)
		t.repeatIfAny("step", left, t.step)
		t.Free(left)
		t.finishSums()
		for _, row := range slices.Concat(t.u, t.lines) {
			t.ADD(t.next, row, row)
		}
	})
	t.Free(blocks)
	if t.full {
		t.nextPanel()
	}
	t.RET()
}

// nextPanel goes back to the first block, with another panel.
func (t *pointwiseTile) nextPanel() {
	x, y := t.Param("panels"), t.R()
	t.SUBSImm(1, x, x)
	t.BEQ("done")
	t.StoreParam(x, "panels")
	t.LoadParam("panel", x)
	t.LoadParam("panelStride", y)
	t.ADD(x, y, x)
	t.StoreParam(x, "panel")

	t.LoadParam("blocks", x)
	t.MUL(t.next, x, y)
	for _, row := range slices.Concat(t.u, t.lines) {
		t.SUB(y, row, row)
	}
	t.MOVDImm(t.height, y)
	t.MUL(x, y, y)
	t.MUL(t.dstStride, y, y)
	t.SUB(y, t.dst, t.dst)
	t.ADDImm(4*t.width(), t.dst, t.dst)

	t.LoadParam("flags", x)
	t.TBNZ(bitBiasOfRows, x, "first_rows")
	t.ADDImm(4*t.width(), t.bias, t.bias)
	t.B("panel")
	t.Label("first_rows")
	t.LoadParam("bias", t.bias)
	t.B("panel")
	t.Label("done")
	t.Free(x, y)
}

// turns goes through the depth but for what is left of a whole turn.
func (t *pointwiseTile) turns() {
	for r, row := range t.u {
		t.LoadQ(a64.AtIndex(row, t.at), t.inputs[r])
	}
	t.loadWeights(0)
	t.advancePanel()
	t.firstHalf()
	t.CBZ(t.at, "last")
	t.Label("turns")
	t.secondHalf(true)
	t.firstHalf()
	t.BNE("turns")
	t.Label("last")
	t.secondHalf(false)
	t.ADDImm(turnBytes, t.at, t.at)
}

// loadWeights loads the weights of two steps, from the given one on.
func (t *pointwiseTile) loadWeights(step int) {
	if t.vectors == t.apart {
		t.LD1(t.panel, slices.Concat(t.weights[step], t.weights[step+1])...)
		return
	}
	for i := range 2 {
		for v, w := range t.weights[step+i] {
			t.LoadQ(a64.At(t.panel).Plus((i*t.apart+v)*vectorBytes), w)
		}
	}
}

// firstHalf does steps 0 and 1.
func (t *pointwiseTile) firstHalf() {
	var fetch []errand
	for _, line := range t.lines {
		fetch = append(fetch, errand{0, func() { t.PrefetchBy8(a64.LoadL1, line, t.at) }})
	}
	t.multiplyAdd(0, append(fetch, errand{1, func() { t.loadWeights(2) }})...)
	t.multiplyAdd(1, errand{t.height / 2, t.advancePanel})
}

// secondHalf does steps 2 and 3. If there is a next turn, it sets the flags to
// whether that is the last, and loads each row's inputs as soon as their register
// is free.
//
// Cortex-A55 takes 11 cycles to load four registers, in which it completes no
// instruction of general registers: these come right before or long after.
func (t *pointwiseTile) secondHalf(more bool) {
	var beside2, beside3 []errand
	if more {
		beside2 = []errand{
			{0, func() { t.ADDSImm(turnBytes, t.at, t.at) }},
			{1, func() { t.loadWeights(0) }},
		}
		for r, row := range t.u {
			beside3 = append(beside3, errand{r, func() { t.LoadQ(a64.AtIndex(row, t.at), t.inputs[r]) }})
			if r == (t.height-1)/2 {
				beside3 = append(beside3, errand{r, t.advancePanel})
			}
		}
	}
	t.multiplyAdd(2, beside2...)
	t.multiplyAdd(3, beside3...)
}

func (t *pointwiseTile) advancePanel() {
	t.ADDImm(2*t.apart*vectorBytes, t.panel, t.panel)
}

// errand is what is to be done beside multiply-adds, and when.
type errand struct {
	at int
	do func()
}

// multiplyAdd adds one of a turn's steps to the sums. Errands are for after a row.
func (t *pointwiseTile) multiplyAdd(step int, beside ...errand) {
	for r, row := range t.sums {
		for v, y := range row {
			t.VFMLALane(t.factors[step][r], t.weights[step][v], y)
		}
		for len(beside) > 0 && (beside[0].at <= r || r == t.height-1) {
			beside[0].do()
			beside = beside[1:]
		}
	}
}

// step does one step of the depth.
func (t *pointwiseTile) step() {
	for r, row := range t.u {
		t.LoadS(a64.AtIndex(row, t.at), t.inputs[r])
	}
	t.LD1(t.panel, t.weights[0]...)
	t.ADDImm(t.apart*vectorBytes, t.panel, t.panel)
	t.ADDImm(4, t.at, t.at)
	t.multiplyAdd(0)
}

// startSums loads the sums with the bias, or with what dst holds, and fetches the
// lines that will be written, so that the stores need not wait for memory.
func (t *pointwiseTile) startSums() {
	flags, at := t.Param("flags"), t.R()
	t.MOVD(t.dst, at)
	t.TBNZ(bitAccumulate, flags, "accumulate")
	t.eachRow(at, func(m a64.Mem, _ a64.V) {
		if m.Offset%lineBytes == 0 {
			t.Prefetch(a64.StoreL1, m)
		}
	})
	if t.rowBias {
		t.TBNZ(bitBiasOfRows, flags, "bias_of_rows")
	}
	for _, row := range t.sums {
		for v, y := range row {
			t.LoadQ(a64.At(t.bias).Plus(vectorBytes*v), y)
		}
	}
	t.B("begin")
	if t.rowBias {
		t.Label("bias_of_rows")
		for _, row := range t.sums {
			t.LD1R(t.bias, row[0])
			for _, y := range row[1:] {
				t.VMOV(row[0], y)
			}
		}
		t.B("begin")
	}
	t.Label("accumulate")
	t.Free(flags)
	t.byLanes("accumulate", func(n int) { t.eachSum(at, n, t.loadFirst) })
	t.Label("begin")
	t.Free(at)
}

// finishSums applies ReLU if asked to, stores, and moves dst to the next block.
func (t *pointwiseTile) finishSums() {
	flags := t.Param("flags")
	t.TBZ(bitReLU, flags, "store")
	zero := t.inputs[0]
	t.Zero(zero)
	for _, row := range t.sums {
		for _, y := range row {
			t.VFMAX(zero, y, y)
		}
	}
	t.Label("store")
	t.Free(flags)
	t.byLanes("store", func(n int) { t.eachSum(t.dst, n, t.storeFirst) })
}

// byLanes writes what is to be done for each number of lanes that the last vector may
// have.
func (t *pointwiseTile) byLanes(label string, body func(n int)) {
	if !t.some {
		body(lanes)
		return
	}
	has := t.Param("lanes")
	t.LoadWord(a64.At(has), has)
	for n := lanes; n > 1; n-- {
		other := fmt.Sprintf("%s_below_%d", label, n)
		t.CMPImm(n, has)
		t.BLT(other)
		body(n)
		t.B(label + "_done")
		t.Label(other)
	}
	body(1)
	t.Label(label + "_done")
	t.Free(has)
}

// eachSum visits the sums as eachRow does, and tells how many of their lanes count, the
// last vector having n.
func (t *pointwiseTile) eachSum(at a64.R, n int, visit func(n int, m a64.Mem, y a64.V)) {
	t.eachRow(at, func(m a64.Mem, y a64.V) {
		if m.Offset < vectorBytes*(t.vectors-1) {
			visit(lanes, m, y)
		} else {
			visit(n, m, y)
		}
	})
}

// eachRow visits the sums with their places in dst, from at on, which it moves
// after them.
func (t *pointwiseTile) eachRow(at a64.R, visit func(m a64.Mem, y a64.V)) {
	for _, row := range t.sums {
		for v, y := range row {
			visit(a64.At(at).Plus(vectorBytes*v), y)
		}
		t.ADD(t.dstStride, at, at)
	}
}
