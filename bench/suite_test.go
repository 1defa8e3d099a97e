package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// tiny is a suite of one layer, of 2*2*25*6*(3+7) operations.
const tiny = `[{"id":"X1","from":"nowhere","batch":2,"steps":50,"channels":3,"kernel":3,"stride":2,"dilation":1,` +
	`"multiplier":2,"padding":"causal","filters":7,"activation":"relu"}]`

// tinyFile returns the name of a file that holds the tiny suite.
func tinyFile(t *testing.T) string {
	file := filepath.Join(t.TempDir(), "tiny.json")
	require.NoError(t, os.WriteFile(file, []byte(tiny), 0o666))
	return file
}

func TestBuiltInSuite(t *testing.T) {
	for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
		layers, err := readSuite("", format)
		require.NoError(t, err)
		require.Len(t, layers, 25)
		require.Equal(t, "T1", layers[0].ID)
	}
}

func TestSuiteErrors(t *testing.T) {
	layer := strings.Trim(tiny, "[]")
	edit := func(old, new string) string {
		require.Contains(t, tiny, old)
		return strings.Replace(tiny, old, new, 1)
	}
	for _, test := range []struct{ name, suite, want string }{
		{"syntax", `[{]`, "s.json: it must be a JSON list of layers"},
		{"no list", layer, "s.json: it must be a JSON list of layers"},
		{"no layers", `[]`, "s.json: it has no layers"},
		{"null", `null`, "s.json: it has no layers"},
		{"no object", `[` + layer + `,17]`, `s.json: layer 2, "": it is 17; it must be a JSON object`},
		{"null object", `[null]`, `it is null; it must be a JSON object`},
		{"missing", edit(`"batch":2,`, ``), `s.json: layer 1, "X1": batch is missing; it must be an integer of at least 1`},
		{"string", edit(`"steps":50`, `"steps":"many"`), `s.json: layer 1, "X1": steps is "many"; it must be an integer of at least 1`},
		{"zero", edit(`"stride":2`, `"stride":0`), `stride is 0;`},
		{"negative", edit(`"dilation":1`, `"dilation":-3`), `dilation is -3;`},
		{"fraction", edit(`"kernel":3`, `"kernel":2.5`), `kernel is 2.5;`},
		{"null number", edit(`"filters":7`, `"filters":null`), `filters is null;`},
		{"no string", edit(`"relu"`, `null`), `activation is null; it must be a string`},
		{"unknown field", edit(`"stride"`, `"strides":1,"stride"`), `"strides" is 1; a layer has no such field`},
		{"upper case", edit(`"stride"`, `"Stride"`), `stride is missing`},
		{"id", edit(`"X1"`, `"X/1"`), `id is "X/1"; it must be a word`},
		{"same id", `[` + layer + `,` + layer + `]`, `s.json: layer 2, "X1": an earlier layer has the same id`},
		{"padding", edit(`"causal"`, `"full"`), `padding is "full"; it must be "valid", "same" or "causal"`},
		{"activation", edit(`"relu"`, `"rely"`), `s.json: layer 1, "X1": activation: sepconv: invalid configuration: unknown activation "rely"`},
		{"glu", edit(`"relu"`, `"glu"`), `filters is 7; the activation glu halves them`},
		{"short input", strings.Replace(edit(`"causal"`, `"valid"`), `"steps":50`, `"steps":2`, 1), `an input of 2 steps`},
		{"large", edit(`"steps":50`, `"steps":1000000000`), `its arrays have 2e+10 elements; they may have 268435456 at most`},
		{"long value", edit(`"steps":50`, `"steps":"`+strings.Repeat("9", 1000)+`"`), `999...; it must be`},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseSuite("s.json", []byte(test.suite), sepconv.ChannelsLast)
			require.ErrorContains(t, err, test.want)
			require.Less(t, len(err.Error()), 400)
		})
	}
	_, err := readSuite(filepath.Join(t.TempDir(), "none.json"), sepconv.ChannelsLast)
	require.ErrorContains(t, err, "none.json")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestErrorsOfTheLibraryAreWrapped(t *testing.T) {
	_, err := parseSuite("s.json", []byte(strings.Replace(tiny, "relu", "rely", 1)), sepconv.ChannelsLast)
	require.ErrorIs(t, err, sepconv.ErrConfig)
}

func TestFLOPs(t *testing.T) {
	for _, test := range []struct {
		layer layer
		want  float64
	}{
		{layer{Batch: 2, Steps: 50, Channels: 3, Kernel: 3, Stride: 2, Dilation: 1, Multiplier: 2, Padding: "causal", Filters: 7}, 2 * 2 * 25 * 6 * 10},
		{layer{Batch: 1, Steps: 10, Channels: 1, Kernel: 3, Stride: 1, Dilation: 4, Multiplier: 1, Padding: "valid", Filters: 1}, 2 * 1 * 2 * 1 * 4},
		{layer{Batch: 1, Steps: 11, Channels: 4, Kernel: 4, Stride: 3, Dilation: 1, Multiplier: 1, Padding: "Valid", Filters: 5}, 2 * 1 * 3 * 4 * 9},
		{layer{Batch: 3, Steps: 11, Channels: 4, Kernel: 4, Stride: 3, Dilation: 1, Multiplier: 1, Padding: "same", Filters: 5}, 2 * 3 * 4 * 4 * 9},
		{layer{Batch: 1, Steps: 9, Channels: 1, Kernel: 1, Stride: math.MaxInt, Dilation: 1, Multiplier: 1, Padding: "same", Filters: 1}, 2 * 2},
		// What glu leaves out is computed nevertheless.
		{layer{Batch: 1, Steps: 8, Channels: 2, Kernel: 1, Stride: 1, Dilation: 1, Multiplier: 1, Padding: "same", Filters: 6, Activation: "glu"}, 2 * 8 * 2 * 7},
	} {
		require.Equal(t, test.want, test.layer.flops(), "%+v", test.layer)
	}
}

// The formula for the output's length is the library's.
func TestOutputSteps(t *testing.T) {
	layers, err := readSuite("", sepconv.ChannelsLast)
	require.NoError(t, err)
	for _, l := range layers {
		c, err := l.config(sepconv.ChannelsLast)
		require.NoError(t, err)
		s, err := sepconv.New(c, l.Channels)
		require.NoError(t, err)
		shape, err := s.OutputShape(l.Batch, l.Steps)
		require.NoError(t, err)
		require.Equal(t, [3]int{l.Batch, l.outSteps(), l.Filters}, shape, l.ID)
	}
}

// A layer may have strides and dilation, and any activation that Keras names.
func TestOtherLayers(t *testing.T) {
	var fields []map[string]any
	require.NoError(t, json.Unmarshal([]byte(tiny), &fields))
	for _, activation := range []string{"linear", "swish", "hard_sigmoid", "softmax", "gelu"} {
		fields[0]["activation"], fields[0]["dilation"] = activation, 3
		data, err := json.Marshal(fields)
		require.NoError(t, err)
		_, err = parseSuite("s.json", data, sepconv.ChannelsFirst)
		require.NoError(t, err, activation)
	}
}

func TestNoOverflow(t *testing.T) {
	l := layer{Batch: math.MaxInt, Steps: math.MaxInt, Channels: math.MaxInt, Kernel: 1, Stride: 1, Dilation: 1, Multiplier: math.MaxInt, Padding: "same", Filters: 1, Activation: "relu"}
	require.ErrorContains(t, l.check(sepconv.ChannelsLast), "its arrays have")
}
