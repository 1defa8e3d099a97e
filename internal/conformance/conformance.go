// Package conformance holds a set of kernels to package generic, bit for bit: any set,
// whatever it is made of. Slices are just as long as package kernel allows and touch
// unreadable pages. Of the shapes a sample is run that has every value of each
// dimension together with every value of each other one.
package conformance

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/sepconv/go/internal/generic"
	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
)

var seed = flag.Uint64("kernel-seed", 1, "of the shapes and values that the kernels are tested with")

// oracle is what the sets are held to.
var oracle = generic.Set()

// sampler runs one shape: what was picked of dimensions of the given sizes.
type sampler struct {
	sizes []int
	run   func(pick []int)
	on    func(t testing.TB) // says whose failure it is from now on
}

// samplerOf makes the sampler of a case from its steps and from where it keeps
// whose failure it is.
func samplerOf(sizes []int, owner *testing.TB, shape func(pick []int), run func()) sampler {
	return sampler{
		sizes: sizes,
		on:    func(t testing.TB) { *owner = t },
		run: func(pick []int) {
			shape(pick)
			run()
		},
	}
}

// Check runs all tests here on a set.
func Check(t *testing.T, s *kernel.Set) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s *kernel.Set)
	}{
		{"Depthwise", Depthwise}, {"DepthwiseLines", DepthwiseLines}, {"DepthwiseGradient", DepthwiseGradient}, {"Pointwise", Pointwise}, {"NoRows", NoRows},
		{"Copy", Copy}, {"CopyPast", CopyPast}, {"Transpose", Transpose}, {"Maximum", Maximum}, {"Sum", Sum},
		{"Activate", Activate}, {"Gate", Gate}, {"Pullback", Pullback}, {"Signs", Signs}, {"PackTransposed", PackTransposed},
		{"ActivationBits", ActivationBits},
		{"OwnActivations", OwnActivations},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, s) })
	}
}

// sample runs a number of samples of the shapes, or with -short, and of the oracle, a
// part of one.
func sample(t *testing.T, s *kernel.Set, samples int, newSampler func(t testing.TB, s *kernel.Set, rng *rand.Rand) sampler) {
	part := 1
	if testing.Short() || s.Name == oracle.Name {
		samples, part = 1, 3
	}
	rng := rand.New(rand.NewPCG(*seed, 0))
	shapes := newSampler(t, s, rng)
	seen, run := 0, 0
	for range samples {
		pairs(rng, shapes.sizes, func(pick []int) {
			if seen++; seen%part == 0 {
				shapes.run(pick)
				run++
			}
		})
	}
	t.Logf("%d shapes", run)
}

// pairs calls yield with picks of one value from each dimension, such that every
// two values of any two dimensions meet. The other values of a pick are random;
// the first ones of a dimension, which should be the cheap ones, come more often.
func pairs(rng *rand.Rand, sizes []int, yield func(pick []int)) {
	pick := make([]int, len(sizes))
	for a := range sizes {
		for b := range a {
			for i := range sizes[a] * sizes[b] {
				for d, n := range sizes {
					pick[d] = min(rng.IntN(n), rng.IntN(n))
				}
				pick[a], pick[b] = i/sizes[b], i%sizes[b]
				yield(pick)
			}
		}
	}
}

// upTo returns the numbers from 1 to n, then some more.
func upTo(n int, more ...int) []int {
	var numbers []int
	for i := range n {
		numbers = append(numbers, i+1)
	}
	return append(numbers, more...)
}

// same is == on bits, but any NaN equals any other. A canary equals only itself:
// no arithmetic gives a signalling NaN.
func same(want, got float32) bool {
	w, g := math.Float32bits(want), math.Float32bits(got)
	return w == g || want != want && got != got && w != guard.Canary
}

// differ returns the first element that is not as it should be, or -1.
func differ(want, got []float32) int {
	for i := range want {
		if !same(want[i], got[i]) {
			return i
		}
	}
	return -1
}

// changed names the argument that differs between two structs; what slices hold is
// not looked at. "" means none.
func changed(before, after any) string {
	return changedField(reflect.ValueOf(before), reflect.ValueOf(after))
}

func changedField(before, after reflect.Value) string {
	for i := range before.NumField() {
		v, w := before.Field(i), after.Field(i)
		name := before.Type().Field(i).Name
		same := v.Equal
		switch v.Kind() {
		case reflect.Slice:
			same = func(w reflect.Value) bool { return v.Pointer() == w.Pointer() && v.Len() == w.Len() }
		case reflect.Struct:
			if field := changedField(v, w); field != "" {
				return name + "." + field
			}
			continue
		}
		if same(v) && !same(w) { // NaN is not the same as itself
			return name
		}
	}
	return ""
}

// show prints a float32 and its bits, which tell one NaN or zero from another.
func show(x float32) string { return fmt.Sprintf("%x (%#08x)", x, math.Float32bits(x)) }
