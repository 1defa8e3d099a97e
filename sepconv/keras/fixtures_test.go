package keras_test

import (
	"cmp"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

const (
	files = "testdata/files/"
	cases = "testdata/cases/"
)

// fixture is what is expected of a file: testdata/README.md.
type fixture struct {
	File    string          `json:"file"`
	Version string          `json:"keras_version"`
	Layers  []expectedLayer `json:"layers"`
	Runs    []expectedRun   `json:"runs"`
	Unnamed bool            `json:"unnamed"` // the file has no names of layers
	Bare    bool            `json:"without_weights"`
	Pieces  []string        `json:"pieces"`

	values []float32
}

type expectedLayer struct {
	Path    string `json:"path"`
	Class   string `json:"class"`
	Weights []struct {
		Shape []int  `json:"shape"`
		DType string `json:"dtype"`
		CRC   uint32 `json:"crc"`
	} `json:"weights"`
}

// expectedRun is what the layers of these paths, one after the other, make of an
// input in the real package.
type expectedRun struct {
	Layers      []string        `json:"layers"`
	InputShape  []int           `json:"input_shape"`
	OutputShape []int           `json:"output_shape"`
	Offset      int             `json:"offset"`
	Config      json.RawMessage `json:"config"` // where the file has none
}

func fixtures(t testing.TB, role string) (all []fixture) {
	f, err := os.Open("testdata/expected/" + role + ".json.gz")
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	require.NoError(t, json.NewDecoder(z).Decode(&all))
	raw, err := os.ReadFile("testdata/expected/" + role + ".f32")
	require.NoError(t, err)
	values := make([]float32, len(raw)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:]))
	}
	for i := range all {
		all[i].values = values
	}
	return all
}

func (f *fixture) arrays(r *expectedRun) (input, output []float32) {
	n, m := product(r.InputShape), product(r.OutputShape)
	return f.values[r.Offset : r.Offset+n], f.values[r.Offset+n : r.Offset+n+m]
}

func product(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func checksum(values []float32) uint32 {
	var b []byte
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return crc32.ChecksumIEEE(b)
}

// unreadable are the files that real packages wrote and that are an error here,
// with what it says.
var unreadable = map[string]string{
	"k3_pickled.keras": "which is never done", // objects of Keras 3, which cannot read it either
}

// Every file of the real packages: its layers and their weights, and what its
// layers compute.
func TestFixtures(t *testing.T) {
	count := 0
	for _, role := range []string{"keras3", "keras30", "keras212", "keras215"} {
		for _, f := range fixtures(t, role) {
			count++
			t.Run(f.File, func(t *testing.T) {
				m, err := keras.Open(files + f.File)
				if want := unreadable[f.File]; want != "" {
					require.ErrorIs(t, err, sepconv.ErrFile)
					require.ErrorContains(t, err, want)
					return
				}
				require.NoError(t, err)
				if f.Pieces != nil {
					var names []string
					for _, p := range f.Pieces {
						names = append(names, files+p)
					}
					require.NoError(t, m.LoadWeights(names...))
				}
				f.checkLayers(t, m)
				for _, run := range f.Runs {
					f.checkRun(t, m, &run)
				}
			})
		}
	}
	require.GreaterOrEqual(t, count, 40)
	known, err := filepath.Glob(files + "*")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(known), count)
}

// checkLayers compares the list of layers with the package's own.
func (f *fixture) checkLayers(t *testing.T, m *keras.Model) {
	if v := m.Version; v != "" && f.Version != "" {
		require.Equal(t, f.Version, v)
	}
	var want, got []expectedLayer
	unlisted := true // by a configuration
	for l := range m.All() {
		unlisted = unlisted && l.Class == ""
	}
	for _, l := range f.Layers {
		if unlisted && len(l.Weights) == 0 {
			continue // of which a file of weights says nothing
		}
		if f.Unnamed {
			l.Path = ""
		}
		if parts := strings.Split(l.Path, "/"); unlisted && m.Format == keras.H5 && len(parts) > 2 {
			l.Path = parts[0] + "/" + parts[len(parts)-1] // of models in between such a file says nothing
		}
		if f.Bare {
			l.Weights = nil
		}
		if unlisted {
			l.Class = ""
		}
		for i, w := range l.Weights {
			if f.Bare || w.Shape == nil {
				l.Weights[i].Shape = []int{}
			}
		}
		want = append(want, l)
	}
	for l := range m.All() {
		if unlisted && len(l.Weights) == 0 {
			continue
		}
		g := expectedLayer{Path: l.Path, Class: l.Class}
		if f.Unnamed {
			g.Path = ""
		}
		for _, w := range l.Weights {
			g.Weights = append(g.Weights, struct {
				Shape []int  `json:"shape"`
				DType string `json:"dtype"`
				CRC   uint32 `json:"crc"`
			}{w.Shape, w.DType, checksum(w.Values)})
		}
		got = append(got, g)
	}
	if unlisted { // in the order of the file's groups, not of the model
		sorted := func(l []expectedLayer) {
			slices.SortFunc(l, func(a, b expectedLayer) int { return strings.Compare(text(a), text(b)) })
		}
		sorted(want)
		sorted(got)
	}
	require.Len(t, got, len(want))
	for i := range want {
		require.Equal(t, text(want[i]), text(got[i]))
	}
}

func text(l expectedLayer) string {
	if len(l.Weights) == 0 {
		l.Weights = nil
	}
	b, _ := json.Marshal(l)
	return string(b)
}

// checkRun runs the layer, or the block of the layers, that the package ran.
func (f *fixture) checkRun(t *testing.T, m *keras.Model, run *expectedRun) {
	if f.Unnamed || f.Bare || m.Class == "" && run.Config == nil {
		return // TestLoadWeights gives these files a configuration
	}
	input, _ := f.arrays(run)
	if len(run.Layers) == 1 {
		layer := f.layerOf(t, m, run)
		f.compare(t, run, layer, newSignal(input).through(layer, run.InputShape).linear(layer))
		return
	}
	if layer := blockOf(t, m, run.Layers); layer != nil {
		f.compare(t, run, layer, chainTruth(t, m, run, input))
	}
}

// layerOf returns the layer that the package ran.
func (f *fixture) layerOf(t *testing.T, m *keras.Model, run *expectedRun) *sepconv.Layer {
	l, err := m.Layer(run.Layers[0])
	require.NoError(t, err)
	if run.Config == nil {
		layer, err := l.SeparableConv1D()
		require.NoError(t, err)
		return layer
	}
	_, err = l.SeparableConv1D()
	require.ErrorContains(t, err, "use Build")
	var c sepconv.Config
	require.NoError(t, json.Unmarshal(run.Config, &c))
	layer, err := l.Build(c)
	require.NoError(t, err)
	return layer
}

// blockOf returns the block that computes exactly these layers, if there is one;
// what a block cannot fold in, TestBlocks names.
func blockOf(t *testing.T, m *keras.Model, paths []string) *sepconv.Layer {
	blocks, err := m.Blocks()
	require.NoError(t, err)
	for _, b := range blocks {
		var computes []string
		for _, l := range b.Computes {
			computes = append(computes, l.Path)
		}
		if slices.Equal(computes, paths) {
			return b.Layer
		}
	}
	return nil
}

// smooth are the activations of the files that are not more than 1.2 times as
// steep as the identity anywhere, so that errors before them bound those after,
// with what the rounding of their own formulas may add.
var smooth = map[string]float64{
	"linear": 0, "relu": 0, "relu6": 0, "tanh": 4e-7, "sigmoid": 4e-7, "elu": 4e-7, "softsign": 4e-7, "hard_sigmoid": 4e-7,
	"hard_sigmoid_keras2": 4e-7, "leaky_relu": 1e-7, "silu": 1e-6, "gelu": 1e-6, "softmax": 1e-6,
}

// jumps: threshold has a jump, and near it nothing can be compared.
const jumpAt, jumpWidth = 0.5, 1e-4

// compare runs the layer and compares with the package's output. Each of the two
// is within the contract's bound of the true value,
//
//	|y - y64| <= (k + C*M + 2) * 2^-24 * sum|terms|
//
// which is also compared where there is no activation.
func (f *fixture) compare(t *testing.T, run *expectedRun, layer *sepconv.Layer, truth signal) {
	_, want := f.arrays(run)
	got := compute(t, run, layer, f)
	c := layer.Config()
	slack, known := smooth[c.Activation.Name()]
	require.True(t, known || c.Activation.Name() == "threshold", c.Activation.Name())
	require.Len(t, truth, len(want))
	for i := range want {
		bound := truth[i].bound
		if c.Activation == sepconv.Linear {
			require.InDelta(t, truth[i].value, got[i], bound, "%v: element %d", run.Layers, i)
		}
		if c.Activation == sepconv.Softmax {
			bound = slices.MaxFunc(truth, func(a, b interval) int { return cmp.Compare(a.bound, b.bound) }).bound
		}
		if math.Abs(truth[i].value-jumpAt) < jumpWidth && c.Activation.Name() == "threshold" {
			continue
		}
		require.InDelta(t, want[i], got[i], 2.4*bound+slack, "%v: element %d", run.Layers, i)
	}
}

// compute runs the layer on the input that the package had.
func compute(t *testing.T, run *expectedRun, layer *sepconv.Layer, f *fixture) []float32 {
	input, _ := f.arrays(run)
	batch, steps := run.InputShape[0], run.InputShape[1]
	if layer.Config().DataFormat == sepconv.ChannelsFirst {
		steps = run.InputShape[2]
	}
	shape, err := layer.OutputShape(batch, steps)
	require.NoError(t, err)
	require.Equal(t, run.OutputShape, shape[:])
	plan, err := layer.Compile()
	require.NoError(t, err)
	got := make([]float32, product(shape[:]))
	require.NoError(t, plan.Run(got, input, batch, steps))
	return got
}
