package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// maximumBeside is how many vectors of columns go down the rows together.
const maximumBeside = 4

// maximum writes the kernel of maxima over rows. What is left of the columns after
// whole vectors is taken as one that ends where they do, some of it so once more:
// the largest of a number and itself is that number. Fewer columns than a vector
// has go one by one.
func (g *generator) maximum() {
	name := "maximum" + g.suffix
	g.kernel(name, "func(dst, src *float32, windows, rows, columns, dstStride, windowStride, rowStride int)")
	g.Doc(
		fmt.Sprintf("%s does, with strides in bytes,", name),
		"",
		"\tfor w in 0..windows-1, i in 0..columns-1, r in 0..rows-1:",
		"\t\tdst[w*dstStride + i] = max(dst[w*dstStride + i], src[w*windowStride + r*rowStride + i])",
		"",
		"where max is Go's: NaN if either is, and +0 if one of two zeros is.",
	)
	dst, src := g.Load(g.Param("dst"), g.GP64()), g.Load(g.Param("src"), g.GP64())
	windows, rows, columns := g.Load(g.Param("windows"), g.GP64()), g.Load(g.Param("rows"), g.GP64()), g.Load(g.Param("columns"), g.GP64())
	rowStride := g.Load(g.Param("rowStride"), g.GP64())
	at, end := g.GP64(), g.GP64()
	single := func(i int) (reg.VecVirtual, func(Op, Op)) { return g.XMM(), func(from, to Op) { g.VMOVSS(from, to) } }
	vector := func(i int) (reg.VecVirtual, func(Op, Op)) {
		return g.vector(), func(from, to Op) { g.VMOVUPS(from, to) }
	}
	down := func(label string, n int, kind func(i int) (reg.VecVirtual, func(Op, Op))) {
		g.maximumDown(label, n, kind, dst, src, at, rows, rowStride)
	}

	g.Label("window")
	g.XORQ(at, at)
	g.CMPQ(columns, Imm(uint64(g.lanes)))
	g.JL(LabelRef("single"))
	g.Label("several")
	g.LEAQ(Mem{Base: at, Disp: maximumBeside * g.lanes}, end)
	g.CMPQ(end, columns)
	g.JG(LabelRef("vector"))
	down("severalRow", maximumBeside, vector)
	g.MOVQ(end, at)
	g.JMP(LabelRef("several"))

	g.Label("vector")
	g.CMPQ(at, columns)
	g.JGE(LabelRef("next"))
	g.LEAQ(Mem{Base: columns, Disp: -g.lanes}, end)
	g.CMPQ(at, end)
	g.CMOVQGT(end, at)
	down("vectorRow", 1, vector)
	g.ADDQ(Imm(uint64(g.lanes)), at)
	g.JMP(LabelRef("vector"))

	g.Label("single")
	down("singleRow", 1, single)
	g.ADDQ(Imm(1), at)
	g.CMPQ(at, columns)
	g.JLT(LabelRef("single"))

	g.Label("next")
	g.ADDQ(g.Load(g.Param("windowStride"), g.GP64()), src)
	g.ADDQ(g.Load(g.Param("dstStride"), g.GP64()), dst)
	g.DECQ(windows)
	g.JNZ(LabelRef("window"))
	g.VZEROUPPER()
	g.RET()
}

// maximumDown goes down the rows with n registers of a kind, from a column on.
func (g *generator) maximumDown(label string, n int, kind func(i int) (reg.VecVirtual, func(Op, Op)), dst, src, at, rows, rowStride reg.Register) {
	from, left := g.GP64(), g.GP64()
	g.LEAQ(Mem{Base: src, Index: at, Scale: 4}, from)
	g.MOVQ(rows, left)
	most := make([]reg.VecVirtual, n)
	to := func(i int) Mem { return Mem{Base: dst, Index: at, Scale: 4, Disp: i * g.bytes()} }
	for i := range most {
		v, move := kind(i)
		most[i] = v
		move(to(i), v)
	}
	g.Label(label)
	for i, y := range most {
		x, move := kind(i)
		move(Mem{Base: from, Disp: i * g.bytes()}, x)
		g.larger(x, y, kind)
	}
	g.ADDQ(rowStride, from)
	g.DECQ(left)
	g.JNZ(LabelRef(label))
	for i, y := range most {
		_, move := kind(i)
		move(y, to(i))
	}
}

// larger sets y to the larger of x and y. VMAXPS gives its second operand where they are
// two zeros: both orders together have the bits that both zeros have, which are +0's. It
// gives it, too, where either is NaN: then all bits are set.
func (g *generator) larger(x, y reg.VecVirtual, kind func(i int) (reg.VecVirtual, func(Op, Op))) {
	other, _ := kind(0)
	unordered, _ := kind(0)
	g.VMAXPS(x, y, other)
	g.VCMPPS(Imm(isUnordered), x, y, unordered)
	g.VMAXPS(y, x, y)
	g.VANDPS(other, y, y)
	g.VORPS(unordered, y, y)
}
