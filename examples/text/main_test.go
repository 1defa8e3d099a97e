package main

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// The main job, with every set of kernels: at least 90 % of the sentences that were kept
// out of training, and the probabilities that Keras gives.
func TestKeptOut(t *testing.T) {
	for _, kernel := range sepconv.Kernels() {
		var out strings.Builder
		require.NoError(t, run(&out, nil, kernel, nil))
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Contains(t, lines, "kernel "+kernel)
		var right, all int
		var share, difference float64
		_, err := fmt.Sscanf(lines[len(lines)-1], "recognised %d of %d (%g %%); largest difference from Keras %g", &right, &all, &share, &difference)
		require.NoError(t, err, out.String())
		require.GreaterOrEqual(t, all, 800)
		require.GreaterOrEqual(t, 100*right, 90*all)
		require.InDelta(t, 100*float64(right)/float64(all), share, 0.05)
		require.LessOrEqual(t, difference, 1e-5)
	}
}

// Sentences of the user's, as arguments and as lines, of which one is empty and one is no
// UTF-8.
func TestSentences(t *testing.T) {
	sentences := []string{
		"Where can I buy a ticket for the train?", "Wo kann ich eine Fahrkarte kaufen?", "Je voudrais réserver une chambre pour deux nuits.",
		"Где я могу купить билет на поезд?", "Gdzie mogę kupić bilet na pociąg?", "Missä voin ostaa junalipun?",
	}
	var out strings.Builder
	require.NoError(t, run(&out, nil, "", sentences))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, len(sentences))
	for i, language := range []string{"English", "German", "French", "Russian", "Polish", "Finnish"} {
		require.Regexp(t, "^"+language+` +\d+\.\d %  `, lines[i])
		require.Contains(t, lines[i], sentences[i])
	}
	var again strings.Builder
	require.NoError(t, run(&again, strings.NewReader(strings.Join(sentences, "\n")), "", []string{"-"}))
	require.Equal(t, out.String(), again.String())
	require.NoError(t, run(&out, strings.NewReader("\n\xff\xfe\n"), "", []string{"-"}))
	require.ErrorContains(t, run(&out, strings.NewReader(strings.Repeat("x", maxLine+1)), "", []string{"-"}), "more than")
	require.ErrorIs(t, run(&out, nil, "mmx", nil), sepconv.ErrKernel)
}

// Each shipped sentence alone is told as Keras tells it.
func TestAsKeras(t *testing.T) {
	c, err := open(shipped, "")
	require.NoError(t, err)
	list, err := readKeptOut(shipped, len(c.names))
	require.NoError(t, err)
	for _, k := range list {
		var out strings.Builder
		require.NoError(t, tell(&out, c, []string{k.text}))
		require.True(t, strings.HasPrefix(out.String(), c.names[largest(k.keras)]+" "), "%q: %s", k.text, out.String())
	}
}

// damaged replaces one of the shipped files.
type damaged struct {
	fs.ReadFileFS
	name string
	data []byte
}

func (d damaged) ReadFile(name string) ([]byte, error) {
	if name == d.name {
		return d.data, nil
	}
	return d.ReadFileFS.ReadFile(name)
}

func TestDamagedFiles(t *testing.T) {
	_, err := open(damaged{shipped, "model/languages.keras", []byte("PK\x03\x04")}, "")
	require.ErrorIs(t, err, sepconv.ErrFile)
	_, err = open(damaged{shipped, "model/languages.json", []byte(`["Czech"]`)}, "")
	require.ErrorContains(t, err, "16 classes; languages.json names 1")
	_, err = readKeptOut(damaged{shipped, "texts/keras.f32", nil}, 16)
	require.ErrorContains(t, err, "line 1")
}
