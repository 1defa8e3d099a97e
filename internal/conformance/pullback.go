package conformance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/assert"
)

// Pullback tests the gradients through every activation, with parameters of all kinds.
func Pullback(t *testing.T, s *kernel.Set) {
	rng := rand.New(rand.NewPCG(*seed, 3))
	zBuffer, dyBuffer := guard.NewBuffer(t, "z", 600), guard.NewBuffer(t, "dy", 300)
	for f := range kernel.Funcs {
		if f == kernel.Linear {
			continue
		}
		if s.Name != oracle.Name && !f.Axis() {
			pullback{t, s, drawn(rng, f), "all"}.sweep(8191)
		}
		for _, n := range activated {
			for _, v := range activatedKinds {
				size := n
				if f == kernel.GLU {
					size = 2 * n
				}
				z, dy := v.some(rng, size), v.some(rng, n)
				p := pullback{t, s, drawn(rng, f), v.name}
				p.run(zBuffer, dyBuffer, z, dy, guard.Somewhere(rng), guard.Somewhere(rng))
			}
		}
	}
}

// sweep compares set and oracle on numbers of all sizes.
func (c pullback) sweep(step uint32) {
	c.Helper()
	const block = 1 << 12
	dy := make([]float32, block)
	for i := range dy {
		dy[i] = 1 + float32(i)/block
	}
	z := make([]float32, 0, block)
	for b := uint64(0); b < 1<<32; b += uint64(step) {
		z = append(z, math.Float32frombits(uint32(b)))
		if len(z) < block {
			continue
		}
		x, want := slices.Clone(z), slices.Clone(z)
		oracle.Pullback[c.a.Func](want, dy, &c.a)
		c.set.Pullback[c.a.Func](z, dy, &c.a)
		if i := differ(want, z); i >= 0 {
			c.Fatalf("%s, pullback of function %d, parameters %x: %s becomes %s, generic's %s", c.set.Name, c.a.Func, c.a.A, show(x[i]), show(z[i]), show(want[i]))
		}
		z = z[:0]
	}
}

type pullback struct {
	testing.TB
	set    *kernel.Set
	a      kernel.Activation
	values string // of what kind
}

// run compares what set and oracle make of x and dy.
func (c pullback) run(zBuffer, dyBuffer *guard.Buffer, x, dy []float32, atZ, atDy guard.Place) {
	c.Helper()
	f := c.a.Func
	want := slices.Clone(x)
	oracle.Pullback[f](want, dy, &c.a)
	describe := func() string {
		return fmt.Sprintf("%s, pullback of function %d of %d %s values at %v and %v, parameters %x, %x, %x", c.set.Name, f, len(x), c.values, atZ, atDy, c.a.A, c.a.B, c.a.C)
	}
	z, given := zBuffer.Floats(len(x), atZ), c.a
	copy(z, x)
	guard.Check(c, describe, func() { c.set.Pullback[f](z, dyBuffer.ReadOnly(dy, atDy), &given) })
	if i := differ(want, z); i >= 0 {
		c.Fatalf("%s: element %d, %s, becomes %s, generic's %s", describe(), i, show(x[i]), show(z[i]), show(want[i]))
	}
	if stray := zBuffer.Stray(); stray != "" {
		c.Fatalf("%s: %s", describe(), stray)
	}
	if name := changed(c.a, given); name != "" {
		c.Fatalf("%s: argument %s was changed", describe(), name)
	}
}

// PackTransposed holds the function of that name to PackPointwise.
func PackTransposed(t *testing.T, s *kernel.Set) {
	rng := rand.New(rand.NewPCG(*seed, 4))
	var packed kernel.Packed
	for range 300 {
		multiplier, channels, depth := 1+rng.IntN(4), 1+rng.IntN(70), 1+rng.IntN(40)
		columns := channels * multiplier
		w := kinds[0].some(rng, columns*depth)
		turned := make([]float32, len(w))
		for c := range channels {
			for m := range multiplier {
				for d := range depth {
					turned[d*columns+m*channels+c] = w[(c*multiplier+m)*depth+d]
				}
			}
		}
		want := s.PackPointwise(kernel.Packed{}, turned, depth, columns)
		packed = s.PackTransposed(packed, w, depth, columns, multiplier)
		if !slices.Equal(want.F32, packed.F32) || want.Width != packed.Width || want.Stride != packed.Stride {
			t.Fatalf("%s: %d channels, multiplier %d, depth %d: packed otherwise than the transpose is", s.Name, channels, multiplier, depth)
		}
	}
}

// PullbackBits compares the bits of pullbacks with the committed hashes. Who changes one
// has to say why: what was trained before cannot be trained again to the same bits.
func PullbackBits(t *testing.T, s *kernel.Set) {
	for f := range kernel.Funcs {
		if f == kernel.Linear {
			continue
		}
		p := kernel.Activation{Func: f, A: 0.75, B: 0.25, C: 0.5}
		h := newBits()
		sweep(f, func(z []float32) {
			z = z[:len(z)/2*2]
			dy := make([]float32, len(z))
			for i := range dy {
				dy[i] = 1 + float32(i%8)/8
			}
			if f == kernel.GLU {
				dy = dy[:len(z)/2]
			}
			s.Pullback[f](z, dy, &p)
			h.add(z)
		})
		assert.Equal(t, pullbackHashes[f], h.sum(), "function %d", f)
	}
}

// pullbackHashes are of the pullbacks of the numbers of sweep.
var pullbackHashes = [kernel.Funcs]string{
	kernel.ReLU:                "cafa4808d2bde24f",
	kernel.ReLU6:               "63a217e920a7f3b0",
	kernel.GeneralReLU:         "27dced6d7ab96ccc",
	kernel.LeakyReLU:           "91ff9f23d95f3531",
	kernel.ELU:                 "869ec9b71448e438",
	kernel.SELU:                "d9bf6afd6d0d061c",
	kernel.CELU:                "6a89684bdc8f96e9",
	kernel.Exponential:         "851285d647c3fa80",
	kernel.Sigmoid:             "d03b7c5b319e07ac",
	kernel.Tanh:                "7e3a77a5ee219b57",
	kernel.SiLU:                "4a41c47e5459cc69",
	kernel.GELU:                "cebec6fd754c138c",
	kernel.GELUTanh:            "eccdb7e319da7527",
	kernel.Mish:                "5fd30af0c68e3dc4",
	kernel.Softplus:            "69b4e06b08a45383",
	kernel.Softsign:            "2665eee97e54d64d",
	kernel.LogSigmoid:          "962c56cbdb3ba8c5",
	kernel.HardSigmoid:         "cfebc8e56fedc68a",
	kernel.HardSigmoid2:        "691210a23d0844ef",
	kernel.HardSiLU:            "0dcaa4669064a3a6",
	kernel.HardTanh:            "ef5cc3a3add2d61d",
	kernel.TanhShrink:          "2562d00c769fc5c2",
	kernel.HardShrink:          "e8aea7c59093b78f",
	kernel.SoftShrink:          "e8aea7c59093b78f",
	kernel.Threshold:           "f6fa6db419972000",
	kernel.SquarePlus:          "f576cb543af09734",
	kernel.SparsePlus:          "2987968f20126009",
	kernel.SparseSigmoid:       "97041b579297cf63",
	kernel.Softmax:             "d644078d46f836e3",
	kernel.LogSoftmax:          "5b0a7b449d1a5c67",
	kernel.Sparsemax:           "05704258057eaed0",
	kernel.SparsemaxCumulative: "5ac8d14ab6a8a71d",
	kernel.GLU:                 "ea3dbfbef31f2099",
}
