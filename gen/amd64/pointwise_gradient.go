package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// pointwiseGradient writes the tiles of the gradient of the pointwise kernel: of 1 to
// g.rows columns by two vectors of filters; and those that take some filters alone and
// have sums of the bias as well, in the registers of one column.
func (g *generator) pointwiseGradient() {
	for columns := g.rows; columns >= 1; columns-- {
		gradientTile{generator: g, columns: columns}.write()
	}
	for columns := g.rows - 1; columns >= 1; columns-- {
		gradientTile{generator: g, columns: columns, edge: true}.write()
	}
}

// gradientTile keeps columns x gradientVectors sums in registers while it goes down the
// rows: of each it loads g once and broadcasts each column of u. Both are as they lie in
// memory: a row of g is used by all columns, and the loads of some rows are under way
// before the first is needed, so that panels would gain nothing.
type gradientTile struct {
	*generator
	columns int
	edge    bool
	masks   []Op // of the vectors, where there are registers for them
}

// gradientVectors is the vectors of filters that a tile has.
const gradientVectors = 2

func (t gradientTile) write() {
	t.begin()
	dst, dstStride := t.Load(t.Param("dst"), t.GP64()), t.Load(t.Param("dstStride"), t.GP64())
	u, uStride := t.Load(t.Param("u"), t.GP64()), t.Load(t.Param("uStride"), t.GP64())
	gStride := t.Load(t.Param("gStride"), t.GP64())
	if t.edge && t.lanes == 16 {
		t.masks = []Op{t.lanesOf(0), t.lanesOf(1)}
	}
	soon := lookAhead{ahead: t.Load(t.Param("ahead"), t.GP64()), step: t.Load(t.Param("aheadStep"), t.GP64())}

	t.Label("block")
	t.fetchSums(dst, dstStride)
	sums, bias := t.sums()
	from := t.Load(t.Param("gradient"), t.GP64())
	t.turns("rows", func(steps int) {
		for range steps {
			t.addRow(u, from, sums, bias)
			t.ADDQ(uStride, u)
			t.ADDQ(gStride, from)
		}
		if steps == unroll {
			t.fetchAhead(soon)
		}
	})
	t.eachSum(dst, dstStride, sums, t.addTo)
	if t.edge {
		t.addBias(bias)
	} else {
		t.nextBlock(u, uStride, dst, dstStride)
	}
	t.VZEROUPPER()
	t.RET()
}

func (t gradientTile) begin() {
	name, blocks, more := "pointwiseGradient", "blocks, ", ""
	if t.edge {
		name, blocks, more = "pointwiseGradientEdge", "", ", bias *float32, lanes, lastLanes *uint32"
	}
	name = fmt.Sprintf("%s%dx%d%s", name, t.columns, gradientVectors*t.lanes, t.suffix)
	t.kernel(name, fmt.Sprintf("func(dst, u, gradient *float32, %srows, dstStride, uStride, gStride int, ahead *float32, aheadStep int%s)", blocks, more))
	does := name + " does, "
	if !t.edge {
		does += fmt.Sprintf("for blocks of %d columns, ", t.columns)
	}
	doc := []string{
		does + "with strides in bytes,",
		"",
		fmt.Sprintf("\tfor q in 0..%d, f in 0..%d: s := 0", t.columns-1, gradientVectors*t.lanes-1),
		"\t\tfor r in 0..rows-1: s = fma(u[r*uStride + 4*q], gradient[r*gStride + f], s)",
		"\t\tdst[q*dstStride + f] += s",
		"",
	}
	if t.edge {
		doc = append(doc,
			fmt.Sprintf("for the filters of the first %d that lanes has set, and of the next that lastLanes has;", t.lanes),
			"and, unless bias is nil, for them",
			"",
			"\tbias[f] += the sum of gradient[r*gStride + f] for r in 0..rows-1, from 0 on",
			"")
	}
	t.Doc(append(doc, "Meanwhile it asks for the lines at ahead, aheadStep bytes further for each row, as far",
		fmt.Sprintf("as they make turns of %d.", unroll))...)
}

// sums returns sums that are 0.
func (t gradientTile) sums() (sums [][]reg.VecVirtual, bias []reg.VecVirtual) {
	sums = make([][]reg.VecVirtual, t.columns)
	for q := range sums {
		sums[q] = t.zeros()
	}
	if t.edge {
		bias = t.zeros()
	}
	return sums, bias
}

func (t gradientTile) zeros() []reg.VecVirtual {
	v := t.vectors(gradientVectors)
	for _, x := range v {
		t.VXORPS(x, x, x)
	}
	return v
}

// addRow adds a row to the sums, and asks for the columns of the next block, no two rows of
// which share a line. (To ask for g of later rows costs up to 5 % on Zen 5.)
func (t gradientTile) addRow(u, from reg.Register, sums [][]reg.VecVirtual, bias []reg.VecVirtual) {
	g, x := t.vectors(gradientVectors), t.vector()
	for v := range g {
		t.load(v, Mem{Base: from, Disp: v * t.bytes()}, g[v])
	}
	for v, sum := range bias {
		t.VADDPS(g[v], sum, sum)
	}
	for q, sum := range sums {
		t.VBROADCASTSS(Mem{Base: u, Disp: 4 * q}, x)
		for v := range g {
			t.VFMADD231PS(g[v], x, sum[v])
		}
	}
	if !t.edge {
		t.PREFETCHT0(Mem{Base: u, Disp: 4 * t.columns})
	}
}

// load loads vector v of the filters.
func (t gradientTile) load(v int, m Mem, y reg.VecVirtual) {
	if t.edge {
		t.loadLanes(t.lanesOf(v), m, y)
	} else {
		t.VMOVUPS(m, y)
	}
}

// addTo adds a sum of vector v to where it belongs.
func (t gradientTile) addTo(v int, m Mem, sum reg.VecVirtual) {
	if !t.edge {
		t.VADDPS(m, sum, sum)
		t.VMOVUPS(sum, m)
		return
	}
	lanes, y := t.lanesOf(v), t.vector()
	t.loadLanes(lanes, m, y)
	t.VADDPS(y, sum, sum)
	t.storeLanes(sum, lanes, m)
}

// lanesOf returns the mask of vector v.
func (t gradientTile) lanesOf(v int) Op {
	if t.masks != nil {
		return t.masks[v]
	}
	return t.mask([gradientVectors]string{"lanes", "lastLanes"}[v])
}

func (t gradientTile) addBias(sums []reg.VecVirtual) {
	bias := t.Load(t.Param("bias"), t.GP64())
	t.TESTQ(bias, bias)
	t.JZ(LabelRef("done"))
	for v, sum := range sums {
		t.addTo(v, Mem{Base: bias, Disp: v * t.bytes()}, sum)
	}
	t.Label("done")
}

// eachSum visits the sums with their places in dst.
func (t gradientTile) eachSum(dst, stride reg.Register, sums [][]reg.VecVirtual, visit func(v int, m Mem, sum reg.VecVirtual)) {
	at := t.moved(dst)
	for q, sum := range sums {
		m := t.row(at, stride, q)
		for v, s := range sum {
			m.Disp = v * t.bytes()
			visit(v, m, s)
		}
	}
}

// fetchSums asks for the lines that sums will be added to.
func (t gradientTile) fetchSums(dst, stride reg.Register) {
	at := t.moved(dst)
	for q := range t.columns {
		m := t.row(at, stride, q)
		for v := 0; v < gradientVectors*t.lanes; v += lineFloats {
			m.Disp = 4 * v
			t.PREFETCHT0(m)
		}
	}
}

// nextBlock goes back to the first row, of the next columns.
func (t gradientTile) nextBlock(u, uStride, dst, dstStride reg.Register) {
	gone := t.Load(t.Param("rows"), t.GP64())
	t.IMULQ(uStride, gone)
	t.SUBQ(gone, u)
	t.ADDQ(Imm(uint64(4*t.columns)), u)
	t.ADDQ(t.times(dstStride, t.columns), dst)
	blocks := t.Load(t.Param("blocks"), t.GP64())
	t.DECQ(blocks)
	t.Store(blocks, t.Param("blocks"))
	t.JNZ(LabelRef("block"))
}
