package keras_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// torchPair builds the pair of layers of a file.
func torchPair(t *testing.T, file string, channels int) (*keras.Model, *sepconv.Layer, error) {
	m, err := keras.Open(file)
	require.NoError(t, err)
	layer, err := m.TorchSeparableConv1D(sepconv.Config{DataFormat: sepconv.ChannelsFirst}, channels, "dw", "pw")
	return m, layer, err
}

// weight_norm of PyTorch, in its two forms, over every axis and over all: the
// weights and the output that PyTorch computes of them in float32.
func TestWeightNorm(t *testing.T) {
	names, err := filepath.Glob(cases + "torch/*_[0-2N]*.safetensors")
	require.NoError(t, err)
	require.Len(t, names, 8)
	for _, name := range names {
		m, layer, err := torchPair(t, name, 3)
		require.NoError(t, err, name)
		want := map[string][]float32{}
		expected, err := m.Layer("expected")
		require.NoError(t, err)
		for _, w := range expected.Weights {
			want[w.Name] = w.Values
		}
		got := keras.ToTorch(layer)
		near(t, want["dw"], got.Depthwise, 4*0x1p-24, name)
		near(t, want["pw"], got.Pointwise, 4*0x1p-24, name)
		plan, err := layer.Compile()
		require.NoError(t, err)
		y := make([]float32, len(want["y"]))
		require.NoError(t, plan.Run(y, want["x"], 1, 12))
		near(t, want["y"], y, 1e-5, name)
	}
}

// near requires values that differ by no more than tolerance of the larger or of 1.
func near(t *testing.T, want, got []float32, tolerance float64, what string) {
	t.Helper()
	require.Len(t, got, len(want), what)
	for i := range want {
		require.InDelta(t, want[i], got[i], tolerance*max(1, math.Abs(float64(want[i]))), "%s, element %d", what, i)
	}
}

// The checkpoints of the cases: g is (1, 2), v (1, 0, 0) and (0, 1, 0).
func TestWeightNormCases(t *testing.T) {
	for _, name := range []string{"wn", "wn2"} {
		_, layer, err := torchPair(t, cases+"wrong-files/"+name+".safetensors", 2)
		require.NoError(t, err, name)
		require.Equal(t, []float32{1, 0, 0, 0, 2, 0}, keras.ToTorch(layer).Depthwise, name)
	}
}

// A direction of length zero is none: NaN, as in PyTorch.
func TestWeightNormOfZero(t *testing.T) {
	m, layer, err := torchPair(t, cases+"torch/weight_norm_zero.safetensors", 3)
	require.NoError(t, err)
	expected, err := m.Layer("expected")
	require.NoError(t, err)
	for i, want := range expected.Weights[0].Values {
		got := keras.ToTorch(layer).Depthwise[i]
		require.Equal(t, i/5 == 1, math.IsNaN(float64(want)))
		require.Equal(t, math.IsNaN(float64(want)), math.IsNaN(float64(got)), i)
	}
}

// Weights in a form that is not computed are refused by its name, with the way out.
func TestParametrizedWeights(t *testing.T) {
	for name, words := range map[string][]string{
		"torch/spectral_norm":              {`layer "dw"`, "spectral_norm", "torch.nn.utils.remove_spectral_norm"},
		"torch/parametrized_spectral_norm": {`layer "dw"`, "spectral_norm", "remove_parametrizations"},
		"torch/pruned":                     {`layer "dw"`, "pruned", "prune.remove"},
		"safetensors/int8":                 {`layer "dw"`, "weight of int8", "quantized", "weight_scale", "dequantize"},
	} {
		_, _, err := torchPair(t, cases+name+".safetensors", 2)
		for _, word := range words {
			require.ErrorContains(t, err, word, name)
		}
		require.ErrorIs(t, err, sepconv.ErrWeights)
		require.ErrorIs(t, err, sepconv.ErrFile)
	}
}

// tensor is an array of a safetensors file that a test makes, of zeros but for one.
type tensor struct {
	name, dtype string
	shape       []int
}

// safetensorsOf makes a file; every array is of bytes 1.
func safetensorsOf(tensors ...tensor) []byte {
	header, data := "{", ""
	for i, x := range tensors {
		size := map[string]int{"F32": 4, "F16": 2, "I8": 1, "U8": 1, "I32": 4, "F8_E4M3": 1, "C64": 8}[x.dtype]
		for _, d := range x.shape {
			size *= d
		}
		if i > 0 {
			header += ","
		}
		header += jsonText(x.name) + `:{"dtype":"` + x.dtype + `","shape":` + jsonText(x.shape) + `,"data_offsets":` + jsonText([]int{len(data), len(data) + size}) + `}`
		data += strings.Repeat("\x01", size)
	}
	return withLength(header+"}"+data, len(header)+1)
}

// Quantized weights by the names that tools give them, and integers that nothing
// scales.
func TestQuantizedWeights(t *testing.T) {
	dw, pw := []int{2, 1, 3}, []int{1, 2, 1}
	weight := tensor{"dw.weight", "I8", dw}
	for name, test := range map[string]struct {
		tensors []tensor
		want    string
	}{
		"integers":          {[]tensor{weight}, ""},
		"compressed":        {[]tensor{weight, {"dw.weight_scale", "F32", []int{2}}}, `"weight_scale"`},
		"zero point":        {[]tensor{weight, {"dw.zero_point", "I32", []int{2}}}, `zero_point`},
		"LLM.int8":          {[]tensor{weight, {"dw.SCB", "F32", []int{2}}}, `"SCB"`},
		"bitsandbytes":      {[]tensor{{"dw.weight", "U8", []int{3}}, {"dw.weight.absmax", "F32", []int{2}}}, `"weight.absmax"`},
		"GPTQ":              {[]tensor{{"dw.qweight", "I32", dw}, {"dw.qzeros", "I32", dw}, {"dw.scales", "F16", dw}}, `"qweight"`},
		"8-bit floats":      {[]tensor{{"dw.weight", "F8_E4M3", dw}, {"dw.weight_scale", "F32", []int{1}}}, `weight of F8_E4M3`},
		"8-bit floats bare": {[]tensor{{"dw.weight", "F8_E4M3", dw}}, `array "weight" of type F8_E4M3 is not read`},
		"complex":           {[]tensor{{"dw.weight", "C64", dw}}, `array "weight" of type C64 is not read`},
		"complex bias":      {[]tensor{{"dw.weight", "F32", dw}, {"dw.bias", "C64", []int{2}}}, `array "bias" of type C64 is not read`},
		"no weight":         {[]tensor{{"dw.bias", "F32", []int{2}}}, `it has no weight`},
		"stranger":          {[]tensor{{"dw.weight", "F32", dw}, {"dw.gate", "F32", []int{2}}}, `"gate", which a Conv1d has not`},
		"half a norm":       {[]tensor{{"dw.weight_v", "F32", dw}}, `only one`},
		"norm and weight":   {[]tensor{{"dw.weight", "F32", dw}, {"dw.weight_g", "F32", []int{2, 1, 1}}, {"dw.weight_v", "F32", dw}}, `either`},
		"lengths of two":    {[]tensor{{"dw.weight_g", "F32", []int{2, 1, 3}}, {"dw.weight_v", "F32", dw}}, `all axes but one 1`},
		"lengths of others": {[]tensor{{"dw.weight_g", "F32", []int{3, 1, 1}}, {"dw.weight_v", "F32", dw}}, `all axes but one 1`},
		"parametrized bias": {[]tensor{{"dw.weight", "F32", dw}, {"dw.parametrizations.bias.original", "F32", []int{2}}}, `parametrized`},
	} {
		m, err := read(safetensorsOf(append(test.tensors, tensor{"pw.weight", "F32", pw})...))
		require.NoError(t, err, name)
		_, err = m.TorchSeparableConv1D(sepconv.Config{}, 2, "dw", "pw")
		if test.want == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorIs(t, err, sepconv.ErrWeights, name)
		require.ErrorContains(t, err, `layer "dw"`, name)
		require.ErrorContains(t, err, test.want, name)
	}
}

// Directions without elements cost nothing, however large the other axes.
func TestWeightNormOfNothing(t *testing.T) {
	m, err := read(safetensorsOf(
		tensor{"dw.weight_g", "F32", []int{1, 3, 1}}, tensor{"dw.weight_v", "F32", []int{1 << 30, 3, 0}}, tensor{"pw.weight", "F32", []int{1, 2, 1}}))
	require.NoError(t, err)
	_, err = m.TorchSeparableConv1D(sepconv.Config{}, 2, "dw", "pw")
	require.ErrorIs(t, err, sepconv.ErrWeights)
}

// One array that is not read bars no other: of safetensors, and under a filter in
// the HDF5 of an archive.
func TestOthersAreRead(t *testing.T) {
	for name, odd := range map[string][2]string{"other_f8": {"head", "F8_E4M3"}, "other_c64": {"fft", "C64"}} {
		m, layer, err := torchPair(t, cases+"safetensors/"+name+".safetensors", 2)
		require.NoError(t, err, name)
		require.Equal(t, []float32{1, 0, 0, 0, 1, 0}, keras.ToTorch(layer).Depthwise)
		l, err := m.Layer(odd[0])
		require.NoError(t, err)
		require.Nil(t, l.Weights[0].Values)
		require.Equal(t, odd[1], l.Weights[0].DType)
		require.ErrorContains(t, l.Weights[0].Err, odd[1])
	}
	m, err := keras.Open(cases + "safetensors/other_zstd.keras")
	require.NoError(t, err)
	layers, err := m.SeparableConv1Ds()
	require.NoError(t, err)
	require.Len(t, layers, 1)
	d, err := m.Layer("d")
	require.NoError(t, err)
	require.Equal(t, []int{4, 5}, d.Weights[0].Shape)
	require.Nil(t, d.Weights[0].Values)
	require.ErrorContains(t, d.Weights[0].Err, "zstd")
	require.Len(t, d.Weights[1].Values, 5)
	path := filepath.Join(t.TempDir(), "again.keras")
	err = m.Save(path)
	require.ErrorIs(t, err, sepconv.ErrFile)
	for _, word := range []string{"zstd", "float32", "cannot be written"} {
		require.ErrorContains(t, err, word)
	}
	require.NoFileExists(t, path)
}

// An array that is not read is an error for the layer that needs it: with the
// layer, the array, its type and the reason.
func TestUnreadIsAnErrorWhenAsked(t *testing.T) {
	m, err := keras.Open(files + "k3_chain.keras")
	require.NoError(t, err)
	convs, norms := 0, 0
	for l := range m.All() {
		if len(l.Weights) == 0 {
			continue
		}
		w := l.Weights[len(l.Weights)-1]
		w.Values, w.Err, w.DType = nil, errors.New("of the future"), "float3"
		words := []string{l.Path, w.Name, "float3", "of the future"}
		if l.IsSeparableConv1D() {
			_, err := l.SeparableConv1D()
			requireSays(t, err, l.Path, words...)
			require.ErrorIs(t, err, sepconv.ErrWeights)
			requireSays(t, l.SetWeights(sepconv.Weights{Depthwise: l.Weights[0].Values, Pointwise: l.Weights[1].Values, Bias: l.Weights[0].Values}), l.Path, l.Path)
			convs++
		}
		if l.Class == "BatchNormalization" {
			_, err := l.BatchNorm()
			requireSays(t, err, l.Path, words...)
			require.ErrorIs(t, err, sepconv.ErrWeights)
			norms++
		}
	}
	require.Positive(t, convs)
	require.Positive(t, norms)
	_, err = m.SeparableConv1Ds()
	requireSays(t, err, "all", "of the future")
	var b bytes.Buffer
	requireSays(t, m.Write(&b, keras.Archive), "write", "of the future")
}

// Damage in an array that nobody asks for is an error nevertheless.
func TestDamageIsNotUnread(t *testing.T) {
	data, err := os.ReadFile(cases + "safetensors/other_f8.safetensors")
	require.NoError(t, err)
	_, err = read([]byte(strings.Replace(string(data), `"shape": [4]`, `"shape": [5]`, 1)))
	require.ErrorIs(t, err, sepconv.ErrFile)
	require.ErrorContains(t, err, "needs 5 bytes")
}
