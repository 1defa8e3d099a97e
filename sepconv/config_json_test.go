package sepconv_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/initializers"
	"github.com/sepconv/go/sepconv/regularizers"
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
		"input_axes, which Keras 2 does not know":        {DepthwiseInitializer: initializers.HeNormal{InputAxes: []int{0}, OutputAxes: []int{1}}},
		"no initializer STFT":                            {DepthwiseInitializer: initializers.STFT{}},
		"initializers.Func has no form in Keras' JSON":   {BiasInitializer: initializers.Func(nil)},
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
		"RandomNormal: StdDev is -1, it must be 0 or more":          {Filters: 2, KernelSize: 3, BiasInitializer: initializers.RandomNormal{StdDev: -1}},
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
		DepthwiseRegularizer: regularizers.L2{Factor: 0.1}, DepthwiseInitializer: initializers.RandomNormal{Seed: 3},
	}
	text, err := c.MarshalKeras2()
	require.NoError(t, err)
	for _, part := range []string{
		`"activation":"hard_sigmoid"`, `"padding":"causal"`, `"groups":1`, `"l2":0.10000000149011612`,
		`"config":{"mean":0.0,"stddev":0.05,"seed":3}`, `"class_name":"Policy","config":{"name":"mixed_float16"}`,
	} {
		require.Contains(t, string(text), part)
	}
	array, err := sepconv.Config{Filters: 2, KernelSize: 1, BiasInitializer: initializers.Constant{Values: []float32{1, 2.5}}}.MarshalKeras2()
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
		DepthwiseInitializer: initializers.HeNormal{Seed: 1}, PointwiseInitializer: initializers.RandomNormal{Seed: 2}, BiasInitializer: initializers.Ones{},
		DepthwiseRegularizer: regularizers.L2{Factor: 0.5}, PointwiseRegularizer: regularizers.L1{Factor: 0.25}, BiasRegularizer: regularizers.L2{Factor: 0.125},
		ActivityRegularizer: regularizers.L1{Factor: 0.0625},
		DepthwiseConstraint: constraints.NonNeg{}, PointwiseConstraint: constraints.MaxNorm{MaxValue: 3, Axis: []int{1}}, BiasConstraint: constraints.NonNeg{},
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
	require.Equal(t, regularizers.L2{Factor: 0.125}, c.BiasRegularizer)
	require.Error(t, json.Unmarshal([]byte(`{"filters": 1, "kernel_size": 1, "activation": {"class_name": "ELU", "config": {"alpha": `+number(`"x"`)+`}}}`), &c))
}

// The first error of several is always the same one.
func TestFirstErrorIsTheSame(t *testing.T) {
	for text, want := range map[string]string{
		`{"filters":0,"kernel_size":0,"strides":0,"dilation_rate":0,"depth_multiplier":0,"padding":3,"use_bias":3,"activation":"reluu","bias_initializer":"x"}`: "filters is 0",
		`{"filters":1,"kernel_size":1,"strides":0,"dilation_rate":0,"depth_multiplier":0}`:                                                                      "strides is 0",
		`{"zzz":1,"aaa":2}`: "filters is missing",
		`{"filters":1,"kernel_size":1,"zzz":1,"aaa":2,"mmm":3}`: `"aaa", "mmm", "zzz"`,
		`{"filters":1,"kernel_size":1,"bias_constraint":{"class_name":"MaxNorm","config":{"max_value":"x","axis":"y"}},"depthwise_initializer":{"class_name":"GlorotUniform","config":{"seed":"s","input_axes":"a","b":1}}}`: "depthwise_initializer: ",
	} {
		first := json.Unmarshal([]byte(text), new(sepconv.Config))
		require.ErrorIs(t, first, sepconv.ErrConfig, text)
		require.ErrorContains(t, first, want)
		for range 100 {
			require.EqualError(t, json.Unmarshal([]byte(text), new(sepconv.Config)), first.Error())
		}
	}
}

// Only the exact key counts, and each once.
func TestExactKeys(t *testing.T) {
	read := func(fields string) (c sepconv.Config, err error) {
		err = json.Unmarshal([]byte(`{"filters":1,"kernel_size":1`+fields+`}`), &c)
		return c, err
	}
	c, err := read(`,"dtype":{"module":"keras","class_name":"DTypePolicy","config":{"name":"mixed_float16","NAME":"float32"},"CONFIG":{"name":"float64"}}`)
	require.NoError(t, err)
	require.Equal(t, "mixed_float16", c.DType)
	c, err = read(`,"bias_initializer":{"class_name":"Constant","config":{"value":{"class_name":"__numpy__","CLASS_NAME":"x","config":{"value":[2],"VALUE":[3]},"Config":{"value":[4]}}}}`)
	require.NoError(t, err)
	require.Equal(t, initializers.Constant{Values: []float32{2}, Shape: []int{1}}, c.BiasInitializer)
	c, err = read(`,"bias_initializer":{"class_name":"RandomNormal","config":{"seed":{"class_name":"SeedGenerator","Class_Name":"x","config":{"seed":7,"SEED":8},"CONFIG":{"seed":9}}}}`)
	require.NoError(t, err)
	require.Equal(t, initializers.RandomNormal{Seed: 7}, c.BiasInitializer)
	for _, fields := range []string{
		`,"FILTERS":2`, `,"Activation":"relu"`, `,"dtype":{"CONFIG":{"name":"float64"}}`,
		`,"bias_regularizer":{"class_name":"L2","config":{"L2":1}}`, `,"bias_regularizer":{"CLASS_NAME":"L2"}`,
		`,"activation":{"class_name":"ELU","config":{"ALPHA":1}}`, `,"kernel_size":2`, `,"activation":"relu","activation":"tanh"`,
		`,"bias_regularizer":{"class_name":"L2","class_name":"L1"}`, `,"bias_regularizer":{"class_name":"L2","config":{"l2":1,"l2":2}}`,
	} {
		_, err := read(fields)
		require.ErrorIs(t, err, sepconv.ErrConfig, fields)
	}
}

// A number that its type does not hold, or that Keras refuses, is an error when it is
// read; what is read can be written.
func TestNumbersFit(t *testing.T) {
	activation := func(class, key string) string {
		return `"activation":{"class_name":"` + class + `","config":{"` + key + `":%}}`
	}
	object := func(role, class, config string) string {
		return `"` + role + `":{"class_name":"` + class + `","config":{` + config + `}}`
	}
	for _, field := range []string{
		activation("LeakyReLU", "negative_slope"), activation("LeakyReLU", "alpha"), activation("ELU", "alpha"), activation("ThresholdedReLU", "theta"),
		activation("ReLU", "max_value"), activation("ReLU", "negative_slope"), activation("ReLU", "threshold"),
		object("bias_initializer", "Constant", `"value":%`), object("bias_initializer", "Constant", `"value":[%]`),
		object("bias_initializer", "Constant", `"value":{"class_name":"__numpy__","config":{"value":[[%]],"dtype":"float32"}}`),
		object("bias_initializer", "RandomUniform", `"maxval":%`), object("bias_initializer", "RandomUniform", `"minval":%,"maxval":1`),
		object("bias_initializer", "RandomNormal", `"mean":%`), object("bias_initializer", "RandomNormal", `"stddev":%`),
		object("bias_initializer", "TruncatedNormal", `"mean":%`), object("bias_initializer", "TruncatedNormal", `"stddev":%`),
		object("bias_initializer", "VarianceScaling", `"scale":%`), object("bias_initializer", "Orthogonal", `"gain":%`), object("bias_initializer", "Identity", `"gain":%`),
		object("bias_initializer", "STFT", `"window":[%]`),
		object("bias_regularizer", "L1", `"l1":%`), object("bias_regularizer", "L2", `"l2":%`), object("bias_regularizer", "L1L2", `"l1":%`),
		object("bias_regularizer", "L1L2", `"l2":%`), object("bias_regularizer", "OrthogonalRegularizer", `"factor":%`), object("activity_regularizer", "L2", `"l2":%`),
		object("bias_constraint", "MaxNorm", `"max_value":%`), object("bias_constraint", "MinMaxNorm", `"min_value":0,"max_value":%`),
		object("bias_constraint", "MinMaxNorm", `"min_value":%,"max_value":%`), object("bias_constraint", "MinMaxNorm", `"rate":%`),
	} {
		for _, number := range []string{"0.5", "1e300", "1e39", "-1e300", "1e400", "null", `"1"`, "true", "[0.5,1e300]", "{}"} {
			text := `{"filters":1,"kernel_size":1,` + strings.ReplaceAll(field, "%", number) + `}`
			var c sepconv.Config
			err := json.Unmarshal([]byte(text), &c)
			nullMeansNone := number == "null" && (strings.Contains(field, "max_value\":%}}") && strings.Contains(field, "ReLU") || strings.Contains(field, "regularizer"))
			if number == "0.5" || nullMeansNone {
				require.NoError(t, err, text)
				_, err = c.MarshalJSON()
				if !strings.Contains(field, "Thresholded") { // which only Keras 2 has
					require.NoError(t, err, text)
				}
				continue
			}
			require.ErrorIs(t, err, sepconv.ErrConfig, text)
		}
	}
	for _, config := range []string{`"negative_slope":-1`, `"max_value":-1`, `"threshold":-0.5`} {
		require.ErrorIs(t, json.Unmarshal([]byte(`{"filters":1,"kernel_size":1,"activation":{"class_name":"ReLU","config":{`+config+`}}}`), new(sepconv.Config)), sepconv.ErrConfig)
	}
}
