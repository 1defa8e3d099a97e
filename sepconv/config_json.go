package sepconv

import (
	"encoding/json"
	"fmt"

	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/initializers"
	"github.com/sepconv/go/sepconv/regularizers"
)

// UnmarshalJSON reads the layer's configuration as get_config of Keras 2 and of
// Keras 3 writes it; missing keys take Keras' defaults, which filters and kernel_size do
// not have. Keys of Keras 2 that compute nothing here (groups,
// kernel_initializer, ...), which Keras 3 refuses, are accepted. They also tell
// that the names are those of Keras 2, whose hard_sigmoid is another function. A
// configuration of Keras 3 that has strides and dilation both more than 1 sets
// StridedDilation, since Keras wrote it. Initializers, regularizers, constraints and
// activations of a user's own are kept: see custom.Object.
//
// Keys are matched exactly. A key that is in an object twice is an error, as are
// numbers beyond float32 and whatever else Keras refuses; errors wrap ErrConfig, are
// always the same for the same text, and leave c as it was.
func (c *Config) UnmarshalJSON(data []byte) error {
	if c == nil {
		return fmt.Errorf("%w: there is no Config to read into; the pointer is nil", ErrConfig)
	}
	if err := kerasjson.Check(data); err != nil {
		return err
	}
	r := &kerasjson.Reader{Class: "SeparableConv1D", Fields: kerasjson.Members(data)}
	if r.Fields == nil {
		return fmt.Errorf("%w: the configuration of a layer is %s, it must be a JSON object", ErrConfig, kerasjson.Shortened(data))
	}
	keras2 := isKeras2(r)
	var read Config
	readSizes(r, &read)
	readWords(r, &read)
	read.Activation = parsed(r, "activation", func(text []byte) (Activation, error) { return parseActivation(text, keras2) })
	readWeights(r, &read, keras2)
	if err := r.Finish(); err != nil {
		return err
	}
	read.StridedDilation = !keras2 && read.Strides > 1 && read.DilationRate > 1
	*c = read
	return nil
}

// isKeras2 takes what only Keras 2 writes, and reports whether there was any.
func isKeras2(r *kerasjson.Reader) bool {
	keras2 := false
	for _, key := range []string{
		"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint", "batch_input_shape", "dynamic",
	} {
		_, found := r.Fields[key]
		keras2 = keras2 || found
		raw := r.Take(key)
		if key == "groups" && found {
			checkGroups(r, raw)
		}
	}
	return keras2
}

// checkGroups checks, as Keras 2 does, that an argument divides the filters that
// its layer inherits and has no use for.
func checkGroups(r *kerasjson.Reader, raw json.RawMessage) {
	var groups, filters int
	if json.Unmarshal(raw, &groups) != nil || groups < 1 || json.Unmarshal(r.Fields["filters"], &filters) == nil && filters%groups != 0 {
		r.Fail("groups", raw, "an integer that divides the filters")
	}
}

// sizes reads the numbers. Keras writes those of the convolution as lists of one.
func readSizes(r *kerasjson.Reader, c *Config) {
	for _, size := range []struct {
		key      string
		n        *int
		required bool
	}{
		{"filters", &c.Filters, true}, {"kernel_size", &c.KernelSize, true}, {"strides", &c.Strides, false},
		{"dilation_rate", &c.DilationRate, false}, {"depth_multiplier", &c.DepthMultiplier, false},
	} {
		const allowed = "an integer of at least 1, or a list of one"
		raw := r.Take(size.key)
		if raw == nil {
			if size.required {
				r.Fail(size.key, []byte("missing"), allowed)
			}
			continue
		}
		list, ok := oneOrMore(raw)
		if !ok || len(list) != 1 || list[0] < 1 {
			r.Fail(size.key, raw, allowed)
			continue
		}
		*size.n = list[0]
	}
}

// words reads the strings and flags.
func readWords(r *kerasjson.Reader, c *Config) {
	c.Padding = Padding(r.Word("padding", ""))
	if kerasjson.IsNull(r.Fields["data_format"]) {
		r.Take("data_format")
	}
	c.DataFormat = DataFormat(r.Word("data_format", ""))
	c.NoBias = !flagOr(r, "use_bias", true)
	c.Frozen = !flagOr(r, "trainable", true)
	c.Name = r.Word("name", "")
	c.DType = readDType(r)
}

// flagOr reads a bool with its default.
func flagOr(r *kerasjson.Reader, key string, otherwise bool) bool {
	if _, found := r.Fields[key]; !found {
		return otherwise
	}
	return r.Flag(key)
}

// dtype reads the name of a dtype policy: a word, or an object with a name in its
// config. The default, float32, is "".
func readDType(r *kerasjson.Reader) string {
	raw := r.Fields["dtype"]
	if kerasjson.IsNull(raw) {
		r.Take("dtype")
		return ""
	}
	policy := kerasjson.Members(raw)
	if policy == nil {
		return r.Word("dtype", "float32")
	}
	r.Take("dtype")
	name, _ := kerasjson.Text(kerasjson.Members(policy["config"])["name"])
	switch name {
	case "":
		r.Fail("dtype", raw, "the name of a dtype policy, or a policy with a name")
	case "float32":
		return ""
	}
	return name
}

// weights reads what belongs to the weights and to training.
func readWeights(r *kerasjson.Reader, c *Config, keras2 bool) {
	initializer, regularizer, constraint := initializers.Unmarshal, regularizers.Unmarshal, constraints.Unmarshal
	if keras2 {
		initializer, regularizer, constraint = initializers.UnmarshalKeras2, regularizers.UnmarshalKeras2, constraints.UnmarshalKeras2
	}
	c.DepthwiseInitializer = parsed(r, "depthwise_initializer", initializer)
	c.PointwiseInitializer = parsed(r, "pointwise_initializer", initializer)
	c.BiasInitializer = parsed(r, "bias_initializer", initializer)
	c.DepthwiseRegularizer = parsed(r, "depthwise_regularizer", regularizer)
	c.PointwiseRegularizer = parsed(r, "pointwise_regularizer", regularizer)
	c.BiasRegularizer = parsed(r, "bias_regularizer", regularizer)
	c.ActivityRegularizer = parsed(r, "activity_regularizer", regularizer)
	c.DepthwiseConstraint = parsed(r, "depthwise_constraint", constraint)
	c.PointwiseConstraint = parsed(r, "pointwise_constraint", constraint)
	c.BiasConstraint = parsed(r, "bias_constraint", constraint)
}

// parsed takes a field and parses it; a missing one is Go's zero value, nil.
func parsed[T any](r *kerasjson.Reader, key string, parse func(text []byte) (T, error)) (v T) {
	raw := r.Take(key)
	if raw == nil {
		return v
	}
	v, err := parse(raw)
	if err != nil && r.Err == nil {
		r.Err = fmt.Errorf("%s: %w", key, err)
	}
	return v
}

// MarshalJSON writes the configuration as get_config of Keras 3 does, from
// whose from_config it makes the same layer; MarshalKeras2 does so for Keras 2.
// Arguments out of their range, such as 0 filters, and what only Go has, such
// as an ActivationFunc that WithCode has not put in the place of an object of
// Keras, are errors. Causal padding is written all the same, though Keras 3
// refuses it.
func (c Config) MarshalJSON() ([]byte, error) {
	c = c.withDefaults()
	w := configWriter{err: c.check()}
	w.add("name", param.TextOr(c.Name, "separable_conv1d"), nil)
	w.add("trainable", !c.Frozen, nil)
	w.add("dtype", policyOf(c.DType), nil)
	if c.ActivityRegularizer != nil { // Keras' base layer writes it first
		w.regularizer("activity_regularizer", c.ActivityRegularizer)
	}
	w.add("depth_multiplier", c.DepthMultiplier, nil)
	w.add("filters", c.Filters, nil)
	w.add("kernel_size", []int{c.KernelSize}, nil)
	w.add("strides", []int{c.Strides}, nil)
	w.add("padding", c.Padding, nil)
	w.add("data_format", c.DataFormat, nil)
	w.add("dilation_rate", []int{c.DilationRate}, nil)
	w.call("activation", func() (any, error) { return activationConfig(c.Activation) })
	w.add("use_bias", !c.NoBias, nil)
	w.initializer("depthwise_initializer", c.DepthwiseInitializer)
	w.initializer("pointwise_initializer", c.PointwiseInitializer)
	w.initializer("bias_initializer", c.BiasInitializer)
	w.regularizer("depthwise_regularizer", c.DepthwiseRegularizer)
	w.regularizer("pointwise_regularizer", c.PointwiseRegularizer)
	w.regularizer("bias_regularizer", c.BiasRegularizer)
	if c.ActivityRegularizer == nil {
		w.add("activity_regularizer", nil, nil)
	}
	w.constraint("depthwise_constraint", c.DepthwiseConstraint)
	w.constraint("pointwise_constraint", c.PointwiseConstraint)
	w.constraint("bias_constraint", c.BiasConstraint)
	return w.text()
}

// configWriter collects fields in order and keeps the first error.
type configWriter struct {
	keras2 bool
	fields kerasjson.Config
	err    error
}

func (w *configWriter) add(key string, value any, err error) {
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s: %w", key, err)
	}
	w.fields = append(w.fields, kerasjson.Field{Key: key, Value: value})
}

// text returns the fields as JSON.
func (w *configWriter) text() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	return json.Marshal(w.fields)
}

func (w *configWriter) call(key string, value func() (any, error)) {
	v, err := value()
	w.add(key, v, err)
}

func (w *configWriter) initializer(key string, i initializers.Initializer) {
	addObject(w, key, i, initializers.Marshal, initializers.MarshalKeras2)
}

func (w *configWriter) regularizer(key string, r regularizers.Regularizer) {
	addObject(w, key, r, regularizers.Marshal, regularizers.MarshalKeras2)
}

func (w *configWriter) constraint(key string, c constraints.Constraint) {
	addObject(w, key, c, constraints.Marshal, constraints.MarshalKeras2)
}

// addObject adds one of Keras' objects as the writer's Keras has it.
func addObject[T any](w *configWriter, key string, v T, keras3, keras2 func(T) ([]byte, error)) {
	marshal := keras3
	if w.keras2 {
		marshal = keras2
	}
	w.call(key, func() (any, error) { return rawJSON(marshal(v)) })
}
