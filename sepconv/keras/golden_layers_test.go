package keras_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/hdf5"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// randomLayer is a layer with random arguments and weights, what it was given and
// what it makes of it: testdata/models/README.md.
type randomLayer struct {
	Name    string          `json:"name"`
	Model   json.RawMessage `json:"model"`
	Weights []layerWeights  `json:"weights"`
	Inputs  []goldenArray   `json:"inputs"`
	Outputs []goldenArray   `json:"outputs"`

	pack *goldenPack
}

// layerWeights is the name of a layer and its arrays, in JSON a list of the two.
type layerWeights struct {
	layer  string
	arrays []goldenArray
}

func (w *layerWeights) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&w.layer, &w.arrays})
}

// randomStep is what weights and inputs are multiples of.
const randomStep = 1.0 / 32

func randomLayers(t testing.TB) (all []*randomLayer) {
	names, err := filepath.Glob("testdata/models/random-*.zip")
	require.NoError(t, err)
	require.NotEmpty(t, names)
	for _, name := range names {
		p := &goldenPack{name: strings.TrimSuffix(filepath.Base(name), ".zip"), files: unzip(t, name)}
		for _, b := range p.take("numbers.i8") {
			p.values = append(p.values, float32(int8(b)))
		}
		for _, y := range float32s(p.take("truth.f32")) {
			p.truth = append(p.truth, float64(y))
		}
		values, truth := 0, 0
		for lines := bufio.NewScanner(bytes.NewReader(p.take("index.jsonl"))); lines.Scan(); {
			l := &randomLayer{pack: p}
			require.NoError(t, json.Unmarshal(lines.Bytes(), l))
			for _, a := range l.stored() {
				require.Equal(t, values, a.Offset, l.Name)
				values += product(a.Shape)
			}
			for _, a := range l.Outputs {
				require.Equal(t, truth, a.Truth, l.Name)
				truth += product(a.Shape)
			}
			all = append(all, l)
		}
		require.Equal(t, len(p.values), values, p.name)
		require.Equal(t, len(p.truth), truth, p.name)
		require.Empty(t, p.files, p.name)
	}
	return all
}

// stored are the arrays of weights and inputs.
func (l *randomLayer) stored() (all []goldenArray) {
	for _, w := range l.Weights {
		all = append(all, w.arrays...)
	}
	return append(all, l.Inputs...)
}

// numbers are those of a weight or an input: integers, or in steps.
func (l *randomLayer) numbers(a goldenArray) []float32 {
	list := append([]float32(nil), l.pack.float32s(a)...)
	if strings.HasPrefix(a.DType, "float") {
		for i := range list {
			list[i] *= randomStep
		}
	}
	return list
}

// model reads the configuration, and the weights from a file that they are put into
// as Keras puts them into .h5.
func (l *randomLayer) model(t testing.TB) *keras.Model {
	m, err := keras.Read(bytes.NewReader(l.Model), int64(len(l.Model)))
	require.NoError(t, err)
	if len(l.Weights) == 0 {
		return m
	}
	w := hdf5.NewWriter()
	var layers []string
	for _, layer := range l.Weights {
		g, names := w.Root().Group(layer.layer), []string(nil)
		for i, a := range layer.arrays {
			names = append(names, fmt.Sprint("w", i))
			if strings.HasPrefix(a.DType, "int") {
				g.Dataset(names[i], a.Shape, []int64{int64(l.numbers(a)[0])})
				continue
			}
			g.Dataset(names[i], a.Shape, l.numbers(a))
		}
		g.Attribute("weight_names", names)
		layers = append(layers, layer.layer)
	}
	w.Root().Attribute("layer_names", layers)
	w.Root().Attribute("keras_version", []byte("2.15.0"))
	w.Root().Attribute("backend", []byte("tensorflow"))
	var file bytes.Buffer
	_, err = w.WriteTo(&file)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "w.h5")
	require.NoError(t, os.WriteFile(path, file.Bytes(), 0o600))
	require.NoError(t, m.LoadWeights(path), "%s", l.Model)
	return m
}

// compute runs the layer and compares.
func (l *randomLayer) compute(t testing.TB) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	program, err := l.model(t).Compile()
	if err != nil {
		return err
	}
	var inputs, outputs [][]float32
	for _, in := range l.Inputs {
		inputs = append(inputs, l.numbers(in))
	}
	for _, out := range l.Outputs {
		outputs = append(outputs, make([]float32, product(out.Shape)))
	}
	if err := program.Run(outputs, inputs, l.Inputs[0].Shape[0]); err != nil {
		return err
	}
	for i, out := range l.Outputs {
		if share, at := l.pack.furthest(outputs[i], out); share > 1 {
			err = errors.Join(err, fmt.Errorf("output %d of shape %v, element %d is %v, in Keras %v: %.3g times the bound", i, out.Shape, at, outputs[i][at], l.pack.truths(out)[at], share))
		}
	}
	return err
}

// Each layer with random arguments computes what it does in Keras.
func TestGoldenLayers(t *testing.T) {
	counts := map[string]int{}
	for _, l := range randomLayers(t) {
		class, _, _ := strings.Cut(l.Name, "-")
		counts[class]++
		t.Run(l.pack.name+"/"+l.Name, func(t *testing.T) {
			require.NoError(t, l.compute(t), "%s", l.Model)
		})
	}
	require.GreaterOrEqual(t, len(counts), 40)
	for class, n := range counts {
		require.GreaterOrEqual(t, n, 40, class)
	}
}
