package main

import (
	"fmt"

	"github.com/sepconv/go/gen/a64"
)

// largestRing is the most taps of a kernel that rolls: their sums and weights leave two
// registers for inputs. Inputs that are not side by side are rarer, and with more taps
// than these they are as well off in windows.
const (
	largestRing   = 15
	largestOfRare = 9
)

// depthwiseRolls writes the kernels that roll down the rows, for every number of taps.
func (g *generator) depthwiseRolls() {
	for taps := 1; taps <= largestRing; taps++ {
		(&rollKernel{generator: g, taps: taps, inputs: sideBySide}).columns()
	}
	for _, in := range []inputs{single, twice, gathered} {
		for taps := 1; taps <= largestOfRare; taps++ {
			(&rollKernel{generator: g, taps: taps, inputs: in}).oneVector()
		}
	}
}

// rollKernel goes down the rows of some vectors of columns if an output's next tap is
// where the next output's tap is, as with stride 1. The weights of all taps stay in
// registers. So do the sums of the outputs that have begun: an input is tap t of the
// output that began t inputs before. It completes one output, whose registers the next
// input's output takes, and begins another:
//
//	sum[0] = 0;  for t = taps-1..0: sum[-t] += w[t]*x;  store sum[-(taps-1)]
//
// So each input is loaded once. The first taps-1 inputs complete no output, the last
// taps-1 begin none. Between them are whole turns of the ring of registers, for which
// the loop is unrolled; what is left of a turn goes before, after which moves turn the
// ring back.
type rollKernel struct {
	*generator
	taps   int
	inputs inputs

	dst, src, panel      a64.R // of the next vectors
	dstStride, rowStride a64.R
	to, from             a64.R // the rows of them
	second               a64.R // if inputs are gathered, the row's second pair
	count                a64.R
}

// beside is how many vectors go down side by side, as long as there are so many. With
// few taps the sums of one would wait for each other on CPUs that execute in order, and
// there is little else to do for a row's pointers.
func (k *rollKernel) beside() int {
	switch {
	case k.taps <= 3:
		return 4
	case k.taps <= 7:
		return 2
	}
	return 1
}

// turn is the rows of the loop: whole turns of the ring, and enough of them that the
// jump counts for little. Package asm knows it.
func (k *rollKernel) turn() int {
	const enough = 4
	return (enough + k.taps - 1) / k.taps * k.taps
}

func (k *rollKernel) begin(parameters, columns string) {
	k.kernel(fmt.Sprintf("depthwiseRoll%s%dx%d%s", k.inputs.name, k.taps, lanes, suffix), "("+parameters+")",
		"with strides in bytes, "+columns,
		fmt.Sprintf("for r in 0..%d+singles+turns*%d-1: u := 0", k.taps-1, k.turn()),
		fmt.Sprintf("\tfor j in 0..%d: u = fma(src[(r+j)*rowStride%s], taps[j*%d + i], u)", k.taps-1, k.inputs.of, panelWidth),
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
	ring    [][]a64.V // sums: those of the output that input n begins are at n%taps
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
	r.ring, r.weights, r.x = take(k.taps), take(k.taps), take(3)
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
	few := r.taps - 1
	if r.ahead() {
		r.loadNow(r.x[0])
	}
	r.rows(few, func(i int) rollRow { return rollRow{n: i, most: i} })
	r.singles()
	r.LoadParam("turns", r.count)
	r.repeatIfAny(r.label("turn"), r.count, func() {
		r.rows(r.turn(), r.whole)
	})
	r.rows(few, func(i int) rollRow { return rollRow{n: few + i, least: i + 1, most: few, last: i == few-1} })
}

// whole returns a row of which all sums have begun.
func (r *roll) whole(i int) rollRow { return rollRow{n: r.taps - 1 + i, most: r.taps - 1} }

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
		r.row(r.whole(i), r.x[i%2], r.x[(i+1)%2])
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
		if n%2 != 0 && r.ahead() {
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

// turnBack brings the sums to where they were n rows before, from each register's place
// in the ring to that n before it. Those of one place have been stored.
func (r *roll) turnBack(n int) {
	stored, saved := n-1, r.x[1]
	for i := range gcd(n, r.taps) {
		// The places that are n apart, in turn until there is none left to take from.
		to := (stored + i) % r.taps
		last := (to + r.taps - n%r.taps) % r.taps
		if i > 0 {
			r.move(r.ring[to], saved)
		}
		for ; to != last; to = (to + n) % r.taps {
			r.move(r.ring[(to+n)%r.taps], r.ring[to])
		}
		if i > 0 {
			r.move(saved, r.ring[to])
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
// With one tap the last row would have none to load.
func (r *roll) ahead() bool { return r.taps > 1 }

// rollRow is input n, which is multiplied by the taps from least to most.
type rollRow struct {
	n, least, most int
	last           bool // of all rows
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
	products := r.vectors * (row.most - row.least + 1)
	var beside []errand
	if row.least == 0 {
		for v, u := range r.sums(row.n) {
			beside = append(beside, errand{min(v, products-r.vectors), func() { r.Zero(u) }})
		}
	}
	switch {
	case !r.ahead():
		r.loadNow(x)
	case !row.last:
		free := 0
		if x[0] == next[0] {
			free = products
		}
		beside = append(beside, r.load(next, max(free, r.vectors))...)
	}
	if row.most == r.taps-1 {
		beside = append(beside, r.store(r.sums(row.n-row.most))...)
	}
	amid(products, beside, func(i int) {
		t, v := row.most-i/r.vectors, i%r.vectors
		r.multiplyInput(r.inputs, x[v], r.weights[t][v], r.sums(row.n - t)[v])
	})
}

// sums returns the registers of the output that input n begins.
func (r *roll) sums(n int) []a64.V { return r.ring[n%r.taps] }

// load returns what loads a row's inputs, from a product on.
func (r *roll) load(x []a64.V, at int) []errand {
	var all []errand
	for v, x := range x {
		all = append(all, errand{at + v, func() { r.loadInput(r.inputs, a64.At(r.from).Plus(vectorBytes*v), a64.At(r.second), x) }})
	}
	all = append(all, errand{at + len(x), func() { r.ADD(r.rowStride, r.from, r.from) }})
	if r.inputs == gathered {
		all = append(all, errand{at + len(x), func() { r.ADD(r.rowStride, r.second, r.second) }})
	}
	return all
}

func (r *roll) loadNow(x []a64.V) {
	for _, e := range r.load(x, 0) {
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
