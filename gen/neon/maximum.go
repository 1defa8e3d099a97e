package main

import (
	"github.com/sepconv/go/gen/a64"
)

// maximum writes the kernel of maxima over rows: some vectors of columns, or one, or a
// single column, go down the rows of a window.
func (g *generator) maximum() {
	g.kernel("maximum"+suffix, "(dst, src *float32, windows, rows, columns, dstStride, windowStride, rowStride int)", "with strides in bytes",
		"for w in 0..windows-1, i in 0..columns-1, r in 0..rows-1:", "\tdst[w*dstStride + i] = max(dst[w*dstStride + i], src[w*windowStride + r*rowStride + i])")
	dst, src, windows, rows, columns := g.Param("dst"), g.Param("src"), g.Param("windows"), g.Param("rows"), g.Param("columns")
	dstStride, windowStride, rowStride := g.Param("dstStride"), g.Param("windowStride"), g.Param("rowStride")
	to, column, from, left, vectors, row := g.R(), g.R(), g.R(), g.R(), g.R(), g.R()
	down := func(label string, n int) {
		most, x := a64.Vectors(0, a64.V(n-1)), a64.Vectors(8, a64.V(8+n-1))
		g.MOVD(column, from)
		g.LD1(to, most...)
		g.MOVD(rows, row)
		g.repeat(label, row, func() {
			g.LD1(from, x...)
			for i, y := range most {
				g.VFMAX(x[i], y, y)
			}
			g.ADD(rowStride, from, from)
		})
		g.ST1Next(to, most...)
		g.ADDImm(16*n, column, column)
	}
	g.LSR(2, columns, vectors) // by lanes
	g.repeat("window", windows, func() {
		g.MOVD(dst, to)
		g.MOVD(src, column)
		g.LSR(2, vectors, left)
		g.repeatIfAny("four", left, func() { down("fourRow", 4) })
		g.ANDImm(3, vectors, left)
		g.repeatIfAny("one", left, func() { down("oneRow", 1) })
		g.ANDImm(lanes-1, columns, left)
		g.repeatIfAny("float", left, func() {
			g.MOVD(column, from)
			g.LoadS(a64.At(to), 0)
			g.MOVD(rows, row)
			g.repeat("floatRow", row, func() {
				g.LoadS(a64.At(from), 8)
				g.VFMAX(8, 0, 0)
				g.ADD(rowStride, from, from)
			})
			g.StoreS(0, a64.At(to))
			g.ADDImm(4, to, to)
			g.ADDImm(4, column, column)
		})
		g.ADD(windowStride, src, src)
		g.ADD(dstStride, dst, dst)
	})
	g.RET()
}
