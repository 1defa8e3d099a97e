package main

import (
	"github.com/sepconv/go/gen/a64"
)

// sum writes the kernel of sums over rows in float64, two of which are in a vector: some
// vectors of columns, or one, or a single column, go down the rows.
func (g *generator) sum() {
	g.kernel("sum"+suffix, "(sums *float64, src *float32, rows, columns, rowStride int)", "with strides in bytes",
		"for i in 0..columns-1, r in 0..rows-1: sums[i] += float64(src[r*rowStride + i])")
	sums, src, rows, columns, rowStride := g.Param("sums"), g.Param("src"), g.Param("rows"), g.Param("columns"), g.Param("rowStride")
	from, left, vectors, row := g.R(), g.R(), g.R(), g.R()
	const low, high = 16, 17
	down := func(label string, n int) {
		sum, x := a64.Vectors(0, a64.V(2*n-1)), a64.Vectors(8, a64.V(8+n-1))
		g.MOVD(src, from)
		g.LD1(sums, sum...)
		g.MOVD(rows, row)
		g.repeat(label, row, func() {
			g.LD1(from, x...)
			for i, v := range x {
				g.VFCVTL(v, low)
				g.VFCVTL2(v, high)
				g.VFADDDouble(low, sum[2*i], sum[2*i])
				g.VFADDDouble(high, sum[2*i+1], sum[2*i+1])
			}
			g.ADD(rowStride, from, from)
		})
		g.ST1Next(sums, sum...)
		g.ADDImm(vectorBytes*n, src, src)
	}
	g.LSR(2, columns, vectors) // by lanes
	g.LSR(1, vectors, left)
	g.repeatIfAny("two", left, func() { down("twoRow", 2) })
	g.ANDImm(1, vectors, left)
	g.repeatIfAny("one", left, func() { down("oneRow", 1) })
	g.ANDImm(lanes-1, columns, left)
	g.repeatIfAny("float", left, func() {
		g.MOVD(src, from)
		g.LoadD(a64.At(sums), 0)
		g.MOVD(rows, row)
		g.repeat("floatRow", row, func() {
			g.LoadS(a64.At(from), 8)
			g.VFCVTL(8, low)
			g.VFADDDouble(low, 0, 0) // of which the lower lane counts
			g.ADD(rowStride, from, from)
		})
		g.StoreD(0, a64.At(sums))
		g.ADDImm(8, sums, sums)
		g.ADDImm(4, src, src)
	})
	g.RET()
}
