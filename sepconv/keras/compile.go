package keras

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/dispatch"
	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/internal/inside"
	"github.com/sepconv/go/sepconv"
)

// DefaultMaxMemory is the limit without WithMaxMemory: 1 GiB.
const DefaultMaxMemory = 1 << 30

// WithMaxMemory bounds what one Run of a model may take beside its weights, for the
// tensors between its layers. A run on inputs that need more is an error.
func WithMaxMemory(n int64) sepconv.CompileOption {
	return func(c *inside.Compilation) error {
		if n < 1 {
			return fmt.Errorf("%w: the limit is %d bytes; it must be at least 1", sepconv.ErrConfig, n)
		}
		c.MaxBytes = n
		return nil
	}
}

// Compile makes a Program of the model as it is now, with the weights packed for this
// CPU: what predict of Keras computes. Options are those of sepconv's Layer.Compile,
// and WithMaxMemory.
//
// A model that cannot run is an error that says which layer it is, of which class, and
// why. It wraps errors.ErrUnsupported if this package does not compute the layer, or
// not with the options that it has: a Lambda, say, or a class of the user's own that
// was not registered (see Register).
//
// A BatchNormalization after a linear layer whose output nothing else takes is folded
// into its weights, as Blocks does, and an activation layer there is computed with it.
func (m *Model) Compile(options ...sepconv.CompileOption) (*Program, error) {
	if err := m.checkConfigured(); err != nil {
		return nil, err
	}
	if m.graph == nil || m.unlisted {
		return nil, fmt.Errorf("%w: the model is a class of its own, %.80q, whose Python code alone knows how its layers are connected", sepconv.ErrConfig, m.Class)
	}
	var settings inside.Compilation
	for _, o := range options {
		if o == nil {
			return nil, fmt.Errorf("%w: an option of Compile is nil; leave it out", sepconv.ErrConfig)
		}
		if err := o(&settings); err != nil {
			return nil, err
		}
	}
	set, err := dispatch.Pick(settings.Kernel)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sepconv.ErrKernel, err)
	}
	l1, l2, l3 := dispatch.Caches()
	c := newCompiler(m, flow.Target{Set: set, L1: l1, L2: l2, L3: l3, Threads: settings.Threads}, options)
	return c.program(settings.MaxBytes)
}

// compiler puts a program together.
type compiler struct {
	model   *Model
	target  flow.Target
	options []sepconv.CompileOption // for plans
	builder *flow.Builder
	ops     map[*Layer]any      // made of a layer, for its other calls
	folded  map[*Layer]bool     // computed by the layer before
	shapes  map[*Layer][]tensor // what the first call of each layer gives
	bytes   int64               // of weights
	ports   []Port              // inputs of the program
	calls   int                 // of layers
	budget  *budget.Budget      // of what weights take that are packed
}

func newCompiler(m *Model, t flow.Target, options []sepconv.CompileOption) *compiler {
	return &compiler{
		model: m, target: t, options: options, builder: flow.NewBuilder(t),
		ops: map[*Layer]any{}, folded: map[*Layer]bool{}, shapes: map[*Layer][]tensor{},
		budget: m.newBudget(),
	}
}

// tensor is a tensor of the program, and its mask.
type tensor struct {
	value   flow.Value
	mask    flow.Value
	hasMask bool
	// countsAll says that Keras has a mask of which all steps count, which is none here.
	countsAll bool
	text      *textInput // of text, which is no value
}

// program compiles the whole model.
func (c *compiler) program(maxBytes int64) (*Program, error) {
	m := c.model
	if len(m.Layers) == 0 {
		return nil, fmt.Errorf("%w: the model has no layers", sepconv.ErrConfig)
	}
	p := &Program{kernel: c.target.Set.Name, name: m.Name}
	inputs, err := c.declareInputs()
	if err != nil {
		return nil, err
	}
	outputs, err := c.run(m.Layers, m.graph, inputs)
	if err != nil {
		return nil, err
	}
	p.inputs = c.ports
	if len(outputs) == 0 {
		return nil, fmt.Errorf("%w: the model has no outputs", sepconv.ErrConfig)
	}
	values := make([]flow.Value, len(outputs))
	for i, t := range outputs {
		if t.text != nil {
			return nil, fmt.Errorf("%w: output %d of the model is text", sepconv.ErrConfig, i)
		}
		values[i] = t.value
		name := ""
		if i < len(m.graph.Outputs) {
			name = m.graph.Outputs[i].Layer
		}
		p.outputs = append(p.outputs, Port{Name: name, Shape: c.builder.Shape(t.value)})
	}
	if maxBytes == 0 {
		maxBytes = DefaultMaxMemory
	}
	p.program = c.builder.Program(values, maxBytes)
	p.summary = c.summary()
	p.weights = c.bytes
	return p, nil
}

// declareInputs adds the inputs of the model.
func (c *compiler) declareInputs() ([]tensor, error) {
	m := c.model
	shapes := shapesOf(m)
	layers := []*Layer{}
	for _, o := range m.graph.Inputs {
		if l := m.graph.byName[o.Layer]; l != nil {
			layers = append(layers, l)
		}
	}
	if len(layers) == 0 {
		layers = append(layers, m.Layers[0])
	}
	var list []tensor
	for _, l := range layers {
		s := shapes[l]
		if s == nil && l.graph != nil && !l.wrapper && len(l.Layers) > 0 {
			s = shapes[l.Layers[0]]
		}
		t, err := c.declare(l, s)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
		if l.is("InputLayer") && t.text == nil {
			c.note(l, list[len(list)-1:])
		}
	}
	return list, nil
}

// declare adds an input of a shape. One of text becomes those of the layers that read
// it.
func (c *compiler) declare(l *Layer, s []int) (t tensor, err error) {
	if len(s) == 0 {
		return t, l.refuse("the file does not say the shape of its input, which is that of the model: build the model before saving it, or give it an Input")
	}
	shape := flow.Shape{flow.Open}
	for _, n := range s[1:] {
		shape = append(shape, max(n, flow.Open))
	}
	if l.is("InputLayer") && l.isText() {
		return tensor{text: &textInput{shape}}, nil
	}
	integer := strings.Contains(string(member(l.Config, "dtype")), "int")
	t.value, err = c.newInput(l, shape, Port{Integer: integer})
	return t, err
}

// textInput is an input of text, which no operation takes.
type textInput struct{ shape flow.Shape }

// newInput adds an input of the program.
func (c *compiler) newInput(l *Layer, shape flow.Shape, port Port) (flow.Value, error) {
	open := 0
	for _, n := range shape[1:] {
		if n == flow.Open {
			open++
		}
	}
	if open > 1 {
		return 0, l.unsupported("its shape %v leaves %d lengths open beside the batch; one may be", shape, open)
	}
	port.Name, port.Shape = l.Name, shape
	c.ports = append(c.ports, port)
	return c.builder.Input(shape), nil
}

// note keeps what a layer gives, for the summary.
func (c *compiler) note(l *Layer, out []tensor) {
	if c.shapes[l] == nil {
		c.shapes[l] = out
	}
}

// scope is a model that is being compiled, for one call of it.
type scope struct {
	*compiler
	graph  *graph
	inputs map[string]tensor
	input  []tensor
	done   map[callOf][]tensor
	active map[callOf]bool
}

// run adds the layers of a model, which is given inputs, and returns its outputs.
func (c *compiler) run(layers []*Layer, g *graph, inputs []tensor) ([]tensor, error) {
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

// givenMask reads the mask that a call names. Keras 3 names also those that it makes
// of the masks of inputs, which are known without.
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
	switch {
	case l.graph != nil && !l.wrapper && l.is(modelClasses...):
		if len(in) == 0 {
			return nil, l.refuse("it is called without an input")
		}
		return c.run(l.Layers, l.graph, in)
	case c.folded[l]:
		return in, nil
	}
	b := &building{compiler: c, l: l, call: call, in: in, scope: s, c: configuration(members(l.Config))}
	out, err := b.build()
	switch {
	case err == nil:
		return out, nil
	case errors.Is(err, errNamed):
		return nil, err
	}
	return nil, b.l.refuse("%w", err)
}

// errNamed marks errors that name a layer.
var errNamed = errors.New("")

type namedError struct{ error }

func (e namedError) Is(target error) bool { return target == errNamed }
func (e namedError) Unwrap() error        { return e.error }

// refuse is the error of a layer that does not run.
func (l *Layer) refuse(format string, arguments ...any) error {
	return namedError{fmt.Errorf("%w: layer %.80q of class %.80q: %w", sepconv.ErrConfig, l.Path, l.className(), fmt.Errorf(format, arguments...))}
}

// unsupported is the error of a layer that this package does not compute.
func (l *Layer) unsupported(format string, arguments ...any) error {
	return l.refuse("%w: %w", errors.ErrUnsupported, fmt.Errorf(format, arguments...))
}
