package keras

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/internal/freelist"
	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/sepconv"
)

// Program is a model compiled for this CPU, made by Model.Compile; the methods of the
// zero value and of a nil Program return zero values and errors that wrap ErrConfig. It
// does not change and may be used by any number of goroutines at the same time.
//
// Its results have the same bits on every CPU, with any number of threads, and however
// a batch is split.
type Program struct {
	program         *flow.Program
	inputs, outputs []Port
	kernel, summary string
	weights         int64
	sources         int   // inputs of the model, of which one of text is one of the program for each layer that reads it
	maxBytes        int64 // of the numbers that RunText makes of an input

	texts freelist.List[textRun]
}

// Port is an input or an output of a model.
type Port struct {
	Name string // of the layer; for a text, of the layer that reads it
	// Shape begins with the batch, which is -1. Another length is -1 if it is open: each run
	// may have another, such as the steps of a signal.
	Shape []int
	// Integer says that the model declares whole numbers, such as the indices of an
	// Embedding. They are given as float32, too, which holds each up to 2^24.
	Integer bool
	// Text is nil where the model takes or gives numbers. Where it takes text, Run takes the
	// numbers that Text.Fill makes of it, as a TextVectorization, StringLookup or Hashing of
	// the model does. A text that several such layers read is a Port for each of them, but a
	// single Input of RunText.
	//
	// Where an output is words, Run gives their indices, and Text.Words the words of these.
	Text *Text

	source int        // of the model's inputs
	text   flow.Shape // of the texts
}

// made reports a Program that Compile did not make.
func (p *Program) made() error {
	if p == nil || p.program == nil {
		return fmt.Errorf("%w: the Program is nil or a zero value; Model.Compile makes one", sepconv.ErrConfig)
	}
	return nil
}

// Inputs returns the inputs of the model, in its order.
func (p *Program) Inputs() []Port { return p.ports((*Program).in) }

// Outputs returns the outputs of the model, in order.
func (p *Program) Outputs() []Port { return p.ports((*Program).out) }

func (p *Program) in() []Port  { return p.inputs }
func (p *Program) out() []Port { return p.outputs }

func (p *Program) ports(of func(*Program) []Port) []Port {
	if p == nil {
		return nil
	}
	list := slices.Clone(of(p))
	for i := range list {
		list[i].Shape = slices.Clone(list[i].Shape)
	}
	return list
}

// Run computes the model for a batch of inputs.
//
// There is a slice for each of Inputs and Outputs, in order, row-major. An input has batch
// times as many elements as its shape says; where a length is open, the number of elements
// tells it. An output is exactly as long as OutputShapes says. Outputs must share memory
// neither with inputs nor with one another.
//
// Indices and other whole numbers are float32 as well. Run allocates nothing once it
// has run on inputs of these shapes. When it returns an error, such as for an index that is
// beyond an Embedding, nothing has been written to outputs.
func (p *Program) Run(outputs, inputs [][]float32, batch int) error {
	if err := p.made(); err != nil {
		return err
	}
	return p.program.Run(outputs, inputs, batch)
}

// OutputShapes returns the shapes of all outputs, for inputs whose open lengths are the
// given steps: one number for each input, 0 for one that has none, or a single number
// for all.
func (p *Program) OutputShapes(batch int, steps ...int) ([][]int, error) {
	if err := p.made(); err != nil {
		return nil, err
	}
	lengths, err := p.lengths(steps)
	if err != nil {
		return nil, err
	}
	shapes, err := p.program.OutputShapes(batch, lengths)
	if err != nil {
		return nil, err
	}
	list := make([][]int, len(shapes))
	for i, s := range shapes {
		list[i] = s
	}
	return list, nil
}

// lengths returns the open length of each input, 0 where there is none.
func (p *Program) lengths(steps []int) ([]int, error) {
	lengths := make([]int, len(p.inputs))
	if len(steps) > 1 && len(steps) != len(lengths) {
		return nil, fmt.Errorf("%w: there are %d numbers of steps; there must be one, or one for each of %d inputs", sepconv.ErrShape, len(steps), len(lengths))
	}
	for i, in := range p.inputs {
		if !slices.Contains(in.Shape[1:], flow.Open) {
			continue
		}
		switch len(steps) {
		case 0:
			return nil, fmt.Errorf("%w: input %q has shape %v; say how many steps it is to have", sepconv.ErrShape, in.Name, flow.Shape(in.Shape))
		case 1:
			lengths[i] = steps[0]
		default:
			lengths[i] = steps[i]
		}
	}
	return lengths, nil
}

// Memory is what a Program takes.
type Memory struct {
	Weights int64 // bytes of weights, which all runs share
	Run     int64 // bytes for the tensors between layers, for each run at a time
}

// Memory returns what the program takes for runs on a batch of inputs whose open
// lengths are as in OutputShapes. Beside it each thread has a few hundred kilobytes of
// scratch.
func (p *Program) Memory(batch int, steps ...int) (Memory, error) {
	if err := p.made(); err != nil {
		return Memory{}, err
	}
	lengths, err := p.lengths(steps)
	if err != nil {
		return Memory{}, err
	}
	n, err := p.program.ArenaBytes(batch, lengths)
	return Memory{p.weights, n}, err
}

// Summary returns a table of the layers with their shapes and numbers of parameters,
// as Keras' summary prints it.
func (p *Program) Summary() string {
	if p == nil {
		return ""
	}
	return p.summary
}

// Kernel returns the name of the set of kernels that the program uses.
func (p *Program) Kernel() string {
	if p == nil {
		return ""
	}
	return p.kernel
}
