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

// pointwise writes the tiles of 1 to g.rows rows by two vectors of filters.
func (g *generator) pointwise() {
	for rows := g.rows; rows >= 1; rows-- {
		g.pointwiseTile(rows, 2)
	}
}

// pointwiseTile keeps rows x vectors sums in registers while it goes through the
// depth: for each q it loads the panel's row once and broadcasts each input once.
func (g *generator) pointwiseTile(rows, vectors int) {
	filters := vectors * g.lanes
	g.kernel(fmt.Sprintf("pointwise%dx%d%s", rows, filters, g.suffix),
		"func(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride, uStep int, flags uint64)")
	g.Doc(
		fmt.Sprintf("pointwise%dx%d%s does, for blocks of %d rows, with strides and uStep in bytes,", rows, filters, g.suffix, rows),
		"",
		fmt.Sprintf("\tfor r in 0..%d, f in 0..%d: y := flags&1 != 0 ? dst[r*dstStride + f] : bias[f]", rows-1, filters-1),
		fmt.Sprintf("\t\tfor q in 0..depth-1: y = fma(u[r*uStride + q*uStep], panel[q*%d + f], y)", filters),
		"\t\tdst[r*dstStride + f] = flags&2 != 0 ? max(y, 0) : y",
	)
	dst := g.rowPointers("dst", "dstStride", rows)
	u := g.rowPointers("u", "uStride", rows)
	panelStart := g.Load(g.Param("panel"), g.GP64())
	depth := g.Load(g.Param("depth"), g.GP64())
	uStep := g.Load(g.Param("uStep"), g.GP64())
	blocks := g.Load(g.Param("blocks"), g.GP64())

	g.Label("block")
	sums := g.startSums(dst, rows, vectors)

	panel, left := g.GP64(), g.GP64()
	g.MOVQ(panelStart, panel)
	g.MOVQ(depth, left)
	weights, x := g.vectors(vectors), g.vector()
	g.Label("depth")
	for v, w := range weights {
		g.VMOVUPS(Mem{Base: panel, Disp: v * g.bytes()}, w)
	}
	for r := range rows {
		g.VBROADCASTSS(u.at(r, 0), x)
		for v, w := range weights {
			g.VFMADD231PS(w, x, sums[r][v])
		}
	}
	g.advance(u, uStep)
	g.ADDQ(Imm(uint64(filters*4)), panel)
	g.DECQ(left)
	g.JNZ(LabelRef("depth"))

	g.finishSums(dst, sums)
	// The row pointers of u stand behind their rows: back, and on to the next block.
	next := g.times(u.stride, rows)
	gone := g.GP64()
	g.MOVQ(depth, gone)
	g.IMULQ(uStep, gone)
	g.SUBQ(gone, next)
	g.advance(u, next)
	g.advance(dst, g.times(dst.stride, rows))
	g.DECQ(blocks)
	g.JNZ(LabelRef("block"))
	g.VZEROUPPER()
	g.RET()
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
