package fuzz

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/truth"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// FuzzActivation holds every activation of package sepconv, on every set of
// kernels, to the true function within the error that is documented. The bits of
// the parameters and of the values are the fuzzer's.
func FuzzActivation(f *testing.F) {
	bits, words := math.Float32bits, []byte(nil)
	for _, x := range append(interesting, specials...) {
		words = binary.LittleEndian.AppendUint32(words, bits(x))
	}
	for function := range byte(len(builtin())) {
		for _, p := range [][3]float32{{0.25, 3, 1}, {1, 0, -2}, {-0.5, 0.3, 0.5}, {1.3, 100, 0x1p-130}, {float32(math.Inf(1)), 0, -1}} {
			f.Add(function, bits(p[0]), bits(p[1]), bits(p[2]), byte(0), words)
		}
		f.Add(function, bits(0.5), bits(1), bits(0), byte(5), words[:4*13])
		f.Add(function, uint32(0x7fc00000), bits(1), bits(0), byte(0), words[:4])
		for i := range 4 { // few, and all of them finite
			f.Add(function, bits(2), bits(7), bits(0.1), byte(i), words[16*i:16*i+16])
		}
	}
	f.Fuzz(func(t *testing.T, function byte, a, b, c uint32, steps byte, words []byte) {
		all := builtin(math.Float32frombits(a), math.Float32frombits(b), math.Float32frombits(c))
		act := all[int(function)%len(all)]
		x := valuesOf(words, act.truth.Func.Axis())
		if len(x) == 0 {
			return
		}
		act.checkApply(t, x)
		act.checkLayer(t, x, 1+int(steps)%3)
	})
}

// interesting is where functions change their ways: their knees, the ends of
// formulas, and where they saturate, overflow and vanish.
var interesting = []float32{
	0.5, -0.5, 1, -1, 2.5, -2.5, 3, -3, 6, 0.03, -0.34657, 1.0397, 8.6, 9.02, -13.2, -15, 16.63, -17.33, 20, -25,
	-87.33655, 88.37626, 88.72283, 88.72284, 89, -103.97208, -104, -120, 128, 0x1p-14, -0x1p-24, 0x1p-30, -0x1p-64, 0x1p-75,
	0x1p63, 0x1p64, -0x1.8p64, 0x1p100, 1.8446743e19, -4242.42,
}

// valuesOf returns the float32 that the bytes are the bits of. Unless they stand
// along an axis each has those beside it, and its negative, with it.
func valuesOf(words []byte, axis bool) []float32 {
	const most = 100 // some vectors and a rest
	var x []float32
	for ; len(words) >= 4 && len(x) < most; words = words[4:] {
		w := binary.LittleEndian.Uint32(words)
		x = append(x, math.Float32frombits(w))
		if !axis {
			x = append(x, math.Float32frombits(w+1), math.Float32frombits(w-1), math.Float32frombits(w^1<<31))
		}
	}
	return x
}

// known is an activation and what it must be.
type known struct {
	public  sepconv.Activation
	truth   kernel.Activation
	refused bool // a parameter is NaN
}

// builtin returns all activations of package sepconv: the constants, and those
// with parameters, which are 0 where none are given.
func builtin(parameters ...float32) []known {
	var all []known
	for f := range kernel.Funcs {
		if f == kernel.GeneralReLU || f == kernel.Threshold {
			continue // these have no name
		}
		all = append(all, known{public: sepconv.StandardActivation(f), truth: truth.Named(f)})
	}
	with := func(public sepconv.Activation, f kernel.Func, p ...float32) {
		refused := slices.ContainsFunc(p, func(x float32) bool { return x != x })
		p = append(p, 0, 0)
		if f == kernel.GeneralReLU && math.IsInf(float64(p[0]), 1) {
			p[0] = float32(math.NaN()) // no maximum
		}
		all = append(all, known{public, kernel.Activation{Func: f, A: p[0], B: p[1], C: p[2]}, refused})
	}
	p := append(parameters, 0, 0, 0)
	a, b, c := p[0], p[1], p[2]
	with(sepconv.ReLUWith(a, b, c), kernel.GeneralReLU, a, b, c)
	with(sepconv.LeakyReLUWith(a), kernel.LeakyReLU, a)
	with(sepconv.ELUWith(a), kernel.ELU, a)
	with(sepconv.CELUWith(a), kernel.CELU, a)
	with(sepconv.HardShrinkWith(a), kernel.HardShrink, a)
	with(sepconv.SoftShrinkWith(a), kernel.SoftShrink, a)
	with(sepconv.ThresholdWith(a, b), kernel.Threshold, a, b)
	with(sepconv.SquarePlusWith(a), kernel.SquarePlus, a)
	return all
}

// check holds what x has become to the truth.
func (k known) check(t *testing.T, by string, x, y []float32) {
	t.Helper()
	fail := func(err error) {
		if err != nil {
			t.Fatalf("%s, parameters %x, %x, %x, by %s: %v", k.public.Name(), k.truth.A, k.truth.B, k.truth.C, by, err)
		}
	}
	if k.truth.Func.Axis() {
		fail(truth.Along(k.truth.Func, x, y))
		return
	}
	f := truth.Of(k.truth)
	for i, x := range x {
		fail(f.Check(x, y[i]))
	}
}

// checkApply checks Apply, which the best set computes. Of parameters that layers
// refuse nothing is promised but that they do no harm.
func (k known) checkApply(t *testing.T, x []float32) {
	y := slices.Clone(x)
	k.public.Apply(y)
	if k.truth.Func == kernel.GLU {
		y = y[:len(y)/2]
		x = x[:2*len(y)]
	}
	if !k.refused {
		k.check(t, "Apply", x, y)
	}
}

// checkLayer checks layers of every set, whose biases are the values: the product
// of 1 and -0 leaves each as it is. All steps of the output are the same.
func (k known) checkLayer(t *testing.T, x []float32, steps int) {
	if k.truth.Func == kernel.GLU && len(x)%2 != 0 {
		x = x[1:]
	}
	if len(x) == 0 {
		return
	}
	w := sepconv.Weights{Depthwise: []float32{1}, Pointwise: make([]float32, len(x)), Bias: x}
	for i := range w.Pointwise {
		w.Pointwise[i] = float32(math.Copysign(0, -1))
	}
	layer, err := sepconv.NewFromWeights(sepconv.Config{Filters: len(x), KernelSize: 1, Activation: k.public}, 1, w)
	if k.refused {
		require.ErrorIs(t, err, sepconv.ErrConfig)
		return
	}
	require.NoError(t, err)
	src := make([]float32, steps)
	for i := range src {
		src[i] = 1
	}
	for _, set := range sepconv.Kernels() {
		plan, err := layer.Compile(sepconv.WithKernel(set), sepconv.WithThreads(1))
		require.NoError(t, err)
		shape, err := plan.OutputShape(1, steps)
		require.NoError(t, err)
		line := shape[2]
		dst := make([]float32, steps*line)
		require.NoError(t, plan.Run(dst, src, 1, steps))
		for s := range steps {
			k.check(t, set, x, dst[s*line:][:line])
		}
	}
}
