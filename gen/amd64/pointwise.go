package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The flags of a pointwise kernel, as package asm knows them.
const (
	bitAccumulate = iota
	bitReLU
	bitBiasOfRows
	bitPastCaches
)

// pointwise writes the tiles of 1 to g.rows rows by two vectors of filters, those by
// the first filters of a panel, and those by a panel of depthwise taps, for inputs that
// are uStep apart.
func (g *generator) pointwise() {
	for rows := g.rows; rows >= 1; rows-- {
		pointwiseTile{generator: g, height: rows, vectors: 2, apart: 2, rowBias: true, pastCaches: g.bypass}.contiguous()
	}
	g.wide()
	g.shallow()
	for vectors := 1; vectors <= 2; vectors++ {
		for rows := g.rows; rows >= 1; rows-- {
			pointwiseTile{generator: g, height: rows, vectors: vectors, apart: 2, rowBias: true, pastCaches: g.bypass, masked: true}.edge()
		}
	}
	for rows := g.rows; rows >= 1; rows-- {
		pointwiseTile{generator: g, height: rows, vectors: panelWidth / g.lanes, apart: panelWidth / g.lanes}.strided()
	}
}

// pointwiseTile keeps rows x vectors sums in registers while it goes through the
// depth: for each q it loads the panel's row once and broadcasts each input once.
type pointwiseTile struct {
	*generator
	height, vectors int
	apart           int  // vectors from one row of the panel to the next
	rowBias         bool // the bias may be one of rows
	masked          bool // of the last vector's lanes only some are read and written
	pastCaches      bool // it can write dst past the caches
	left            Mem  // blocks that are left, on the stack, if it can go through several panels
	bias            Mem  // that of the next rows
}

// unroll is the steps of depth that the loop does at once, so that the processor
// can predict how it ends: it remembers some tens of turns.
const unroll = 4

func (t pointwiseTile) contiguous() {
	t.begin("pointwise", "panels, panelStride int, ahead *float32, aheadStep int, ", "u[r*uStride + 4*q]",
		fmt.Sprintf("and the same for the other panels, panelStride bytes apart, dst and bias[f] %d", t.filters()),
		"floats. Meanwhile it asks for the lines at ahead, aheadStep bytes further for each",
		fmt.Sprintf("step of depth, as far as they make turns of %d.", unroll))
	t.left, t.bias = t.AllocLocal(8), t.AllocLocal(8)
	t.sideBySide()
}

// sideBySide writes the blocks of inputs that stand side by side.
func (t pointwiseTile) sideBySide() {
	t.blocks(func(u rowPointers, panel reg.Register, sums [][]reg.VecVirtual) {
		soon := t.lookAhead(u)
		t.depth(panel, func(i int) { t.multiplyAdd(u, 4*i, panel, i, sums) }, func(steps int) {
			t.advance(u, Imm(uint64(4*steps)))
			if steps == unroll {
				t.fetch(soon)
			}
		})
		t.Store(soon.ahead, t.Param("ahead"))
	}, func() reg.Register {
		gone := t.Load(t.Param("depth"), t.GP64())
		t.SHLQ(Imm(2), gone)
		return gone
	})
}

// edge writes the tile of a panel's first filters, of which the last vector may have
// some alone.
func (t pointwiseTile) edge() {
	t.begin("pointwiseEdge", "ahead *float32, aheadStep int, lanes *uint32, ", "u[r*uStride + 4*q]",
		fmt.Sprintf("for the filters of the last %d that lanes has set. Meanwhile it asks for the lines", t.lanes),
		fmt.Sprintf("at ahead, aheadStep bytes further for each step of depth, as far as they make turns of %d.", unroll))
	t.bias = t.address("bias")
	t.sideBySide()
}

func (t pointwiseTile) strided() {
	t.begin("pointwiseStrided", "uStep int, ", "u[r*uStride + q*uStep]")
	t.blocks(func(u rowPointers, panel reg.Register, sums [][]reg.VecVirtual) {
		step := t.Load(t.Param("uStep"), t.GP64())
		t.depth(panel, func(i int) {
			t.multiplyAdd(u, 0, panel, i, sums)
			t.advance(u, step)
		}, func(int) {})
	}, func() reg.Register {
		gone, step := t.Load(t.Param("depth"), t.GP64()), t.Load(t.Param("uStep"), t.GP64())
		t.IMULQ(step, gone)
		return gone
	})
}

func (t pointwiseTile) filters() int { return t.vectors * t.lanes }

// panels reports whether the tile can go through several panels.
func (t pointwiseTile) panels() bool { return t.left.Base != nil }

func (t pointwiseTile) begin(name, parameters, input string, more ...string) {
	bias := "bias[f]"
	name = fmt.Sprintf("%s%dx%d%s", name, t.height, t.filters(), t.suffix)
	t.kernel(name, fmt.Sprintf("func(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride int, %sflags uint64)", parameters))
	if t.rowBias {
		bias = "flags&4 != 0 ? bias[r] : bias[f]"
	}
	doc := []string{
		fmt.Sprintf("%s does, for blocks of %d rows, with strides in bytes,", name, t.height),
		"",
		fmt.Sprintf("\tfor r in 0..%d, f in 0..%d: y := flags&1 != 0 ? dst[r*dstStride + f] : %s", t.height-1, t.filters()-1, bias),
		fmt.Sprintf("\t\tfor q in 0..depth-1: y = fma(%s, panel[q*%d + f], y)", input, t.apart*t.lanes),
		"\t\tdst[r*dstStride + f] = flags&2 != 0 ? max(y, 0) : y",
	}
	if t.pastCaches {
		more = append(more, "", "With flags&8 it writes dst past the caches, where that is aligned to vectors.")
	}
	if more != nil {
		doc = append(append(doc, ""), more...)
	}
	t.Doc(doc...)
}

// blocks writes the loop over blocks of rows. sum goes through the depth; gone
// returns by how many bytes that moved the pointers of u.
func (t pointwiseTile) blocks(sum func(u rowPointers, panel reg.Register, sums [][]reg.VecVirtual), gone func() reg.Register) {
	dst := t.Load(t.Param("dst"), t.GP64())
	dstStride := t.Load(t.Param("dstStride"), t.GP64())
	u := t.rowPointers("u", "uStride", t.height)

	if t.panels() {
		t.Label("panel")
		t.copyParam("blocks", t.left)
		if t.rowBias {
			t.copyParam("bias", t.bias)
		}
	}
	t.Label("block")
	sums := t.startSums(dst, dstStride)
	panel := t.Load(t.Param("panel"), t.GP64())
	sum(u, panel, sums)
	t.finishSums(dst, dstStride, sums)

	next := t.times(u.stride, t.height)
	t.SUBQ(gone(), next)
	t.advance(u, next)
	t.ADDQ(t.times(dstStride, t.height), dst)
	if t.panels() {
		t.DECQ(t.left)
		t.JNZ(LabelRef("block"))
		t.nextPanel(u, dst, dstStride)
	} else {
		blocks := t.Load(t.Param("blocks"), t.GP64())
		t.DECQ(blocks)
		t.Store(blocks, t.Param("blocks"))
		t.JNZ(LabelRef("block"))
	}
	t.inOrder()
	t.VZEROUPPER()
	t.RET()
}

// nextPanel goes back to the first block, with another panel.
func (t pointwiseTile) nextPanel(u rowPointers, dst, dstStride reg.Register) {
	panels := t.Load(t.Param("panels"), t.GP64())
	t.DECQ(panels)
	t.JZ(LabelRef("done"))
	t.Store(panels, t.Param("panels"))
	t.addTo("panel", t.Load(t.Param("panelStride"), t.GP64()))

	rows := t.Load(t.Param("blocks"), t.GP64())
	t.IMUL3Q(Imm(uint64(t.height)), rows, rows)
	back := t.moved(rows)
	t.IMULQ(u.stride, back)
	for _, b := range u.bases {
		t.SUBQ(back, b)
	}
	t.IMULQ(dstStride, rows)
	t.SUBQ(rows, dst)
	width := U32(uint32(4 * t.filters()))
	t.ADDQ(width, dst)

	if t.rowBias {
		t.ifFlag(bitBiasOfRows, "panel")
	}
	t.addTo("bias", width)
	t.JMP(LabelRef("panel"))
	t.Label("done")
}

// copyParam copies a parameter to the stack, where it can be changed.
func (g *generator) copyParam(name string, local Mem) {
	g.MOVQ(g.Load(g.Param(name), g.GP64()), local)
}

// addTo adds to a parameter in place.
func (g *generator) addTo(name string, x Op) {
	p := g.Load(g.Param(name), g.GP64())
	g.ADDQ(x, p)
	g.Store(p, g.Param(name))
}

// depth writes the loops over the depth, several steps a turn and then the rest.
// step writes step i of a turn; done, what comes after a turn's steps but for
// moving on in the panel.
func (t pointwiseTile) depth(panel reg.Register, step func(i int), done func(steps int)) {
	t.turns("depth", func(steps int) {
		for i := range steps {
			step(i)
		}
		done(steps)
		t.ADDQ(U32(uint32(t.apart*t.bytes()*steps)), panel)
	})
}

// turns writes loops whose turns are so many of the steps that a parameter counts.
func (g *generator) turns(count string, turn func(steps int)) {
	turns := g.Load(g.Param(count), g.GP64())
	g.SHRQ(Imm(2), turns) // by unroll
	g.repeat("turns", turns, func() { turn(unroll) })
	rest := g.Load(g.Param(count), g.GP64())
	g.ANDQ(Imm(unroll-1), rest)
	g.repeat("rest", rest, func() { turn(1) })
}

// multiplyAdd adds a step of the depth to the sums: the inputs offset bytes from
// u's pointers times row i of the panel from its pointer on.
func (t pointwiseTile) multiplyAdd(u rowPointers, offset int, panel reg.Register, i int, sums [][]reg.VecVirtual) {
	weights, x := t.generator.vectors(t.vectors), t.vector()
	for v, w := range weights {
		t.VMOVUPS(Mem{Base: panel, Disp: (i*t.apart + v) * t.bytes()}, w)
	}
	for r := range t.height {
		t.VBROADCASTSS(u.at(r, offset), x)
		for v, w := range weights {
			t.VFMADD231PS(w, x, sums[r][v])
		}
	}
}

// lookAhead is what a tile asks for before it needs it: the next block's rows of
// u, which are the second-level cache's, into the first; and whatever the caller
// says into the second.
type lookAhead struct{ rows, ahead, step reg.Register }

func (t pointwiseTile) lookAhead(u rowPointers) lookAhead {
	rows := t.times(u.stride, t.height)
	t.ADDQ(u.bases[0], rows)
	return lookAhead{rows, t.Load(t.Param("ahead"), t.GP64()), t.Load(t.Param("aheadStep"), t.GP64())}
}

// fetch asks for the share of one turn of the unrolled loop. The rows are taken as
// one run of memory, which they are unless they are padded.
func (t pointwiseTile) fetch(l lookAhead) {
	share := 4 * unroll * t.height
	for disp := 0; disp < share; disp += 4 * lineFloats {
		t.PREFETCHT0(Mem{Base: l.rows, Disp: disp})
	}
	t.ADDQ(U32(uint32(share)), l.rows)
	t.fetchAhead(l)
}

// fetchAhead asks for what the caller says.
func (g *generator) fetchAhead(l lookAhead) {
	for range unroll / 2 {
		g.PREFETCHT1(Mem{Base: l.ahead})
		g.PREFETCHT1(Mem{Base: l.ahead, Index: l.step, Scale: 1})
		g.step(l.ahead, l.step, 2)
	}
}

// repeat repeats what body writes as often as count, which is counted down, says.
func (g *generator) repeat(label string, count reg.Register, body func()) {
	g.TESTQ(count, count)
	g.JZ(LabelRef("no_" + label))
	g.Label(label)
	body()
	g.DECQ(count)
	g.JNZ(LabelRef(label))
	g.Label("no_" + label)
}

// loop repeats what body writes as often as a parameter says.
func (g *generator) loop(count, label string, body func()) {
	g.repeat(label, g.Load(g.Param(count), g.GP64()), body)
}

// fetchOutput asks for the lines that will be written, so that the stores need not
// wait for memory.
func (t pointwiseTile) fetchOutput(dst, stride reg.Register) {
	if t.pastCaches {
		t.ifFlag(bitPastCaches, "unfetched")
	}
	at := t.moved(dst)
	for r := range t.height {
		m := t.row(at, stride, r)
		for v := 0; v < t.filters(); v += lineFloats {
			m.Disp = 4 * v
			t.PREFETCHT0(m)
		}
	}
	if t.pastCaches {
		t.Label("unfetched")
	}
}

// fetchEnds asks for the last line of each row as well: where rows are filters, they are
// as far apart as the signal is long, and mostly begin and end within lines.
func (t pointwiseTile) fetchEnds(dst, stride reg.Register) {
	at := t.moved(dst)
	for r := range t.height {
		m := t.row(at, stride, r)
		m.Disp = 4 * (t.filters() - 1)
		t.PREFETCHT0(m)
	}
}

// ifFlag and unlessFlag jump if a flag is set, and if it is not.

func (g *generator) ifFlag(bit int, label string) {
	g.BTQ(Imm(uint64(bit)), g.Load(g.Param("flags"), g.GP64()))
	g.JCS(LabelRef(label))
}

func (g *generator) unlessFlag(bit int, label string) {
	g.BTQ(Imm(uint64(bit)), g.Load(g.Param("flags"), g.GP64()))
	g.JCC(LabelRef(label))
}

// startSums loads the sums with the bias, or with what dst holds.
func (t pointwiseTile) startSums(dst, stride reg.Register) [][]reg.VecVirtual {
	t.fetchOutput(dst, stride)
	sums := make([][]reg.VecVirtual, t.height)
	for r := range sums {
		sums[r] = t.generator.vectors(t.vectors)
	}
	t.ifFlag(bitAccumulate, "accumulate")
	bias := t.Load(t.Param("bias"), t.GP64())
	if t.rowBias {
		t.ifFlag(bitBiasOfRows, "rows")
	}
	for v := range t.vectors {
		t.VMOVUPS(Mem{Base: bias, Disp: v * t.bytes()}, sums[0][v])
		for r := 1; r < t.height; r++ {
			t.VMOVAPS(sums[0][v], sums[r][v])
		}
	}
	t.JMP(LabelRef("begin"))
	if t.rowBias {
		t.Label("rows")
		t.fetchEnds(dst, stride)
		t.MOVQ(t.bias, bias)
		for r, row := range sums {
			t.VBROADCASTSS(Mem{Base: bias, Disp: 4 * r}, row[0])
			for _, y := range row[1:] {
				t.VMOVAPS(row[0], y)
			}
		}
		t.ADDQ(U32(uint32(4*t.height)), bias)
		t.MOVQ(bias, t.bias)
		t.JMP(LabelRef("begin"))
	}
	t.Label("accumulate")
	lanes := t.lanesOfLast()
	t.eachSum(dst, stride, sums, func(m Mem, y reg.VecVirtual, last bool) {
		if last && t.masked {
			t.loadLanes(lanes, m, y)
		} else {
			t.VMOVUPS(m, y)
		}
	})
	t.Label("begin")
	return sums
}

// lineFloats is the float32 in a line of the cache.
const lineFloats = 16

// eachSum visits the sums with their places in dst.
func (t pointwiseTile) eachSum(dst, stride reg.Register, sums [][]reg.VecVirtual, visit func(m Mem, y reg.VecVirtual, last bool)) {
	at := t.moved(dst)
	for r, row := range sums {
		m := t.row(at, stride, r)
		for v, y := range row {
			m.Disp = v * t.bytes()
			visit(m, y, v == t.vectors-1)
		}
	}
}

// finishSums applies ReLU if asked to, and stores.
func (t pointwiseTile) finishSums(dst, stride reg.Register, sums [][]reg.VecVirtual) {
	t.unlessFlag(bitReLU, "store")
	zero := t.zero()
	for _, row := range sums {
		t.relu(zero, row)
	}
	t.Label("store")
	if t.pastCaches {
		t.storePastCaches(dst, stride, sums)
	}
	lanes := t.lanesOfLast()
	t.eachSum(dst, stride, sums, func(m Mem, y reg.VecVirtual, last bool) {
		if last && t.masked {
			t.storeLanes(y, lanes, m)
		} else {
			t.VMOVUPS(y, m)
		}
	})
	if t.pastCaches {
		t.Label("stored")
	}
}

// zero returns a vector of zeros.
func (g *generator) zero() reg.VecVirtual {
	zero := g.vector()
	g.VXORPS(zero, zero, zero)
	return zero
}

// relu applies ReLU: max(y, 0) with y as second operand keeps NaN, and -0 + 0 is +0.
func (g *generator) relu(zero reg.VecVirtual, sums []reg.VecVirtual) {
	for _, y := range sums {
		g.VMAXPS(y, zero, y)
		g.VADDPS(zero, y, y)
	}
}

// storePastCaches stores whole vectors past the caches and jumps, if it is asked to
// and the address and stride allow it. A line that a plain store writes is first read,
// which takes as long again if it comes from memory and leaves with nobody having
// looked at it.
func (t pointwiseTile) storePastCaches(dst, stride reg.Register, sums [][]reg.VecVirtual) {
	t.unlessFlag(bitPastCaches, "near")
	odd := t.moved(dst)
	t.ORQ(stride, odd)
	t.TESTQ(U32(uint32(t.bytes()-1)), odd)
	t.JNZ(LabelRef("near"))
	t.eachSum(dst, stride, sums, func(m Mem, y reg.VecVirtual, _ bool) { t.VMOVNTPS(y, m) })
	t.JMP(LabelRef("stored"))
	t.Label("near")
}

// inOrder makes stores past the caches visible before whatever is stored later, which
// for no other store has to be asked.
func (t pointwiseTile) inOrder() {
	if !t.pastCaches {
		return
	}
	t.unlessFlag(bitPastCaches, "in_order")
	t.SFENCE()
	t.Label("in_order")
}

// lanesOfLast returns the mask of a tile's last vector.
func (t pointwiseTile) lanesOfLast() Op {
	if !t.masked {
		return nil
	}
	return t.firstLanes()
}

// firstLanes returns the mask that the parameter lanes points to.
func (g *generator) firstLanes() Op { return g.mask("lanes") }

// mask returns the mask that a parameter points to.
func (g *generator) mask(name string) Op {
	at := g.Load(g.Param(name), g.GP64())
	if g.lanes == 16 {
		mask := g.K()
		g.KMOVW(Mem{Base: at}, mask)
		return mask
	}
	mask := g.vector()
	g.VMOVUPS(Mem{Base: at}, mask)
	return mask
}

// address returns where a parameter is.
func (g *generator) address(name string) Mem {
	p, err := g.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return p.Addr
}

// times returns n*x.
func (g *generator) times(x reg.Register, n int) reg.Register {
	y := g.GP64()
	g.IMUL3Q(Imm(uint64(n)), x, y)
	return y
}
