package main

import (
	"fmt"

	"github.com/sepconv/go/gen/a64"
)

// copyRows writes the kernel that brings columns of rows together.
func (g *generator) copyRows() {
	g.kernel("copyRows"+suffix, "(dst, src *float32, rows, panels, dstStride, srcStride int)", "with strides in bytes",
		fmt.Sprintf("for r in 0..rows-1, i in 0..%d*panels-1: dst[r*dstStride + i] = src[r*srcStride + i]", panelWidth))
	dst, src, rows, panels := g.Param("dst"), g.Param("src"), g.Param("rows"), g.Param("panels")
	dstStride, srcStride := g.Param("dstStride"), g.Param("srcStride")
	to, from, left := g.R(), g.R(), g.R()
	move := func(n int) {
		g.LD1Next(from, a64.Vectors(0, a64.V(n-1))...)
		g.ST1Next(to, a64.Vectors(0, a64.V(n-1))...)
	}
	g.repeat("row", rows, func() {
		g.MOVD(dst, to)
		g.MOVD(src, from)
		g.LSR(2, panels, left)
		g.repeatIfAny("four", left, func() { move(4) })
		g.ANDImm(3, panels, left)
		g.repeatIfAny("one", left, func() { move(1) })
		g.ADD(srcStride, src, src)
		g.ADD(dstStride, dst, dst)
	})
	g.RET()
}
