package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose writes the kernel between channels_first and rows of channels: blocks
// of 8 x 8 in YMM registers, for every set.
func (g *generator) transpose() {
	const n = 8
	name := fmt.Sprintf("transpose%dx%d%s", n, n, g.suffix)
	g.kernel(name, "func(dst, src *float32, blocks, dstStride, srcStride int)")
	g.Doc(
		fmt.Sprintf("%s does, with strides in bytes,", name),
		"",
		fmt.Sprintf("\tfor i in 0..%d, j in 0..%d*blocks-1: dst[j*dstStride + i] = src[i*srcStride + j]", n-1, n),
	)
	dst := g.rowPointers("dst", "dstStride", n)
	src := g.rowPointers("src", "srcStride", n)
	blocks := g.Load(g.Param("blocks"), g.GP64())
	g.Label("block")
	var rows [n]reg.VecVirtual
	for i := range rows {
		rows[i] = g.YMM()
		g.VMOVUPS(src.at(i, 0), rows[i])
	}
	for i, column := range g.transposed(rows) {
		g.VMOVUPS(column, dst.at(i, 0))
	}
	g.advance(src, Imm(4*n))
	g.advance(dst, g.times(dst.stride, n))
	g.DECQ(blocks)
	g.JNZ(LabelRef("block"))
	g.VZEROUPPER()
	g.RET()
}

// transposed interleaves pairs of rows, then pairs of those, then exchanges the
// halves of the registers.
func (g *generator) transposed(rows [8]reg.VecVirtual) [8]reg.VecVirtual {
	var pairs, fours, columns [8]reg.VecVirtual
	for i := 0; i < 8; i += 2 {
		pairs[i], pairs[i+1] = g.YMM(), g.YMM()
		g.VUNPCKLPS(rows[i+1], rows[i], pairs[i])
		g.VUNPCKHPS(rows[i+1], rows[i], pairs[i+1])
	}
	for i := 0; i < 8; i += 4 {
		for j := range 2 {
			low, high := g.YMM(), g.YMM()
			g.VSHUFPS(Imm(0x44), pairs[i+2+j], pairs[i+j], low)
			g.VSHUFPS(Imm(0xee), pairs[i+2+j], pairs[i+j], high)
			fours[i+2*j], fours[i+2*j+1] = low, high
		}
	}
	for i := range 4 {
		columns[i], columns[i+4] = g.YMM(), g.YMM()
		g.VPERM2F128(Imm(0x20), fours[i+4], fours[i], columns[i])
		g.VPERM2F128(Imm(0x31), fours[i+4], fours[i], columns[i+4])
	}
	return columns
}
