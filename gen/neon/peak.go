package main

import (
	"fmt"

	"github.com/sepconv/go/gen/a64"
)

// limits writes what the kernels are measured by.
func (g *generator) limits() {
	g.peak()
	g.read()
}

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

// read writes the loop whose rate is the limit of what streams from a cache or from memory:
// loads and nothing else.
func (g *generator) read() {
	const bytes, beside = 1 << 10, 4 // an iteration, as package peak knows; vectors of a load
	name := "read" + suffix
	g.Func = g.Function(name, "(src *float32, iterations int)", fmt.Sprintf("%s loads %d bytes an iteration, one after the other.", name, bytes))
	src, left := g.Param("src"), g.Param("iterations")
	g.repeat("loop", left, func() {
		for i := range bytes / (vectorBytes * beside) {
			first := a64.V(i * beside % 32)
			g.LD1Next(src, a64.Vectors(first, first+beside-1)...)
		}
	})
	g.RET()
}
