package initializers

import (
	"math"
	"testing"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// All names that Keras 3.15.1 and tf-keras 2.21 list, but for the base class,
// which sets no values.
func TestInitializerNames(t *testing.T) {
	tests := map[Initializer][]string{
		Zeros{}:           {"Zeros", "zeros", "zero", "ZerosV2"},
		Ones{}:            {"Ones", "ones", "one", "OnesV2"},
		RandomUniform{}:   {"RandomUniform", "random_uniform", "uniform", "RandomUniformV2"},
		RandomNormal{}:    {"RandomNormal", "random_normal", "normal", "RandomNormalV2"},
		TruncatedNormal{}: {"TruncatedNormal", "truncated_normal", "TruncatedNormalV2"},
		Orthogonal{}:      {"Orthogonal", "orthogonal", "OrthogonalInitializer", "OrthogonalV2"},
		Identity{}:        {"Identity", "identity", "IdentityInitializer", "IdentityV2"},
	}
	lists := map[string]Initializer{ // of types that are no map keys
		"Constant": Constant{}, "constant": Constant{}, "ConstantV2": Constant{},
		"VarianceScaling": VarianceScaling{}, "variance_scaling": VarianceScaling{}, "VarianceScalingV2": VarianceScaling{},
		"GlorotUniform": GlorotUniform{}, "glorot_uniform": GlorotUniform{}, "GlorotUniformV2": GlorotUniform{},
		"glorot_uniformV2": GlorotUniform{},
		"GlorotNormal":     GlorotNormal{}, "glorot_normal": GlorotNormal{}, "GlorotNormalV2": GlorotNormal{},
		"glorot_normalV2": GlorotNormal{},
		"HeUniform":       HeUniform{}, "he_uniform": HeUniform{}, "HeUniformV2": HeUniform{}, "he_uniformV2": HeUniform{},
		"HeNormal": HeNormal{}, "he_normal": HeNormal{}, "HeNormalV2": HeNormal{}, "he_normalV2": HeNormal{},
		"LecunUniform": LecunUniform{}, "lecun_uniform": LecunUniform{}, "LecunUniformV2": LecunUniform{},
		"lecun_uniformV2": LecunUniform{},
		"LecunNormal":     LecunNormal{}, "lecun_normal": LecunNormal{}, "LecunNormalV2": LecunNormal{},
		"lecun_normalV2": LecunNormal{},
		"STFT":           STFT{}, "stft": STFT{}, "STFTInitializer": STFT{},
	}
	for initializer, names := range tests {
		for _, name := range names {
			lists[name] = initializer
		}
	}
	for name, want := range lists {
		for _, form := range []string{`"` + name + `"`, `{"class_name":"` + name + `","config":{}}`} {
			got, err := Unmarshal([]byte(form))
			require.NoError(t, err, form)
			assert.Equal(t, want, got, form)
		}
	}
}

func TestParseInitializer(t *testing.T) {
	numpy := `{"class_name":"__numpy__","config":{"value":[[1.0],[2.0]],"dtype":"float64"}}`
	tests := []struct {
		text string
		want Initializer
	}{
		{`null`, GlorotUniform{}},
		{` null `, GlorotUniform{}},
		{``, GlorotUniform{}},
		// Keras 2, old and new
		{`{"class_name":"GlorotUniform","config":{"seed":null}}`, GlorotUniform{}},
		{`{"class_name":"GlorotUniform","config":{"seed":7,"dtype":"float32"}}`, GlorotUniform{Seed: 7}},
		{`{"module":"keras.initializers","class_name":"Zeros","config":{},"registered_name":null,"shared_object_id":3}`, Zeros{}},
		{`{"class_name":"VarianceScaling","config":{"scale":2.0,"mode":"fan_in","distribution":"normal","seed":null}}`,
			VarianceScaling{Scale: 2, Distribution: "normal"}},
		// Keras 3
		{`{"module":"keras.initializers","class_name":"HeNormal","config":{"seed":3,"input_axes":[0],"output_axes":[-1]},"registered_name":null}`,
			HeNormal{Seed: 3, InputAxes: []int{0}, OutputAxes: []int{-1}}},
		{`{"class_name":"GlorotNormal","config":{"seed":{"module":"keras.random","class_name":"SeedGenerator","config":{"seed":5,"name":"seed_generator"},"registered_name":null}}}`,
			GlorotNormal{Seed: 5}},
		{`{"class_name":"GlorotNormal","config":{"seed":{"class_name":"SeedGenerator","config":{"seed":null}}}}`, GlorotNormal{}},
		{`{"class_name":"LecunUniform","config":null}`, LecunUniform{}},
		{`{"class_name":"LecunNormal"}`, LecunNormal{}},
		{`{"class_name":"HeUniform","config":{"seed":0}}`, HeUniform{Seed: param.Zero}},
		{`{"class_name":"HeUniform","config":{"seed":-1}}`, HeUniform{Seed: math.MaxUint64}},
		{`{"class_name":"RandomUniform","config":{"minval":-0.05,"maxval":0.05,"seed":null}}`, RandomUniform{}},
		{`{"class_name":"RandomUniform","config":{"minval":0.0}}`, RandomUniform{Max: 0.05}},
		{`{"class_name":"RandomUniform","config":{"minval":0,"maxval":1}}`, RandomUniform{Max: 1}},
		{`{"class_name":"RandomUniform","config":{"maxval":0.0}}`, RandomUniform{Min: -0.05}},
		{`{"class_name":"RandomNormal","config":{"mean":1,"stddev":0.05}}`, RandomNormal{Mean: 1}},
		{`{"class_name":"TruncatedNormal","config":{"mean":0.0,"stddev":2e-3}}`, TruncatedNormal{StdDev: 0.002}},
		{`{"class_name":"Orthogonal","config":{"gain":1.0,"seed":9}}`, Orthogonal{Seed: 9}},
		{`{"class_name":"Identity","config":{"gain":2}}`, Identity{Gain: 2}},
		{`{"class_name":"Constant","config":{"value":0.1}}`, Constant{Value: 0.1}},
		{`{"class_name":"Constant","config":{"value":` + numpy + `}}`, Constant{Values: []float32{1, 2}, Shape: []int{2, 1}}},
		{`{"class_name":"Constant","config":{"value":[1,2,3]}}`, Constant{Values: []float32{1, 2, 3}, Shape: []int{3}}},
		{`{"class_name":"Constant","config":{"value":[[],[]]}}`, Constant{Values: []float32{}, Shape: []int{2, 0}}},
		{`{"class_name":"STFT","config":{"side":"imag","window":null,"periodic":true,"scaling":null}}`,
			STFT{Side: "imag", Window: "none", Scaling: "none", Periodic: true}},
		{`{"class_name":"STFT","config":{"window":[1,2],"scaling":"spectrum"}}`, STFT{WindowValues: []float64{1, 2}, Scaling: "spectrum"}},
	}
	for _, test := range tests {
		got, err := Unmarshal([]byte(test.text))
		require.NoError(t, err, test.text)
		assert.Equal(t, test.want, got, test.text)
	}
	zeros, err := Unmarshal([]byte(`{"class_name":"RandomUniform","config":{"minval":0,"maxval":0}}`))
	require.NoError(t, err)
	assert.Equal(t, []float32{0, 0}, initialized(t, zeros, 1, 2), "0 and 0 are not the defaults")
	flat, err := Unmarshal([]byte(`{"class_name":"RandomNormal","config":{"stddev":0.0}}`))
	require.NoError(t, err)
	assert.Equal(t, []float32{0, 0}, initialized(t, flat, 1, 2), "0 is not the default")
}

func TestParseInitializerErrors(t *testing.T) {
	tests := []struct{ text, message string }{
		{`"glorot"`, `unknown initializer "glorot"`},
		{`"GLOROT_UNIFORM"`, `unknown initializer "GLOROT_UNIFORM"`},
		{`"zerosV2"`, `unknown initializer "zerosV2"`},
		{`"STFTV2"`, `unknown initializer`},
		{`"Initializer"`, `unknown initializer`},
		{`""`, `unknown initializer ""`},
		{`3`, `initializer is 3, it must be null, a name or a dictionary`},
		{`[1]`, `it must be null, a name or a dictionary`},
		{`{}`, `initializer has no class_name: {}`},
		{`{"class_name":null}`, `has no class_name`},
		{`{"class_name":4}`, `has no class_name`},
		{`{"CLASS_NAME":"Zeros"}`, `has no class_name`},
		{`{"class_name":"Zeros","config":[]}`, `config of Zeros is [], it must be a dictionary`},
		{`{"class_name":"Zeros","config":{"b":1,"a":2}}`, `Zeros has no argument "a", "b"`},
		{`{"class_name":"GlorotUniform","config":{"scale":1}}`, `GlorotUniform has no argument "scale"`},
		{`{"class_name":"GlorotUniform","config":{"seed":"x"}}`, `seed is "x", it must be null, an integer`},
		{`{"class_name":"GlorotUniform","config":{"seed":1.5}}`, `seed is 1.5`},
		{`{"class_name":"GlorotUniform","config":{"seed":9223372036854775808}}`, `seed is 9223372036854775808`},
		{`{"class_name":"GlorotUniform","config":{"seed":-9223372036854775808}}`, `seed is -9223372036854775808`},
		{`{"class_name":"GlorotUniform","config":{"seed":{"class_name":"Zeros"}}}`, `a SeedGenerator`},
		{`{"class_name":"GlorotUniform","config":{"input_axes":0}}`, `input_axes is 0, it must be null or a list of integers`},
		{`{"class_name":"RandomNormal","config":{"mean":null}}`, `mean is null, it must be a number`},
		{`{"class_name":"RandomNormal","config":{"mean":NaN}}`, ``},
		{`{"class_name":"RandomNormal","config":{"stddev":-1}}`, `StdDev is -1`},
		{`{"class_name":"RandomUniform","config":{"minval":1}}`, `Min is 1, it must be at most Max`},
		{`{"class_name":"VarianceScaling","config":{"scale":0}}`, `it must be above 0`},
		{`{"class_name":"VarianceScaling","config":{"mode":""}}`, `mode is "", it must be a word`},
		{`{"class_name":"VarianceScaling","config":{"mode":"fan"}}`, `Mode is "fan"`},
		{`{"class_name":"Orthogonal","config":{"gain":1e300}}`, `Gain is 1e+300`},
		{`{"class_name":"Identity","config":{"gain":true}}`, `gain is true, it must be a number`},
		{`{"class_name":"Constant","config":{"value":"x"}}`, `value is "x", it must be a float32 or an array of them`},
		{`{"class_name":"Constant","config":{"value":[1,[2]]}}`, `a float32 or an array of them`},
		{`{"class_name":"Constant","config":{"value":[[1,2],[3]]}}`, `a float32 or an array of them`},
		{`{"class_name":"Constant","config":{"value":1e39}}`, `value is 1e39`},
		{`{"class_name":"STFT","config":{"window":"none"}}`, `window is "none"`},
		{`{"class_name":"STFT","config":{"window":[[1]]}}`, `an array of one dimension`},
		{`{"class_name":"STFT","config":{"scaling":"none"}}`, `scaling is "none"`},
		{`{"class_name":"STFT","config":{"periodic":1}}`, `periodic is 1, it must be true or false`},
		{`{"class_name":"STFT","config":{"side":"left"}}`, `Side is "left"`},
	}
	for _, test := range tests {
		_, err := Unmarshal([]byte(test.text))
		assert.ErrorIs(t, err, fault.ErrConfig, test.text)
		assert.ErrorContains(t, err, test.message, test.text)
	}
}

// What keras.initializers.serialize of Keras 3.15.1 writes.
func TestInitializerConfig(t *testing.T) {
	tests := []struct {
		initializer Initializer
		class       string
		config      string
	}{
		{GlorotUniform{Seed: 3}, "GlorotUniform", `{"seed":3,"input_axes":null,"output_axes":null}`},
		{GlorotNormal{}, "GlorotNormal", `{"seed":null,"input_axes":null,"output_axes":null}`},
		{HeUniform{Seed: param.Zero}, "HeUniform", `{"seed":0,"input_axes":null,"output_axes":null}`},
		{HeNormal{Seed: math.MaxUint64}, "HeNormal", `{"seed":-1,"input_axes":null,"output_axes":null}`},
		{LecunUniform{InputAxes: []int{}, OutputAxes: []int{1}}, "LecunUniform", `{"seed":null,"input_axes":[],"output_axes":[1]}`},
		{LecunNormal{}, "LecunNormal", `{"seed":null,"input_axes":null,"output_axes":null}`},
		{RandomUniform{}, "RandomUniform", `{"seed":null,"minval":-0.05,"maxval":0.05}`},
		{RandomUniform{Max: 1}, "RandomUniform", `{"seed":null,"minval":0.0,"maxval":1.0}`},
		{RandomUniform{Min: param.Zero}, "RandomUniform", `{"seed":null,"minval":0.0,"maxval":0.0}`},
		{RandomNormal{}, "RandomNormal", `{"seed":null,"mean":0.0,"stddev":0.05}`},
		{TruncatedNormal{StdDev: param.Zero}, "TruncatedNormal", `{"seed":null,"mean":0.0,"stddev":0.0}`},
		{VarianceScaling{Distribution: "Normal", InputAxes: []int{0, 1}, OutputAxes: []int{2}}, "VarianceScaling",
			`{"seed":null,"scale":1.0,"mode":"fan_in","distribution":"truncated_normal","input_axes":[0,1],"output_axes":[2]}`},
		{Orthogonal{}, "Orthogonal", `{"seed":null,"gain":1.0}`},
		{Identity{}, "Identity", `{}`},
		{Identity{Gain: 2}, "Identity", `{"gain":2.0}`},
		{STFT{}, "STFT", `{"side":"real","window":"hann","periodic":false,"scaling":"density"}`},
		{STFT{Window: "none", Scaling: "none"}, "STFT", `{"side":"real","window":null,"periodic":false,"scaling":null}`},
		{STFT{WindowValues: []float64{1, 0.5}}, "STFT", `{"side":"real","window":[1.0,0.5],"periodic":false,"scaling":"density"}`},
		{Constant{}, "Constant", `{"value":0.0}`},
		{Constant{Value: 0.1}, "Constant", `{"value":0.1}`},
		{Constant{Values: []float32{1, 2}, Shape: []int{2, 1}}, "Constant",
			`{"value":{"class_name":"__numpy__","config":{"value":[[1.0],[2.0]],"dtype":"float32"}}}`},
		{Zeros{}, "Zeros", `{}`},
		{&Ones{}, "Ones", `{}`},
	}
	for _, test := range tests {
		text, err := Marshal(test.initializer)
		require.NoError(t, err)
		want := `{"module":"keras.initializers","class_name":"` + test.class + `","config":` + test.config + `,"registered_name":null}`
		assert.Equal(t, want, string(text))
		back, err := Unmarshal(text)
		require.NoError(t, err, want)
		again, err := Marshal(back)
		require.NoError(t, err)
		assert.Equal(t, string(text), string(again), "what is read back is the same")
	}
}

// foreign is a program's own type.
type foreign struct{}

func (foreign) Name() string                              { return "foreign" }
func (foreign) Initialize([]float32, []int, uint64) error { return nil }

func TestMarshalOfForeignTypes(t *testing.T) {
	_, err := Marshal(foreign{})
	assert.ErrorIs(t, err, fault.ErrConfig)
	assert.ErrorContains(t, err, "initializers.foreign has no form in Keras' JSON")
	_, err = Marshal(Func(nil))
	assert.ErrorIs(t, err, fault.ErrConfig)
	_, err = Marshal((*Zeros)(nil))
	assert.ErrorIs(t, err, fault.ErrConfig)
	none, err := Marshal(nil)
	assert.NoError(t, err)
	assert.Equal(t, "null", string(none))
}

// What would be refused when read is not written.
func TestMarshalChecks(t *testing.T) {
	for _, i := range []Initializer{RandomNormal{StdDev: -1}, Constant{Shape: []int{2}}, VarianceScaling{Mode: "fan"}, STFT{Side: "left"}, Orthogonal{Gain: math.Inf(1)}} {
		_, err := Marshal(i)
		assert.ErrorIs(t, err, fault.ErrConfig, "%#v", i)
		_, err = MarshalKeras2(i)
		assert.ErrorIs(t, err, fault.ErrConfig, "%#v", i)
	}
}
