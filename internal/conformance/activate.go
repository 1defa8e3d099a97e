package conformance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
)

// activated is how long the slices are that activations are tested on: beyond
// four of the widest vectors, and once beyond what a loop may unroll.
var activated = append(upTo(70, 128, 131, 257), 0)

var activatedKinds = []*values{
	{name: "normal", draw: normal},
	{name: "wide", draw: wide},
	{name: "special", draw: oftenSpecial},
	{name: "bits", draw: anyBits},
}

// wide has values of every size that a function may tell apart.
func wide(rng *rand.Rand) float32 {
	return float32(math.Ldexp(rng.NormFloat64(), rng.IntN(20)-12))
}

func oftenSpecial(rng *rand.Rand) float32 {
	edges := []float32{-6, -3, -0.5, 0.5, 3, 6, 88.7, -87.5, -103.9}
	switch rng.IntN(4) {
	case 0:
		return special[rng.IntN(len(special))]
	case 1:
		return edges[rng.IntN(len(edges))]
	}
	return wide(rng)
}

// parameters returns parameters of functions, among them those of Keras.
func parameters(rng *rand.Rand) (a, b, c float32) {
	some := []float32{0, 1, 0.01, 0.2, 0.25, 0.5, 1.5, 4, 6, -1, -0.75, 0x1p-130, 100}
	draw := func() float32 { return some[rng.IntN(len(some))] }
	return draw(), draw(), draw()
}

// Activate tests every activation, with parameters of all kinds.
func Activate(t *testing.T, s *kernel.Set) {
	rng := rand.New(rand.NewPCG(*seed, 1))
	buffer := guard.NewBuffer(t, "y", 300)
	for f := range kernel.Funcs {
		if f == kernel.Linear || f == kernel.GLU {
			continue
		}
		for _, n := range activated {
			for _, v := range activatedKinds {
				activation{t, s, drawn(rng, f), v.name}.run(buffer, v.some(rng, n), guard.End, guard.Start.Away(rng.IntN(16)))
			}
		}
	}
}

// drawn returns a function with parameters.
func drawn(rng *rand.Rand, f kernel.Func) kernel.Activation {
	a := kernel.Activation{Func: f}
	a.A, a.B, a.C = parameters(rng)
	if f == kernel.GeneralReLU && rng.IntN(2) == 0 {
		a.A = float32(math.NaN()) // no maximum
	}
	return a
}

type activation struct {
	testing.TB
	set    *kernel.Set
	a      kernel.Activation
	values string // of what kind
}

// run compares what set and oracle make of x, at each of the places.
func (c activation) run(buffer *guard.Buffer, x []float32, places ...guard.Place) {
	c.Helper()
	f := c.a.Func
	want := append([]float32(nil), x...)
	oracle.Activate[f](want, &c.a)
	for _, at := range places {
		describe := func() string {
			return fmt.Sprintf("%s, function %d of %d %s values at %v, parameters %x, %x, %x", c.set.Name, f, len(x), c.values, at, c.a.A, c.a.B, c.a.C)
		}
		y := buffer.Floats(len(x), at)
		copy(y, x)
		given := c.a
		guard.Check(c, describe, func() { c.set.Activate[f](y, &given) })
		if i := differ(want, y); i >= 0 {
			c.Fatalf("%s: element %d, %s, becomes %s, generic's %s", describe(), i, show(x[i]), show(y[i]), show(want[i]))
		}
		if stray := buffer.Stray(); stray != "" {
			c.Fatalf("%s: %s", describe(), stray)
		}
		if name := changed(c.a, given); name != "" {
			c.Fatalf("%s: argument %s was changed", describe(), name)
		}
	}
}

// Gate tests the gated linear unit.
func Gate(t *testing.T, s *kernel.Set) {
	rng := rand.New(rand.NewPCG(*seed, 2))
	a, b := guard.NewBuffer(t, "a", 300), guard.NewBuffer(t, "b", 300)
	for _, n := range activated {
		for _, v := range activatedKinds {
			x, y := v.some(rng, n), v.some(rng, n)
			for range 4 {
				gate{t, s, v.name}.run(a, b, x, y, guard.Somewhere(rng), guard.Somewhere(rng))
			}
		}
	}
}

type gate struct {
	testing.TB
	set    *kernel.Set
	values string // of what kind
}

// run compares what set and oracle make of x and y.
func (c gate) run(aBuffer, bBuffer *guard.Buffer, x, y []float32, atA, atB guard.Place) {
	c.Helper()
	want := append([]float32(nil), x...)
	oracle.Gate(want, y)
	describe := func() string {
		return fmt.Sprintf("%s, gate of %d %s values at %v and %v", c.set.Name, len(x), c.values, atA, atB)
	}
	a, b := aBuffer.Floats(len(x), atA), bBuffer.ReadOnly(y, atB)
	copy(a, x)
	guard.Check(c, describe, func() { c.set.Gate(a, b) })
	if i := differ(want, a); i >= 0 {
		c.Fatalf("%s: element %d, of %s and %s, is %s, generic's %s", describe(), i, show(x[i]), show(y[i]), show(a[i]), show(want[i]))
	}
	if stray := aBuffer.Stray(); stray != "" {
		c.Fatalf("%s: %s", describe(), stray)
	}
}
