package keras_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/sepconv/go/sepconv/regularizers"
	"github.com/stretchr/testify/require"
)

func newLayer(t testing.TB, c sepconv.Config, channels int) *sepconv.Layer {
	l, err := sepconv.New(c, channels)
	require.NoError(t, err)
	w := l.Weights()
	for i := range w.Bias {
		w.Bias[i] = float32(i) / 8
	}
	require.NoError(t, l.SetWeights(w))
	return l
}

// network is a model with every kind of option that both versions of Keras know.
func network(t testing.TB) []*sepconv.Layer {
	return []*sepconv.Layer{
		newLayer(t, sepconv.Config{Filters: 4, KernelSize: 5, Strides: 2, Padding: sepconv.Same, Name: "front", Activation: sepconv.ReLU}, 3),
		newLayer(t, sepconv.Config{Filters: 5, KernelSize: 3, DilationRate: 2, DepthMultiplier: 2, NoBias: true, Activation: sepconv.LeakyReLUWith(0.25)}, 4),
		newLayer(t, sepconv.Config{Filters: 2, KernelSize: 1, Frozen: true, DepthwiseRegularizer: regularizers.L2{Factor: 0.5}, BiasConstraint: constraints.NonNeg{}}, 5),
	}
}

// sameLayers compares configurations as Keras 3 would write them, and weights.
func sameLayers(t *testing.T, want, got []*sepconv.Layer) {
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, want[i].Channels(), got[i].Channels())
		require.Equal(t, want[i].Weights(), got[i].Weights())
		a, b := want[i].Config(), got[i].Config()
		a.Name, b.Name = "", ""
		require.Equal(t, a, b)
	}
}

var formats = []keras.Format{keras.Archive, keras.WeightsH5, keras.H5, keras.JSON, keras.Safetensors}

// What Go wrote, Go reads: the same model from each format, as far as it holds it.
// What Keras and PyTorch make of it: testdata/check.py.
func TestSequential(t *testing.T) {
	layers := network(t)
	m, err := keras.Sequential("", layers...)
	require.NoError(t, err)
	require.Equal(t, "sequential", m.Name)
	require.Equal(t, []string{"front", "separable_conv1d", "separable_conv1d_1"}, convPaths(m))
	dir := t.TempDir()
	for _, f := range formats {
		name := filepath.Join(dir, "model"+string(f))
		require.NoError(t, m.Save(name), f)
		read, err := keras.Open(name)
		require.NoError(t, err, f)
		require.Equal(t, f, read.Format)
		switch f {
		case keras.WeightsH5:
			for i, l := range read.Layers {
				built, err := l.Build(layers[map[string]int{"front": 0, "separable_conv1d": 1, "separable_conv1d_1": 2}[l.Name]].Config())
				require.NoError(t, err)
				require.Equal(t, 3, len(read.Layers), i)
				require.NotNil(t, built)
			}
		case keras.JSON:
			require.NoError(t, read.LoadWeights(filepath.Join(dir, "model.weights.h5")))
			fallthrough
		case keras.Archive, keras.H5:
			require.Equal(t, convPaths(m), convPaths(read))
			got, err := read.SeparableConv1Ds()
			require.NoError(t, err)
			sameLayers(t, layers, got)
		case keras.Safetensors:
			for i, path := range convPaths(m) {
				c := layers[i].Config()
				got, err := read.TorchSeparableConv1D(c, layers[i].Channels(), path+".depthwise", path+".pointwise")
				require.NoError(t, err)
				require.Equal(t, layers[i].Weights(), got.Weights())
			}
		}
	}
}

func convPaths(m *keras.Model) (paths []string) {
	for l := range m.All() {
		if l.IsSeparableConv1D() {
			paths = append(paths, l.Path)
		}
	}
	return paths
}

// A model of which only Keras 2, or only Keras 3, knows the configuration.
func TestSequentialOfOneKeras(t *testing.T) {
	for _, test := range []struct {
		config sepconv.Config
		not    keras.Format
		want   string
	}{
		{sepconv.Config{Filters: 2, KernelSize: 3, Padding: sepconv.Causal}, keras.Archive, "Keras 3 has no causal padding"},
		{sepconv.Config{Filters: 2, KernelSize: 3, Activation: sepconv.HardSigmoidKeras2}, keras.Archive, "no form in Keras 3"},
		{sepconv.Config{Filters: 2, KernelSize: 3, Activation: sepconv.CELU}, keras.H5, "no form in Keras 2"},
		{sepconv.Config{Filters: 2, KernelSize: 3, Strides: 2, DilationRate: 2, StridedDilation: true}, keras.H5, "Keras 2 does not allow"},
		{sepconv.Config{Filters: 2, KernelSize: 3, Name: "ä"}, keras.H5, "Keras 2 allows letters"},
	} {
		layer := newLayer(t, test.config, 3)
		m, err := keras.Sequential("one", layer)
		require.NoError(t, err)
		var b bytes.Buffer
		err = m.Write(&b, test.not)
		require.ErrorIs(t, err, sepconv.ErrConfig)
		require.ErrorIs(t, err, sepconv.ErrFile)
		require.ErrorContains(t, err, test.want)
		for _, f := range formats {
			if f == test.not {
				continue
			}
			var b bytes.Buffer
			require.NoError(t, m.Write(&b, f), "%v %v", f, test.want)
			read, err := read(b.Bytes())
			require.NoError(t, err)
			if f == keras.Archive || f == keras.H5 {
				got, err := read.SeparableConv1Ds()
				require.NoError(t, err)
				sameLayers(t, []*sepconv.Layer{layer}, got)
			}
		}
	}
	// Neither knows a function of the user's.
	_, err := keras.Sequential("", newLayer(t, sepconv.Config{Filters: 1, KernelSize: 1, Activation: sepconv.ActivationFunc(func([]float32) {})}, 1))
	require.ErrorIs(t, err, sepconv.ErrConfig)
}

func TestSequentialErrors(t *testing.T) {
	a := newLayer(t, sepconv.Config{Filters: 4, KernelSize: 1, Name: "a"}, 3)
	b := newLayer(t, sepconv.Config{Filters: 4, KernelSize: 1}, 3)
	first := newLayer(t, sepconv.Config{Filters: 4, KernelSize: 1, DataFormat: sepconv.ChannelsFirst}, 4)
	for want, try := range map[string]func() (*keras.Model, error){
		"at least one layer":        func() (*keras.Model, error) { return keras.Sequential("m") },
		"it takes 3 channels":       func() (*keras.Model, error) { return keras.Sequential("m", a, b) },
		"its data format is":        func() (*keras.Model, error) { return keras.Sequential("m", a, first) },
		"layer 1 is nil":            func() (*keras.Model, error) { return keras.Sequential("m", a, nil) },
		`two layers are called "a"`: func() (*keras.Model, error) { return keras.Sequential("m", a, a) },
		`the model is called "a/b"`: func() (*keras.Model, error) { return keras.Sequential("a/b", a) },
		`layer 0 is called "x/y"`: func() (*keras.Model, error) {
			return keras.Sequential("m", newLayer(t, sepconv.Config{Filters: 1, KernelSize: 1, Name: "x/y"}, 1))
		},
	} {
		_, err := try()
		require.Error(t, err, want)
		require.ErrorContains(t, err, want)
		require.True(t, errors.Is(err, sepconv.ErrConfig) || errors.Is(err, sepconv.ErrShape), want)
	}
	// glu halves the filters.
	glu := newLayer(t, sepconv.Config{Filters: 6, KernelSize: 1, Activation: sepconv.GLU}, 3)
	_, err := keras.Sequential("m", glu, b)
	require.NoError(t, err)
	// Names made up avoid those that are taken.
	m, err := keras.Sequential("m", newLayer(t, sepconv.Config{Filters: 3, KernelSize: 1}, 3), newLayer(t, sepconv.Config{Filters: 3, KernelSize: 1, Name: "separable_conv1d"}, 3))
	require.NoError(t, err)
	require.Equal(t, []string{"separable_conv1d_1", "separable_conv1d"}, convPaths(m))
}

func memberOf(t *testing.T, data []byte, name string) string {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	f, err := z.Open(name)
	require.NoError(t, err)
	text, err := io.ReadAll(f)
	require.NoError(t, err)
	return string(text)
}

func rewritten(t *testing.T, m *keras.Model, f keras.Format) *keras.Model {
	var b bytes.Buffer
	require.NoError(t, m.Write(&b, f))
	again, err := read(b.Bytes())
	require.NoError(t, err)
	return again
}

// Models with other layers go back into the format they came from, with new
// weights, and everything else as it was.
func TestSaveOfRead(t *testing.T) {
	for _, name := range []string{
		"k3_chain.keras", "k3_nested.keras", "k3_shared.keras", "k3_custom.keras", "k3_wrapped.keras", "k3_borrowed.keras",
		"k3_chain.h5", "k3_nested.h5", "k3_nested.weights.h5", "k2_chain.keras", "k2_nested.h5", "k2_wrapped.h5", "k2_custom.h5",
		"k2_nested.saved_weights.h5", "k2_pickled.keras", "k212_nested.keras", "h5_compressed.h5", "k3_float16.keras", "k3_subclassed.weights.h5", "k3_subclassed.keras",
	} {
		m, err := keras.Open(files + name)
		require.NoError(t, err)
		for l := range m.All() {
			if l.IsSeparableConv1D() {
				layer, err := l.SeparableConv1D()
				require.NoError(t, err)
				w := layer.Weights()
				for i := range w.Pointwise {
					w.Pointwise[i] = -w.Pointwise[i]
				}
				require.NoError(t, l.SetWeights(w))
			}
		}
		again := rewritten(t, m, m.Format)
		require.Equal(t, m.Format, again.Format, name)
		require.Equal(t, m.Version, again.Version, name)
		want, got := all(m), all(again)
		require.Len(t, got, len(want), name)
		for i := range want {
			a, b := want[i], got[i]
			require.Equal(t, a.Path, b.Path, name)
			require.Equal(t, a.Class, b.Class, name)
			require.Equal(t, a.Config, b.Config, name)
			require.Equal(t, a.Inputs, b.Inputs, name)
			require.Equal(t, a.Calls, b.Calls, name)
			require.Len(t, b.Weights, len(a.Weights), name)
			for j, w := range a.Weights {
				require.Equal(t, w.Shape, b.Weights[j].Shape, name)
				require.Equal(t, w.Name, b.Weights[j].Name, name)
				require.Equal(t, bitsOf(w.Values), bitsOf(b.Weights[j].Values), name)
			}
		}
		for _, f := range formats {
			if f == m.Format || f == keras.JSON && m.Class != "" {
				continue
			}
			var b bytes.Buffer
			if f == keras.WeightsH5 && m.Format == keras.Archive {
				require.NoError(t, m.Write(&b, f), "%s as %s", name, f)
				continue
			}
			if plain := name == "k3_float16.keras" || name == "k2_pickled.keras"; plain && (f == keras.H5 || f == keras.Safetensors) {
				require.NoError(t, m.Write(&b, f)) // nothing but SeparableConv1D layers
				continue
			}
			if containsAny(name, []string{"wrapped", "custom.h5"}) && f == keras.Safetensors {
				require.NoError(t, m.Write(&b, f)) // no other layer has weights
				continue
			}
			if f == keras.Archive && slices.Contains([]string{"k3_chain.h5", "k3_nested.h5", "k2_nested.h5", "k2_wrapped.h5", "h5_compressed.h5"}, name) {
				require.NoError(t, m.Write(&b, f), "%s as %s", name, f) // of Keras 3
				continue
			}
			require.ErrorIs(t, m.Write(&b, f), sepconv.ErrFile, "%s as %s", name, f)
		}
	}
}

func all(m *keras.Model) (list []*keras.Layer) {
	for l := range m.All() {
		list = append(list, l)
	}
	return list
}

func bitsOf(v []float32) (bits []uint32) {
	for _, x := range v {
		bits = append(bits, math.Float32bits(x))
	}
	return bits
}

func TestSetWeightsErrors(t *testing.T) {
	m, err := keras.Sequential("", network(t)...)
	require.NoError(t, err)
	l, err := m.Layer("front")
	require.NoError(t, err)
	layer, err := l.SeparableConv1D()
	require.NoError(t, err)
	w := layer.Weights()
	w.Bias = nil
	require.ErrorIs(t, l.SetWeights(w), sepconv.ErrWeights)
	w = layer.Weights()
	w.Depthwise = w.Depthwise[1:]
	require.ErrorIs(t, l.SetWeights(w), sepconv.ErrWeights)
	require.ErrorIs(t, m.Layers[0].SetWeights(w), sepconv.ErrFile)
}

// A file is written whole or not at all.
func TestSaveWhole(t *testing.T) {
	m, err := keras.Sequential("", newLayer(t, sepconv.Config{Filters: 2, KernelSize: 3, Padding: sepconv.Causal}, 3))
	require.NoError(t, err)
	dir := t.TempDir()
	name := filepath.Join(dir, "model.keras")
	require.NoError(t, os.WriteFile(name, []byte("old"), 0o600))
	err = m.Save(name) // Keras 3 has no causal padding
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, "model.keras")
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, "old", string(data))
	require.Len(t, entries(t, dir), 1, "nothing is left over")

	name = filepath.Join(dir, "model.h5")
	require.NoError(t, os.WriteFile(name, []byte("old"), 0o640))
	require.NoError(t, m.Save(name))
	_, err = keras.Open(name)
	require.NoError(t, err)
	info, err := os.Stat(name)
	require.NoError(t, err)
	if os.PathSeparator == '/' {
		require.Equal(t, os.FileMode(0o640), info.Mode().Perm(), "the file keeps its mode")
	}
	require.Len(t, entries(t, dir), 2)

	if link := filepath.Join(dir, "link.h5"); os.Symlink("model.h5", link) == nil { // not everybody may on Windows
		require.NoError(t, m.Save(link))
		info, err := os.Lstat(link)
		require.NoError(t, err)
		require.Equal(t, os.ModeSymlink, info.Mode().Type(), "a link stays one")
		require.NoError(t, os.Remove(link))
	}

	require.ErrorIs(t, m.Save(filepath.Join(dir, "none", "model.h5")), os.ErrNotExist)
	require.ErrorContains(t, m.Save(filepath.Join(dir, "model.onnx")), "the name must end in")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "dir.h5"), 0o700))
	require.ErrorContains(t, m.Save(filepath.Join(dir, "dir.h5")), "not a file")
	require.Len(t, entries(t, dir), 3)

	// A writer that fails says so.
	for _, f := range []keras.Format{keras.H5, keras.WeightsH5, keras.Safetensors, keras.JSON} {
		require.ErrorIs(t, m.Write(failing{}, f), errFull, f)
	}
	require.ErrorIs(t, m.Write(io.Discard, "onnx"), sepconv.ErrFile)
}

var errFull = errors.New("disk full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

func entries(t *testing.T, dir string) (names []string) {
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// Names of layers that do not fit one attribute are split among several, as Keras
// does, and read together.
func TestManyLayers(t *testing.T) {
	var layers []*sepconv.Layer
	for i := range 700 {
		name := fmt.Sprintf("%s%03d", strings.Repeat("n", 100), i)
		layers = append(layers, newLayer(t, sepconv.Config{Filters: 1, KernelSize: 1, Name: name}, 1))
	}
	m, err := keras.Sequential("many", layers...)
	require.NoError(t, err)
	for _, f := range []keras.Format{keras.H5, keras.Archive} {
		again := rewritten(t, m, f)
		got, err := again.SeparableConv1Ds()
		require.NoError(t, err)
		sameLayers(t, layers, got)
		require.Equal(t, convPaths(m), convPaths(again))
	}
}

// The metadata of an archive is Keras'.
func TestMetadata(t *testing.T) {
	m, err := keras.Sequential("", network(t)...)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, m.Write(&b, keras.Archive))
	var metadata map[string]string
	require.NoError(t, json.Unmarshal([]byte(memberOf(t, b.Bytes(), "metadata.json")), &metadata))
	require.Regexp(t, `^3\.`, metadata["keras_version"])
	require.Regexp(t, `^\d{4}-\d\d-\d\d@\d\d:\d\d:\d\d$`, metadata["date_saved"])
}
