package initializers

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"testing"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// initialized returns a weight of the shape.
func initialized(t *testing.T, i Initializer, seed uint64, shape ...int) []float32 {
	t.Helper()
	n := 1
	for _, dim := range shape {
		n *= dim
	}
	w := make([]float32, n)
	for at := range w {
		w[at] = float32(math.NaN()) // so that an element left out is seen
	}
	require.NoError(t, i.Initialize(w, shape, seed))
	return w
}

// The fans of keras.src.initializers.random_initializers.compute_fans of Keras 3.15.1.
func TestFans(t *testing.T) {
	tests := []struct {
		shape, inputAxes, outputAxes []int
		in, out                      float64
	}{
		{shape: []int{}, in: 1, out: 1},
		{shape: []int{7}, in: 7, out: 7},
		{shape: []int{3, 4}, in: 3, out: 4},
		{shape: []int{9, 2, 5}, in: 18, out: 45},
		{shape: []int{1, 10, 3}, in: 10, out: 3},
		{shape: []int{2, 3, 4, 5}, in: 24, out: 30},
		{shape: []int{0, 3, 4}, in: 0, out: 0},
		{shape: []int{9, 0, 5}, in: 0, out: 45},
		{[]int{9, 2, 5}, []int{0}, []int{2}, 9, 5},
		{[]int{9, 2, 5}, []int{-1, 0}, []int{1}, 45, 2},
		{[]int{9, 2, 5}, []int{}, []int{0}, 1, 9},
		{[]int{9, 2, 5}, []int{0}, nil, 18, 45},
		{[]int{9, 2, 5}, nil, []int{0}, 18, 45},
		{[]int{9, 2, 5}, []int{0, 0}, []int{1}, 81, 2},
	}
	for _, test := range tests {
		in, out, err := fans("Test", test.shape, test.inputAxes, test.outputAxes)
		require.NoError(t, err)
		assert.Equal(t, test.in, in, "fan_in of %v", test)
		assert.Equal(t, test.out, out, "fan_out of %v", test)
	}
}

func TestFansErrors(t *testing.T) {
	_, _, err := fans("Test", []int{9, 2, 5}, []int{3}, []int{0})
	assert.ErrorIs(t, err, fault.ErrConfig)
	assert.ErrorContains(t, err, "InputAxes is [3], it must be axes from -3 to 2")
	_, _, err = fans("Test", []int{9, 2, 5}, []int{0}, []int{-4})
	assert.ErrorIs(t, err, fault.ErrConfig)
	_, _, err = fans("Test", []int{math.MaxInt32}, []int{0, 0, 0}, []int{0})
	assert.ErrorIs(t, err, fault.ErrShape)
	_, _, err = fans("Test", []int{math.MaxInt32, math.MaxInt32, math.MaxInt32, 0}, nil, nil)
	assert.ErrorIs(t, err, fault.ErrShape, "fan_in overflows though there is no element")
}

// A distribution is described by its mean, its variance, its fourth central
// moment over the variance's square, and the limits that no value is beyond.
type distribution struct {
	mean, variance, kurtosis, low, high float64
}

func uniformOn(low, high float64) distribution {
	return distribution{(low + high) / 2, (high - low) * (high - low) / 12, 1.8, low, high}
}

func normalOf(mean, stdDev float64) distribution {
	return distribution{mean, stdDev * stdDev, 3, math.Inf(-1), math.Inf(1)}
}

// truncatedOf has the variance of the normal distribution truncated at two
// standard deviations; 2.37 bounds its kurtosis.
func truncatedOf(mean, stdDev float64) distribution {
	narrowed := stdDev * truncatedStdDev
	return distribution{mean, narrowed * narrowed, 2.37, mean - 2*stdDev, mean + 2*stdDev}
}

// Every random initializer on the three weights of a layer: mean and variance
// lie within five standard errors, no value is beyond the limits, and some come
// near them.
func TestRandomDistributions(t *testing.T) {
	depthwise, pointwise, bias := []int{9, 64, 32}, []int{1, 256, 128}, []int{16384}
	// half of the widths by the formulas of the classes' documentation
	glorot := func(s []int) float64 { in, out, _ := fans("", s, nil, nil); return (in + out) / 2 }
	fanIn := func(s []int) float64 { in, _, _ := fans("", s, nil, nil); return in }
	fanOut := func(s []int) float64 { _, out, _ := fans("", s, nil, nil); return out }
	limit := func(v float64) distribution { return uniformOn(-math.Sqrt(3*v), math.Sqrt(3*v)) }
	cut := func(v float64) distribution { return truncatedOf(0, math.Sqrt(v)/truncatedStdDev) }
	tests := []struct {
		name        string
		initializer Initializer
		want        func(shape []int) distribution
	}{
		{"RandomUniform", RandomUniform{}, func([]int) distribution { return uniformOn(-0.05, 0.05) }},
		{"RandomUniform 1 to 3", RandomUniform{Min: 1, Max: 3}, func([]int) distribution { return uniformOn(1, 3) }},
		{"RandomUniform 0 to 1", RandomUniform{Max: 1}, func([]int) distribution { return uniformOn(0, 1) }},
		{"RandomNormal", RandomNormal{}, func([]int) distribution { return normalOf(0, 0.05) }},
		{"RandomNormal 3, 2", RandomNormal{Mean: 3, StdDev: 2}, func([]int) distribution { return normalOf(3, 2) }},
		{"TruncatedNormal", TruncatedNormal{}, func([]int) distribution { return truncatedOf(0, 0.05) }},
		{"TruncatedNormal 3, 2", TruncatedNormal{Mean: 3, StdDev: 2}, func([]int) distribution { return truncatedOf(3, 2) }},
		{"GlorotUniform", GlorotUniform{}, func(s []int) distribution { return limit(1 / glorot(s)) }},
		{"GlorotNormal", GlorotNormal{}, func(s []int) distribution { return cut(1 / glorot(s)) }},
		{"HeUniform", HeUniform{}, func(s []int) distribution { return limit(2 / fanIn(s)) }},
		{"HeNormal", HeNormal{}, func(s []int) distribution { return cut(2 / fanIn(s)) }},
		{"LecunUniform", LecunUniform{}, func(s []int) distribution { return limit(1 / fanIn(s)) }},
		{"LecunNormal", LecunNormal{}, func(s []int) distribution { return cut(1 / fanIn(s)) }},
		{"VarianceScaling", VarianceScaling{}, func(s []int) distribution { return cut(1 / fanIn(s)) }},
		{"VarianceScaling normal", VarianceScaling{Scale: 3, Mode: "fan_out", Distribution: "Normal"},
			func(s []int) distribution { return cut(3 / fanOut(s)) }},
		{"VarianceScaling untruncated", VarianceScaling{Mode: "fan_out", Distribution: "UNTRUNCATED_normal"},
			func(s []int) distribution { return normalOf(0, math.Sqrt(1/fanOut(s))) }},
		{"VarianceScaling uniform", VarianceScaling{Scale: 0.5, Mode: "fan_avg", Distribution: "uniform"},
			func(s []int) distribution { return limit(0.5 / glorot(s)) }},
	}
	for _, test := range tests {
		for _, shape := range [][]int{depthwise, pointwise, bias} {
			w := initialized(t, test.initializer, 3, shape...)
			checkDistribution(t, w, test.want(shape), "%s %v", test.name, shape)
		}
	}
}

func checkDistribution(t *testing.T, w []float32, want distribution, name ...any) {
	t.Helper()
	n := float64(len(w))
	mean, variance := 0.0, 0.0
	low, high := math.Inf(1), math.Inf(-1)
	for _, x := range w {
		mean += float64(x) / n
		low, high = min(low, float64(x)), max(high, float64(x))
	}
	for _, x := range w {
		variance += (float64(x) - mean) * (float64(x) - mean) / n
	}
	assert.InDelta(t, want.mean, mean, 5*math.Sqrt(want.variance/n), name...)
	assert.InDelta(t, want.variance, variance, 5*want.variance*math.Sqrt((want.kurtosis-1)/n), name...)
	slack := 0x1p-23 * max(math.Abs(want.low), math.Abs(want.high)) // of rounding to float32
	if math.IsInf(want.low, 0) {
		assert.Greater(t, high-low, 6*math.Sqrt(want.variance), name...)
		return
	}
	assert.GreaterOrEqual(t, low, want.low-slack, name...)
	assert.LessOrEqual(t, high, want.high+slack, name...)
	assert.Greater(t, high-low, 0.99*(want.high-want.low), name...)
}

func TestInputAxes(t *testing.T) {
	byTaps := initialized(t, HeUniform{InputAxes: []int{0}, OutputAxes: []int{-1}}, 1, 9, 64, 32)
	checkDistribution(t, byTaps, uniformOn(-math.Sqrt(6.0/9), math.Sqrt(6.0/9)), "fan_in is 9")
}

// Rounding to float32 must not reach the upper limit, which is not part of the interval.
func TestRandomUniformIsHalfOpen(t *testing.T) {
	next := float64(math.Nextafter32(1, 2))
	for _, x := range initialized(t, RandomUniform{Min: 1, Max: next}, 1, 1000) {
		require.Equal(t, float32(1), x, "the interval has one float32")
	}
	for _, x := range initialized(t, RandomUniform{Min: 2, Max: 2}, 1, 10) {
		assert.Equal(t, float32(2), x, "as Keras, which returns minval if it is maxval")
	}
	for _, x := range initialized(t, RandomUniform{Min: param.Zero}, 1, 10) {
		assert.Zero(t, x)
	}
}

func TestConstants(t *testing.T) {
	assert.Equal(t, []float32{0, 0, 0}, initialized(t, Zeros{}, 0, 3))
	assert.Equal(t, []float32{1, 1, 1}, initialized(t, Ones{}, 0, 3))
	assert.Equal(t, []float32{0, 0}, initialized(t, Constant{}, 0, 2))
	assert.Equal(t, []float32{2.5, 2.5}, initialized(t, Constant{Value: 2.5}, 0, 2))
	assert.Equal(t, []float32{1, 2, 3, 4}, initialized(t, Constant{Values: []float32{1, 2, 3, 4}}, 0, 2, 1, 2))
	// keras.initializers.Constant(np.array([[1.], [2.]]))((3, 2, 2)) of Keras 3.15.1
	assert.Equal(t, []float32{1, 1, 2, 2, 1, 1, 2, 2, 1, 1, 2, 2},
		initialized(t, Constant{Values: []float32{1, 2}, Shape: []int{2, 1}}, 0, 3, 2, 2))
	assert.Equal(t, []float32{7, 7}, initialized(t, Constant{Values: []float32{7}, Shape: []int{}}, 0, 2))
	assert.Equal(t, []float32{1, 0, 0, 0, 1, 0}, initialized(t, Identity{}, 0, 2, 3))
	assert.Equal(t, []float32{3, 0, 0, 3, 0, 0}, initialized(t, Identity{Gain: 3}, 0, 3, 2))
}

func TestExplicitZero(t *testing.T) {
	assert.Equal(t, []float32{5, 5}, initialized(t, RandomNormal{Mean: 5, StdDev: param.Zero}, 1, 2))
	assert.Equal(t, []float32{5, 5}, initialized(t, TruncatedNormal{Mean: 5, StdDev: param.Zero}, 1, 2))
	assert.Equal(t, []float32{0}, initialized(t, Identity{Gain: param.Zero}, 1, 1, 1))
	for _, x := range initialized(t, Orthogonal{Gain: param.Zero}, 1, 2, 2) {
		assert.Zero(t, x)
	}
}

// everyInitializer has one of each, random ones first, and a shape it accepts.
var everyInitializer = []struct {
	initializer Initializer
	random      bool
	shape       []int
	hash        uint64 // of the bits that the seed 42 gives
}{
	{RandomUniform{}, true, []int{3, 4, 2}, 0x796b06f92fb98bf8},
	{RandomNormal{}, true, []int{9, 8, 2}, 0x9046cd6829aa4846},
	{TruncatedNormal{}, true, []int{9, 8, 2}, 0x94527c238ac9b2b3},
	{VarianceScaling{}, true, []int{3, 4, 2}, 0x443e4fd893734ad3},
	{GlorotUniform{}, true, []int{3, 4, 2}, 0xf1c1778a326c1b9e},
	{GlorotNormal{}, true, []int{3, 4, 2}, 0xa25cafe65a661440},
	{HeUniform{}, true, []int{3, 4, 2}, 0xfe47726490634982},
	{HeNormal{}, true, []int{3, 4, 2}, 0x5ed003812b928609},
	{LecunUniform{}, true, []int{3, 4, 2}, 0x937b71ba2952a755},
	{LecunNormal{}, true, []int{3, 4, 2}, 0x443e4fd893734ad3},
	{Orthogonal{}, true, []int{3, 4, 2}, 0xd8bc116571eb4b0c},
	{Zeros{}, false, []int{3, 4, 2}, 0x243cfa845185aa5},
	{Ones{}, false, []int{3, 4, 2}, 0x3940639d32d0ace5},
	{Constant{Value: 3}, false, []int{3, 4, 2}, 0x7eab0f14aab41aa5},
	{Identity{}, false, []int{3, 4}, 0xa27afc0e281f6508},
	{STFT{}, false, []int{7, 1, 4}, 0x7d73a6b362cb167d},
}

func hashOf(w []float32) uint64 {
	h := fnv.New64a()
	for _, x := range w {
		h.Write(binary.LittleEndian.AppendUint32(nil, math.Float32bits(x)))
	}
	return h.Sum64()
}

// The same seed gives the same bits, on every machine and in every version: the
// hashes must never change.
func TestInitializersArePinned(t *testing.T) {
	for _, test := range everyInitializer {
		w := initialized(t, test.initializer, 42, test.shape...)
		assert.Equal(t, test.hash, hashOf(w), "%s gives %#x", test.initializer.Name(), hashOf(w))
		assert.Equal(t, w, initialized(t, test.initializer, 42, test.shape...), test.initializer.Name())
		other := initialized(t, test.initializer, 43, test.shape...)
		assert.Equal(t, !test.random, hashOf(w) == hashOf(other), "%s and its seed", test.initializer.Name())
	}
}

func TestOwnSeedComesFirst(t *testing.T) {
	seeded := []Initializer{
		RandomUniform{Seed: 9}, RandomNormal{Seed: 9}, TruncatedNormal{Seed: 9}, VarianceScaling{Seed: 9}, GlorotUniform{Seed: 9},
		GlorotNormal{Seed: 9}, HeUniform{Seed: 9}, HeNormal{Seed: 9}, LecunUniform{Seed: 9}, LecunNormal{Seed: 9}, Orthogonal{Seed: 9},
	}
	for i, initializer := range seeded {
		require.Equal(t, everyInitializer[i].initializer.Name(), initializer.Name())
		want := initialized(t, everyInitializer[i].initializer, 9, 3, 4, 2)
		assert.Equal(t, want, initialized(t, initializer, 1, 3, 4, 2), initializer.Name())
	}
}

func TestInitializeErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	tests := []struct {
		initializer Initializer
		shape       []int
		cause       error
		message     string
	}{
		{RandomUniform{Min: 2, Max: 1}, []int{2}, fault.ErrConfig, "RandomUniform: Min is 2, it must be at most Max"},
		{RandomUniform{Min: nan}, []int{2}, fault.ErrConfig, "Min is NaN, it must be a finite float32"},
		{RandomUniform{Max: 1e39}, []int{2}, fault.ErrConfig, "Max is 1e+39, it must be a finite float32"},
		{RandomNormal{Mean: inf}, []int{2}, fault.ErrConfig, "Mean is +Inf"},
		{RandomNormal{StdDev: -1}, []int{2}, fault.ErrConfig, "StdDev is -1, it must be 0 or more"},
		{TruncatedNormal{StdDev: nan}, []int{2}, fault.ErrConfig, "TruncatedNormal: StdDev is NaN"},
		{VarianceScaling{Scale: -1}, []int{2}, fault.ErrConfig, "Scale is -1, it must be above 0"},
		{VarianceScaling{Scale: param.Zero}, []int{2}, fault.ErrConfig, "it must be above 0"},
		{VarianceScaling{Scale: inf}, []int{2}, fault.ErrConfig, "Scale is +Inf"},
		{VarianceScaling{Mode: "fan_on"}, []int{2}, fault.ErrConfig, `Mode is "fan_on", it must be "fan_in", "fan_out" or "fan_avg"`},
		{VarianceScaling{Distribution: "cauchy"}, []int{2}, fault.ErrConfig, `Distribution is "cauchy", it must be "truncated_normal"`},
		{HeNormal{InputAxes: []int{1}, OutputAxes: []int{0}}, []int{2}, fault.ErrConfig, "HeNormal: InputAxes is [1]"},
		{Orthogonal{Gain: nan}, []int{2, 2}, fault.ErrConfig, "Orthogonal: Gain is NaN"},
		{Orthogonal{}, []int{4}, fault.ErrShape, "Orthogonal: the shape is [4], it must have at least two dimensions"},
		{Identity{}, []int{1, 2, 2}, fault.ErrShape, "Identity: the shape is [1 2 2], it must have two dimensions"},
		{Identity{Gain: nan}, []int{2, 2}, fault.ErrConfig, "Gain is NaN"},
		{Constant{Value: float32(nan)}, []int{2}, fault.ErrConfig, "Value is NaN"},
		{Constant{Values: []float32{1}}, []int{2}, fault.ErrShape, "which needs 2 Values, not 1"},
		{Constant{Values: []float32{1, 2}, Shape: []int{3}}, []int{2}, fault.ErrConfig, "Shape is [3], it must be that of the 2 Values"},
		{Constant{Values: []float32{1, 2}, Shape: []int{2}}, []int{3}, fault.ErrShape, "Values of shape [2] cannot be broadcast"},
		{Constant{Values: []float32{1, 2}, Shape: []int{1, 2}}, []int{2}, fault.ErrShape, "cannot be broadcast"},
		{Constant{Shape: []int{1}}, []int{2}, fault.ErrConfig, "Shape is [1], it must be nil"},
		{Zeros{}, []int{2, -1}, fault.ErrShape, "no dimension may be negative"},
		{Ones{}, []int{math.MaxInt, 2}, fault.ErrShape, "more elements than an int can count"},
		{GlorotUniform{}, []int{math.MaxInt, math.MaxInt, 3}, fault.ErrShape, "more elements"},
		{Func(nil), []int{2}, fault.ErrConfig, "Func is nil"},
		{STFT{Side: "left"}, []int{3, 1, 2}, fault.ErrConfig, `Side is "left"`},
		{STFT{Window: "kaiser"}, []int{3, 1, 2}, fault.ErrConfig, `Window is "kaiser"`},
		{STFT{Scaling: "loud"}, []int{3, 1, 2}, fault.ErrConfig, `Scaling is "loud"`},
		{STFT{WindowValues: []float64{nan}}, []int{1, 1, 2}, fault.ErrConfig, "WindowValues is NaN"},
		{STFT{WindowValues: []float64{1}}, []int{3, 1, 2}, fault.ErrShape, "which needs 3 WindowValues, not 1"},
		{STFT{}, []int{3, 2, 2}, fault.ErrShape, "it must be (frame, 1, bins)"},
		{STFT{}, []int{3, 1, 1}, fault.ErrShape, "it must be (frame, 1, bins)"},
		{STFT{}, []int{2, 1, 3}, fault.ErrShape, "zero everywhere"},
	}
	for _, test := range tests {
		n, err := param.Elements("", test.shape)
		if err != nil {
			n = 2
		}
		w := make([]float32, n)
		for i := range w {
			w[i] = 99
		}
		err = test.initializer.Initialize(w, test.shape, 1)
		assert.ErrorIs(t, err, test.cause, test.message)
		assert.ErrorContains(t, err, test.message)
		for _, x := range w {
			assert.Equal(t, float32(99), x, "w is left as it was: %s", test.message)
		}
	}
}

// Every initializer checks that the array has as many elements as the shape,
// and accepts one without elements.
func TestInitializeLengths(t *testing.T) {
	for _, test := range everyInitializer {
		name := test.initializer.Name()
		assert.ErrorIs(t, test.initializer.Initialize(make([]float32, 5), test.shape, 1), fault.ErrShape, name)
		assert.NoError(t, test.initializer.(param.Validator).Validate(test.shape), name)
		empty := append([]int{0}, test.shape[1:]...)
		assert.NoError(t, test.initializer.Initialize(nil, empty, 1), name)
	}
}

func TestFunc(t *testing.T) {
	ramp := Func(func(w []float32, shape []int, seed uint64) error {
		for i := range w {
			w[i] = float32(i)
		}
		return nil
	})
	assert.Equal(t, []float32{0, 1, 2}, initialized(t, ramp, 0, 3))
	assert.Equal(t, "Func", ramp.Name())
	assert.ErrorIs(t, ramp.Initialize(nil, []int{1}, 0), fault.ErrShape)
	assert.NoError(t, ramp.Validate([]int{1}))
	assert.ErrorIs(t, Func(nil).Validate(nil), fault.ErrConfig)
}
