package graph

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/freelist"
	"github.com/sepconv/go/internal/workers"
)

// run is what one run at a time needs.
type run struct {
	program *Program
	key     []int
	arena   []float32
	steps   []bound
	own     *Scratch               // the caller's
	others  freelist.List[Scratch] // of helpers, that nobody uses
	step    Step                   // that threads share
	group   workers.Group
}

// bound is a node with its tensors.
type bound struct {
	step    Step
	in, out []Tensor
}

func newRun(p *Program) *run {
	r := &run{program: p, own: newScratch(p.target.Set)}
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
		if err := r.compute(i); err != nil {
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

// worthTask is what a thread's share of a step must take, in microseconds, for the
// thread to be worth having.
const worthTask = 6

// compute computes a node.
func (r *run) compute(i int) error {
	b := &r.steps[i]
	if b.step == nil {
		return nil
	}
	tasks, err := b.step.Begin(b.out, b.in)
	if err != nil || tasks.N == 0 {
		return err
	}
	threads := 1
	var trial workers.Run
	if tasks.N > 1 {
		trial = r.program.nodes[i].trial.Begin(tasks.Micros, r.program.target.Threads)
		defer trial.End()
		threads = int(min(float64(trial.Threads), max(1, tasks.Micros/worthTask)))
	}
	if threads == 1 {
		for j := range tasks.N {
			b.step.Do(j, r.own)
		}
		return nil
	}
	r.step = b.step
	defer func() { r.step = nil }()
	r.group.Do(r, tasks.N, threads-1, trial.Wake)
	return nil
}

// Work does tasks with the scratch of this thread.
func (r *run) Work(g *workers.Group, helper bool) {
	s, step := r.own, r.step
	if helper {
		s = r.takeScratch()
		defer r.returnScratch(s)
	}
	for i := g.Next(); i >= 0; i = g.Next() {
		step.Do(i, s)
	}
}

func (r *run) takeScratch() *Scratch {
	if s := r.others.Get(); s != nil {
		return s
	}
	return newScratch(r.program.target.Set)
}

func (r *run) returnScratch(s *Scratch) {
	s.release()
	r.others.Put(s)
}
