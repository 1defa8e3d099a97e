package main

import (
	"slices"

	"github.com/sepconv/go/gen/a64"
)

// acrossTile is a tile of inputs that are given transposed: those of a step, one for each
// row, stand side by side. So they are loaded a step at a time, as the weights are, and
// in the same half of a turn: after the weights, which take long on Cortex-A55.
type acrossTile struct {
	*pointwiseTile
	pieces []piece
	x      [][]a64.V // of each step, its pieces
	from   a64.R     // the inputs of the next step to be loaded
	uStep  a64.R     // from there to the next ones
}

// piece is rows whose inputs are loaded at once: one, two or four.
type piece struct{ first, rows int }

// pieces cuts rows into as few as there can be. The last two may have rows in common.
func pieces(height int) []piece {
	rows := 1
	for rows < lanes && 2*rows <= height {
		rows *= 2
	}
	cut := []piece{{0, rows}}
	if height > rows {
		cut = append(cut, piece{height - rows, rows})
	}
	return cut
}

func newAcrossTile(g *generator, height int) *acrossTile {
	cut := pieces(height)
	t := &acrossTile{
		pointwiseTile: newTile(g, height, panelVectors, panelVectors, turn*len(cut)),
		pieces:        cut,
	}
	for x := range slices.Chunk(t.inputs, len(cut)) {
		var factors []a64.Lane
		for r := range height {
			i := r / cut[0].rows
			factors = append(factors, x[i].S(r-cut[i].first))
		}
		t.x, t.factors = append(t.x, x), append(t.factors, factors)
	}
	return t
}

func (t *acrossTile) write() {
	t.full = true
	t.begin("pointwiseAcross", "panels, panelStride int, ahead *float32, aheadStep, uStep int, ", "q*uStep")
	t.panelsDoc()
	t.Doc("", "uStride must be 4.")
	u := t.Param("u")
	t.u = []a64.R{u}
	t.MOVDImm(4*t.height, t.next)
	t.from, t.uStep = t.R(), t.Param("uStep")
	ask := t.lookAhead()
	t.blocks(func() {
		ask()
		t.MOVD(u, t.from)
	}, t.turns, t.step)
}

// load returns what loads the inputs of a step, and asks for those of the next block's
// rows, from a row of a multiplyAdd on.
func (t *acrossTile) load(step, at int) []errand {
	var beside []errand
	for i, p := range t.pieces {
		beside = append(beside, errand{at + i, func() { t.loadFirst(p.rows, a64.At(t.from).Plus(4*p.first), t.x[step][i]) }})
	}
	return append(beside,
		errand{at + 2, func() { t.Prefetch(a64.LoadL1, a64.At(t.from).Plus(4*t.height)) }},
		errand{at + 2, func() { t.ADD(t.uStep, t.from, t.from) }})
}

// loadTwo is load for a step and the next one.
func (t *acrossTile) loadTwo(step int) []errand { return append(t.load(step, 1), t.load(step+1, 4)...) }

func now(errands []errand) {
	for _, e := range errands {
		e.do()
	}
}

// turns goes through whole turns of the depth.
func (t *acrossTile) turns() {
	now(t.loadTwo(0))
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
}

// firstHalf does steps 0 and 1.
func (t *acrossTile) firstHalf() {
	t.multiplyAdd(0, errand{0, func() { t.loadWeights(2) }})
	t.multiplyAdd(1, append([]errand{{0, t.advancePanel}}, t.loadTwo(2)...)...)
}

// secondHalf does steps 2 and 3. If there is a next turn, it sets the flags to whether
// that is the last.
func (t *acrossTile) secondHalf(more bool) {
	var beside2, beside3 []errand
	if more {
		t.ADDSImm(turnBytes, t.at, t.at)
		beside2 = []errand{{0, func() { t.loadWeights(0) }}}
		beside3 = append([]errand{{0, t.advancePanel}}, t.loadTwo(0)...)
	}
	t.multiplyAdd(2, beside2...)
	t.multiplyAdd(3, beside3...)
}

// step does one step of the depth.
func (t *acrossTile) step() {
	now(t.load(0, 0))
	t.LD1(t.panel, t.weights[0]...)
	t.ADDImm(t.apart*vectorBytes, t.panel, t.panel)
	t.multiplyAdd(0)
}
