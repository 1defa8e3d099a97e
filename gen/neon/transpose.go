package main

import (
	"fmt"
	"math/bits"

	"github.com/sepconv/go/gen/a64"
)

// transpose writes the kernels between channels_first and rows of channels: for blocks of
// 8 x 8, and of four rows for arrays that have no more.
func (g *generator) transpose() {
	for _, rows := range []int{8, 4} {
		g.transposeRows(rows)
	}
}

// transposeRows writes the kernel for blocks of n rows, which it takes as some of 4 x 4.
// They make bands of blocks side by side.
func (g *generator) transposeRows(n int) {
	const width = 8
	g.kernel(fmt.Sprintf("transpose%dx%d%s", n, width, suffix), "(dst, src *float32, bands, blocks, dstStride, srcStride int)", "with strides in bytes",
		fmt.Sprintf("for i in 0..%d*bands-1, j in 0..%d*blocks-1: dst[j*dstStride + i] = src[i*srcStride + j]", n, width))
	dst, src, bands, blocks := g.Param("dst"), g.Param("src"), g.Param("bands"), g.Param("blocks")
	dstStride, srcStride := g.Param("dstStride"), g.Param("srcStride")
	first, from, to, left, down := g.R(), g.R(), g.R(), g.R(), g.R()
	g.LSL(bits.TrailingZeros(uint(n)), srcStride, down)
	g.repeat("band", bands, func() {
		g.MOVD(src, first)
		g.MOVD(dst, to)
		g.MOVD(blocks, left)
		g.repeat("block", left, func() {
			g.MOVD(first, from)
			for row := range n {
				v := a64.V(2 * row)
				g.LD1Step(from, srcStride, v, v+1)
			}
			for half := range a64.V(width / lanes) { // of the columns of src
				var columns [][]a64.V // in the upper four rows, and in the lower
				for i := range n / lanes {
					x := half + a64.V(2*lanes*i)
					columns = append(columns, g.transposed([4]a64.V{x, x + 2, x + 4, x + 6}, a64.V(16+4*i)))
				}
				for j := range lanes {
					for i, c := range columns {
						g.StoreQ(c[j], a64.At(to).Plus(vectorBytes*i))
					}
					g.ADD(dstStride, to, to)
				}
			}
			g.ADDImm(4*width, first, first)
		})
		g.ADD(down, src, src)
		g.ADDImm(4*n, dst, dst)
	})
	g.RET()
}

// transposed returns the columns of a block of 4 x 4. It uses four registers from
// scratch on, and overwrites the rows.
func (g *generator) transposed(rows [4]a64.V, scratch a64.V) []a64.V {
	evenLow, evenHigh, oddLow, oddHigh := scratch, scratch+1, scratch+2, scratch+3
	g.VZIP1(rows[2], rows[0], evenLow)
	g.VZIP2(rows[2], rows[0], evenHigh)
	g.VZIP1(rows[3], rows[1], oddLow)
	g.VZIP2(rows[3], rows[1], oddHigh)
	g.VZIP1(oddLow, evenLow, rows[0])
	g.VZIP2(oddLow, evenLow, rows[1])
	g.VZIP1(oddHigh, evenHigh, rows[2])
	g.VZIP2(oddHigh, evenHigh, rows[3])
	return rows[:]
}
