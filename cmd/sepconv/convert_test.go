package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What was converted computes the same bits.
func TestConvert(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	input := contents(t, data("signal.npy"))
	want := succeed(t, input, "run", data("signal.keras"))
	convert := func(from, to string, args ...string) result {
		r := call("", append([]string{"convert", from, to}, args...)...)
		require.Zero(t, r.code, r.stderr)
		return r
	}
	require.Empty(t, convert(data("signal.keras"), at("a.keras")).stderr)
	require.Contains(t, convert(data("signal.keras"), at("a.weights.h5")).stderr, "the weights alone; the configuration is not in it")
	require.Contains(t, convert(data("signal.keras"), at("a.json")).stderr, "the configuration alone; the 5 arrays of weights are not in it")
	require.Empty(t, convert(at("a.json"), at("b.keras"), "-weights", at("a.weights.h5")).stderr)
	for _, model := range [][]string{{at("a.keras")}, {at("b.keras")}, {at("a.json"), "-weights", at("a.weights.h5")}} {
		require.Equal(t, want, succeed(t, input, append([]string{"run"}, model...)...), model)
	}

	// The network of SeparableConv1D layers alone goes everywhere.
	keywords := filepath.Join("..", "..", "examples", "keywords", "model", "keywords.keras")
	recording := contents(t, filepath.Join("..", "..", "examples", "keywords", "recordings", "yes_en-029_boris_05.wav"))
	want = succeed(t, recording, "run", "-output", "npy", keywords)
	from := keywords
	for _, name := range []string{"k.h5", "k.keras", "k2.h5", "k2.keras"} {
		convert(from, at(name))
		from = at(name)
		require.Equal(t, want, succeed(t, recording, "run", "-output", "npy", from), name)
	}
	convert(keywords, at("k.safetensors"))
	require.Contains(t, succeed(t, "", "summary", at("k.safetensors")), "63,")

	// A network in an .h5 of Keras 2 goes to Keras 3.
	require.Contains(t, convert(kerasFile("k2_nested.h5"), at("w.keras")).stderr, "such as an optimizer and its state, is not in it")
	require.NoError(t, os.WriteFile(at("w.csv"), []byte(strings.Repeat("0.5,-1,2\n", 24)), 0o600))
	require.Equal(t, succeed(t, "", "run", kerasFile("k2_nested.h5"), at("w.csv")), succeed(t, "", "run", at("w.keras"), at("w.csv")))

	// To standard output, and by another ending.
	text := succeed(t, "", "convert", "-to", "json", data("signal.keras"), "-")
	require.Equal(t, contents(t, at("a.json")), text)
	convert(data("signal.keras"), at("model"), "-to", ".keras")
	require.Equal(t, succeed(t, input, "run", data("signal.keras")), succeed(t, input, "run", at("model")))

	// A file that is there is not replaced, unless that is said.
	before := contents(t, at("a.json"))
	r := call("", "convert", keywords, at("a.json"))
	require.Equal(t, exitError, r.code)
	require.Contains(t, r.stderr, "there is such a file; -f replaces it")
	require.Equal(t, before, contents(t, at("a.json")))
	convert(keywords, at("a.json"), "-f")
	require.NotEqual(t, before, contents(t, at("a.json")))
	convert(at("a.keras"), at("a.keras"), "-f") // in its own place
	require.Equal(t, succeed(t, input, "run", data("signal.keras")), succeed(t, input, "run", at("a.keras")))
}

func TestConvertTellsOfOptimizer(t *testing.T) {
	out := filepath.Join(t.TempDir(), "trained.keras")
	r := call("", "convert", data("trained.keras"), out)
	require.Zero(t, r.code, r.stderr)
	require.Contains(t, r.stderr, "the state of the optimizer is not in it; training goes on with a new one")
}

func TestConvertErrors(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{nil, 2, "there are 0 files; give two"},
		{[]string{"a"}, 2, "there are 1 files; give two"},
		{[]string{data("signal.keras"), at("x.onnx")}, 2, `is of no format; name it, as -to keras, h5, weights.h5, json or safetensors`},
		{[]string{data("signal.keras"), at("x"), "-to", "onnx"}, 2, `-to is "onnx"; it may be keras`},
		{[]string{data("signal.keras"), at("x.h5")}, 1, "the weights are arranged as in .keras; save the model as that or as .weights.h5"},
		{[]string{data("signal.keras"), at("x.safetensors")}, 1, "x.safetensors: "},
		{[]string{data("signal.npy"), at("x.keras")}, 1, "it is an array of NumPy"},
		{[]string{data("signal.keras"), filepath.Join(dir, "no", "x.keras")}, 1, "no such file"},
		{[]string{kerasFile("k3_chain.json"), at("x.keras")}, 1, "the model has no weights; read them with LoadWeights"},
	} {
		r := call("", append([]string{"convert"}, test.args...)...)
		require.Equal(t, test.code, r.code, test.args)
		require.Contains(t, r.stderr, test.says)
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, entries, test.args)
	}
}

// An interrupted conversion leaves what was.
func TestConvertInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	name := filepath.Join(dir, "x.keras")
	require.NoError(t, os.WriteFile(name, []byte("before"), 0o600))
	r := callWith(ctx, strings.NewReader(""), "convert", "-f", data("signal.keras"), name)
	require.Equal(t, result{"", "sepconv convert: interrupted\n", exitError}, r)
	require.Equal(t, "before", contents(t, name))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}
