package generic

import (
	"math"
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/truth"
	"github.com/stretchr/testify/require"
)

var (
	inf    = float32(math.Inf(1))
	nan    = float32(math.NaN())
	minus0 = float32(math.Copysign(0, -1))
)

const tiny = 0x1p-149 // the smallest subnormal

func apply(f kernel.Func, x float32, parameters ...float32) float32 {
	p := append(parameters, 0, 0, 0)
	y := []float32{x}
	activations()[f](y, &kernel.Activation{Func: f, A: p[0], B: p[1], C: p[2]})
	return y[0]
}

// What each function does at the ends of the line and around 0, bit for bit.
func TestActivationSpecialValues(t *testing.T) {
	ln2Rounded := float32(math.Ln2)
	for _, c := range []struct {
		name       string
		f          kernel.Func
		parameters []float32
		// The values at -Inf, -MaxFloat32, -tiny, -0, 0, tiny, MaxFloat32, Inf.
		want [8]float32
	}{
		{"relu", kernel.ReLU, nil, [8]float32{0, 0, 0, 0, 0, tiny, math.MaxFloat32, inf}},
		{"relu6", kernel.ReLU6, nil, [8]float32{0, 0, 0, 0, 0, tiny, 6, 6}},
		{"relu general", kernel.GeneralReLU, []float32{nan, 0, 0}, [8]float32{0, 0, 0, 0, 0, tiny, math.MaxFloat32, inf}},
		{"relu threshold", kernel.GeneralReLU, []float32{nan, 0, 1}, [8]float32{0, 0, 0, 0, 0, 0, math.MaxFloat32, inf}},
		{"relu slope", kernel.GeneralReLU, []float32{7, 0.5, 0}, [8]float32{-inf, -math.MaxFloat32 / 2, 0, 0, 0, tiny, 7, 7}},
		{"leaky_relu", kernel.LeakyReLU, []float32{0.25}, [8]float32{-inf, -math.MaxFloat32 / 4, minus0, minus0, 0, tiny, math.MaxFloat32, inf}},
		{"elu", kernel.ELU, []float32{1.5}, [8]float32{-1.5, -1.5, -2 * tiny, minus0, 0, tiny, math.MaxFloat32, inf}},
		{"selu", kernel.SELU, nil, [8]float32{-1.7580993, -1.7580993, -2 * tiny, minus0, 0, tiny, inf, inf}},
		{"celu", kernel.CELU, []float32{2}, [8]float32{-2, -2, 0, minus0, 0, tiny, math.MaxFloat32, inf}},
		{"exponential", kernel.Exponential, nil, [8]float32{0, 0, 1, 1, 1, 1, inf, inf}},
		{"sigmoid", kernel.Sigmoid, nil, [8]float32{0, 0, 0.5, 0.5, 0.5, 0.5, 1, 1}},
		{"tanh", kernel.Tanh, nil, [8]float32{-1, -1, -tiny, minus0, 0, tiny, 1, 1}},
		{"silu", kernel.SiLU, nil, [8]float32{minus0, minus0, minus0, minus0, 0, 0, math.MaxFloat32, inf}},
		{"gelu", kernel.GELU, nil, [8]float32{0, 0, 0, 0, 0, 0, math.MaxFloat32, inf}},
		{"gelu_tanh", kernel.GELUTanh, nil, [8]float32{0, 0, 0, 0, 0, 0, math.MaxFloat32, inf}},
		{"mish", kernel.Mish, nil, [8]float32{minus0, minus0, -tiny, minus0, 0, tiny, math.MaxFloat32, inf}},
		{"softplus", kernel.Softplus, nil, [8]float32{0, 0, ln2Rounded, ln2Rounded, ln2Rounded, ln2Rounded, math.MaxFloat32, inf}},
		{"softsign", kernel.Softsign, nil, [8]float32{-1, -1, -tiny, minus0, 0, tiny, 1, 1}},
		{"log_sigmoid", kernel.LogSigmoid, nil, [8]float32{-inf, -math.MaxFloat32, -ln2Rounded, -ln2Rounded, -ln2Rounded, -ln2Rounded, minus0, minus0}},
		{"hard_sigmoid", kernel.HardSigmoid, nil, [8]float32{0, 0, 0.5, 0.5, 0.5, 0.5, 1, 1}},
		{"hard_sigmoid2", kernel.HardSigmoid2, nil, [8]float32{0, 0, 0.5, 0.5, 0.5, 0.5, 1, 1}},
		{"hard_silu", kernel.HardSiLU, nil, [8]float32{minus0, minus0, minus0, minus0, 0, 0, math.MaxFloat32, inf}},
		{"hard_tanh", kernel.HardTanh, nil, [8]float32{-1, -1, -tiny, minus0, 0, tiny, 1, 1}},
		{"tanh_shrink", kernel.TanhShrink, nil, [8]float32{-inf, -math.MaxFloat32, minus0, minus0, 0, 0, math.MaxFloat32, inf}},
		{"hard_shrink", kernel.HardShrink, []float32{0.5}, [8]float32{-inf, -math.MaxFloat32, 0, 0, 0, 0, math.MaxFloat32, inf}},
		{"soft_shrink", kernel.SoftShrink, []float32{0.5}, [8]float32{-inf, -math.MaxFloat32, 0, 0, 0, 0, math.MaxFloat32, inf}},
		{"threshold", kernel.Threshold, []float32{0, 3}, [8]float32{3, 3, 3, 3, 3, tiny, math.MaxFloat32, inf}},
		{"squareplus", kernel.SquarePlus, []float32{4}, [8]float32{0, 0x1p-128, 1, 1, 1, 1, math.MaxFloat32, inf}},
		{"squareplus 0", kernel.SquarePlus, []float32{0}, [8]float32{0, 0, 0, 0, 0, 0, math.MaxFloat32, inf}},
		{"sparse_plus", kernel.SparsePlus, nil, [8]float32{0, 0, 0.25, 0.25, 0.25, 0.25, math.MaxFloat32, inf}},
		{"sparse_sigmoid", kernel.SparseSigmoid, nil, [8]float32{0, 0, 0.5, 0.5, 0.5, 0.5, 1, 1}},
	} {
		for i, x := range [8]float32{-inf, -math.MaxFloat32, -tiny, minus0, 0, tiny, math.MaxFloat32, inf} {
			got := apply(c.f, x, c.parameters...)
			require.True(t, sameBits(got, c.want[i]), "%s(%v) = %v (%#x), not %v", c.name, x, got, math.Float32bits(got), c.want[i])
		}
		for _, bits := range []uint32{0x7fc00000, 0xffc00000, 0x7f800001, 0xffffffff} {
			got := apply(c.f, math.Float32frombits(bits), c.parameters...)
			require.True(t, got != got, "%s(NaN %#x) = %v", c.name, bits, got)
		}
	}
}

// Boundaries and the values between them, by hand.
func TestPiecewise(t *testing.T) {
	above := func(x float32) float32 { return math.Nextafter32(x, inf) }
	below := func(x float32) float32 { return math.Nextafter32(x, -inf) }
	for _, c := range []struct {
		f          kernel.Func
		parameters []float32
		x, want    float32
	}{
		{kernel.ReLU, nil, -3, 0},
		{kernel.ReLU, nil, 3, 3},
		{kernel.ReLU6, nil, 5.5, 5.5},
		{kernel.ReLU6, nil, above(6), 6},
		{kernel.LeakyReLU, []float32{0.25}, -8, -2},
		{kernel.LeakyReLU, []float32{2}, -8, -16},
		{kernel.LeakyReLU, []float32{0.25}, 8, 8},

		// Keras 3.15.1 says the same of all of these, also at x = threshold.
		{kernel.GeneralReLU, []float32{nan, 0.5, 1}, -3, -2},
		{kernel.GeneralReLU, []float32{nan, 0.5, 1}, 0.5, -0.25},
		{kernel.GeneralReLU, []float32{nan, 0.5, 1}, 1, 0},
		{kernel.GeneralReLU, []float32{nan, 0.5, 1}, above(1), above(1)},
		{kernel.GeneralReLU, []float32{nan, 0, 1}, 1, 0},
		{kernel.GeneralReLU, []float32{nan, 0, 1}, below(1), 0},
		{kernel.GeneralReLU, []float32{nan, 0, 1}, above(1), above(1)},
		{kernel.GeneralReLU, []float32{nan, 0, -1}, -0.5, -0.5},
		{kernel.GeneralReLU, []float32{2, 0.5, -1}, -3, -1},
		{kernel.GeneralReLU, []float32{2, 0.5, -1}, -0.5, 0},
		{kernel.GeneralReLU, []float32{2, 0.5, -1}, 0.5, 0.5},
		{kernel.GeneralReLU, []float32{2, 0.5, -1}, 3, 2},
		{kernel.GeneralReLU, []float32{2, 0.25, 0}, -1, -0.25},
		{kernel.GeneralReLU, []float32{2, 0, 0}, above(2), 2},
		{kernel.GeneralReLU, []float32{0, 0, 0}, 1, 0},

		{kernel.HardSigmoid, nil, -3, 0},
		{kernel.HardSigmoid, nil, -1.5, 0.25},
		{kernel.HardSigmoid, nil, 3, 1},
		{kernel.HardSigmoid2, nil, -2.5, 0},
		{kernel.HardSigmoid2, nil, 1, 0.7},
		{kernel.HardSigmoid2, nil, 2.5, 1},
		{kernel.HardSiLU, nil, -3, minus0},
		{kernel.HardSiLU, nil, -1.5, -0.375},
		{kernel.HardSiLU, nil, 4, 4},
		{kernel.HardTanh, nil, below(-1), -1},
		{kernel.HardTanh, nil, below(1), below(1)},
		{kernel.HardTanh, nil, above(1), 1},
		{kernel.HardShrink, []float32{0.5}, 0.5, 0},
		{kernel.HardShrink, []float32{0.5}, -0.5, 0},
		{kernel.HardShrink, []float32{0.5}, above(0.5), above(0.5)},
		{kernel.HardShrink, []float32{0.5}, below(-0.5), below(-0.5)},
		{kernel.HardShrink, []float32{0}, tiny, tiny},
		{kernel.SoftShrink, []float32{0.5}, 0.5, 0},
		{kernel.SoftShrink, []float32{0.5}, -0.5, 0},
		{kernel.SoftShrink, []float32{0.5}, above(0.5), 0x1p-24},
		{kernel.SoftShrink, []float32{0.5}, -3, -2.5},
		{kernel.SoftShrink, []float32{0}, 3, 3},
		{kernel.SoftShrink, []float32{0}, -3, -3},
		{kernel.Threshold, []float32{1, 20}, 1, 20},
		{kernel.Threshold, []float32{1, 20}, above(1), above(1)},
		{kernel.SparsePlus, nil, -1, 0},
		{kernel.SparsePlus, nil, 0.5, 0.5625},
		{kernel.SparsePlus, nil, 1, 1},
		{kernel.SparseSigmoid, nil, -1, 0},
		{kernel.SparseSigmoid, nil, 0.5, 0.75},
		{kernel.SparseSigmoid, nil, 1, 1},
	} {
		got := apply(c.f, c.x, c.parameters...)
		require.True(t, sameBits(got, c.want), "function %d with %v at %v: %v, not %v", c.f, c.parameters, c.x, got, c.want)
	}
}

// The functions saturate to exactly their limits, and not too early.
func TestActivationSaturation(t *testing.T) {
	require.Less(t, exp(88.72283), inf)
	require.Equal(t, inf, exp(88.72284))
	require.Equal(t, float32(tiny), exp(-103.97))
	require.Zero(t, exp(-103.98))
	require.Equal(t, float32(1), sigmoid(17.4))
	require.Less(t, sigmoid(16.6), float32(1))
	require.Equal(t, float32(tiny), sigmoid(-103.97))
	require.Zero(t, sigmoid(-103.98))
	require.Equal(t, float32(1), tanh(9.02))
	require.Less(t, tanh(8.6), float32(1))
	require.Equal(t, float32(-1), elu(-17.4, 1))
	require.Greater(t, elu(-16.6, 1), float32(-1))
	require.Negative(t, silu(-105))
	require.Negative(t, mish(-105))
	require.Equal(t, float32(tiny), softplus(-103.97))
}

func TestGate(t *testing.T) {
	a := []float32{2, -3, 0, inf, nan, 1, inf, math.MaxFloat32}
	b := []float32{0, 100, 5, -1, 0, nan, -inf, -inf}
	gate(a, b)
	for i, want := range []float32{1, -3, 0, inf, nan, nan, nan, 0} {
		require.True(t, sameBits(a[i], want), "element %d: %v, not %v", i, a[i], want)
	}
	sigmoid := truth.Of(kernel.Activation{Func: kernel.Sigmoid})
	for x := float32(-120); x < 120; x += 0.37 {
		a := []float32{1.7}
		gate(a, []float32{x})
		want := float64(float32(1.7)) * sigmoid.Value(float64(x))
		require.InDelta(t, want, a[0], 3*truth.ULP(want), "at %v", x)
		require.NoError(t, truth.Along(kernel.GLU, []float32{1.7, x}, a))
	}
}

func TestActivationsAllocateNothing(t *testing.T) {
	y, b := make([]float32, 100), make([]float32, 100)
	table := activations()
	for f, kernels := range table {
		if kernels == nil {
			require.Contains(t, []kernel.Func{kernel.Linear, kernel.GLU}, kernel.Func(f))
			continue
		}
		a := kernel.Activation{Func: kernel.Func(f), A: 1}
		require.Zero(t, testing.AllocsPerRun(10, func() { kernels(y, &a) }), "function %d", f)
	}
	require.Zero(t, testing.AllocsPerRun(10, func() { gate(y, b) }))
}

func BenchmarkActivation(b *testing.B) {
	source, y := make([]float32, 1024), make([]float32, 1024)
	for i := range source {
		source[i] = float32(i%101)/10 - 5
	}
	for _, c := range []struct {
		name string
		act  kernel.Activation
	}{
		{"relu", kernel.Activation{Func: kernel.ReLU}},
		{"relu6", kernel.Activation{Func: kernel.ReLU6}},
		{"general_relu", kernel.Activation{Func: kernel.GeneralReLU, A: 3, B: 0.1}},
		{"leaky_relu", kernel.Activation{Func: kernel.LeakyReLU, A: 0.2}},
		{"elu", kernel.Activation{Func: kernel.ELU, A: 1}},
		{"selu", kernel.Activation{Func: kernel.SELU}},
		{"celu", kernel.Activation{Func: kernel.CELU, A: 1}},
		{"exponential", kernel.Activation{Func: kernel.Exponential}},
		{"sigmoid", kernel.Activation{Func: kernel.Sigmoid}},
		{"tanh", kernel.Activation{Func: kernel.Tanh}},
		{"silu", kernel.Activation{Func: kernel.SiLU}},
		{"gelu", kernel.Activation{Func: kernel.GELU}},
		{"gelu_tanh", kernel.Activation{Func: kernel.GELUTanh}},
		{"mish", kernel.Activation{Func: kernel.Mish}},
		{"softplus", kernel.Activation{Func: kernel.Softplus}},
		{"softsign", kernel.Activation{Func: kernel.Softsign}},
		{"log_sigmoid", kernel.Activation{Func: kernel.LogSigmoid}},
		{"hard_sigmoid", kernel.Activation{Func: kernel.HardSigmoid}},
		{"hard_sigmoid2", kernel.Activation{Func: kernel.HardSigmoid2}},
		{"hard_silu", kernel.Activation{Func: kernel.HardSiLU}},
		{"hard_tanh", kernel.Activation{Func: kernel.HardTanh}},
		{"tanh_shrink", kernel.Activation{Func: kernel.TanhShrink}},
		{"hard_shrink", kernel.Activation{Func: kernel.HardShrink, A: 0.5}},
		{"soft_shrink", kernel.Activation{Func: kernel.SoftShrink, A: 0.5}},
		{"threshold", kernel.Activation{Func: kernel.Threshold, A: 0.5}},
		{"squareplus", kernel.Activation{Func: kernel.SquarePlus, A: 4}},
		{"sparse_plus", kernel.Activation{Func: kernel.SparsePlus}},
		{"sparse_sigmoid", kernel.Activation{Func: kernel.SparseSigmoid}},
		{"softmax", kernel.Activation{Func: kernel.Softmax}},
		{"log_softmax", kernel.Activation{Func: kernel.LogSoftmax}},
		{"sparsemax", kernel.Activation{Func: kernel.Sparsemax}},
	} {
		f := activations()[c.act.Func]
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				copy(y, source)
				f(y, &c.act)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(y)), "ns/element")
		})
	}
	b.Run("gate", func(b *testing.B) {
		for range b.N {
			copy(y, source)
			gate(y, source)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(y)), "ns/element")
	})
}
