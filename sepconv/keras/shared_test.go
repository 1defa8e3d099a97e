package keras_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/hdf5"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// unzipped writes the members of an archive to a directory of the test.
func unzipped(t *testing.T, name string) (dir string) {
	dir = t.TempDir()
	z, err := zip.OpenReader(name)
	require.NoError(t, err)
	defer z.Close()
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		data, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(f.Name)), data, 0o600))
	}
	return dir
}

// checkKernels compares the depthwise kernels at some places, those of all layers of
// the class, with checksums.
func checkKernels(t *testing.T, m *keras.Model, want map[string]uint32) {
	for path, crc := range want {
		l, err := m.Layer(path)
		require.NoError(t, err)
		require.NotEmpty(t, l.Weights, path)
		require.Equal(t, crc, checksum(l.Weights[0].Values), path)
	}
	layers, err := m.SeparableConv1Ds()
	require.NoError(t, err)
	require.Len(t, layers, len(want))
	blocks, err := m.Blocks()
	require.NoError(t, err)
	require.Len(t, blocks, len(want))
}

// checkObjects builds all layers: those of one object, which are those with equal
// kernels, once.
func checkObjects(t *testing.T, m *keras.Model) {
	layers, err := m.SeparableConv1Ds()
	require.NoError(t, err)
	objects, kernels := map[*sepconv.Layer]bool{}, map[uint32]bool{}
	for _, l := range layers {
		objects[l] = true
		kernels[checksum(l.Weights().Depthwise)] = true
	}
	require.Len(t, objects, len(kernels))
}

// A layer or a model that is used again, in a wrapper or in another model, has its
// weights at all places, in all formats of both generations. An .h5 has them at each
// place, and mostly does not say that it is one object; without two_deep and cell,
// whose .h5 Keras itself does not load or whose arrays are those of a cell.
func TestSharedLayers(t *testing.T) {
	for _, generation := range []string{"k2", "k3"} {
		dir := unzipped(t, graphs+generation+"_shared.zip")
		text, err := os.ReadFile(filepath.Join(dir, "expected.json"))
		require.NoError(t, err)
		var models map[string]map[string]uint32
		require.NoError(t, json.Unmarshal(text, &models))
		require.Len(t, models, 6)
		for name, want := range models {
			t.Run(generation+"_"+name, func(t *testing.T) {
				m, err := keras.Open(filepath.Join(dir, name+".keras"))
				require.NoError(t, err)
				checkKernels(t, m, want)
				checkObjects(t, m)
				m, err = keras.Open(filepath.Join(dir, name+".json"))
				require.NoError(t, err)
				for _, weights := range []string{".keras", ".weights.h5"} {
					require.NoError(t, m.LoadWeights(filepath.Join(dir, name+weights)), weights)
					checkKernels(t, m, want)
					checkObjects(t, m)
				}
				if name == "two_deep" || name == "cell" {
					return
				}
				require.NoError(t, m.LoadWeights(filepath.Join(dir, name+".h5")))
				checkKernels(t, m, want)
				m, err = keras.Open(filepath.Join(dir, name+".h5"))
				require.NoError(t, err)
				checkKernels(t, m, want)
			})
		}
	}
}

// The recurrent layer of "cell" has its weights in a cell that only they list.
func TestSharedCell(t *testing.T) {
	for _, generation := range []string{"k2", "k3"} {
		dir := unzipped(t, graphs+generation+"_shared.zip")
		m, err := keras.Open(filepath.Join(dir, "cell.keras"))
		require.NoError(t, err)
		a, err := m.Layer("A/lstm")
		require.NoError(t, err)
		b, err := m.Layer("B/lstm")
		require.NoError(t, err)
		require.Len(t, a.Layers, 1)
		require.Equal(t, a.Layers, b.Layers)
	}
}

// The values are what the real packages hold: of td_model and td_model_first what
// Keras loads, of the others, which it cannot load, what is in the file.
func TestSharedSubmodelCases(t *testing.T) {
	for name, want := range map[string]struct {
		places []string
		first  []float32
	}{
		"td_model":       {[]string{"E/c", "td/E/c"}, []float32{-0.09721079, -0.33585167}},
		"td_model_first": {[]string{"E/c", "td/E/c"}, []float32{-0.42503345, -0.05398923}},
		"sub_in_sub":     {[]string{"E/c", "F/E/c"}, []float32{-0.234927, 0.3030362}},
		"two_sub":        {[]string{"A/c", "B/c"}, []float32{0.23009002, -0.13214707}},
		"siamese":        {[]string{"c"}, []float32{0.14088386, 0.03917944}},
	} {
		file := cases + "shared-submodel/" + name
		m, err := keras.Open(file + ".keras")
		require.NoError(t, err)
		models := []*keras.Model{m}
		if _, err := os.Stat(file + ".json"); err == nil {
			m, err := keras.Open(file + ".json")
			require.NoError(t, err)
			require.NoError(t, m.LoadWeights(file+".keras"))
			models = append(models, m)
		}
		for _, m := range models {
			var places []string
			l, err := m.Layer(want.places[len(want.places)-1])
			require.NoError(t, err)
			for place := range l.Places() {
				places = append(places, place.Path)
			}
			require.Equal(t, want.places, places)
			for range l.Places() {
				break
			}
			crcs := map[string]uint32{}
			for _, path := range want.places {
				l, err := m.Layer(path)
				require.NoError(t, err)
				require.Len(t, l.Weights, 3, path)
				require.InDeltaSlice(t, want.first, l.Weights[0].Values[:2], 1e-8)
				crcs[path] = checksum(l.Weights[0].Values)
			}
			checkKernels(t, m, crcs)
		}
	}
}

// Weights that are set at one place are those of all, also in what is written.
func TestSetSharedWeights(t *testing.T) {
	for _, generation := range []string{"k2", "k3"} {
		dir := unzipped(t, graphs+generation+"_shared.zip")
		for _, ending := range []string{".keras", ".h5"} {
			if generation+ending == "k3.h5" {
				continue // where they are two objects, to Keras too
			}
			for _, set := range []string{"A/c", "B/c"} {
				m, err := keras.Open(filepath.Join(dir, "two"+ending))
				require.NoError(t, err)
				l, err := m.Layer(set)
				require.NoError(t, err)
				layer, err := l.SeparableConv1D()
				require.NoError(t, err)
				w := layer.Weights()
				for i := range w.Depthwise {
					w.Depthwise[i] = float32(i)
				}
				require.NoError(t, l.SetWeights(w))
				again := rewritten(t, m, m.Format)
				for _, m := range []*keras.Model{m, again} {
					for _, path := range []string{"A/c", "B/c"} {
						l, err := m.Layer(path)
						require.NoError(t, err)
						require.Equal(t, w.Depthwise, l.Weights[0].Values, "%s %s: set at %s", path, ending, set)
					}
					other, err := m.Layer("B/d")
					require.NoError(t, err)
					require.NotEqual(t, w.Depthwise, other.Weights[0].Values)
				}
			}
		}
	}
}

// Equal names and configurations alone do not make one object: not where both are
// in the file, not where the file has nothing of the model around, and not if there
// are two that it could be.
func TestNotShared(t *testing.T) {
	dir := unzipped(t, graphs+"k3_shared.zip")
	load := func(config string) *keras.Model {
		m, err := read([]byte(config))
		require.NoError(t, err)
		require.NoError(t, m.LoadWeights(filepath.Join(dir, "two.weights.h5")))
		return m
	}
	sub := func(name string, layers ...string) string {
		list := ""
		for _, l := range layers {
			list += "," + l
		}
		return `{"class_name": "Functional", "config": {"name": "` + name + `", "layers": [` + list[1:] + `], "input_layers": [], "output_layers": []}}`
	}
	c := `{"class_name": "SeparableConv1D", "config": {"name": "c", "filters": 2, "kernel_size": 3, "padding": "same"}}`
	d := `{"class_name": "SeparableConv1D", "config": {"name": "d", "filters": 2, "kernel_size": 3, "padding": "same"}}`
	input := `{"class_name": "InputLayer", "config": {"name": "i"}}`
	places := func(m *keras.Model) (list []string) {
		for l := range m.All() {
			if l.IsSeparableConv1D() && len(l.Weights) > 0 {
				list = append(list, l.Path)
			}
		}
		return list
	}
	add := `{"class_name": "Add", "config": {"name": "add"}}`
	relu := `{"class_name": "ReLU", "config": {"name": "re_lu"}}`
	require.Equal(t, []string{"A/c", "B/c", "B/d"}, places(load(sub("m", input, sub("A", input, c), sub("B", input, c, d, relu), add))))
	// The third model is not in the file.
	m, err := read([]byte(sub("m", input, sub("A", input, c), sub("B", input, c, d, relu), sub("C", input, c), add)))
	require.NoError(t, err)
	err = m.LoadWeights(filepath.Join(dir, "two.weights.h5"))
	require.ErrorIs(t, err, sepconv.ErrWeights)
	require.ErrorContains(t, err, `"C/c"`)
	require.Empty(t, places(m))
	// What is in the file twice may be either.
	for _, shared := range []string{c, c[:len(c)-1] + `, "shared_object_id": 5}`} {
		w := hdf5.NewWriter()
		for _, model := range []string{"functional", "functional_1"} {
			vars := w.Root().Group("layers").Group(model).Group("layers").Group("separable_conv1d").Group("vars")
			for i, shape := range [][]int{{3, 2, 1}, {1, 2, 2}, {2}} {
				vars.Dataset(fmt.Sprint(i), shape, ones(product(shape)))
			}
		}
		w.Root().Group("layers").Group("functional_2").Group("layers").Group("input_layer").Group("vars")
		var b bytes.Buffer
		_, err := w.WriteTo(&b)
		require.NoError(t, err)
		other := strings.ReplaceAll(c, `"name": "c"`, `"name": "other"`)
		for _, last := range []string{shared, strings.ReplaceAll(shared, `"name": "c"`, `"name": "third"`)} {
			config := sub("m", input, sub("A", input, c), sub("B", input, c), sub("C", input, last))
			_, err := read(pack(t, part{"config.json", []byte(config)}, part{"model.weights.h5", b.Bytes()}))
			require.ErrorIs(t, err, sepconv.ErrWeights)
			require.ErrorContains(t, err, `"C/`)
		}
		config := sub("m", input, sub("A", input, c), sub("B", input, other), sub("C", input, shared))
		m, err := read(pack(t, part{"config.json", []byte(config)}, part{"model.weights.h5", b.Bytes()}))
		require.NoError(t, err)
		require.Equal(t, []string{"A/c", "B/other", "C/c"}, places(m))
	}
}
