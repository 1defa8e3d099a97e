package keras_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/custom"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

const customObjects = "testdata/cases/custom-objects/"

// snake is x + sin(ax)^2/a.
func snake(a float64) sepconv.Activation {
	return sepconv.ActivationFunc(func(y []float32) {
		for i, v := range y {
			s := math.Sin(a * float64(v))
			y[i] = float32(float64(v) + s*s/a)
		}
	})
}

// snakeOf makes a Snake of the class' configuration.
func snakeOf(config json.RawMessage) (sepconv.Activation, error) {
	var c struct{ A float64 }
	if err := json.Unmarshal(config, &c); err != nil {
		return nil, err
	}
	return snake(c.A), nil
}

// halved is the function of the files that is not registered.
var halved = sepconv.ActivationFunc(func(y []float32) {
	for i := range y {
		y[i] /= 2
	}
})

// own are the activations of the files of custom-objects.
func own() []keras.Option {
	return []keras.Option{
		keras.WithActivation("mine>snake", snake(1)), keras.WithActivationClass("mine>Snake", snakeOf), keras.WithActivation("halved", halved),
	}
}

// actFiles are the same model in the forms of the versions of Keras.
var actFiles = []string{"act.keras", "k2_act.h5", "k2_act.keras", "k2_legacy.h5"}

// With the user's activations a model computes what it does in Keras.
func TestWithActivation(t *testing.T) {
	for _, name := range actFiles {
		t.Run(name, func(t *testing.T) {
			model, err := keras.Open(customObjects+name, own()...)
			require.NoError(t, err)
			blocks, err := model.Blocks()
			require.NoError(t, err)
			require.Len(t, blocks, 5)
			checkPrediction(t, blocks, customObjects+name+".json")
			var computed []string
			for _, b := range blocks {
				for _, l := range b.Computes {
					computed = append(computed, l.Name)
				}
			}
			require.Equal(t, []string{"function", "class", "plain", "before_function", "function_layer", "before_class", "class_layer"}, computed)
		})
	}
}

// checkPrediction runs blocks one after the other, and compares with a file of Keras'.
func checkPrediction(t *testing.T, blocks []keras.Block, name string) {
	t.Helper()
	var want struct {
		Input, Output []float32
		Steps         int
	}
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &want))
	x, steps := want.Input, want.Steps
	for _, b := range blocks {
		plan, err := b.Layer.Compile()
		require.NoError(t, err)
		shape, err := plan.OutputShape(1, steps)
		require.NoError(t, err)
		y := make([]float32, shape[1]*shape[2])
		require.NoError(t, plan.Run(y, x, 1, steps))
		x, steps = y, shape[1]
	}
	require.InDeltaSlice(t, want.Output, x, 1e-7)
}

// Without them the file is read, other layers are built, and the error names the
// activation and the option.
func TestWithoutActivation(t *testing.T) {
	for _, name := range actFiles {
		model, err := keras.Open(customObjects + name)
		require.NoError(t, err, name)
		for _, test := range []struct{ layer, activation string }{{"function", "mine>snake"}, {"class", "mine>Snake"}, {"plain", "halved"}} {
			l, err := model.Layer(test.layer)
			require.NoError(t, err)
			_, err = l.SeparableConv1D()
			require.ErrorIs(t, err, sepconv.ErrFile, name)
			require.ErrorIs(t, err, sepconv.ErrConfig, name)
			for _, part := range []string{`layer "` + test.layer + `"`, `"` + test.activation + `"`, `keras.WithActivation("` + test.activation + `", f)`} {
				require.ErrorContains(t, err, part, name)
			}
		}
		for _, layer := range []string{"before_function", "before_class"} {
			l, err := model.Layer(layer)
			require.NoError(t, err)
			_, err = l.SeparableConv1D()
			require.NoError(t, err, name)
		}
		_, err = model.SeparableConv1Ds()
		require.ErrorContains(t, err, "mine>snake")
		_, err = model.Blocks()
		require.ErrorContains(t, err, "mine>snake")
		// Saved in its format it is as it was.
		same, err := keras.Open(customObjects+name, own()...)
		require.NoError(t, err)
		var plain, supplied bytes.Buffer
		require.NoError(t, model.Write(&plain, model.Format))
		require.NoError(t, same.Write(&supplied, same.Format))
		again, err := keras.Read(bytes.NewReader(plain.Bytes()), int64(plain.Len()), own()...)
		require.NoError(t, err)
		blocks, err := again.Blocks()
		require.NoError(t, err)
		checkPrediction(t, blocks, customObjects+name+".json")
		for l := range same.All() {
			other, err := again.Layer(l.Path)
			require.NoError(t, err)
			require.Equal(t, string(l.Config), string(other.Config))
		}
	}
}

// Activation layers whose code is missing stay out of the blocks.
func TestBlocksWithoutActivation(t *testing.T) {
	model, err := keras.Open(customObjects+"act.keras", own()[0], own()[2], keras.WithActivationClass("mine>Snake", func(config json.RawMessage) (sepconv.Activation, error) {
		if strings.Contains(string(config), "3.0") {
			return nil, errors.New("not this one")
		}
		return snakeOf(config)
	}))
	require.NoError(t, err)
	blocks, err := model.Blocks()
	require.NoError(t, err)
	require.Equal(t, "before_class", blocks[4].Computes[len(blocks[4].Computes)-1].Name)
	require.Equal(t, "function_layer", blocks[3].Computes[len(blocks[3].Computes)-1].Name)
}

// A class that was never registered is found by its own name.
func TestWithActivationOfAnUnregisteredClass(t *testing.T) {
	archived, err := keras.Open(customObjects + "act.keras")
	require.NoError(t, err)
	var text bytes.Buffer
	require.NoError(t, archived.Write(&text, keras.JSON))
	plain := strings.ReplaceAll(text.String(), `"mine>Snake"`, `"Snake"`)
	require.NotEqual(t, text.String(), plain)
	model, err := keras.Read(strings.NewReader(plain), int64(len(plain)), own()[0], keras.WithActivationClass("Snake", snakeOf), own()[2])
	require.NoError(t, err)
	require.NoError(t, model.LoadWeights(customObjects+"act.keras"))
	blocks, err := model.Blocks()
	require.NoError(t, err)
	checkPrediction(t, blocks, customObjects+"act.keras.json")
}

// A model of layers with the user's activations is written for both versions, and
// stays usable.
func TestSequentialWithActivation(t *testing.T) {
	model, err := keras.Open(customObjects+"act.keras", own()...)
	require.NoError(t, err)
	var layers []*sepconv.Layer
	for _, name := range []string{"function", "plain"} {
		l, err := model.Layer(name)
		require.NoError(t, err)
		layer, err := l.SeparableConv1D()
		require.NoError(t, err)
		layers = append(layers, layer)
	}
	made, err := keras.Sequential("made", layers...)
	require.NoError(t, err)
	for _, format := range []keras.Format{keras.Archive, keras.H5, keras.WeightsH5, keras.JSON, keras.Safetensors} {
		var file bytes.Buffer
		require.NoError(t, made.Write(&file, format), format)
		if format != keras.Archive && format != keras.H5 {
			continue
		}
		again, err := keras.Read(bytes.NewReader(file.Bytes()), int64(file.Len()), own()...)
		require.NoError(t, err)
		l, err := again.Layer("function")
		require.NoError(t, err)
		for _, object := range map[keras.Format][]string{
			keras.Archive: {
				`"activation": {"module": "builtins", "class_name": "function", "config": "mine>snake", "registered_name": "function"}`,
				`"depthwise_regularizer": {"module": null, "class_name": "MyReg", "config": {"a": 0.1}, "registered_name": "mine>MyReg"}`,
			},
			keras.H5: {`"activation": "mine>snake"`, `"depthwise_regularizer": {"class_name": "mine>MyReg", "config": {"a": 0.1}}`},
		}[format] {
			require.Contains(t, string(l.Config), object)
		}
		layer, err := l.SeparableConv1D()
		require.NoError(t, err)
		require.Equal(t, "mine>MyReg", layer.Config().DepthwiseRegularizer.Name())
		built, err := again.SeparableConv1Ds()
		require.NoError(t, err)
		require.Len(t, built, 2)
	}
}

// Regularizers, initializers and constraints of the user's are kept, and are written
// to the byte as they were.
func TestCustomObjects(t *testing.T) {
	for name, object := range map[string]string{
		"cust_reg":  `"depthwise_regularizer": {"module": null, "class_name": "MyReg", "config": {"a": 0.1}, "registered_name": "mine>MyReg"}`,
		"cust_init": `"depthwise_initializer": {"module": null, "class_name": "MyInit", "config": {}, "registered_name": "mine>MyInit"}`,
		"cust_con":  `"depthwise_constraint": {"module": null, "class_name": "MyCon", "config": {}, "registered_name": "mine>MyCon"}`,
	} {
		t.Run(name, func(t *testing.T) {
			model, err := keras.Open(customObjects + name + ".keras")
			require.NoError(t, err)
			layers, err := model.SeparableConv1Ds()
			require.NoError(t, err)
			require.Len(t, layers, 1)
			text, err := keras.MarshalConfig(layers[0].Config(), keras.Keras3)
			require.NoError(t, err)
			require.Contains(t, string(text), object)
			for l := range model.All() {
				if l.IsSeparableConv1D() {
					require.Equal(t, string(l.Config), string(text))
				}
			}
			// Keras 2 has the same form.
			text, err = keras.MarshalConfig(layers[0].Config(), keras.Keras2)
			require.NoError(t, err)
			require.Contains(t, string(text), object)
			for _, ending := range []string{".keras", ".h5", ".json"} {
				file := filepath.Join(t.TempDir(), name+ending)
				require.NoError(t, model.Save(file))
				again, err := keras.Open(file)
				require.NoError(t, err)
				want := object
				if ending == ".h5" { // which Keras 2 reads in the form before 2.12 only
					key, _, _ := strings.Cut(object, ":")
					want = key + `: {"class_name": "mine>` + map[string]string{
						"cust_reg": `MyReg", "config": {"a": 0.1}}`, "cust_init": `MyInit", "config": {}}`, "cust_con": `MyCon", "config": {}}`,
					}[name]
				}
				for l := range again.All() {
					if l.IsSeparableConv1D() {
						require.Contains(t, string(l.Config), want, ending)
					}
				}
			}
		})
	}
}

// Options that no file could have a use for.
func TestBadActivationOptions(t *testing.T) {
	build := func(json.RawMessage) (sepconv.Activation, error) { return sepconv.ReLU, nil }
	for want, options := range map[string][]keras.Option{
		`"" is no name`:          {keras.WithActivation("", sepconv.ReLU)},
		`"relu" is no name`:      {keras.WithActivation("relu", sepconv.Tanh)},
		`"swish" is no name`:     {keras.WithActivation("swish", sepconv.Tanh)},
		`"LeakyReLU" is no name`: {keras.WithActivationClass("LeakyReLU", build)},
		`activation "mine>f": sepconv: invalid configuration: it is nil`: {keras.WithActivation("mine>f", nil)},
		`nil ActivationFunc`:                              {keras.WithActivation("mine>f", sepconv.ActivationFunc(nil))},
		`nil *sepconv.StandardActivation`:                 {keras.WithActivation("mine>f", (*sepconv.StandardActivation)(nil))},
		`the function is nil`:                             {keras.WithActivationClass("mine>f", nil)},
		`two activations are given for the name "mine>f"`: {keras.WithActivation("mine>f", sepconv.ReLU), keras.WithActivationClass("mine>f", build)},
	} {
		_, err := keras.Open(customObjects+"act.keras", options...)
		require.ErrorIs(t, err, sepconv.ErrConfig, want)
		require.ErrorContains(t, err, want)
	}
	// What build returns is checked as well, when a layer is built.
	for _, made := range []struct {
		a    sepconv.Activation
		err  error
		want string
	}{{nil, nil, "it is nil"}, {sepconv.ActivationFunc(nil), nil, "nil ActivationFunc"}, {nil, errors.New("no such a"), "no such a"}} {
		model, err := keras.Open(customObjects+"act.keras", keras.WithActivationClass("mine>Snake", func(json.RawMessage) (sepconv.Activation, error) { return made.a, made.err }))
		require.NoError(t, err)
		l, err := model.Layer("class")
		require.NoError(t, err)
		_, err = l.SeparableConv1D()
		require.ErrorIs(t, err, sepconv.ErrFile)
		require.ErrorContains(t, err, `layer "class": activation "mine>Snake": `)
		require.ErrorContains(t, err, made.want)
	}
}

// A number that JSON does not have is kept in the format that it was read from, and
// not turned into a string in another.
func TestInfinityInACustomObject(t *testing.T) {
	json := strings.Replace(plainJSON(t), `"a": 0.1`, `"a": -Infinity`, 1)
	model, err := keras.Read(strings.NewReader(json), int64(len(json)))
	require.NoError(t, err)
	var same bytes.Buffer
	require.NoError(t, model.Write(&same, keras.JSON))
	require.Equal(t, json, same.String())
	weights := filepath.Join(t.TempDir(), "m.weights.h5")
	archived, err := keras.Open(customObjects + "cust_reg.keras")
	require.NoError(t, err)
	require.NoError(t, archived.Save(weights))
	require.NoError(t, model.LoadWeights(weights))
	err = model.Write(new(bytes.Buffer), keras.H5)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, "depthwise_regularizer has NaN or Infinity")
}

// plainJSON is the configuration of cust_reg.keras.
func plainJSON(t *testing.T) string {
	model, err := keras.Open(customObjects + "cust_reg.keras")
	require.NoError(t, err)
	var text bytes.Buffer
	require.NoError(t, model.Write(&text, keras.JSON))
	return text.String()
}

// GLU halves channels in channels_last and time in channels_first, under whatever
// name it is written.
func TestSequentialWithGLU(t *testing.T) {
	var named custom.Object
	require.NoError(t, json.Unmarshal([]byte(`"mine>gate"`), &named))
	for _, test := range []struct {
		format   sepconv.DataFormat
		channels int
		build    string
	}{
		{sepconv.ChannelsLast, 2, `"build_config": {"input_shape": [null, null, 2]}`},
		{sepconv.ChannelsFirst, 4, `"build_config": {"input_shape": [null, 4, null]}`},
	} {
		for _, glu := range []sepconv.Activation{sepconv.GLU, sepconv.WithCode(named, sepconv.GLU)} {
			gated, err := sepconv.New(sepconv.Config{Filters: 4, KernelSize: 3, Strides: 2, Activation: glu, DataFormat: test.format}, 3)
			require.NoError(t, err)
			next, err := sepconv.New(sepconv.Config{Filters: 1, KernelSize: 1, DataFormat: test.format}, test.channels)
			require.NoError(t, err)
			model, err := keras.Sequential("", gated, next)
			require.NoError(t, err)
			var text bytes.Buffer
			require.NoError(t, model.Write(&text, keras.JSON))
			require.Contains(t, text.String(), test.build)
			_, err = keras.Sequential("", next, gated)
			require.ErrorIs(t, err, sepconv.ErrShape)
		}
	}
}
