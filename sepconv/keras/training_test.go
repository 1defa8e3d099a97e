package keras_test

import (
	"fmt"
	"testing"

	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// run computes what a block makes of 1 2 3 6, one channel.
func run(t *testing.T, b keras.Block) []float32 {
	plan, err := b.Layer.Compile()
	require.NoError(t, err)
	dst := make([]float32, 4)
	require.NoError(t, plan.Run(dst, []float32{1, 2, 3, 6}, 1, 4))
	return dst
}

// A layer that runs in training is not folded in: the block computes what the
// convolution does, 1 2 3 6, and the caller sees why. The packages give -1.0690
// -0.5345 0 1.6036 for the normalization, since it is of the batch.
func TestBlocksInTraining(t *testing.T) {
	for model, path := range map[string]string{"bn": "bn", "dropout": "mc", "nested": "inner/bn"} {
		for _, generation := range []string{"k2_", "k3_"} {
			for _, ending := range []string{".keras", ".h5"} {
				m, err := keras.Open(cases + "bn-training/" + generation + model + ending)
				require.NoError(t, err)
				blocks, err := m.Blocks()
				require.NoError(t, err)
				require.Len(t, blocks, 1)
				require.Len(t, blocks[0].Computes, 1, generation+model+ending)
				require.True(t, blocks[0].Computes[0].IsSeparableConv1D())
				require.Equal(t, []float32{1, 2, 3, 6}, run(t, blocks[0]))
				l, err := m.Layer(path)
				require.NoError(t, err)
				require.True(t, l.InTraining())
				caller, err := m.Layer(map[string]string{"bn": "bn", "dropout": "mc", "nested": "inner"}[model])
				require.NoError(t, err)
				require.Equal(t, "true", string(caller.Calls[0].Argument("training")))
			}
		}
	}
}

// link is a layer and the keywords of its call.
type link struct{ layer, keywords string }

// chainOf is a Functional model of an input, a convolution, and layers after it.
func chainOf(t *testing.T, version string, links ...link) *keras.Model {
	text := fmt.Sprintf(`{"class_name": "Functional", "keras_version": %q, "config": {"name": "f", "layers": [
		{"class_name": "InputLayer", "config": {"name": "in"}, "inbound_nodes": []}`, version)
	before := "in"
	for i, l := range append([]link{{layer: conv("c", `,"padding":"same"`)}}, links...) {
		node := fmt.Sprintf(`[[%q, 0, 0, {%s}]]`, before, l.keywords)
		if version[0] == '3' {
			node = fmt.Sprintf(`{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": [%q, 0, 0]}}], "kwargs": {%s}}`, before, l.keywords)
		}
		text += fmt.Sprintf(`, %s, "inbound_nodes": [%s]}`, l.layer[:len(l.layer)-1], node)
		before = fmt.Sprintf("l%d", i)
		if i == 0 {
			before = "c"
		}
	}
	m, err := read([]byte(text + fmt.Sprintf(`], "input_layers": [["in", 0, 0]], "output_layers": [[%q, 0, 0]]}}`, before)))
	require.NoError(t, err)
	for l := range m.All() {
		l.Weights = weightsOf(t, l)
	}
	return m
}

func TestBlocksOfCalls(t *testing.T) {
	norm := func(i int, more string) string {
		return fmt.Sprintf(`{"class_name": "BatchNormalization", "config": {"name": "l%d", "epsilon": 0.5%s}}`, i, more)
	}
	relu := func(i int) string { return fmt.Sprintf(`{"class_name": "ReLU", "config": {"name": "l%d"}}`, i) }
	dropout := func(i int) string {
		return fmt.Sprintf(`{"class_name": "Dropout", "config": {"name": "l%d", "rate": 0.5}}`, i)
	}
	softmax := `{"class_name": "Softmax", "config": {"name": "l1"}}`
	inner := func(call string) string {
		return fmt.Sprintf(`{"class_name": "Sequential", "config": {"name": "l1", "layers": [%s, %s, %s]}}`, conv("d", ""), dropout(5), call)
	}
	for _, test := range []struct {
		name  string
		links []link
		want  []string
	}{
		{"nothing said", []link{{norm(1, ""), ""}, {relu(2), ""}}, []string{"c l1 l2 relu same"}},
		{"null", []link{{norm(1, ""), `"training": null`}, {relu(2), `"mask": null`}}, []string{"c l1 l2 relu same"}},
		{"false", []link{{norm(1, ""), `"training": false`}, {dropout(2), `"training": 0`}, {relu(3), ""}}, []string{"c l1 l2 l3 relu same"}},
		{"true", []link{{norm(1, ""), `"training": true`}, {relu(2), ""}}, []string{"c linear same"}},
		{"one", []link{{norm(1, ""), `"training": 1`}, {relu(2), ""}}, []string{"c linear same"}},
		{"of a tensor", []link{{norm(1, ""), `"training": ["in", 0, 0]`}}, []string{"c linear same"}},
		{"frozen", []link{{norm(1, `, "trainable": false`), `"training": true`}, {relu(2), ""}}, []string{"c l1 l2 relu same"}},
		{"activation in training", []link{{relu(1), `"training": true`}}, []string{"c l1 relu same"}},
		{"dropout", []link{{dropout(1), `"training": true`}, {norm(2, ""), ""}}, []string{"c linear same"}},
		{"masked softmax", []link{{softmax, `"mask": [[true, false]]`}}, []string{"c linear same"}},
		{"softmax", []link{{softmax, ""}}, []string{"c l1 softmax same"}},
		{"model", []link{{inner(norm(6, "")), ""}}, []string{"c linear same", "l1/d l1/l5 l1/l6 linear valid"}},
		{"model in training", []link{{inner(norm(6, "")), `"training": true`}}, []string{"c linear same", "l1/d linear valid"}},
	} {
		require.Equal(t, test.want, computes(t, chainOf(t, "2.15.0", test.links...)), test.name)
		require.Equal(t, test.want, computes(t, chainOf(t, "3.15.1", test.links...)), test.name)
	}
	// A layer's own call counts in Keras 2, that of the model around it in Keras 3.
	nested := func(outer, own string) link {
		layers := fmt.Sprintf(`{"class_name": "InputLayer", "config": {"name": "i"}, "inbound_nodes": []}, %s, "inbound_nodes": [[["i", 0, 0, {}]]]}, %s, "inbound_nodes": [[["d", 0, 0, {%s}]]]}`,
			conv("d", "")[:len(conv("d", ""))-1], norm(5, "")[:len(norm(5, ""))-1], own)
		return link{`{"class_name": "Functional", "config": {"name": "l1", "layers": [` + layers + `], "input_layers": [["i", 0, 0]], "output_layers": [["l5", 0, 0]]}}`, outer}
	}
	const folded, alone = "l1/d l1/l5 linear valid", "l1/d linear valid"
	for _, test := range []struct{ outer, own, want2, want3 string }{
		{"", "", folded, folded},
		{"", "true", alone, alone},
		{"true", "", alone, alone},
		{"true", "false", folded, alone},
		{"false", "true", alone, folded},
	} {
		say := func(value string) string {
			if value == "" {
				return ""
			}
			return `"training": ` + value
		}
		l := nested(say(test.outer), say(test.own))
		require.Equal(t, test.want2, computes(t, chainOf(t, "2.15.0", l))[1], "%+v", test)
		require.Equal(t, test.want3, computes(t, chainOf(t, "3.15.1", l))[1], "%+v", test)
	}
}

// What is not of a class of Keras is not taken for one, and the convolution is left.
// With what the user's classes do, Keras computes -1 -2 -3 -6 and 4 6 9 14.
func TestBlocksOfCustomLayers(t *testing.T) {
	m, err := keras.Open(cases + "custom-layers/custom_bn.keras")
	require.NoError(t, err)
	require.Equal(t, []string{"conv linear valid"}, computes(t, m))
	blocks, err := m.Blocks()
	require.NoError(t, err)
	require.Equal(t, []float32{1, 2, 3, 6}, run(t, blocks[0]))
	l, err := m.Layer("bn")
	require.NoError(t, err)
	require.False(t, l.IsKeras())
	require.Equal(t, "mine>BatchNormalization", l.Registered)
	_, err = l.BatchNorm()
	require.ErrorContains(t, err, `"mine>BatchNormalization"`)
	m, err = keras.Open(cases + "custom-layers/custom_pad.keras")
	require.NoError(t, err)
	require.Equal(t, []string{"conv linear valid"}, computes(t, m))
	blocks, err = m.Blocks()
	require.NoError(t, err)
	plan, err := blocks[0].Layer.Compile()
	require.NoError(t, err)
	dst := make([]float32, 4)
	require.NoError(t, plan.Run(dst, []float32{0 + 1, 0 + 1, 1 + 1, 2 + 1, 3 + 1, 6 + 1}, 1, 6)) // padded by the user's layer
	require.Equal(t, []float32{4, 6, 9, 14}, dst)
}

// All ways in which Keras says that a class is or is not its own.
func TestIsKeras(t *testing.T) {
	for _, test := range []struct {
		fields string
		own    bool
		name   string // in messages
	}{
		{`"class_name": "BatchNormalization"`, true, ""},
		{`"module": "keras.layers", "class_name": "BatchNormalization", "registered_name": null`, true, ""},
		{`"module": "tf_keras.src.layers.x", "class_name": "BatchNormalization", "registered_name": "BatchNormalization"`, true, ""},
		{`"module": "keras", "class_name": "BatchNormalization", "registered_name": null`, true, ""},
		{`"class_name": "mine>BatchNormalization"`, false, "mine>BatchNormalization"},
		{`"module": null, "class_name": "BatchNormalization", "registered_name": "mine>BatchNormalization"`, false, "mine>BatchNormalization"},
		{`"module": "keras.layers", "class_name": "BatchNormalization", "registered_name": "mine>BatchNormalization"`, false, "mine>BatchNormalization"},
		{`"module": null, "class_name": "BatchNormalization", "registered_name": "BatchNormalization"`, false, "__main__.BatchNormalization"},
		{`"module": "mylib.layers", "class_name": "BatchNormalization", "registered_name": "BatchNormalization"`, false, "mylib.layers.BatchNormalization"},
		{`"module": "keras_hub.layers", "class_name": "BatchNormalization", "registered_name": null`, false, "keras_hub.layers.BatchNormalization"},
		{`"module": "keras.src.ops.nn", "class_name": "BatchNormalization", "registered_name": "BatchNormalization"`, false, "keras.src.ops.nn.BatchNormalization"},
	} {
		m := modelOf(t, "3.0.0", conv("c", ""), `{`+test.fields+`, "config": {"name": "n"}}`)
		l := m.Layers[1]
		l.Weights = weightsOf(t, &keras.Layer{Class: "BatchNormalization"})
		require.Equal(t, test.own, l.IsKeras(), test.fields)
		_, err := l.BatchNorm()
		if test.own {
			require.NoError(t, err)
			require.Equal(t, []string{"c n linear valid"}, computes(t, m))
			continue
		}
		require.ErrorContains(t, err, fmt.Sprintf("%q", test.name))
		require.Equal(t, []string{"c linear valid"}, computes(t, m), test.fields)
	}
	// Of every class that is folded, or that has others in it.
	own := func(class, more string) string { return layer(class, more) }
	mine := func(class, more string) string { return layer("mine>"+class, more) }
	norm := layer("BatchNormalization", "")
	for _, test := range []struct{ class, config string }{
		{"Dropout", ""}, {"SpatialDropout1D", ""}, {"GaussianDropout", ""}, {"AlphaDropout", ""}, {"GaussianNoise", ""}, {"Identity", ""},
		{"ActivityRegularization", ""}, {"Activation", `, "activation": "linear"`}, {"LeakyReLU", `, "negative_slope": 1`}, {"ReLU", ""}, {"ELU", ""}, {"Softmax", ""},
	} {
		require.NotEqual(t, "c linear valid", computes(t, modelOf(t, "3.0.0", conv("c", ""), own(test.class, test.config), norm))[0], test.class)
		require.Equal(t, "c linear valid", computes(t, modelOf(t, "3.0.0", conv("c", ""), mine(test.class, test.config), norm))[0], test.class)
	}
	// A model or wrapper that is not Keras' may run its layers in any order,
	// and in training.
	within := func(class string) string {
		return layer(class, fmt.Sprintf(`, "layers": [%s, %s]`, conv("c", ""), norm))
	}
	require.Equal(t, []string{"Sequential/c Sequential/BatchNormalization linear valid"}, computes(t, modelOf(t, "3.0.0", within("Sequential"))))
	require.Equal(t, []string{"mine>Sequential/c linear valid"}, computes(t, modelOf(t, "3.0.0", within("mine>Sequential"))))
	require.Equal(t, []string{"Mine/c linear valid"}, computes(t, modelOf(t, "3.0.0", within("Mine"))))
	around := func(wrapper string) string { return layer(wrapper, `, "layer": `+within("Sequential")) }
	require.Equal(t, []string{"TimeDistributed/Sequential/c TimeDistributed/Sequential/BatchNormalization linear valid"},
		computes(t, modelOf(t, "3.0.0", around("TimeDistributed"))))
	require.Equal(t, []string{"mine>TimeDistributed/Sequential/c linear valid"}, computes(t, modelOf(t, "3.0.0", around("mine>TimeDistributed"))))
	// A registered SeparableConv1D is left out, but built for whoever asks for it.
	m := modelOf(t, "3.0.0", `{"class_name": "mine>SeparableConv1D", "config": {"name": "c", "filters": 2, "kernel_size": 3}}`)
	m.Layers[0].Weights = weightsOf(t, modelOf(t, "3.0.0", conv("c", "")).Layers[0])
	layers, err := m.SeparableConv1Ds()
	require.NoError(t, err)
	require.Empty(t, layers)
	require.False(t, m.Layers[0].IsSeparableConv1D())
	built, err := m.Layers[0].SeparableConv1D()
	require.NoError(t, err)
	require.Equal(t, 2, built.Config().Filters)
}
