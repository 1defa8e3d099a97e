package main

import (
	"fmt"

	"github.com/sepconv/go/gen/a64"
)

// peak writes the loop whose rate is the limit of every kernel: multiply-adds in
// independent chains, more of them than latency times units.
func (g *generator) peak() {
	const chains = 24 // as package asm knows
	name := "peak" + suffix
	g.Func = g.Function(name, "(iterations int)",
		fmt.Sprintf("%s does %d multiply-adds of %d lanes an iteration, as fast as the core can.", name, chains, lanes))
	left := g.Param("iterations")
	x, sums := a64.V(31), a64.Vectors(0, chains-1)
	for _, v := range append(sums, x) {
		g.Zero(v)
	}
	g.repeat("loop", left, func() {
		for _, s := range sums {
			g.VFMLA(x, x, s)
		}
	})
	g.RET()
}
