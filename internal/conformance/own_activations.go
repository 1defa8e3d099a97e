package conformance

import (
	"flag"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

var stride = flag.Uint("activation-stride", 65537,
	"compare activations at every so many of all 2^32 arguments: 257 takes some minutes")

// OwnActivations tests the activations that the set has kernels of its own for, at
// arguments all over their range, of all lengths at unreadable pages, and of such as
// take several calls of assembly.
func OwnActivations(t *testing.T, s *kernel.Set) {
	t.Run("arguments", func(t *testing.T) { activationArguments(t, s) })
	t.Run("lengths", func(t *testing.T) { activationLengths(t, s) })
	t.Run("gates", func(t *testing.T) { gates(t, s) })
	t.Run("long", func(t *testing.T) { longActivations(t, s) })
	t.Run("allocate nothing", func(t *testing.T) { activationsAllocateNothing(t, s) })
}

// eachActivation calls f for every activation that the set has a kernel of its own
// for, with parameters of all kinds.
func eachActivation(s *kernel.Set, f func(a *kernel.Activation)) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	minus0 := float32(math.Copysign(0, -1))
	parameters := map[kernel.Func][][3]float32{
		kernel.GeneralReLU: {
			{nan, 0, 0}, {6, 0, 0}, {nan, 0.1, 0}, {nan, -0.1, 1}, {2, 0.5, -1}, {0, 0.2, 0},
			{inf, 1, 3}, {inf, inf, 0}, {-1, -inf, 2}, {1, nan, 0}, {1, minus0, nan}, {1, 0, inf},
		},
		kernel.LeakyReLU:  {{0.2}, {0}, {minus0}, {1}, {-0.5}, {3}, {inf}, {-inf}, {nan}, {0x1p-140}},
		kernel.ELU:        {{1}, {1.3}, {0}, {minus0}, {-2}, {inf}, {-inf}, {nan}, {0x1p-140}},
		kernel.CELU:       {{1}, {0.7}, {-0.5}, {-3}, {0}, {minus0}, {inf}, {-inf}, {nan}, {0x1p-140}, {0x1p120}},
		kernel.HardShrink: {{0.5}, {0}, {-1}, {inf}, {nan}},
		kernel.SoftShrink: {{0.5}, {0}, {-1}, {inf}, {nan}},
		kernel.Threshold:  {{1, 20}, {0, minus0}, {-inf, nan}, {nan, 3}, {inf, -inf}},
		kernel.SquarePlus: {{4}, {0.01}, {0}, {minus0}, {-1}, {inf}, {nan}, {0x1p-140}, {math.MaxFloat32}},
	}
	for i, k := range s.Activate {
		if k == nil || isOracle(k, oracle.Activate[i]) {
			continue
		}
		cases := parameters[kernel.Func(i)]
		if cases == nil {
			cases = [][3]float32{{}}
		}
		for _, p := range cases {
			f(&kernel.Activation{Func: kernel.Func(i), A: p[0], B: p[1], C: p[2]})
		}
	}
}

// isOracle reports whether a function of a set is the oracle's, which would only be held
// to itself.
func isOracle(f, oracles any) bool {
	return reflect.ValueOf(f).Pointer() == reflect.ValueOf(oracles).Pointer()
}

// requireSame compares what a set and package generic made of x.
func requireSame(t *testing.T, a *kernel.Activation, x, got, want []float32) {
	t.Helper()
	for i, y := range got {
		if !same(want[i], y) {
			t.Fatalf("%+v, float %d of %d: of %v (%#08x) %v (%#08x), not %v (%#08x)", *a, i, len(x),
				x[i], math.Float32bits(x[i]), y, math.Float32bits(y), want[i], math.Float32bits(want[i]))
		}
	}
}

// arguments gives float32 in blocks: those at a stride through all bits, more of
// them where functions bend, and all around powers of two and where formulas change.
func arguments(run func(x []float32)) {
	block := make([]float32, 0, 1<<12)
	add := func(bits uint32) {
		block = append(block, math.Float32frombits(bits))
		if len(block) == cap(block) {
			run(block)
			block = block[:0]
		}
	}
	for b := uint64(0); b < 1<<32; b += uint64(*stride) {
		add(uint32(b))
	}
	for b := math.Float32bits(0x1p-14); b < math.Float32bits(0x1p7); b += uint32(*stride/64 + 1) {
		add(b)
		add(b | 1<<31)
	}
	around := func(bits, distance uint32) {
		for b := bits - distance; b != bits+distance+1; b++ {
			add(b)
			add(b ^ 1<<31)
		}
	}
	for e := uint32(0); e < 256; e++ {
		around(e<<23, 20)
	}
	for e := range 23 { // subnormals
		around(1<<e, 2)
	}
	for _, x := range []float32{
		0.34657, 0.5, 1, 1.0397, 2.5, 3, 4.5, 6, 9, 14, 15, 16.6, 17.32868, 20, 25,
		40, 44.2, 87.33655, 88.37626, 88.72284, 89, 103.972, 104, 105, 120, 0x1p64,
	} {
		around(math.Float32bits(x), 300)
	}
	for n := range 200 { // where the nearest multiple of log(2) changes
		around(math.Float32bits(float32((float64(n)+0.5)*math.Ln2)), 8)
	}
	run(block)
}

func activationArguments(t *testing.T, s *kernel.Set) {
	got, want := make([]float32, 1<<12), make([]float32, 1<<12)
	eachActivation(s, func(a *kernel.Activation) {
		arguments(func(x []float32) {
			got, want := got[:copy(got, x)], want[:copy(want, x)]
			s.Activate[a.Func](got, a)
			oracle.Activate[a.Func](want, a)
			requireSame(t, a, x, got, want)
		})
	})
}

// someArguments returns n numbers of all kinds, others for each seed.
func someArguments(n, seed int) []float32 {
	kinds := []float32{
		0.3, -0.7, float32(math.Inf(1)), -5, 3.1, float32(math.NaN()), -88, 40, float32(math.Copysign(0, -1)),
		-1.5, 0x1p-149, 1e-20, float32(math.Inf(-1)), 9, -0x1p-130, 2.25, 100, -103.5, math.MaxFloat32, 0, -25.1,
	}
	x := make([]float32, n)
	for i := range x {
		x[i] = kinds[(i+seed)%len(kinds)] * (1 + float32(i)/64)
	}
	return x
}

// All lengths, at every alignment before and after an unreadable page.
func activationLengths(t *testing.T, s *kernel.Set) {
	buffer := guard.NewBuffer(t, "y", 60)
	eachActivation(s, func(a *kernel.Activation) {
		eachPlace(40, func(n int, at guard.Place) {
			x := someArguments(n, n)
			got, want := buffer.Floats(n, at), slices.Clone(x)
			copy(got, x)
			describe := func() string { return fmt.Sprintf("%+v, %d floats at %v", *a, n, at) }
			guard.Check(t, describe, func() { s.Activate[a.Func](got, a) })
			oracle.Activate[a.Func](want, a)
			requireSame(t, a, x, got, want)
			require.Empty(t, buffer.Stray(), describe())
		})
	})
}

func eachPlace(longest int, f func(n int, at guard.Place)) {
	for n := range longest + 1 {
		for away := range 8 {
			f(n, guard.Start.Away(away))
			f(n, guard.End.Away(away))
		}
	}
}

func gates(t *testing.T, s *kernel.Set) {
	sigmoid := &kernel.Activation{Func: kernel.GLU}
	if !isOracle(s.Gate, oracle.Gate) {
		got, want := make([]float32, 1<<12), make([]float32, 1<<12)
		for seed := range 5 {
			arguments(func(x []float32) {
				a := someArguments(len(x), seed)
				got, want := got[:copy(got, a)], want[:copy(want, a)]
				s.Gate(got, x)
				oracle.Gate(want, x)
				requireSame(t, sigmoid, x, got, want)
			})
		}
	}
	left, right := guard.NewBuffer(t, "a", 60), guard.NewBuffer(t, "b", 60)
	eachPlace(40, func(n int, at guard.Place) {
		x := someArguments(n, n)
		got, want := left.Floats(n, at), slices.Clone(x)
		copy(got, x)
		b := right.ReadOnly(someArguments(n, n+3), at.Away(n%5))
		describe := func() string { return fmt.Sprintf("%d floats at %v", n, at) }
		guard.Check(t, describe, func() { s.Gate(got, b) })
		oracle.Gate(want, b)
		requireSame(t, sigmoid, x, got, want)
		require.Empty(t, left.Stray(), describe())
	})
}

// Slices that take several calls of a kernel.
func longActivations(t *testing.T, s *kernel.Set) {
	const n = 70_001
	x := someArguments(n, 0)
	eachActivation(s, func(a *kernel.Activation) {
		got, want := slices.Clone(x), slices.Clone(x)
		s.Activate[a.Func](got, a)
		oracle.Activate[a.Func](want, a)
		requireSame(t, a, x, got, want)
	})
	got, want, b := slices.Clone(x), slices.Clone(x), someArguments(n, 5)
	s.Gate(got, b)
	oracle.Gate(want, b)
	requireSame(t, &kernel.Activation{Func: kernel.GLU}, x, got, want)
}

func activationsAllocateNothing(t *testing.T, s *kernel.Set) {
	y, b := make([]float32, 100), make([]float32, 100)
	eachActivation(s, func(a *kernel.Activation) {
		require.Zero(t, testing.AllocsPerRun(10, func() { s.Activate[a.Func](y, a) }), "%+v", *a)
	})
	require.Zero(t, testing.AllocsPerRun(10, func() { s.Gate(y, b) }))
}
