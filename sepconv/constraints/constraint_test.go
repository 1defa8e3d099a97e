package constraints

import (
	"math"
	"testing"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The results of keras.constraints of Keras 3.15.1 on the sample weights, in float32.
func TestConstraints(t *testing.T) {
	depthwise, pointwise := []int{3, 2, 2}, []int{1, 4, 3}
	tests := []struct {
		constraint Constraint
		shape      []int
		want       []float32
	}{
		{MaxNorm{}, depthwise, []float32{-1.2499999, -0.22499996, 0.79999995, -0.6999999, 0.32499996, -1.1749998, -0.14999999, 0.8749999, -0.62499994, 0.39999995, -1.0999999, -0.074999996}},
		{MaxNorm{MaxValue: 0.5, Axis: []int{-2}}, depthwise, []float32{-0.42113566, -0.15300456, 0.2695268, -0.4760142, 0.3249999, -0.4010215, -0.14999998, 0.29863304, -0.24700469, 0.39999992, -0.43472826, -0.07499999}},
		{MaxNorm{MaxValue: 0.5, Axis: []int{0, 1}}, depthwise, []float32{-0.31522065, -0.06661004, 0.20174122, -0.20723122, 0.08195737, -0.3478524, -0.03782648, 0.25903904, -0.15761033, 0.11841785, -0.27739418, -0.022203347}},
		{MaxNorm{MaxValue: 0.5, Axis: AllAxes()}, depthwise, []float32{-0.23996346, -0.043193422, 0.15357661, -0.13437954, 0.062390495, -0.22556564, -0.028795617, 0.16797441, -0.11998173, 0.076788306, -0.21116784, -0.014397808}},
		{MaxNorm{MaxValue: param.Zero}, depthwise, []float32{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
		{NonNeg{}, depthwise, []float32{0, 0, 0.8, 0, 0.325, 0, 0, 0.875, 0, 0.4, 0, 0}},
		{UnitNorm{}, depthwise, []float32{-0.87118053, -0.1783665, 0.5846273, -0.6233004, 0.22650693, -0.93146944, -0.10961761, 0.77912545, -0.43559027, 0.317096, -0.80386245, -0.066782184}},
		{UnitNorm{Axis: []int{1}}, depthwise, []float32{-0.8422713, -0.3060091, 0.5390537, -0.9520284, 0.90795916, -0.802043, -0.4190581, 0.59726614, -0.49400938, 0.98287195, -0.8694565, -0.1842885}},
		{UnitNorm{Axis: []int{}}, depthwise, []float32{-0.9999999, -0.9999995, 0.9999999, -0.9999998, 0.9999997, -0.9999999, -0.9999993, 0.9999999, -0.9999998, 0.99999976, -0.9999999, -0.9999987}},
		{MinMaxNorm{}, depthwise, []float32{-0.87118053, -0.1783665, 0.5846273, -0.6233004, 0.22650693, -0.93146944, -0.10961761, 0.7791255, -0.43559027, 0.317096, -0.80386245, -0.06678219}},
		{MinMaxNorm{Min: 0.5, Max: 0.8, Rate: 0.7, Axis: []int{0, 2}}, depthwise, []float32{-0.74139667, -0.1334514, 0.49307305, -0.4314389, 0.19276313, -0.6969129, -0.0924512, 0.53929865, -0.37069833, 0.23724695, -0.6779754, -0.0462256}},
		{MinMaxNorm{Min: 2, Max: 3}, depthwise, []float32{-1.7423611, -0.356733, 1.1692545, -1.2466007, 0.45301387, -1.8629389, -0.21923523, 1.558251, -0.87118053, 0.634192, -1.6077249, -0.13356438}},
		{MaxNorm{}, pointwise, []float32{-1.2499999, -0.22499989, 0.7999999, -0.69999987, 0.3249999, -1.1749998, -0.1499999, 0.8749999, -0.6249999, 0.39999992, -1.0999999, -0.074999906}},
		{MaxNorm{MaxValue: 0.5, Axis: []int{-2}}, pointwise, []float32{-0.4180625, -0.077049814, 0.2572959, -0.234115, 0.11129417, -0.37790334, -0.050167505, 0.29963815, -0.20101242, 0.13378, -0.37668797, -0.024121491}},
		{MaxNorm{MaxValue: 0.5, Axis: []int{0, 1}}, pointwise, []float32{-0.4180625, -0.077049814, 0.2572959, -0.234115, 0.11129417, -0.37790334, -0.050167505, 0.29963815, -0.20101242, 0.13378, -0.37668797, -0.024121491}},
		{MaxNorm{MaxValue: 0.5, Axis: AllAxes()}, pointwise, []float32{-0.23996346, -0.043193422, 0.15357661, -0.13437954, 0.062390495, -0.22556564, -0.028795617, 0.16797441, -0.11998173, 0.076788306, -0.21116784, -0.014397808}},
		{MaxNorm{MaxValue: param.Zero}, pointwise, []float32{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
		{NonNeg{}, pointwise, []float32{0, 0, 0.8, 0, 0.325, 0, 0, 0.875, 0, 0.4, 0, 0}},
		{UnitNorm{}, pointwise, []float32{-0.9999999, -0.9999995, 0.9999999, -0.9999998, 0.9999997, -0.9999999, -0.9999993, 0.9999999, -0.9999998, 0.99999976, -0.9999999, -0.9999987}},
		{UnitNorm{Axis: []int{1}}, pointwise, []float32{-0.836125, -0.15409963, 0.5145918, -0.46822998, 0.22258835, -0.7558067, -0.100335, 0.59927636, -0.40202484, 0.26756, -0.753376, -0.048242982}},
		{UnitNorm{Axis: []int{}}, pointwise, []float32{-0.9999999, -0.9999995, 0.9999999, -0.9999998, 0.9999997, -0.9999999, -0.9999993, 0.9999999, -0.9999998, 0.99999976, -0.9999999, -0.9999987}},
		{MinMaxNorm{}, pointwise, []float32{-0.99999994, -0.22499989, 0.7999999, -0.69999987, 0.3249999, -0.9999999, -0.1499999, 0.8749999, -0.6249999, 0.39999992, -0.99999994, -0.074999906}},
		{MinMaxNorm{Min: 0.5, Max: 0.8, Rate: 0.7, Axis: []int{0, 2}}, pointwise, []float32{-0.84134287, -0.15144171, 0.5384595, -0.48884642, 0.2269644, -0.8205636, -0.12236925, 0.71382064, -0.5098719, 0.31098443, -0.8552072, -0.05830958}},
		{MinMaxNorm{Min: 2, Max: 3}, pointwise, []float32{-1.9999999, -1.9999989, 1.9999996, -1.9999996, 1.9999995, -1.9999998, -1.9999986, 1.9999996, -1.9999995, 1.9999996, -1.9999999, -1.9999975}},
	}
	for _, test := range tests {
		w := sampleWeight(12)
		require.NoError(t, test.constraint.Project(w, test.shape))
		for i := range w {
			bound := 4e-7 * math.Abs(float64(test.want[i]))
			assert.InDelta(t, test.want[i], w[i], bound, "%#v, element %d", test.constraint, i)
		}
		assert.NoError(t, test.constraint.(param.Validator).Validate(test.shape))
	}
}

func TestMaxNormShrinks(t *testing.T) {
	w := sampleWeight(12)
	for i := range w {
		w[i] *= 4
	}
	require.NoError(t, MaxNorm{}.Project(w, []int{3, 2, 2}))
	// keras.constraints.MaxNorm() of Keras 3.15.1 on four times the sample weight
	want := []float32{-1.7423612, -0.35673302, 1.1692547, -1.2466009, 0.4530139, -1.862939, -0.21923524, 1.5582511, -0.8711806, 0.63419205, -1.6077251, -0.13356438}
	assert.InDeltaSlice(t, want, w, 3e-7)
}

// As tf.math.maximum: -0 and NaN stay, and -infinity becomes 0, where Keras 2
// makes NaN of it.
func TestNonNegSpecialValues(t *testing.T) {
	w := []float32{float32(math.Copysign(0, -1)), float32(math.NaN()), float32(math.Inf(-1)), float32(math.Inf(1))}
	require.NoError(t, NonNeg{}.Project(w, []int{4}))
	assert.True(t, math.Signbit(float64(w[0])))
	assert.True(t, math.IsNaN(float64(w[1])))
	assert.Equal(t, []float32{0, float32(math.Inf(1))}, w[2:])
}

// The results of tf_keras.constraints.RadialConstraint of tf-keras 2.21 on
// arange(2*size*size) of shape (size, size, 1, 2): the second filter.
func TestRadialConstraint(t *testing.T) {
	tests := map[int][]float32{
		2: {1, 1, 1, 1},
		3: {9, 9, 9, 9, 1, 9, 9, 9, 9},
		4: {31, 31, 31, 31, 31, 11, 11, 31, 31, 11, 11, 31, 31, 31, 31, 31},
		5: {37, 37, 37, 37, 37, 37, 25, 25, 25, 37, 37, 25, 13, 25, 37, 37, 25, 25, 25, 37, 37, 37, 37, 37, 37},
		6: {
			71, 71, 71, 71, 71, 71, 71, 57, 57, 57, 57, 71, 71, 57, 29, 29, 57, 71, 71, 57, 29, 29, 57, 71, 71, 57, 57, 57, 57, 71,
			71, 71, 71, 71, 71, 71,
		},
	}
	for size, want := range tests {
		w := make([]float32, 2*size*size)
		for i := range w {
			w[i] = float32(i)
		}
		require.NoError(t, RadialConstraint{}.Project(w, []int{size, size, 1, 2}))
		for i := range want {
			assert.Equal(t, want[i], w[2*i+1], "size %d, element %d", size, i)
			assert.Equal(t, want[i]-1, w[2*i], "size %d, element %d of the first filter", size, i)
		}
	}
	for _, shape := range [][]int{{9, 2, 5}, {1, 10, 3}, {3}, {2, 3, 1, 1}, {1, 1, 1, 1}, {2, 2, -1, 1}} {
		assert.ErrorIs(t, RadialConstraint{}.Validate(shape), fault.ErrShape)
	}
}

func TestConstraintValidate(t *testing.T) {
	tests := []struct {
		constraint param.Validator
		cause      error
		message    string
	}{
		{MaxNorm{MaxValue: -1}, fault.ErrConfig, "MaxNorm: MaxValue is -1, it must be 0 or more"},
		{MaxNorm{MaxValue: math.NaN()}, fault.ErrConfig, "MaxValue is NaN"},
		{MaxNorm{Axis: []int{3}}, fault.ErrConfig, "Axis is [3], it must be axes from -3 to 2 for a weight of 3 dimensions"},
		{UnitNorm{Axis: []int{-4}}, fault.ErrConfig, "UnitNorm: Axis is [-4]"},
		{UnitNorm{Axis: []int{0, -3}}, fault.ErrConfig, "Axis is [0 -3], it must be axes that are all different"},
		{UnitNorm{Axis: []int{0, math.MinInt}}, fault.ErrConfig, "UnitNorm: Axis is"},
		{UnitNorm{Axis: []int{math.MaxInt}}, fault.ErrConfig, "UnitNorm: Axis is"},
		{MinMaxNorm{Min: 2}, fault.ErrConfig, "MinMaxNorm: Min is 2, it must be at most Max"},
		{MinMaxNorm{Min: -1}, fault.ErrConfig, "Min is -1"},
		{MinMaxNorm{Max: math.Inf(1)}, fault.ErrConfig, "Max is +Inf"},
		{MinMaxNorm{Rate: math.NaN()}, fault.ErrConfig, "Rate is NaN"},
		{RadialConstraint{}, fault.ErrShape, "RadialConstraint: the shape is [3 2 2]"},
	}
	for _, test := range tests {
		err := test.constraint.Validate([]int{3, 2, 2})
		assert.ErrorIs(t, err, test.cause, test.message)
		assert.ErrorContains(t, err, test.message)
	}
	assert.ErrorIs(t, NonNeg{}.Validate([]int{-1}), fault.ErrShape)
	assert.ErrorIs(t, UnitNorm{}.Validate([]int{-1}), fault.ErrShape)
	assert.NoError(t, MinMaxNorm{Max: 3, Min: 2, Rate: 0.5, Axis: []int{-1, 0}}.Validate([]int{3, 2, 2}))
	assert.NoError(t, UnitNorm{Axis: AllAxes()}.Validate([]int{}))
}

// A weight that does not fit is an error and left as it was, and nothing panics.
func TestConstraintMisuse(t *testing.T) {
	constraints := []Constraint{NonNeg{}, MaxNorm{}, MaxNorm{Axis: []int{7}}, MaxNorm{MaxValue: -1}, UnitNorm{}, MinMaxNorm{}, RadialConstraint{}}
	for _, constraint := range constraints {
		for _, shape := range [][]int{nil, {3, 2}, {-2, -2}, {0}, {math.MaxInt, 2}, {5, 5, 1, 1}} {
			w := sampleWeight(4)
			assert.Error(t, constraint.Project(w, shape), "%#v on %v", constraint, shape)
			assert.Equal(t, sampleWeight(4), w, "%#v on %v", constraint, shape)
		}
	}
	assert.NoError(t, MaxNorm{}.Project(nil, []int{0, 2}))
}

// sampleWeight is ((i*7919 mod 101) - 50) / 40 for i = 0, 1, ..., as in the
// scripts that computed the values above.
func sampleWeight(n int) []float32 {
	w := make([]float32, n)
	for i := range w {
		w[i] = float32(i*7919%101-50) / 40
	}
	return w
}
