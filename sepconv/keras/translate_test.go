package keras_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/hdf5"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// untranslated are the golden models that do not go from .h5 to .keras, and why.
var untranslated = map[string]string{
	"keras2-layers/activation":           "hard_sigmoid is clip(0.2x + 0.5, 0, 1) in Keras 2",
	"keras2-layers/activation_of_layers": "hard_sigmoid is clip(0.2x + 0.5, 0, 1) in Keras 2",
	"keras2-layers/separable_conv1d":     "Keras 3 has no causal padding in this class",
	"keras2-text/text_to_counts":         "its output_mode is tf_idf",
}

// legacyFiles goes through the whole models of .h5 among the golden ones.
func legacyFiles(t *testing.T, yield func(name string, m *goldenModel, f goldenFile)) {
	for _, p := range goldenPacks(t, "keras*.zip") {
		for _, m := range p.models {
			for _, f := range m.Files {
				if f.Weights == "" && strings.HasSuffix(f.Model, ".h5") {
					yield(p.name+"/"+m.Name, m, f)
				}
			}
		}
	}
}

// A model computes the same bits after it went from .h5 to .keras.
func TestTranslated(t *testing.T) {
	models := 0
	legacyFiles(t, func(name string, m *goldenModel, f goldenFile) {
		t.Run(name, func(t *testing.T) {
			model := m.open(t, f)
			var file bytes.Buffer
			err := model.Write(&file, keras.Archive)
			if why := untranslated[name]; why != "" {
				require.ErrorIs(t, err, sepconv.ErrConfig)
				require.ErrorContains(t, err, why)
				require.Zero(t, file.Len())
				return
			}
			require.NoError(t, err)
			models++
			again, err := keras.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(again.Version, "3."))
			want, err := m.run(compiled(t, model))
			require.NoError(t, err)
			got, err := m.run(compiled(t, again))
			require.NoError(t, err)
			require.Equal(t, allBits(want), allBits(got))
		})
	})
	require.GreaterOrEqual(t, models, 120)
}

func compiled(t *testing.T, m *keras.Model) *keras.Program {
	program, err := m.Compile()
	require.NoError(t, err)
	return program
}

// What is written is what Keras 3 itself writes of the .h5, where it loads it.
func TestTranslatedAsKeras3(t *testing.T) {
	golden := map[string]*keras3Saved{}
	index := json.NewDecoder(bytes.NewReader(unzip(t, "testdata/models/converted.zip")["index.jsonl"]))
	for index.More() {
		s := &keras3Saved{}
		require.NoError(t, index.Decode(s))
		golden[s.Pack+"/"+strings.TrimSuffix(s.Name, ".h5")] = s
	}
	compared := 0
	legacyFiles(t, func(name string, m *goldenModel, f goldenFile) {
		want := golden[name]
		require.NotNil(t, want, name)
		if want.Problem != "" || untranslated[name] != "" {
			return
		}
		t.Run(name, func(t *testing.T) {
			compared++
			var file bytes.Buffer
			require.NoError(t, m.open(t, f).Write(&file, keras.Archive))
			config, weights := savedParts(t, file.Bytes())
			require.Equal(t, want.Weights, weights)
			if name == "keras3-layers/softmax" { // of which Keras 3 reads axis=[1, 2] as -1 from its own .h5
				require.NotEqual(t, plainly(want.Config), plainly(config))
				return
			}
			require.Equal(t, plainly(want.Config), plainly(config))
		})
	})
	require.Equal(t, 73, compared)
}

// keras3Saved is what Keras 3 writes of an .h5: testdata/models/converted.py.
type keras3Saved struct {
	Pack, Name, Problem string
	Config              any
	Weights             map[string][]int
}

// savedParts returns the configuration of an archive and the shapes of its arrays.
func savedParts(t *testing.T, data []byte) (config any, weights map[string][]int) {
	require.NoError(t, json.Unmarshal([]byte(memberOf(t, data, "config.json")), &config))
	file := memberOf(t, data, "model.weights.h5")
	root, err := hdf5.Open(strings.NewReader(file), int64(len(file)), keras.DefaultMaxBytes)
	require.NoError(t, err)
	weights = map[string][]int{}
	addShapes(t, weights, "", root)
	return config, weights
}

// addShapes adds those of the arrays in a group, and in the groups in it.
func addShapes(t *testing.T, to map[string][]int, path string, g *hdf5.Group) {
	for _, name := range g.Names() {
		if g.Kind(name) == hdf5.KindGroup {
			inner, err := g.Group(name)
			require.NoError(t, err)
			addShapes(t, to, path+name+"/", inner)
			continue
		}
		array, err := g.Dataset(name)
		require.NoError(t, err)
		to[path+name] = append([]int{}, array.Shape()...)
	}
}

// plainly returns a configuration without that in which the one that is written here
// differs from that of Keras 3.15:
//   - arguments that are as without them, which other versions of Keras 3 may not know;
//   - keywords of calls that are null;
//   - the one input or output of a model, which from a list of one becomes itself, so
//     that predict returns an array;
//   - the identities of objects.
func plainly(x any) any {
	switch x := x.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, value := range x {
			addition, isAddition := keras3Additions[key]
			switch {
			case key == "shared_object_id":
			case key == "vocabulary_size": // which follows from the vocabulary
			case isAddition && value == addition:
			case key == "kwargs":
				keywords, _ := plainly(value).(map[string]any)
				maps.DeleteFunc(keywords, func(_ string, v any) bool { return v == nil })
				out[key] = keywords
			case key == "input_layers" || key == "output_layers":
				if list, ok := value.([]any); ok && len(list) == 1 {
					value = list[0]
				}
				out[key] = value
			default:
				out[key] = plainly(value)
			}
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, e := range x {
			out[i] = plainly(e)
		}
		return out
	}
	return x
}

// keras3Additions are arguments that Keras 3.15 writes and Keras 2 does not know, and
// what they are if nobody gives them.
var keras3Additions = map[string]any{
	"quantization_config": nil, "input_axes": nil, "output_axes": nil, "noise_shape": nil, "seed": nil, "idf_weights": nil, "salt": nil,
	"synchronized": false, "renorm": false, "rms_scaling": false, "zero_output_for_mask": false, "optional": false,
	"renorm_clipping": nil, "renorm_momentum": 0.99, "data_format": "channels_last", "oov_method": "floormod",
}

// legacyModel reads a Sequential model of Keras 2, of layers without weights, from an .h5.
func legacyModel(t *testing.T, layers string) *keras.Model {
	w := hdf5.NewWriter()
	w.Root().Attribute("keras_version", "2.15.0")
	w.Root().Attribute("model_config", []byte(`{"class_name": "Sequential", "config": {"name": "m", "layers": [`+
		`{"class_name": "InputLayer", "config": {"batch_input_shape": [null, 4, 3], "dtype": "float32", "name": "i"}}, `+layers+`]}}`))
	g := w.Root().Group("model_weights")
	g.Attribute("layer_names", []string{"i"})
	g.Group("i").Attribute("weight_names", []string{})
	var file bytes.Buffer
	_, err := w.WriteTo(&file)
	require.NoError(t, err)
	m, err := keras.Read(bytes.NewReader(file.Bytes()), int64(file.Len()))
	require.NoError(t, err)
	return m
}

// What Keras 3 does not have, or computes otherwise, is an error with the layer and the
// reason, and nothing is written.
func TestTranslatedNot(t *testing.T) {
	for _, test := range []struct{ layers, want string }{
		{`{"class_name": "ThresholdedReLU", "config": {"name": "x", "theta": 1.0}}`, "Keras 3 has no ThresholdedReLU"},
		{`{"class_name": "Masking", "config": {"name": "m", "mask_value": 0.0}}, {"class_name": "Rescaling", "config": {"name": "x", "scale": 2.0, "offset": 0.0}}`, "it ends the mask of its input in Keras 2"},
		{`{"class_name": "Activation", "config": {"name": "x", "activation": "hard_sigmoid"}}`, "hard_sigmoid is clip(0.2x + 0.5, 0, 1) in Keras 2"},
		{`{"class_name": "Dropout", "config": {"name": "x", "rate": 0.5, "mine": 1}}`, "its mine is 1; Keras 3 has no such argument"},
		{`{"class_name": "ReLU", "config": {"name": "x", "dtype": {"class_name": "Mine", "config": {"name": "float32"}}}}`, "its dtype is"},
		{`{"class_name": "Lambda", "config": {"name": "x"}}`, "a Lambda is Python code"},
		{`{"class_name": "TFOpLambda", "config": {"name": "x", "function": "math.add"}}`, "it is a function of TensorFlow"},
		{`{"class_name": "mine>Layer", "config": {"name": "x"}}`, "it is a class of the user's own"},
	} {
		var file bytes.Buffer
		err := legacyModel(t, test.layers).Write(&file, keras.Archive)
		require.ErrorIs(t, err, sepconv.ErrFile, test.want)
		require.ErrorIs(t, err, sepconv.ErrConfig, test.want)
		require.ErrorContains(t, err, `layer "x"`)
		require.ErrorContains(t, err, test.want)
		require.Zero(t, file.Len())
	}
	var file bytes.Buffer // an argument of false is not there
	require.NoError(t, legacyModel(t, `{"class_name": "Dropout", "config": {"name": "x", "rate": 0.5, "mine": false}}`).Write(&file, keras.Archive))
	require.NotContains(t, memberOf(t, file.Bytes(), "config.json"), "mine")
}

// The weights that go are those that the layers have now, once for a layer in several
// places.
func TestTranslatedWeights(t *testing.T) {
	m, err := keras.Open(files + "k2_shared.h5")
	require.NoError(t, err)
	for l := range m.All() {
		if l.IsSeparableConv1D() {
			layer, err := l.SeparableConv1D()
			require.NoError(t, err)
			w := layer.Weights()
			for i := range w.Pointwise {
				w.Pointwise[i] = 3
			}
			require.NoError(t, l.SetWeights(w))
		}
	}
	again := rewritten(t, m, keras.Archive)
	count, sums := parameters(m)
	countAgain, sumsAgain := parameters(again)
	require.Equal(t, count, countAgain)
	require.Equal(t, sums, sumsAgain)

	m.Layers[1].Name = "other"
	require.ErrorContains(t, m.Write(&bytes.Buffer{}, keras.Archive), "is not what was read")
}
