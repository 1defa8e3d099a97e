package sepconv_test

import (
	"math"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// oneFilter computes a layer of one channel and one filter on every set of kernels,
// which agree, and returns its output.
func oneFilter(t *testing.T, padding sepconv.Padding, depthwise []float32, pointwise, bias float32, src ...float32) (dst []float32) {
	t.Helper()
	layer, err := sepconv.NewFromWeights(sepconv.Config{Filters: 1, KernelSize: len(depthwise), Padding: padding}, 1,
		sepconv.Weights{Depthwise: depthwise, Pointwise: []float32{pointwise}, Bias: []float32{bias}})
	require.NoError(t, err)
	for _, set := range sepconv.Kernels() {
		plan, err := layer.Compile(sepconv.WithKernel(set))
		require.NoError(t, err)
		shape, err := plan.OutputShape(1, len(src))
		require.NoError(t, err)
		got := make([]float32, shape[1])
		require.NoError(t, plan.Run(got, src, 1, len(src)))
		if dst == nil {
			dst = got
		}
		for i := range got {
			require.Equal(t, bits(dst[i]), bits(got[i]), "%s[%d]", set, i)
		}
	}
	return dst
}

// bits returns the bits of x, all NaN being the same.
func bits(x float32) uint32 {
	if x != x {
		x = float32(math.NaN())
	}
	return math.Float32bits(x)
}

var (
	infinity  = float32(math.Inf(1))
	minusZero = float32(math.Copysign(0, -1))
)

// What the package's documentation says of the ends of float32, case by case. A
// comment tells what tf_keras 2.21.0 gives where it is something else.
func TestNumbersDocumented(t *testing.T) {
	const valid, same, causal = sepconv.Valid, sepconv.Same, sepconv.Causal
	nan := float32(math.NaN())
	for _, c := range []struct {
		name            string
		padding         sepconv.Padding
		depthwise       []float32
		pointwise, bias float32
		src, want       []float32
	}{
		{"the sum overflows on its way, though its end would not", valid, []float32{1, 1, 1}, 1, 0,
			[]float32{math.MaxFloat32, math.MaxFloat32, -math.MaxFloat32}, []float32{infinity}},
		{"in another order it does not", valid, []float32{1, 1, 1}, 1, 0,
			[]float32{math.MaxFloat32, -math.MaxFloat32, math.MaxFloat32}, []float32{math.MaxFloat32}},
		{"a product that overflows does not if its sum does not", valid, []float32{-1, 2}, 1, 0,
			[]float32{math.MaxFloat32, math.MaxFloat32}, []float32{math.MaxFloat32}}, // +Inf
		{"the pointwise weight comes too late", valid, []float32{0x1p100}, 0x1p-100, 0, []float32{0x1p100}, []float32{infinity}},
		{"an infinity less an infinity", valid, []float32{1, 1}, 1, 0, []float32{infinity, -infinity}, []float32{nan}},

		{"a subnormal product", valid, []float32{0x1p-70}, 1, 0, []float32{0x1p-70}, []float32{0x1p-140}},    // 0
		{"a subnormal input", valid, []float32{0x1p10}, 0x1p10, 0, []float32{0x1p-149}, []float32{0x1p-129}}, // 0
		{"half of the smallest subnormal, to even", valid, []float32{0.5}, 1, 0, []float32{0x1p-149}, []float32{0}},

		{"nothing is left of terms that cancel but their rounding", valid, []float32{1, 1, 1}, 1, 0, []float32{1, 0x1p-25, -1}, []float32{0}},

		{"an infinite weight beside the signal", same, []float32{infinity, 1, 1}, 1, 0, []float32{1, 1, 1}, []float32{nan, infinity, infinity}},
		{"and before it", causal, []float32{infinity, 1, 1}, 1, 0, []float32{1, 1, 1}, []float32{nan, nan, infinity}},
		{"NaN spoils the outputs that it reaches", causal, []float32{1, 1}, 1, 0, []float32{1, nan, 1, 1}, []float32{1, nan, nan, 2}},
		{"a weight of 0 does not stop it", valid, []float32{0, 1}, 1, 0, []float32{infinity, 1}, []float32{nan}},

		{"+0 and -0 are +0", valid, []float32{1}, 1, 0, []float32{minusZero}, []float32{0}},
		{"only the bias and the products may make -0", valid, []float32{1}, -1, minusZero, []float32{0}, []float32{minusZero}}, // +0
		{"what cancels is +0", valid, []float32{1, -1}, 1, 0, []float32{3, 3}, []float32{0}},
	} {
		got := oneFilter(t, c.padding, c.depthwise, c.pointwise, c.bias, c.src...)
		require.Len(t, got, len(c.want), c.name)
		for i := range got {
			require.Equal(t, bits(c.want[i]), bits(got[i]), "%s: element %d is %v, not %v", c.name, i, got[i], c.want[i])
		}
	}
}

// Where terms cancel the relative error has no bound; the absolute one holds.
func TestCancellation(t *testing.T) {
	const small = 0x1p-25
	got := oneFilter(t, sepconv.Valid, []float32{1, 1, 1}, 1, 0, 1, small, -1)[0]
	const sum, terms = small, 2 + small
	require.Equal(t, 1., math.Abs(float64(got)-sum)/sum, "all of it is lost")
	require.LessOrEqual(t, math.Abs(float64(got)-sum), (3+1+2)*0x1p-24*terms)
}
