package main

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func kerasFile(name string) string {
	return filepath.Join("..", "..", "sepconv", "keras", "testdata", "files", name)
}

func TestSummary(t *testing.T) {
	require.Equal(t, `Model: "signal"
┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━┳━━━━━━━━━┓
┃ Layer (type)                                      ┃ Output Shape    ┃ Param # ┃
┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━╇━━━━━━━━━┩
│ separable_conv1d (SeparableConv1D)                │ (None, None, 4) │      25 │
│ global_average_pooling1d (GlobalAveragePooling1D) │ (None, 4)       │       0 │
│ scores (Dense)                                    │ (None, 2)       │      10 │
└───────────────────────────────────────────────────┴─────────────────┴─────────┘
 Total params: 35 (140.00 B)
 Trainable params: 35 (140.00 B)
 Non-trainable params: 0 (0.00 B)

 Input: "input_layer" (None, None, 3)
 Output: "scores" (None, 2)
`, succeed(t, "", "summary", data("signal.keras")))
	two := succeed(t, "", "summary", data("two.keras"))
	require.Contains(t, two, ` Input: "place" (None, 1), whole numbers`)
	require.Contains(t, two, "Connected to")
	require.Contains(t, succeed(t, "", "summary", data("reviews.keras")), `(None, 6), made of text`)

	custom := succeed(t, "", "summary", kerasFile("k3_custom.keras"))
	require.Contains(t, custom, "│ gain (Gain)  ")
	require.Contains(t, custom, "\nIt does not run: invalid configuration: layer \"gain\" of class \"audio>Gain\": ")
	weights := succeed(t, "", "summary", kerasFile("k3_chain.weights.h5"))
	require.Contains(t, weights, "│ conv1/0 │ (3, 3, 1) │")
	require.Contains(t, weights, "\nIt does not run: invalid file: the file has weights and no configuration")
	require.Contains(t, weights, "\n\"-weights "+kerasFile("k3_chain.weights.h5")+" model.json\" gives them to the model")
	require.Contains(t, succeed(t, "", "summary", kerasFile("k3_chain.json"), "-weights", kerasFile("k3_chain.weights.h5")), "Total params: 252 ")
}

func TestSummaryJSON(t *testing.T) {
	var d struct {
		description
		Inputs []struct {
			Shape []*int `json:"shape"`
		} `json:"inputs"`
	}
	require.NoError(t, json.Unmarshal([]byte(succeed(t, "", "summary", "-json", data("two.keras"))), &d))
	require.True(t, d.Runs)
	require.Equal(t, "two", d.Name)
	require.Len(t, d.Outputs, 2)
	require.Nil(t, d.Inputs[0].Shape[1])
	require.Equal(t, 2, *d.Inputs[0].Shape[2])
	require.Equal(t, int64(49), d.Parameters)
	for _, name := range []string{"k3_custom.keras", "torch_plain.safetensors", "k3_chain.json", "k2_pickled.keras", "k2_shared.h5"} {
		d := description{}
		require.NoError(t, json.Unmarshal([]byte(succeed(t, "", "summary", "-json", kerasFile(name))), &d), name)
		require.Equal(t, d.Problem == "", d.Runs)
		require.NotEmpty(t, d.Layers)
	}
}

func TestSummaryErrors(t *testing.T) {
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{nil, 2, "there is no file"},
		{[]string{"a", "b"}, 2, `there are 2 files, "a" and "b" among them; give one`},
		{[]string{"a", "-kernel", "x"}, 2, `-kernel is "x"`},
		{[]string{"none"}, 1, "none"},
		{[]string{data("signal.npy")}, 1, "it is an array of NumPy"},
		{[]string{kerasFile("k3_chain.json"), "-weights", "none"}, 1, "none"},
		{[]string{data("signal.keras"), "-max-bytes", "1K"}, 1, "-max-bytes 4G, say, raises the limit"},
	} {
		r := call("", append([]string{"summary"}, test.args...)...)
		require.Equal(t, test.code, r.code, test.args)
		require.Contains(t, r.stderr, test.says)
		require.Empty(t, r.stdout)
	}
}
