package main

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/gen/a64"
)

// pointwiseGradient writes the tiles of the gradient of the pointwise kernel: of 1 to
// tileRows columns by two vectors of filters; and those that take some filters alone and
// have sums of the bias as well, in the registers of one column.
func (g *generator) pointwiseGradient() {
	for columns := tileRows; columns >= 1; columns-- {
		newProductTile(g, columns).twoVectors()
	}
	for columns := tileRows - 1; columns >= 1; columns-- {
		newProductTile(g, columns).someFilters()
	}
}

// productTile is a tile whose rows are columns of u, and whose depth is the rows of u and
// g. A row's columns of u stand side by side, so that one load puts four into the lanes
// that multiply-adds by element want.
//
// Four rows make a turn. What it loads is needed half a turn later: see pointwiseTile.
type productTile struct {
	*pointwiseTile
	pieces []piece
	x      [][]a64.V // of each row of a turn, the pieces of u
	bias   []a64.V   // sums of it, or nil

	uStride, gStride a64.R
	from, gradient   a64.R // the rows of u and g that are loaded next
}

// piece is columns that are loaded at once: one, two or four.
type piece struct{ first, columns int }

// pieces cuts columns into as few as there can be. The last two may have some in common.
func pieces(columns int) []piece {
	n := 1
	for n < lanes && 2*n <= columns {
		n *= 2
	}
	cut := []piece{{0, n}}
	if columns > n {
		cut = append(cut, piece{columns - n, n})
	}
	return cut
}

func newProductTile(g *generator, columns int) *productTile {
	cut := pieces(columns)
	t := &productTile{pointwiseTile: newTile(g, columns, panelVectors, panelVectors, turn*len(cut)), pieces: cut}
	for x := range slices.Chunk(t.inputs, len(cut)) {
		var factors []a64.Lane
		for q := range columns {
			i := q / cut[0].columns
			factors = append(factors, x[i].S(q-cut[i].first))
		}
		t.x, t.factors = append(t.x, x), append(t.factors, factors)
	}
	return t
}

// twoVectors writes the tile of two vectors of filters.
func (t *productTile) twoVectors() {
	name := fmt.Sprintf("pointwiseGradient%dx%d%s", t.height, t.width(), suffix)
	t.begin(name, "blocks, ", "", fmt.Sprintf("for blocks of %d columns, with strides in bytes", t.height))
	t.askingDoc("Before each block")
	ask := t.lookAhead()
	u, blocks := t.Param("u"), t.Param("blocks")
	t.repeat("block", blocks, func() {
		ask()
		t.MOVD(u, t.from)
		t.ADDImm(4*t.height, u, u)
		t.sumUp()
		t.eachSum(t.dst, lanes, t.addTo)
	})
	t.RET()
}

// someFilters writes the tile of the first filters, and of the bias.
func (t *productTile) someFilters() {
	last := t.weights[turn-1][panelVectors-1]
	t.bias = a64.Vectors(last+1, last+panelVectors)
	name := fmt.Sprintf("pointwiseGradientEdge%dx%d%s", t.height, t.width(), suffix)
	t.begin(name, "", ", bias *float32, lanes, lastLanes *uint32", "with strides in bytes")
	t.Doc("", fmt.Sprintf("for as many of the first %d filters as lanes says, and of the next as lastLanes does;", lanes),
		"and, unless bias is nil, for them", "",
		"\tbias[f] += the sum of gradient[r*gStride + f] for r in 0..rows-1, from 0 on")
	t.askingDoc("Before that")
	t.lookAhead()()
	t.LoadParam("u", t.from)
	filters, lastLanes := t.Param("lanes"), t.Param("lastLanes")
	t.LoadWord(a64.At(filters), filters)
	t.LoadWord(a64.At(lastLanes), lastLanes)
	t.ADD(lastLanes, filters, filters)
	t.Free(lastLanes)
	for n := t.width(); n >= 1; n-- {
		fewer := fmt.Sprintf("below_%d", n)
		if n > 1 {
			t.CMPImm(n, filters)
			t.BLT(fewer)
		}
		t.first(n)
		if n > 1 {
			t.Label(fewer)
		}
	}
}

// first does the first n filters.
func (t *productTile) first(n int) {
	if n == t.width() {
		t.sumUp()
	} else {
		t.sumUpFew(n)
	}
	t.eachFirst(n, t.sums, func() { t.ADD(t.dstStride, t.dst, t.dst) })
	done := fmt.Sprintf("done_%d", n)
	t.LoadParam("bias", t.dst)
	t.CBZ(t.dst, done)
	t.eachFirst(n, [][]a64.V{t.bias}, func() {})
	t.Label(done)
	t.RET()
}

// eachFirst adds the first n filters of rows of sums to dst, which next moves on.
func (t *productTile) eachFirst(n int, sums [][]a64.V, next func()) {
	for _, row := range sums {
		for v := 0; v*lanes < n; v++ {
			t.addTo(min(n-v*lanes, lanes), a64.At(t.dst).Plus(vectorBytes*v), row[v])
		}
		next()
	}
}

// addTo adds the first n lanes of a sum to memory.
func (t *productTile) addTo(n int, m a64.Mem, s a64.V) {
	t.loadFirst(n, m, t.inputs[0])
	t.VFADD(t.inputs[0], s, s)
	t.storeFirst(n, m, s)
}

// begin begins a tile with what both kinds have.
func (t *productTile) begin(name, blocks, more, does string) {
	t.kernel(name, fmt.Sprintf("(dst, u, gradient *float32, %srows, dstStride, uStride, gStride int, ahead *float32, aheadStep int%s)", blocks, more), does,
		fmt.Sprintf("for q in 0..%d, f in 0..%d: s := 0", t.height-1, t.width()-1),
		"\tfor r in 0..rows-1: s = fma(u[r*uStride + 4*q], gradient[r*gStride + f], s)",
		"\tdst[q*dstStride + f] += s")
	t.dst, t.dstStride = t.Param("dst"), t.Param("dstStride")
	t.uStride, t.gStride = t.Param("uStride"), t.Param("gStride")
	t.from, t.gradient, t.at, t.rest = t.R(), t.R(), t.R(), t.R()
	t.whole = t.Param("rows")
	t.ANDImm(turn-1, t.whole, t.rest)
	t.SUB(t.rest, t.whole, t.whole)
	t.LSL(2, t.whole, t.whole)
}

func (t *productTile) askingDoc(when string) {
	t.Doc("", when+" it asks for lines at ahead, aheadStep bytes for each row, as far as they make", "turns of 4.")
}

// sumUp goes down all rows, in turns.
func (t *productTile) sumUp() {
	t.start()
	t.NEG(t.whole, t.at)
	t.ADDImm(turnBytes, t.at, t.at)
	t.CBZ(t.whole, "rest")
	now(t.load(0))
	now(t.load(1))
	t.firstHalf()
	t.CBZ(t.at, "last")
	t.Label("turns")
	t.secondHalf(true)
	t.firstHalf()
	t.BNE("turns")
	t.Label("last")
	t.secondHalf(false)
	t.Label("rest")
	left := t.R()
	t.MOVD(t.rest, left)
	t.repeatIfAny("row", left, func() {
		now(t.load(0))
		t.addRow(0)
	})
	t.Free(left)
}

// sumUpFew goes down all rows of the first n filters, one by one.
func (t *productTile) sumUpFew(n int) {
	t.start()
	left, vectors := t.Param("rows"), (n+lanes-1)/lanes
	t.repeat(fmt.Sprintf("row_of_%d", n), left, func() {
		for v, g := range t.weights[0][:vectors] {
			t.loadFirst(min(n-v*lanes, lanes), a64.At(t.gradient).Plus(vectorBytes*v), g)
		}
		t.ADD(t.gStride, t.gradient, t.gradient)
		for i, p := range t.pieces {
			t.loadFirst(p.columns, a64.At(t.from).Plus(4*p.first), t.x[0][i])
		}
		t.ADD(t.uStride, t.from, t.from)
		for v, g := range t.weights[0][:vectors] {
			for q, row := range t.sums {
				t.VFMLALane(t.factors[0][q], g, row[v])
			}
			t.VFADD(g, t.bias[v], t.bias[v])
		}
	})
	t.Free(left)
}

// start sets the sums to zero, and asks for the lines that they will be added to.
func (t *productTile) start() {
	at := t.R()
	t.MOVD(t.dst, at)
	t.eachRow(at, func(m a64.Mem, s a64.V) {
		if m.Offset == 0 {
			t.Prefetch(a64.StoreL1, m)
		}
		t.Zero(s)
	})
	for _, s := range t.bias {
		t.Zero(s)
	}
	t.LoadParam("gradient", t.gradient)
	t.Free(at)
}

// load returns what loads a row for a step of a turn, and asks for the columns of the
// next block, beside the columns of an addRow.
func (t *productTile) load(step int) []errand {
	beside := []errand{{1, func() { t.LD1Step(t.gradient, t.gStride, t.weights[step]...) }}}
	for i, p := range t.pieces {
		beside = append(beside, errand{4 + i, func() { t.loadFirst(p.columns, a64.At(t.from).Plus(4*p.first), t.x[step][i]) }})
	}
	if t.bias == nil {
		beside = append(beside, errand{6, func() { t.Prefetch(a64.LoadL1, a64.At(t.from).Plus(4*t.height)) }})
	}
	return append(beside, errand{6, func() { t.ADD(t.uStride, t.from, t.from) }})
}

func now(errands []errand) {
	for _, e := range errands {
		e.do()
	}
}

// firstHalf does steps 0 and 1.
func (t *productTile) firstHalf() {
	t.addRow(0, t.load(2)...)
	t.addRow(1, t.load(3)...)
}

// secondHalf does steps 2 and 3. If there is a next turn, it sets the flags to whether
// that is the last.
func (t *productTile) secondHalf(more bool) {
	if !more {
		t.addRow(2)
		t.addRow(3)
		return
	}
	t.ADDSImm(turnBytes, t.at, t.at)
	t.addRow(2, t.load(0)...)
	t.addRow(3, t.load(1)...)
}

// addRow adds a step of a turn to the sums. Errands are for after a column.
func (t *productTile) addRow(step int, beside ...errand) {
	t.multiplyAdd(step, beside...)
	for v, s := range t.bias {
		t.VFADD(t.weights[step][v], s, s)
	}
}
