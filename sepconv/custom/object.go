// Package custom keeps what a configuration of Keras names and only somebody's Python
// has the code of.
package custom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/internal/strictjson"
)

// Object is an initializer, a regularizer, a constraint or an activation of
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
// sepconv.WithCode did not give one.
//
// Objects can be compared. They are made by reading a Config, or by
// json.Unmarshal; the zero value is none.
type Object struct {
	text string // compact JSON; "" of the zero value
}

// newObject keeps an object whose form is known to be right.
func newObject(text json.RawMessage) Object { return Object{canonical(text)} }

// New returns the object of a class that was registered under a name, with what its
// get_config returns, a JSON object. The error wraps sepconv.ErrConfig.
func New(class, registered string, config []byte) (Object, error) {
	switch {
	case !kerasjson.IsCustomName(registered) || class == "":
		return Object{}, fmt.Errorf("%w: class %q registered as %q is no object of one's own; its name is \"package>name\"", fault.ErrConfig, class, registered)
	case kerasjson.Members(config) == nil || kerasjson.Check(config) != nil:
		return Object{}, fmt.Errorf("%w: the configuration of %q is no JSON object", fault.ErrConfig, registered)
	}
	text, err := marshal(kerasjson.Config{
		{Key: "module", Value: nil}, {Key: "class_name", Value: class}, {Key: "config", Value: json.RawMessage(config)}, {Key: "registered_name", Value: registered},
	})
	return Object{string(text)}, err
}

// UnmarshalJSON reads an object in any of the forms above. The error wraps
// sepconv.ErrConfig; what Keras has itself is no Object.
func (o *Object) UnmarshalJSON(data []byte) error {
	if o == nil {
		return fmt.Errorf("%w: there is no Object to read into; the pointer is nil", fault.ErrConfig)
	}
	if err := kerasjson.Check(data); err != nil {
		return err
	}
	// Keras 2 has all forms, activations among them.
	r, err := kerasjson.ParseReference("activation", data, true)
	switch {
	case err != nil:
		return err
	case r == nil:
		return fmt.Errorf("%w: a custom object is null, it must be a name or a dictionary", fault.ErrConfig)
	}
	if !r.IsCustom() {
		return fmt.Errorf("%w: %s is Keras' own, or would be; a custom object has a name of its own, as \"package>name\" is", fault.ErrConfig, kerasjson.Quoted(r.Name))
	}
	*o = newObject(r.Text)
	return nil
}

// MarshalJSON writes the object as it was read, white space and escapes aside.
func (o Object) MarshalJSON() ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	return []byte(o.text), nil
}

// check reports the zero value.
func (o Object) check() error {
	if o.text == "" {
		return fmt.Errorf("%w: it is the zero Object; one is made by reading its JSON", fault.ErrConfig)
	}
	return nil
}

// Validate reports the zero value: of what shapes the object is for, only its code
// knows.
func (o Object) Validate([]int) error { return o.check() }

// Name returns the name by which Keras finds the code: the one it was registered
// under, "mine>MyReg", or of what never was, the class' or function's own; "" of
// the zero value.
func (o Object) Name() string {
	text := json.RawMessage(o.text)
	if name, ok := kerasjson.Text(text); ok {
		return name
	}
	object := kerasjson.Members(text)
	name, _ := kerasjson.Text(object["class_name"])
	if name == kerasjson.FunctionClass {
		name, _ = kerasjson.Text(object["config"])
		return name
	}
	if registered, _ := kerasjson.Text(object["registered_name"]); registered != "" {
		return registered
	}
	return name
}

// Config returns what get_config of the class returned, a JSON object; nil of a
// function.
func (o Object) Config() json.RawMessage {
	config := kerasjson.Members(json.RawMessage(o.text))["config"]
	if kerasjson.Members(config) == nil {
		return nil
	}
	return bytes.Clone(config)
}

// Initialize returns an error that wraps sepconv.ErrConfig: the code is not here.
func (o Object) Initialize(w []float32, shape []int, seed uint64) error {
	return o.noCode("initializer", "use NewFromWeights, or an initializer that this program has")
}

// Loss returns an error that wraps sepconv.ErrConfig: the code is not here.
func (o Object) Loss(w []float32, shape []int) (float64, error) {
	return 0, o.noCode("regularizer", "use one that this program has")
}

// AddGradient returns an error that wraps sepconv.ErrConfig: the code is not here.
func (o Object) AddGradient(dw, w []float32, shape []int) error {
	return o.noCode("regularizer", "use one that this program has")
}

// Project returns an error that wraps sepconv.ErrConfig: the code is not here.
func (o Object) Project(w []float32, shape []int) error {
	return o.noCode("constraint", "use one that this program has")
}

// noCode says that a method cannot do what it is for, and what to do.
func (o Object) noCode(kind, instead string) error {
	if err := o.check(); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s %.80q is the user's own, and its code is not in the configuration; %s", fault.ErrConfig, kind, o.Name(), instead)
}

// Apply sets y to NaN: the code is not here. No layer comes to that, since none is
// made with such an activation.
func (o Object) Apply(y []float32) { param.Fill(y, float32(math.NaN())) }

// Of returns what a configuration names if it is the user's. For the packages that
// read configurations.
func Of[T any](r *kerasjson.Reference) (v T, err error) {
	if r == nil {
		return v, fmt.Errorf("%w: there is no object", fault.ErrConfig)
	}
	if r.IsCustom() {
		return any(newObject(r.Text)).(T), nil
	}
	return v, fmt.Errorf("%w: unknown %s %s; Keras has none of that name, and one of your own is written with its registered name, \"package>name\"",
		fault.ErrConfig, r.Kind, kerasjson.Quoted(r.Name))
}

// MarshalKeras3 writes the object as Keras 3 does. That has no names alone, and no
// classes without a module.
func (o Object) MarshalKeras3() ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	text := json.RawMessage(o.text)
	object := kerasjson.Members(text)
	class, _ := kerasjson.Text(object["class_name"])
	switch {
	case object == nil || class == kerasjson.FunctionClass && object["module"] == nil:
		return marshal(kerasjson.Config{
			{Key: "module", Value: "builtins"}, {Key: "class_name", Value: kerasjson.FunctionClass}, {Key: "config", Value: o.Name()}, {Key: "registered_name", Value: kerasjson.FunctionClass},
		})
	case object["module"] == nil:
		config := object["config"]
		if config == nil || kerasjson.IsNull(config) {
			config = json.RawMessage("{}")
		}
		return marshal(kerasjson.Config{
			{Key: "module", Value: nil}, {Key: "class_name", Value: class[strings.LastIndexByte(class, '>')+1:]}, {Key: "config", Value: config}, {Key: "registered_name", Value: o.Name()},
		})
	}
	return text, nil
}

// marshal is json.Marshal without the escapes that Python does not write.
func marshal(c kerasjson.Config) ([]byte, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", fault.ErrConfig, err)
	}
	return []byte(canonical(text)), nil
}

// MarshalKeras2 writes the object as Keras 2 does, which from 2.12 on has all forms
// that Keras 3 has. Only what is in the object, such as the layer's policy that
// an activation layer has, may be unknown there.
func (o Object) MarshalKeras2() ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	text := json.RawMessage(o.text)
	if hasClass(text, "DTypePolicy") {
		return nil, fmt.Errorf("%w: %.80q has a DTypePolicy in its configuration, which Keras 2 does not know", fault.ErrConfig, o.Name())
	}
	return text, nil
}

// hasClass reports whether there is an object of a class in a text.
func hasClass(text json.RawMessage, class string) bool {
	for _, m := range strictjson.Members(text) {
		if name, _ := kerasjson.Text(m.Value); m.Key == "class_name" && name == class || hasClass(m.Value, class) {
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
		return string(text) // which kerasjson.Check has ruled out
	}
	escapes := strings.NewReplacer(`\\`, `\\`, `\"`, `\"`, // so that no escape begins in another
		`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\u2028`, "\u2028", `\u2029`, "\u2029")
	return escapes.Replace(compact.String())
}
