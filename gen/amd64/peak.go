package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
)

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
