package keras_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// The files of PyTorch: every tensor, and what its pairs of layers compute.
func TestTorch(t *testing.T) {
	for _, f := range fixtures(t, "torch") {
		t.Run(f.File, func(t *testing.T) {
			m, err := keras.Open(files + f.File)
			require.NoError(t, err)
			require.Equal(t, keras.Safetensors, m.Format)
			f.checkTensors(t, m)
			for _, run := range f.Runs {
				var c sepconv.Config
				require.NoError(t, json.Unmarshal(run.Config, &c))
				names := run.Layers[0]
				if names != "" {
					names += "."
				}
				c.Filters, c.KernelSize, c.DepthMultiplier = 0, 0, 0 // as the shapes say
				layer, err := m.TorchSeparableConv1D(c, run.InputShape[1], names+"depthwise", names+"pointwise")
				require.NoError(t, err)
				f.checkTorchRun(t, m, &run, layer)
			}
		})
	}
}

// checkTensors compares shapes, types and values with PyTorch's.
func (f *fixture) checkTensors(t *testing.T, m *keras.Model) {
	got := map[string]*keras.Tensor{}
	for l := range m.All() {
		for _, w := range l.Weights {
			got[strings.TrimPrefix(l.Path+"."+w.Name, ".")] = w
		}
	}
	for _, l := range f.Layers {
		w, want := got[l.Path], l.Weights[0]
		require.NotNil(t, w, l.Path)
		require.Equal(t, want.Shape, w.Shape, l.Path)
		require.Equal(t, want.CRC, checksum(w.Values), l.Path)
	}
}

// checkTorchRun compares with what PyTorch computed, a BatchNorm1d after the layer
// included. PyTorch adds a bias of the depthwise layer before the pointwise one:
// terms that cancel in ours.
func (f *fixture) checkTorchRun(t *testing.T, m *keras.Model, run *expectedRun, layer *sepconv.Layer) {
	input, want := f.arrays(run)
	truth := newSignal(input).through(layer, run.InputShape)
	roundings := terms(layer) + 4
	for _, name := range run.Layers[1:] {
		l, err := m.Layer(name)
		require.NoError(t, err)
		norm, err := l.BatchNorm()
		require.NoError(t, err)
		require.Equal(t, 1e-5, norm.Epsilon)
		layer, err = layer.FoldBatchNorm(norm)
		require.NoError(t, err)
		truth, roundings = truth.normedFirst(norm, run.OutputShape), roundings+4
	}
	got := compute(t, run, layer, f)
	for i, y := range truth.within(roundings) {
		require.InDelta(t, y.value, got[i], y.bound, "element %d", i)
		require.InDelta(t, want[i], got[i], 2*y.bound+1e-6, "element %d", i)
	}
}

// normedFirst is normed for an array of shape (batch, channels, steps).
func (x signal) normedFirst(b sepconv.BatchNorm, shape []int) signal {
	channels, steps := shape[1], shape[2]
	for c := range channels {
		one := sepconv.BatchNorm{Gamma: b.Gamma[c : c+1], Beta: b.Beta[c : c+1], Mean: b.Mean[c : c+1], Variance: b.Variance[c : c+1], Epsilon: b.Epsilon}
		for n := range shape[0] {
			x[(n*channels+c)*steps : (n*channels+c+1)*steps].normed(one)
		}
	}
	return x
}

// The mapping, element by element, and back.
func TestTorchMapping(t *testing.T) {
	const k, channels, m, filters = 3, 2, 2, 3
	layer, err := sepconv.New(sepconv.Config{Filters: filters, KernelSize: k, DepthMultiplier: m}, channels)
	require.NoError(t, err)
	w := layer.Weights()
	torch := keras.ToTorch(layer)
	for q := range channels * m {
		for j := range k {
			require.Equal(t, w.Depthwise[(j*channels+q/m)*m+q%m], torch.Depthwise[q*k+j])
		}
		for f := range filters {
			require.Equal(t, w.Pointwise[q*filters+f], torch.Pointwise[f*channels*m+q])
		}
	}
	again, err := torch.Layer(layer.Config(), channels)
	require.NoError(t, err)
	require.Equal(t, w, again.Weights())
}

// A bias of the depthwise layer alone makes a bias of the layer.
func TestTorchDepthwiseBias(t *testing.T) {
	layer, err := keras.TorchWeights{
		Depthwise: []float32{1, 1}, DepthwiseBias: []float32{0.5, 2}, Pointwise: []float32{1, 2, 3, 4},
	}.Layer(sepconv.Config{Filters: 2, KernelSize: 1, NoBias: true}, 2)
	require.NoError(t, err)
	require.Equal(t, []float32{0.5 + 2*2, 0.5*3 + 2*4}, layer.Weights().Bias)
}

func TestTorchErrors(t *testing.T) {
	good := keras.TorchWeights{Depthwise: make([]float32, 6), Pointwise: make([]float32, 8)}
	c := sepconv.Config{Filters: 4, KernelSize: 3}
	_, err := good.Layer(c, 2)
	require.NoError(t, err)
	for want, try := range map[string]func() error{
		"depthwise weight has 6": func() error { _, err := good.Layer(c, 3); return err },
		"depthwise weight has 5": func() error { t := good; t.Depthwise = t.Depthwise[:5]; _, err := t.Layer(c, 2); return err },
		"pointwise weight has 7": func() error { t := good; t.Pointwise = t.Pointwise[:7]; _, err := t.Layer(c, 2); return err },
		"depthwise bias has 1":   func() error { t := good; t.DepthwiseBias = ones(1); _, err := t.Layer(c, 2); return err },
		"the bias has 3":         func() error { t := good; t.Bias = ones(3); _, err := t.Layer(c, 2); return err },
		"all must be at least 1": func() error { _, err := good.Layer(sepconv.Config{Filters: 4}, 2); return err },
		"and -1 channels":        func() error { _, err := good.Layer(c, -1); return err },
		"strides is 2 and dilation": func() error {
			_, err := good.Layer(sepconv.Config{Filters: 4, KernelSize: 3, Strides: 2, DilationRate: 2}, 2)
			return err
		},
	} {
		require.ErrorContains(t, try(), want)
	}
	m, err := keras.Open(files + "torch_network.safetensors")
	require.NoError(t, err)
	for want, names := range map[string][3]any{
		`no layer "9.depthwise"`:       {3, "9.depthwise", "0.pointwise"},
		`no layer "9.pointwise"`:       {3, "0.depthwise", "9.pointwise"},
		"which a Conv1d has not":       {3, "1", "0.pointwise"},
		"its weight has shape [4 3 1]": {3, "0.pointwise", "0.pointwise"},
		"2 groups do not divide":       {2, "0.depthwise", "0.pointwise"},
		"0 groups do not divide":       {0, "0.depthwise", "0.pointwise"},
		"after a depthwise layer of 3": {3, "0.depthwise", "3.pointwise"},
	} {
		_, err := m.TorchSeparableConv1D(sepconv.Config{}, names[0].(int), names[1].(string), names[2].(string))
		require.ErrorIs(t, err, sepconv.ErrFile, want)
		require.ErrorContains(t, err, want)
	}
	conv, err := m.Layer("0.depthwise")
	require.NoError(t, err)
	_, err = conv.BatchNorm()
	require.ErrorIs(t, err, sepconv.ErrWeights)
}
