package keras_test

import (
	"archive/zip"
	"bytes"
	"regexp"
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
