package sepconv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// UnmarshalJSON reads the layer's configuration as get_config of Keras 2 and of
// Keras 3 writes it; missing keys take Keras' defaults, which filters and kernel_size do
// not have. Keys of Keras 2 that compute nothing here (groups,
// kernel_initializer, ...), which Keras 3 refuses, are accepted. They also tell
// that the names are those of Keras 2, whose hard_sigmoid is another function. A
// configuration of Keras 3 that has strides and dilation both more than 1 sets
// StridedDilation, since Keras wrote it.
func (c *Config) UnmarshalJSON(data []byte) error {
	r := &configReader{class: "SeparableConv1D"}
	if err := json.Unmarshal(data, &r.fields); err != nil || r.fields == nil {
		return fmt.Errorf("%w: the configuration of a layer is %s, it must be a JSON object", ErrConfig, shortened(data))
	}
	keras2 := r.isKeras2()
	var read Config
	r.sizes(&read)
	r.words(&read)
	read.Activation = parsed(r, "activation", func(raw json.RawMessage) (Activation, error) { return parseActivation(raw, keras2) })
	r.weights(&read, keras2)
	if err := r.finish(); err != nil {
		return err
	}
	read.StridedDilation = !keras2 && read.Strides > 1 && read.DilationRate > 1
	*c = read
	return nil
}

// isKeras2 takes what only Keras 2 writes, and tells whether there was any.
func (r *configReader) isKeras2() bool {
	keras2 := false
	for _, key := range []string{
		"groups", "kernel_initializer", "kernel_regularizer", "kernel_constraint", "batch_input_shape", "dynamic",
	} {
		_, found := r.fields[key]
		keras2 = keras2 || found
		raw := r.take(key)
		if key == "groups" && found {
			r.checkGroups(raw)
		}
	}
	return keras2
}

// checkGroups checks, as Keras 2 does, that an argument divides the filters that
// its layer inherits and has no use for.
func (r *configReader) checkGroups(raw json.RawMessage) {
	var groups, filters int
	if json.Unmarshal(raw, &groups) != nil || groups < 1 || json.Unmarshal(r.fields["filters"], &filters) == nil && filters%groups != 0 {
		r.fail("groups", raw, "an integer that divides the filters")
	}
}

// sizes reads the numbers. Keras writes those of the convolution as lists of one.
func (r *configReader) sizes(c *Config) {
	for key, n := range map[string]*int{
		"filters": &c.Filters, "kernel_size": &c.KernelSize, "strides": &c.Strides,
		"dilation_rate": &c.DilationRate, "depth_multiplier": &c.DepthMultiplier,
	} {
		raw := r.take(key)
		if raw == nil {
			if key == "filters" || key == "kernel_size" {
				r.fail(key, []byte("missing"), "an integer of at least 1, or a list of one")
			}
			continue
		}
		list := []int{0}
		if json.Unmarshal(raw, &list[0]) != nil && json.Unmarshal(raw, &list) != nil || len(list) != 1 || list[0] < 1 {
			r.fail(key, raw, "an integer of at least 1, or a list of one")
			continue
		}
		*n = list[0]
	}
}

// words reads the strings and flags.
func (r *configReader) words(c *Config) {
	c.Padding = Padding(r.word("padding", ""))
	if isNull(r.fields["data_format"]) {
		r.take("data_format")
	}
	c.DataFormat = DataFormat(r.word("data_format", ""))
	c.NoBias = !r.flagOr("use_bias", true)
	c.Frozen = !r.flagOr("trainable", true)
	c.Name = r.word("name", "")
	c.DType = r.dtype()
}

// flagOr reads a bool with its default.
func (r *configReader) flagOr(key string, otherwise bool) bool {
	if _, found := r.fields[key]; !found {
		return otherwise
	}
	return r.flag(key)
}

// dtype reads the name of a dtype policy: a word, or an object with a name in its
// config. The default, float32, is "".
func (r *configReader) dtype() string {
	raw := r.fields["dtype"]
	if isNull(raw) {
		r.take("dtype")
		return ""
	}
	var policy struct {
		Config struct {
			Name string `json:"name"`
		} `json:"config"`
	}
	if json.Unmarshal(raw, &policy) != nil {
		return r.word("dtype", "float32")
	}
	r.take("dtype")
	if policy.Config.Name == "" {
		r.fail("dtype", raw, "the name of a dtype policy, or a policy with a name")
	}
	if policy.Config.Name == "float32" {
		return ""
	}
	return policy.Config.Name
}

// weights reads what belongs to the weights and to training.
func (r *configReader) weights(c *Config, keras2 bool) {
	c.DepthwiseInitializer = parsed(r, "depthwise_initializer", parseInitializer)
	c.PointwiseInitializer = parsed(r, "pointwise_initializer", parseInitializer)
	c.BiasInitializer = parsed(r, "bias_initializer", parseInitializer)
	regularizer := func(raw json.RawMessage) (Regularizer, error) { return parseRegularizer(raw, keras2) }
	c.DepthwiseRegularizer = parsed(r, "depthwise_regularizer", regularizer)
	c.PointwiseRegularizer = parsed(r, "pointwise_regularizer", regularizer)
	c.BiasRegularizer = parsed(r, "bias_regularizer", regularizer)
	c.ActivityRegularizer = parsed(r, "activity_regularizer", regularizer)
	c.DepthwiseConstraint = parsed(r, "depthwise_constraint", parseConstraint)
	c.PointwiseConstraint = parsed(r, "pointwise_constraint", parseConstraint)
	c.BiasConstraint = parsed(r, "bias_constraint", parseConstraint)
}

// parsed takes a field and parses it; a missing one is Go's zero value, nil.
func parsed[T any](r *configReader, key string, parse func(json.RawMessage) (T, error)) (v T) {
	raw := r.take(key)
	if raw == nil {
		return v
	}
	v, err := parse(raw)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%s: %w", key, err)
	}
	return v
}

// MarshalJSON writes the configuration as get_config of Keras 3 does, from whose
// from_config it makes the same layer; MarshalKeras2 does so for Keras 2.
// Arguments out of their range, such as 0 filters, and what only Go has, such as
// the user's own functions, are errors. Causal padding is written all the same,
// though Keras 3 refuses it.
func (c Config) MarshalJSON() ([]byte, error) {
	c = c.withDefaults()
	w := configWriter{err: c.check()}
	w.add("name", textOr(c.Name, "separable_conv1d"), nil)
	w.add("trainable", !c.Frozen, nil)
	w.add("dtype", policyOf(c.DType), nil)
	activity, err := regularizerConfig(c.ActivityRegularizer)
	if activity != nil || err != nil { // Keras' base layer writes it first
		w.add("activity_regularizer", activity, err)
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
	if activity == nil {
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
	fields kerasConfig
	err    error
}

func (w *configWriter) add(key string, value any, err error) {
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("%s: %w", key, err)
	}
	w.fields = append(w.fields, kerasField{key, value})
}

// text returns the fields as JSON. What would be refused when read, such as an
// initializer with a negative deviation, is not written.
func (w *configWriter) text() ([]byte, error) {
	if w.err != nil {
		return nil, w.err
	}
	text, err := json.Marshal(w.fields)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, new(Config)); err != nil {
		return nil, err
	}
	return text, nil
}

func (w *configWriter) call(key string, value func() (any, error)) {
	v, err := value()
	w.add(key, v, err)
}

func (w *configWriter) initializer(key string, i Initializer) {
	w.call(key, func() (any, error) { return w.dialect(initializerConfig(i)) })
}

func (w *configWriter) regularizer(key string, r Regularizer) {
	w.call(key, func() (any, error) { return w.dialect(regularizerConfig(r)) })
}

func (w *configWriter) constraint(key string, c Constraint) {
	w.call(key, func() (any, error) { return constraintConfig(c) })
}

// dialect turns what Keras 3 writes into what the writer's version does.
func (w *configWriter) dialect(v any, err error) (any, error) {
	if err != nil || !w.keras2 {
		return v, err
	}
	return ofKeras2(v)
}

func policyOf(dtype string) kerasObject {
	if dtype == "" {
		dtype = "float32"
	}
	return kerasObject{Module: "keras", ClassName: "DTypePolicy", Config: kerasConfig{{"name", dtype}}}
}

// parseActivation reads an activation: its name, or a dictionary of one of
// Keras' activation layers. null is linear.
func parseActivation(raw json.RawMessage, keras2 bool) (Activation, error) {
	name, r, err := parseObject("activation", raw)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return Linear, nil
	}
	if r.fields == nil {
		return activationNamed(name, keras2)
	}
	for _, key := range []string{"name", "trainable", "dtype", "batch_input_shape", "dynamic", "supports_masking"} {
		r.take(key)
	}
	a, err := r.activationLayer(name)
	if err != nil {
		return nil, err
	}
	return a, r.finish()
}

// activationNamed finds a function by the names that Keras gives it.
func activationNamed(name string, keras2 bool) (Activation, error) {
	switch name {
	case "swish":
		return SiLU, nil
	case "hard_swish":
		return HardSiLU, nil
	case "hard_sigmoid":
		if keras2 {
			return HardSigmoidKeras2, nil
		}
	case "sparsemax": // of every Keras released so far
		return SparsemaxKeras315, nil
	case "gelu_tanh", "hard_sigmoid_keras2", "sparsemax_keras315": // this package's names, not Keras'
		name = ""
	}
	for f, n := range standardNames {
		if n == name && name != "" {
			return StandardActivation(f), nil
		}
	}
	// Keras also makes a layer with its defaults of a class name.
	return (&configReader{class: name}).activationLayer(name)
}

// activationLayer reads the config of a class of keras.layers.
func (r *configReader) activationLayer(class string) (Activation, error) {
	switch class {
	case "LeakyReLU":
		key := "negative_slope"
		if _, keras2 := r.fields["alpha"]; keras2 {
			key = "alpha"
		}
		return LeakyReLUWith(float32(r.numberOr(key, 0.3))), nil
	case "ELU":
		return ELUWith(float32(r.numberOr("alpha", 1))), nil
	case "ReLU":
		maximum := r.numberOr("max_value", math.Inf(1))
		return ReLUWith(float32(maximum), float32(r.numberOr("negative_slope", 0)), float32(r.numberOr("threshold", 0))), nil
	case "ThresholdedReLU":
		return ThresholdWith(float32(r.numberOr("theta", 1)), 0), nil
	case "Softmax":
		raw := r.take("axis")
		if s := string(bytes.Trim(raw, "[] \n")); s != "-1" && s != "2" && raw != nil {
			r.fail("axis", raw, "-1 or 2, the last axis")
		}
		return Softmax, nil
	}
	return nil, fmt.Errorf("%w: unknown activation %s", ErrConfig, quoted(class))
}

// numberOr reads a float with its default, which null stands for too.
func (r *configReader) numberOr(key string, otherwise float64) float64 {
	raw := r.take(key)
	if raw == nil || isNull(raw) {
		return otherwise
	}
	value := otherwise
	if err := json.Unmarshal(unwrapped(raw), &value); err != nil {
		r.fail(key, raw, "a number")
	}
	return value
}

// activationConfig returns what is marshalled to Keras 3's JSON.
func activationConfig(a Activation) (any, error) {
	switch a := a.(type) {
	case StandardActivation:
		if a == SparsemaxKeras315 {
			return Sparsemax.Name(), nil
		}
		if a.valid() && a != HardSigmoidKeras2 && a != GELUTanh {
			return a.Name(), nil
		}
	case withParameters:
		if class, config := a.layer(); class != "" {
			if class == "ELU" { // which writes its parameter first
				return activationLayer(class, policyOf(""), config, nil), nil
			}
			return activationLayer(class, policyOf(""), nil, config), nil
		}
	}
	return nil, fmt.Errorf("%w: activation %s has no form in Keras 3's JSON", ErrConfig, a.Name())
}

// activationLayer is an activation that Keras has as a layer, with the name that
// Keras gives to the first of its class.
func activationLayer(class string, dtype any, before, after kerasConfig) kerasObject {
	names := map[string]string{"ELU": "elu", "LeakyReLU": "leaky_re_lu", "ReLU": "re_lu", "ThresholdedReLU": "thresholded_re_lu"}
	config := slices.Concat(
		kerasConfig{{"name", names[class]}}, before, kerasConfig{{"trainable", true}, {"dtype", dtype}}, after)
	return kerasObject{Module: "keras.layers", ClassName: class, Config: config}
}
