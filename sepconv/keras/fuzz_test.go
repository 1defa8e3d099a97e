package keras_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// limit is WithMaxBytes of all that follows: little, so that what multiplies shows.
const limit = 1 << 20

// exercise reads a file and does with the model what there is to do. There may be
// errors, of the right kind, and nothing else. It reports whether the file reads.
func exercise(t testing.TB, data []byte) bool {
	var m *keras.Model
	var err error
	budgettest.Bounded(t, "read", limit, func() { m, err = read(data, keras.WithMaxBytes(limit)) })
	if err != nil {
		require.ErrorIs(t, err, sepconv.ErrFile)
		return false
	}
	everything(t, "fuzz", m, limit)
	for l := range m.All() {
		for _, w := range l.Weights {
			require.Equal(t, w.Err == nil, w.Values != nil, w.Name)
			if w.Values != nil {
				require.Len(t, w.Values, product(w.Shape))
			}
		}
		_, errNorm := l.BatchNorm()
		_, errConv := l.SeparableConv1D()
		_, errBuild := l.Build(sepconv.Config{})
		for _, err := range []error{errNorm, errConv, errBuild} {
			if err != nil {
				require.ErrorIs(t, err, sepconv.ErrFile)
			}
		}
	}
	if len(m.Layers) > 1 {
		if _, err := m.TorchSeparableConv1D(sepconv.Config{}, 2, m.Layers[0].Path, m.Layers[1].Path); err != nil {
			require.ErrorIs(t, err, sepconv.ErrFile)
		}
	}
	exerciseWriting(t, m)
	return true
}

// exerciseWriting writes what was read. What the file's own format takes reads
// back with as many layers.
func exerciseWriting(t testing.TB, m *keras.Model) {
	for _, f := range formats {
		var b bytes.Buffer
		if err := m.Write(&b, f); err != nil {
			require.ErrorIs(t, err, sepconv.ErrFile)
			continue
		}
		if f != m.Format {
			continue
		}
		again, err := keras.Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
		require.NoError(t, err)
		require.Len(t, all(again), len(all(m)))
	}
}

// corpus returns the real files with one of the endings.
func corpus(t testing.TB, endings ...string) map[string][]byte {
	data := map[string][]byte{}
	for _, ending := range endings {
		for _, dir := range []string{"files", "hostile"} {
			names, err := filepath.Glob("testdata/" + dir + "/*" + ending)
			require.NoError(t, err)
			for _, name := range names {
				if info, err := os.Stat(name); err == nil && info.Size() < 60<<10 {
					content, err := os.ReadFile(name)
					require.NoError(t, err)
					data[filepath.Base(name)] = content
				}
			}
		}
	}
	require.NotEmpty(t, data)
	return data
}

// addMultiplying adds small files in which parts multiply, of one format.
func addMultiplying(f *testing.F, format string, add func(data []byte)) {
	for name, data := range multiplyingFiles(f, 10) {
		if strings.HasPrefix(name, format) && len(data) < 60<<10 {
			add(data)
		}
	}
}

// FuzzKeras fuzzes .keras archives: by their members, since a fuzzer does not find
// checksums, and as they are if there is but one member.
func FuzzKeras(f *testing.F) {
	for _, data := range corpus(f, ".keras") {
		parts := unpack(f, data)
		f.Add(parts[1].data, parts[2].data)
		f.Add(data, []byte(nil))
	}
	addMultiplying(f, "archive: ", func(data []byte) { f.Add(data, []byte(nil)) })
	f.Fuzz(func(t *testing.T, config, weights []byte) {
		if len(weights) == 0 {
			exercise(t, config)
			return
		}
		name := "model.weights.h5"
		if bytes.HasPrefix(weights, []byte("PK")) {
			name = "model.weights.npz"
		}
		exercise(t, pack(t, part{"metadata.json", []byte(`{"keras_version": "2.15.0"}`)}, part{"config.json", config}, part{name, weights}))
	})
}

// FuzzJSON fuzzes configurations, of models and of layers.
func FuzzJSON(f *testing.F) {
	for _, data := range corpus(f, ".json") {
		f.Add(data)
	}
	for _, data := range corpus(f, "chain.keras", "nested.keras", "custom.keras", "wrapped.keras") {
		f.Add(unpack(f, data)[1].data)
	}
	for _, text := range multiplyingJSON(10) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		exercise(t, data)
		for _, version := range []keras.Keras{keras.Keras2, keras.Keras3} {
			var c sepconv.Config
			if c.UnmarshalJSON(data) != nil {
				return
			}
			if text, err := keras.MarshalConfig(c, version); err == nil {
				require.NoError(t, c.UnmarshalJSON(text), "%s", text)
			}
		}
	})
}

// FuzzSafetensors fuzzes safetensors.
func FuzzSafetensors(f *testing.F) {
	for _, data := range corpus(f, ".safetensors") {
		f.Add(data)
	}
	addMultiplying(f, "safetensors: ", func(data []byte) { f.Add(data) })
	f.Fuzz(func(t *testing.T, data []byte) { exercise(t, data) })
}

// FuzzH5 fuzzes HDF5 through all of the reader.
func FuzzH5(f *testing.F) {
	for _, data := range corpus(f, ".h5") {
		f.Add(data)
	}
	addMultiplying(f, "tree: ", func(data []byte) { f.Add(data) })
	addMultiplying(f, "legacy: ", func(data []byte) { f.Add(data) })
	f.Fuzz(func(t *testing.T, data []byte) { exercise(t, data) })
}

// mutations is how many damaged files TestMutatedFiles reads; SEPCONV_MUTATIONS
// sets another number.
func mutations(t *testing.T) int {
	if text := os.Getenv("SEPCONV_MUTATIONS"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		return n
	}
	if testing.Short() {
		return 200
	}
	return 1000
}

// Damaged files give results or errors: never a panic, never more memory than the
// limit and what the lists of layers take.
func TestMutatedFiles(t *testing.T) {
	whole := corpus(t, ".keras", ".h5", ".json", ".safetensors")
	names := slices.Sorted(maps.Keys(whole))
	const seed = 6
	var accepted int
	n := mutations(t)
	for i := range n {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		name := names[rng.IntN(len(names))]
		data := mutateFile(t, rng, name, whole[name])
		if survives(t, fmt.Sprintf("mutation %d of %s", i, name), data) {
			accepted++
		}
	}
	t.Logf("%d damaged files: %d read, %d are errors", n, accepted, n-accepted)
	require.Positive(t, accepted)
	require.Less(t, accepted, n)
}

// survives exercises data and reports whether it reads.
func survives(t *testing.T, what string, data []byte) (read bool) {
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%s: panic: %v", what, p)
		}
	}()
	return exercise(t, data)
}

// mutateFile damages a file. Of an archive it mostly damages a member and packs it
// again, so that the checksums are right.
func mutateFile(t *testing.T, rng *rand.Rand, name string, data []byte) []byte {
	if !strings.HasSuffix(name, ".keras") || rng.IntN(4) == 0 {
		return mutate(rng, data)
	}
	parts := unpack(t, data)
	i := 1 + rng.IntN(len(parts)-1) // not the metadata
	parts[i].data = mutate(rng, parts[i].data)
	return pack(t, parts...)
}

// mutate changes a few bytes, cuts the file off, or moves a piece of it.
func mutate(rng *rand.Rand, data []byte) []byte {
	data = bytes.Clone(data)
	switch rng.IntN(8) {
	case 0:
		return data[:rng.IntN(len(data))]
	case 1:
		from, to, n := rng.IntN(len(data)), rng.IntN(len(data)), 1+rng.IntN(64)
		copy(data[to:], bytes.Clone(data[from:min(from+n, len(data))]))
	case 2: // digits are where sizes are in text
		for range 1 + rng.IntN(3) {
			if at := bytes.IndexAny(data[rng.IntN(len(data)):], "0123456789"); at >= 0 {
				data[at] = "0123456789-.e["[rng.IntN(14)]
			}
		}
	default:
		for range 1 + rng.IntN(4) {
			values := []byte{0, 1, 0x7f, 0x80, 0xff, byte(rng.Uint32())}
			data[rng.IntN(len(data))] = values[rng.IntN(len(values))]
		}
	}
	return data
}
