package sepconv_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/initializers"
	"github.com/sepconv/go/sepconv/regularizers"
	"github.com/stretchr/testify/require"
)

func normal(rng *rand.Rand, n int, scale float64) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(scale * rng.NormFloat64())
	}
	return v
}

// batchNorm draws a normalization; which picks the arrays it lacks.
func batchNorm(rng *rand.Rand, n, which int) sepconv.BatchNorm {
	b := sepconv.BatchNorm{
		Gamma: normal(rng, n, 1), Beta: normal(rng, n, 1), Mean: normal(rng, n, 1), Variance: normal(rng, n, 1),
		Epsilon: []float64{0, 1e-5}[which/3%2],
	}
	for i, v := range b.Variance {
		b.Variance[i] = 0.1 + v*v
	}
	switch which % 3 {
	case 1:
		b.Gamma = nil
	case 2:
		b.Beta = nil
	}
	return b
}

// apply is the normalization of channel c in float64, with the sum of its terms'
// absolute values.
func applyNorm(b sepconv.BatchNorm, x interval, c int) interval {
	epsilon := b.Epsilon
	if epsilon == 0 {
		epsilon = 1e-3
	}
	scale, beta := 1/math.Sqrt(float64(b.Variance[c])+epsilon), 0.0
	if b.Gamma != nil {
		scale *= float64(b.Gamma[c])
	}
	if b.Beta != nil {
		beta = float64(b.Beta[c])
	}
	mean := float64(b.Mean[c])
	return interval{scale*(x.value-mean) + beta, math.Abs(scale)*(x.bound+math.Abs(mean)) + math.Abs(beta)}
}

var foldConfigs = []sepconv.Config{
	{Filters: 5, KernelSize: 3},
	{Filters: 5, KernelSize: 3, NoBias: true, DepthMultiplier: 2, Strides: 2},
	{Filters: 4, KernelSize: 2, Padding: sepconv.Same, DilationRate: 3},
	{Filters: 4, KernelSize: 3, Padding: sepconv.Causal, NoBias: true},
	{Filters: 3, KernelSize: 4, DataFormat: sepconv.ChannelsFirst, DepthMultiplier: 3},
	{Filters: 3, KernelSize: 1, Padding: sepconv.Same},
	{Filters: 3, KernelSize: 3, PointwiseRegularizer: regularizers.L2{}, ActivityRegularizer: regularizers.L1{}, DepthwiseConstraint: constraints.NonNeg{}},
}

// channelOf is the channel of element i of an array of shape (batch, steps,
// channels), or (batch, channels, steps) in channels_first.
func channelOf(c sepconv.Config, i, steps, channels int) int {
	if c.DataFormat == sepconv.ChannelsFirst {
		return i / steps % channels
	}
	return i % channels
}

// A folded layer computes what the layer and the normalization do, within the
// contract's bound and two roundings more: of the weights, and of the bias.
func TestFoldBatchNorm(t *testing.T) {
	const batch, steps, channels = 2, 20, 3
	rng := rand.New(rand.NewPCG(6, 0))
	for i, config := range foldConfigs {
		for which := range 6 {
			layer, err := sepconv.New(config, channels)
			require.NoError(t, err)
			config := layer.Config()
			src := normal(rng, batch*steps*channels, 1)
			w := layer.Weights()
			if !config.NoBias {
				w.Bias = normal(rng, config.Filters, 1)
				require.NoError(t, layer.SetWeights(w))
			}
			norm := batchNorm(rng, config.Filters, which)
			folded, err := layer.FoldBatchNorm(norm)
			require.NoError(t, err)
			require.Equal(t, w, layer.Weights(), "the layer itself stays as it is")
			require.False(t, folded.Config().NoBias)
			require.Nil(t, folded.Config().PointwiseRegularizer)
			require.Nil(t, folded.Config().DepthwiseConstraint)

			want := convolve(config, w, src, batch, steps, channels)
			share := terms(config, channels)
			out, _ := outputSteps(config, steps)
			got := run(t, folded, src, batch, steps)
			require.Len(t, got, len(want))
			for j, y := range want {
				z := applyNorm(norm, interval{y.value, y.bound / share}, channelOf(config, j, out, config.Filters))
				require.InDelta(t, z.value, got[j], z.bound*(share+2*0x1p-24), "config %d, norm %d, element %d", i, which, j)
			}
		}
	}
}

// terms is the contract's bound for sum|terms| of 1.
func terms(c sepconv.Config, channels int) float64 {
	return float64(c.KernelSize+channels*c.DepthMultiplier+2) * 0x1p-24
}

func run(t *testing.T, layer *sepconv.Layer, src []float32, batch, steps int) []float32 {
	shape, err := layer.OutputShape(batch, steps)
	require.NoError(t, err)
	plan, err := layer.Compile()
	require.NoError(t, err)
	dst := make([]float32, product(shape[:]))
	require.NoError(t, plan.Run(dst, src, batch, steps))
	return dst
}

// The same for a normalization before the layer. Its bound: what reaches the
// layer is at most |scale x| + |shift|.
func TestFoldBatchNormBefore(t *testing.T) {
	const batch, steps, channels = 2, 20, 3
	rng := rand.New(rand.NewPCG(6, 1))
	for i, config := range foldConfigs {
		for which := range 6 {
			layer, err := sepconv.New(config, channels)
			require.NoError(t, err)
			config := layer.Config()
			norm := batchNorm(rng, channels, which)
			pads := config.Padding != sepconv.Valid && config.KernelSize > 1
			if pads {
				_, err := layer.FoldBatchNormBefore(norm)
				require.ErrorIs(t, err, sepconv.ErrConfig)
				require.ErrorContains(t, err, "padding would not be shifted with it")
				norm.Beta, norm.Mean = nil, make([]float32, channels) // only a scale folds
			}
			folded, err := layer.FoldBatchNormBefore(norm)
			require.NoError(t, err)
			src := normal(rng, batch*steps*channels, 1)
			normed, size := make([]float32, len(src)), make([]float32, len(src))
			exact := make([]float64, len(src))
			for j, x := range src {
				y := applyNorm(norm, interval{float64(x), math.Abs(float64(x))}, channelOf(config, j, steps, channels))
				exact[j], normed[j], size[j] = y.value, float32(y.value), float32(y.bound)
			}
			w := layer.Weights()
			want := convolve(config, w, exact, batch, steps, channels)
			bound := convolve(config, absolute(w), size, batch, steps, channels)
			got := run(t, folded, src, batch, steps)
			for j := range want {
				require.InDelta(t, want[j].value, got[j], bound[j].value*(terms(config, channels)+4*0x1p-24), "config %d, norm %d, element %d", i, which, j)
			}
		}
	}
}

func absolute(w sepconv.Weights) sepconv.Weights {
	abs := func(v []float32) []float32 {
		v = slices.Clone(v)
		for i := range v {
			v[i] = float32(math.Abs(float64(v[i])))
		}
		return v
	}
	return sepconv.Weights{Depthwise: abs(w.Depthwise), Pointwise: abs(w.Pointwise), Bias: abs(w.Bias)}
}

func TestFoldBatchNormErrors(t *testing.T) {
	one := []float32{1, 1}
	good := sepconv.BatchNorm{Mean: one, Variance: one}
	linear, err := sepconv.New(sepconv.Config{Filters: 2, KernelSize: 1}, 2)
	require.NoError(t, err)
	for want, b := range map[string]sepconv.BatchNorm{
		"mean of the batch normalization has 0":  {Variance: one},
		"variance of the batch":                  {Mean: one, Variance: one[:1]},
		"gamma of the batch":                     {Gamma: []float32{}, Mean: one, Variance: one},
		"beta of the batch":                      {Beta: make([]float32, 3), Mean: one, Variance: one},
		"variance + epsilon of channel 1 is -1":  {Mean: one, Variance: []float32{1, -1}, Epsilon: 1e-30},
		"variance + epsilon of channel 0 is 0":   {Mean: one, Variance: []float32{0, 1}, Epsilon: sepconv.Zero},
		"variance + epsilon of channel 0 is NaN": {Mean: one, Variance: []float32{float32(math.NaN()), 1}},
		"variance + epsilon of channel 1 is +In": {Mean: one, Variance: []float32{1, float32(math.Inf(1))}},
		"would be":                               {Gamma: []float32{math.MaxFloat32, 1}, Mean: []float32{1e-9, 0}, Variance: []float32{1e-9, 1}, Epsilon: 1e-12},
	} {
		for _, fold := range []func(sepconv.BatchNorm) (*sepconv.Layer, error){linear.FoldBatchNorm, linear.FoldBatchNormBefore} {
			_, err := fold(b)
			require.ErrorIs(t, err, sepconv.ErrWeights, want)
			require.ErrorContains(t, err, want)
		}
	}
	relu, err := linear.WithActivation(sepconv.ReLU)
	require.NoError(t, err)
	require.Equal(t, linear.Weights(), relu.Weights())
	require.Equal(t, sepconv.Linear, linear.Config().Activation)
	_, err = relu.FoldBatchNorm(good)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, "activation is relu")
	_, err = relu.FoldBatchNormBefore(good)
	require.NoError(t, err)
	custom, err := linear.WithActivation(sepconv.ActivationFunc(func([]float32) {}))
	require.NoError(t, err)
	_, err = custom.FoldBatchNorm(good)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	_, err = linear.WithActivation(sepconv.ActivationFunc(nil))
	require.ErrorIs(t, err, sepconv.ErrConfig)
}

func ExampleBatchNorm() {
	layer, err := sepconv.New(sepconv.Config{
		Filters: 1, KernelSize: 2, DepthwiseInitializer: initializers.Ones{}, PointwiseInitializer: initializers.Ones{},
	}, 1)
	if err != nil {
		panic(err)
	}
	// What follows the layer in the model: (y - 2) * 3 / sqrt(4 + 0) + 1, then a ReLU.
	layer, err = layer.FoldBatchNorm(sepconv.BatchNorm{
		Gamma: []float32{3}, Beta: []float32{1}, Mean: []float32{2}, Variance: []float32{4}, Epsilon: sepconv.Zero,
	})
	if err != nil {
		panic(err)
	}
	layer, err = layer.WithActivation(sepconv.ReLU)
	if err != nil {
		panic(err)
	}
	fmt.Println(layer.Weights().Pointwise, layer.Weights().Bias)
	// Output: [1.5] [-2]
}

// NewFromWeights copies what it is given, draws nothing, and checks as SetWeights.
func TestNewFromWeights(t *testing.T) {
	w := sepconv.Weights{Depthwise: []float32{1, 2}, Pointwise: []float32{3, 4}, Bias: []float32{5}}
	c := sepconv.Config{Filters: 1, KernelSize: 1}
	layer, err := sepconv.NewFromWeights(c, 2, w)
	require.NoError(t, err)
	require.Equal(t, w, layer.Weights())
	w.Bias[0] = 6
	require.Equal(t, float32(5), layer.Weights().Bias[0])
	layer, err = sepconv.NewFromWeights(c, 3, w)
	require.ErrorIs(t, err, sepconv.ErrWeights)
	require.Nil(t, layer)
	layer, err = sepconv.NewFromWeights(sepconv.Config{KernelSize: 1}, 2, w)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.Nil(t, layer)
}
