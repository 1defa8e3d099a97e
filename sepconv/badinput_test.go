package sepconv_test

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/initializers"
	"github.com/sepconv/go/sepconv/regularizers"
	"github.com/stretchr/testify/require"
)

// call is a use of the layer, of which one part is wrong. The zero values of
// what is not stated are those of a layer that works.
type call struct {
	config       sepconv.Config
	channels     int
	weights      func(*sepconv.Weights)
	batch, steps int
	buffers      func(dst, src []float32) ([]float32, []float32)
	options      []sepconv.CompileOption
}

const untouched = 12345

// do makes the call, and checks that dst stays as it was if there is an error.
func (c call) do(t *testing.T) error {
	layer, err := sepconv.New(c.config, c.channels)
	if err != nil {
		return err
	}
	w := layer.Weights()
	if c.weights != nil {
		c.weights(&w)
	}
	if err := layer.SetWeights(w); err != nil {
		return err
	}
	plan, err := layer.Compile(c.options...)
	if err != nil {
		return err
	}
	dst, src := make([]float32, 1<<12), make([]float32, 1<<12)
	for i := range dst {
		dst[i] = untouched
	}
	all := dst
	if shape, err := plan.OutputShape(c.batch, c.steps); err == nil && shape[0]*shape[1]*shape[2] <= len(dst) {
		dst = dst[:shape[0]*shape[1]*shape[2]]
		src = src[:c.batch*c.steps*c.channels]
	}
	if c.buffers != nil {
		dst, src = c.buffers(dst, src)
	}
	err = plan.Run(dst, src, c.batch, c.steps)
	if err != nil {
		for i, y := range all {
			require.EqualValues(t, untouched, y, "element %d of dst was written", i)
		}
	}
	return err
}

// The inputs that convolution libraries fell over: each is an error that names
// the argument, its value and what is allowed.
func TestBadInput(t *testing.T) {
	good := func(change func(*call)) call {
		c := call{
			config:   sepconv.Config{Filters: 4, KernelSize: 3},
			channels: 5, batch: 2, steps: 10,
		}
		change(&c)
		return c
	}
	const huge = math.MaxInt
	for _, test := range []struct {
		name string
		call call
		is   error    // nil: no error
		says []string // parts of the message
	}{
		{"all right", good(func(c *call) {}), nil, nil},
		// Rows 1, 14: stride, multiplier. 0 is Keras' default here; in JSON it is
		// an error: TestBadJSON.
		{"stride -1", good(func(c *call) { c.config.Strides = -1 }), sepconv.ErrConfig, []string{"strides is -1", "at least 1"}},
		{"multiplier -1", good(func(c *call) { c.config.DepthMultiplier = -1 }), sepconv.ErrConfig, []string{"depth multiplier is -1", "at least 1"}},
		{"dilation -1", good(func(c *call) { c.config.DilationRate = -1 }), sepconv.ErrConfig, []string{"dilation rate is -1", "at least 1"}},
		// Rows 2, 3: channels.
		{"no channels", good(func(c *call) { c.channels = 0 }), sepconv.ErrShape, []string{"0 channels", "at least 1"}},
		{"negative channels", good(func(c *call) { c.channels = -3 }), sepconv.ErrShape, []string{"-3 channels"}},
		// Row 4: batch 0 is an empty output.
		{"batch 0", good(func(c *call) { c.batch = 0 }), nil, nil},
		{"batch -1", good(func(c *call) { c.batch = -1 }), sepconv.ErrShape, []string{"batch is -1", "at least 0"}},
		// Row 5: empty filters and kernels.
		{"no filters", good(func(c *call) { c.config.Filters = 0 }), sepconv.ErrConfig, []string{"filters is 0", "at least 1"}},
		{"no taps", good(func(c *call) { c.config.KernelSize = 0 }), sepconv.ErrConfig, []string{"kernel size is 0", "at least 1"}},
		{"empty depthwise kernel", good(func(c *call) { c.weights = func(w *sepconv.Weights) { w.Depthwise = nil } }),
			sepconv.ErrShape, []string{"depthwise kernel has 0 elements", "[3 5 1] needs 15"}},
		// Row 9: a kernel longer than the input.
		{"valid, too short", good(func(c *call) { c.steps = 2 }), sepconv.ErrShape, []string{"2 steps", "kernel size 3"}},
		{"valid, too short for the dilated kernel", good(func(c *call) { c.config.DilationRate = 5 }), sepconv.ErrShape, []string{"10 steps", "dilation rate 5"}},
		{"valid, no steps", good(func(c *call) { c.steps = 0 }), sepconv.ErrShape, []string{"0 steps"}},
		{"same, shorter than the kernel", good(func(c *call) { c.config.Padding, c.steps = sepconv.Same, 1 }), nil, nil},
		{"causal, no steps", good(func(c *call) { c.config.Padding, c.steps = sepconv.Causal, 0 }), nil, nil},
		{"steps -1", good(func(c *call) { c.steps = -1 }), sepconv.ErrShape, []string{"-1 steps"}},
		// Row 10: weights of another layer.
		{"pointwise kernel of another layer", good(func(c *call) { c.weights = func(w *sepconv.Weights) { w.Pointwise = w.Pointwise[1:] } }),
			sepconv.ErrWeights, []string{"pointwise kernel has 19 elements", "[1 5 4] needs 20"}},
		{"bias of another layer", good(func(c *call) { c.weights = func(w *sepconv.Weights) { w.Bias = make([]float32, 5) } }),
			sepconv.ErrWeights, []string{"bias has 5 elements", "[4] needs 4"}},
		{"bias where none is used", good(func(c *call) {
			c.config.NoBias = true
			c.weights = func(w *sepconv.Weights) { w.Bias = make([]float32, 4) }
		}), sepconv.ErrWeights, []string{"4 biases", "uses none"}},
		// Row 11: products that overflow.
		{"more weights than memory", good(func(c *call) { c.config.KernelSize = huge }), sepconv.ErrConfig, []string{fmt.Sprint(huge), "weights"}},
		{"more columns than an int", good(func(c *call) { c.config.DepthMultiplier = huge }), sepconv.ErrConfig, []string{fmt.Sprint(huge), "weights"}},
		{"more pointwise weights than an int", good(func(c *call) { c.config.Filters = huge / 2 }), sepconv.ErrConfig, []string{fmt.Sprint(huge / 2), "weights"}},
		{"more channels than an int", good(func(c *call) { c.channels = huge }), sepconv.ErrConfig, []string{fmt.Sprint(huge)}},
		{"a gibibyte of weights and one", good(func(c *call) { c.config.Filters, c.channels = 1<<14, 1<<14 }), sepconv.ErrConfig, []string{"16384 channels"}},
		{"more elements than an int", good(func(c *call) { c.batch = huge / 4 }), sepconv.ErrShape, []string{fmt.Sprint(huge / 4)}},
		{"more steps than an int", good(func(c *call) { c.steps = huge }), sepconv.ErrShape, []string{fmt.Sprint(huge)}},
		{"outputs that overflow", good(func(c *call) { c.config.Filters, c.batch, c.steps = 1000, 2, huge/20 }), sepconv.ErrShape, []string{fmt.Sprint(huge / 20)}},
		{"inputs that overflow, outputs that do not", good(func(c *call) {
			c.config.Padding, c.config.Strides, c.steps = sepconv.Same, huge, huge/4
		}), sepconv.ErrShape, []string{fmt.Sprint(huge / 4), "more elements than an int"}},
		// Rows 12, 13: dilation and padding near the end of the ints.
		{"dilation beyond the ints", good(func(c *call) { c.config.Padding, c.config.DilationRate = sepconv.Same, huge }),
			sepconv.ErrConfig, []string{"dilation rate " + fmt.Sprint(huge)}},
		{"dilation as far as the ints reach", good(func(c *call) { c.config.Padding, c.config.DilationRate = sepconv.Same, huge/2-10 }), nil, nil},
		{"causal padding as far as the ints reach", good(func(c *call) { c.config.Padding, c.config.DilationRate = sepconv.Causal, huge/2-10 }), nil, nil},
		{"padding and steps beyond the ints", good(func(c *call) {
			c.config.Padding, c.config.DilationRate, c.channels = sepconv.Causal, huge/2-1, 1
			c.steps = 100
		}), sepconv.ErrShape, []string{"100 steps"}},
		{"stride as far as the ints reach", good(func(c *call) { c.config.Padding, c.config.Strides = sepconv.Same, huge }), nil, nil},
		// Row 15: words that mean nothing.
		{"unknown padding", good(func(c *call) { c.config.Padding = "full" }), sepconv.ErrConfig, []string{`"full"`, `"valid", "same" or "causal"`}},
		{"unknown data format", good(func(c *call) { c.config.DataFormat = "NWC" }), sepconv.ErrConfig, []string{`"nwc"`, `"channels_last" or "channels_first"`}},
		// Row 17: buffers.
		{"dst too short", good(func(c *call) {
			c.buffers = func(dst, src []float32) ([]float32, []float32) { return dst[1:], src }
		}), sepconv.ErrShape, []string{"dst has 63 elements", "[2 8 4] needs 64"}},
		{"dst too long", good(func(c *call) {
			c.buffers = func(dst, src []float32) ([]float32, []float32) { return dst[:65], src }
		}), sepconv.ErrShape, []string{"dst has 65 elements", "[2 8 4] needs 64"}},
		{"dst nil", good(func(c *call) { c.buffers = func(dst, src []float32) ([]float32, []float32) { return nil, src } }),
			sepconv.ErrShape, []string{"dst has 0 elements"}},
		{"src too short", good(func(c *call) {
			c.buffers = func(dst, src []float32) ([]float32, []float32) { return dst, src[1:] }
		}), sepconv.ErrShape, []string{"src has 99 elements", "[2 10 5] needs 100"}},
		{"src nil", good(func(c *call) { c.buffers = func(dst, src []float32) ([]float32, []float32) { return dst, nil } }),
			sepconv.ErrShape, []string{"src has 0 elements"}},
		{"dst is src", good(func(c *call) {
			c.buffers = func(dst, src []float32) ([]float32, []float32) { return dst, dst[:100] }
		}), sepconv.ErrOverlap, []string{"share memory"}},
		{"dst begins in src", good(func(c *call) {
			c.buffers = func(dst, src []float32) ([]float32, []float32) { return dst[:200][99:163], dst[:100] }
		}), sepconv.ErrOverlap, []string{"share memory"}},
		{"dst ends in src", good(func(c *call) {
			c.buffers = func(dst, src []float32) ([]float32, []float32) { return dst[:64], dst[63:163] }
		}), sepconv.ErrOverlap, []string{"share memory"}},
		{"dst after src", good(func(c *call) {
			c.buffers = func(dst, src []float32) ([]float32, []float32) { return dst[:200][100:164], dst[:100] }
		}), nil, nil},
		// Row 19: strides with dilation.
		{"strides and dilation", good(func(c *call) { c.config.Strides, c.config.DilationRate = 2, 3 }),
			sepconv.ErrConfig, []string{"strides is 2", "dilation rate is 3", "one must be 1"}},
		{"strides and dilation, wanted", good(func(c *call) {
			c.config.Strides, c.config.DilationRate, c.config.StridedDilation = 2, 3, true
		}), nil, nil},
		// Activations.
		{"glu on odd filters", good(func(c *call) { c.config.Filters, c.config.Activation = 5, sepconv.GLU }), sepconv.ErrConfig, []string{"filters is 5", "even"}},
		{"glu on odd time", good(func(c *call) {
			c.config.DataFormat, c.config.Activation, c.steps = sepconv.ChannelsFirst, sepconv.GLU, 9
		}), sepconv.ErrShape, []string{"9 steps", "7", "halve"}},
		{"no such activation", good(func(c *call) { c.config.Activation = sepconv.StandardActivation(200) }), sepconv.ErrConfig, []string{"200"}},
		{"nil activation function", good(func(c *call) { c.config.Activation = sepconv.ActivationFunc(nil) }), sepconv.ErrConfig, []string{"nil"}},
		{"nil activation pointer", good(func(c *call) { c.config.Activation = (*doubled)(nil) }), sepconv.ErrConfig, []string{"nil"}},
		{"NaN slope", good(func(c *call) { c.config.Activation = sepconv.LeakyReLUWith(float32(math.NaN())) }), sepconv.ErrConfig, []string{"NaN"}},
		// What belongs to the weights.
		{"initializer that does not fit", good(func(c *call) { c.config.BiasInitializer = initializers.Orthogonal{} }), sepconv.ErrShape, []string{"bias initializer", "[4]"}},
		{"nil initializer function", good(func(c *call) { c.config.DepthwiseInitializer = initializers.Func(nil) }), sepconv.ErrConfig, []string{"depthwise kernel initializer", "nil"}},
		{"constraint that does not fit", good(func(c *call) { c.config.PointwiseConstraint = constraints.MaxNorm{Axis: []int{3}} }), sepconv.ErrConfig, []string{"pointwise kernel constraint", "3"}},
		{"constraint of other weights", good(func(c *call) { c.config.DepthwiseConstraint = constraints.RadialConstraint{} }), sepconv.ErrShape, []string{"depthwise kernel constraint", "(size, size, channels, filters)"}},
		{"regularizer that does not fit", good(func(c *call) { c.config.DepthwiseRegularizer = regularizers.OrthogonalRegularizer{} }), sepconv.ErrShape, []string{"depthwise kernel regularizer", "two dimensions"}},
		{"activity regularizer that does not fit", good(func(c *call) { c.config.ActivityRegularizer = regularizers.OrthogonalRegularizer{} }), sepconv.ErrShape, []string{"activity regularizer", "two dimensions"}},
		{"regularizer out of range", good(func(c *call) { c.config.BiasRegularizer = regularizers.L2{Factor: -1} }), sepconv.ErrConfig, []string{"bias regularizer", "-1"}},
		{"activity regularizer out of range", good(func(c *call) { c.config.ActivityRegularizer = regularizers.L1{Factor: -2} }), sepconv.ErrConfig, []string{"activity regularizer", "-2"}},
		// Running.
		{"no such kernel", good(func(c *call) { c.options = []sepconv.CompileOption{sepconv.WithKernel("mmx")} }), sepconv.ErrKernel, []string{`"mmx"`, "generic"}},
		{"no threads", good(func(c *call) { c.options = []sepconv.CompileOption{sepconv.WithThreads(0)} }), sepconv.ErrConfig, []string{"threads is 0", "at least 1"}},
		{"nil option", good(func(c *call) { c.options = []sepconv.CompileOption{nil} }), sepconv.ErrConfig, []string{"nil"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.call.do(t)
			if test.is == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, test.is)
			for _, part := range test.says {
				require.ErrorContains(t, err, part)
			}
		})
	}
}

// doubled is a user's activation.
type doubled struct{ times int }

func (d *doubled) Name() string { return fmt.Sprintf("doubled %d times", d.times) }
func (d *doubled) Apply(y []float32) {
	for i := range y {
		y[i] *= 2
	}
}

func TestBadKernelVariable(t *testing.T) {
	t.Setenv("SEPCONV_KERNEL", "mmx")
	layer, err := sepconv.New(sepconv.Config{Filters: 1, KernelSize: 1}, 1)
	require.NoError(t, err)
	_, err = layer.Compile()
	require.ErrorIs(t, err, sepconv.ErrKernel)
	require.ErrorContains(t, err, `SEPCONV_KERNEL is "mmx"`)
	plan, err := layer.Compile(sepconv.WithKernel("generic"))
	require.NoError(t, err)
	require.Equal(t, "generic", plan.Kernel())
}

// A bad configuration leaves the Config as it was.
func TestBadJSON(t *testing.T) {
	for _, text := range []string{
		``, `null`, `[]`, `7`, `"relu"`, `{"filters":4`,
		`{"filters":0,"kernel_size":3}`, `{"filters":-4,"kernel_size":3}`, `{"filters":null,"kernel_size":3}`,
		`{"filters":4.5,"kernel_size":3}`, `{"filters":1e30,"kernel_size":3}`, `{"filters":99999999999999999999,"kernel_size":3}`,
		`{"filters":4,"kernel_size":[]}`, `{"filters":4,"kernel_size":[3,3]}`, `{"filters":4,"kernel_size":[0]}`,
		`{"filters":4,"kernel_size":3,"strides":0}`, `{"filters":4,"kernel_size":3,"strides":[0]}`, `{"filters":4,"kernel_size":3,"dilation_rate":0}`,
		`{"filters":4,"kernel_size":3,"depth_multiplier":0}`, `{"filters":4,"kernel_size":3,"padding":2}`, `{"filters":4,"kernel_size":3,"padding":["same"]}`,
		`{"filters":4,"kernel_size":3,"use_bias":1}`, `{"filters":4,"kernel_size":3,"activation":"Relu"}`, `{"filters":4,"kernel_size":3,"activation":7}`,
		`{"filters":4,"kernel_size":3,"activation":{"class_name":"Lambda","config":{"function":"x"}}}`,
		`{"filters":4,"kernel_size":3,"activation":{"class_name":"LeakyReLU","config":{"slope":1}}}`,
		`{"filters":4,"kernel_size":3,"activation":{"class_name":"Softmax","config":{"axis":1}}}`,
		`{"filters":4,"kernel_size":3,"activation":"hard_sigmoid_keras2"}`, `{"filters":4,"kernel_size":3,"activation":"threshold"}`,
		`{"filters":4,"kernel_size":3,"no_such_argument":1}`, `{"filters":4,"kernel_size":3,"groups":3}`, `{"filters":4,"kernel_size":3,"groups":0}`,
		`{"filters":4,"kernel_size":3,"dtype":{"config":{}}}`, `{"filters":4,"kernel_size":3,"bias_initializer":"no_such"}`,
		`{"filters":4,"kernel_size":3,"bias_regularizer":{"class_name":"L2","config":{"l2":"x"}}}`,
	} {
		t.Run(text, func(t *testing.T) {
			c := sepconv.Config{Filters: 77}
			err := c.UnmarshalJSON([]byte(text))
			require.ErrorIs(t, err, sepconv.ErrConfig)
			require.Equal(t, sepconv.Config{Filters: 77}, c)
		})
	}
	require.Error(t, json.Unmarshal([]byte(`{"filters":4`), new(sepconv.Config)))
}

// refusal is a use that real Keras refused: testdata/golden/README.md.
type refusal struct {
	Name       string          `json:"name"`
	Kwargs     json.RawMessage `json:"kwargs"`
	InputShape []int           `json:"input_shape"`
	First      []int           `json:"first_input_shape"`
	Stage      string          `json:"stage"`
	Message    string          `json:"message"`
}

// allowedHere are uses that Keras refused and this package does not need to.
var allowedHere = map[string]string{
	"keras3/padding_causal":                     "Keras 2 has it",
	"tf_keras/activation_keras3_name":           "Keras 3 has it",
	"keras3/activation_layer_name":              "Keras 2 has it",
	"keras3/constraint_keras2_name":             "Keras 2 has it",
	"keras3/groups":                             "configurations of Keras 2 are read",
	"keras3/kernel_initializer":                 "configurations of Keras 2 are read",
	"tf_keras/strides_and_dilation_rate":        "the keyword arguments do not tell the version; Keras 3.15 has it",
	"tf_keras/strides_and_dilation_rate_causal": "the keyword arguments do not tell the version; Keras 3.15 has it",
}

// What Keras refuses is refused here, and what is refused there with three
// dimensions where there is no such thing here is not a use of this package.
func TestRefusalsOfKeras(t *testing.T) {
	refusals := readLines[refusal](t, "errors.jsonl.gz")
	require.NotEmpty(t, refusals)
	for _, r := range refusals {
		if len(r.InputShape) != 3 {
			continue // Run's arguments have no rank
		}
		t.Run(r.Name, func(t *testing.T) {
			err := r.use()
			if reason := allowedHere[r.Name]; reason != "" {
				require.NoError(t, err, reason)
				return
			}
			require.Error(t, err, "Keras says %s", r.Message)
		})
	}
}

func (r *refusal) use() error {
	var c sepconv.Config
	if err := json.Unmarshal(r.Kwargs, &c); err != nil {
		return err
	}
	axis := 2
	if c.DataFormat == sepconv.ChannelsFirst {
		axis = 1
	}
	built := r.InputShape
	if r.First != nil {
		built = r.First
	}
	layer, err := sepconv.New(c, built[axis])
	if err != nil {
		return err
	}
	batch, length := r.InputShape[0], r.InputShape[3-axis]
	shape, err := layer.OutputShape(batch, length)
	if err != nil {
		return err
	}
	plan, err := layer.Compile()
	if err != nil {
		return err
	}
	return plan.Run(make([]float32, product(shape[:])), make([]float32, product(r.InputShape)), batch, length)
}
