package sepconv_test

import (
	"testing"

	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/initializers"
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
	layer, err := sepconv.New(sepconv.Config{Filters: 1, KernelSize: 1, DepthwiseInitializer: initializers.Ones{}, PointwiseInitializer: initializers.Ones{}}, 1)
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
// A clone has the same weights in the same memory, and goes its own way.
func TestClone(t *testing.T) {
	w := sepconv.Weights{Depthwise: make([]float32, 1<<10), Pointwise: make([]float32, 1<<20), Bias: make([]float32, 1<<10)}
	w.Depthwise[0], w.Pointwise[7] = 1, 5
	layer, err := sepconv.NewFromWeights(sepconv.Config{Name: "one", Filters: 1 << 10, KernelSize: 1}, 1<<10, w)
	require.NoError(t, err)
	var clone *sepconv.Layer
	require.Less(t, budgettest.Allocated(func() { clone = layer.Clone() }), int64(64<<10))
	require.Equal(t, layer.Config(), clone.Config())
	require.Equal(t, 1<<10, clone.Channels())
	require.Equal(t, w, clone.Weights())

	plan, err := clone.Compile()
	require.NoError(t, err)
	require.NoError(t, layer.Initialize(1))
	require.Equal(t, w, clone.Weights())
	changed := layer.Weights()
	clone.Weights().Pointwise[0] = 9 // a copy
	require.NoError(t, clone.SetWeights(sepconv.Weights{Depthwise: w.Depthwise, Pointwise: make([]float32, 1<<20), Bias: w.Bias}))
	require.Equal(t, changed, layer.Weights())

	// A plan has the weights that the clone had.
	x, y := make([]float32, 1<<10), make([]float32, 1<<10)
	x[0] = 1
	require.NoError(t, plan.Run(y, x, 1, 1))
	require.Equal(t, float32(5), y[7])
	require.Nil(t, (*sepconv.Layer)(nil).Clone())
}

func TestInitializeIsDeterministic(t *testing.T) {
	c := sepconv.Config{Filters: 6, KernelSize: 6, DepthwiseInitializer: initializers.RandomNormal{}, PointwiseInitializer: initializers.RandomNormal{}, BiasInitializer: initializers.RandomNormal{}}
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
	c.BiasInitializer = initializers.Func(func(w []float32, shape []int, seed uint64) error {
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
