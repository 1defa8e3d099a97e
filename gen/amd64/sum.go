package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sumBeside is how many vectors of sums go down the rows together.
const sumBeside = 4

// sum writes the kernel of sums over rows in float64. What is left of the columns after
// whole vectors goes one by one.
func (g *generator) sum() {
	const lanes = 4 // float64 in a vector
	name := "sum" + g.suffix
	g.kernel(name, "func(sums *float64, src *float32, rows, columns, rowStride int)")
	g.Doc(
		fmt.Sprintf("%s does, with strides in bytes,", name),
		"",
		"\tfor i in 0..columns-1, r in 0..rows-1: sums[i] += float64(src[r*rowStride + i])",
	)
	sums, src := g.Load(g.Param("sums"), g.GP64()), g.Load(g.Param("src"), g.GP64())
	rows, columns, rowStride := g.Load(g.Param("rows"), g.GP64()), g.Load(g.Param("columns"), g.GP64()), g.Load(g.Param("rowStride"), g.GP64())
	from, left := g.GP64(), g.GP64()
	down := func(label string, row func()) {
		g.MOVQ(src, from)
		g.MOVQ(rows, left)
		g.Label(label)
		row()
		g.ADDQ(rowStride, from)
		g.DECQ(left)
		g.JNZ(LabelRef(label))
	}
	vectors := func(label string, n int) {
		sum := make([]reg.VecVirtual, n)
		to := func(i int) Mem { return Mem{Base: sums, Disp: 8 * lanes * i} }
		for i := range sum {
			sum[i] = g.YMM()
			g.VMOVUPD(to(i), sum[i])
		}
		down(label, func() {
			for i, s := range sum {
				x := g.YMM()
				g.VCVTPS2PD(Mem{Base: from, Disp: 4 * lanes * i}, x)
				g.VADDPD(x, s, s)
			}
		})
		for i, s := range sum {
			g.VMOVUPD(s, to(i))
		}
		g.ADDQ(Imm(uint64(8*lanes*n)), sums)
		g.ADDQ(Imm(uint64(4*lanes*n)), src)
		g.SUBQ(Imm(uint64(lanes*n)), columns)
	}

	g.Label("several")
	g.CMPQ(columns, Imm(sumBeside*lanes))
	g.JLT(LabelRef("vector"))
	vectors("severalRow", sumBeside)
	g.JMP(LabelRef("several"))
	g.Label("vector")
	g.CMPQ(columns, Imm(lanes))
	g.JLT(LabelRef("single"))
	vectors("vectorRow", 1)
	g.JMP(LabelRef("vector"))

	g.Label("single")
	g.TESTQ(columns, columns)
	g.JZ(LabelRef("end"))
	s := g.XMM()
	g.VMOVSD(Mem{Base: sums}, s)
	down("singleRow", func() {
		x := g.XMM()
		g.VXORPS(x, x, x) // whose upper half the conversion leaves as it is
		g.VCVTSS2SD(Mem{Base: from}, x, x)
		g.VADDSD(x, s, s)
	})
	g.VMOVSD(s, Mem{Base: sums})
	g.ADDQ(Imm(8), sums)
	g.ADDQ(Imm(4), src)
	g.DECQ(columns)
	g.JMP(LabelRef("single"))
	g.Label("end")
	g.VZEROUPPER()
	g.RET()
}
