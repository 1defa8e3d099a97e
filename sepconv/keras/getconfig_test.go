package keras_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// goldenConfig is a configuration as a Keras wrote it: ../testdata/golden.
type goldenConfig struct {
	Name    string          `json:"name"`
	Package string          `json:"package"`
	Config  json.RawMessage `json:"config"`
}

func goldenConfigs(t testing.TB) (all []goldenConfig) {
	f, err := os.Open("../testdata/golden/cases.jsonl.gz")
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	for d := json.NewDecoder(bufio.NewReader(z)); ; {
		var g goldenConfig
		err := d.Decode(&g)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, g)
	}
}

// accidental is what Keras' get_config says beyond the layer's arguments: the
// counter in the name of an activation that is a layer, the shape that one was
// called with, and whether max_value was a float in Python.
var accidental = regexp.MustCompile(
	`("max_value": [0-9]+)\.0|("name": "(?:elu|leaky_re_lu|re_lu|thresholded_re_lu))_[0-9]+|, "build_config": \{"input_shape": \[[0-9, ]+\]\}`)

// lost is what no sepconv.Config keeps: a softmax as an object with an axis, and
// the initializer of a kernel that the layer has not.
var lost = []string{
	`"class_name": "Softmax"`,
	`"kernel_initializer": {"module": "keras.initializers", "class_name": "Ones"`,
}

// Every configuration of the golden vectors, read and written again, is to the
// byte what Keras wrote.
func TestMarshalConfigOfGoldenVectors(t *testing.T) {
	same := map[keras.Keras]int{}
	for _, g := range goldenConfigs(t) {
		if containsAny(string(g.Config), lost) {
			continue
		}
		var c sepconv.Config
		require.NoError(t, json.Unmarshal(g.Config, &c), g.Name)
		k := keras.Keras3
		if strings.HasPrefix(g.Package, "tf_keras") {
			k = keras.Keras2
		}
		got, err := keras.MarshalConfig(c, k)
		require.NoError(t, err, g.Name)
		require.Equal(t, accidental.ReplaceAllString(string(g.Config), "$1$2"), accidental.ReplaceAllString(string(got), "$1$2"), g.Name)
		same[k]++
	}
	require.GreaterOrEqual(t, same[keras.Keras3], 700)
	require.GreaterOrEqual(t, same[keras.Keras2], 475)
}

func containsAny(s string, parts []string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// The files of get_config with every option, likewise.
func TestMarshalConfigOfOptions(t *testing.T) {
	for name, k := range map[string]keras.Keras{"k3_get_config.json": keras.Keras3, "k2_get_config.json": keras.Keras2} {
		want, err := os.ReadFile(files + name)
		require.NoError(t, err)
		var c sepconv.Config
		require.NoError(t, json.Unmarshal(want, &c))
		got, err := keras.MarshalConfig(c, k)
		require.NoError(t, err)
		require.Equal(t, string(want), string(got))
	}
}

func TestMarshalConfigErrors(t *testing.T) {
	_, err := keras.MarshalConfig(sepconv.Config{Filters: 1, KernelSize: 2, Padding: "CAUSAL"}, keras.Keras3)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, "no causal padding")
	_, err = keras.MarshalConfig(sepconv.Config{Filters: 1, KernelSize: 2, Activation: sepconv.HardSigmoidKeras2}, keras.Keras3)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	_, err = keras.MarshalConfig(sepconv.Config{Filters: 1, KernelSize: 2, Activation: sepconv.GLU}, keras.Keras2)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	_, err = keras.MarshalConfig(sepconv.Config{KernelSize: 1}, keras.Keras3)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, "filters is 0")
	_, err = keras.MarshalConfig(sepconv.Config{}, 7)
	require.ErrorIs(t, err, sepconv.ErrConfig)
}

// Names are strings as json.dumps writes them.
func TestMarshalConfigNames(t *testing.T) {
	for name, want := range map[string]string{
		"a":              `"a"`,
		"ä<&>\"\\/":      `"\u00e4<&>\"\\/"`,
		"\n\t\r\b\f\x01": `"\n\t\r\b\f\u0001"`,
		"\x7f€😀":         `"` + "\x7f" + `\u20ac\ud83d\ude00"`,
		", : \", ":       `", : \", "`,
	} {
		text, err := keras.MarshalConfig(sepconv.Config{Name: name, Filters: 1, KernelSize: 1}, keras.Keras3)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(string(text), `{"name": `+want+`, "trainable": true, `), "%s", text)
		var c sepconv.Config
		require.NoError(t, json.Unmarshal(text, &c))
		require.Equal(t, name, c.Name)
	}
}
