package amd64

import (
	"fmt"
	"math/bits"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transposeColumns is how many columns of src a block has: those of a YMM register,
// for every set.
const transposeColumns = 8

// transpose writes the kernels between channels_first and rows of channels: for blocks
// of 8 x 8, and of fewer rows for arrays that have no more.
func (g *generator) transpose() {
	for _, rows := range []int{8, 4, 2} {
		g.transposeRows(rows)
	}
}

// transposeRows writes the kernel for blocks of so many rows, which make bands of blocks
// side by side.
func (g *generator) transposeRows(n int) {
	name := fmt.Sprintf("transpose%dx%d%s", n, transposeColumns, g.suffix)
	g.kernel(name, "func(dst, src *float32, bands, blocks, dstStride, srcStride int)")
	g.Doc(
		fmt.Sprintf("%s does, with strides in bytes,", name),
		"",
		fmt.Sprintf("\tfor i in 0..%d*bands-1, j in 0..%d*blocks-1: dst[j*dstStride + i] = src[i*srcStride + j]", n, transposeColumns),
	)
	dst := g.rowPointers("dst", "dstStride", transposeColumns)
	src := g.rowPointers("src", "srcStride", n)
	bands, blocks := g.Load(g.Param("bands"), g.GP64()), g.GP64()
	across := g.times(dst.stride, transposeColumns)

	g.Label("band")
	g.Load(g.Param("blocks"), blocks)
	g.Label("block")
	rows := make([]reg.VecVirtual, n)
	for i := range rows {
		rows[i] = g.YMM()
		g.VMOVUPS(src.at(i, 0), rows[i])
	}
	switch n {
	case 8:
		g.storeEights(rows, dst)
	case 4:
		g.storeFours(rows, dst)
	case 2:
		g.storePairs(rows, dst)
	}
	g.advance(src, Imm(4*transposeColumns))
	g.advance(dst, across)
	g.DECQ(blocks)
	g.JNZ(LabelRef("block"))

	g.DECQ(bands)
	g.JZ(LabelRef("done"))
	next := g.Load(g.Param("blocks"), g.GP64()) // band: back to the first block, and down
	g.IMULQ(across, next)
	g.SUBQ(Imm(uint64(4*n)), next)
	for _, b := range dst.bases {
		g.SUBQ(next, b)
	}
	g.Load(g.Param("blocks"), next)
	g.SHLQ(Imm(uint64(bits.TrailingZeros(4*transposeColumns))), next)
	g.SUBQ(g.times(src.stride, n), next)
	for _, b := range src.bases {
		g.SUBQ(next, b)
	}
	g.JMP(LabelRef("band"))
	g.Label("done")
	g.VZEROUPPER()
	g.RET()
}

// storeEights stores the columns of 8 rows: it exchanges the halves of the registers that
// hold those of four.
func (g *generator) storeEights(rows []reg.VecVirtual, dst rowPointers) {
	upper, lower := g.fours(rows[:4]), g.fours(rows[4:])
	var columns [transposeColumns]reg.VecVirtual
	for i := range 4 {
		columns[i], columns[i+4] = g.YMM(), g.YMM()
		g.VPERM2F128(Imm(0x20), lower[i], upper[i], columns[i])
		g.VPERM2F128(Imm(0x31), lower[i], upper[i], columns[i+4])
	}
	for i, column := range columns {
		g.VMOVUPS(column, dst.at(i, 0))
	}
}

// storeFours stores the columns of 4 rows.
func (g *generator) storeFours(rows []reg.VecVirtual, dst rowPointers) {
	for i, columns := range g.fours(rows) {
		g.VMOVUPS(columns.AsX(), dst.at(i, 0))
		g.VEXTRACTF128(Imm(1), columns, dst.at(i+4, 0))
	}
}

// storePairs stores the columns of 2 rows.
func (g *generator) storePairs(rows []reg.VecVirtual, dst rowPointers) {
	for i, columns := range g.pairs(rows) {
		upper := g.XMM()
		g.VEXTRACTF128(Imm(1), columns, upper)
		g.VMOVLPS(columns.AsX(), dst.at(2*i, 0))
		g.VMOVHPS(columns.AsX(), dst.at(2*i+1, 0))
		g.VMOVLPS(upper, dst.at(2*i+4, 0))
		g.VMOVHPS(upper, dst.at(2*i+5, 0))
	}
}

// fours returns the columns of 4 rows: column i in the lower half of register i, and
// column i+4 in the upper one.
func (g *generator) fours(rows []reg.VecVirtual) [4]reg.VecVirtual {
	var columns [4]reg.VecVirtual
	upper, lower := g.pairs(rows[:2]), g.pairs(rows[2:])
	for i := range 2 {
		columns[2*i], columns[2*i+1] = g.YMM(), g.YMM()
		g.VSHUFPS(Imm(0x44), lower[i], upper[i], columns[2*i])
		g.VSHUFPS(Imm(0xee), lower[i], upper[i], columns[2*i+1])
	}
	return columns
}

// pairs interleaves 2 rows: each half of register i is columns 2*i and 2*i+1 of the half.
func (g *generator) pairs(rows []reg.VecVirtual) [2]reg.VecVirtual {
	columns := [2]reg.VecVirtual{g.YMM(), g.YMM()}
	g.VUNPCKLPS(rows[1], rows[0], columns[0])
	g.VUNPCKHPS(rows[1], rows[0], columns[1])
	return columns
}
