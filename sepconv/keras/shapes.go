package keras

import (
	"encoding/json"
	"slices"

	"github.com/sepconv/go/internal/strictjson"
)

// shapesOf returns the shape of each layer's first input, with the batch and -1 for
// lengths that are open, as far as the configuration tells it: Keras 3 writes it
// for each layer that was built, Keras 2 only for the inputs of a model, from where
// it is followed through classes that are known.
func shapesOf(m *Model) map[*Layer][]int { return configuredShapes(m).in }

// configuredShapes also returns the shape of each layer's output.
func configuredShapes(m *Model) shapes {
	s := shapes{map[*Layer][]int{}, map[*Layer][]int{}}
	s.model(m.Layers, nil)
	return s
}

type shapes struct{ in, out map[*Layer][]int }

// model follows the layers of a model whose first input is known, or nil. It returns
// the output of the last layer.
func (s *shapes) model(layers []*Layer, in []int) (out []int) {
	outputs := map[string][]int{}
	for i, l := range layers {
		from, begins := in, l.is("InputLayer") || i == 0 && len(l.Inputs) == 0
		if !begins {
			from = nil
		}
		if len(l.Inputs) > 0 {
			from = outputs[l.Inputs[0]]
		}
		out = s.layer(l, from, begins)
		switch {
		case l.is("Concatenate"):
			out = concatenated(l, outputs)
		case len(l.Calls) > 1: // the output of each may have another shape
			out = nil
		case slices.ContainsFunc(l.Inputs, func(name string) bool { return !slices.Equal(outputs[name], from) }):
			out = nil // they broadcast, or the first alone does not tell
		}
		outputs[l.Name], s.out[l] = out, out
	}
	return out
}

// layer notes the input of a layer and returns its output. What its configuration
// says of the input counts only where a model begins: Keras 2 lets it stand
// elsewhere, and does not look at it.
func (s *shapes) layer(l *Layer, in []int, begins bool) (out []int) {
	if own := l.builtShape(); own != nil {
		in = own
	} else if own := l.declaredShape(); own != nil && begins {
		in = own
	}
	s.in[l] = in
	switch {
	case l.is("InputLayer"):
		return in
	case l.is("TimeDistributed") && l.wrapper:
		return overTime(in, s.layer(l.Layers[0], withoutTime(in), false))
	case l.wrapper:
		s.layer(l.Layers[0], nil, false)
		return nil
	case l.graph != nil:
		out = s.model(l.Layers, in)
		if len(l.graph.isOutput) > 1 || len(l.graph.isOutput) == 1 && !l.graph.isOutput[l.Layers[len(l.Layers)-1].Name] {
			return nil // not of the last layer
		}
		return out
	case !l.IsKeras() || in == nil:
		return nil
	}
	if k := classes[canonical(l.Class)]; k.output != nil {
		return k.output(configuration(members(l.Config)), in)
	}
	return nil
}

// builtShape returns the shape of the input that Keras 3 built the layer for.
func (l *Layer) builtShape() []int {
	if shape := shapeOf(member(l.built, "input_shape")); shape != nil {
		return shape
	}
	return shapeOf(member(member(l.built, "shapes_dict"), "query_shape"))
}

// declaredShape returns the shape of the input that the configuration declares.
func (l *Layer) declaredShape() []int {
	for _, key := range []string{"batch_shape", "batch_input_shape"} { // of Keras 3, of Keras 2
		if shape := shapeOf(member(l.Config, key)); shape != nil {
			return shape
		}
	}
	return nil
}

// shapeOf reads a shape, or the first of several; nil if it is none.
func shapeOf(text json.RawMessage) []int {
	if items := member(text, "items"); items != nil { // of a TensorShape, a tuple
		text = items
	}
	elements := strictjson.Elements(text)
	if len(elements) == 0 || len(elements) > maxRank {
		return nil
	}
	if first := elements[0]; len(first) > 0 && (first[0] == '[' || first[0] == '{') {
		return shapeOf(first)
	}
	shape := make([]int, len(elements))
	for i, e := range elements {
		shape[i] = integer(e) // null is an open length
	}
	return shape
}

func withoutTime(in []int) []int {
	if len(in) < 3 {
		return nil
	}
	return slices.Delete(slices.Clone(in), 1, 2)
}

func overTime(in, out []int) []int {
	if len(in) < 3 || len(out) < 1 || len(out) >= maxRank {
		return nil
	}
	return slices.Insert(slices.Clone(out), 1, in[1])
}

func sameOutput(_ configuration, in []int) []int { return in }

// withLast returns a shape with another length of the last axis.
func withLast(in []int, n int) []int {
	if len(in) < 2 {
		return nil
	}
	out := slices.Clone(in)
	out[len(out)-1] = n
	return out
}

func denseOutput(c configuration, in []int) []int { return withLast(in, c.number("units")) }

func embeddingOutput(c configuration, in []int) []int {
	if len(in) >= maxRank {
		return nil
	}
	return append(slices.Clone(in), c.number("output_dim"))
}

// openSpace returns a shape of which only batch and channels are known.
func openSpace(c configuration, in []int, channels int) []int {
	if len(in) < 3 {
		return nil
	}
	out := slices.Repeat([]int{-1}, len(in))
	if out[0] = in[0]; channelsFirst(c) {
		out[1] = channels
	} else {
		out[len(out)-1] = channels
	}
	return out
}

func convolutionOutput(filters string) func(configuration, []int) []int {
	return func(c configuration, in []int) []int { return openSpace(c, in, c.number(filters)) }
}

func channelsOutput(c configuration, in []int) []int {
	return openSpace(c, in, input{shape: in}.channelAxis(c))
}

func globalOutput(c configuration, in []int) []int {
	if len(in) < 3 || c.flag("keepdims", false) {
		return nil
	}
	return []int{in[0], input{shape: in}.channelAxis(c)}
}

func recurrentOutput(c configuration, in []int) []int {
	switch {
	case len(in) != 3 || c.flag("return_state", false):
		return nil
	case c.flag("return_sequences", false):
		return withLast(in, c.number("units"))
	}
	return []int{in[0], c.number("units")}
}

// concatenated returns the output of a Concatenate of layers with these outputs.
func concatenated(l *Layer, outputs map[string][]int) []int {
	if len(l.Inputs) < 2 || len(outputs[l.Inputs[0]]) == 0 {
		return nil
	}
	return slices.Repeat([]int{-1}, len(outputs[l.Inputs[0]]))
}
