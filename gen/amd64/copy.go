package amd64

import (
	"fmt"
	"math/bits"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// copyRows writes the kernel that brings columns of rows together. What is left
// of a row after whole panels is copied as one that ends where the row does, and
// some of it so a second time; rows shorter than that as two halves.
func (g *generator) copyRows() {
	name := "copyRows" + g.suffix
	g.kernel(name, "func(dst, src *float32, rows, columns, dstStride, srcStride int)")
	g.Doc(
		fmt.Sprintf("%s does, with strides in bytes,", name),
		"",
		"\tfor r in 0..rows-1, i in 0..columns-1: dst[r*dstStride + i] = src[r*srcStride + i]",
	)
	dst, src := g.Load(g.Param("dst"), g.GP64()), g.Load(g.Param("src"), g.GP64())
	dstStride, srcStride := g.Load(g.Param("dstStride"), g.GP64()), g.Load(g.Param("srcStride"), g.GP64())
	rows, columns := g.Load(g.Param("rows"), g.GP64()), g.Load(g.Param("columns"), g.GP64())
	nextRow := func(label string) {
		g.ADDQ(srcStride, src)
		g.ADDQ(dstStride, dst)
		g.DECQ(rows)
		g.JNZ(LabelRef(label))
		g.VZEROUPPER()
		g.RET()
	}
	for n := panelWidth; n > 1; n /= 2 {
		g.CMPQ(columns, Imm(uint64(n)))
		g.JGE(LabelRef(fmt.Sprint("from", n)))
	}

	g.Label("one")
	x := g.GP32()
	g.MOVL(Mem{Base: src}, x)
	g.MOVL(x, Mem{Base: dst})
	nextRow("one")

	for n := 2; n < panelWidth; n *= 2 {
		label := fmt.Sprint("from", n)
		g.Label(label)
		g.copyFloats(Mem{Base: src}, Mem{Base: dst}, n)
		last := -4 * n
		g.copyFloats(Mem{Base: src, Index: columns, Scale: 4, Disp: last}, Mem{Base: dst, Index: columns, Scale: 4, Disp: last}, n)
		nextRow(label)
	}

	g.Label(fmt.Sprint("from", panelWidth))
	last := g.GP64() // where the last panel begins
	g.LEAQ(Mem{Base: columns, Disp: -panelWidth}, last)
	g.Label("row")
	at := g.GP64()
	g.XORQ(at, at)
	g.JMP(LabelRef("check"))
	g.Label("panel")
	g.copyFloats(Mem{Base: src, Index: at, Scale: 4}, Mem{Base: dst, Index: at, Scale: 4}, panelWidth)
	g.ADDQ(Imm(panelWidth), at)
	g.Label("check")
	g.CMPQ(at, last)
	g.JLT(LabelRef("panel"))
	g.copyFloats(Mem{Base: src, Index: last, Scale: 4}, Mem{Base: dst, Index: last, Scale: 4}, panelWidth)
	nextRow("row")
}

// copyPast writes the kernel that copies rows past the caches: a line that a plain store
// writes is first read, from memory if it is there, and drives out another.
func (g *generator) copyPast() {
	name := "copyPast" + g.suffix
	g.kernel(name, "func(dst, src *float32, rows, vectors, dstStride, srcStride int)")
	g.Doc(
		fmt.Sprintf("%s does, with strides in bytes,", name),
		"",
		fmt.Sprintf("\tfor r in 0..rows-1, i in 0..%d*vectors-1: dst[r*dstStride + i] = src[r*srcStride + i]", g.lanes),
		"",
		"past the caches. dst and dstStride must be aligned to vectors. Nothing that is stored",
		"later waits for it: see fence.",
	)
	dst, src := g.Load(g.Param("dst"), g.GP64()), g.Load(g.Param("src"), g.GP64())
	dstStride, srcStride := g.Load(g.Param("dstStride"), g.GP64()), g.Load(g.Param("srcStride"), g.GP64())
	columns := g.Load(g.Param("vectors"), g.GP64())
	g.SHLQ(Imm(uint64(bits.TrailingZeros(uint(g.bytes())))), columns) // in bytes, here
	g.loop("rows", "row", func() {
		at := g.GP64()
		g.XORQ(at, at)
		g.Label("vector")
		x := g.vector()
		g.VMOVUPS(Mem{Base: src, Index: at, Scale: 1}, x)
		g.VMOVNTPS(x, Mem{Base: dst, Index: at, Scale: 1})
		g.ADDQ(Imm(uint64(g.bytes())), at)
		g.CMPQ(at, columns)
		g.JLT(LabelRef("vector"))
		g.ADDQ(srcStride, src)
		g.ADDQ(dstStride, dst)
	})
	g.VZEROUPPER()
	g.RET()
}

// fence writes what makes stores past the caches visible before whatever is stored later,
// which for no other store has to be asked. It waits until memory has taken them all.
func (g *generator) fence() {
	name := "fence" + g.suffix
	g.kernel(name, "func()")
	g.Doc(name + " makes what was copied past the caches visible before whatever is stored later.")
	g.SFENCE()
	g.VZEROUPPER()
	g.RET()
}

// copyFloats copies 2, 4, 8 or 16 floats.
func (g *generator) copyFloats(src, dst Mem, n int) {
	switch n {
	case 2:
		x := g.GP64()
		g.MOVQ(src, x)
		g.MOVQ(x, dst)
	case 4:
		x := g.XMM()
		g.VMOVUPS(src, x)
		g.VMOVUPS(x, dst)
	default:
		v := make([]reg.VecVirtual, n/g.lanes)
		for i := range v {
			v[i] = g.vector()
			g.VMOVUPS(src.Offset(i*g.bytes()), v[i])
		}
		for i, v := range v {
			g.VMOVUPS(v, dst.Offset(i*g.bytes()))
		}
	}
}
