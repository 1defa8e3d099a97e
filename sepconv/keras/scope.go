package keras

import (
	"errors"
	"fmt"

	"github.com/sepconv/go/sepconv"
)

// scope is a call of a model that is being compiled.
type scope struct {
	*compiler
	graph  *graph
	inputs map[string]tensor   // by the name of the layer
	input  []tensor            // the same in order
	done   map[callOf][]tensor // outputs
	active map[callOf]bool     // under way: to come to one of them again is a cycle
}

// run adds the layers of a model that is called with inputs, and returns its outputs.
func (c *compiler) run(g *graph, inputs []tensor) ([]tensor, error) {
	s := &scope{compiler: c, graph: g, inputs: map[string]tensor{}, input: inputs, done: map[callOf][]tensor{}, active: map[callOf]bool{}}
	if len(g.Inputs) > 0 && len(inputs) != len(g.Inputs) {
		return nil, fmt.Errorf("%w: a model of %d inputs is given %d", sepconv.ErrConfig, len(g.Inputs), len(inputs))
	}
	for i, o := range g.Inputs {
		s.inputs[o.Layer] = inputs[i]
	}
	var out []tensor
	for _, o := range g.Outputs {
		t, err := s.output(o)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// callOf is a call of a layer.
type callOf struct {
	layer *Layer
	node  int
}

// output returns an output of a layer of the model.
func (s *scope) output(o Output) (t tensor, err error) {
	if t, ok := s.inputs[o.Layer]; ok {
		return t, nil
	}
	l := s.graph.byName[o.Layer]
	if l == nil {
		return t, fmt.Errorf("%w: the model has no layer %s, whose output is taken", sepconv.ErrConfig, shown(o.Layer))
	}
	if l.is("InputLayer") {
		if len(s.graph.Inputs) == 0 && len(s.input) > 0 { // of a model of one layer
			return s.input[0], nil
		}
		return t, l.refuse("it is not among the inputs of its model")
	}
	if o.Node < 0 || o.Node >= len(l.Calls) {
		return t, l.refuse("the output of call %d is taken; it has %d", o.Node, len(l.Calls))
	}
	key := callOf{l, o.Node}
	out, done := s.done[key]
	if !done {
		if s.active[key] {
			return t, l.refuse("it takes its own output")
		}
		s.active[key] = true
		if out, err = s.call(l, &l.Calls[o.Node]); err != nil {
			return t, err
		}
		s.done[key] = out
	}
	if o.Tensor < 0 || o.Tensor >= len(out) {
		return t, l.refuse("its output %d is taken; it has %d", o.Tensor, len(out))
	}
	return out[o.Tensor], nil
}

// maxCalls bounds the calls of layers: models in models, each used twice, could ask for
// any number.
const maxCalls = 1 << 16

// call adds a call of a layer.
func (s *scope) call(l *Layer, call *Call) ([]tensor, error) {
	if s.calls++; s.calls > maxCalls {
		return nil, l.refuse("layers are called more than %d times, those of a model in the model each time that it is", maxCalls)
	}
	var in []tensor
	for i, a := range call.Arguments {
		if i > 0 && a.Name != "" { // keywords
			continue
		}
		for _, o := range a.Outputs {
			t, err := s.output(o)
			if err != nil {
				return nil, err
			}
			in = append(in, t)
		}
	}
	if len(call.Arguments) == 1 && call.Arguments[0].Value == nil && len(in) == 0 { // the first of a Sequential model
		in = s.input
	}
	if len(in) > 0 && !in[0].hasMask && !in[0].countsAll {
		if err := s.givenMask(l, call, in); err != nil {
			return nil, err
		}
	}
	out, err := s.apply(l, call, in, s)
	if err == nil {
		s.note(l, out)
	}
	return out, err
}

// givenMask reads the mask that a call names. (Keras 3 also names masks that it derives from
// those of the inputs; these are derived here, too.)
func (s *scope) givenMask(l *Layer, call *Call, in []tensor) error {
	for _, a := range call.Arguments {
		if a.Name != "mask" || len(a.Outputs) == 0 {
			continue
		}
		if len(a.Outputs) != 1 {
			return l.unsupported("it is called with several masks")
		}
		t, err := s.output(a.Outputs[0])
		if err != nil {
			return err
		}
		in[0].mask, in[0].hasMask = t.value, true
	}
	return nil
}

// apply adds a layer, or those of a model.
func (c *compiler) apply(l *Layer, call *Call, in []tensor, s *scope) ([]tensor, error) {
	out, err := c.applyTo(l, call, in, s)
	if err == nil {
		c.traceCall(l, call, in, out)
	}
	return out, err
}

func (c *compiler) applyTo(l *Layer, call *Call, in []tensor, s *scope) ([]tensor, error) {
	switch {
	case l.graph != nil && !l.wrapper && l.is(modelClasses...):
		if len(in) == 0 {
			return nil, l.refuse("it is called without an input")
		}
		return c.run(l.graph, in)
	case c.folded[l]:
		return in, nil
	}
	b := &building{compiler: c, l: l, call: call, in: in, scope: s, c: configuration(members(l.Config))}
	out, err := b.build()
	var named namedError
	switch {
	case err == nil:
		return out, nil
	case errors.As(err, &named): // of a layer in this one
		return nil, err
	}
	return nil, l.refuse("%w", err)
}
