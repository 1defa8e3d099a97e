package main

import (
	"fmt"

	"github.com/sepconv/go/gen/a64"
)

// transpose writes the kernel between channels_first and rows of channels, which
// takes blocks of 8 x 8 as four of 4 x 4.
func (g *generator) transpose() {
	const n = 8
	g.kernel(fmt.Sprintf("transpose%dx%d%s", n, n, suffix), "(dst, src *float32, blocks, dstStride, srcStride int)", "with strides in bytes",
		fmt.Sprintf("for i in 0..%d, j in 0..%d*blocks-1: dst[j*dstStride + i] = src[i*srcStride + j]", n-1, n))
	dst, src := g.Param("dst"), g.Param("src")
	blocks, dstStride, srcStride := g.Param("blocks"), g.Param("dstStride"), g.Param("srcStride")
	from, to := g.R(), g.R()
	g.repeat("block", blocks, func() {
		g.MOVD(src, from)
		for row := range n {
			v := a64.V(2 * row)
			g.LD1Step(from, srcStride, v, v+1)
		}
		for half := range a64.V(2) { // of the columns of src
			g.MOVD(dst, to)
			var columns [2][]a64.V // in the upper and the lower four rows
			for i := range columns {
				first := half + a64.V(n*i)
				columns[i] = g.transposed([4]a64.V{first, first + 2, first + 4, first + 6}, a64.V(16+4*i))
			}
			for j := range lanes {
				g.StoreQ(columns[0][j], a64.At(to))
				g.StoreQ(columns[1][j], a64.At(to).Plus(vectorBytes))
				g.ADD(dstStride, to, to)
			}
			g.MOVD(to, dst)
		}
		g.ADDImm(4*n, src, src)
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
