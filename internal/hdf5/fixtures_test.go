package hdf5

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// expectedObject is what h5py finds under a path; testdata/README.md describes it.
type expectedObject struct {
	Kind       string
	Names      json.RawMessage // of a group
	Attributes map[string]expectedValue
	Value      expectedValue // of a data set
	Error      string        // when it is opened
}

type expectedValue struct {
	Type    string
	Shape   []int
	Tag     string
	Raw     string          // digest
	Strings json.RawMessage // these are lists, or digests
	Float32 json.RawMessage
	Float64 json.RawMessage
	Int64   json.RawMessage
	Error   string // when it is read
}

var causes = map[string]error{"unsupported": ErrUnsupported, "format": ErrFormat}

func gunzip(t testing.TB, b []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(b))
	require.NoError(t, err)
	b, err = io.ReadAll(r)
	require.NoError(t, err)
	return b
}

// loadFixtures returns the files of testdata/fixtures by name.
func loadFixtures(t testing.TB) map[string][]byte {
	t.Helper()
	return loadFiles(t, "fixtures")
}

// loadFiles returns the files of a directory of testdata by name.
func loadFiles(t testing.TB, directory string) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/" + directory + "/*")
	require.NoError(t, err)
	files := map[string][]byte{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		name := filepath.Base(path)
		if rest, compressed := strings.CutSuffix(name, ".gz"); compressed {
			name, b = rest, gunzip(t, b)
		}
		files[strings.TrimSuffix(name, ".h5")] = b
	}
	return files
}

func TestFixtures(t *testing.T) {
	b, err := os.ReadFile("testdata/expected.json.gz")
	require.NoError(t, err)
	var expected struct {
		Files map[string]map[string]expectedObject
	}
	require.NoError(t, json.Unmarshal(gunzip(t, b), &expected))
	files := loadFixtures(t)
	require.Equal(t, slices.Sorted(maps.Keys(expected.Files)), slices.Sorted(maps.Keys(files)))
	require.GreaterOrEqual(t, len(files), 40)
	for name, objects := range expected.Files {
		t.Run(name, func(t *testing.T) {
			root, err := Open(bytes.NewReader(files[name]), int64(len(files[name])), 0)
			require.NoError(t, err)
			for path, want := range objects {
				checkObject(t, root, path, want)
			}
			require.False(t, root.Has("missing"))
		})
	}
}

// checkObject compares what is under a path with what h5py found there.
func checkObject(t *testing.T, root *Group, path string, want expectedObject) {
	t.Helper()
	require.Equal(t, want.Kind, root.Kind(path).String(), path)
	require.True(t, root.Has(path))
	group, groupErr := root.Group(path)
	dataset, datasetErr := root.Dataset(path)
	switch {
	case want.Error != "":
		err := groupErr
		if want.Kind == "data set" {
			err = datasetErr
		}
		requireError(t, err, causes[want.Error], path)
	case want.Kind == "group":
		require.NoError(t, groupErr)
		requireError(t, datasetErr, ErrNotExist, path)
		require.Equal(t, path, group.Path())
		requireTexts(t, want.Names, group.Names(), path)
		checkAttributes(t, group.AttributeNames(), group.Attribute, path, want.Attributes)
	case want.Kind == "data set":
		require.NoError(t, datasetErr)
		requireError(t, groupErr, ErrNotExist, path)
		require.Equal(t, path, dataset.Path())
		checkValue(t, dataset, path, want.Value)
		checkAttributes(t, dataset.AttributeNames(), dataset.Attribute, path, want.Attributes)
	case want.Kind == "named type":
		requireError(t, groupErr, ErrNotExist, path)
		requireError(t, datasetErr, ErrNotExist, path)
	default: // links
		requireError(t, groupErr, ErrUnsupported, path)
		requireError(t, datasetErr, ErrUnsupported, path)
	}
}

func checkAttributes(t *testing.T, names []string, attribute func(string) (*Value, error), path string, want map[string]expectedValue) {
	t.Helper()
	require.ElementsMatch(t, slices.Collect(maps.Keys(want)), names, path)
	require.True(t, slices.IsSorted(names))
	for name, w := range want {
		v, err := attribute(name)
		require.NoError(t, err)
		checkValue(t, v, path+"@"+name, w)
	}
	_, err := attribute("missing")
	requireError(t, err, ErrNotExist, path)
}

// value is what data sets and attributes have in common.
type value interface {
	Shape() []int
	Type() Type
	Float32s() ([]float32, error)
	Float64s() ([]float64, error)
	Int64s() ([]int64, error)
	Strings() ([]string, error)
	Raw() ([]byte, error)
}

func checkValue(t *testing.T, v value, path string, want expectedValue) {
	t.Helper()
	require.Equal(t, want.Shape, v.Shape(), path)
	require.Equal(t, want.Type, v.Type().String(), path)
	require.Equal(t, want.Tag, v.Type().Tag, path)
	raw, rawErr := v.Raw()
	float32s, float32Err := v.Float32s()
	float64s, float64Err := v.Float64s()
	int64s, int64Err := v.Int64s()
	texts, textErr := v.Strings()
	if slices.Contains(want.Shape, 0) {
		require.NoError(t, rawErr, path)
		require.NoError(t, textErr, path)
		require.Empty(t, raw)
		require.Empty(t, texts)
		return
	}
	if want.Raw != "" {
		require.NoError(t, rawErr, path)
		require.Equal(t, want.Raw, digest(raw), path)
	}
	check := func(want json.RawMessage, err error, equal func()) {
		if want == nil {
			require.Error(t, err, path)
			return
		}
		require.NoError(t, err, path)
		equal()
	}
	check(want.Float32, float32Err, func() { requireNumbers(t, want.Float32, float32s, path) })
	check(want.Float64, float64Err, func() { requireNumbers(t, want.Float64, float64s, path) })
	check(want.Int64, int64Err, func() { requireNumbers(t, want.Int64, int64s, path) })
	check(want.Strings, textErr, func() { requireTexts(t, want.Strings, texts, path) })
	if want.Error != "" {
		for _, err := range []error{float32Err, float64Err, int64Err, textErr} {
			if requireError(t, err, nil, path); !isCause(err, ErrType) {
				requireError(t, err, causes[want.Error], path)
			}
		}
	}
}

func digest(b []byte) string {
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:16])
}

// requireNumbers compares with a list, or with the digest of the little-endian bytes.
func requireNumbers[T float32 | float64 | int64](t *testing.T, want json.RawMessage, got []T, path string) {
	t.Helper()
	var list []string
	if json.Unmarshal(want, &list) != nil {
		for i, v := range got {
			if v != v {
				got[i] = T(math.NaN())
			}
		}
		b, err := binary.Append(nil, binary.LittleEndian, got)
		require.NoError(t, err)
		require.JSONEq(t, string(want), strconv.Quote(digest(b)), path)
		return
	}
	require.Len(t, got, len(list), path)
	for i, s := range list {
		if n, isInt := any(got[i]).(int64); isInt {
			require.Equal(t, s, strconv.FormatInt(n, 10), "%s[%d]", path, i)
			continue
		}
		bits := 64
		if _, single := any(got[i]).(float32); single {
			bits = 32
		}
		w, err := strconv.ParseFloat(s, bits)
		require.NoError(t, err)
		g := float64(got[i])
		if math.IsNaN(w) {
			require.True(t, math.IsNaN(g), "%s[%d]", path, i)
			continue
		}
		require.Equal(t, math.Float64bits(w), math.Float64bits(g), "%s[%d]: %v, want %s", path, i, g, s)
	}
}

// requireTexts compares with a list, or with the digest of all texts, each after
// its length.
func requireTexts(t *testing.T, want json.RawMessage, got []string, path string) {
	t.Helper()
	var list []string
	if json.Unmarshal(want, &list) == nil {
		require.Equal(t, list, got, path)
		return
	}
	var b []byte
	for _, s := range got {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
		b = append(b, s...)
	}
	require.JSONEq(t, string(want), strconv.Quote(digest(b)), path)
}

func isCause(err, cause error) bool { return strings.HasPrefix(err.Error(), cause.Error()+": ") }

// requireError checks the form of an error, and its cause unless that is nil.
func requireError(t testing.TB, err, cause error, path string) {
	t.Helper()
	require.Error(t, err, path)
	var e *Error
	require.ErrorAs(t, err, &e)
	require.NotEmpty(t, e.Detail, fmt.Sprint(err))
	if cause != nil {
		require.ErrorIs(t, err, cause, path)
		require.NotEmpty(t, e.Path, fmt.Sprint(err))
	}
}
