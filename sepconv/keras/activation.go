package keras

import (
	"encoding/json"
	"fmt"

	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/custom"
)

// activations are the user's own, by the names that files have for them, each made
// from the configuration of its class; nil for a function.
type activations map[string]func(config json.RawMessage) (sepconv.Activation, error)

// WithActivation supplies an activation of the user's own, whose code is not in the
// file: of a SeparableConv1D and, for Blocks, of an Activation layer or of a layer
// that is nothing else. It is given once for each name.
//
// The name is the one in the file: "mine>snake" of what was registered in the
// package "mine", "snake" of what was not. Names that Keras has itself are not
// asked for, and an error here.
//
// Without it files are read all the same, and so is what they hold beside; the
// layer with that activation cannot be built, and the error names both. Saved again,
// the configuration is as it was.
func WithActivation(name string, a sepconv.Activation) Option {
	return func(s *settings) error {
		if err := checkActivation(a); err != nil {
			return fmt.Errorf("activation %.80q: %w", name, err)
		}
		return s.supply(name, always(a))
	}
}

// WithActivationClass is WithActivation for a class with parameters: build is called
// with what its get_config returned, when a layer is built.
func WithActivationClass(name string, build func(config json.RawMessage) (sepconv.Activation, error)) Option {
	return func(s *settings) error {
		if build == nil {
			return fmt.Errorf("%w: activation %.80q: the function is nil", sepconv.ErrConfig, name)
		}
		return s.supply(name, build)
	}
}

// always makes the same activation of every configuration.
func always(a sepconv.Activation) func(json.RawMessage) (sepconv.Activation, error) {
	return func(json.RawMessage) (sepconv.Activation, error) { return a, nil }
}

// checkActivation reports what no layer can have. nil, which a layer takes for
// Linear, is more likely forgotten.
func checkActivation(a sepconv.Activation) error {
	if a == nil {
		return fmt.Errorf("%w: it is nil; a linear one is sepconv.Linear", sepconv.ErrConfig)
	}
	_, err := sepconv.NewFromWeights(sepconv.Config{Filters: 2, KernelSize: 1, NoBias: true, Activation: a}, 1,
		sepconv.Weights{Depthwise: make([]float32, 1), Pointwise: make([]float32, 2)})
	return err
}

// supply keeps an activation for a name that a file may have.
func (s *settings) supply(name string, build func(json.RawMessage) (sepconv.Activation, error)) error {
	if !kerasjson.IsCustomName(name) {
		return fmt.Errorf("%w: %.80q is no name of an activation of your own: it is empty or Keras' own", sepconv.ErrConfig, name)
	}
	if s.activations[name] != nil {
		return fmt.Errorf("%w: two activations are given for the name %.80q", sepconv.ErrConfig, name)
	}
	if s.activations == nil {
		s.activations = activations{}
	}
	s.activations[name] = build
	return nil
}

// supplied returns the activation with the user's code if it needs and has one.
func (l *Layer) supplied(a sepconv.Activation) (sepconv.Activation, error) {
	object, ok := a.(custom.Object)
	if !ok || l.activations[object.Name()] == nil {
		return a, nil
	}
	made, err := l.activations[object.Name()](object.Config())
	if err == nil {
		err = checkActivation(made)
	}
	if err != nil {
		return nil, l.errorf("activation %.80q: %w", object.Name(), err)
	}
	return sepconv.WithCode(object, made), nil
}

// customActivation returns the activation that a layer of the user's own class is,
// registered or not; nil if none is supplied or the layer has weights.
func (l *Layer) customActivation() sepconv.Activation {
	name := l.Registered
	if name == "" {
		name = l.Class
	}
	if l.activations[name] == nil || len(l.Weights) > 0 {
		return nil
	}
	config := l.Config
	if config == nil {
		config = json.RawMessage("{}")
	}
	object, err := custom.New(l.Class, name, config)
	if err != nil {
		return nil
	}
	return l.usable(object)
}

// usable is supplied, and nil of what has no code.
func (l *Layer) usable(a sepconv.Activation) sepconv.Activation {
	a, err := l.supplied(a)
	if _, isMissing := a.(custom.Object); isMissing || err != nil {
		return nil
	}
	return a
}
