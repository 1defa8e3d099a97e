package keras_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// Words that were learned are beside the configuration, with the special ones.
func TestTextOfLearnedWords(t *testing.T) {
	for _, p := range goldenPacks(t, "keras3-text.zip") {
		archive := bytes.NewReader(p.files["sepcnn_of_text.keras"])
		z, err := zip.NewReader(archive, archive.Size())
		require.NoError(t, err)
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		for _, f := range z.File {
			data := readZipFile(t, f)
			if f.Name == "config.json" {
				data = regexp.MustCompile(`"vocabulary": \[[^\]]*\]`).ReplaceAll(data, []byte(`"vocabulary": null`))
			}
			member, err := w.Create(f.Name)
			require.NoError(t, err)
			_, err = member.Write(data)
			require.NoError(t, err)
		}
		member, err := w.Create("assets/layers/text_vectorization/vocabulary.txt")
		require.NoError(t, err)
		_, err = member.Write([]byte("\n[UNK]\nthe\ncat\n"))
		require.NoError(t, err)
		require.NoError(t, w.Close())

		m, err := keras.Read(bytes.NewReader(out.Bytes()), int64(out.Len()))
		require.NoError(t, err)
		program, err := m.Compile()
		require.NoError(t, err)
		port := program.Inputs()[0]
		require.Equal(t, []int{-1, 9}, port.Shape)
		require.Equal(t, []string{"", "[UNK]", "the", "cat"}, port.Text.Vocabulary())
		indices := make([]float32, 9)
		require.NoError(t, port.Text.Fill(indices, "The dog, the cat!"))
		require.Equal(t, []float32{2, 1, 2, 3, 0, 0, 0, 0, 0}, indices)
		require.ErrorIs(t, port.Text.Fill(indices), sepconv.ErrShape)
		require.ErrorIs(t, port.Text.Fill(indices[:8], "the"), sepconv.ErrShape)
	}
}

// layerOfText is a layer of a class with a configuration.
func layerOfText(t testing.TB, class, config string) *keras.Layer {
	text := fmt.Sprintf(`{"class_name": %q, "config": {"name": "layer", %s}}`, class, config)
	m, err := keras.Read(strings.NewReader(text), int64(len(text)))
	require.NoError(t, err)
	return m.Layers[0]
}

// What a layer that reads text is refused for says why.
func TestTextRefused(t *testing.T) {
	const function = `{"module": "builtins", "class_name": "function", "config": "my_split", "registered_name": "function"}`
	for _, c := range []struct {
		class, config string
		is            error
		want          string
	}{
		{"TextVectorization", `"vocabulary": ["a"], "standardize": ` + function, errors.ErrUnsupported, `standardize is a function of its own, "my_split": Python code`},
		{"TextVectorization", `"vocabulary": ["a"], "split": ` + function, errors.ErrUnsupported, `split is a function of its own, "my_split"`},
		{"TextVectorization", `"vocabulary": ["a"], "split": "my_split"`, errors.ErrUnsupported, `split is "my_split"`},
		{"TextVectorization", `"vocabulary": ["a"], "ragged": true`, errors.ErrUnsupported, "ragged is true"},
		{"TextVectorization", `"vocabulary": ["a"], "output_mode": null`, errors.ErrUnsupported, "output_mode is null"},
		{"TextVectorization", `"vocabulary": ["a"], "output_mode": "one_hot"`, errors.ErrUnsupported, "output_mode is one_hot"},
		{"TextVectorization", `"vocabulary": ["a"], "output_mode": "often"`, sepconv.ErrConfig, "output_mode is"},
		{"TextVectorization", `"vocabulary": ["a"], "ngrams": 0`, sepconv.ErrConfig, "ngrams is 0"},
		{"TextVectorization", `"vocabulary": ["a"], "output_sequence_length": 0`, sepconv.ErrConfig, "output_sequence_length is 0"},
		{"TextVectorization", `"vocabulary": ["a"], "output_sequence_length": 16777217`, sepconv.ErrConfig, "it may have 16777216"},
		{"TextVectorization", `"vocabulary": ["a", "b", "a"]`, sepconv.ErrConfig, `"a" twice`},
		{"TextVectorization", `"vocabulary": ["a", ""]`, sepconv.ErrConfig, "mask_token"},
		{"TextVectorization", `"vocabulary": ["a", 1]`, sepconv.ErrConfig, "must be a string"},
		{"TextVectorization", `"vocabulary": null`, sepconv.ErrWeights, "no vocabulary"},
		{"TextVectorization", `"vocabulary": "/etc/passwd"`, sepconv.ErrWeights, `the file "/etc/passwd"`},
		{"TextVectorization", `"vocabulary": ["a"], "max_tokens": 2`, sepconv.ErrConfig, "max_tokens is 2"},
		{"TextVectorization", `"vocabulary": ["a"], "output_mode": "count", "pad_to_max_tokens": true, "max_tokens": 2000000000`, sepconv.ErrConfig, "it may have 16777216"},
		{"TextVectorization", `"vocabulary": ["a"], "output_mode": "tf_idf"`, sepconv.ErrWeights, "0 idf_weights"},
		{"TextVectorization", `"vocabulary": ["a"], "output_mode": "tf_idf", "idf_weights": ["b"]`, sepconv.ErrConfig, "must be a number"},
		{"StringLookup", `"vocabulary": ["a"], "invert": true, "output_mode": "count"`, sepconv.ErrConfig, "with invert it must be int"},
		{"StringLookup", `"vocabulary": ["a"], "invert": true, "oov_token": null`, sepconv.ErrConfig, "oov_token is null"},
		{"StringLookup", `"vocabulary": ["a"], "num_oov_indices": 20000000`, sepconv.ErrConfig, "num_oov_indices is 20000000; it may be 16777216"},
		{"StringLookup", `"vocabulary": ["a"], "salt": [1, 2, 3]`, sepconv.ErrConfig, "salt is"},
		{"StringLookup", `"vocabulary": ["a"], "mask_token": 1`, sepconv.ErrConfig, "mask_token is 1"},
		{"Hashing", `"num_bins": 0`, sepconv.ErrConfig, "num_bins is 0"},
		{"Hashing", `"num_bins": 16777217`, sepconv.ErrConfig, "it may have 16777216"},
		{"Hashing", `"num_bins": 5, "mask_value": 0`, sepconv.ErrConfig, "mask_value is 0"},
		{"Hashing", `"num_bins": 5, "salt": 1.5`, sepconv.ErrConfig, "salt is 1.5"},
	} {
		_, err := layerOfText(t, c.class, c.config).Text()
		require.ErrorIs(t, err, c.is, c.config)
		require.ErrorContains(t, err, c.want)
		require.ErrorContains(t, err, `layer "layer" of class`)
	}
}

// How many numbers there are is told before, and nothing is written on an error.
func TestTextCount(t *testing.T) {
	text, err := layerOfText(t, "TextVectorization", `"vocabulary": ["b", "a b"], "ngrams": 2`).Text()
	require.NoError(t, err)
	require.Equal(t, -1, text.Length())
	n, err := text.Count("A b. a B")
	require.NoError(t, err)
	require.Equal(t, 7, n)
	for _, length := range []int{n, 3, 9} { // all, cut off, filled up
		got := make([]float32, length)
		require.NoError(t, text.Fill(got, "A b. a B"))
		require.Equal(t, []float32{1, 2, 1, 2, 3, 1, 3, 0, 0}[:length], got)
	}
	require.ErrorIs(t, text.Words(nil, nil), sepconv.ErrConfig)

	lookup, err := layerOfText(t, "StringLookup", `"vocabulary": ["b"], "num_oov_indices": 0, "output_mode": "one_hot"`).Text()
	require.NoError(t, err)
	got := []float32{7, 7}
	require.ErrorIs(t, lookup.Fill(got, "b", "c"), sepconv.ErrShape)
	require.ErrorIs(t, lookup.Fill(got, "b"), sepconv.ErrShape)
	require.Equal(t, []float32{7, 7}, got)
	require.NoError(t, lookup.Fill(got, "b", "b"))
	require.Equal(t, []float32{1, 1}, got)

	inverse, err := layerOfText(t, "StringLookup", `"vocabulary": ["b"], "invert": true`).Text()
	require.NoError(t, err)
	words := make([]string, 5)
	nan := float32(math.NaN())
	require.NoError(t, inverse.Words(words, []float32{0, 1, 2, -1e30, nan}))
	require.Equal(t, []string{"[UNK]", "b", "[UNK]", "[UNK]", "[UNK]"}, words)
	require.ErrorIs(t, inverse.Words(words, nil), sepconv.ErrShape)
	require.ErrorIs(t, inverse.Fill(nil, "b"), sepconv.ErrConfig)
}

// mixedModel takes numbers, and two texts of which one is read by two layers; a fourth
// input is indices, of which it makes words.
const mixedModel = `{"class_name": "Functional", "config": {"name": "mixed", "layers": [
	{"class_name": "InputLayer", "name": "a", "config": {"name": "a", "batch_shape": [null, 1], "dtype": "string"}, "inbound_nodes": []},
	{"class_name": "InputLayer", "name": "x", "config": {"name": "x", "batch_shape": [null, 2], "dtype": "float32"}, "inbound_nodes": []},
	{"class_name": "InputLayer", "name": "b", "config": {"name": "b", "batch_shape": [null, null], "dtype": "string"}, "inbound_nodes": []},
	{"class_name": "InputLayer", "name": "i", "config": {"name": "i", "batch_shape": [null, 2], "dtype": "int64"}, "inbound_nodes": []},
	{"class_name": "TextVectorization", "name": "open", "config": {"name": "open", "vocabulary": ["yes", "no"]}, "inbound_nodes": [[["a", 0, 0, {}]]]},
	{"class_name": "TextVectorization", "name": "count", "config": {"name": "count", "vocabulary": ["yes", "no"], "output_mode": "count"}, "inbound_nodes": [[["a", 0, 0, {}]]]},
	{"class_name": "StringLookup", "name": "lookup", "config": {"name": "lookup", "vocabulary": ["yes", "no"], "num_oov_indices": 0}, "inbound_nodes": [[["b", 0, 0, {}]]]},
	{"class_name": "StringLookup", "name": "words", "config": {"name": "words", "vocabulary": ["yes", "no"], "invert": true}, "inbound_nodes": [[["i", 0, 0, {}]]]}
	], "input_layers": [["a", 0, 0], ["x", 0, 0], ["b", 0, 0], ["i", 0, 0]],
	"output_layers": [["open", 0, 0], ["count", 0, 0], ["x", 0, 0], ["lookup", 0, 0], ["words", 0, 0]]}}`

// RunText takes each input of the model once, fills texts up to the longest of the batch,
// and allocates nothing once it has run.
func TestRunText(t *testing.T) {
	m, err := keras.Read(strings.NewReader(mixedModel), int64(len(mixedModel)))
	require.NoError(t, err)
	program, err := m.Compile(keras.WithMaxMemory(1 << 12))
	require.NoError(t, err)
	require.Len(t, program.Inputs(), 5)
	in := func() []keras.Input {
		return []keras.Input{{Text: []string{"Yes!", "no no yes"}}, {Values: []float32{1, 2, 3, 4}}, {Text: []string{"no", "yes", "no", "no"}}, {Values: []float32{1, 0, 2, 1}}}
	}
	out := [][]float32{make([]float32, 6), make([]float32, 6), make([]float32, 4), make([]float32, 4), make([]float32, 4)}
	inputs := in()
	require.NoError(t, program.RunText(out, inputs, 2))
	require.Equal(t, [][]float32{{2, 0, 0, 3, 3, 2}, {0, 1, 0, 0, 1, 2}, {1, 2, 3, 4}, {1, 0, 1, 1}, {1, 0, 2, 1}}, out)
	words := make([]string, 4)
	require.NoError(t, program.Outputs()[4].Text.Words(words, out[4]))
	require.Equal(t, []string{"yes", "[UNK]", "no", "yes"}, words)
	require.Zero(t, testing.AllocsPerRun(5, func() { err = program.RunText(out, inputs, 2) }))
	require.NoError(t, err)

	before := allBits(out)
	for want, change := range map[string]func(in []keras.Input) []keras.Input{
		"there are 3 inputs":     func(in []keras.Input) []keras.Input { return in[:3] },
		"takes Values, not Text": func(in []keras.Input) []keras.Input { in[1].Text = []string{}; return in },
		"takes Text, not Values": func(in []keras.Input) []keras.Input { in[0].Values = []float32{}; return in },
		"input 0 of the model, of layer \"open\": sepconv: invalid shape: it has 1 elements; a batch of 2 of shape (None, 1) needs 2": func(in []keras.Input) []keras.Input { in[0].Text = in[0].Text[:1]; return in },
		"it has 3 elements; a batch of 2 of shape (None, None) needs a multiple of 2":                                                 func(in []keras.Input) []keras.Input { in[2].Text = in[2].Text[:3]; return in },
		"row 1 of the batch":      func(in []keras.Input) []keras.Input { in[2].Text[3] = "perhaps"; return in },
		"the limit of 4096 bytes": func(in []keras.Input) []keras.Input { in[0].Text[0] = strings.Repeat("a ", 513); return in },
		"input 1 of the model, of layer \"x\": sepconv: invalid shape: it has 3 elements": func(in []keras.Input) []keras.Input { in[1].Values = in[1].Values[:3]; return in },
	} {
		err := program.RunText(out, change(in()), 2)
		require.ErrorIs(t, err, sepconv.ErrShape, want)
		require.ErrorContains(t, err, want)
		require.Equal(t, before, allBits(out), want)
	}
	for _, batch := range []int{-1, 0, 1, 3, math.MaxInt, math.MaxInt/2 + 1} {
		require.ErrorIs(t, program.RunText(out, in(), batch), sepconv.ErrShape, batch)
	}
	empty := strings.ReplaceAll(mixedModel, "[null, null]", "[null, 0]")
	m, err = keras.Read(strings.NewReader(empty), int64(len(empty)))
	require.NoError(t, err)
	_, err = m.Compile()
	require.ErrorContains(t, err, "in which there is no text")
	require.ErrorIs(t, new(keras.Program).RunText(out, nil, 1), sepconv.ErrConfig)
}

func readZipFile(t testing.TB, f *zip.File) []byte {
	r, err := f.Open()
	require.NoError(t, err)
	var b bytes.Buffer
	_, err = b.ReadFrom(r)
	require.NoError(t, err)
	return b.Bytes()
}

// Texts are inputs where the model has them, wherever the layers that read them stand.
func TestTextInputsInOrder(t *testing.T) {
	input := func(name, dtype string, width int) string {
		return fmt.Sprintf(`{"class_name": "InputLayer", "name": %q, "inbound_nodes": [], "config": {"name": %[1]q, "dtype": %q, "batch_shape": [null, %d]}}`, name, dtype, width)
	}
	words := func(name, input, word string) string {
		return fmt.Sprintf(`{"class_name": "TextVectorization", "name": %q, "inbound_nodes": [[[%q, 0, 0, {}]]], "config": {"name": %[1]q, "vocabulary": [%[3]q],
			"output_mode": "multi_hot", "standardize": "lower", "split": "whitespace"}}`, name, input, word)
	}
	m, err := read([]byte(`{"class_name": "Functional", "config": {"name": "film", "layers": [` + strings.Join([]string{
		input("review", "string", 1), input("stars", "float32", 1), input("title", "string", 1),
		words("of_title", "title", "moon"), words("of_review", "review", "good"), words("more", "review", "bad"),
		`{"class_name": "Concatenate", "name": "all", "config": {"name": "all", "axis": -1},
			"inbound_nodes": [[["of_review", 0, 0, {}], ["more", 0, 0, {}], ["stars", 0, 0, {}], ["of_title", 0, 0, {}]]]}`,
	}, ", ") + `], "input_layers": [["review", 0, 0], ["stars", 0, 0], ["title", 0, 0]], "output_layers": [["all", 0, 0]]}}`))
	require.NoError(t, err)
	program, err := m.Compile()
	require.NoError(t, err)
	var names []string
	var inputs [][]float32
	for _, in := range program.Inputs() {
		names = append(names, in.Name)
		x := []float32{5}
		if in.Text != nil {
			x = make([]float32, in.Text.Length())
			require.NoError(t, in.Text.Fill(x, map[string]string{"of_title": "moon", "of_review": "good", "more": "good"}[in.Name]))
		}
		inputs = append(inputs, x)
	}
	require.Equal(t, []string{"of_review", "more", "stars", "of_title"}, names)
	output := make([]float32, 7)
	require.NoError(t, program.Run([][]float32{output}, inputs, 1))
	require.Equal(t, []float32{0, 1, 1, 0, 5, 0, 1}, output)
}
