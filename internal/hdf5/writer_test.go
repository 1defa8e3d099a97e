package hdf5

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// written is a file that is written, and what went into it: by path, the Go values
// of data sets and attributes.
type written struct {
	*Writer
	Groups     []string
	Datasets   map[string]writtenDataset
	Attributes map[string]map[string]any
}

type writtenDataset struct {
	Shape []int
	Type  string
	Data  any
}

func newWritten() *written {
	return &written{Writer: NewWriter(), Groups: []string{}, Datasets: map[string]writtenDataset{}, Attributes: map[string]map[string]any{}}
}

func (w *written) group(path string) {
	w.Root().Group(path)
	w.Groups = append(w.Groups, path)
}

func (w *written) dataset(path string, shape []int, data any) {
	w.Root().Dataset(path, shape, data)
	w.Datasets[path] = writtenDataset{append([]int{}, shape...), fmt.Sprintf("%T", data), data}
}

func (w *written) attribute(path, name string, value any) {
	if _, isDataset := w.Datasets[path]; isDataset {
		w.datasetWriter(path).Attribute(name, value)
	} else {
		w.Root().Group(path).Attribute(name, value)
	}
	if w.Attributes[path] == nil {
		w.Attributes[path] = map[string]any{}
	}
	if b, isBytes := value.([]byte); isBytes {
		value = string(b)
	}
	w.Attributes[path][name] = value
}

func (w *written) datasetWriter(path string) *DatasetWriter {
	g := w.Root()
	names := strings.Split(strings.Trim(path, "/"), "/")
	for _, name := range names[:len(names)-1] {
		g = g.Group(name)
	}
	return g.children[names[len(names)-1]].(*DatasetWriter)
}

// writtenFiles are files of all kinds.
func writtenFiles() map[string]*written {
	files := map[string]*written{}
	add := func(name string) *written {
		files[name] = newWritten()
		return files[name]
	}
	add("empty")

	w := add("attributes")
	w.group("g")
	w.dataset("d", []int{2}, []float32{1, 2})
	for _, path := range []string{"/", "g", "d"} {
		w.attribute(path, "str", "grüße, 世界")
		w.attribute(path, "empty", "")
		w.attribute(path, "bytes", []byte("ascii"))
		w.attribute(path, "names", []string{"a", "", "abc"})
		w.attribute(path, "one_name", []string{"only"})
		w.attribute(path, "empty_names", []string{"", ""})
		w.attribute(path, "no_names", []string{})
		w.attribute(path, "no_numbers", []float64{})
		w.attribute(path, "numbers", []float64{1, 2.5, -0.1})
		w.attribute(path, "int64s", []int64{math.MinInt64, 0, math.MaxInt64})
		w.attribute(path, "int32s", []int32{1, -1})
		w.attribute(path, "int", -7)
		w.attribute(path, "int64", int64(1)<<62)
		w.attribute(path, "int8", int8(-8))
		w.attribute(path, "int16", int16(-16))
		w.attribute(path, "int32", int32(-32))
		w.attribute(path, "uint8", uint8(200))
		w.attribute(path, "uint16", uint16(60000))
		w.attribute(path, "uint32", uint32(1)<<31)
		w.attribute(path, "uint64", uint64(1)<<63)
		w.attribute(path, "float32", float32(0.1))
		w.attribute(path, "float64", 0.1)
		w.attribute(path, "true", true)
		w.attribute(path, "false", false)
		w.attribute(path, "ключ", "value")
	}

	w = add("large_attributes")
	w.attribute("/", "model_config", strings.Repeat(`{"class_name": "Schicht für Schicht"}`, 100_000))
	for i := range 300 { // that fill many collections of the heap
		w.attribute("/", fmt.Sprint("text", i), strings.Repeat("t", i*7))
	}
	names := make([]string, MaxFixedAttribute/64)
	for i := range names {
		names[i] = fmt.Sprintf("%064d", i)
	}
	w.attribute("/", "layer_names", names)

	w = add("types")
	w.dataset("float32", []int{2, 3}, []float32{0, 1, -2.5, 1e-40, math.MaxFloat32, 0.1})
	w.dataset("float64", []int{3, 1}, []float64{0.1, math.SmallestNonzeroFloat64, math.MaxFloat64})
	w.dataset("float16", []int{4}, Float16s{0x3c00, 0x0001, 0xfbff, 0x8000})
	w.dataset("int8", []int{2}, []int8{-128, 127})
	w.dataset("int16", []int{2}, []int16{-1 << 15, 1<<15 - 1})
	w.dataset("int32", []int{2}, []int32{-1 << 31, 1<<31 - 1})
	w.dataset("int64", []int{2}, []int64{-1 << 63, 1<<63 - 1})
	w.dataset("uint8", []int{2}, []uint8{0, 255})
	w.dataset("uint16", []int{2}, []uint16{0, 1<<16 - 1})
	w.dataset("uint32", []int{2}, []uint32{0, 1<<32 - 1})
	w.dataset("uint64", []int{2}, []uint64{0, 1<<64 - 1})
	w.dataset("strings", []int{2, 2}, []string{"a", "bc", "", "grün"})
	w.dataset("bfloat16", []int{2}, Opaque{2, []byte{0x80, 0x3f, 0x00, 0xc0}})
	w.attribute("bfloat16", "dtype", "bfloat16")
	w.dataset("scalar", nil, []int64{42})
	w.dataset("none", []int{0, 3}, []float32{})
	w.dataset("no_strings", []int{0}, []string{})
	w.dataset("in/groups/that/are/made", []int{1}, []float32{5})
	w.dataset("large", []int{200, 1000}, slices.Repeat([]float32{1, 2, 3, 4}, 50_000)) // several blocks
	w.dataset("odd", []int{65537}, slices.Repeat([]uint8{7}, 65537))

	// As many children as fill nodes and levels of the B-tree exactly, and one more
	// or less.
	for _, n := range []int{1, 7, 8, 9, 255, 256, 257, 8192, 8193} {
		w := add(fmt.Sprintf("children%d", n))
		for i := range n {
			if i%64 == 0 {
				w.dataset(fmt.Sprintf("g/child%d", i*7919%n), []int{1}, []float32{float32(i)})
			} else {
				w.group(fmt.Sprintf("g/child%d", i*7919%n))
			}
		}
	}
	w = add("deep")
	w.dataset(strings.Repeat("g/", maxDepth)+"d", []int{1}, []float32{5})
	w = add("names")
	for _, name := range []string{"a", "B", "a.b", "a b", "ä", "日本", "10", "9", "..", `back\slash`, strings.Repeat("x", 3000)} {
		w.group(name)
	}
	return files
}

func write(t testing.TB, w *Writer) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := w.WriteTo(&b)
	require.NoError(t, err)
	require.EqualValues(t, b.Len(), n)
	return b.Bytes()
}

// directoryVariable is the environment variable that names the directory where
// TestWriter leaves what it writes, for testdata/check.py.
const directoryVariable = "HDF5_WRITTEN"

func TestWriter(t *testing.T) {
	directory := os.Getenv(directoryVariable)
	if directory == "" {
		directory = t.TempDir()
	}
	again := writtenFiles()
	for name, w := range writtenFiles() {
		t.Run(name, func(t *testing.T) {
			b := write(t, w.Writer)
			require.NoError(t, w.Err())
			require.True(t, bytes.Equal(b, write(t, w.Writer)), "WriteTo twice")
			require.True(t, bytes.Equal(b, write(t, again[name].Writer)), "the same calls")
			require.NoError(t, os.WriteFile(filepath.Join(directory, name+".h5"), b, 0o644))
			contents, err := json.Marshal(w)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(directory, name+".json"), contents, 0o644))
			w.checkRead(t, open(t, b, 0))
		})
	}
}

// checkRead compares with what is read.
func (w *written) checkRead(t *testing.T, root *Group) {
	for _, path := range w.Groups {
		require.Equal(t, KindGroup, root.Kind(path))
	}
	for path, d := range w.Datasets {
		got, err := root.Dataset(path)
		require.NoError(t, err)
		require.Equal(t, d.Shape, append([]int{}, got.Shape()...))
		requireWritten(t, got, d.Data, path)
	}
	for path, attributes := range w.Attributes {
		names, attribute := []string(nil), (func(string) (*Value, error))(nil)
		if _, isDataset := w.Datasets[path]; isDataset {
			d := dataset(t, root, path)
			names, attribute = d.AttributeNames(), d.Attribute
		} else {
			g, err := root.Group(path)
			require.NoError(t, err)
			names, attribute = g.AttributeNames(), g.Attribute
		}
		require.Equal(t, slices.Sorted(maps.Keys(attributes)), names)
		for name, want := range attributes {
			got, err := attribute(name)
			require.NoError(t, err)
			requireWritten(t, got, want, path+"@"+name)
		}
	}
}

// requireWritten compares with the Go value that was written.
func requireWritten(t *testing.T, got value, want any, path string) {
	t.Helper()
	var v any
	var err error
	switch x := want.(type) {
	case []float32:
		v, err = got.Float32s()
	case []float64:
		v, err = got.Float64s()
	case []int64:
		v, err = got.Int64s()
	case []string:
		v, err = got.Strings()
	case Opaque:
		v, err = got.Raw()
		want = x.Data
	case string:
		v, err = got.(*Value).Text()
	case bool:
		v, err = got.(*Value).Bool()
	default: // other numbers, as what is printed
		var numbers any
		switch got.Type().String() {
		case "uint64":
			raw, rawErr := got.Raw()
			require.NoError(t, rawErr)
			numbers = decodeUint64s(raw)
		case "float16", "float32", "float64":
			numbers, err = got.Float64s()
			if h, isHalf := want.(Float16s); isHalf {
				want = decodeHalves(h)
			}
		default:
			numbers, err = got.Int64s()
		}
		require.NoError(t, err, path)
		if f, isFloat := want.(float32); isFloat {
			want = float64(f)
		}
		require.Equal(t, strings.Trim(fmt.Sprint(want), "[]"), strings.Trim(fmt.Sprint(numbers), "[]"), path)
		return
	}
	require.NoError(t, err, path)
	require.Equal(t, want, v, path)
}

func decodeUint64s(b []byte) (n []uint64) {
	for c := (&cursor{data: b}); c.left() > 0; {
		n = append(n, c.uint(8))
	}
	return n
}

func decodeHalves(h Float16s) (f []float64) {
	for _, v := range h {
		f = append(f, float64(float16(v)))
	}
	return f
}

func TestWriterErrors(t *testing.T) {
	for name, test := range map[string]struct {
		build func(g *GroupWriter)
		text  string
	}{
		"shape":               {func(g *GroupWriter) { g.Dataset("d", []int{2, 2}, []float32{1, 2, 3}) }, "/d: shape [2 2] of 4 elements, and there are 3"},
		"negative shape":      {func(g *GroupWriter) { g.Dataset("d", []int{-1, -3}, []float32{1, 2, 3}) }, "shape [-1 -3]"},
		"product of shape":    {func(g *GroupWriter) { g.Dataset("d", []int{math.MaxInt, 3}, []float32{1}) }, "too large"},
		"rank":                {func(g *GroupWriter) { g.Dataset("d", slices.Repeat([]int{1}, 33), []float32{1}) }, "33 dimensions"},
		"type of data":        {func(g *GroupWriter) { g.Dataset("d", []int{1}, []complex64{1}) }, "[]complex64"},
		"no data":             {func(g *GroupWriter) { g.Dataset("d", []int{1}, nil) }, "<nil>"},
		"no name":             {func(g *GroupWriter) { g.Dataset("/", []int{1}, []float32{1}) }, "without a name"},
		"name of a dot":       {func(g *GroupWriter) { g.Group("a/./b") }, `"."`},
		"name with NUL":       {func(g *GroupWriter) { g.Group("a\x00b") }, `"a\x00b"`},
		"two of a name":       {func(g *GroupWriter) { g.Dataset("d", nil, []int8{1}); g.Dataset("d", nil, []int8{1}) }, "/d: there is one of this name already"},
		"data set over group": {func(g *GroupWriter) { g.Group("d/e"); g.Dataset("d", nil, []int8{1}) }, "/d: there is one of this name already"},
		"group over data set": {func(g *GroupWriter) { g.Dataset("d", nil, []int8{1}); g.Group("d/e") }, "/d: this is a data set already"},
		"too deep":            {func(g *GroupWriter) { g.Group(strings.Repeat("g/", 65)) }, "65 deep"},
		"NUL in strings":      {func(g *GroupWriter) { g.Dataset("d", []int{2}, []string{"a", "b\x00"}) }, `string 1, "b\x00"`},
		"opaque size":         {func(g *GroupWriter) { g.Dataset("d", []int{2}, Opaque{2, make([]byte, 3)}) }, "3 bytes in elements of 2"},
		"opaque of no size":   {func(g *GroupWriter) { g.Dataset("d", []int{2}, Opaque{}) }, "elements of 0"},
		"attribute twice":     {func(g *GroupWriter) { g.Attribute("a", 1); g.Attribute("a", 2) }, "/@a: there is one"},
		"attribute name":      {func(g *GroupWriter) { g.Attribute("", 1) }, `""`},
		"attribute type":      {func(g *GroupWriter) { g.Attribute("a", struct{}{}) }, "struct {}"},
		"NUL in text":         {func(g *GroupWriter) { g.Attribute("a", "ab\x00c") }, "NUL at byte 2"},
		"array too large":     {func(g *GroupWriter) { g.Attribute("layer_names", slices.Repeat([]string{"12345678"}, 8065)) }, "an attribute holds 64512: Keras splits such a list among attributes layer_names0, layer_names1"},
		"name too long":       {func(g *GroupWriter) { g.Attribute(strings.Repeat("n", 1<<17), 1) }, "the most is 65528"},
		"array and name": {func(g *GroupWriter) {
			g.Attribute(strings.Repeat("n", 2000), slices.Repeat([]string{"12345678"}, 8064))
		}, "the most is 65528"},
		"too many attributes": {func(g *GroupWriter) {
			d := g.Group("a").Dataset("d", nil, []int8{1})
			for i := range 1 << 16 {
				d.attributes = append(d.attributes, attributeWriter{name: fmt.Sprint(i), data: boolValue(t)})
			}
		}, "/a/d: 65536 attributes"},
	} {
		w := NewWriter()
		test.build(w.Root())
		n, err := w.WriteTo(&bytes.Buffer{})
		requireError(t, err, ErrArgument, name)
		require.ErrorContains(t, err, test.text, name)
		require.Zero(t, n)
	}
}

func boolValue(t *testing.T) values {
	v, ok := singleValue(true)
	require.True(t, ok)
	return v
}

// TestWriterKeepsError: after an error nothing changes any more.
func TestWriterKeepsError(t *testing.T) {
	w := NewWriter()
	require.NoError(t, w.Err())
	d := w.Root().Dataset("a/d", []int{2}, []float32{1})
	require.Equal(t, "/a/d", d.Path())
	err := w.Err()
	require.ErrorIs(t, err, ErrArgument)
	g := w.Root().Group("b")
	require.Equal(t, "/b", g.Path())
	g.Attribute("", 1)
	d.Attribute("", 1)
	require.Equal(t, err, w.Err())
	_, again := w.WriteTo(&bytes.Buffer{})
	require.Equal(t, err, again)
}

// fullDisk takes so many bytes.
type fullDisk struct{ left int }

var errDisk = errors.New("no space left")

func (d *fullDisk) Write(b []byte) (int, error) {
	if len(b) > d.left {
		n := d.left
		d.left = 0
		return n, errDisk
	}
	d.left -= len(b)
	return len(b), nil
}

func TestWriteToFails(t *testing.T) {
	w := writtenFiles()["types"].Writer
	size := len(write(t, w))
	for n := 0; n < size; n += size/50 + 1 {
		written, err := w.WriteTo(&fullDisk{n})
		require.ErrorIs(t, err, errDisk)
		require.EqualValues(t, n, written)
	}
}
