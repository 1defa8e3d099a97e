package keras_test

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

func read(data []byte, options ...keras.Option) (*keras.Model, error) {
	return keras.Read(bytes.NewReader(data), int64(len(data)), options...)
}

// configOf writes the configuration of a file's model as JSON and reads that.
func configOf(t *testing.T, name string) *keras.Model {
	m, err := keras.Open(files + name)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "model.json")
	require.NoError(t, m.Save(path))
	m, err = keras.Open(path)
	require.NoError(t, err)
	require.Equal(t, keras.JSON, m.Format)
	return m
}

// Files of weights alone, of every format, loaded into the model of a
// configuration: everything is as in the whole file.
func TestLoadWeights(t *testing.T) {
	for weights, config := range map[string]string{
		"k3_chain.weights.h5":         "k3_chain.keras",
		"k3_nested.weights.h5":        "k3_nested.keras",
		"k30_chain.weights.h5":        "k30_chain.keras",
		"k2_chain.weights.h5":         "k2_chain.keras",
		"k2_nested.weights.h5":        "k2_nested.keras",
		"k2_defaults.weights.h5":      "k2_defaults.h5",
		"k2_chain.saved_weights.h5":   "k2_chain.h5",
		"k2_nested.saved_weights.h5":  "k2_nested.h5",
		"k2_causal.saved_weights.h5":  "k2_causal.h5",
		"k212_chain.saved_weights.h5": "k212_chain.keras",
		"k215_chain.saved_weights.h5": "k215_chain.keras",
		"k215_nested.h5":              "k215_nested.keras",
		"h5_compressed.weights.h5":    "k3_chain.keras",
		"k3_bfloat16.weights.h5":      "k3_bfloat16.keras",
	} {
		t.Run(weights, func(t *testing.T) {
			m := configOf(t, config)
			require.NoError(t, m.LoadWeights(files+weights))
			f := fixtureOf(t, config)
			f.Version = "" // which a JSON may not say
			f.checkLayers(t, m)
			for _, run := range f.Runs {
				f.checkRun(t, m, &run)
			}
			require.NoError(t, m.LoadWeights(files+weights), "and again")
			f.checkLayers(t, m)
		})
	}
}

func fixtureOf(t *testing.T, file string) fixture {
	for _, role := range []string{"keras3", "keras30", "keras212", "keras215", "torch"} {
		for _, f := range fixtures(t, role) {
			if f.File == file {
				return f
			}
		}
	}
	t.Fatalf("no fixture %s", file)
	panic("unreachable")
}

// Keras knows the layers in a file of weights by their order, not their names:
// another instance of the model has other ones, which may be those of other layers.
func TestLoadWeightsOfOtherNames(t *testing.T) {
	text, err := os.ReadFile(files + "k3_plain.json")
	require.NoError(t, err)
	whole, err := keras.Open(files + "k3_plain.keras")
	require.NoError(t, err)
	want, err := whole.SeparableConv1Ds()
	require.NoError(t, err)
	paths := convPaths(whole)
	// The first layer has the name that the second has in the file, and so on.
	renamed := strings.NewReplacer(`"`+paths[0]+`"`, `"`+paths[1]+`"`, `"`+paths[1]+`"`, `"\u00e4<&>"`, `"\u00e4<&>"`, `"`+paths[0]+`"`).Replace(string(text))
	m, err := read([]byte(renamed))
	require.NoError(t, err)
	require.Equal(t, []string{paths[1], paths[2], paths[0]}, convPaths(m))
	require.NoError(t, m.LoadWeights(files+"k3_plain.keras"))
	got, err := m.SeparableConv1Ds()
	require.NoError(t, err)
	sameLayers(t, want, got)
}

// Likewise for the old format, whose groups have the names of the layers.
func TestLoadOldWeightsOfOtherNames(t *testing.T) {
	whole, err := keras.Open(files + "k2_causal.h5")
	require.NoError(t, err)
	want, err := whole.SeparableConv1Ds()
	require.NoError(t, err)
	var text bytes.Buffer
	require.NoError(t, whole.Write(&text, keras.JSON))
	other := strings.ReplaceAll(text.String(), `"separable_conv1d_`, `"separable_conv1d_1`)
	require.NotEqual(t, text.String(), other)
	m, err := read([]byte(other))
	require.NoError(t, err)
	require.NoError(t, m.LoadWeights(files+"k2_causal.saved_weights.h5"))
	got, err := m.SeparableConv1Ds()
	require.NoError(t, err)
	sameLayers(t, want, got)
	require.ErrorContains(t, m.LoadWeights(files+"k2_chain.saved_weights.h5"), "the file has 10 layers with weights")
}

func TestLoadWeightsErrors(t *testing.T) {
	m := configOf(t, "k3_chain.keras")
	require.ErrorIs(t, m.LoadWeights(files+"missing.h5"), fs.ErrNotExist)
	for want, names := range map[string][]string{
		"no file of weights":                    {},
		"missing.h5":                            {"missing.h5"},
		"no weights of Keras":                   {"k3_chain.json"},
		"array 0 of group \"separable_conv1d\"": {"k3_chain.weights.h5", "k3_chain.weights.h5"},
		"of another format":                     {"k3_chain.weights.h5", "k3_chain.h5"},
		"are in one file":                       {"k3_chain.h5", "k3_chain.weights.h5"},
	} {
		for i := range names {
			names[i] = files + names[i]
		}
		err := m.LoadWeights(names...)
		require.ErrorIs(t, err, sepconv.ErrFile, want)
		if want == "array 0 of group \"separable_conv1d\"" {
			want = "is in two files" // whichever comes first
		}
		require.ErrorContains(t, err, want)
	}
	weights, err := keras.Open(files + "k3_chain.weights.h5")
	require.NoError(t, err)
	require.ErrorContains(t, weights.LoadWeights(files+"k3_chain.weights.h5"), "need a model with a configuration")

	// Pieces of a model: without one of them, its layers would have no weights.
	m, err = keras.Open(files + "k3_sharded.json")
	require.NoError(t, err)
	err = m.LoadWeights(files+"k3_sharded_00001.weights.h5", files+"k3_sharded_00000.weights.h5")
	require.ErrorIs(t, err, sepconv.ErrWeights)
	require.ErrorContains(t, err, `layer "c"`)
	_, err = keras.Open(files + "k3_sharded.weights.json")
	require.ErrorIs(t, err, sepconv.ErrFile)
	require.ErrorContains(t, err, "give the files themselves to LoadWeights")
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	_, err := keras.Open(dir)
	require.ErrorIs(t, err, sepconv.ErrFile)
	require.ErrorContains(t, err, "it is a directory, not a file")
	_, err = keras.Open(filepath.Join(dir, "missing.keras"))
	require.ErrorIs(t, err, sepconv.ErrFile)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "missing.keras")
	for text, want := range map[string]string{
		"":                           "it is empty",
		"hello":                      "it is text, but not the JSON of a model",
		"\x89HDF":                    "none of the formats",
		strings.Repeat("x", 500):     "it is text",
		strings.Repeat("\x01", 5000): "none of the formats",
	} {
		_, err := read([]byte(text))
		require.ErrorIs(t, err, sepconv.ErrFile)
		require.ErrorContains(t, err, want)
	}
	_, err = keras.Read(strings.NewReader("{}"), 3)
	require.ErrorIs(t, err, io.EOF, "the reader has less than it is said to")
	_, err = read(nil, nil)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	_, err = read(nil, keras.WithMaxBytes(0))
	require.ErrorIs(t, err, sepconv.ErrConfig)
}

// The limit holds for every format, and a file within it reads.
func TestMaxBytes(t *testing.T) {
	for _, name := range []string{"k3_chain.keras", "h5_deflated.keras", "k3_chain.weights.h5", "k2_chain.h5", "h5_compressed.h5", "torch_network.safetensors", "k2_pickled.keras"} {
		data, err := os.ReadFile(files + name)
		require.NoError(t, err)
		_, err = read(data, keras.WithMaxBytes(1<<20))
		require.NoError(t, err, name)
		for _, limit := range []int64{1, 100, 300} {
			_, err = read(data, keras.WithMaxBytes(limit))
			require.ErrorIs(t, err, sepconv.ErrFile, "%s: %d bytes", name, limit)
		}
	}
}

func TestModelLayer(t *testing.T) {
	m, err := keras.Open(files + "k3_nested.keras")
	require.NoError(t, err)
	l, err := m.Layer("middle/innermost/same_name")
	require.NoError(t, err)
	require.Equal(t, "same_name", l.Name)
	require.Equal(t, "depthwise_kernel", l.Weights[0].Name)
	_, err = m.Layer("none")
	require.ErrorIs(t, err, sepconv.ErrFile)
	require.ErrorContains(t, err, `no layer "none"; the layers are "signal", "first", "middle"`)
	norm, err := m.Layer("middle/innermost/norm")
	require.NoError(t, err)
	_, err = norm.SeparableConv1D()
	require.ErrorContains(t, err, `it is of class "BatchNormalization"`)
	_, err = l.BatchNorm()
	require.ErrorContains(t, err, "not BatchNormalization")
	b, err := norm.BatchNorm()
	require.NoError(t, err)
	require.Len(t, b.Mean, 4)
	require.Equal(t, 1e-3, b.Epsilon)
	layers, err := m.SeparableConv1Ds()
	require.NoError(t, err)
	require.Len(t, layers, 5)
}

// What is wrong with a layer is said with its path, and wraps the cause too.
func TestBuildErrors(t *testing.T) {
	open := func() *keras.Layer {
		m, err := keras.Open(files + "k3_defaults.keras")
		require.NoError(t, err)
		return m.Layers[1]
	}
	l := open()
	_, err := l.Build(sepconv.Config{Filters: 5, KernelSize: 3})
	require.ErrorIs(t, err, sepconv.ErrConfig, "the file has the configuration")
	require.ErrorContains(t, err, "use Layer.SeparableConv1D")
	l.Class, l.Config = "", nil
	_, err = l.Build(sepconv.Config{Filters: 5, KernelSize: 4})
	require.ErrorIs(t, err, sepconv.ErrWeights)
	require.ErrorContains(t, err, "depthwise_kernel has shape [3 3 1] of float32; the configuration needs [4 3 1]")
	_, err = l.Build(sepconv.Config{NoBias: true})
	require.NoError(t, err, "the weights have a bias")
	_, err = l.Build(sepconv.Config{Filters: 5, KernelSize: 3, Strides: 2, DilationRate: 2})
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorIs(t, err, sepconv.ErrFile)
	require.ErrorContains(t, err, `layer "separable_conv1d"`)

	l = open()
	l.Config = []byte(`{"filters": 5, "kernel_size": [3], "use_bias": false}`)
	_, err = l.SeparableConv1D()
	require.ErrorIs(t, err, sepconv.ErrWeights)
	require.ErrorContains(t, err, "with use_bias=false it needs 2")
	l.Config = []byte(`{"filters": 5, "kernel_size": [3], "depth_multiplier": 2}`)
	_, err = l.SeparableConv1D()
	require.ErrorContains(t, err, "the configuration needs [3 3 2]")
	l = open()
	l.Weights = l.Weights[:1]
	_, err = l.SeparableConv1D()
	require.ErrorContains(t, err, "1 arrays")
	l = open()
	l.Weights[0].Shape = []int{9}
	_, err = l.SeparableConv1D()
	require.ErrorContains(t, err, "3 dimensions")
	l = open()
	l.Weights[0].Shape = []int{3, 0, 1}
	l.Weights[0].Values = nil
	_, err = l.SeparableConv1D()
	require.ErrorIs(t, err, sepconv.ErrWeights)
	l = open()
	l.Weights[2].Values = nil
	_, err = l.SeparableConv1D()
	require.ErrorIs(t, err, sepconv.ErrWeights)
	l = open()
	l.Weights[2].Values = l.Weights[2].Values[:4]
	_, err = l.SeparableConv1D()
	require.ErrorIs(t, err, sepconv.ErrWeights)
	l = open()
	l.Config = []byte(`{"filters": 5, "kernel_size": [3], "padding": "full"}`)
	_, err = l.SeparableConv1D()
	require.ErrorIs(t, err, sepconv.ErrConfig)
}
