package sepconv_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/custom"
	"github.com/stretchr/testify/require"
)

const (
	// layerKeras3 and layerKeras2 are configurations to which fields are added.
	layerKeras3 = `{"filters":2,"kernel_size":[1]`
	layerKeras2 = layerKeras3 + `,"groups":1`

	myReg    = `{"module":null,"class_name":"MyReg","config":{"a":0.1,"b":[1e-3,"x y"]},"registered_name":"mine>MyReg"}`
	mySnake  = `{"module":"builtins","class_name":"function","config":"mine>snake","registered_name":"function"}`
	plainReg = `{"module":null,"class_name":"PlainReg","config":{},"registered_name":"PlainReg"}`
	legacy   = `{"class_name":"mine>MyReg","config":{"a":0.1}}`
)

// roles are the fields that an object of the user's can be in.
var roles = []string{
	"depthwise_initializer", "pointwise_initializer", "bias_initializer",
	"depthwise_regularizer", "pointwise_regularizer", "bias_regularizer", "activity_regularizer",
	"depthwise_constraint", "pointwise_constraint", "bias_constraint", "activation",
}

// field returns a field of a configuration as it is written.
func field(t *testing.T, marshal func() ([]byte, error), key string) string {
	t.Helper()
	text, err := marshal()
	require.NoError(t, err)
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(text, &fields))
	return strings.ReplaceAll(string(fields[key]), `\u003e`, ">")
}

// The forms in which real Keras 2 and 3 write an object of the user's, in each place
// where one may be: read, and written back for either version.
func TestCustomObjectIsKept(t *testing.T) {
	for _, test := range []struct{ layer, text, keras3, keras2 string }{
		{layerKeras3, myReg, myReg, myReg},
		{layerKeras2, myReg, myReg, myReg},
		{layerKeras3, mySnake, mySnake, mySnake},
		{layerKeras2, mySnake, mySnake, mySnake},
		{layerKeras3, plainReg, plainReg, plainReg},
		// Keras 3.0 to 3.14 write the module of the user's.
		{layerKeras3, strings.Replace(myReg, "null", `"my.code"`, 1), strings.Replace(myReg, "null", `"my.code"`, 1), strings.Replace(myReg, "null", `"my.code"`, 1)},
		// Keras 2 up to 2.11, whose forms Keras 3 writes otherwise.
		{layerKeras2, legacy, `{"module":null,"class_name":"MyReg","config":{"a":0.1},"registered_name":"mine>MyReg"}`, legacy},
		{layerKeras2, `{"class_name":"PlainReg","config":{}}`, plainReg, `{"class_name":"PlainReg","config":{}}`},
		{layerKeras2, `"mine>snake"`, mySnake, `"mine>snake"`},
		{layerKeras3, `"mine>snake"`, mySnake, `"mine>snake"`},
		// The name of a class of Keras does not make it one.
		{layerKeras3, `{"module":null,"class_name":"L2","config":{},"registered_name":"mine>L2"}`,
			`{"module":null,"class_name":"L2","config":{},"registered_name":"mine>L2"}`, `{"module":null,"class_name":"L2","config":{},"registered_name":"mine>L2"}`},
		{layerKeras3, `{"module":null,"class_name":"ReLU","config":{},"registered_name":"ReLU"}`,
			`{"module":null,"class_name":"ReLU","config":{},"registered_name":"ReLU"}`, `{"module":null,"class_name":"ReLU","config":{},"registered_name":"ReLU"}`},
	} {
		for _, role := range roles {
			text := test.layer + `,"` + role + `":` + test.text + `}`
			var c, again sepconv.Config
			require.NoError(t, json.Unmarshal([]byte(text), &c), text)
			require.Equal(t, test.keras3, field(t, c.MarshalJSON, role), text)
			require.Equal(t, test.keras2, field(t, c.MarshalKeras2, role), text)
			written, err := c.MarshalKeras2()
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(written, &again))
			twice, err := again.MarshalKeras2()
			require.NoError(t, err)
			require.Equal(t, string(written), string(twice))
		}
	}
}

// Keras 2 up to 2.11 writes a function that was never registered by its bare name.
func TestCustomFunctionOfKeras2(t *testing.T) {
	for _, role := range roles {
		var c sepconv.Config
		require.NoError(t, json.Unmarshal([]byte(layerKeras2+`,"`+role+`":"snake"}`), &c))
		require.Equal(t, `"snake"`, field(t, c.MarshalKeras2, role))
		require.Equal(t, strings.Replace(mySnake, "mine>", "", 1), field(t, c.MarshalJSON, role))
	}
}

// A name that Keras does not have, where Keras would have to, is a mistake.
func TestMisspeltIsNoCustomObject(t *testing.T) {
	for _, role := range roles {
		for _, text := range []string{
			layerKeras3 + `,"` + role + `":"L7"}`,
			layerKeras3 + `,"` + role + `":{"class_name":"L7","config":{}}}`,
			layerKeras3 + `,"` + role + `":{"module":"keras.regularizers","class_name":"L7","config":{},"registered_name":null}}`,
			layerKeras2 + `,"` + role + `":{"module":"keras","class_name":"L7","config":{},"registered_name":"L7"}}`,
			layerKeras3 + `,"` + role + `":{"module":"builtins","class_name":"L7","config":{},"registered_name":null}}`,
			layerKeras3 + `,"` + role + `":{"module":"keras.activations","class_name":"function","config":"reluu","registered_name":"function"}}`,
			layerKeras3 + `,"` + role + `":{"module":"builtins","class_name":"function","config":{"name":"f"},"registered_name":"function"}}`,
			layerKeras3 + `,"` + role + `":{"module":"builtins","class_name":"function","registered_name":"function"}}`,
		} {
			require.ErrorIs(t, json.Unmarshal([]byte(text), new(sepconv.Config)), sepconv.ErrConfig, text)
		}
	}
	// What Keras has, in another place than it belongs.
	for _, text := range []string{
		layerKeras2 + `,"bias_regularizer":"relu"}`, layerKeras2 + `,"activation":"l2"}`, layerKeras2 + `,"bias_initializer":"unit_norm"}`,
		layerKeras2 + `,"bias_constraint":{"class_name":"L2","config":{}}}`,
	} {
		require.ErrorIs(t, json.Unmarshal([]byte(text), new(sepconv.Config)), sepconv.ErrConfig, text)
	}
	err := json.Unmarshal([]byte(layerKeras3+`,"activation":"reluu"}`), new(sepconv.Config))
	require.ErrorContains(t, err, `unknown activation "reluu"`)
	require.ErrorContains(t, err, `"package>name"`)
}

// Keras' own function in a dictionary is Keras'.
func TestFunctionOfKeras(t *testing.T) {
	var c sepconv.Config
	require.NoError(t, json.Unmarshal([]byte(layerKeras3+`,"activation":{"module":"builtins","class_name":"function","config":"hard_sigmoid","registered_name":"function"}}`), &c))
	require.Equal(t, sepconv.HardSigmoid, c.Activation)
}

// Inference needs no code of the user's but an activation; what needs it says so.
func TestCustomObjectInALayer(t *testing.T) {
	var c sepconv.Config
	require.NoError(t, json.Unmarshal([]byte(layerKeras3+`,"pointwise_initializer":`+mySnake+`,"bias_regularizer":`+myReg+
		`,"activity_regularizer":`+myReg+`,"depthwise_constraint":`+plainReg+`}`), &c))
	w := sepconv.Weights{Depthwise: []float32{3}, Pointwise: []float32{1, 10}, Bias: []float32{0, 1}}
	layer, err := sepconv.NewFromWeights(c, 1, w)
	require.NoError(t, err)
	require.Equal(t, c.BiasRegularizer, layer.Config().BiasRegularizer)
	plan, err := layer.Compile()
	require.NoError(t, err)
	y := make([]float32, 2)
	require.NoError(t, plan.Run(y, []float32{2}, 1, 1))
	require.Equal(t, []float32{6, 61}, y)

	_, err = sepconv.New(c, 1)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, `pointwise kernel initializer`)
	require.ErrorContains(t, err, `"mine>snake"`)
	require.ErrorContains(t, err, "NewFromWeights")
	require.ErrorIs(t, layer.Initialize(1), sepconv.ErrConfig)
	require.Equal(t, w, layer.Weights())

	// So do the methods that need the code, and leave what they are given as it was.
	v := []float32{1, 2}
	_, err = c.BiasRegularizer.Loss(w.Bias, []int{2})
	for _, err := range []error{err, c.BiasRegularizer.AddGradient(v, w.Bias, []int{2}), c.DepthwiseConstraint.Project(v, []int{2})} {
		require.ErrorIs(t, err, sepconv.ErrConfig)
		require.ErrorContains(t, err, "its code is not in the configuration")
		require.Equal(t, []float32{1, 2}, v)
	}
	c.BiasRegularizer.(custom.Object).Apply(v)
	require.True(t, v[0] != v[0] && v[1] != v[1])
}

// An activation of the user's is supplied, or the error tells how to.
func TestCustomActivation(t *testing.T) {
	var c sepconv.Config
	require.NoError(t, json.Unmarshal([]byte(layerKeras3+`,"activation":`+mySnake+`}`), &c))
	require.Equal(t, "mine>snake", c.Activation.Name())
	w := sepconv.Weights{Depthwise: []float32{1}, Pointwise: []float32{1, 10}, Bias: []float32{0, 0}}
	_, err := sepconv.NewFromWeights(c, 1, w)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	for _, part := range []string{`activation "mine>snake"`, `keras.WithActivation("mine>snake", f)`, "sepconv.WithCode(object, f)"} {
		require.ErrorContains(t, err, part)
	}
	object := c.Activation.(custom.Object)
	for want, a := range map[float32]sepconv.Activation{
		5:  sepconv.ActivationFunc(func(y []float32) { y[0] += 6 }),
		0:  sepconv.ReLU,
		-1: nil, // Linear
	} {
		c.Activation = sepconv.WithCode(object, a)
		require.Equal(t, "mine>snake", c.Activation.Name())
		layer, err := sepconv.NewFromWeights(c, 1, w)
		require.NoError(t, err)
		plan, err := layer.Compile()
		require.NoError(t, err)
		y := make([]float32, 2)
		require.NoError(t, plan.Run(y, []float32{-1}, 1, 1))
		require.Equal(t, want, y[0])
		alone := []float32{-1}
		c.Activation.Apply(alone)
		require.Equal(t, want, alone[0])
		require.Equal(t, mySnake, field(t, layer.Config().MarshalJSON, "activation"))
		require.Equal(t, mySnake, field(t, layer.Config().MarshalKeras2, "activation"))
	}
	for _, bad := range []sepconv.Activation{
		sepconv.WithCode(object, sepconv.ActivationFunc(nil)), sepconv.WithCode(object, (*sepconv.StandardActivation)(nil)),
		sepconv.WithCode(object, object), sepconv.WithCode(object, sepconv.StandardActivation(200)), custom.Object{}, sepconv.WithCode(custom.Object{}, sepconv.ReLU),
	} {
		c.Activation = bad
		_, err := sepconv.NewFromWeights(c, 1, w)
		require.ErrorIs(t, err, sepconv.ErrConfig)
	}
	// GLU under another name halves as well.
	c.Activation, c.Filters = sepconv.WithCode(object, sepconv.GLU), 3
	_, err = sepconv.New(c, 1)
	require.ErrorContains(t, err, "even")
}

// An activation layer of Keras 3 has a policy that Keras 2 cannot read.
func TestCustomLayerForKeras2(t *testing.T) {
	var c sepconv.Config
	require.NoError(t, json.Unmarshal([]byte(layerKeras3+`,"activation":{"module":null,"class_name":"Snake","config":{"name":"snake","dtype":
		{"module":"keras","class_name":"DTypePolicy","config":{"name":"float32"},"registered_name":null},"a":2.0},"registered_name":"mine>Snake"}}`), &c))
	_, err := c.MarshalJSON()
	require.NoError(t, err)
	_, err = c.MarshalKeras2()
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, `activation: `)
	require.ErrorContains(t, err, `"mine>Snake" has a DTypePolicy`)
	var config struct{ A float64 }
	require.NoError(t, json.Unmarshal(c.Activation.(custom.Object).Config(), &config))
	require.Equal(t, 2.0, config.A)
}

func TestCustomObjectJSON(t *testing.T) {
	for text, name := range map[string]string{
		myReg: "mine>MyReg", mySnake: "mine>snake", plainReg: "PlainReg", legacy: "mine>MyReg", `"mine>snake"`: "mine>snake", `"snake"`: "snake",
	} {
		var o, again custom.Object
		require.NoError(t, json.Unmarshal([]byte(text), &o))
		require.Equal(t, name, o.Name())
		written, err := json.Marshal(o)
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(written, &again))
		require.True(t, o == again, "%s", written)
	}
	for _, text := range []string{
		`null`, `7`, `""`, `[]`, `{}`, `{"class_name":""}`, `"relu"`, `"zeros"`, `{"class_name":"L2","config":{}}`,
		`{"module":"keras.layers","class_name":"PReLU","config":{},"registered_name":null}`, `{"class_name":"mine>A","class_name":"mine>B"}`,
	} {
		var o custom.Object
		require.ErrorIs(t, json.Unmarshal([]byte(text), &o), sepconv.ErrConfig, text)
		require.Zero(t, o)
	}
	_, err := json.Marshal(custom.Object{})
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.Nil(t, custom.Object{}.Config())
}
