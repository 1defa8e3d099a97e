package main

import (
	"fmt"

	"github.com/sepconv/go/gen/a64"
)

// Inputs that are not side by side are rarer, and with more taps than largestOfRare they
// are as well off in windows. So are, with larger strides than mostStride, all inputs.
const (
	largestOfRare = 9
	mostStride    = 4
)

// depthwiseRolls writes the kernels that roll down the rows, for every number of taps.
func (g *generator) depthwiseRolls() {
	for k := newRollKernel(g, 1, 1, sideBySide); k.fits(); k = newRollKernel(g, k.taps+1, 1, sideBySide) {
		k.columns()
	}
	for _, in := range []inputs{single, twice, gathered} {
		for taps := 1; taps <= largestOfRare; taps++ {
			newRollKernel(g, taps, 1, in).oneVector()
		}
	}
	for stride := 2; stride <= mostStride; stride++ {
		for k := newRollKernel(g, 2, stride, sideBySide); k.fits(); k = newRollKernel(g, k.taps+1, stride, sideBySide) {
			k.columns()
		}
	}
}

// rollKernel goes down the rows of some vectors of columns if outputs begin a stride of
// inputs apart, and each input is where the next tap of an output is. The weights of all
// taps stay in registers. So do the sums of the outputs that have begun. A step is the
// inputs from where one output begins to where the next one does: its input i is tap
// q*stride+i of the output that began q steps before. It completes one output, whose
// registers the next step's output takes, and begins another:
//
//	sum[0] = 0;  for i in 0..stride-1: for q = most..0: sum[-q] += w[q*stride+i]*x[i];  store sum[-(ring-1)]
//
// where ring is the steps that the taps of an output are in, and most is ring-1, or one
// less where there is no such tap. So each input is loaded once. The first ring-1 steps
// complete no output, the last ring-1 begin none. Between them are whole turns of the
// ring of registers, for which the loop is unrolled; what is left of a turn goes before,
// after which moves turn the ring back.
type rollKernel struct {
	*generator
	taps, stride int
	inputs       inputs

	dst, src, panel      a64.R // of the next vectors
	dstStride, rowStride a64.R
	to, from             a64.R // the rows of them
	second               a64.R // if inputs are gathered, the row's second pair
	count                a64.R
}

func newRollKernel(g *generator, taps, stride int, in inputs) *rollKernel {
	return &rollKernel{generator: g, taps: taps, stride: stride, inputs: in}
}

// ring is how many outputs have begun when one is complete, and package asm knows it.
func (k *rollKernel) ring() int { return (k.taps + k.stride - 1) / k.stride }

// visited is how many inputs of a step are any output's.
func (k *rollKernel) visited() int { return min(k.stride, k.taps) }

// registers is those of a vector of columns: its sums, weights and the inputs of two rows.
func (k *rollKernel) registers() int { return k.ring() + k.taps + 2 }

// fits reports whether there are enough registers.
func (k *rollKernel) fits() bool {
	const mostTaps = 16
	return k.registers() <= allRegisters && k.taps <= mostTaps
}

const allRegisters = 32

// beside is how many vectors go down side by side, as long as there are so many. With
// few taps the sums of one would wait for each other on CPUs that execute in order, and
// there is little else to do for a row's pointers.
func (k *rollKernel) beside() int {
	n := 4
	for n*k.registers() > allRegisters {
		n /= 2
	}
	return n
}

// turn is the steps of the loop: whole turns of the ring, and enough of them that the
// jump counts for little. Package asm knows it.
func (k *rollKernel) turn() int {
	const enough = 4
	return (enough + k.ring() - 1) / k.ring() * k.ring()
}

func (k *rollKernel) begin(parameters, columns string) {
	by, first := "", "r"
	if k.stride > 1 {
		by, first = fmt.Sprintf("By%d", k.stride), fmt.Sprintf("%d*r", k.stride)
	}
	k.kernel(fmt.Sprintf("depthwiseRoll%s%d%sx%d%s", k.inputs.name, k.taps, by, lanes, suffix), "("+parameters+")",
		"with strides in bytes, "+columns,
		fmt.Sprintf("for r in 0..%d+singles+turns*%d-1: u := 0", k.ring()-1, k.turn()),
		fmt.Sprintf("\tfor j in 0..%d: u = fma(src[(%s+j)*rowStride%s], taps[j*%d + i], u)", k.taps-1, first, k.inputs.of, panelWidth),
		"\tdst[r*dstStride + i] = u")
	k.Doc("", fmt.Sprintf("singles must be less than %d.", k.turn()))
	k.dst, k.src, k.panel = k.Param("dst"), k.Param("src"), k.Param("taps")
	k.dstStride, k.rowStride = k.Param("dstStride"), k.Param("rowStride")
	k.to, k.from, k.count = k.R(), k.R(), k.R()
}

// columns writes the kernel for whole vectors of columns side by side.
func (k *rollKernel) columns() {
	k.begin("dst, src, taps *float32, singles, turns, vectors, dstStride, rowStride, panelStride int",
		fmt.Sprintf("for vectors of %d columns i, whose taps are panelStride bytes apart", lanes))
	panelStride, vectors := k.Param("panelStride"), k.Param("vectors")
	group := func(n int) {
		r := newRoll(k, n)
		for v := range n {
			r.loadWeights(v)
			r.ADD(panelStride, r.panel, r.panel)
		}
		r.down()
		r.ADDImm(vectorBytes*n, r.src, r.src)
		r.ADDImm(vectorBytes*n, r.dst, r.dst)
	}
	if n := k.beside(); n > 1 {
		k.SUBSImm(n, vectors, vectors)
		k.BLT("few")
		k.Label("several")
		group(n)
		k.SUBSImm(n, vectors, vectors)
		k.BGE("several")
		k.Label("few")
		k.ADDImm(n, vectors, vectors)
	}
	k.repeatIfAny("one", vectors, func() { group(1) })
	k.RET()
}

// oneVector writes the kernel for one vector of columns, some of which may not exist.
func (k *rollKernel) oneVector() {
	k.begin("dst, src, taps *float32, singles, turns, dstStride, rowStride int, lanes *uint32", fmt.Sprintf("for %d columns i", lanes))
	if k.inputs == gathered {
		k.second = k.gathering()
		k.ADD(k.src, k.second, k.second)
	}
	r := newRoll(k, 1)
	r.loadWeights(0)
	r.down()
	k.RET()
}

// roll is the registers for some vectors side by side, each a register for each of
// them.
type roll struct {
	*rollKernel
	vectors int
	sums    [][]a64.V // those of the output that step n begins are at n%ring
	weights [][]a64.V // of each tap
	x       [][]a64.V // inputs of two rows, and of a third one if registers are left
}

func newRoll(k *rollKernel, vectors int) *roll {
	r := &roll{rollKernel: k, vectors: vectors}
	free := a64.Vectors(0, k.inputs.last())
	take := func(n int) (rows [][]a64.V) {
		for ; n > 0 && len(free) >= vectors; n-- {
			rows, free = append(rows, free[:vectors]), free[vectors:]
		}
		return rows
	}
	r.sums, r.weights, r.x = take(k.ring()), take(k.taps), take(3)
	return r
}

// loadWeights loads those of one of the vectors.
func (r *roll) loadWeights(v int) {
	for t, w := range r.weights {
		r.LoadQ(a64.At(r.panel).Plus(4*panelWidth*t), w[v])
	}
}

// down computes all rows of the vectors.
func (r *roll) down() {
	r.MOVD(r.src, r.from)
	r.MOVD(r.dst, r.to)
	few := r.ring() - 1
	if r.ahead() {
		r.loadNow(r.x[0], 1)
	}
	r.rows(few*r.visited(), func(i int) rollRow {
		n := i / r.stride
		return rollRow{step: n, input: i % r.stride, most: n}
	})
	r.singles()
	r.LoadParam("turns", r.count)
	r.repeatIfAny(r.label("turn"), r.count, func() {
		r.rows(r.turn()*r.visited(), r.whole)
	})
	left := r.taps - r.stride
	r.rows(left, func(i int) rollRow {
		n := i / r.stride
		return rollRow{step: few + n, input: i % r.stride, least: n + 1, most: few, last: i == left-1}
	})
}

// whole returns an input of which all sums have begun.
func (r *roll) whole(i int) rollRow {
	few := r.ring() - 1
	return rollRow{step: few + i/r.visited(), input: i % r.visited(), most: few}
}

// label makes one of two that are for different numbers of vectors.
func (r *roll) label(name string) string { return fmt.Sprintf("%s_of_%d", name, r.vectors) }

// singles goes through less than a turn, and leaves where it is done.
func (r *roll) singles() {
	begin := r.label("begin")
	after := func(n int) string { return r.label(fmt.Sprintf("after_%d", n)) }
	r.LoadParam("singles", r.count)
	r.CBZ(r.count, begin)
	most := r.turn() - 1
	for i := range most {
		for j := i * r.visited(); j < (i+1)*r.visited(); j++ {
			r.row(r.whole(j), r.x[j%2], r.x[(j+1)%2])
		}
		if i+1 < most {
			r.SUBSImm(1, r.count, r.count)
			r.BEQ(after(i + 1))
		}
	}
	for n := most; n > 0; n-- {
		if n < most {
			r.B(begin)
			r.Label(after(n))
		}
		if n*r.visited()%2 != 0 && r.ahead() {
			r.move(r.x[1], r.x[0])
		}
		r.turnBack(n)
	}
	r.Label(begin)
}

func (r *roll) move(from, to []a64.V) {
	for v := range from {
		r.VMOV(from[v], to[v])
	}
}

// turnBack brings the sums to where they were n steps before, from each register's place
// in the ring to that n before it. Those of one place have been stored.
func (r *roll) turnBack(n int) {
	stored, saved, ring := n-1, r.x[1], r.ring()
	for i := range gcd(n, ring) {
		// The places that are n apart, in turn until there is none left to take from.
		to := (stored + i) % ring
		last := (to + ring - n%ring) % ring
		if i > 0 {
			r.move(r.sums[to], saved)
		}
		for ; to != last; to = (to + n) % ring {
			r.move(r.sums[(to+n)%ring], r.sums[to])
		}
		if i > 0 {
			r.move(saved, r.sums[to])
		}
	}
}

func gcd(a, b int) int {
	for b > 0 {
		a, b = b, a%b
	}
	return a
}

// ahead reports whether inputs are loaded while those of the row before are multiplied.
// If an output's inputs are all in one step, the last row would have none to load.
func (r *roll) ahead() bool { return r.ring() > 1 }

// rollRow is an input of a step, for the outputs that began from least to most steps
// before.
type rollRow struct {
	step, input, least, most int
	last                     bool // of all rows
}

// rows writes some rows, the inputs of the first of which are in x[0] or are loaded
// there. So will be those of the row after them.
func (r *roll) rows(n int, row func(i int) rollRow) {
	inputs := func(i int) []a64.V {
		switch {
		case i == n:
			return r.x[0]
		case i == n-1 && i > 0 && i%2 == 0 && len(r.x) > 2: // x[0] is the next row's
			return r.x[2]
		}
		return r.x[i%2]
	}
	for i := range n {
		r.row(row(i), inputs(i), inputs(i+1))
	}
}

// row multiplies the inputs x, and loads those of the next row.
func (r *roll) row(row rollRow, x, next []a64.V) {
	most := min(row.most, (r.taps-1-row.input)/r.stride)
	products := r.vectors * (most - row.least + 1)
	var beside []errand
	if row.input == 0 && row.least == 0 {
		for v, u := range r.sumsOf(row.step) {
			beside = append(beside, errand{min(v, products-r.vectors), func() { r.Zero(u) }})
		}
	}
	switch {
	case !r.ahead() && row.input == r.visited()-1:
		r.loadNow(x, r.stride-row.input)
	case !r.ahead():
		r.loadNow(x, 1)
	case !row.last:
		free := 0
		if x[0] == next[0] {
			free = products
		}
		beside = append(beside, r.load(next, 1, max(free, r.vectors))...)
	}
	if most*r.stride+row.input == r.taps-1 {
		beside = append(beside, r.store(r.sumsOf(row.step-most))...)
	}
	amid(products, beside, func(i int) {
		q, v := most-i/r.vectors, i%r.vectors
		r.multiplyInput(r.inputs, x[v], r.weights[q*r.stride+row.input][v], r.sumsOf(row.step - q)[v])
	})
}

// sumsOf returns the registers of the output that step n begins.
func (r *roll) sumsOf(n int) []a64.V { return r.sums[n%len(r.sums)] }

// load returns what loads a row's inputs and moves on by some rows, from a product on.
func (r *roll) load(x []a64.V, rows, at int) []errand {
	var all []errand
	for v, x := range x {
		all = append(all, errand{at + v, func() { r.loadInput(r.inputs, a64.At(r.from).Plus(vectorBytes*v), a64.At(r.second), x) }})
	}
	for range rows {
		all = append(all, errand{at + len(x), func() { r.ADD(r.rowStride, r.from, r.from) }})
		if r.inputs == gathered {
			all = append(all, errand{at + len(x), func() { r.ADD(r.rowStride, r.second, r.second) }})
		}
	}
	return all
}

func (r *roll) loadNow(x []a64.V, rows int) {
	for _, e := range r.load(x, rows, 0) {
		e.do()
	}
}

// store returns what stores an output, when the row's first products are there.
func (r *roll) store(sums []a64.V) []errand {
	const latency = 8 // products, of two units
	at := 2*r.vectors + latency
	return []errand{
		{at, func() { r.ST1(r.to, sums...) }},
		{at, func() { r.ADD(r.dstStride, r.to, r.to) }},
	}
}
