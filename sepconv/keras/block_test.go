package keras_test

import (
	"fmt"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// computes lists what the blocks of a file fold in, and the activations they end in.
func computes(t *testing.T, m *keras.Model) (list []string) {
	blocks, err := m.Blocks()
	require.NoError(t, err)
	for _, b := range blocks {
		text := ""
		for _, l := range b.Computes {
			text += l.Path + " "
		}
		list = append(list, text+b.Layer.Config().Activation.Name()+" "+string(b.Layer.Config().Padding))
	}
	return list
}

// What folds and what does not; TestFixtures compares what the blocks compute with
// what the packages do.
func TestBlocks(t *testing.T) {
	chain := []string{
		"norm0 conv1 norm1 relu1 relu6 valid",
		"conv2 norm2 tanh2 tanh same",
		"conv3 norm3 linear same",
		"conv4 relu valid", // norm4 comes after its activation
	}
	shared := []string{"shared linear valid", "alone alone_norm alone_relu relu valid"}
	for name, want := range map[string][]string{
		"k3_chain.keras":   chain,
		"k3_chain.h5":      chain,
		"k2_chain.keras":   chain,
		"k2_chain.h5":      chain,
		"k30_chain.keras":  chain,
		"k212_chain.keras": chain,
		"k215_chain.h5":    chain,
		"k3_shared.keras":  shared,
		"k2_shared.h5":     shared,
		"k3_padded.keras":  {"pad conv linear causal"},
		"k3_custom.keras":  {"plain linear valid"},
		"k3_nested.keras": {
			"first linear valid", "middle/same_name linear same", "middle/innermost/same_name middle/innermost/norm linear same",
			"middle/last linear valid", "same_name linear valid",
		},
	} {
		m, err := keras.Open(files + name)
		require.NoError(t, err)
		require.Equal(t, want, computes(t, m), name)
	}
}

// modelOf is a Sequential of SeparableConv1D layers and what stands between them.
// Layers are given by class and configuration; c stands for a convolution of 2
// channels, whose weights are 1.
func modelOf(t *testing.T, version string, layers ...string) *keras.Model {
	text := `{"module": "keras", "class_name": "Sequential", "keras_version": "` + version + `", "config": {"name": "m", "layers": [`
	for i, l := range layers {
		if i > 0 {
			text += ","
		}
		text += l
	}
	m, err := read([]byte(text + "]}}"))
	require.NoError(t, err)
	for l := range m.All() {
		l.Weights = weightsOf(t, l)
	}
	return m
}

// weightsOf are weights of a convolution or a normalization of 2 channels.
func weightsOf(t *testing.T, l *keras.Layer) (list []*keras.Tensor) {
	switch {
	case l.IsSeparableConv1D():
		var c sepconv.Config
		require.NoError(t, c.UnmarshalJSON(l.Config))
		list = []*keras.Tensor{
			{Name: "depthwise_kernel", Shape: []int{c.KernelSize, 2, 1}, Values: ones(2 * c.KernelSize)},
			{Name: "pointwise_kernel", Shape: []int{1, 2, 2}, Values: ones(4)},
			{Name: "bias", Shape: []int{2}, Values: ones(2)},
		}
	case l.Class == "BatchNormalization":
		for _, name := range []string{"gamma", "beta", "moving_mean", "moving_variance"} {
			list = append(list, &keras.Tensor{Name: name, Shape: []int{2}, Values: ones(2)})
		}
	}
	return list
}

func ones(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = 1
	}
	return v
}

func conv(name, more string) string {
	return fmt.Sprintf(`{"class_name":"SeparableConv1D","config":{"name":%q,"filters":2,"kernel_size":3%s}}`, name, more)
}

func layer(class, more string) string {
	return fmt.Sprintf(`{"class_name":%q,"config":{"name":%q%s}}`, class, class, more)
}

func TestBlocksOfLayers(t *testing.T) {
	norm := layer("BatchNormalization", "")
	for _, test := range []struct {
		name, version string
		layers        []string
		want          string
	}{
		{"activation at once", "3.0.0", []string{conv("c", ""), layer("Activation", `,"activation":"gelu"`)}, "c Activation gelu valid"},
		{"of Keras 2", "2.4.0", []string{conv("c", ""), layer("Activation", `,"activation":"hard_sigmoid"`)}, "c Activation hard_sigmoid_keras2 valid"},
		{"of Keras 3", "3.4.0", []string{conv("c", ""), layer("Activation", `,"activation":"hard_sigmoid"`)}, "c Activation hard_sigmoid valid"},
		{"unknown activation", "3.4.0", []string{conv("c", ""), layer("Activation", `,"activation":"mine"`)}, "c linear valid"},
		{"activation layers", "3.0.0", []string{conv("c", ""), layer("LeakyReLU", `,"negative_slope":0.5`)}, "c LeakyReLU leaky_relu valid"},
		{"with weights", "3.0.0", []string{conv("c", ""), layer("PReLU", "")}, "c linear valid"},
		{"dropouts", "3.0.0", []string{conv("c", ""), layer("Dropout", `,"rate":0.5`), norm, layer("SpatialDropout1D", ""), layer("ELU", "")},
			"c Dropout BatchNormalization SpatialDropout1D ELU elu valid"},
		{"dropout at the end", "3.0.0", []string{conv("c", ""), norm, layer("Dropout", "")}, "c BatchNormalization linear valid"},
		{"linear activation", "3.0.0", []string{conv("c", ""), layer("Activation", `,"activation":"linear"`), norm},
			"c Activation BatchNormalization linear valid"},
		{"other axis", "3.0.0", []string{conv("c", ""), layer("BatchNormalization", `,"axis":1`)}, "c linear valid"},
		{"axis of Keras 2", "2.0.0", []string{conv("c", ""), layer("BatchNormalization", `,"axis":[2]`)}, "c BatchNormalization linear valid"},
		{"channels_first", "3.0.0", []string{conv("c", `,"data_format":"channels_first"`), layer("BatchNormalization", `,"axis":1`)},
			"c BatchNormalization linear valid"},
		{"channels_first, time", "3.0.0", []string{conv("c", `,"data_format":"channels_first"`), norm}, "c linear valid"},
		{"before", "3.0.0", []string{norm, layer("Dropout", ""), conv("c", `,"activation":"relu"`)}, "BatchNormalization Dropout c relu valid"},
		{"before padding", "3.0.0", []string{norm, conv("c", `,"padding":"same"`)}, "c linear same"},
		{"causal padding", "3.0.0", []string{layer("ZeroPadding1D", `,"padding":[2,0]`), conv("c", "")}, "ZeroPadding1D c linear causal"},
		{"shift before padding", "3.0.0", []string{norm, layer("ZeroPadding1D", `,"padding":[2,0]`), conv("c", "")}, "ZeroPadding1D c linear causal"},
		{"other padding", "3.0.0", []string{layer("ZeroPadding1D", `,"padding":[1,1]`), conv("c", "")}, "c linear valid"},
		{"padding of same", "3.0.0", []string{layer("ZeroPadding1D", `,"padding":[2,0]`), conv("c", `,"padding":"same"`)}, "c linear same"},
		{"somebody's own", "3.0.0", []string{conv("c", ""), `{"class_name":"Dropout","registered_name":"my>Dropout","config":{"name":"mine"}}`, norm}, "c linear valid"},
	} {
		m := modelOf(t, test.version, test.layers...)
		require.Equal(t, []string{test.want}, computes(t, m), test.name)
	}
	// A normalization between two goes to the first, if it can.
	m := modelOf(t, "3.0.0", conv("a", ""), norm, conv("b", ""))
	require.Equal(t, []string{"a BatchNormalization linear valid", "b linear valid"}, computes(t, m))
	m = modelOf(t, "3.0.0", conv("a", `,"activation":"relu"`), norm, conv("b", ""))
	require.Equal(t, []string{"a relu valid", "BatchNormalization b linear valid"}, computes(t, m))
}

// A layer that is an output, or that two layers use, stays as it is.
func TestBlocksOfBranches(t *testing.T) {
	functional := func(outputs string, layers ...string) *keras.Model {
		m := modelOf(t, "3.0.0", layers...)
		text := `{"class_name":"Functional","config":{"name":"f","layers":[`
		for i, l := range layers {
			if i > 0 {
				text += ","
			}
			text += l
		}
		f, err := read([]byte(text + `],"output_layers":` + outputs + "}}"))
		require.NoError(t, err)
		for i, l := range f.Layers {
			l.Weights = m.Layers[i].Weights
		}
		return f
	}
	node := func(object, name string, inputs ...string) string {
		list := ""
		for i, in := range inputs {
			if i > 0 {
				list += ","
			}
			list += fmt.Sprintf("[[[%q,0,0,{}]]]", in)[1:]
			list = list[:len(list)-1]
		}
		return object[:len(object)-1] + fmt.Sprintf(`,"name":%q,"inbound_nodes":[%s]}`, name, list)
	}
	c := node(conv("c", ""), "c", "in")
	norm := node(layer("BatchNormalization", ""), "BatchNormalization", "c")
	relu := node(layer("ReLU", ""), "ReLU", "BatchNormalization")
	require.Equal(t, []string{"c BatchNormalization ReLU relu valid"}, computes(t, functional(`[["ReLU",0,0]]`, c, norm, relu)))
	require.Equal(t, []string{"c BatchNormalization linear valid"}, computes(t, functional(`[["ReLU",0,0],["BatchNormalization",0,0]]`, c, norm, relu)))
	require.Equal(t, []string{"c linear valid"}, computes(t, functional(`["c",0,0]`, c, norm, relu)))
	// A normalization that another layer, listed before, has taken.
	last := node(conv("last", ""), "last", "BatchNormalization")
	require.Equal(t, []string{"BatchNormalization last linear valid", "c linear valid"}, computes(t, functional(`[["last",0,0]]`, last, c, norm)))
	twice := node(layer("BatchNormalization", ""), "BatchNormalization", "c", "c")
	require.Equal(t, []string{"c linear valid"}, computes(t, functional(`[["BatchNormalization",0,0]]`, c, twice)))
}
