package kerasjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sepconv/go/internal/fault"
)

// A Reference is how a configuration names an initializer, a regularizer, a
// constraint or an activation.
type Reference struct {
	Kind   string // "initializer", for messages
	Name   string // of the class or the function
	Text   json.RawMessage
	Source Source
	Config json.RawMessage // nil if there is none, as with a name alone
	IsFunc bool            // of a function, in a dictionary
}

// The class_name of a function, and of one without a name.
const (
	FunctionClass = "function"
	lambdaClass   = "__lambda__"
)

// Source says whose the code of a reference is.
type Source int

const (
	OfKeras   Source = iota // an unknown name is a mistake
	OfAnybody               // of the user if Keras has no such name
	OfUser                  // even if Keras has the name as well
)

// ParseReference reads a name, or the dictionary that Keras 2 or Keras 3
// writes. null gives nil.
func ParseReference(kind string, raw json.RawMessage, keras2 bool) (*Reference, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || IsNull(raw) {
		return nil, nil
	}
	r := &Reference{Kind: kind, Text: raw}
	if name, ok := Text(raw); ok {
		if isNameless(name) {
			return nil, fmt.Errorf("%w: unknown %s %s", fault.ErrConfig, kind, Quoted(name))
		}
		r.Name, r.Source = name, sourceOfName(name, keras2)
		return r, nil
	}
	object := Members(raw)
	if object == nil {
		return nil, fmt.Errorf("%w: %s is %s, it must be null, a name or a dictionary", fault.ErrConfig, kind, Shortened(raw))
	}
	r.Name, _ = Text(object["class_name"])
	if r.Name == lambdaClass || r.Name == "" && object["value"] != nil { // Keras 3 writes that of an activation without its class
		return nil, fmt.Errorf("%w: %s is a lambda, whose code is bytes of Python; give a layer made by NewFromWeights an ActivationFunc, or name the function and register it in Keras",
			fault.ErrConfig, kind)
	}
	if isNameless(r.Name) {
		return nil, fmt.Errorf("%w: %s has no class_name: %s", fault.ErrConfig, kind, Shortened(raw))
	}
	r.Source, r.Config = sourceOfObject(object, keras2), object["config"]
	if r.IsFunc = r.Name == FunctionClass; r.IsFunc {
		if r.Name, _ = Text(r.Config); isNameless(r.Name) {
			return nil, fmt.Errorf("%w: config of the function that is the %s is %s, it must be the function's name", fault.ErrConfig, kind, Shortened(r.Config))
		}
		r.Config = nil
	}
	return r, nil
}

// isNameless reports whether there is nothing after the package, with which
// Keras can register nothing.
func isNameless(name string) bool { return name == "" || strings.HasSuffix(name, ">") }

// sourceOfName tells whose a name is that stands alone. Keras 2 up to 2.11
// writes a function so, by the name of register_keras_serializable,
// "package>name", or its own.
func sourceOfName(name string, keras2 bool) Source {
	switch {
	case strings.Contains(name, ">"):
		return OfUser
	case keras2:
		return OfAnybody
	}
	return OfKeras
}

// sourceOfObject tells whose a dictionary is. Keras 3, and Keras 2 from 2.12
// on, write the module of a class that is Keras', and null or the user's module
// otherwise; Keras 2 up to 2.11 writes no module.
func sourceOfObject(object map[string]json.RawMessage, keras2 bool) Source {
	class, _ := Text(object["class_name"])
	registered, _ := Text(object["registered_name"])
	raw := object["module"]
	module, _ := Text(raw)
	switch {
	case class == FunctionClass:
		function, _ := Text(object["config"])
		switch {
		case strings.Contains(function, ">"):
			return OfUser
		case isKerasModule(module):
			return OfKeras
		}
		return OfAnybody
	case strings.Contains(class, ">") || strings.Contains(registered, ">"):
		return OfUser
	case raw == nil && keras2:
		return OfAnybody
	case raw == nil || isKerasModule(module) || module == "builtins":
		return OfKeras
	}
	return OfUser
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

// Reader returns the reader of the object's config.
func (r *Reference) Reader() (*Reader, error) {
	reader := &Reader{Class: r.Name}
	if r.Config == nil || IsNull(r.Config) {
		return reader, nil
	}
	if reader.Fields = Members(r.Config); reader.Fields == nil {
		return nil, fmt.Errorf("%w: config of %s is %s, it must be a dictionary", fault.ErrConfig, r.Name, Shortened(r.Config))
	}
	return reader, nil
}

// IsCustom reports whether the object is the user's, of a kind that has no such name.
func (r *Reference) IsCustom() bool {
	return r.Source == OfUser || r.Source == OfAnybody && !IsKeras(r.Name)
}
