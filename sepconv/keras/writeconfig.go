package keras

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sepconv/go/sepconv"
)

// keras2Name is what Keras 2 allows for the name of a layer, which becomes that of a
// scope of TensorFlow.
var keras2Name = regexp.MustCompile(`^[A-Za-z0-9.][A-Za-z0-9_.\\>-]*$`)

// marshal returns, to the byte, what to_json of Keras 3 gives for the model before
// it is compiled, or what Keras 2 has as model_config in its .h5.
func (s *plain) marshal(k Keras) ([]byte, error) {
	shape := s.inputShape()
	layers := []string{s.inputLayer(k, shape)}
	for _, l := range s.layers {
		c := l.config
		c.Name = l.name
		if k == Keras2 && !keras2Name.MatchString(l.name) {
			return nil, fmt.Errorf("%w: Keras 2 allows letters, digits and _.\\>- in the name of a layer, not %q", sepconv.ErrConfig, l.name)
		}
		config, err := MarshalConfig(c, k)
		if err != nil {
			return nil, fmt.Errorf("layer %q: %w", l.name, err)
		}
		if k == Keras2 {
			layers = append(layers, fmt.Sprintf(`{"class_name": "SeparableConv1D", "config": %s}`, legacyObjects(config)))
			continue
		}
		layers = append(layers, fmt.Sprintf(
			`{"module": "keras.layers", "class_name": "SeparableConv1D", "config": %s, "registered_name": null, "build_config": {"input_shape": %s}}`,
			config, shape))
		shape = shape.after(l.layer)
	}
	list := strings.Join(layers, ", ")
	if k == Keras2 {
		return fmt.Appendf(nil, `{"class_name": "Sequential", "config": {"name": %s, "layers": [%s]}}`, pythonString(s.name), list), nil
	}
	first := s.inputShape()
	return fmt.Appendf(nil, `{"module": "keras", "class_name": "Sequential", "config": {"name": %s, "trainable": true, `+
		`"dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": null}, `+
		`"layers": [%s], "build_input_shape": %s}, "registered_name": null, "build_config": {"input_shape": %s}, "compile_config": {}}`,
		pythonString(s.name), list, first, first), nil
}

func (s *plain) inputLayer(k Keras, shape inputShape) string {
	name := s.inputName(k)
	if k == Keras2 {
		return fmt.Sprintf(`{"class_name": "InputLayer", "config": {"batch_input_shape": %s, "dtype": "float32", "sparse": false, "ragged": false, "name": %s}}`,
			shape, pythonString(name))
	}
	return fmt.Sprintf(`{"module": "keras.layers", "class_name": "InputLayer", "config": {"batch_shape": %s, "dtype": "float32", "sparse": false, "ragged": false, "name": %s, "optional": false}, "registered_name": null}`,
		shape, pythonString(name))
}

// inputName returns the name of the input layer: what it was read as, or what Keras
// would make up, unless a layer is called so.
func (s *plain) inputName(k Keras) string {
	name := s.input
	if name == "" {
		name = map[Keras]string{Keras2: "input_1", Keras3: "input_layer"}[k]
	}
	for slices.ContainsFunc(s.layers, func(l plainLayer) bool { return l.name == name }) {
		name += "_"
	}
	return name
}

// inputShape is the shape of a layer's input: any batch, and any number of steps
// if steps is negative.
type inputShape struct {
	steps, channels int
	first           bool // channels_first
}

// String writes the shape as a list of Python.
func (s inputShape) String() string {
	steps, channels := "null", fmt.Sprint(s.channels)
	if s.steps >= 0 {
		steps = fmt.Sprint(s.steps)
	}
	if s.first {
		return "[null, " + channels + ", " + steps + "]"
	}
	return "[null, " + steps + ", " + channels + "]"
}

// after returns the shape that the layer gives for s. Without a number of steps
// there is none after either.
func (s inputShape) after(l *sepconv.Layer) inputShape {
	out, err := l.OutputShape(1, max(s.steps, 1))
	if s.steps < 0 || err != nil {
		s.steps = -1
	} else {
		s.steps = out[map[bool]int{false: 1, true: 2}[s.first]]
	}
	s.channels = outputChannels(l)
	return s
}

// outputChannels returns the number of channels that the layer gives. GLU leaves half
// of the filters in channels_last; in channels_first it halves time.
func outputChannels(l *sepconv.Layer) int {
	c := l.Config()
	if c.DataFormat == sepconv.ChannelsFirst {
		return c.Filters
	}
	longEnough := (c.KernelSize-1)*c.DilationRate + 1
	out, _ := l.OutputShape(1, longEnough)
	return out[2]
}

func (s *plain) inputShape() inputShape {
	l := s.layers[0].layer
	shape := inputShape{steps: -1, channels: l.Channels(), first: l.Config().DataFormat == sepconv.ChannelsFirst}
	if len(s.shape) == 3 {
		steps := s.shape[1]
		if shape.first {
			steps = s.shape[2]
		}
		if steps != nil && *steps >= 0 {
			shape.steps = *steps
		}
	}
	return shape
}
