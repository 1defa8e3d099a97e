package keras_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// randomText is a layer that reads text, with random arguments, what it was given and
// what it makes of it: testdata/models/README.md.
type randomText struct {
	Name    string          `json:"name"`
	Model   json.RawMessage `json:"model"`
	Shape   []int           `json:"shape"`
	Texts   []string        `json:"texts"`
	Indices []float32       `json:"indices"`
	Output  []int           `json:"output"`
	Numbers []float32       `json:"numbers"`
	Words   []string        `json:"words"`
	Unknown bool            `json:"unknown"`

	keras string
}

func randomTexts(t testing.TB) (all []*randomText) {
	names, err := filepath.Glob("testdata/models/texts-*.zip")
	require.NoError(t, err)
	require.Len(t, names, 2)
	for _, name := range names {
		lines := bufio.NewScanner(bytes.NewReader(unzip(t, name)["index.jsonl"]))
		for lines.Buffer(nil, 1<<20); lines.Scan(); {
			r := &randomText{keras: strings.TrimSuffix(filepath.Base(name), ".zip")}
			require.NoError(t, json.Unmarshal(lines.Bytes(), r))
			r.Texts, r.Words = fromLatin(r.Texts), fromLatin(r.Words)
			all = append(all, r)
		}
		require.NoError(t, lines.Err())
	}
	return all
}

// fromLatin makes strings of bytes that are there as code points.
func fromLatin(list []string) (all []string) {
	for _, s := range list {
		var b []byte
		for _, r := range s {
			b = append(b, byte(r))
		}
		all = append(all, string(b))
	}
	return all
}

// Layers that read text compute what they do in Keras, with random arguments and of
// strings that are a trap, of which some are no UTF-8.
func TestGoldenRandomTexts(t *testing.T) {
	counts := map[string]int{}
	for _, r := range randomTexts(t) {
		class, _, _ := strings.Cut(r.Name, "-")
		counts[r.keras+class]++
		t.Run(r.keras+"/"+r.Name, func(t *testing.T) { r.compare(t) })
	}
	require.Len(t, counts, 6)
	for class, n := range counts {
		require.GreaterOrEqual(t, n, 40, class)
	}
}

func (r *randomText) compare(t *testing.T) {
	model, err := keras.Read(bytes.NewReader(r.Model), int64(len(r.Model)))
	require.NoError(t, err)
	program, err := model.Compile()
	require.NoError(t, err, "%s", r.Model)
	got := []float32{0: 7}
	if !r.Unknown {
		got = make([]float32, product(r.Output))
	}
	err = program.RunText([][]float32{got}, []keras.Input{{Text: r.Texts, Values: r.Indices}}, r.Shape[0])
	if r.Unknown {
		require.ErrorIs(t, err, sepconv.ErrShape)
		require.ErrorContains(t, err, "num_oov_indices is 0")
		require.Equal(t, []float32{7}, got)
		return
	}
	require.NoError(t, err, "%s", r.Model)
	if r.Words == nil {
		require.Equal(t, r.Numbers, got, "%s, %q", r.Model, r.Texts)
		return
	}
	words := make([]string, len(got))
	require.NoError(t, program.Outputs()[0].Text.Words(words, got))
	require.Equal(t, r.Words, words, "%s, %v", r.Model, r.Indices)
}
