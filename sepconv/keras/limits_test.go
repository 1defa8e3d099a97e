package keras_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/sepconv/go/internal/hdf5"
	"github.com/sepconv/go/internal/hdf5/hdf5test"
	"github.com/sepconv/go/internal/safetensors"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// joined joins n parts of a list in JSON.
func joined(n int, part func(i int) string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = part(i)
	}
	return strings.Join(parts, ",")
}

// sequential is the configuration of a model of these layers.
func sequential(name, layers string) string {
	return fmt.Sprintf(`{"module": "keras", "class_name": "Sequential", "config": {"name": %q, "layers": [%s]}}`, name, layers)
}

func dropout(name string) string {
	return fmt.Sprintf(`{"module": "keras.layers", "class_name": "Dropout", "config": {"name": %q, "rate": 0.5}}`, name)
}

// functional is a layer of a Functional model, which is called with these references.
func functional(class, name, inbound string) string {
	return fmt.Sprintf(`{"module": "keras.layers", "class_name": %q, "name": %q, "config": {"name": %q}, "inbound_nodes": [%s]}`, class, name, name, inbound)
}

// model is the configuration of a Functional model.
func model(layers, outputs string) string {
	return fmt.Sprintf(`{"class_name": "Functional", "config": {"name": "f", "layers": [%s], "input_layers": [["in", 0, 0]], "output_layers": [%s]}}`, layers, outputs)
}

// weights writes HDF5.
func weights(t testing.TB, fill func(root *hdf5.GroupWriter)) []byte {
	w := hdf5.NewWriter()
	fill(w.Root())
	var b bytes.Buffer
	_, err := w.WriteTo(&b)
	require.NoError(t, err)
	return b.Bytes()
}

// sharedLayers is a model of n places of one layer whose arrays take a megabyte:
// each place has the given calls around it.
func sharedLayers(t testing.TB, name func(i int) string, n int, around string) []byte {
	const channels, filters = 256, 1024
	layers := joined(n, func(i int) string {
		return fmt.Sprintf(`{"module": "keras.layers", "class_name": "SeparableConv1D", "shared_object_id": 1, "config": {"name": %q, "filters": %d,
			"kernel_size": 3, "use_bias": true}, "build_config": {"input_shape": [null, 8, %d]}}`, name(i), filters, channels) + around
	})
	return pack(t, part{"metadata.json", []byte(`{"keras_version": "3.15.1"}`)}, part{"config.json", []byte(sequential("s", layers))},
		part{"model.weights.h5", weights(t, func(root *hdf5.GroupWriter) {
			vars := root.Group("layers").Group("separable_conv1d").Group("vars")
			vars.Attribute("name", name(0))
			vars.Dataset("0", []int{3, channels, 1}, make([]float32, 3*channels))
			vars.Dataset("1", []int{1, channels, filters}, make([]float32, channels*filters))
			vars.Dataset("2", []int{filters}, make([]float32, filters))
		})})
}

// inWrappers is a model in which each layer is in a wrapper of its own.
func inWrappers(n int, layer string) string {
	return sequential("w", joined(n, func(i int) string {
		return fmt.Sprintf(`{"module": "keras.layers", "class_name": "TimeDistributed", "config": {"name": "t%d", "layer": %s}}`, i, layer)
	}))
}

// zipped is an archive of deflated members.
func zipped(t testing.TB, parts ...part) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		f, err := w.Create(p.name)
		require.NoError(t, err)
		_, err = f.Write(p.data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// multiplyingJSON are configurations in which a part counts many times.
func multiplyingJSON(size int) map[string]string {
	bidirectional := `{"class_name": "LSTM", "config": {"name": "l", "units": 1}}`
	for range 28 {
		bidirectional = `{"class_name": "Bidirectional", "config": {"name": "b", "layer": {"class_name": "RNN", "config": {"name": "r", "cell": ` + bidirectional + `}}}}`
	}
	deep := joined(size/10, func(i int) string { return dropout(fmt.Sprint("d", i)) })
	for range 25 {
		deep = sequential(strings.Repeat("n", size), deep)
	}
	fine := fmt.Sprint
	return map[string]string{
		"a long name above many layers": sequential("m", sequential(strings.Repeat("n", 100*size), joined(size, func(i int) string { return dropout(fine("d", i)) }))),
		"long names above each other":   deep,
		"many layers":                   sequential("m", joined(10*size, func(int) string { return `{"class_name":"A","config":{}}` })),
		"many wrappers":                 inWrappers(size, dropout("d")),
		"many models":                   sequential("m", joined(size, func(i int) string { return sequential(fine("s", i), dropout("d")) })),
		"many convolutions": sequential("m", joined(size, func(i int) string {
			return fmt.Sprintf(`{"class_name":"SeparableConv1D","config":{"name":"%x","filters":1,"kernel_size":1}}`, i)
		})),
		"many keys":      sequential("m", `{"class_name": "A", "config": {`+joined(30*size, func(i int) string { return fmt.Sprintf(`"%x":0`, i) })+`}}`),
		"escaped keys":   sequential("m", `{"class_name": "A", "config": {`+joined(30*size, func(i int) string { return fmt.Sprintf(`"\n%x":0`, i) })+`}}`),
		"keys twice":     sequential("m", `{"class_name": "A", "config": {`+joined(30*size, func(i int) string { return `"a":0` })+`}}`),
		"keys on top":    `{"class_name": "A", "config": {}, ` + joined(30*size, func(i int) string { return fmt.Sprintf(`"%x":0`, i) }) + `}`,
		"elements":       sequential("m", `{"class_name": "A", "config": {"a": [`+joined(100*size, func(int) string { return `0` })+`]}}`),
		"NaN":            sequential("m", `{"class_name": "A", "config": {"a": [`+joined(100*size, func(int) string { return `NaN` })+`]}}`),
		"a long string":  sequential("m", `{"class_name": "A", "config": {"name": "`+strings.Repeat(`\u00e9`, 100*size)+`"}}`),
		"a long class":   sequential("m", `{"class_name": "`+strings.Repeat(`Ab`, 200*size)+`", "config": {}}`),
		"no model":       `{"a": [` + joined(100*size, func(int) string { return `0` }) + `]}`,
		"a layer's list": `{"class_name": "Sequential", "config": [` + joined(size, func(i int) string { return dropout(fine("d", i)) }) + `]}`,
		"one object": sequential("m", joined(size, func(int) string {
			return `{"class_name":"SeparableConv1D","shared_object_id":1,"config":{"name":"c","filters":1,"kernel_size":1}}`
		})),
		"one model": sequential("m", joined(size/10, func(int) string {
			return `{"class_name":"Sequential","shared_object_id":1,"config":{"name":"s","layers":[` + joined(20, func(i int) string { return dropout(fine("d", i)) }) + `]}}`
		})),
		"one model in wrappers":  inWrappers(size/10, `{"class_name":"Sequential","shared_object_id":1,"config":{"name":"s","layers":[`+joined(20, func(i int) string { return dropout(fine("d", i)) })+`]}}`),
		"one layer called often": model(functional("InputLayer", "in", "")+","+functional("Dropout", "a", joined(10*size, func(int) string { return `[["in", 0, 0, {}]]` })), `["a", 0, 0]`),
		"one layer with many inputs": model(functional("InputLayer", "in", "")+","+
			functional("Add", "a", `[`+joined(20*size, func(int) string { return `["in",0,0]` })+`]`), `["a", 0, 0]`),
		"all take all of Keras 3": model(functional("InputLayer", "in", "")+","+joined(size/10, func(i int) string {
			return functional("Add", fine("a", i), `{"args": [[`+joined(size/10, func(j int) string {
				return `{"class_name": "__keras_tensor__", "config": {"shape": [null, 1], "keras_history": ["` + fine("a", j) + `", 0, 0]}}`
			})+`]], "kwargs": {}}`)
		}), `["a0", 0, 0]`),
		"all take all of Keras 2": model(functional("InputLayer", "in", "")+","+joined(size/10, func(i int) string {
			return functional("Add", fine("a", i), `[`+joined(size/5, func(j int) string { return `["` + fine("a", j) + `",0,0,{}]` })+`]`)
		}), `["a0", 0, 0]`),
		"many outputs":               model(functional("InputLayer", "in", ""), joined(20*size, func(int) string { return `["in",0,0]` })),
		"a chain of Dropout":         sequential("m", conv("a", "")+","+joined(size, func(i int) string { return dropout(fine("d", i)) })+","+conv("b", "")),
		"Bidirectional in RNN":       sequential("m", bidirectional),
		"deeply nested expectations": sequential("m", `{"class_name":"A","config":{"a":`+strings.Repeat(`[[`, 50)+joined(10*size, func(int) string { return `[0]` })+strings.Repeat(`]]`, 50)+`}}`),
	}
}

// multiplyingFiles are files in which a part counts many times. Larger ones have a
// larger size, in thousands of bytes or parts.
func multiplyingFiles(t testing.TB, size int) map[string][]byte {
	files := map[string][]byte{}
	for name, text := range multiplyingJSON(size) {
		files["JSON: "+name] = []byte(text)
		files["archive: "+name] = zipped(t, part{"config.json", []byte(text)})
	}
	tree := func(name string, fill func(root *hdf5.GroupWriter)) []byte {
		files["tree: "+name] = weights(t, fill)
		return files["tree: "+name]
	}
	long := strings.Repeat("n", 60*size)
	hdf5test.ShareTexts(tree("one title of many layers", func(root *hdf5.GroupWriter) {
		layers := root.Group("layers")
		for i := range size {
			vars := layers.Group(fmt.Sprint("dense_", i)).Group("vars")
			vars.Attribute("name", map[bool]string{true: long, false: strings.Repeat("x", 37)}[i == 0])
		}
	}), 37, uint32(len(long)))
	tree("a long title above many layers", func(root *hdf5.GroupWriter) {
		g := root.Group("layers").Group("functional")
		g.Group("vars").Attribute("name", long)
		for i := range size {
			g.Group("layers").Group(fmt.Sprint("dense_", i)).Group("vars").Dataset("0", []int{1}, []float32{1})
		}
	})
	tree("long names above each other", func(root *hdf5.GroupWriter) {
		g := root
		for range 30 {
			g = g.Group(long[:size])
			for i := range size / 50 {
				g.Group(fmt.Sprint(i)).Group("vars").Dataset("0", []int{1}, []float32{1})
			}
		}
	})
	tree("names joined with backslashes", func(root *hdf5.GroupWriter) {
		for i := range size / 5 {
			root.Group(fmt.Sprint(i, strings.Repeat(`\a`, 60))).Group("vars").Dataset("0", []int{1}, []float32{1})
		}
	})
	tree("a name of backslashes", func(root *hdf5.GroupWriter) {
		root.Group(strings.Repeat(`a\`, 25*size)).Group("vars").Dataset("0", []int{1}, []float32{1})
	})
	tree("many arrays", func(root *hdf5.GroupWriter) {
		for i := range size {
			root.Group("layers").Group("dense").Group("vars").Dataset(fmt.Sprint(i), []int{1, 1, 1, 1, 1, 1, 1, 1}, []int64{1})
		}
	})
	tree("many groups", func(root *hdf5.GroupWriter) {
		for i := range 5 * size {
			root.Group("layers").Group(fmt.Sprint("dense_", i)).Group("vars")
		}
	})
	hdf5test.LinkAll(tree("one array under many names", func(root *hdf5.GroupWriter) {
		vars := root.Group("layers").Group("dense").Group("vars")
		vars.Dataset("0", []int{64 * size}, make([]float32, 64*size))
		for i := range size {
			vars.Dataset(fmt.Sprint("1", i), []int{1}, []float32{1})
		}
	}))
	legacy := func(name string, fill func(root *hdf5.GroupWriter)) {
		files["legacy: "+name] = weights(t, fill)
	}
	legacy("many layers", func(root *hdf5.GroupWriter) {
		var names []string
		for i := range size {
			names = append(names, fmt.Sprint("l", i))
			g := root.Group(names[i])
			g.Attribute("weight_names", []string{names[i] + "/kernel:0"})
			g.Group(names[i]).Dataset("kernel:0", []int{1}, []float32{1})
		}
		root.Attribute("layer_names", names)
	})
	legacy("one array of many scopes", func(root *hdf5.GroupWriter) {
		var names []string
		for i := range size {
			names = append(names, "w"+strings.Repeat("/", i))
		}
		g := root.Group("l")
		for i, from := 0, 0; from < len(names); i, from = i+1, from+10 {
			g.Attribute(fmt.Sprint("weight_names", i), names[from:min(from+10, len(names))])
		}
		g.Dataset("w", []int{size}, make([]float32, size))
		root.Attribute("layer_names", []string{"l"})
	})
	var tensors []safetensors.Tensor
	for i := range size {
		tensors = append(tensors, safetensors.Tensor{Name: fmt.Sprintf("%s.%d.weight", long[:100], i), Shape: []int{0}})
	}
	var b bytes.Buffer
	require.NoError(t, safetensors.Write(&b, tensors, nil))
	files["safetensors: many layers"] = b.Bytes()
	var members []part
	for i := range size {
		members = append(members, part{fmt.Sprint("assets/", i), []byte("word")})
	}
	files["archive: many members"] = pack(t, append(members, part{"config.json", []byte(sequential("m", ""))})...)
	files["archive: deflated members"] = zipped(t, part{"config.json", []byte(sequential("m", ""))}, part{"assets/a", make([]byte, 1000*size)}, part{"assets/b", make([]byte, 1000*size)})
	files["archive: a long path of parts"] = pack(t, part{"config.json", []byte(sequential("m", `{"class_name": "A", "config": {"name": "`+long+`"}}`))},
		part{"model.weights.h5", weights(t, func(root *hdf5.GroupWriter) {
			for i := range size {
				root.Group("layers").Group("a").Group(fmt.Sprint("cell", i)).Group("vars").Dataset("0", []int{1}, []float32{1})
			}
		})})
	activation := `,{"class_name": "Activation", "config": {"name": "a", "activation": "relu"}}`
	files["archive: one object"] = sharedLayers(t, func(int) string { return "c" }, size, "")
	files["archive: one object with other names"] = sharedLayers(t, func(i int) string { return fmt.Sprint("c", i) }, size, "")
	files["archive: one object, and more around it"] = sharedLayers(t, func(int) string { return "c" }, size, activation)
	return files
}

// everything does with the model of a file what there is to do, each within the
// limit.
func everything(t testing.TB, what string, m *keras.Model, limit int64) {
	within := func(call string, f func() error) {
		budgettest.Bounded(t, what+": "+call, limit, func() {
			if err := f(); err != nil {
				require.ErrorIs(t, err, sepconv.ErrFile, what)
			}
		})
	}
	within("SeparableConv1Ds", func() error { _, err := m.SeparableConv1Ds(); return err })
	within("Blocks", func() error { _, err := m.Blocks(); return err })
	within("SeparableConv1D", func() error {
		for l := range m.All() {
			if l.IsSeparableConv1D() {
				if _, err := l.SeparableConv1D(); err != nil {
					return err
				}
			}
		}
		return nil
	})
	for _, f := range []keras.Format{m.Format, keras.Safetensors} {
		within("Write "+string(f), func() error { return m.Write(io.Discard, f) })
	}
	within("Layer", func() error { _, err := m.Layer("none"); return err })
}

// Files in which parts multiply take no more than the limit warrants, whatever it
// is, or are refused with an error that names it.
func TestLimits(t *testing.T) {
	for name, data := range multiplyingFiles(t, 1000) {
		t.Run(name, func(t *testing.T) {
			_, whole := read(data)
			for _, limit := range []int64{1 << 10, 64 << 10, 1 << 20, 4 << 20, 32 << 20} {
				what := fmt.Sprintf("%d bytes within %d", len(data), limit)
				var m *keras.Model
				budgettest.Bounded(t, what, limit, func() {
					var err error
					if m, err = read(data, keras.WithMaxBytes(limit)); err != nil {
						require.ErrorIs(t, err, sepconv.ErrFile, what)
						if whole == nil {
							require.ErrorContains(t, err, fmt.Sprintf("the limit of %d bytes (keras.WithMaxBytes)", limit), what)
						}
					}
				})
				if m != nil {
					everything(t, what, m, limit)
				}
			}
		})
	}
}

// Case bombs: what cost gigabytes, whatever the limit, costs less than 64 MiB, built
// and all.
func TestCaseBombs(t *testing.T) {
	const limit, most = 4 << 20, 64 << 20
	names := sequential("m", sequential(strings.Repeat("n", 1<<20), joined(1000, func(i int) string { return dropout(fmt.Sprint("d", i)) })))
	for name, data := range map[string][]byte{
		"names":                         []byte(names),
		"shared":                        sharedLayers(t, func(i int) string { return fmt.Sprint("c", i) }, 1000, ""),
		"shared, of one name":           sharedLayers(t, func(int) string { return "c" }, 1000, ""),
		"shared, of one name, and more": sharedLayers(t, func(int) string { return "c" }, 100, `,{"class_name": "ReLU", "config": {"name": "r"}}`),
	} {
		var err error
		bytes := budgettest.Allocated(func() {
			var m *keras.Model
			if m, err = read(data, keras.WithMaxBytes(limit)); err != nil {
				return
			}
			_, err = m.SeparableConv1Ds()
			if _, blocks := m.Blocks(); err == nil {
				err = blocks
			}
			for l := range m.All() {
				if _, single := l.SeparableConv1D(); l.IsSeparableConv1D() && err == nil {
					err = single
				}
			}
		})
		require.Less(t, bytes, int64(most), name)
		if err != nil {
			require.ErrorIs(t, err, sepconv.ErrFile, name)
			require.Less(t, len(err.Error()), 2000, name)
		}
		if strings.HasPrefix(name, "shared, ") { // other names are other layers, of which only one has weights
			_, err = read(data)
			require.NoError(t, err, name)
		}
	}
}

// The limit counts again for each file of LoadWeights.
func TestLoadWeightsWithinLimit(t *testing.T) {
	config := sequential("m", conv("a", ""))
	file := func(n int) string {
		name := filepath.Join(t.TempDir(), "w.weights.h5")
		require.NoError(t, os.WriteFile(name, weights(t, func(root *hdf5.GroupWriter) {
			vars := root.Group("layers").Group("separable_conv1d").Group("vars")
			vars.Dataset("0", []int{3, 2, 1}, make([]float32, 6))
			vars.Dataset("1", []int{1, 2, 2}, make([]float32, 4))
			vars.Dataset("2", []int{2}, make([]float32, 2))
			root.Group("more").Group("vars").Dataset("0", []int{n}, make([]float32, n))
		}), 0o600))
		return name
	}
	const limit = 128 << 10
	m, err := read([]byte(config), keras.WithMaxBytes(limit))
	require.NoError(t, err)
	for range 20 {
		require.NoError(t, m.LoadWeights(file(1)))
	}
	large := file(limit)
	budgettest.Bounded(t, "LoadWeights", limit, func() {
		err := m.LoadWeights(large)
		require.ErrorIs(t, err, sepconv.ErrFile)
		require.ErrorContains(t, err, "the limit of 131072 bytes (keras.WithMaxBytes)")
	})
}

// Places of one layer are built as layers of their own, whose arrays are the ones of
// the model as they are at the time.
func TestPlacesAreBuiltOnce(t *testing.T) {
	m, err := read(sharedLayers(t, func(int) string { return "c" }, 3, ""))
	require.NoError(t, err)
	first, second := m.Layers[0], m.Layers[1]
	build := func(l *keras.Layer) *sepconv.Layer {
		layer, err := l.SeparableConv1D()
		require.NoError(t, err)
		return layer
	}
	a := build(first)
	var b *sepconv.Layer
	require.Less(t, budgettest.Allocated(func() { b = build(second) }), int64(256<<10))
	require.NotSame(t, a, b)
	w := a.Weights()
	w.Bias[0] = 7
	require.NoError(t, a.SetWeights(w))
	require.Zero(t, b.Weights().Bias[0])
	require.Zero(t, build(first).Weights().Bias[0])

	second.Weights[2].Values[3] = 5 // in place, for all places
	require.Equal(t, float32(5), build(first).Weights().Bias[3])
	w.Bias[1] = 8
	require.NoError(t, m.Layers[2].SetWeights(w))
	require.Equal(t, float32(8), build(second).Weights().Bias[1])
	require.Zero(t, b.Weights().Bias[1])

	second.Weights = slices.Clone(second.Weights) // for one place
	second.Weights[2] = &keras.Tensor{Name: "bias", Shape: []int{1024}, Values: make([]float32, 1024)}
	require.Zero(t, build(second).Weights().Bias[1])
	require.Equal(t, float32(8), build(first).Weights().Bias[1])
}

// A model that is only read may be used by several goroutines.
func TestPlacesConcurrently(t *testing.T) {
	m, err := read(sharedLayers(t, func(int) string { return "c" }, 20, ""))
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for l := range m.All() {
				if _, err := l.SeparableConv1D(); err != nil {
					t.Error(err)
				}
			}
			if _, err := m.Blocks(); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
}
