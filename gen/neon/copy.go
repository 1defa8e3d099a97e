package main

import (
	"github.com/sepconv/go/gen/a64"
)

// copyRows writes the kernel that brings columns of rows together.
func (g *generator) copyRows() {
	g.kernel("copyRows"+suffix, "(dst, src *float32, rows, columns, dstStride, srcStride int)", "with strides in bytes",
		"for r in 0..rows-1, i in 0..columns-1: dst[r*dstStride + i] = src[r*srcStride + i]")
	dst, src, rows, columns := g.Param("dst"), g.Param("src"), g.Param("rows"), g.Param("columns")
	dstStride, srcStride := g.Param("dstStride"), g.Param("srcStride")
	to, from, left, vectors := g.R(), g.R(), g.R(), g.R()
	g.LSR(2, columns, vectors) // by lanes
	move := func(n int) {
		g.LD1Next(from, a64.Vectors(0, a64.V(n-1))...)
		g.ST1Next(to, a64.Vectors(0, a64.V(n-1))...)
	}
	g.repeat("row", rows, func() {
		g.MOVD(dst, to)
		g.MOVD(src, from)
		g.LSR(2, vectors, left)
		g.repeatIfAny("four", left, func() { move(4) })
		g.ANDImm(3, vectors, left)
		g.repeatIfAny("one", left, func() { move(1) })
		g.ANDImm(lanes-1, columns, left)
		g.repeatIfAny("float", left, func() {
			g.LoadS(a64.At(from), 0)
			g.StoreS(0, a64.At(to))
			g.ADDImm(4, from, from)
			g.ADDImm(4, to, to)
		})
		g.ADD(srcStride, src, src)
		g.ADD(dstStride, dst, dst)
	})
	g.RET()
}
