package graph

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
)

// run is what one run at a time needs.
type run struct {
	program *Program
	key     []int
	arena   []float32
	steps   []bound
	hands
}

// bound is a node with its tensors.
type bound struct {
	step    Step
	in, out []Tensor
}

func newRun(p *Program) *run {
	r := &run{program: p, hands: hands{target: &p.target, own: newScratch(p.target.Set)}}
	for _, n := range p.nodes {
		r.steps = append(r.steps, bound{n.op.NewStep(), make([]Tensor, len(n.in)), make([]Tensor, len(n.out))})
	}
	return r
}

// get returns what a run needs, of one that has ended if there is one.
func (p *Program) get() *run {
	if r := p.idle.Get(); r != nil {
		return r
	}
	return newRun(p)
}

func (p *Program) put(r *run) {
	r.own.release()
	for i := range r.steps {
		b := &r.steps[i]
		for j := range b.in {
			b.in[j].Data = nil
		}
		for j := range b.out {
			b.out[j].Data = nil
		}
	}
	p.idle.Put(r)
}

// Run computes the model. Nothing is written to outputs when it returns an error.
func (p *Program) Run(outputs, inputs [][]float32, batch int) error {
	if len(inputs) != len(p.inputs) || len(outputs) != len(p.outputs) {
		return fmt.Errorf("%w: there are %d inputs and %d outputs; the model has %d and %d", fault.ErrShape, len(inputs), len(outputs), len(p.inputs), len(p.outputs))
	}
	if batch < 0 {
		return fmt.Errorf("%w: batch is %d; it must be at least 0", fault.ErrShape, batch)
	}
	if batch == 0 {
		return checkEmpty(outputs, inputs)
	}
	r := p.get()
	defer p.put(r)
	l, err := r.layout(inputs, batch)
	if err != nil {
		return err
	}
	if err := p.check(l, outputs, inputs); err != nil {
		return err
	}
	if cap(r.arena) < l.floats {
		r.arena = make([]float32, l.floats)
	}
	r.bind(l, outputs, inputs)
	for i := range r.steps {
		b := &r.steps[i]
		if b.step == nil {
			continue
		}
		if err := r.do(b.step, b.out, b.in, &p.nodes[i].trial); err != nil {
			return fmt.Errorf("%s: %w", p.nodes[i].name, err)
		}
	}
	for i, v := range p.outputs {
		if !l.direct[i] {
			copy(outputs[i], r.data(l, v, outputs, inputs))
		}
	}
	return nil
}

// checkEmpty reports elements of a batch of none.
func checkEmpty(outputs, inputs [][]float32) error {
	for _, list := range [][][]float32{outputs, inputs} {
		for i, x := range list {
			if len(x) > 0 {
				return fmt.Errorf("%w: input or output %d has %d elements; a batch of 0 has none", fault.ErrShape, i, len(x))
			}
		}
	}
	return nil
}

// layout returns the layout for inputs.
func (r *run) layout(inputs [][]float32, batch int) (*layout, error) {
	r.key = append(r.key[:0], batch)
	for i, in := range inputs {
		n, err := r.program.length(i, batch, len(in))
		if err != nil {
			return nil, err
		}
		r.key = append(r.key, n)
	}
	return r.program.layoutFor(r.key)
}

// bind gives each node its tensors.
func (r *run) bind(l *layout, outputs, inputs [][]float32) {
	for i, n := range r.program.nodes {
		b := &r.steps[i]
		for j, v := range n.in {
			b.in[j] = Tensor{r.data(l, v, outputs, inputs), l.shapes[v]}
		}
		for j, v := range n.out {
			b.out[j] = Tensor{r.data(l, v, outputs, inputs), l.shapes[v]}
		}
	}
}

// data returns the memory of a tensor.
func (r *run) data(l *layout, v Value, outputs, inputs [][]float32) []float32 {
	p := r.program
	i := l.blockOf[v]
	b, n := &l.blocks[i], l.shapes[v].Elements()
	switch {
	case b.output >= 0:
		return outputs[b.output][:n]
	case b.input:
		root := p.values[v].view
		for j, in := range p.inputs {
			if in == root {
				return inputs[j][:n]
			}
		}
	}
	return r.arena[l.offsets[i]:][:n:n]
}
