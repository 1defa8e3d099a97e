package sepconv

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// parseActivation reads an activation: its name, or a dictionary of one of Keras'
// activation layers, or of a function. null is linear.
func parseActivation(raw json.RawMessage, keras2 bool) (Activation, error) {
	reference, err := parseReference("activation", raw, keras2)
	if err != nil {
		return nil, err
	}
	if reference == nil {
		return Linear, nil
	}
	if reference.source == ofUser {
		return custom[Activation](reference)
	}
	isClass := reference.config != nil
	if a, ok := standardNamed(reference.name, keras2); ok && !isClass {
		return a, nil
	}
	if reference.isFunc {
		return custom[Activation](reference)
	}
	r, err := reference.reader()
	if err != nil {
		return nil, err
	}
	for _, key := range []string{"name", "trainable", "dtype", "batch_input_shape", "dynamic", "supports_masking"} {
		r.take(key)
	}
	a := r.activationLayer(reference.name) // Keras makes one with its defaults of a name alone
	if a == nil {
		return custom[Activation](reference)
	}
	return a, r.finish()
}

// standardNamed finds a function by the names that Keras gives it.
func standardNamed(name string, keras2 bool) (a StandardActivation, ok bool) {
	switch name {
	case "swish":
		return SiLU, true
	case "hard_swish":
		return HardSiLU, true
	case "hard_sigmoid":
		if keras2 {
			return HardSigmoidKeras2, true
		}
	case "sparsemax": // of every Keras released so far
		return SparsemaxKeras315, true
	case "", "gelu_tanh", "hard_sigmoid_keras2", "sparsemax_keras315": // this package's names, not Keras'
		return 0, false
	}
	i := slices.Index(standardNames[:], name)
	return StandardActivation(max(i, 0)), i >= 0
}

// activationLayer reads the config of a class of keras.layers; nil if it is none of
// an activation.
func (r *configReader) activationLayer(class string) Activation {
	switch class {
	case "LeakyReLU":
		if _, keras2 := r.fields["alpha"]; keras2 {
			return LeakyReLUWith(r.parameter("alpha", 0.3, math.Inf(-1)))
		}
		return LeakyReLUWith(r.parameter("negative_slope", 0.3, 0))
	case "ELU":
		return ELUWith(r.parameter("alpha", 1, math.Inf(-1)))
	case "ReLU":
		maximum := float32(math.Inf(1))
		if isNull(r.fields["max_value"]) {
			r.take("max_value")
		} else {
			maximum = r.parameter("max_value", maximum, 0)
		}
		return ReLUWith(maximum, r.parameter("negative_slope", 0, 0), r.parameter("threshold", 0, 0))
	case "ThresholdedReLU":
		return ThresholdWith(r.parameter("theta", 1, 0), 0)
	case "Softmax":
		if raw := r.take("axis"); raw != nil {
			if axes, ok := oneOrMore(raw); !ok || len(axes) != 1 || axes[0] != -1 && axes[0] != 2 {
				r.fail("axis", raw, "-1 or 2, the last axis")
			}
		}
		return Softmax
	}
	return nil
}

// parameter reads a parameter of an activation, which Keras refuses below least.
func (r *configReader) parameter(key string, otherwise float32, least float64) float32 {
	raw := r.take(key)
	if raw == nil {
		return otherwise
	}
	var value *float32
	if json.Unmarshal(unwrapped(raw), &value) != nil || value == nil || float64(*value) < least {
		allowed := "a float32"
		if least == 0 {
			allowed = "a float32 of at least 0"
		}
		r.fail(key, raw, allowed)
		return otherwise
	}
	return *value
}

// activationConfig returns what is marshalled to Keras 3's JSON.
func activationConfig(a Activation) (any, error) {
	switch a := a.(type) {
	case CustomObject:
		return a.form()
	case suppliedActivation:
		return a.object.form()
	case StandardActivation:
		if a == SparsemaxKeras315 {
			return Sparsemax.Name(), nil // Keras' name of it
		}
		if a.valid() && a != HardSigmoidKeras2 && a != GELUTanh && a != Sparsemax {
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
	return nil, noForm(a, "Keras 3")
}

// noForm says that a version of Keras cannot be given an activation.
func noForm(a Activation, version string) error {
	if isNilPointer(a) {
		return fmt.Errorf("%w: activation is a nil %T; leave the field nil for a linear layer", ErrConfig, a)
	}
	return fmt.Errorf("%w: activation %s has no form in %s's JSON", ErrConfig, a.Name(), version)
}

// activationLayer is an activation that Keras has as a layer, with the name that
// Keras gives to the first of its class.
func activationLayer(class string, dtype any, before, after kerasConfig) kerasObject {
	names := map[string]string{"ELU": "elu", "LeakyReLU": "leaky_re_lu", "ReLU": "re_lu", "ThresholdedReLU": "thresholded_re_lu"}
	config := slices.Concat(
		kerasConfig{{"name", names[class]}}, before, kerasConfig{{"trainable", true}, {"dtype", dtype}}, after)
	return kerasObject{Module: "keras.layers", ClassName: class, Config: config}
}
