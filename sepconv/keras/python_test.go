package keras_test

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/initializers"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/sepconv/go/sepconv/regularizers"
	"github.com/stretchr/testify/require"
)

var writeTo = flag.String("write", "", "directory that TestFilesForPython writes to")

// handed describes a file for testdata/check.py: what Go put into it, and what Go
// computes with it.
type handed struct {
	File    string             `json:"file"`
	Weights map[string][]array `json:"weights"`          // by the path of the layer
	Input   *array             `json:"input,omitempty"`  // of a model of SeparableConv1D layers
	Output  *array             `json:"output,omitempty"` // what Go makes of it
	Like    string             `json:"like,omitempty"`   // the file whose layers up to Until compute the same
	Until   string             `json:"until,omitempty"`
	Halved  string             `json:"halved,omitempty"` // the file of Keras that this is with half its weights
}

type array struct {
	Shape  []int `json:"shape"`
	Offset int   `json:"offset"` // in floats
}

// handover collects files and arrays.
type handover struct {
	dir    string
	files  []handed
	values []byte
}

func (h *handover) array(shape []int, values []float32) array {
	a := array{slices.Clone(shape), len(h.values) / 4}
	for _, v := range values {
		h.values = binary.LittleEndian.AppendUint32(h.values, math.Float32bits(v))
	}
	return a
}

// save writes a model in a format, and what to expect of it.
func (h *handover) save(t *testing.T, m *keras.Model, name string) *handed {
	require.NoError(t, m.Save(filepath.Join(h.dir, name)), name)
	f := handed{File: name, Weights: map[string][]array{}}
	for l := range m.All() {
		for _, w := range l.Weights {
			f.Weights[l.Path] = append(f.Weights[l.Path], h.array(w.Shape, w.Values))
		}
	}
	h.files = append(h.files, f)
	return &h.files[len(h.files)-1]
}

// run adds an input and what the layers make of it, one after the other.
func (h *handover) run(t *testing.T, f *handed, layers []*sepconv.Layer, shape [3]int) {
	x := make([]float32, product(shape[:]))
	for i := range x {
		x[i] = float32(math.Sin(float64(i * i)))
	}
	in := h.array(shape[:], x)
	for _, l := range layers {
		steps := shape[1]
		if l.Config().DataFormat == sepconv.ChannelsFirst {
			steps = shape[2]
		}
		out, err := l.OutputShape(shape[0], steps)
		require.NoError(t, err)
		plan, err := l.Compile()
		require.NoError(t, err)
		y := make([]float32, product(out[:]))
		require.NoError(t, plan.Run(y, x, shape[0], steps))
		x, shape = y, out
	}
	out := h.array(shape[:], x)
	f.Input, f.Output = &in, &out
}

// The files that testdata/check.py loads into the real packages. Without -write
// they go into a temporary directory and are only read back here.
func TestFilesForPython(t *testing.T) {
	dir := *writeTo
	if dir == "" {
		dir = t.TempDir()
	}
	h := &handover{dir: dir}
	h.plainFiles(t)
	h.rewrittenFiles(t)
	h.halvedFiles(t)
	h.loadedFile(t)
	h.foldedFile(t)
	h.configs(t)
	text, err := json.Marshal(h.files)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "expected.json"), text, 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "values.f32"), h.values, 0o666))
	require.GreaterOrEqual(t, len(h.files), 60)
	for _, f := range h.files {
		_, err := keras.Open(filepath.Join(dir, f.File))
		require.NoError(t, err, f.File)
	}
}

// plainFiles writes models of SeparableConv1D layers in all formats.
func (h *handover) plainFiles(t *testing.T) {
	const first = sepconv.ChannelsFirst
	every := []string{".keras", ".weights.h5", ".h5", ".json", ".safetensors"}
	only3 := []string{".keras", ".weights.h5", ".json"}
	for _, model := range []struct {
		name     string
		suffixes []string
		shape    [3]int
		layers   []*sepconv.Layer
	}{
		{"network", every, [3]int{2, 30, 3}, network(t)},
		{"options", every, [3]int{2, 20, 3}, []*sepconv.Layer{newLayer(t, sepconv.Config{
			Filters: 4, KernelSize: 3, Name: "options", Activation: sepconv.ReLUWith(6, 0.25, 0.5),
			DepthwiseInitializer: initializers.HeNormal{Seed: 3}, PointwiseInitializer: initializers.Orthogonal{Gain: 2}, BiasInitializer: initializers.Constant{Value: 0.5},
			DepthwiseRegularizer: regularizers.L1{Factor: 0.5}, PointwiseRegularizer: regularizers.L1L2{L1: 0.25, L2: 0.5}, ActivityRegularizer: regularizers.L2{Factor: 0.125},
			DepthwiseConstraint: constraints.MaxNorm{MaxValue: 3}, PointwiseConstraint: constraints.UnitNorm{Axis: []int{1}}, BiasConstraint: constraints.MinMaxNorm{Min: 0.5, Max: 2, Rate: 0.5},
		}, 3)}},
		{"first", only3, [3]int{2, 3, 20}, []*sepconv.Layer{newLayer(t, sepconv.Config{Filters: 5, KernelSize: 3, DataFormat: first, Activation: sepconv.Sigmoid}, 3)}},
		{"strided", only3, [3]int{2, 20, 3}, []*sepconv.Layer{newLayer(t, sepconv.Config{Filters: 5, KernelSize: 3, Strides: 2, DilationRate: 2, StridedDilation: true}, 3)}},
		{"causal", []string{".h5", ".weights.h5", ".safetensors"}, [3]int{2, 20, 3}, []*sepconv.Layer{
			newLayer(t, sepconv.Config{Filters: 4, KernelSize: 3, Padding: sepconv.Causal, DilationRate: 3, Activation: sepconv.HardSigmoidKeras2}, 3),
			newLayer(t, sepconv.Config{Filters: 2, KernelSize: 2, Padding: sepconv.Causal, Strides: 2, Activation: sepconv.SiLU}, 4),
		}},
		{"half", []string{".keras", ".h5"}, [3]int{2, 20, 3}, []*sepconv.Layer{newLayer(t, sepconv.Config{Filters: 5, KernelSize: 3, DType: "mixed_float16"}, 3)}},
	} {
		m, err := keras.Sequential(model.name, model.layers...)
		require.NoError(t, err)
		for _, suffix := range model.suffixes {
			f := h.save(t, m, model.name+suffix)
			if model.name != "half" { // which Keras computes in float16
				h.run(t, f, model.layers, model.shape)
			}
		}
	}
}

// rewrittenFiles writes models of the real packages with other weights.
func (h *handover) rewrittenFiles(t *testing.T) {
	for _, name := range []string{
		"k3_chain.keras", "k3_chain.h5", "k3_chain.weights.h5", "k3_nested.keras", "k3_nested.h5", "k3_shared.keras", "k3_wrapped.keras", "k3_layers300.keras",
		"k2_chain.keras", "k2_chain.h5", "k2_nested.keras", "k2_nested.h5", "k2_wrapped.h5", "k2_chain.saved_weights.h5", "k2_causal.keras", "k3_float16.keras",
		"k215_chain.keras", "k215_nested.h5", "k212_nested.keras", "k212_nested.h5",
	} {
		m, err := keras.Open(files + name)
		require.NoError(t, err)
		halve(m)
		h.save(t, m, "again_"+name)
	}
}

// halvedFiles writes every whole model of the cases, and those with every class,
// with half of each weight.
func (h *handover) halvedFiles(t *testing.T) {
	var names []string
	for _, pattern := range []string{"testdata/cases/*/*.keras", "testdata/cases/*/*.h5", "testdata/classes/*"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		names = append(names, found...)
	}
	count := 0
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			continue // an archive that somebody has unpacked
		}
		m, err := read(maybeGzipped(t, name))
		if err != nil || m.Class == "" {
			continue // not a whole model: other tests say what it is
		}
		if hasUnread(m) {
			require.ErrorContains(t, m.Write(io.Discard, m.Format), "cannot be written", name)
			continue
		}
		halve(m)
		base := filepath.Base(filepath.Dir(name)) + "_" + strings.TrimSuffix(filepath.Base(name), ".gz")
		f := h.save(t, m, "half_"+base)
		f.Halved, err = filepath.Rel("testdata", name)
		require.NoError(t, err)
		f.Halved = filepath.ToSlash(f.Halved)
		count++
	}
	require.GreaterOrEqual(t, count, 25)
}

// hasUnread reports whether a model has an array of a type or filter that is not read.
func hasUnread(m *keras.Model) bool {
	for l := range m.All() {
		for _, w := range l.Weights {
			if w.Err != nil {
				return true
			}
		}
	}
	return false
}

// halve halves weights, which makes no variance negative; integers, such as counts,
// stay.
func halve(m *keras.Model) {
	seen := map[*keras.Tensor]bool{}
	for l := range m.All() {
		for _, w := range l.Weights {
			if seen[w] || strings.Contains(w.DType, "int") {
				continue
			}
			seen[w] = true
			for i := range w.Values {
				w.Values[i] /= 2
			}
		}
	}
}

// loadedFile writes a model with the weights of another one of its kind, which has a
// layer more.
func (h *handover) loadedFile(t *testing.T) {
	m, err := keras.Open(cases + "loadweights/two.json")
	require.NoError(t, err)
	require.NoError(t, m.LoadWeights(cases+"loadweights/three.weights.h5"))
	h.save(t, m, "loaded.keras")
	h.save(t, m, "loaded.weights.h5")

	// Configurations with weights of another file, in the formats that take both.
	for name, from := range map[string][2]string{
		"k3_loaded.keras": {"k3_chain.json", "k3_chain.weights.h5"},
		"k3_of212.keras":  {"k3_chain.json", "k212_chain.keras"},
		"k3_loaded.h5":    {"k3_chain.json", "k3_chain.h5"},
		"k2_loaded.h5":    {"k2_chain.json", "k2_chain.saved_weights.h5"},
	} {
		m, err := keras.Open(files + from[0])
		require.NoError(t, err)
		require.NoError(t, m.LoadWeights(files+from[1]))
		halve(m)
		h.save(t, m, "again_"+name)
	}
	for name, from := range map[string]string{"k3_archive.json": "k3_chain.keras", "k2_archive.json": "k2_chain.keras", "k2_h5.json": "k2_chain.h5"} {
		m, err := keras.Open(files + from)
		require.NoError(t, err)
		h.save(t, m, "again_"+name)
	}
}

// foldedFile writes the blocks of a model as a model of their own, which computes
// what the original does up to a layer.
func (h *handover) foldedFile(t *testing.T) {
	m, err := keras.Open(files + "k3_chain.keras")
	require.NoError(t, err)
	blocks, err := m.Blocks()
	require.NoError(t, err)
	var layers []*sepconv.Layer
	for _, b := range blocks {
		layers = append(layers, b.Layer)
	}
	folded, err := keras.Sequential("folded", layers...)
	require.NoError(t, err)
	f := h.save(t, folded, "folded.keras")
	h.run(t, f, layers, [3]int{2, 30, 3})
	f.Like, f.Until = "k3_chain.keras", "conv4"
}

// configs writes every configuration of the golden vectors for both packages.
func (h *handover) configs(t *testing.T) {
	lines := map[keras.Keras][]string{}
	for _, g := range goldenConfigs(t) {
		var c sepconv.Config
		if json.Unmarshal(g.Config, &c) != nil {
			continue
		}
		for _, k := range []keras.Keras{keras.Keras2, keras.Keras3} {
			if text, err := keras.MarshalConfig(c, k); err == nil {
				lines[k] = append(lines[k], string(text))
			}
		}
	}
	require.GreaterOrEqual(t, len(lines[keras.Keras2]), 900)
	require.GreaterOrEqual(t, len(lines[keras.Keras3]), 900)
	for k, name := range map[keras.Keras]string{keras.Keras2: "configs2.jsonl", keras.Keras3: "configs3.jsonl"} {
		require.NoError(t, os.WriteFile(filepath.Join(h.dir, name), []byte(strings.Join(lines[k], "\n")), 0o666))
	}
}
