package sepconv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/sepconv/go/internal/strictjson"
)

// CustomObject is an initializer, a regularizer, a constraint or an activation of
// the user's own, as a configuration of Keras names it: a class,
//
//	{"module": null, "class_name": "MyReg", "config": {"a": 0.1}, "registered_name": "mine>MyReg"}
//
// a function,
//
//	{"module": "builtins", "class_name": "function", "config": "mine>snake", "registered_name": "function"}
//
// or, of Keras 2 up to 2.11, {"class_name": "mine>MyReg", "config": {"a": 0.1}} and
// "mine>snake". Its code is in somebody's Python, so that nothing can be computed
// with it, and nothing needs to be: reading a [Config] keeps it, writing the Config
// gives it back, and layers are built and run without it. What cannot do without
// the code says so: New, of an initializer, and any layer, of an activation that
// [CustomObject.Activation] did not give one.
//
// CustomObjects can be compared. They are made by reading a Config, or by
// json.Unmarshal; the zero value is none.
type CustomObject struct {
	text string // compact JSON; "" of the zero value
}

// newCustomObject keeps an object whose form is known to be right.
func newCustomObject(text json.RawMessage) CustomObject { return CustomObject{canonical(text)} }

// UnmarshalJSON reads an object in any of the forms above. The error wraps
// ErrConfig; what Keras has itself is no CustomObject.
func (o *CustomObject) UnmarshalJSON(data []byte) error {
	if o == nil {
		return fmt.Errorf("%w: there is no CustomObject to read into; the pointer is nil", ErrConfig)
	}
	if err := checkJSON(data); err != nil {
		return err
	}
	// Keras 2 has all forms, activations among them.
	r, err := parseReference("activation", data, true)
	switch {
	case err != nil:
		return err
	case r == nil:
		return fmt.Errorf("%w: a custom object is null, it must be a name or a dictionary", ErrConfig)
	}
	if !r.isCustom() {
		return fmt.Errorf("%w: %s is Keras' own, or would be; a custom object has a name of its own, as \"package>name\" is", ErrConfig, quoted(r.name))
	}
	*o = newCustomObject(r.text)
	return nil
}

// MarshalJSON writes the object as it was read, white space and escapes aside.
func (o CustomObject) MarshalJSON() ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return []byte(o.text), nil
}

// check reports the zero value.
func (o CustomObject) check() error {
	if o.text == "" {
		return fmt.Errorf("%w: it is the zero CustomObject; one is made by reading its JSON", ErrConfig)
	}
	return nil
}

// validate is check: of what shapes the object is for, only its code knows.
func (o CustomObject) validate([]int) error { return o.check() }

// Name returns the name by which Keras finds the code: the one it was registered
// under, "mine>MyReg", or of what never was, the class' or function's own; "" of
// the zero value.
func (o CustomObject) Name() string {
	text := json.RawMessage(o.text)
	if name, ok := textOf(text); ok {
		return name
	}
	object := membersOf(text)
	name, _ := textOf(object["class_name"])
	if name == functionClass {
		name, _ = textOf(object["config"])
		return name
	}
	if registered, _ := textOf(object["registered_name"]); registered != "" {
		return registered
	}
	return name
}

// Config returns what get_config of the class returned, a JSON object; nil of a
// function.
func (o CustomObject) Config() json.RawMessage {
	config := membersOf(json.RawMessage(o.text))["config"]
	if membersOf(config) == nil {
		return nil
	}
	return bytes.Clone(config)
}

// Initialize returns an error that wraps ErrConfig: the code is not here.
func (o CustomObject) Initialize(w []float32, shape []int, seed uint64) error {
	if err := o.check(); err != nil {
		return err
	}
	return fmt.Errorf("%w: initializer %.80q is the user's own, and its code is not in the configuration; use NewFromWeights, or an initializer that this program has",
		ErrConfig, o.Name())
}

// Loss returns NaN: the code is not here.
func (o CustomObject) Loss(w []float32, shape []int) float64 { return math.NaN() }

// AddGradient sets dw to NaN, which no training step overlooks: the code is not here.
func (o CustomObject) AddGradient(dw, w []float32, shape []int) { poison(dw) }

// Project sets w to NaN, which no training step overlooks: the code is not here.
func (o CustomObject) Project(w []float32, shape []int) { poison(w) }

// Apply sets y to NaN: the code is not here. No layer comes to that, since none is
// made with such an activation.
func (o CustomObject) Apply(y []float32) { poison(y) }

// Activation gives the object the code that its own has in Python: the result
// computes what a does, and is written to configurations as the object is. A nil a
// is Linear.
func (o CustomObject) Activation(a Activation) Activation {
	if a == nil {
		a = Linear
	}
	return suppliedActivation{a, o}
}

// suppliedActivation computes an activation, and is written as an object of the
// user's.
type suppliedActivation struct {
	Activation
	object CustomObject
}

// Name returns the object's name.
func (a suppliedActivation) Name() string { return a.object.Name() }

// errNoActivation says how to supply an activation.
func (o CustomObject) errNoActivation() error {
	if err := o.check(); err != nil {
		return err
	}
	name := o.Name()
	return fmt.Errorf("%w: activation %.80q is the user's own, and its code is not in the configuration; supply it: "+
		"keras.WithActivation(%.80q, f) reads a file with it, CustomObject.Activation(f) makes one for a Config", ErrConfig, name, name)
}

// form returns what is marshalled to Keras 3's JSON. That has no names alone, and no
// classes without a module.
func (o CustomObject) form() (any, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	text := json.RawMessage(o.text)
	object := membersOf(text)
	class, _ := textOf(object["class_name"])
	switch {
	case object == nil || class == functionClass && object["module"] == nil:
		return kerasConfig{{"module", "builtins"}, {"class_name", functionClass}, {"config", o.Name()}, {"registered_name", functionClass}}, nil
	case object["module"] == nil:
		config := object["config"]
		if config == nil || isNull(config) {
			config = json.RawMessage("{}")
		}
		return kerasConfig{
			{"module", nil}, {"class_name", class[strings.LastIndexByte(class, '>')+1:]}, {"config", config}, {"registered_name", o.Name()},
		}, nil
	}
	return text, nil
}

// formKeras2 returns what is marshalled to Keras 2's JSON, which from 2.12 on has all
// forms that Keras 3 has. Only what is in the object, such as the layer's policy that
// an activation layer has, may be unknown there.
func (o CustomObject) formKeras2() (any, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	text := json.RawMessage(o.text)
	if hasClass(text, "DTypePolicy") {
		return nil, fmt.Errorf("%w: %.80q has a DTypePolicy in its configuration, which Keras 2 does not know", ErrConfig, o.Name())
	}
	return text, nil
}

// hasClass reports whether there is an object of a class in a text.
func hasClass(text json.RawMessage, class string) bool {
	for _, m := range strictjson.Members(text) {
		if name, _ := textOf(m.Value); m.Key == "class_name" && name == class || hasClass(m.Value, class) {
			return true
		}
	}
	for _, e := range strictjson.Elements(text) {
		if hasClass(e, class) {
			return true
		}
	}
	return false
}

// canonical returns JSON without white space, and without the escapes that
// encoding/json writes and Python does not, so that what is written and read again
// is the same.
func canonical(text json.RawMessage) string {
	var compact bytes.Buffer
	if json.Compact(&compact, text) != nil {
		return string(text) // which checkJSON has ruled out
	}
	escapes := strings.NewReplacer(`\\`, `\\`, `\"`, `\"`, // so that no escape begins in another
		`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\u2028`, "\u2028", `\u2029`, "\u2029")
	return escapes.Replace(compact.String())
}
