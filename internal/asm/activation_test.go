//go:build !purego && !noasm

package asm

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sepconv/go/internal/generic"
	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/cpu"
)

var stride = flag.Uint("activation-stride", 65537,
	"compare activations at every so many of all 2^32 arguments: 257 takes some minutes")

// features are what rows may require, in the assembler's words.
var features = map[string]bool{
	"ASIMD":    cpu.ARM64.HasASIMD,
	"AVX":      cpu.X86.HasAVX,
	"AVX2":     cpu.X86.HasAVX2,
	"AVX512BW": cpu.X86.HasAVX512BW,
	"AVX512DQ": cpu.X86.HasAVX512DQ,
	"AVX512F":  cpu.X86.HasAVX512F,
	"AVX512VL": cpu.X86.HasAVX512VL,
	"FMA3":     cpu.X86.HasFMA,
}

// eachSet calls f for every set that this CPU can run.
func eachSet(t *testing.T, f func(t *testing.T, s *kernel.Set)) {
	for _, s := range Sets() {
		t.Run(s.Name, func(t *testing.T) {
			for _, name := range s.Requires {
				require.Contains(t, features, name)
			}
			if !runs(&s) {
				t.Skip("the CPU lacks one of ", s.Requires)
			}
			f(t, &s)
		})
	}
}

func runs(s *kernel.Set) bool {
	return !slices.ContainsFunc(s.Requires, func(name string) bool { return !features[name] })
}

// eachActivation calls f for every activation that the set has a kernel for, with
// parameters of all kinds.
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
		if k == nil {
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

// sameBits takes all NaN for one.
func sameBits(x, y float32) bool {
	return math.Float32bits(x) == math.Float32bits(y) || x != x && y != y
}

// requireSame compares what a set and package generic made of x.
func requireSame(t *testing.T, a *kernel.Activation, x, got, want []float32) {
	t.Helper()
	for i, y := range got {
		if !sameBits(y, want[i]) {
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

func TestActivation(t *testing.T) {
	eachSet(t, func(t *testing.T, s *kernel.Set) {
		base := generic.Set()
		got, want := make([]float32, 1<<12), make([]float32, 1<<12)
		eachActivation(s, func(a *kernel.Activation) {
			arguments(func(x []float32) {
				got, want := got[:copy(got, x)], want[:copy(want, x)]
				s.Activate[a.Func](got, a)
				base.Activate[a.Func](want, a)
				requireSame(t, a, x, got, want)
			})
		})
	})
}

// Kernels of avx2 must not name the registers that only AVX-512 has, which the
// generator does not prevent.
func TestRegisters(t *testing.T) {
	files, err := filepath.Glob("*_avx2_amd64.s")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NotRegexp(t, `[(\s,][XY](1[6-9]|2\d|3[01])\b|\b[ZK]\d`, string(text), file)
	}
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

// All lengths, at every alignment before and behind an unreadable page.
func TestActivationLengths(t *testing.T) {
	eachSet(t, func(t *testing.T, s *kernel.Set) {
		base := generic.Set()
		buffer := guard.NewBuffer(t, "y", 60)
		eachActivation(s, func(a *kernel.Activation) {
			eachPlace(40, func(n int, at guard.Place) {
				x := someArguments(n, n)
				got, want := buffer.Floats(n, at), slices.Clone(x)
				copy(got, x)
				describe := func() string { return fmt.Sprintf("%+v, %d floats at %v", *a, n, at) }
				guard.Check(t, describe, func() { s.Activate[a.Func](got, a) })
				base.Activate[a.Func](want, a)
				requireSame(t, a, x, got, want)
				require.Empty(t, buffer.Stray(), describe())
			})
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

func TestGate(t *testing.T) {
	eachSet(t, func(t *testing.T, s *kernel.Set) {
		base := generic.Set()
		sigmoid := &kernel.Activation{Func: kernel.GLU}
		got, want := make([]float32, 1<<12), make([]float32, 1<<12)
		for seed := range 5 {
			arguments(func(x []float32) {
				a := someArguments(len(x), seed)
				got, want := got[:copy(got, a)], want[:copy(want, a)]
				s.Gate(got, x)
				base.Gate(want, x)
				requireSame(t, sigmoid, x, got, want)
			})
		}
		left, right := guard.NewBuffer(t, "a", 60), guard.NewBuffer(t, "b", 60)
		eachPlace(40, func(n int, at guard.Place) {
			x := someArguments(n, n)
			got, want := left.Floats(n, at), slices.Clone(x)
			copy(got, x)
			b := right.ReadOnly(someArguments(n, n+3), at.Away(n%5))
			describe := func() string { return fmt.Sprintf("%d floats at %v", n, at) }
			guard.Check(t, describe, func() { s.Gate(got, b) })
			base.Gate(want, b)
			requireSame(t, sigmoid, x, got, want)
			require.Empty(t, left.Stray(), describe())
		})
	})
}

// Slices that take several calls of a kernel.
func TestLongActivation(t *testing.T) {
	const n = 70_001
	eachSet(t, func(t *testing.T, s *kernel.Set) {
		base := generic.Set()
		x := someArguments(n, 0)
		eachActivation(s, func(a *kernel.Activation) {
			got, want := slices.Clone(x), slices.Clone(x)
			s.Activate[a.Func](got, a)
			base.Activate[a.Func](want, a)
			requireSame(t, a, x, got, want)
		})
		got, want, b := slices.Clone(x), slices.Clone(x), someArguments(n, 5)
		s.Gate(got, b)
		base.Gate(want, b)
		requireSame(t, &kernel.Activation{Func: kernel.GLU}, x, got, want)
	})
}

func TestActivationAllocatesNothing(t *testing.T) {
	eachSet(t, func(t *testing.T, s *kernel.Set) {
		y, b := make([]float32, 100), make([]float32, 100)
		eachActivation(s, func(a *kernel.Activation) {
			require.Zero(t, testing.AllocsPerRun(10, func() { s.Activate[a.Func](y, a) }), "%+v", *a)
		})
		require.Zero(t, testing.AllocsPerRun(10, func() { s.Gate(y, b) }))
	})
}

var activationNames = map[kernel.Func]string{
	kernel.ReLU: "relu", kernel.ReLU6: "relu6", kernel.LeakyReLU: "leaky_relu", kernel.ELU: "elu",
	kernel.SELU: "selu", kernel.CELU: "celu", kernel.Exponential: "exponential", kernel.Sigmoid: "sigmoid",
	kernel.Tanh: "tanh", kernel.SiLU: "silu", kernel.GELU: "gelu", kernel.GELUTanh: "gelu_tanh",
	kernel.Mish: "mish", kernel.Softplus: "softplus", kernel.Softsign: "softsign",
	kernel.LogSigmoid: "log_sigmoid", kernel.HardSigmoid: "hard_sigmoid", kernel.HardSigmoid2: "hard_sigmoid2",
	kernel.HardSiLU: "hard_silu", kernel.HardTanh: "hard_tanh", kernel.SquarePlus: "squareplus",
}

func BenchmarkActivation(b *testing.B) {
	source, y := make([]float32, 1024), make([]float32, 1024)
	for i := range source {
		source[i] = float32(i%101)/10 - 5
	}
	run := func(b *testing.B, name string, f func()) {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				copy(y, source) // or some would leave the range of their arguments
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(y)), "ns/element")
		})
	}
	for _, s := range append(Sets(), generic.Set()) {
		if !runs(&s) {
			continue
		}
		b.Run(s.Name, func(b *testing.B) {
			for f, apply := range s.Activate {
				if name := activationNames[kernel.Func(f)]; name != "" && apply != nil {
					a := &kernel.Activation{Func: kernel.Func(f), A: 0.7}
					run(b, name, func() { apply(y, a) })
				}
			}
			run(b, "gate", func() { s.Gate(y, source) })
		})
	}
}
