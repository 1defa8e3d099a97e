package sepconv_test

import (
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

func TestRunDoesNotAllocate(t *testing.T) {
	for _, kernel := range sepconv.Kernels() {
		for _, c := range []sepconv.Config{
			{Filters: 24, KernelSize: 5, Padding: sepconv.Same, Activation: sepconv.GELU},
			{Filters: 24, KernelSize: 5, Padding: sepconv.Causal, DataFormat: sepconv.ChannelsFirst, Activation: sepconv.Softmax},
			{Filters: 24, KernelSize: 5, DepthMultiplier: 3, Strides: 2, Activation: sepconv.ActivationFunc(func(y []float32) { clear(y) })},
		} {
			layer, err := sepconv.New(c, 7)
			require.NoError(t, err)
			plan, err := layer.Compile(sepconv.WithKernel(kernel), sepconv.WithThreads(2))
			require.NoError(t, err)
			shape, err := plan.OutputShape(3, 500)
			require.NoError(t, err)
			dst, src := make([]float32, product(shape[:])), make([]float32, 3*500*7)
			require.Zero(t, testing.AllocsPerRun(20, func() {
				if err := plan.Run(dst, src, 3, 500); err != nil {
					t.Fatal(err)
				}
			}), "%s %+v", kernel, c)
		}
	}
}

// A plan is what the layer was when it was compiled.
func TestPlanKeepsItsWeights(t *testing.T) {
	layer, err := sepconv.New(sepconv.Config{Filters: 1, KernelSize: 1, DepthwiseInitializer: sepconv.Ones{}, PointwiseInitializer: sepconv.Ones{}}, 1)
	require.NoError(t, err)
	plan, err := layer.Compile()
	require.NoError(t, err)
	w := layer.Weights()
	w.Bias[0] = 7 // a copy: the layer does not change
	require.NoError(t, layer.SetWeights(sepconv.Weights{Depthwise: []float32{2}, Pointwise: []float32{2}, Bias: []float32{1}}))
	w = layer.Weights()
	require.Equal(t, sepconv.Weights{Depthwise: []float32{2}, Pointwise: []float32{2}, Bias: []float32{1}}, w)

	dst := make([]float32, 3)
	require.NoError(t, plan.Run(dst, []float32{1, 2, 3}, 1, 3))
	require.Equal(t, []float32{1, 2, 3}, dst)
	plan, err = layer.Compile()
	require.NoError(t, err)
	require.NoError(t, plan.Run(dst, []float32{1, 2, 3}, 1, 3))
	require.Equal(t, []float32{5, 9, 13}, dst)
}

// The same seed gives the same weights, and the arrays of a layer differ even
// where their initializers are equal.
func TestInitializeIsDeterministic(t *testing.T) {
	c := sepconv.Config{Filters: 6, KernelSize: 6, DepthwiseInitializer: sepconv.RandomNormal{}, PointwiseInitializer: sepconv.RandomNormal{}, BiasInitializer: sepconv.RandomNormal{}}
	a, err := sepconv.New(c, 1)
	require.NoError(t, err)
	b, err := sepconv.New(c, 1)
	require.NoError(t, err)
	require.NotEqual(t, a.Weights(), b.Weights(), "New draws a seed of its own")
	require.NoError(t, a.Initialize(42))
	require.NoError(t, b.Initialize(42))
	require.Equal(t, a.Weights(), b.Weights())
	w := a.Weights()
	require.NotEqual(t, w.Depthwise, w.Pointwise)
	require.NotEqual(t, w.Pointwise, w.Bias)
	require.NoError(t, b.Initialize(43))
	require.NotEqual(t, w, b.Weights())

	// What an initializer refuses leaves the weights as they were.
	c.BiasInitializer = sepconv.InitializerFunc(func(w []float32, shape []int, seed uint64) error {
		clear(w)
		if seed%2 == 0 {
			return sepconv.ErrShape
		}
		return nil
	})
	if l, err := sepconv.New(c, 1); err == nil {
		before := l.Weights()
		for seed := uint64(0); seed < 4; seed++ {
			if err := l.Initialize(seed); err != nil {
				require.ErrorIs(t, err, sepconv.ErrShape)
				require.ErrorContains(t, err, "bias initializer")
				require.Equal(t, before, l.Weights())
			} else {
				before = l.Weights()
			}
		}
	}
}
