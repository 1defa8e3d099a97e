package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
)

// limits writes what the kernels are measured by.
func (g *generator) limits() {
	g.peak()
	g.read()
}

// peak writes the loop whose rate is the limit of every kernel: multiply-adds in
// independent chains, more of them than latency times units.
func (g *generator) peak() {
	const chains = 12
	g.kernel("peak"+g.suffix, "func(iterations int)")
	g.Doc(fmt.Sprintf("peak%s does %d multiply-adds of %d lanes an iteration, as fast as the core can.", g.suffix, chains, g.lanes))
	left := g.Load(g.Param("iterations"), g.GP64())
	x, sums := g.vector(), g.vectors(chains)
	g.VXORPS(x, x, x)
	for _, s := range sums {
		g.VXORPS(s, s, s)
	}
	g.Label("loop")
	for _, s := range sums {
		g.VFMADD231PS(x, x, s)
	}
	g.DECQ(left)
	g.JNZ(LabelRef("loop"))
	g.VZEROUPPER()
	g.RET()
}

// read writes the loop whose rate is the limit of what streams from a cache or from memory:
// loads and nothing else. They may all go to one register, which the core renames.
func (g *generator) read() {
	const bytes = 1 << 10 // an iteration, as package peak knows
	g.kernel("read"+g.suffix, "func(src *float32, iterations int)")
	g.Doc(fmt.Sprintf("read%s loads %d bytes an iteration, one after the other.", g.suffix, bytes))
	src, left := g.Load(g.Param("src"), g.GP64()), g.Load(g.Param("iterations"), g.GP64())
	g.Label("loop")
	for at := 0; at < bytes; at += 4 * g.lanes {
		g.VMOVUPS(Mem{Base: src, Disp: at}, g.vector())
	}
	g.ADDQ(U32(bytes), src)
	g.DECQ(left)
	g.JNZ(LabelRef("loop"))
	g.VZEROUPPER()
	g.RET()
}
