package sepconv_test

import (
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// The shape tests of Keras' own test files for the layer. Their values are
// among the golden vectors, under "upstream/".
func TestUpstreamShapes(t *testing.T) {
	const first, last = sepconv.ChannelsFirst, sepconv.ChannelsLast
	for _, test := range []struct {
		source  string
		config  sepconv.Config
		in, out [3]int
	}{
		// keras/src/layers/convolutional/separable_conv_test.py, v3.15.1
		{"layer", sepconv.Config{DepthMultiplier: 5, Filters: 5, KernelSize: 2}, [3]int{3, 5, 4}, [3]int{3, 4, 5}},
		{"layer", sepconv.Config{DepthMultiplier: 6, Filters: 6, KernelSize: 2, Padding: "same", DilationRate: 2}, [3]int{3, 4, 4}, [3]int{3, 4, 6}},
		{"layer", sepconv.Config{DepthMultiplier: 6, Filters: 6, KernelSize: 2, Strides: 2}, [3]int{3, 5, 4}, [3]int{3, 2, 6}},
		{"correctness", sepconv.Config{DepthMultiplier: 5, Filters: 5, KernelSize: 2}, [3]int{2, 8, 4}, [3]int{2, 7, 5}},
		{"correctness", sepconv.Config{DepthMultiplier: 6, Filters: 6, KernelSize: 2, Padding: "same", DilationRate: 2}, [3]int{2, 8, 4}, [3]int{2, 8, 6}},
		{"correctness", sepconv.Config{DepthMultiplier: 6, Filters: 6, KernelSize: 2, Strides: 2}, [3]int{2, 8, 4}, [3]int{2, 4, 6}},
		// keras/src/ops/nn_test.py, v3.15.1
		{"op", sepconv.Config{Filters: 5, KernelSize: 4, DepthMultiplier: 2}, [3]int{1, 20, 3}, [3]int{1, 17, 5}},
		{"op", sepconv.Config{Filters: 5, KernelSize: 4, DepthMultiplier: 2, Padding: "same"}, [3]int{1, 20, 3}, [3]int{1, 20, 5}},
		{"op", sepconv.Config{Filters: 5, KernelSize: 4, DepthMultiplier: 2, Strides: 2, DilationRate: 2, StridedDilation: true}, [3]int{1, 20, 3}, [3]int{1, 7, 5}},
		{"op", sepconv.Config{Filters: 5, KernelSize: 4, DepthMultiplier: 2, DataFormat: first}, [3]int{1, 3, 20}, [3]int{1, 5, 17}},
		{"op", sepconv.Config{Filters: 5, KernelSize: 4, DepthMultiplier: 2, Padding: "same", DataFormat: first}, [3]int{1, 3, 20}, [3]int{1, 5, 20}},
		{"op", sepconv.Config{Filters: 5, KernelSize: 4, DepthMultiplier: 2, Strides: 2, DilationRate: 2, StridedDilation: true, DataFormat: first}, [3]int{1, 3, 20}, [3]int{1, 5, 7}},
		// keras/layers/separable_convolutional_test.py, TensorFlow 2.4
		{"keras 2", sepconv.Config{Filters: 2, KernelSize: 3, Padding: "valid"}, [3]int{2, 7, 3}, [3]int{2, 5, 2}},
		{"keras 2", sepconv.Config{Filters: 2, KernelSize: 3, Padding: "same"}, [3]int{2, 7, 3}, [3]int{2, 7, 2}},
		{"keras 2", sepconv.Config{Filters: 2, KernelSize: 3, Padding: "same", DilationRate: 2}, [3]int{2, 7, 3}, [3]int{2, 7, 2}},
		{"keras 2", sepconv.Config{Filters: 2, KernelSize: 3, Padding: "causal"}, [3]int{2, 7, 3}, [3]int{2, 7, 2}},
		{"keras 2", sepconv.Config{Filters: 2, KernelSize: 3, Strides: 2}, [3]int{2, 7, 3}, [3]int{2, 3, 2}},
		{"keras 2", sepconv.Config{Filters: 2, KernelSize: 3, DilationRate: 2}, [3]int{2, 7, 3}, [3]int{2, 3, 2}},
		{"keras 2", sepconv.Config{Filters: 2, KernelSize: 3, DepthMultiplier: 2}, [3]int{2, 7, 3}, [3]int{2, 5, 2}},
		// The words may be in upper case.
		{"case", sepconv.Config{Filters: 2, KernelSize: 3, Padding: "SAME", DataFormat: "Channels_Last"}, [3]int{2, 7, 3}, [3]int{2, 7, 2}},
	} {
		channels, steps := test.in[2], test.in[1]
		if test.config.DataFormat == first {
			channels, steps = steps, channels
		} else {
			require.Contains(t, []sepconv.DataFormat{"", last, "Channels_Last"}, test.config.DataFormat)
		}
		layer, err := sepconv.New(test.config, channels)
		require.NoError(t, err, test.source)
		got, err := layer.OutputShape(test.in[0], steps)
		require.NoError(t, err, test.source)
		require.Equal(t, test.out, got, "%s %+v", test.source, test.config)
		in, err := layer.InputShape(test.in[0], steps)
		require.NoError(t, err)
		require.Equal(t, test.in, in)
	}
}

// What the upstream tests refuse.
func TestUpstreamErrors(t *testing.T) {
	for _, c := range []sepconv.Config{
		{Filters: 5, KernelSize: 3, DepthMultiplier: -1},
		{Filters: 0, KernelSize: 3},
		{Filters: 5, KernelSize: 0},
		{Filters: 5, KernelSize: 3, Strides: -1},
		{Filters: 5, KernelSize: 3, Strides: 2, DilationRate: 2}, // tf_keras, and Keras 3 before 3.15
	} {
		_, err := sepconv.New(c, 4)
		require.ErrorIs(t, err, sepconv.ErrConfig, "%+v", c)
	}
	// keras issue 22496: 10 steps cannot hold a kernel of 11.
	layer, err := sepconv.New(sepconv.Config{Filters: 64, KernelSize: 11, Strides: 5}, 12)
	require.NoError(t, err)
	_, err = layer.OutputShape(4, 10)
	require.ErrorIs(t, err, sepconv.ErrShape)
}
