package keras

import (
	"fmt"

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
	settings, err := inside.Apply(options)
	if err != nil {
		return nil, err
	}
	if settings.Training {
		return nil, fmt.Errorf("%w: an option of Compile is one of Train; leave it out", sepconv.ErrConfig)
	}
	set, err := dispatch.Pick(settings.Kernel)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sepconv.ErrKernel, err)
	}
	l1, l2, l3 := dispatch.Caches()
	c := newCompiler(m, flow.Target{Set: set, L1: l1, L2: l2, L3: l3, Threads: settings.Threads})
	return c.program(settings.MaxBytes)
}

// compiler puts a program together. (Package graph is imported as flow everywhere here: graph
// is the type of a model's layers and their connections.)
//
//	compile.go       Model.Compile
//	inputs.go        the inputs of the program
//	scope.go         the calls of a model's layers, from its outputs back to its inputs
//	builders.go      one call of a layer: its builder is found, and adds operations
//	*layers.go, linear.go, operations.go, register.go   the builders, by kind of layer
//	fold.go          layers that are computed by the one before
//	building.go, layerconfig.go, layerweights.go        what the builders share
type compiler struct {
	model   *Model
	target  flow.Target
	builder *flow.Builder
	ops     map[*Layer]any      // what was made of a layer, for its other calls
	folded  map[*Layer]bool     // computed by the layer before
	shapes  map[*Layer][]tensor // outputs of the first call of each layer, for the summary
	bytes   int64               // of weights
	ports   []Port              // inputs of the program
	calls   int                 // of layers
	budget  *budget.Budget      // for packed weights
	traces  *traces             // for a translation; nil otherwise
}

func newCompiler(m *Model, t flow.Target) *compiler {
	return &compiler{
		model: m, target: t, builder: flow.NewBuilder(t),
		ops: map[*Layer]any{}, folded: map[*Layer]bool{}, shapes: map[*Layer][]tensor{},
		budget: m.newBudget(),
	}
}

// tensor is a tensor of the program, and its mask.
type tensor struct {
	value   flow.Value
	mask    flow.Value
	hasMask bool
	// countsAll says that Keras has a mask that leaves out no step; here there is none.
	countsAll bool
	text      *textInput // not nil for text, which is no Value
}

// program compiles the whole model.
func (c *compiler) program(maxBytes int64) (*Program, error) {
	m := c.model
	if len(m.Layers) == 0 {
		return nil, fmt.Errorf("%w: the model has no layers", sepconv.ErrConfig)
	}
	p := &Program{kernel: c.target.Set.Name}
	inputs, err := c.declareInputs()
	if err != nil {
		return nil, err
	}
	outputs, err := c.run(m.graph, inputs)
	if err != nil {
		return nil, err
	}
	c.orderInputs()
	p.inputs, p.sources = c.ports, len(inputs)
	if len(outputs) == 0 {
		return nil, fmt.Errorf("%w: the model has no outputs", sepconv.ErrConfig)
	}
	values := make([]flow.Value, len(outputs))
	for i, t := range outputs {
		var words *Text
		if t.text != nil {
			if words = t.text.made; words == nil {
				return nil, fmt.Errorf("%w: output %d of the model is an input of text", sepconv.ErrConfig, i)
			}
		}
		values[i] = t.value
		name := ""
		if i < len(m.graph.Outputs) {
			name = m.graph.Outputs[i].Layer
		}
		p.outputs = append(p.outputs, Port{Name: name, Shape: c.builder.Shape(t.value), Integer: words != nil, Text: words})
	}
	if maxBytes == 0 {
		maxBytes = DefaultMaxMemory
	}
	p.program, p.maxBytes = c.builder.Program(values, maxBytes), maxBytes
	p.summary = c.summary()
	p.weights = c.bytes
	return p, nil
}
