package sepconv

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv/custom"
)

// UnmarshalActivation reads an activation from a layer's configuration: its name, or
// the dictionary of Keras 3 of an activation layer or of a function. null is Linear.
// One of the user's own is a [custom.Object].
func UnmarshalActivation(text []byte) (Activation, error) { return unmarshalActivation(text, false) }

// UnmarshalActivationKeras2 is UnmarshalActivation for Keras 2, whose hard_sigmoid is
// another function.
func UnmarshalActivationKeras2(text []byte) (Activation, error) {
	return unmarshalActivation(text, true)
}

func unmarshalActivation(text []byte, keras2 bool) (Activation, error) {
	if err := kerasjson.CheckValue(text); err != nil {
		return nil, err
	}
	return parseActivation(text, keras2)
}

// parseActivation reads an activation: its name, or a dictionary of one of Keras'
// activation layers, or of a function. null is linear.
func parseActivation(raw json.RawMessage, keras2 bool) (Activation, error) {
	reference, err := kerasjson.ParseReference("activation", raw, keras2)
	if err != nil {
		return nil, err
	}
	if reference == nil {
		return Linear, nil
	}
	if reference.Source == kerasjson.OfUser {
		return custom.Of[Activation](reference)
	}
	isClass := reference.Config != nil
	if a, ok := standardNamed(reference.Name, keras2); ok && !isClass {
		return a, nil
	}
	if reference.IsFunc {
		return custom.Of[Activation](reference)
	}
	r, err := reference.Reader()
	if err != nil {
		return nil, err
	}
	a := readActivationLayer(r, reference.Name) // Keras makes one with its defaults of a name alone
	if a == nil {
		return custom.Of[Activation](reference)
	}
	return a, r.Finish()
}

// ActivationOfLayer returns the function of one of the classes of keras.layers that
// compute an activation: LeakyReLU, ELU, ReLU, ThresholdedReLU and Softmax. config is
// what get_config of Keras 2 or Keras 3 returns.
func ActivationOfLayer(class string, config []byte) (Activation, error) {
	if err := kerasjson.Check(config); err != nil {
		return nil, err
	}
	r := &kerasjson.Reader{Class: class, Fields: kerasjson.Members(config)}
	if r.Fields == nil {
		return nil, fmt.Errorf("%w: config of %s is %s, it must be a dictionary", ErrConfig, class, kerasjson.Shortened(config))
	}
	a := readActivationLayer(r, class)
	if a == nil {
		return nil, fmt.Errorf("%w: %s is no layer of an activation; there are %q", ErrConfig, kerasjson.Quoted(class), kerasjson.ActivationLayers)
	}
	return a, r.Finish()
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
func readActivationLayer(r *kerasjson.Reader, class string) Activation {
	for _, key := range []string{"name", "trainable", "dtype", "batch_input_shape", "dynamic", "supports_masking"} {
		r.Take(key)
	}
	switch class {
	case "LeakyReLU":
		if _, keras2 := r.Fields["alpha"]; keras2 {
			return LeakyReLUWith(readParameter(r, "alpha", 0.3, math.Inf(-1)))
		}
		return LeakyReLUWith(readParameter(r, "negative_slope", 0.3, 0))
	case "ELU":
		return ELUWith(readParameter(r, "alpha", 1, math.Inf(-1)))
	case "ReLU":
		maximum := float32(math.Inf(1))
		if kerasjson.IsNull(r.Fields["max_value"]) {
			r.Take("max_value")
		} else {
			maximum = readParameter(r, "max_value", maximum, 0)
		}
		return ReLUWith(maximum, readParameter(r, "negative_slope", 0, 0), readParameter(r, "threshold", 0, 0))
	case "ThresholdedReLU":
		return ThresholdWith(readParameter(r, "theta", 1, 0), 0)
	case "Softmax":
		if raw := r.Take("axis"); raw != nil {
			if axes, ok := oneOrMore(raw); !ok || len(axes) != 1 || axes[0] != -1 && axes[0] != 2 {
				r.Fail("axis", raw, "-1 or 2, the last axis")
			}
		}
		return Softmax
	}
	return nil
}

// parameter reads a parameter of an activation, which Keras refuses below least.
func readParameter(r *kerasjson.Reader, key string, otherwise float32, least float64) float32 {
	raw := r.Take(key)
	if raw == nil {
		return otherwise
	}
	var value *float32
	if json.Unmarshal(kerasjson.Unwrapped(raw), &value) != nil || value == nil || float64(*value) < least {
		allowed := "a float32"
		if least == 0 {
			allowed = "a float32 of at least 0"
		}
		r.Fail(key, raw, allowed)
		return otherwise
	}
	return *value
}

// activationConfig returns what is marshalled to Keras 3's JSON.
func activationConfig(a Activation) (any, error) {
	switch a := a.(type) {
	case custom.Object:
		return rawJSON(a.MarshalKeras3())
	case suppliedActivation:
		return rawJSON(a.object.MarshalKeras3())
	case StandardActivation:
		if a == SparsemaxKeras315 {
			return Sparsemax.Name(), nil // Keras' name of it
		}
		if a.valid() && a != HardSigmoidKeras2 && a != GELUTanh && a != Sparsemax {
			return a.Name(), nil
		}
	case withParameters:
		if class, config := a.layer(); class != "" {
			if err := a.checkLayer(class, false); err != nil {
				return nil, err
			}
			if class == "ELU" { // which writes its parameter first
				return activationLayer(class, policyOf(""), config, nil), nil
			}
			return activationLayer(class, policyOf(""), nil, config), nil
		}
	}
	return nil, noForm(a, "Keras 3")
}

// rawJSON is the text as a value to be marshalled.
func rawJSON(text []byte, err error) (any, error) { return json.RawMessage(text), err }

// checkLayer reports a parameter that a class of keras.layers refuses.
func (a withParameters) checkLayer(class string, keras2 bool) error {
	switch {
	case class == "LeakyReLU" && !keras2 && a.A < 0:
		return param.BadField(class, "negative_slope", a.A, "at least 0")
	case class == "ThresholdedReLU" && a.A < 0:
		return param.BadField(class, "theta", a.A, "at least 0")
	case class != "ReLU":
		return nil
	case a.A < 0:
		return param.BadField(class, "max_value", a.A, "at least 0")
	case a.B < 0:
		return param.BadField(class, "negative_slope", a.B, "at least 0")
	case a.C < 0:
		return param.BadField(class, "threshold", a.C, "at least 0")
	}
	return nil
}

// noForm says that a version of Keras cannot be given an activation.
func noForm(a Activation, version string) error {
	if param.IsNilPointer(a) {
		return fmt.Errorf("%w: activation is a nil %T; leave the field nil for a linear layer", ErrConfig, a)
	}
	return fmt.Errorf("%w: activation %s has no form in %s's JSON", ErrConfig, a.Name(), version)
}

// activationLayer is an activation that Keras has as a layer, with the name that
// Keras gives to the first of its class.
func activationLayer(class string, dtype any, before, after kerasjson.Config) kerasjson.Object {
	names := map[string]string{"ELU": "elu", "LeakyReLU": "leaky_re_lu", "ReLU": "re_lu", "ThresholdedReLU": "thresholded_re_lu"}
	config := slices.Concat(
		kerasjson.Config{{Key: "name", Value: names[class]}}, before, kerasjson.Config{{Key: "trainable", Value: true}, {Key: "dtype", Value: dtype}}, after)
	return kerasjson.Object{Module: "keras.layers", ClassName: class, Config: config}
}

// oneOrMore reads an integer or a list of integers.
func oneOrMore(raw json.RawMessage) (list []int, ok bool) {
	var one *int
	if json.Unmarshal(raw, &one) == nil && one != nil {
		return []int{*one}, true
	}
	return list, json.Unmarshal(raw, &list) == nil
}

func policyOf(dtype string) kerasjson.Object {
	if dtype == "" {
		dtype = "float32"
	}
	return kerasjson.Object{Module: "keras", ClassName: "DTypePolicy", Config: kerasjson.Config{{Key: "name", Value: dtype}}}
}
