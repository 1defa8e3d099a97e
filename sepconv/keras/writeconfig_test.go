package keras

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// What to_json of Keras 3 wrote for a model of SeparableConv1D layers, and what
// model_config of Keras 2's .h5 holds, is to the byte what this package writes for
// the model that it reads there.
func TestModelConfigToTheByte(t *testing.T) {
	want, err := os.ReadFile("testdata/files/k3_plain.json")
	require.NoError(t, err)
	m, err := Open("testdata/files/k3_plain.json")
	require.NoError(t, err)
	require.NoError(t, m.LoadWeights("testdata/files/k3_plain.keras"))
	s, ok, err := m.plain()
	require.NoError(t, err)
	require.True(t, ok)
	got, err := s.marshal(Keras3)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))

	m, err = Open("testdata/files/k215_plain.h5")
	require.NoError(t, err)
	s, ok, err = m.plain()
	require.NoError(t, err)
	require.True(t, ok)
	got, err = s.marshal(Keras2)
	require.NoError(t, err)
	require.Equal(t, string(m.config), string(got))
}

// The input has no layer's name.
func TestInputName(t *testing.T) {
	s := &plain{layers: []plainLayer{{name: "input_layer"}, {name: "input_layer_"}}}
	require.Equal(t, "input_layer__", s.inputName(Keras3))
	require.Equal(t, "input_1", s.inputName(Keras2))
	s.input = "sound"
	require.Equal(t, "sound", s.inputName(Keras2))
}

// Keras' to_snake_case, from its own documentation of names and from its files.
func TestSnakeCase(t *testing.T) {
	for class, want := range map[string]string{
		"SeparableConv1D": "separable_conv1d", "ReLU": "re_lu", "BatchNormalization": "batch_normalization",
		"GlobalAveragePooling1D": "global_average_pooling1d", "LSTM": "lstm", "PReLU": "p_re_lu", "ELU": "elu",
		"TFOpLambda": "tf_op_lambda", "my>Layer": "my_layer", "Conv2DTranspose": "conv2d_transpose", "": "",
	} {
		require.Equal(t, want, snakeCase(class), class)
	}
}

func TestSplitNumber(t *testing.T) {
	for name, want := range map[string]int{"conv1d": 0, "conv1d_1": 1, "conv1d_12": 12, "conv_01": 0, "conv_0": 0, "_3": 3, "conv_-1": 0} {
		_, got := splitNumber(name)
		require.Equal(t, want, got, name)
	}
}
