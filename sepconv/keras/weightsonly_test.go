package keras_test

import (
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// A file of weights alone does not say which layers are SeparableConv1D: an error,
// where no layers would be found.
func TestWeightsAlone(t *testing.T) {
	for name, words := range map[string][]string{
		files + "k3_chain.weights.h5":           {"no configuration", "Layer.Build", "LoadWeights"},
		files + "k2_chain.saved_weights.h5":     {"no configuration", "Layer.Build", "LoadWeights"},
		files + "k2_chain.weights.h5":           {"no configuration", "Layer.Build", "LoadWeights"},
		files + "torch_plain.safetensors":       {"no configuration", "TorchSeparableConv1D"},
		cases + "never-built/k2.weights.h5":     {"no weights", "before it was built", "save it again"},
		cases + "never-built/k3_subclass.keras": {"no weights", "before it was built", "save it again"},
	} {
		m, err := keras.Open(name)
		require.NoError(t, err, name)
		_, err = m.SeparableConv1Ds()
		requireSays(t, err, name, words...)
		_, err = m.Blocks()
		requireSays(t, err, name, words...)
	}
}

// A model that was saved before it was built has no weights, and says so.
func TestNeverBuilt(t *testing.T) {
	for _, name := range []string{"k2.keras", "k3.keras", "k3.h5"} {
		m, err := keras.Open(cases + "never-built/" + name)
		require.NoError(t, err, name)
		words := []string{`layer "conv"`, "no weights", "before it was built", "save it again", "LoadWeights"}
		_, err = m.SeparableConv1Ds()
		requireSays(t, err, name, words...)
		require.ErrorIs(t, err, sepconv.ErrWeights)
		_, err = m.Blocks()
		requireSays(t, err, name, words...)
		norm, err := m.Layer("norm")
		require.NoError(t, err)
		words[0] = `layer "norm"`
		_, err = norm.BatchNorm()
		requireSays(t, err, name, words...)
		require.ErrorIs(t, err, sepconv.ErrWeights)
	}
}

// A configuration that is in the file is not overridden, and Build is for no other
// class of Keras.
func TestBuildOfConfigured(t *testing.T) {
	m, err := keras.Open(files + "k3_chain.keras")
	require.NoError(t, err)
	for l := range m.All() {
		_, err := l.Build(sepconv.Config{})
		requireSays(t, err, l.Path, l.Path)
	}
}

// The arrays of a BatchNormalization without a configuration: by their names, or by
// their order if there are all four.
func TestBareBatchNorm(t *testing.T) {
	whole, err := keras.Open(files + "k3_chain.keras")
	require.NoError(t, err)
	var want sepconv.BatchNorm
	for l := range whole.All() {
		if l.Class == "BatchNormalization" {
			want, err = l.BatchNorm()
			require.NoError(t, err)
		}
	}
	require.NotNil(t, want.Mean)

	arrays := func(names ...string) *keras.Layer {
		l := &keras.Layer{Path: "norm"}
		for i, n := range names {
			values := [][]float32{want.Gamma, want.Beta, want.Mean, want.Variance}[i]
			l.Weights = append(l.Weights, &keras.Tensor{Name: n, Shape: []int{len(values)}, DType: "float32", Values: values})
		}
		return l
	}
	for _, names := range [][]string{{"0", "1", "2", "3"}, {"gamma", "beta", "moving_mean", "moving_variance"}, {"weight", "bias", "running_mean", "running_var"}} {
		got, err := arrays(names...).BatchNorm()
		require.NoError(t, err, names)
		require.Equal(t, [][]float32{want.Gamma, want.Beta, want.Mean, want.Variance}, [][]float32{got.Gamma, got.Beta, got.Mean, got.Variance})
		require.Equal(t, map[string]float64{"0": 1e-3, "gamma": 1e-3, "weight": 1e-5}[names[0]], got.Epsilon)
	}
	for _, names := range [][]string{{"0", "1", "2"}, {"0", "1"}} {
		_, err := arrays(names...).BatchNorm()
		requireSays(t, err, names[0], "numbered arrays and no configuration", "LoadWeights")
		require.ErrorIs(t, err, sepconv.ErrWeights)
	}
	_, err = arrays("gamma", "beta").BatchNorm()
	requireSays(t, err, "two", "no mean and variance")
	_, err = (&keras.Layer{Path: "norm", Weights: []*keras.Tensor{nil}}).BatchNorm()
	requireSays(t, err, "nil", "array 0 is nil")
}

// The files of Keras without configurations give the same as those with.
func TestBatchNormOfWeightsAlone(t *testing.T) {
	for weights, whole := range map[string]string{
		"k3_chain.weights.h5":       "k3_chain.keras",
		"k2_chain.weights.h5":       "k2_chain.keras",
		"k2_chain.saved_weights.h5": "k2_chain.h5",
	} {
		m, err := keras.Open(files + whole)
		require.NoError(t, err)
		var want []sepconv.BatchNorm
		for l := range m.All() {
			named := weights == "k2_chain.saved_weights.h5" // the others number the arrays
			if l.Class == "BatchNormalization" && (named || len(l.Weights) == 4) {
				b, err := l.BatchNorm()
				require.NoError(t, err)
				b.Epsilon = 1e-3 // which the file does not say
				want = append(want, b)
			}
		}
		require.NotEmpty(t, want)
		bare, err := keras.Open(files + weights)
		require.NoError(t, err)
		var got []sepconv.BatchNorm
		for l := range bare.All() {
			if b, err := l.BatchNorm(); err == nil {
				got = append(got, b)
			}
		}
		require.ElementsMatch(t, want, got, weights)
	}
}

// Only the exact keys of a configuration count.
func TestBatchNormKeys(t *testing.T) {
	ones := []float32{1, 1}
	norm := func(config string) (sepconv.BatchNorm, error) {
		l := &keras.Layer{Path: "norm", Class: "BatchNormalization", Config: []byte(config)}
		for _, n := range []string{"gamma", "beta", "moving_mean", "moving_variance"} {
			l.Weights = append(l.Weights, &keras.Tensor{Name: n, Shape: []int{2}, DType: "float32", Values: ones})
		}
		return l.BatchNorm()
	}
	for config, want := range map[string]float64{
		`{"epsilon": 0.002, "EPSILON": 5}`: 0.002,
		`{"EPSILON": 5}`:                   0,
		`{"epsilon": null}`:                0,
	} {
		b, err := norm(config)
		require.NoError(t, err)
		require.Equal(t, want, b.Epsilon, config)
	}
	_, err := norm(`{"epsilon": "small"}`)
	requireSays(t, err, "text", `epsilon is "small"`)
	require.ErrorIs(t, err, sepconv.ErrConfig)
}

// What is missing from a Layer that a program made is an error.
func TestNilTensors(t *testing.T) {
	for _, weights := range [][]*keras.Tensor{nil, {nil}, {nil, nil}, {nil, nil, nil}, {{}, {}}, {{Shape: []int{1, 1, 1}}, nil}} {
		l := &keras.Layer{Path: "l", Weights: weights}
		_, err := l.Build(sepconv.Config{})
		requireSays(t, err, "Build", `layer "l"`)
		_, err = l.BatchNorm()
		requireSays(t, err, "BatchNorm", `layer "l"`)
		err = l.SetWeights(sepconv.Weights{Depthwise: []float32{1}, Pointwise: []float32{1}})
		requireSays(t, err, "SetWeights", `layer "l"`)
		m := &keras.Model{Layers: []*keras.Layer{l}}
		_, err = m.TorchSeparableConv1D(sepconv.Config{}, 1, "l", "l")
		requireSays(t, err, "Torch", `layer "l"`)
	}
}
