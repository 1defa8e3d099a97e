package keras_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// part is a member of an archive.
type part struct {
	name string
	data []byte
}

// pack makes an archive of stored members.
func pack(t testing.TB, parts ...part) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, p := range parts {
		f, err := w.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Store})
		require.NoError(t, err)
		_, err = f.Write(p.data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

// unpack returns the members of an archive.
func unpack(t testing.TB, data []byte) (parts []part) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	require.NoError(t, err)
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		data, err := io.ReadAll(r)
		require.NoError(t, err)
		parts = append(parts, part{f.Name, data})
	}
	return parts
}

func contents(t testing.TB, name string) []byte {
	data, err := os.ReadFile(files + name)
	require.NoError(t, err)
	return data
}

// refused reads hostile data and requires an error that says something, without
// much memory having been asked for.
func refused(t *testing.T, what string, data []byte, want string) {
	t.Helper()
	var err error
	bytes := budgettest.Allocated(func() { _, err = read(data) })
	require.ErrorIs(t, err, sepconv.ErrFile, what)
	require.ErrorContains(t, err, want, what)
	require.Less(t, bytes, int64(64<<20), what)
	require.Less(t, len(err.Error()), 2000, what)
}

// HDF5 that leads out of itself or asks for more than it holds: as a file of
// weights, as a whole model of Keras 2, and as the weights in an archive.
func TestHostileHDF5(t *testing.T) {
	for name, want := range map[string]string{
		"soft_link.h5":               "soft link",
		"soft_link.weights.h5":       "soft link",
		"external_link.h5":           "external link",
		"external_link.weights.h5":   "external link",
		"external_data.h5":           "external",
		"external_data.weights.h5":   "external",
		"virtual.h5":                 "virtual",
		"virtual.weights.h5":         "virtual",
		"shape_bomb.h5":              "too large",
		"shape_bomb.weights.h5":      "too large",
		"contiguous_bomb.h5":         "too large",
		"contiguous_bomb.weights.h5": "too large",
		"cycle.h5":                   "group", // in the place of an array
		"group_cycle.weights.h5":     "its own ancestor",
		"lattice.weights.h5":         "more than 131072 groups",
	} {
		data := hostile(t, name)
		refused(t, name, data, want)
		// Beside the files that it names, too.
		_, err := keras.Open(filepath.Join("testdata/hostile", name))
		require.ErrorIs(t, err, sepconv.ErrFile, name)
		require.ErrorContains(t, err, want, name)
		if strings.HasSuffix(name, ".weights.h5") {
			whole := unpack(t, contents(t, "k3_defaults.keras"))
			whole[2].data = data
			refused(t, name, pack(t, whole...), "model.weights.h5: ")
		}
	}
}

func hostile(t *testing.T, name string) []byte {
	data, err := os.ReadFile(filepath.Join("testdata/hostile", name))
	require.NoError(t, err)
	return data
}

// Arrays that are none of the layer's are listed, and do not build.
func TestOddArrays(t *testing.T) {
	for _, name := range []string{"rank", "text", "cycle"} {
		whole := unpack(t, contents(t, "k3_defaults.keras"))
		whole[2].data = hostile(t, name+".weights.h5")
		_, err := read(pack(t, whole...))
		require.ErrorIs(t, err, sepconv.ErrWeights, name)
		require.ErrorContains(t, err, `layer "separable_conv1d"`, name)
	}
}

// The code of a Lambda, paths and URLs in a configuration are text, and stay so.
func TestNothingIsExecutedOrOpened(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "executed")
	config := `{"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": [
		{"module": "keras.layers", "class_name": "Lambda", "config": {"name": "code", "function":
			{"class_name": "__lambda__", "config": {"code": "4wEAAAA=", "defaults": null, "closure": null}}}},
		{"module": "os", "class_name": "system", "config": {"name": "call", "command": "touch ` + marker + `"}},
		{"module": "keras.layers", "class_name": "StringLookup", "config": {"name": "words", "vocabulary": "/etc/passwd"}},
		{"module": "keras.layers", "class_name": "TFSMLayer", "config": {"name": "saved", "filepath": "https://example.com/model"}},
		{"module": "keras.layers", "class_name": "SeparableConv1D", "config": {"name": "conv", "filters": 2, "kernel_size": 3,
			"depthwise_initializer": {"module": "builtins", "class_name": "eval", "config": {}}}}]}}`
	m, err := read([]byte(config))
	require.NoError(t, err)
	var classes []string
	for l := range m.All() {
		classes = append(classes, l.Class)
	}
	require.Equal(t, []string{"Lambda", "system", "StringLookup", "TFSMLayer", "SeparableConv1D"}, classes)
	words, err := m.Layer("words")
	require.NoError(t, err)
	require.Contains(t, string(words.Config), `"/etc/passwd"`)
	_, err = m.SeparableConv1Ds()
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, `unknown initializer "eval"`)
	require.NoFileExists(t, marker)

	for _, name := range []string{"k3_custom.keras", "k2_custom.h5"} { // a Lambda by Keras
		m, err := keras.Open(files + name)
		require.NoError(t, err)
		code, err := m.Layer("code")
		require.NoError(t, err)
		require.Equal(t, "Lambda", code.Class)
		_, err = m.SeparableConv1Ds()
		require.NoError(t, err)
	}
}

func TestHostileArchives(t *testing.T) {
	whole := unpack(t, contents(t, "k3_defaults.keras"))
	config, weights := whole[1], whole[2]

	t.Run("traversal", func(t *testing.T) {
		dir := t.TempDir()
		t.Chdir(dir)
		m, err := read(pack(t, config, weights, part{"../../../../tmp/sepconv_escaped", []byte("x")}, part{"/tmp/sepconv_escaped", nil}, part{`..\escaped`, nil}))
		require.NoError(t, err)
		require.Len(t, m.Layers, 2)
		require.NoFileExists(t, "/tmp/sepconv_escaped")
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, entries, "reading writes nothing")
	})
	t.Run("members", func(t *testing.T) {
		refused(t, "twice", pack(t, config, weights, config), `"config.json" twice`)
		refused(t, "no config", pack(t, weights), "no such member")
		refused(t, "config of another kind", pack(t, part{"config.json", []byte(`{"a": 1}`)}), "neither a model nor a layer")
		refused(t, "weights of another kind", pack(t, config, part{"model.weights.h5", []byte("none")}), "model.weights.h5: hdf5")
		refused(t, "npz of another kind", pack(t, config, part{"model.weights.npz", []byte("none")}), "model.weights.npz: ")
		refused(t, "metadata", pack(t, part{"metadata.json", []byte("[")}, config), "metadata.json: ")
		m, err := read(pack(t, config)) // of a model that was never built
		require.NoError(t, err)
		_, err = m.SeparableConv1Ds()
		require.ErrorIs(t, err, sepconv.ErrWeights)
	})
	t.Run("bombs", func(t *testing.T) {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, name := range []string{"config.json", "model.weights.h5"} {
			f, err := w.Create(name) // deflated
			require.NoError(t, err)
			if name == "config.json" {
				_, err = f.Write(config.data)
			} else {
				_, err = f.Write(make([]byte, 48<<20))
			}
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		_, err := read(b.Bytes(), keras.WithMaxBytes(16<<20))
		require.ErrorIs(t, err, sepconv.ErrFile)
		require.ErrorContains(t, err, "model.weights.h5: ZIP archive too large")

		// A member whose size in the directory is 4 GiB more than what there is.
		data := bytes.Clone(b.Bytes())
		at := bytes.LastIndex(data, []byte("PK\x01\x02"))
		binary.LittleEndian.PutUint32(data[at+24:], 0xfffffff0)
		refused(t, "lie", data, "model.weights.h5: ")

		long := part{"config.json", []byte(`{"a": "` + strings.Repeat("x", 17<<20) + `"}`)}
		_, err = read(pack(t, long))
		require.ErrorContains(t, err, "config.json: it has 17825801 bytes; it may have 16777216")
		_, err = read(long.data)
		require.ErrorContains(t, err, "a configuration may have")
	})
	t.Run("behind", func(t *testing.T) {
		m, err := read(append(pack(t, whole...), "something behind the archive"...))
		if err == nil {
			require.Len(t, m.Layers, 2)
		} else {
			require.ErrorIs(t, err, sepconv.ErrFile)
		}
		m, err = read(append([]byte(nil), pack(t, whole...)...))
		require.NoError(t, err)
		require.Len(t, m.Layers, 2)
	})
	t.Run("cut off", func(t *testing.T) {
		data := pack(t, whole...)
		for n := 0; n < len(data); n += 97 {
			_, err := read(data[:n])
			require.ErrorIs(t, err, sepconv.ErrFile, "%d bytes", n)
		}
	})
}

func TestHostileJSON(t *testing.T) {
	nested := func(n int) string {
		text := `{"class_name": "SeparableConv1D", "config": {"name": "c"}}`
		for range n {
			text = `{"class_name": "Sequential", "config": {"name": "m", "layers": [` + text + `]}}`
		}
		return text
	}
	m, err := read([]byte(nested(30)))
	require.NoError(t, err)
	depth := 0
	for l := range m.All() {
		depth = max(depth, strings.Count(l.Path, "/"))
	}
	require.Equal(t, 29, depth)
	refused(t, "depth", []byte(nested(100)), "nested more than 128 deep")
	refused(t, "brackets", []byte(`{"class_name": "Sequential", "config": `+strings.Repeat("[", 1<<20)), "nested more than 128 deep")
	refused(t, "twice", []byte(`{"class_name": "SeparableConv1D", "config": {"filters": 1, "filters": 2}}`), `key "filters" twice`)
	refused(t, "behind", []byte(`{"class_name": "SeparableConv1D", "config": {}} x`), "after top-level value")
	refused(t, "no object", []byte(`{}`), "neither a model nor a layer")
	refused(t, "layers", []byte(`{"class_name": "Sequential", "config": {"name": "m", "layers": [{"config": {}}]}}`), `layer 0 of model "m" has no class_name`)
	refused(t, "layers", []byte(`{"class_name": "Sequential", "config": {"layers": [7]}}`), "no class_name")
	for _, odd := range []string{
		`{"class_name": "Sequential", "config": {"layers": 7}}`, `{"class_name": "Sequential", "config": null}`, `{"class_name": "Sequential"}`,
		`{"class_name": "SeparableConv1D", "config": []}`, `{"class_name": "TimeDistributed", "config": {"layer": {"class_name": "SeparableConv1D"}}}`,
		`{"class_name": ">", "config": {"name": 5}}`, `{"class_name": "Sequential", "config": []}`,
		`{"class_name": "Functional", "config": {"layers": [{"class_name": "A", "inbound_nodes": [[[["A", 0, 0, {"x": ["A", 0, 0]}]]], 1, "x"]}], "output_layers": "A"}}`,
	} {
		m, err := read([]byte(odd))
		if err != nil {
			require.ErrorIs(t, err, sepconv.ErrFile, odd)
			continue
		}
		_, err = m.SeparableConv1Ds()
		if err != nil {
			require.ErrorIs(t, err, sepconv.ErrFile, odd)
		}
	}
	// Numbers that no int or float holds, and those that no layer can have.
	for _, number := range []string{"99999999999999999999", "-1", "1e400", "1.5", "9223372036854775807", "2147483648", `"3"`, "[3, 3]", "true"} {
		for _, key := range []string{"filters", "kernel_size", "strides", "dilation_rate", "depth_multiplier"} {
			text := fmt.Sprintf(`{"class_name": "SeparableConv1D", "config": {"name": "c", %q: %s}}`, key, number)
			for other, value := range map[string]string{"filters": "1", "kernel_size": "1"} {
				if other != key {
					text = strings.Replace(text, `"name"`, fmt.Sprintf("%q: %s, %q", other, value, "name"), 1)
				}
			}
			m, err := read([]byte(text))
			require.NoError(t, err)
			m.Layers[0].Weights = []*keras.Tensor{{Shape: []int{1, 1, 1}, Values: ones(1)}, {Shape: []int{1, 1, 1}, Values: ones(1)}, {Shape: []int{1}, Values: ones(1)}}
			_, err = m.SeparableConv1Ds()
			if valid := number == "2147483648" || number == "9223372036854775807"; !valid || key == "filters" || key == "kernel_size" || key == "depth_multiplier" {
				require.ErrorIs(t, err, sepconv.ErrFile, text)
			}
		}
	}
}

// Python's numbers that JSON does not have: a layer that has one is listed, and the
// model goes back as it was.
func TestNaN(t *testing.T) {
	config := `{"class_name": "Sequential", "config": {"name": "NaN \" Infinity", "layers": [
		{"class_name": "Masking", "config": {"name": "mask", "mask_value": NaN, "list": [-Infinity,Infinity,"NaN"]}},
		{"class_name": "SeparableConv1D", "config": {"name": "c", "filters": 1, "kernel_size": 1, "strides": NaN}}]}}`
	m, err := read([]byte(config))
	require.NoError(t, err)
	require.Equal(t, `NaN " Infinity`, m.Name)
	require.JSONEq(t, `{"name": "mask", "mask_value": "NaN", "list": ["-Infinity", "Infinity", "NaN"]}`, string(m.Layers[0].Config))
	_, err = m.Layers[1].SeparableConv1D()
	require.ErrorIs(t, err, sepconv.ErrConfig)
	var b bytes.Buffer
	require.NoError(t, m.Write(&b, keras.JSON))
	require.Equal(t, config, b.String())
	refused(t, "NaN", []byte(`{"class_name": NaNs}`), "invalid JSON")
	refused(t, "NaN", []byte(`NaN`), "it is text, but not the JSON of a model")
}

// A file of weights that says nothing of layers.
func TestNoWeights(t *testing.T) {
	refused(t, "safetensors", append(binary.LittleEndian.AppendUint64(nil, 2), "{]"...), "safetensors")
	m, err := read(append(binary.LittleEndian.AppendUint64(nil, 2), "{}"...))
	require.NoError(t, err)
	require.Empty(t, m.Layers)
}
