package keras_test

import (
	"archive/zip"
	"bytes"
	"fmt"
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
