package sepconv_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// What one version of Keras lacks is refused by its writer.
func TestMarshalKeras2Errors(t *testing.T) {
	for want, c := range map[string]sepconv.Config{
		"activation hard_sigmoid has no form in Keras 2": {Activation: sepconv.HardSigmoid},
		"activation celu has no form":                    {Activation: sepconv.CELU},
		"activation threshold has no form":               {Activation: sepconv.ThresholdWith(1, 2)},
		"activation custom has no form":                  {Activation: sepconv.ActivationFunc(func([]float32) {})},
		"strides of 2 with a dilation rate of 3":         {Strides: 2, DilationRate: 3, StridedDilation: true},
		"input_axes, which Keras 2 does not know":        {DepthwiseInitializer: sepconv.HeNormal{InputAxes: []int{0}, OutputAxes: []int{1}}},
		"no initializer STFT":                            {DepthwiseInitializer: sepconv.STFT{}},
		"InitializerFunc has no form in Keras' JSON":     {BiasInitializer: sepconv.InitializerFunc(nil)},
	} {
		c.Filters, c.KernelSize = 2, 3
		_, err := c.MarshalKeras2()
		require.ErrorIs(t, err, sepconv.ErrConfig, want)
		require.ErrorContains(t, err, want)
	}
}

// What is out of range is written for neither version, since neither would read it.
func TestMarshalRefusesWhatIsOutOfRange(t *testing.T) {
	for want, c := range map[string]sepconv.Config{
		"filters is 0; it must be at least 1":                       {KernelSize: 3},
		"kernel size is -1; it must be at least 1":                  {Filters: 2, KernelSize: -1},
		"strides is -2; it must be at least 1":                      {Filters: 2, KernelSize: 3, Strides: -2},
		`padding is "full"; it must be "valid", "same" or "causal"`: {Filters: 2, KernelSize: 3, Padding: "full"},
		`data format is "nchw"; it must be`:                         {Filters: 2, KernelSize: 3, DataFormat: "nchw"},
		"RandomNormal: StdDev is -1, it must be 0 or more":          {Filters: 2, KernelSize: 3, BiasInitializer: sepconv.RandomNormal{StdDev: -1}},
		"strides is 2 and dilation rate is 3":                       {Filters: 2, KernelSize: 3, Strides: 2, DilationRate: 3},
	} {
		for _, marshal := range []func() ([]byte, error){c.MarshalJSON, c.MarshalKeras2} {
			text, err := marshal()
			require.ErrorIs(t, err, sepconv.ErrConfig, want)
			require.ErrorContains(t, err, want)
			require.Nil(t, text)
		}
	}
}

// What Keras 2 calls by another name than Keras 3, or holds in another type.
func TestMarshalKeras2(t *testing.T) {
	c := sepconv.Config{
		Filters: 2, KernelSize: 3, Padding: sepconv.Causal, Activation: sepconv.HardSigmoidKeras2, DType: "mixed_float16",
		DepthwiseRegularizer: sepconv.L2{Factor: 0.1}, DepthwiseInitializer: sepconv.RandomNormal{Seed: 3},
	}
	text, err := c.MarshalKeras2()
	require.NoError(t, err)
	for _, part := range []string{
		`"activation":"hard_sigmoid"`, `"padding":"causal"`, `"groups":1`, `"l2":0.10000000149011612`,
		`"config":{"mean":0.0,"stddev":0.05,"seed":3}`, `"class_name":"Policy","config":{"name":"mixed_float16"}`,
	} {
		require.Contains(t, string(text), part)
	}
	array, err := sepconv.Config{Filters: 2, KernelSize: 1, BiasInitializer: sepconv.Constant{Values: []float32{1, 2.5}}}.MarshalKeras2()
	require.NoError(t, err)
	require.Contains(t, string(array), `"bias_initializer":{"module":"keras.initializers","class_name":"Constant","config":{"value":[1.0,2.5]}`)
	var read sepconv.Config
	require.NoError(t, json.Unmarshal(text, &read))
	read.DepthwiseRegularizer = c.DepthwiseRegularizer // 0.1 is a float32 now
	require.Equal(t, c.Activation, read.Activation)
	require.Equal(t, c.DepthwiseInitializer, read.DepthwiseInitializer)
	require.Equal(t, c.DType, read.DType)
}

// No field is lost on the way to either version's JSON and back.
func TestConfigKeepsEveryField(t *testing.T) {
	c := sepconv.Config{
		Filters: 6, KernelSize: 5, Strides: 2, Padding: sepconv.Same, DataFormat: sepconv.ChannelsFirst, DilationRate: 3, DepthMultiplier: 4,
		Activation: sepconv.Tanh, NoBias: true, Frozen: true, Name: "mine", DType: "mixed_bfloat16", StridedDilation: true,
		DepthwiseInitializer: sepconv.HeNormal{Seed: 1}, PointwiseInitializer: sepconv.RandomNormal{Seed: 2}, BiasInitializer: sepconv.Ones{},
		DepthwiseRegularizer: sepconv.L2{Factor: 0.5}, PointwiseRegularizer: sepconv.L1{Factor: 0.25}, BiasRegularizer: sepconv.L2{Factor: 0.125},
		ActivityRegularizer: sepconv.L1{Factor: 0.0625},
		DepthwiseConstraint: sepconv.NonNeg{}, PointwiseConstraint: sepconv.MaxNorm{MaxValue: 3, Axis: []int{1}}, BiasConstraint: sepconv.NonNeg{},
	}
	fields := reflect.ValueOf(c)
	for i := range fields.NumField() {
		require.False(t, fields.Field(i).IsZero(), "%s has its default here, as if it were lost", fields.Type().Field(i).Name)
	}
	// What readers make of it is the field's own form, such as defaults spelled out.
	text, err := c.MarshalJSON()
	require.NoError(t, err)
	var once, twice sepconv.Config
	require.NoError(t, json.Unmarshal(text, &once))
	for i := range fields.NumField() {
		name := fields.Type().Field(i).Name
		got, want := reflect.ValueOf(once).Field(i).Interface(), fields.Field(i).Interface()
		require.IsType(t, want, got, name)
		if fields.Field(i).Kind() != reflect.Interface {
			require.Equal(t, want, got, name)
		}
	}
	c.DilationRate, c.StridedDilation = 1, false // which Keras 2 refuses
	text, err = c.MarshalKeras2()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &twice))
	once.DilationRate, once.StridedDilation = 1, false
	require.Equal(t, once, twice)
}

// Keras 2.12 writes the numbers of a ReLU as NumPy's.
func TestNumPyNumbers(t *testing.T) {
	number := func(x string) string {
		return `{"class_name": "__numpy__", "config": {"value": ` + x + `, "dtype": "float32"}}`
	}
	var c sepconv.Config
	require.NoError(t, json.Unmarshal([]byte(`{"filters": 1, "kernel_size": 1, "activation": {"class_name": "ReLU", "config":
		{"max_value": `+number("6.0")+`, "negative_slope": `+number("0.5")+`, "threshold": `+number("0.25")+`}},
		"bias_regularizer": {"class_name": "L2", "config": {"l2": `+number("0.125")+`}}}`), &c))
	require.Equal(t, sepconv.ReLUWith(6, 0.5, 0.25), c.Activation)
	require.Equal(t, sepconv.L2{Factor: 0.125}, c.BiasRegularizer)
	require.Error(t, json.Unmarshal([]byte(`{"filters": 1, "kernel_size": 1, "activation": {"class_name": "ELU", "config": {"alpha": `+number(`"x"`)+`}}}`), &c))
}
