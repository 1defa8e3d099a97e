package sepconv

import (
	"encoding/json"
	"fmt"
)

// UnmarshalJSON reads the layer's configuration as get_config of Keras 2 and of
// Keras 3 writes it; missing keys take Keras' defaults, which filters and kernel_size do
// not have. Keys of Keras 2 that compute nothing here (groups,
// kernel_initializer, ...), which Keras 3 refuses, are accepted. They also tell
// that the names are those of Keras 2, whose hard_sigmoid is another function. A
// configuration of Keras 3 that has strides and dilation both more than 1 sets
// StridedDilation, since Keras wrote it. Initializers, regularizers, constraints and
// activations of a user's own are kept: see CustomObject.
//
// Keys are matched exactly. A key that is in an object twice is an error, as are
// numbers beyond float32 and whatever else Keras refuses; errors wrap ErrConfig, are
// always the same for the same text, and leave c as it was.
func (c *Config) UnmarshalJSON(data []byte) error {
	if c == nil {
		return fmt.Errorf("%w: there is no Config to read into; the pointer is nil", ErrConfig)
	}
	if err := checkJSON(data); err != nil {
		return err
	}
	r := &configReader{class: "SeparableConv1D", fields: membersOf(data)}
	if r.fields == nil {
		return fmt.Errorf("%w: the configuration of a layer is %s, it must be a JSON object", ErrConfig, shortened(data))
	}
	keras2 := r.isKeras2()
	var read Config
	r.sizes(&read)
	r.words(&read)
	read.Activation = parsed(r, "activation", keras2, parseActivation)
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
	for _, size := range []struct {
		key      string
		n        *int
		required bool
	}{
		{"filters", &c.Filters, true}, {"kernel_size", &c.KernelSize, true}, {"strides", &c.Strides, false},
		{"dilation_rate", &c.DilationRate, false}, {"depth_multiplier", &c.DepthMultiplier, false},
	} {
		const allowed = "an integer of at least 1, or a list of one"
		raw := r.take(size.key)
		if raw == nil {
			if size.required {
				r.fail(size.key, []byte("missing"), allowed)
			}
			continue
		}
		list, ok := oneOrMore(raw)
		if !ok || len(list) != 1 || list[0] < 1 {
			r.fail(size.key, raw, allowed)
			continue
		}
		*size.n = list[0]
	}
}

// oneOrMore reads an integer or a list of integers.
func oneOrMore(raw json.RawMessage) (list []int, ok bool) {
	var one *int
	if json.Unmarshal(raw, &one) == nil && one != nil {
		return []int{*one}, true
	}
	return list, json.Unmarshal(raw, &list) == nil
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
	policy := membersOf(raw)
	if policy == nil {
		return r.word("dtype", "float32")
	}
	r.take("dtype")
	name, _ := textOf(membersOf(policy["config"])["name"])
	switch name {
	case "":
		r.fail("dtype", raw, "the name of a dtype policy, or a policy with a name")
	case "float32":
		return ""
	}
	return name
}

// weights reads what belongs to the weights and to training.
func (r *configReader) weights(c *Config, keras2 bool) {
	c.DepthwiseInitializer = parsed(r, "depthwise_initializer", keras2, parseInitializer)
	c.PointwiseInitializer = parsed(r, "pointwise_initializer", keras2, parseInitializer)
	c.BiasInitializer = parsed(r, "bias_initializer", keras2, parseInitializer)
	c.DepthwiseRegularizer = parsed(r, "depthwise_regularizer", keras2, parseRegularizer)
	c.PointwiseRegularizer = parsed(r, "pointwise_regularizer", keras2, parseRegularizer)
	c.BiasRegularizer = parsed(r, "bias_regularizer", keras2, parseRegularizer)
	c.ActivityRegularizer = parsed(r, "activity_regularizer", keras2, parseRegularizer)
	c.DepthwiseConstraint = parsed(r, "depthwise_constraint", keras2, parseConstraint)
	c.PointwiseConstraint = parsed(r, "pointwise_constraint", keras2, parseConstraint)
	c.BiasConstraint = parsed(r, "bias_constraint", keras2, parseConstraint)
}

// parsed takes a field and parses it; a missing one is Go's zero value, nil.
func parsed[T any](r *configReader, key string, keras2 bool, parse func(raw json.RawMessage, keras2 bool) (T, error)) (v T) {
	raw := r.take(key)
	if raw == nil {
		return v
	}
	v, err := parse(raw, keras2)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%s: %w", key, err)
	}
	return v
}

// MarshalJSON writes the configuration as get_config of Keras 3 does, from whose
// from_config it makes the same layer; MarshalKeras2 does so for Keras 2.
// Arguments out of their range, such as 0 filters, and what only Go has, such as
// an ActivationFunc that is not in the place of a CustomObject, are errors. Causal padding is written all the same,
// though Keras 3 refuses it.
func (c Config) MarshalJSON() ([]byte, error) {
	c = c.withDefaults()
	w := configWriter{err: c.check()}
	w.add("name", textOr(c.Name, "separable_conv1d"), nil)
	w.add("trainable", !c.Frozen, nil)
	w.add("dtype", policyOf(c.DType), nil)
	activity, err := w.dialect(regularizerConfig(c.ActivityRegularizer))
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
	w.call(key, func() (any, error) { return w.dialect(constraintConfig(c)) })
}

// dialect turns what Keras 3 writes into what the writer's version does.
func (w *configWriter) dialect(v any, err error) (any, error) {
	o, isCustom := v.(CustomObject)
	switch {
	case err != nil:
		return nil, err
	case isCustom && w.keras2:
		return o.formKeras2()
	case isCustom:
		return o.form()
	case w.keras2:
		return ofKeras2(v)
	}
	return v, nil
}

func policyOf(dtype string) kerasObject {
	if dtype == "" {
		dtype = "float32"
	}
	return kerasObject{Module: "keras", ClassName: "DTypePolicy", Config: kerasConfig{{"name", dtype}}}
}
