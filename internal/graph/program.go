package graph

import (
	"fmt"
	"slices"
	"sync"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/freelist"
	"github.com/sepconv/go/internal/overlap"
)

// Program is a model that runs. Any number of goroutines may run it.
type Program struct {
	target   Target
	values   []value
	nodes    []*node
	inputs   []Value
	outputs  []Value
	maxBytes int64

	// fallible says that a run may fail in the middle, so that outputs are to be written at
	// its end.
	fallible bool

	print func() fingerprint // of streams

	mu      sync.Mutex
	layouts []*layout // those used last, the latest first
	idle    freelist.List[run]
}

// InputShape returns the shape of an input.
func (p *Program) InputShape(i int) Shape { return p.values[p.inputs[i]].shape }

// OutputShape returns the shape of an output, as far as it is known.
func (p *Program) OutputShape(i int) Shape { return p.values[p.outputs[i]].shape }

// keptLayouts is how many layouts are kept: runs that take turns on so many shapes make none
// anew.
const keptLayouts = 16

// layoutFor returns the layout for a key: the batch, and the open length of each input, 0
// where there is none.
func (p *Program) layoutFor(key []int) (*layout, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, l := range p.layouts {
		if slices.Equal(l.key, key) {
			copy(p.layouts[1:i+1], p.layouts[:i])
			p.layouts[0] = l
			return l, nil
		}
	}
	shapes := make([]Shape, len(p.inputs))
	for i := range shapes {
		shapes[i] = p.concrete(i, key[0], key[i+1])
	}
	l, err := p.newLayout(shapes)
	if err != nil {
		return nil, err
	}
	l.key = slices.Clone(key)
	p.layouts = slices.Insert(p.layouts, 0, l)
	if len(p.layouts) > keptLayouts {
		p.layouts = slices.Delete(p.layouts, keptLayouts, len(p.layouts))
	}
	return l, nil
}

// concrete returns the shape of an input for a batch and a length.
func (p *Program) concrete(i, batch, length int) Shape {
	s := slices.Clone(p.InputShape(i))
	s[0] = batch
	for a := 1; a < len(s); a++ {
		if s[a] == Open {
			s[a] = length
		}
	}
	return s
}

// length returns the open length of input i, which its number of elements tells.
func (p *Program) length(i, batch, elements int) (int, error) {
	n, err := p.InputShape(i).OpenLength(batch, elements)
	if err != nil {
		return 0, fmt.Errorf("%w: input %d %w", fault.ErrShape, i, err)
	}
	return n, nil
}

// OutputShapes returns the shapes of all outputs for a batch of inputs of these open lengths,
// 0 for an input that has none.
func (p *Program) OutputShapes(batch int, lengths []int) ([]Shape, error) {
	l, err := p.layoutOf(batch, lengths)
	if err != nil {
		return nil, err
	}
	list := make([]Shape, len(p.outputs))
	for i, v := range p.outputs {
		list[i] = slices.Clone(l.shapes[v])
	}
	return list, nil
}

// ArenaBytes returns what one run on such inputs takes beside weights and scratch.
func (p *Program) ArenaBytes(batch int, lengths []int) (int64, error) {
	l, err := p.layoutOf(batch, lengths)
	if err != nil {
		return 0, err
	}
	return int64(l.floats) * 4, nil
}

// layoutOf returns the layout for a batch and the length of each input, if they can be such.
func (p *Program) layoutOf(batch int, lengths []int) (*layout, error) {
	if len(lengths) != len(p.inputs) || batch < 0 || slices.ContainsFunc(lengths, func(n int) bool { return n < 0 }) {
		return nil, fmt.Errorf("%w: a batch of %d and lengths %v for %d inputs; there must be one that is not negative for each", fault.ErrShape, batch, lengths, len(p.inputs))
	}
	return p.layoutFor(slices.Insert(slices.Clone(lengths), 0, batch))
}

// check reports outputs and inputs that share memory, or are not as long as they
// must be.
func (p *Program) check(l *layout, outputs, inputs [][]float32) error {
	for i, out := range outputs {
		s := l.shapes[p.outputs[i]]
		if want := s.Elements(); len(out) != want {
			return fmt.Errorf("%w: output %d has %d elements; shape %v needs %d", fault.ErrShape, i, len(out), slices.Clone(s), want)
		}
		for j, in := range inputs {
			if overlap.Slices(out, in) {
				return fmt.Errorf("%w: output %d and input %d share memory; give each output memory of its own", fault.ErrOverlap, i, j)
			}
		}
		for j, other := range outputs[:i] {
			if overlap.Slices(out, other) {
				return fmt.Errorf("%w: outputs %d and %d share memory; give each memory of its own", fault.ErrOverlap, j, i)
			}
		}
	}
	return nil
}
