package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
)

// copyRows writes the kernel that brings columns of rows together.
func (g *generator) copyRows() {
	name := "copyRows" + g.suffix
	g.kernel(name, "func(dst, src *float32, rows, panels, dstStride, srcStride int)")
	g.Doc(
		fmt.Sprintf("%s does, with strides in bytes,", name),
		"",
		fmt.Sprintf("\tfor r in 0..rows-1, i in 0..%d*panels-1: dst[r*dstStride + i] = src[r*srcStride + i]", panelWidth),
	)
	dst, src := g.Load(g.Param("dst"), g.GP64()), g.Load(g.Param("src"), g.GP64())
	dstStride, srcStride := g.Load(g.Param("dstStride"), g.GP64()), g.Load(g.Param("srcStride"), g.GP64())
	rows, panels := g.Load(g.Param("rows"), g.GP64()), g.Load(g.Param("panels"), g.GP64())
	g.Label("row")
	to, from, left := g.moved(dst), g.moved(src), g.moved(panels)
	g.Label("panel")
	v := g.vectors(panelWidth / g.lanes)
	for i, v := range v {
		g.VMOVUPS(Mem{Base: from, Disp: i * g.bytes()}, v)
	}
	for i, v := range v {
		g.VMOVUPS(v, Mem{Base: to, Disp: i * g.bytes()})
	}
	g.ADDQ(Imm(4*panelWidth), from)
	g.ADDQ(Imm(4*panelWidth), to)
	g.DECQ(left)
	g.JNZ(LabelRef("panel"))
	g.ADDQ(srcStride, src)
	g.ADDQ(dstStride, dst)
	g.DECQ(rows)
	g.JNZ(LabelRef("row"))
	g.VZEROUPPER()
	g.RET()
}
