package graph

import (
	"fmt"
	"slices"
	"sync"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/workers"
)

// Value is a tensor of a model that is put together.
type Value int

// maxNodes bounds the operations of a model: a file of models in models, each used
// twice, could ask for any number.
const maxNodes = 1 << 14

// Builder puts a model together, an operation after those whose outputs it takes.
type Builder struct {
	target Target
	values []value
	nodes  []*node
	inputs []Value
}

// value is a tensor. Its shape has open lengths.
type value struct {
	shape Shape
	node  int // that computes it; -1 of an input
	view  Value
}

// node is an operation in a model.
type node struct {
	name    string // for messages
	op      Op
	in, out []Value
	trial   workers.Trial // whether to share it among threads
}

// NewBuilder returns a builder of a program for a target.
func NewBuilder(t Target) *Builder { return &Builder{target: t} }

// Input adds an input of the model.
func (b *Builder) Input(s Shape) Value {
	v := b.value(s, -1)
	b.inputs = append(b.inputs, v)
	return v
}

// OrderInputs puts the inputs in another order: the i-th is the one that was order[i].
func (b *Builder) OrderInputs(order []int) {
	inputs := make([]Value, len(order))
	for i, j := range order {
		inputs[i] = b.inputs[j]
	}
	b.inputs = inputs
}

// Shape returns the shape of a tensor as far as it is known.
func (b *Builder) Shape(v Value) Shape { return b.values[v].shape }

// Add adds an operation and returns its outputs. The name is for messages.
func (b *Builder) Add(name string, op Op, in ...Value) ([]Value, error) {
	if len(b.nodes) >= maxNodes {
		return nil, fmt.Errorf("%w: the model has more than %d operations, with those of a model in it counted each time that it is used", fault.ErrConfig, maxNodes)
	}
	shapes := make([]Shape, len(in))
	for i, v := range in {
		shapes[i] = b.values[v].shape
	}
	outs, err := op.Shapes(shapes)
	if err != nil {
		return nil, err
	}
	for _, s := range outs {
		if err := s.check(); err != nil {
			return nil, err
		}
	}
	n := &node{name: name, op: op, in: in}
	for _, s := range outs {
		n.out = append(n.out, b.value(s, len(b.nodes)))
	}
	if op.NewStep() == nil {
		b.values[n.out[0]].view = b.values[in[0]].view
	}
	b.nodes = append(b.nodes, n)
	return n.out, nil
}

func (b *Builder) value(s Shape, node int) Value {
	v := Value(len(b.values))
	b.values = append(b.values, value{shape: s, node: node, view: v})
	return v
}

// Program returns the model that computes some of the tensors. Its runs take no more
// than so many bytes beside weights.
func (b *Builder) Program(outputs []Value, maxBytes int64) *Program {
	p := &Program{target: b.target, values: b.values, inputs: b.inputs, outputs: outputs, maxBytes: maxBytes}
	needed := make([]bool, len(b.values))
	for _, v := range outputs {
		needed[v] = true
	}
	for i := len(b.nodes) - 1; i >= 0; i-- {
		n := b.nodes[i]
		use := false
		for _, v := range n.out {
			use = use || needed[v]
		}
		if !use {
			continue
		}
		for _, v := range n.in {
			needed[v] = true
		}
		p.nodes = append(p.nodes, n)
		if f, ok := n.op.(Fallible); ok {
			p.fallible = p.fallible || f.IsFallible()
		}
	}
	slices.Reverse(p.nodes)
	p.print = sync.OnceValue(p.newFingerprint)
	return p
}
