package keras_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sepconv/go/internal/hdf5"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// maybeGzipped returns what is in a file, unpacked if its name says that it is
// packed.
func maybeGzipped(t testing.TB, name string) []byte {
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	if !strings.HasSuffix(name, ".gz") {
		return data
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	data, err = io.ReadAll(z)
	require.NoError(t, err)
	return data
}

func openCase(t testing.TB, name string) *keras.Model {
	m, err := keras.Open(cases + name)
	require.NoError(t, err, name)
	return m
}

// firstWeights are the first values of the layers that have any, by path.
func firstWeights(m *keras.Model) map[string]float32 {
	values := map[string]float32{}
	for l := range m.All() {
		if len(l.Weights) > 0 {
			values[l.Path] = l.Weights[0].Values[0]
		}
	}
	return values
}

// Case loadweights: what Keras refuses is refused, and leaves the model as it was;
// a file with a layer more is loaded by order.
func TestCaseLoadWeights(t *testing.T) {
	const dir = "loadweights/"
	for _, c := range []struct{ model, weights, want string }{
		{"four", "three", `layer "d": sepconv: invalid shape of weights: the file has no arrays of it; the layer needs 2: depthwise_kernel of shape [1 1 1]`},
		{"dense3", "two", `layer "d": sepconv: invalid shape of weights: the file has no arrays of it; the layer needs 2: kernel of shape [1 3], bias of shape [3]`},
		{"dense3", "dense2", `layer "d": sepconv: invalid shape of weights: kernel has shape [1 2] in the file; the layer needs [1 3]`},
		{"wide", "two", `layer "a": sepconv: invalid shape of weights: depthwise_kernel has shape [1 1 1] in the file; the layer needs [2 1 1]`},
	} {
		m := openCase(t, dir+c.model+".json")
		err := m.LoadWeights(cases + dir + c.weights + ".weights.h5")
		require.ErrorIs(t, err, sepconv.ErrWeights, c.model)
		require.ErrorIs(t, err, sepconv.ErrFile, c.model)
		require.ErrorContains(t, err, c.want)
		require.Empty(t, firstWeights(m))
		require.ErrorContains(t, m.Write(io.Discard, keras.Archive), "no weights")
	}
	m := openCase(t, dir+"two.json")
	require.NoError(t, m.LoadWeights(cases+dir+"three.weights.h5"))
	loaded := map[string]float32{"a": 1, "b": 2}
	require.Equal(t, loaded, firstWeights(m))
	require.ErrorIs(t, m.LoadWeights(files+"k3_chain.weights.h5"), sepconv.ErrWeights)
	require.ErrorIs(t, m.LoadWeights(files+"k3_chain.h5"), sepconv.ErrWeights)
	require.Equal(t, loaded, firstWeights(m), "the model is as it was")
	require.Equal(t, loaded, firstWeights(rewritten(t, m, keras.Archive)))
}

// Case renamed: the old format goes by order, whatever the variables are called.
func TestCaseRenamed(t *testing.T) {
	for name, want := range map[string]map[string]float32{
		"suffixed": {"enc/conv_a": 2, "enc/conv_1_a": 10},
		"shifted":  {"enc/conv_1": 2, "enc/conv_2": 10},
		"swapped":  {"enc/conv_1": 2, "enc/conv": 10},
	} {
		for _, format := range []keras.Format{keras.H5, keras.Archive} {
			m := openCase(t, "renamed/"+name+string(format))
			require.Equal(t, want, firstWeights(m), "%s%s", name, format)
			require.Equal(t, want, firstWeights(rewritten(t, m, format)), "%s%s", name, format)
		}
	}
}

// Case assets: every member of an archive goes back, as it was and in its order.
func TestCaseAssets(t *testing.T) {
	original, err := os.ReadFile(cases + "assets/text.keras")
	require.NoError(t, err)
	members := append(unpack(t, original), part{name: "notes/", data: nil}, part{name: "notes/of nobody.bin", data: []byte{0, 1, 2}})
	m, err := read(pack(t, members...))
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, m.Write(&b, keras.Archive))
	again := unpack(t, b.Bytes())
	require.Len(t, again, len(members))
	for i, want := range members {
		require.Equal(t, want.name, again[i].name)
		if i != 0 && want.name != "model.weights.h5" {
			require.Equal(t, string(want.data), string(again[i].data), want.name)
		}
	}
	words := "assets/layers/text_vectorization/vocabulary.txt"
	require.Equal(t, memberOf(t, original, words), memberOf(t, b.Bytes(), words))
	require.NotEmpty(t, memberOf(t, original, words))

	// They count towards the limit, and other formats have no place for them.
	big := append(members, part{name: "assets/big", data: make([]byte, 1<<20)})
	_, err = read(pack(t, big...), keras.WithMaxBytes(1<<20))
	require.ErrorIs(t, err, sepconv.ErrFile)
	require.ErrorContains(t, err, "assets/big")
	_, err = read(pack(t, big...), keras.WithMaxBytes(4<<20))
	require.NoError(t, err)
	require.NoError(t, m.Write(io.Discard, keras.WeightsH5))
	require.ErrorContains(t, m.Write(io.Discard, keras.H5), "arranged as in .keras")
}

// Dates in an archive are the first that ZIP has, which Python's datetime takes.
func TestCaseDates(t *testing.T) {
	m, err := keras.Sequential("", network(t)...)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, m.Write(&b, keras.Archive))
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	require.NoError(t, err)
	for _, f := range z.File {
		require.Equal(t, time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), f.Modified.UTC(), f.Name)
		require.Equal(t, uint16(1<<5|1), f.ModifiedDate, "%s: day 1 of month 1 of 1980", f.Name)
	}
}

// Case Save: what no Keras would load is converted or refused.
func TestCaseSaveForeign(t *testing.T) {
	open := func(name string) *keras.Model {
		m, err := keras.Open(files + name)
		require.NoError(t, err)
		return m
	}
	loaded := func(config, weights string) *keras.Model {
		m := open(config)
		require.NoError(t, m.LoadWeights(files+weights))
		return m
	}
	for _, c := range []struct {
		model  *keras.Model
		format keras.Format
		want   string // of the error
	}{
		{open("k3_chain.h5"), keras.JSON, "is that of .h5 of Keras 3, which it does not load as .json"},
		{open("k3_chain.h5"), keras.WeightsH5, "arranged as in .h5"},
		{open("k2_custom.h5"), keras.Archive, "a class of the user's own"},
		{open("k2_chain.json"), keras.Archive, "no weights; read them with LoadWeights"},
		{loaded("k2_chain.json", "k2_chain.weights.h5"), keras.Archive, "is that of .h5 and to_json of Keras 2, which it does not load as .keras"},
		{loaded("k2_chain.json", "k2_chain.weights.h5"), keras.H5, "arranged as in .keras"},
		{open("k3_chain.keras"), keras.H5, "arranged as in .keras"},
	} {
		err := c.model.Write(io.Discard, c.format)
		require.ErrorIs(t, err, sepconv.ErrFile)
		require.ErrorContains(t, err, c.want)
	}

	// A configuration goes as what its own Keras reads, with a version that fits.
	for _, c := range []struct {
		model   *keras.Model
		format  keras.Format
		version string
	}{
		{open("k2_chain.keras"), keras.Archive, "2."},
		{open("k2_chain.keras"), keras.JSON, ""},
		{open("k2_chain.h5"), keras.JSON, ""},
		{loaded("k2_chain.json", "k2_chain.saved_weights.h5"), keras.H5, "2."},
		{open("k3_chain.h5"), keras.H5, "3."},
		{open("k3_chain.h5"), keras.Archive, "3."},
		{loaded("k2_chain.json", "k2_chain.saved_weights.h5"), keras.Archive, "3."},
		{loaded("k3_chain.json", "k3_chain.weights.h5"), keras.Archive, "3."},
	} {
		again := rewritten(t, c.model, c.format)
		require.True(t, strings.HasPrefix(again.Version, c.version), "%s is not %s", again.Version, c.version)
		require.Equal(t, convPaths(c.model), convPaths(again))
	}

	// A model of SeparableConv1D layers is converted.
	for _, name := range []string{"../cases/save/k3_plain.h5", "k2_plain.h5", "k3_plain.keras"} {
		m := open(name)
		want, err := m.SeparableConv1Ds()
		require.NoError(t, err)
		again := rewritten(t, m, keras.Archive)
		require.True(t, strings.HasPrefix(again.Version, "3."), again.Version)
		got, err := again.SeparableConv1Ds()
		require.NoError(t, err)
		sameLayers(t, want, got)
		if name != "k2_plain.h5" { // of which its own Keras has the JSON
			var b bytes.Buffer
			require.NoError(t, m.Write(&b, keras.JSON))
			require.Contains(t, b.String(), `"module": "keras"`)
		}
	}
}

// What a caller has done to the layers is written, or an error that says what does
// not fit; nothing is left out silently.
func TestSaveOfEdited(t *testing.T) {
	for _, name := range []string{"k3_chain.keras", "k3_chain.h5", "k2_chain.h5", "k3_chain.weights.h5"} {
		edited := func(edit func(m *keras.Model, conv, dense *keras.Layer)) *keras.Model {
			m, err := keras.Open(files + name)
			require.NoError(t, err)
			conv, err := m.Layer("conv1")
			require.NoError(t, err)
			dense, err := m.Layer("dense")
			require.NoError(t, err)
			edit(m, conv, dense)
			return m
		}
		m := edited(func(_ *keras.Model, _, dense *keras.Layer) {
			dense.Weights[1] = &keras.Tensor{Shape: []int{2}, Values: []float32{5, 6}}
			dense.Weights = append([]*keras.Tensor{{Shape: []int{3, 2}, Values: []float32{1, 2, 3, 4, 5, 6}}}, dense.Weights[1:]...)
		})
		dense, err := rewritten(t, m, m.Format).Layer("dense")
		require.NoError(t, err)
		require.Equal(t, []float32{1, 2, 3, 4, 5, 6}, dense.Weights[0].Values, name)
		require.Equal(t, []float32{5, 6}, dense.Weights[1].Values, name)

		for want, edit := range map[string]func(m *keras.Model, conv, dense *keras.Layer){
			`layer "dense": sepconv: invalid shape of weights: array 1 is nil`:                func(_ *keras.Model, _, d *keras.Layer) { d.Weights[1] = nil },
			`layer "dense": sepconv: invalid shape of weights: it has 1 arrays`:               func(_ *keras.Model, _, d *keras.Layer) { d.Weights = d.Weights[:1] },
			`has shape [2 3]; it was read with [3 2]`:                                         func(_ *keras.Model, _, d *keras.Layer) { d.Weights[0].Shape = []int{2, 3} },
			`has 5 values; shape [3 2] needs 6`:                                               func(_ *keras.Model, _, d *keras.Layer) { d.Weights[0].Values = d.Weights[0].Values[1:] },
			`layer "renamed": sepconv: invalid configuration: its name, class or`:             func(_ *keras.Model, c, _ *keras.Layer) { c.Name, c.Path = "renamed", "renamed" },
			`layer "conv1": sepconv: invalid configuration: its name, class or configuration`: func(_ *keras.Model, c, _ *keras.Layer) { c.Config = []byte(`{"name": "conv1"}`) },
			`is missing; Save writes`:                                                         func(m *keras.Model, _, _ *keras.Layer) { m.Layers = m.Layers[:len(m.Layers)-1] },
			`the layers are not those that were read`:                                         func(m *keras.Model, _, _ *keras.Layer) { m.Layers[0], m.Layers[1] = m.Layers[1], m.Layers[0] },
			`layer 0 of the model is nil`:                                                     func(m *keras.Model, _, _ *keras.Layer) { m.Layers[0] = nil },
		} {
			m := edited(edit)
			var b bytes.Buffer
			err := m.Write(&b, m.Format)
			require.ErrorIs(t, err, sepconv.ErrFile, name)
			require.ErrorContains(t, err, want, name)
			require.Empty(t, b.Bytes(), "nothing is written when there is an error")
		}
	}
	for _, f := range formats { // a model that was not read
		if f != keras.Safetensors { // which may hold nothing
			require.ErrorIs(t, (&keras.Model{}).Write(io.Discard, f), sepconv.ErrFile, f)
		}
		require.ErrorIs(t, (&keras.Model{Layers: []*keras.Layer{nil, {}}}).Write(io.Discard, f), sepconv.ErrFile, f)
		require.ErrorIs(t, (&keras.Model{Layers: []*keras.Layer{{Class: "SeparableConv1D", Weights: []*keras.Tensor{nil, nil}}}}).Write(io.Discard, f), sepconv.ErrFile, f)
	}
}

// Integers are written as what they are made: whole numbers.
func TestSaveOfIntegers(t *testing.T) {
	m, err := read(maybeGzipped(t, "testdata/classes/k3.keras"))
	require.NoError(t, err)
	l, err := m.Layer("normalization")
	require.NoError(t, err)
	count := l.Weights[2]
	require.Equal(t, "int64", count.DType)
	count.Values[0] = 77
	again, err := rewritten(t, m, keras.Archive).Layer("normalization")
	require.NoError(t, err)
	require.Equal(t, float32(77), again.Weights[2].Values[0])
	count.Values[0] = 0.5
	require.ErrorContains(t, m.Write(io.Discard, keras.Archive), "is of integers in the file; 0.5 is none")
}

// A weights-only file of Keras 2 does not name its layers: a name that one of the
// model's layers has is not that of the layer which happens to have its number.
func TestCaseUnnamedLayers(t *testing.T) {
	m, err := keras.Open(files + "k2_chain.weights.h5")
	require.NoError(t, err)
	_, err = m.Layer("separable_conv1d_3")
	require.ErrorIs(t, err, sepconv.ErrFile)
	require.ErrorContains(t, err, `"layers/batch_normalization"`)
	l, err := m.Layer("layers/separable_conv1d_3")
	require.NoError(t, err)
	require.Empty(t, l.Name)
	named, err := keras.Open(files + "k2_chain.keras")
	require.NoError(t, err)
	want, err := named.Layer("conv4") // the fourth of its class
	require.NoError(t, err)
	require.Equal(t, want.Weights[0].Values, l.Weights[0].Values)
}

// A model that was never built has no weights, and none of its layers is missing
// any: until weights are loaded.
func TestUnbuilt(t *testing.T) {
	const config = `{"module": "keras", "class_name": "Sequential", "config": {"name": "open", "layers": [
		{"module": "keras.layers", "class_name": "SeparableConv1D", "config": {"name": "c", "filters": 2, "kernel_size": [3], "use_bias": false}, "registered_name": null},
		{"module": "keras.layers", "class_name": "Dense", "config": {"name": "d", "units": 2}, "registered_name": null}]}, "registered_name": null}`
	members := unpack(t, contents(t, "k3_defaults.keras"))
	var empty bytes.Buffer
	w := hdf5.NewWriter()
	w.Root().Group("layers/separable_conv1d/vars")
	_, err := w.WriteTo(&empty)
	require.NoError(t, err)
	members[1].data, members[2].data = []byte(config), empty.Bytes()
	m, err := read(pack(t, members...))
	require.NoError(t, err)
	require.Empty(t, firstWeights(m))
	name := filepath.Join(t.TempDir(), "unbuilt.keras")
	require.NoError(t, m.Save(name))
	require.ErrorContains(t, m.LoadWeights(name), `layer "c": sepconv: invalid shape of weights: the file has no arrays of it`)

	// One that knows its input was built.
	members[1].data = []byte(strings.Replace(config, `"layers": [`, `"layers": [{"class_name": "InputLayer", "config": {"batch_shape": [null, 8, 3], "name": "in"}},`, 1))
	_, err = read(pack(t, members...))
	require.ErrorIs(t, err, sepconv.ErrWeights)
	require.ErrorContains(t, err, "depthwise_kernel of shape [3 3 1], pointwise_kernel of shape [1 3 2]")
}

// A model whose configuration does not list its layers, and layers of classes that
// are not Keras' own, get only arrays like those that they have.
func TestLoadWeightsOfUnknownClasses(t *testing.T) {
	m, err := keras.Open(files + "k3_subclassed.keras")
	require.NoError(t, err)
	before := firstWeights(m)
	require.NotEmpty(t, before)
	require.NoError(t, m.LoadWeights(files+"k3_subclassed.keras"))
	require.Equal(t, before, firstWeights(m))
	err = m.LoadWeights(files + "k3_chain.weights.h5")
	require.ErrorIs(t, err, sepconv.ErrWeights)
	require.Equal(t, before, firstWeights(m), "the model is as it was")

	m = openCase(t, "custom-layers/custom_bn.keras")
	before = firstWeights(m)
	name := filepath.Join(t.TempDir(), "bn.keras")
	parts := unpack(t, caseContents(t, "custom-layers/custom_bn.keras"))
	w := hdf5.NewWriter()
	for i, shape := range [][]int{{1, 1, 1}, {1, 1, 1}} {
		w.Root().Dataset(fmt.Sprint("layers/separable_conv1d/vars/", i), shape, []float32{3})
	}
	for i := range 4 {
		w.Root().Dataset(fmt.Sprint("layers/batch_normalization/vars/", i), []int{2}, []float32{1, 2})
	}
	var b bytes.Buffer
	_, err = w.WriteTo(&b)
	require.NoError(t, err)
	parts[2].data = b.Bytes()
	require.NoError(t, os.WriteFile(name, pack(t, parts...), 0o600))
	err = m.LoadWeights(name)
	require.ErrorIs(t, err, sepconv.ErrWeights)
	require.ErrorContains(t, err, `layer "bn"`)
	require.ErrorContains(t, err, `has shape [2] in the file; the layer needs [1]`)
	require.Equal(t, before, firstWeights(m), "the model is as it was")
}

func caseContents(t testing.TB, name string) []byte {
	data, err := os.ReadFile(cases + name)
	require.NoError(t, err)
	return data
}

// Weights loaded again replace what is in a layer, too.
func TestLoadWeightsAgain(t *testing.T) {
	name := "testdata/classes/k2.keras"
	m, err := keras.Open(name)
	require.NoError(t, err)
	paths := func() (list []string) {
		for l := range m.All() {
			list = append(list, l.Path)
		}
		return list
	}
	before := paths()
	require.Contains(t, before, "bidirectional/forward_layer/cell")
	require.NoError(t, m.LoadWeights(name))
	require.Equal(t, before, paths())
}

// What merges and broadcasts, what is called again, and what Keras 2 lets stand but
// does not look at, does not tell a shape. Arrays that are not trained come last.
// Groups of the user's classes have the classes' names as they are.
func TestCaseShapes(t *testing.T) {
	for name, want := range map[string]map[string]float32{
		"k2_broadcast.h5":      {"mask_1": 1, "after_2": 2},
		"k3_broadcast.h5":      {"mask_1": 1, "after_2": 2},
		"k2_called_again.h5":   {"five_5": 5, "six_6": 6, "three_3": 3},
		"k3_called_again.h5":   {"five_5": 5, "six_6": 6, "three_3": 3},
		"k2_declared_again.h5": {"s_1": 1, "s_2": 2},
		"k3_own.keras":         {"own_1": 1, "own_2": 2, "own_3": 3},
	} {
		require.Equal(t, want, firstWeights(openCase(t, "shapes/"+name)), name)
	}
	for _, name := range []string{"k2_frozen_cell.h5", "k3_frozen_cell.h5"} {
		rnn, err := openCase(t, "shapes/"+name).Layer("inner/rnn")
		require.NoError(t, err, name)
		require.Len(t, rnn.Weights, 6, name)
		require.Equal(t, []int{2, 9}, rnn.Weights[0].Shape, "%s: of the cell that is trained", name)
		require.Equal(t, []int{3, 8}, rnn.Weights[3].Shape, "%s: of the one that is not", name)
	}
}
