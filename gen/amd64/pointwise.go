package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The flags of a pointwise kernel, as package asm knows them.
const (
	bitAccumulate = iota
	bitReLU
)

// pointwise writes the tiles of 1 to g.rows rows by two vectors of filters, for
// inputs side by side and, for depthwise products, for inputs uStep apart.
func (g *generator) pointwise() {
	for rows := g.rows; rows >= 1; rows-- {
		pointwiseTile{g, rows, 2}.contiguous()
	}
	for rows := g.rows; rows >= 1; rows-- {
		pointwiseTile{g, rows, 2}.strided()
	}
}

// pointwiseTile keeps rows x vectors sums in registers while it goes through the
// depth: for each q it loads the panel's row once and broadcasts each input once.
type pointwiseTile struct {
	*generator
	height, vectors int
}

// unroll is the steps of depth that the loop does at once, so that the processor
// can predict how it ends: it remembers some tens of turns.
const unroll = 4

func (t pointwiseTile) contiguous() {
	t.begin("pointwise", "", "u[r*uStride + 4*q]")
	depth := t.Load(t.Param("depth"), t.GP64())
	whole, rest := t.GP64(), t.GP64()
	t.MOVQ(depth, whole)
	t.SHRQ(Imm(2), whole) // by unroll
	t.MOVQ(depth, rest)
	t.ANDQ(Imm(unroll-1), rest)
	t.blocks(func(u rowPointers, panel reg.Register, sums [][]reg.VecVirtual) {
		t.repeat("unrolled", whole, func() {
			for i := range unroll {
				t.multiplyAdd(u, panel, i, sums)
			}
			t.advance(u, Imm(4*unroll))
			t.ADDQ(U32(4*t.filters()*unroll), panel)
		})
		t.repeat("rest", rest, func() {
			t.multiplyAdd(u, panel, 0, sums)
			t.advance(u, Imm(4))
			t.ADDQ(Imm(uint64(4*t.filters())), panel)
		})
	}, func(u rowPointers) {
		back := t.GP64()
		t.LEAQ(Mem{Base: depth, Index: depth, Scale: 2}, back)
		t.ADDQ(depth, back)
		t.NEGQ(back)
		t.advance(u, back)
	})
}

func (t pointwiseTile) strided() {
	t.begin("pointwiseStrided", ", uStep", "u[r*uStride + q*uStep]")
	depth := t.Load(t.Param("depth"), t.GP64())
	step := t.Load(t.Param("uStep"), t.GP64())
	t.blocks(func(u rowPointers, panel reg.Register, sums [][]reg.VecVirtual) {
		t.repeat("depth", depth, func() {
			t.multiplyAdd(u, panel, 0, sums)
			t.advance(u, step)
			t.ADDQ(Imm(uint64(4*t.filters())), panel)
		})
	}, func(u rowPointers) {
		back := t.GP64()
		t.MOVQ(depth, back)
		t.IMULQ(step, back)
		t.NEGQ(back)
		t.advance(u, back)
	})
}

func (t pointwiseTile) filters() int { return t.vectors * t.lanes }

func (t pointwiseTile) begin(name, parameter, input string) {
	name = fmt.Sprintf("%s%dx%d%s", name, t.height, t.filters(), t.suffix)
	t.kernel(name, fmt.Sprintf("func(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride%s int, flags uint64)", parameter))
	t.Doc(
		fmt.Sprintf("%s does, for blocks of %d rows, with strides in bytes,", name, t.height),
		"",
		fmt.Sprintf("\tfor r in 0..%d, f in 0..%d: y := flags&1 != 0 ? dst[r*dstStride + f] : bias[f]", t.height-1, t.filters()-1),
		fmt.Sprintf("\t\tfor q in 0..depth-1: y = fma(%s, panel[q*%d + f], y)", input, t.filters()),
		"\t\tdst[r*dstStride + f] = flags&2 != 0 ? max(y, 0) : y",
	)
}

// blocks writes the loop over blocks of rows. sum goes through the depth, from
// which rewind takes the row pointers back.
func (t pointwiseTile) blocks(sum func(u rowPointers, panel reg.Register, sums [][]reg.VecVirtual), rewind func(u rowPointers)) {
	dst := t.rowPointers("dst", "dstStride", t.height)
	u := t.rowPointers("u", "uStride", t.height)
	blocks := t.Load(t.Param("blocks"), t.GP64())

	t.Label("block")
	// The stores at the block's end should not wait for memory.
	for r := range t.height {
		t.PREFETCHT0(dst.at(r, 0))
	}
	sums := t.startSums(dst, t.height, t.vectors)
	panel := t.Load(t.Param("panel"), t.GP64())
	sum(u, panel, sums)
	t.finishSums(dst, sums)
	rewind(u)
	t.advance(u, t.times(u.stride, t.height))
	t.advance(dst, t.times(dst.stride, t.height))
	t.DECQ(blocks)
	t.JNZ(LabelRef("block"))
	t.VZEROUPPER()
	t.RET()
}

// multiplyAdd adds step i of the depth, counted from the pointers, to the sums.
func (t pointwiseTile) multiplyAdd(u rowPointers, panel reg.Register, i int, sums [][]reg.VecVirtual) {
	weights, x := t.generator.vectors(t.vectors), t.vector()
	for v, w := range weights {
		t.VMOVUPS(Mem{Base: panel, Disp: (i*t.vectors + v) * t.bytes()}, w)
	}
	for r := range t.height {
		t.VBROADCASTSS(u.at(r, 4*i), x)
		for v, w := range weights {
			t.VFMADD231PS(w, x, sums[r][v])
		}
	}
}

// repeat repeats what body writes as often as count says, which may be 0.
func (g *generator) repeat(label string, count reg.Register, body func()) {
	left := g.GP64()
	g.MOVQ(count, left)
	g.TESTQ(left, left)
	g.JZ(LabelRef("no_" + label))
	g.Label(label)
	body()
	g.DECQ(left)
	g.JNZ(LabelRef(label))
	g.Label("no_" + label)
}

// startSums loads the sums with the bias, or with what dst holds.
func (g *generator) startSums(dst rowPointers, rows, vectors int) [][]reg.VecVirtual {
	sums := make([][]reg.VecVirtual, rows)
	for r := range sums {
		sums[r] = g.vectors(vectors)
	}
	flags := g.Load(g.Param("flags"), g.GP64())
	g.BTQ(Imm(bitAccumulate), flags)
	g.JCS(LabelRef("accumulate"))
	bias := g.Load(g.Param("bias"), g.GP64())
	for v := range vectors {
		g.VMOVUPS(Mem{Base: bias, Disp: v * g.bytes()}, sums[0][v])
		for r := 1; r < rows; r++ {
			g.VMOVAPS(sums[0][v], sums[r][v])
		}
	}
	g.JMP(LabelRef("begin"))
	g.Label("accumulate")
	for r := range rows {
		for v := range vectors {
			g.VMOVUPS(dst.at(r, v*g.bytes()), sums[r][v])
		}
	}
	g.Label("begin")
	return sums
}

// finishSums applies ReLU if asked to, and stores. max(sum, 0) with the sum as
// second operand keeps NaN, and -0 + 0 is +0.
func (g *generator) finishSums(dst rowPointers, sums [][]reg.VecVirtual) {
	flags := g.Load(g.Param("flags"), g.GP64())
	g.BTQ(Imm(bitReLU), flags)
	g.JCC(LabelRef("store"))
	zero := g.vector()
	g.VXORPS(zero, zero, zero)
	for _, row := range sums {
		for _, y := range row {
			g.VMAXPS(y, zero, y)
			g.VADDPS(zero, y, y)
		}
	}
	g.Label("store")
	for r, row := range sums {
		for v, y := range row {
			g.VMOVUPS(y, dst.at(r, v*g.bytes()))
		}
	}
}

// times returns n*x.
func (g *generator) times(x reg.Register, n int) reg.Register {
	y := g.GP64()
	g.IMUL3Q(Imm(uint64(n)), x, y)
	return y
}
