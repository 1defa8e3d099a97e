package sepconv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// A reference is how a configuration names an initializer, a regularizer, a constraint or an activation.
type reference struct {
	kind   string // "initializer", for messages
	name   string // of the class or the function
	text   json.RawMessage
	source source
	config json.RawMessage // nil if there is none, as with a name alone
	isFunc bool            // of a function, in a dictionary
}

// The class_name of a function, and of one without a name.
const (
	functionClass = "function"
	lambdaClass   = "__lambda__"
)

// source tells whose the code of a reference is.
type source int

const (
	ofKeras   source = iota // an unknown name is a mistake
	ofAnybody               // of the user if Keras has no such name
	ofUser                  // even if Keras has the name as well
)

// parseReference reads a name, or the dictionary that Keras 2 or Keras 3 writes. null gives nil.
func parseReference(kind string, raw json.RawMessage, keras2 bool) (*reference, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || isNull(raw) {
		return nil, nil
	}
	r := &reference{kind: kind, text: raw}
	if name, ok := textOf(raw); ok {
		if isNameless(name) {
			return nil, fmt.Errorf("%w: unknown %s %s", ErrConfig, kind, quoted(name))
		}
		r.name, r.source = name, sourceOfName(name, keras2)
		return r, nil
	}
	object := membersOf(raw)
	if object == nil {
		return nil, fmt.Errorf("%w: %s is %s, it must be null, a name or a dictionary", ErrConfig, kind, shortened(raw))
	}
	r.name, _ = textOf(object["class_name"])
	if r.name == lambdaClass || r.name == "" && object["value"] != nil { // Keras 3 writes that of an activation without its class
		return nil, fmt.Errorf("%w: %s is a lambda, whose code is bytes of Python; give a layer made by NewFromWeights an ActivationFunc, or name the function and register it in Keras",
			ErrConfig, kind)
	}
	if isNameless(r.name) {
		return nil, fmt.Errorf("%w: %s has no class_name: %s", ErrConfig, kind, shortened(raw))
	}
	r.source, r.config = sourceOfObject(object, keras2), object["config"]
	if r.isFunc = r.name == functionClass; r.isFunc {
		if r.name, _ = textOf(r.config); isNameless(r.name) {
			return nil, fmt.Errorf("%w: config of the function that is the %s is %s, it must be the function's name", ErrConfig, kind, shortened(r.config))
		}
		r.config = nil
	}
	return r, nil
}

// isNameless reports whether there is nothing after the package, with which Keras can register nothing.
func isNameless(name string) bool { return name == "" || strings.HasSuffix(name, ">") }

// sourceOfName tells whose a name is that stands alone. Keras 2 up to 2.11 writes a function so, by the name of
// register_keras_serializable, "package>name", or its own.
func sourceOfName(name string, keras2 bool) source {
	switch {
	case strings.Contains(name, ">"):
		return ofUser
	case keras2:
		return ofAnybody
	}
	return ofKeras
}

// sourceOfObject tells whose a dictionary is. Keras 3, and Keras 2 from 2.12 on, write the module of a class that is
// Keras', and null or the user's module otherwise; Keras 2 up to 2.11 writes no module.
func sourceOfObject(object map[string]json.RawMessage, keras2 bool) source {
	class, _ := textOf(object["class_name"])
	registered, _ := textOf(object["registered_name"])
	raw := object["module"]
	module, _ := textOf(raw)
	switch {
	case class == functionClass:
		function, _ := textOf(object["config"])
		switch {
		case strings.Contains(function, ">"):
			return ofUser
		case isKerasModule(module):
			return ofKeras
		}
		return ofAnybody
	case strings.Contains(class, ">") || strings.Contains(registered, ">"):
		return ofUser
	case raw == nil && keras2:
		return ofAnybody
	case raw == nil || isKerasModule(module) || module == "builtins":
		return ofKeras
	}
	return ofUser
}

// isKerasModule is true of the modules in which Keras has its own classes.
func isKerasModule(module string) bool {
	for _, root := range []string{"keras", "tf_keras", "keras_core", "tensorflow.keras"} {
		if module == root || strings.HasPrefix(module, root+".") {
			return true
		}
	}
	return false
}

// reader returns the reader of the object's config.
func (r *reference) reader() (*configReader, error) {
	reader := &configReader{class: r.name}
	if r.config == nil || isNull(r.config) {
		return reader, nil
	}
	if reader.fields = membersOf(r.config); reader.fields == nil {
		return nil, fmt.Errorf("%w: config of %s is %s, it must be a dictionary", ErrConfig, r.name, shortened(r.config))
	}
	return reader, nil
}

// isKerasName reports whether Keras finds an object of its own by a name.
func isKerasName(name string) bool {
	for _, keras2 := range []bool{false, true} {
		_, isFunction := standardNamed(name, keras2)
		_, isRegularizer := readRegularizer(name, &configReader{}, keras2)
		if isFunction || isRegularizer {
			return true
		}
	}
	_, isInitializer := initializerReaders[initializerClass(name)]
	_, isConstraint := readConstraint(name, &configReader{})
	return isInitializer || isConstraint || (&configReader{}).activationLayer(name) != nil
}

// isCustom reports whether the object is the user's, of a kind that has no such name.
func (r *reference) isCustom() bool {
	return r.source == ofUser || r.source == ofAnybody && !isKerasName(r.name)
}

// custom keeps what is the user's.
func custom[T any](r *reference) (v T, err error) {
	if r.isCustom() {
		return any(newCustomObject(r.text)).(T), nil
	}
	return v, fmt.Errorf("%w: unknown %s %s; Keras has none of that name, and one of your own is written with its registered name, \"package>name\"",
		ErrConfig, r.kind, quoted(r.name))
}
