package keras_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/sepconv/go/internal/apitest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// Nothing panics for being a zero value or for being given one.
func TestZeroValues(t *testing.T) {
	apitest.API{
		Funcs: map[string]any{
			"Open": keras.Open, "Read": keras.Read, "Sequential": keras.Sequential, "ToTorch": keras.ToTorch, "MarshalConfig": keras.MarshalConfig,
			"WithMaxBytes": keras.WithMaxBytes, "WithActivation": keras.WithActivation, "WithActivationClass": keras.WithActivationClass,
			"WithMaxMemory": keras.WithMaxMemory, "Register": keras.Register, "TimeAxis": keras.TimeAxis,
		},
		Types: []any{
			keras.Model{}, keras.Layer{}, keras.Tensor{}, keras.Block{}, keras.TorchWeights{}, keras.Option(nil), keras.Format(""), keras.Keras(0),
			keras.Graph{}, keras.Call{}, keras.Argument{}, keras.Output{},
			keras.Program{}, keras.Port{}, keras.Memory{}, keras.Text{}, keras.Input{}, keras.Stream{},
		},
		Sentinels: []error{sepconv.ErrConfig, sepconv.ErrShape, sepconv.ErrFile},
	}.Check(t, ".")
}

// Models and layers whose fields the user has filled with nothing.
func TestNilLayersAndTensors(t *testing.T) {
	read, err := keras.Open(files + "k3_chain.h5")
	require.NoError(t, err)
	config := read.Layers[0].Config
	for name, m := range map[string]func() *keras.Model{
		"nil layer":  func() *keras.Model { return &keras.Model{Layers: []*keras.Layer{nil}} },
		"zero layer": func() *keras.Model { return &keras.Model{Layers: []*keras.Layer{{}}} },
		"nil tensors": func() *keras.Model {
			return &keras.Model{Layers: []*keras.Layer{{Class: "SeparableConv1D", Weights: make([]*keras.Tensor, 3)}, {Weights: make([]*keras.Tensor, 2)}}}
		},
		"nil tensors with a configuration": func() *keras.Model {
			return &keras.Model{Layers: []*keras.Layer{{Class: "SeparableConv1D", Config: config, Weights: make([]*keras.Tensor, 3)}}}
		},
		"nil tensor of a normalization": func() *keras.Model {
			return &keras.Model{Layers: []*keras.Layer{{Class: "BatchNormalization", Config: config, Weights: make([]*keras.Tensor, 4)}}}
		},
		"zero tensors": func() *keras.Model {
			return &keras.Model{Layers: []*keras.Layer{{Class: "SeparableConv1D", Weights: []*keras.Tensor{{}, {}, {}}}}}
		},
		"shapes that lie": func() *keras.Model {
			m, err := keras.Open(files + "k3_strided.keras")
			require.NoError(t, err)
			shapes := [][]int{{1 << 30, 1 << 30, 4}, {-1, -1}, nil, {0}, {3}}
			for l := range m.All() {
				for i, w := range l.Weights {
					w.Shape = shapes[i%len(shapes)]
				}
			}
			return m
		},
		"nil inside": func() *keras.Model {
			return &keras.Model{Layers: []*keras.Layer{nil, {Class: "Sequential", Layers: []*keras.Layer{nil, {Layers: []*keras.Layer{nil}}}}}}
		},
		"read, then spoiled": func() *keras.Model {
			m, err := keras.Open(files + "k3_chain.h5")
			require.NoError(t, err)
			m.Layers[1], m.Layers[2].Weights[0] = nil, nil
			return m
		},
		"an archive, then spoiled": func() *keras.Model {
			m, err := keras.Open(files + "k3_strided.keras")
			require.NoError(t, err)
			for l := range m.All() {
				clear(l.Weights)
			}
			m.Layers = append(m.Layers, nil)
			return m
		},
		"made, then spoiled": func() *keras.Model {
			layer, err := sepconv.New(sepconv.Config{Filters: 1, KernelSize: 1}, 1)
			require.NoError(t, err)
			m, err := keras.Sequential("", layer, layer)
			require.NoError(t, err)
			m.Layers[0], m.Layers[1].Weights = nil, make([]*keras.Tensor, 3)
			return m
		},
	} {
		t.Run(name, func(t *testing.T) { useAll(t, m) })
	}
}

// useAll calls whatever uses the layers of a model.
func useAll(t *testing.T, model func() *keras.Model) {
	check := func(err error) {
		t.Helper()
		if err != nil {
			require.True(t, errors.Is(err, sepconv.ErrConfig) || errors.Is(err, sepconv.ErrShape) || errors.Is(err, sepconv.ErrFile), "%v", err)
		}
	}
	m := model()
	_, err := m.SeparableConv1Ds()
	check(err)
	_, err = m.Blocks()
	check(err)
	_, err = m.Layer("x")
	check(err)
	_, err = m.TorchSeparableConv1D(sepconv.Config{}, 1, "", "")
	check(err)
	for l := range m.All() {
		require.NotNil(t, l)
		_, err := l.SeparableConv1D()
		check(err)
		_, err = l.Build(sepconv.Config{Filters: 1, KernelSize: 1})
		check(err)
		_, err = l.BatchNorm()
		check(err)
		check(l.SetWeights(sepconv.Weights{Depthwise: make([]float32, 1), Pointwise: make([]float32, 1), Bias: make([]float32, 1)}))
	}
	for _, f := range []keras.Format{keras.Archive, keras.WeightsH5, keras.H5, keras.JSON, keras.Safetensors, ""} {
		check(model().Write(new(bytes.Buffer), f))
	}
	check(model().LoadWeights(files + "k3_chain.h5"))
	check(model().LoadWeights(files + "k3_strided.keras"))
}
