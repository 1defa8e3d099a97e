package regularizers

import (
	"math"
	"slices"
	"testing"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sampleWeight is ((i*7919 mod 101) - 50) / 40 for i = 0, 1, ..., as in the
// scripts that computed the values below.
func sampleWeight(n int) []float32 {
	w := make([]float32, n)
	for i := range w {
		w[i] = float32(i*7919%101-50) / 40
	}
	return w
}

// The losses of keras.regularizers of Keras 3.15.1 on the sample weights.
func TestRegularizerLoss(t *testing.T) {
	tests := []struct {
		regularizer Regularizer
		kernel      float64 // of shape (3, 2, 2), and of (1, 4, 3), which has the same elements
		bias        float64 // of shape (3)
	}{
		{L1{}, 0.07699999958276749, 0.022749999538064003},
		{L1{Factor: 0.3}, 2.309999942779541, 0.6825000643730164},
		{L2{}, 0.06783749908208847, 0.02253124862909317},
		{L2{Factor: 0.3}, 2.0351250171661377, 0.6759375333786011},
		{L1L2{L1: 0.1, L2: 0.2}, 2.1267499923706055, 0.6781250238418579},
		{L1L2{}, 0, 0},
		{L1{Factor: param.Zero}, 0, 0},
		{L2{Factor: param.Zero}, 0, 0},
	}
	for _, test := range tests {
		assert.InDelta(t, test.kernel, loss(t, test.regularizer, sampleWeight(12), []int{3, 2, 2}), 3e-7, "%#v", test.regularizer)
		assert.InDelta(t, test.kernel, loss(t, test.regularizer, sampleWeight(12), []int{1, 4, 3}), 3e-7, "%#v", test.regularizer)
		assert.InDelta(t, test.bias, loss(t, test.regularizer, sampleWeight(3), []int{3}), 3e-7, "%#v", test.regularizer)
		assert.Zero(t, loss(t, test.regularizer, nil, []int{0, 2, 2}), "%#v", test.regularizer)
	}
	rows, columns := OrthogonalRegularizer{Factor: 0.3}, OrthogonalRegularizer{Factor: 0.3, Mode: "columns"}
	assert.InDelta(t, 0.06982239335775375, loss(t, rows, sampleWeight(12), []int{3, 4}), 3e-8)
	assert.InDelta(t, 0.12076053023338318, loss(t, columns, sampleWeight(12), []int{3, 4}), 3e-8)
	assert.Zero(t, loss(t, rows, make([]float32, 6), []int{2, 3}), "rows of zeros")
}

// The gradients that TensorFlow 2.21 gives for keras.regularizers on the sample
// weight of shape (3, 4).
func TestRegularizerGradient(t *testing.T) {
	tests := []struct {
		regularizer Regularizer
		want        []float32
	}{
		{L1{Factor: 0.3}, []float32{-0.3, -0.3, 0.3, -0.3, 0.3, -0.3, -0.3, 0.3, -0.3, 0.3, -0.3, -0.3}},
		{L2{Factor: 0.3}, []float32{-0.75, -0.135, 0.48000002, -0.42000002, 0.19500001, -0.705, -0.09, 0.52500004, -0.375, 0.24000001, -0.66, -0.045}},
		{L1L2{L1: 0.1, L2: 0.2}, []float32{-0.6, -0.19, 0.42000002, -0.38, 0.22999999, -0.57, -0.16, 0.45, -0.35, 0.26000002, -0.54, -0.13}},
		{OrthogonalRegularizer{Factor: 0.3}, []float32{0.034155153, 0.032248493, 0.043964956, -0.021111269, 0.072135, 0.021924797, 0.027050946, 0.0072861705, 0.052893233, 0.06096187, -0.0071775243, -0.010376689}},
		{OrthogonalRegularizer{Factor: 0.3, Mode: "columns"}, []float32{-0.0016853884, 0.043745514, 0.043240726, -0.0074662715, 0.054539453, 0.0045998804, 0.0006433537, -0.005323965, 0.031731274, 0.038119, 0.03136008, 0.007572081}},
	}
	for _, test := range tests {
		dw := make([]float32, 12)
		require.NoError(t, test.regularizer.AddGradient(dw, sampleWeight(12), []int{3, 4}))
		assert.InDeltaSlice(t, test.want, dw, 1e-7, "%#v", test.regularizer)
		require.NoError(t, test.regularizer.AddGradient(dw, sampleWeight(12), []int{3, 4}))
		for i := range dw {
			assert.InDelta(t, 2*test.want[i], dw[i], 2e-7, "a second call adds")
		}
	}
}

// The gradient is the slope of the loss.
func TestRegularizerFiniteDifference(t *testing.T) {
	regularizers := []Regularizer{
		L1{}, L2{}, L1L2{L1: 0.3, L2: 0.7}, OrthogonalRegularizer{Factor: 2}, OrthogonalRegularizer{Factor: 2, Mode: "columns"},
	}
	const h = 1.0 / 256 // small against every element
	for _, regularizer := range regularizers {
		w, shape := sampleWeight(12), []int{4, 3}
		dw := make([]float32, len(w))
		require.NoError(t, regularizer.AddGradient(dw, w, shape))
		for i, x := range w {
			w[i] = x + h
			up := loss(t, regularizer, w, shape)
			w[i] = x - h
			down := loss(t, regularizer, w, shape)
			w[i] = x
			assert.InDelta(t, (up-down)/(2*h), dw[i], 2e-4, "%#v, element %d", regularizer, i)
		}
	}
}

func TestRegularizerSpecialValues(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	dw := []float32{0, 0, 0, 0}
	require.NoError(t, L1{Factor: 1}.AddGradient(dw, []float32{0, float32(math.Copysign(0, -1)), -inf, nan}, []int{4}))
	assert.Equal(t, []float32{0, 0, -1}, dw[:3])
	assert.True(t, math.IsNaN(float64(dw[3])))
	assert.True(t, math.IsInf(loss(t, L1L2{L1: 1}, []float32{inf}, []int{1}), 1))
	assert.Zero(t, loss(t, L1L2{}, []float32{inf}, []int{1}), "a factor of 0 leaves the sum out")
	assert.True(t, math.IsNaN(loss(t, L2{}, []float32{1, nan}, []int{2})))
}

func TestRegularizerValidate(t *testing.T) {
	tests := []struct {
		regularizer param.Validator
		shape       []int
		cause       error
		message     string
	}{
		{L1{Factor: -1}, []int{2}, fault.ErrConfig, "L1: Factor is -1, it must be 0 or more"},
		{L1{Factor: math.NaN()}, []int{2}, fault.ErrConfig, "Factor is NaN, it must be a finite float32"},
		{L2{Factor: math.Inf(1)}, []int{2}, fault.ErrConfig, "L2: Factor is +Inf"},
		{L1L2{L1: -1}, []int{2}, fault.ErrConfig, "L1L2: L1 is -1"},
		{L1L2{L2: -1}, []int{2}, fault.ErrConfig, "L1L2: L2 is -1"},
		{OrthogonalRegularizer{Factor: -1}, []int{2, 2}, fault.ErrConfig, "Factor is -1"},
		{OrthogonalRegularizer{Mode: "diagonals"}, []int{2, 2}, fault.ErrConfig, `Mode is "diagonals", it must be "rows" or "columns"`},
		{OrthogonalRegularizer{}, []int{3, 2, 2}, fault.ErrShape, "the shape is [3 2 2], it must have two dimensions"},
		{OrthogonalRegularizer{}, []int{1, 2}, fault.ErrShape, "it must have at least two rows"},
		{OrthogonalRegularizer{Mode: "columns"}, []int{2, 1}, fault.ErrShape, "at least two columns"},
		{L2{}, []int{-1}, fault.ErrShape, "no dimension may be negative"},
	}
	for _, test := range tests {
		err := test.regularizer.Validate(test.shape)
		assert.ErrorIs(t, err, test.cause, test.message)
		assert.ErrorContains(t, err, test.message)
	}
	for _, valid := range []param.Validator{L1{}, L2{}, L1L2{}, L1{Factor: param.Zero}} {
		assert.NoError(t, valid.Validate([]int{3, 2, 2}))
	}
	assert.NoError(t, OrthogonalRegularizer{}.Validate([]int{2, 1}))
}

// What cannot be computed is an error that leaves the gradient as it was, and never a
// panic.
func TestRegularizerMisuse(t *testing.T) {
	refused := func(r Regularizer, dw, w []float32, shape []int, cause error) {
		t.Helper()
		before := slices.Clone(dw)
		assert.ErrorIs(t, r.AddGradient(dw, w, shape), cause, "%#v on %v", r, shape)
		assert.Equal(t, before, dw, "%#v on %v", r, shape)
	}
	w := []float32{1, 2, 3, 4}
	for _, shape := range [][]int{nil, {4}, {2, 3}, {-2, -2}, {1, 4}, {2, 2, 1}} {
		_, err := OrthogonalRegularizer{}.Loss(w, shape)
		assert.ErrorIs(t, err, fault.ErrShape, "%v", shape)
		refused(OrthogonalRegularizer{}, make([]float32, 4), w, shape, fault.ErrShape)
	}
	for _, r := range []Regularizer{L1{}, L2{}, L1L2{}, OrthogonalRegularizer{}} {
		refused(r, make([]float32, 3), w, []int{2, 2}, fault.ErrShape)
		refused(r, make([]float32, 4), w, []int{2, 3}, fault.ErrShape)
		_, err := r.Loss(w, []int{2, 3})
		assert.ErrorIs(t, err, fault.ErrShape)
		long := []float32{1, 2, 3, 4, 5}
		refused(r, long[:4], long[:4], []int{2, 2}, fault.ErrOverlap)
		refused(r, long[1:], long[:4], []int{2, 2}, fault.ErrOverlap)
	}
	for _, r := range []Regularizer{L1{Factor: -1}, L2{Factor: math.NaN()}, L1L2{L2: math.Inf(1)}, OrthogonalRegularizer{Mode: "all"}} {
		refused(r, make([]float32, 4), w, []int{2, 2}, fault.ErrConfig)
		_, err := r.Loss(w, []int{2, 2})
		assert.ErrorIs(t, err, fault.ErrConfig)
	}
}

// loss is Loss of what fits.
func loss(t *testing.T, r Regularizer, w []float32, shape []int) float64 {
	t.Helper()
	penalty, err := r.Loss(w, shape)
	require.NoError(t, err)
	return penalty
}
