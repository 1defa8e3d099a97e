package main

import (
	"fmt"
	"math"

	"github.com/sepconv/go/gen/a64"
)

// A word of signs is of signLanes floats: bits of those greater than 0, and above them
// of those that are NaN.
const signLanes = 16

// signs writes the kernels that keep of floats what relu's derivative needs, and that
// take a gradient back by it.
func (g *generator) signs() {
	var words []uint32
	for i := range 2 * signLanes {
		words = append(words, 1<<i)
	}
	for range lanes {
		words = append(words, math.Float32bits(1))
	}
	g.Data(signConstants, words)
	g.keepSigns()
	g.pullSigns()
}

// signConstants are the bits of a word, each in a lane of its own, and ones.
const signConstants = "signConstants"

// loadSigns loads the bits of those greater than 0, of those that are NaN, and ones.
func (g *generator) loadSigns() (greater, nan []a64.V, one a64.V) {
	greater, nan, one = a64.Vectors(16, 19), a64.Vectors(20, 23), 24
	at := g.R()
	g.Address(signConstants, at)
	g.LD1Next(at, greater...)
	g.LD1Next(at, nan...)
	g.LoadQ(a64.At(at), one)
	g.Free(at)
	return greater, nan, one
}

func (g *generator) keepSigns() {
	g.kernel("signs"+suffix, "(signs *uint32, y *float32, words int)", "for words of signs",
		fmt.Sprintf("for i in 0..words-1, l in 0..%d:", signLanes-1),
		fmt.Sprintf("\tbit l of signs[i] = y[%d*i+l] > 0, bit %[1]d+l = y[%[1]d*i+l] is NaN", signLanes))
	signs, y, words := g.Param("signs"), g.Param("y"), g.Param("words")
	ofGreater, ofNaN, _ := g.loadSigns()
	x, greater, number := a64.Vectors(0, 3), a64.Vectors(4, 7), a64.Vectors(8, 11)
	const zero = 12
	g.Zero(zero)
	g.repeat("word", words, func() {
		g.LD1Next(y, x...)
		for i, x := range x {
			g.VFCMGT(zero, x, greater[i])
			g.VFCMEQ(x, x, number[i])
		}
		for i := range x {
			g.VAND(ofGreater[i], greater[i], greater[i])
		}
		for i := range x {
			g.VBSL(ofNaN[i], greater[i], number[i])
		}
		g.VORR(number[0], number[1], number[0])
		g.VORR(number[2], number[3], number[2])
		g.VORR(number[0], number[2], number[0])
		g.VADDV(number[0], number[0]) // no two lanes have a bit in common
		g.StoreS(number[0], a64.At(signs))
		g.ADDImm(4, signs, signs)
	})
	g.RET()
}

func (g *generator) pullSigns() {
	g.kernel("signsPullback"+suffix, "(grad, dy *float32, signs *uint32, words int)", "for words of signs",
		fmt.Sprintf("for i in 0..words-1, l in 0..%d: grad[%d*i+l] = dy[%[2]d*i+l] * slope", signLanes-1, signLanes))
	g.Doc("", fmt.Sprintf("where slope is NaN if bit %d+l of signs[i] is set, 1 if bit l is, and otherwise 0.", signLanes))
	grad, dy, signs, words := g.Param("grad"), g.Param("dy"), g.Param("signs"), g.Param("words")
	ofGreater, ofNaN, one := g.loadSigns()
	x, slope, nan := a64.Vectors(0, 3), a64.Vectors(4, 7), a64.Vectors(8, 11)
	const word = 12
	g.repeat("word", words, func() {
		g.LD1R(signs, word)
		g.LD1Next(dy, x...)
		for i := range x {
			g.VCMTST(ofGreater[i], word, slope[i])
			g.VCMTST(ofNaN[i], word, nan[i])
		}
		for _, s := range slope {
			g.VAND(one, s, s)
		}
		for i, s := range slope {
			g.VORR(nan[i], s, s) // all bits: NaN
		}
		for i, s := range slope {
			g.VFMUL(x[i], s, s)
		}
		g.ST1Next(grad, slope...)
	})
	g.RET()
}
