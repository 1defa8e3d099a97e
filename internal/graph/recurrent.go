package graph

import (
	"fmt"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/fault"
)

// Cell is what a recurrent layer does at a step.
type Cell uint8

const (
	SimpleRNN Cell = iota
	LSTM
	GRU       // the reset gate after the product with the recurrent weights
	GRUBefore // before it
)

// Gates is how many blocks of units the weights of a cell have.
func (c Cell) Gates() int { return [...]int{SimpleRNN: 1, LSTM: 4, GRU: 3, GRUBefore: 3}[c] }

// States is how many states a cell has, each of its units.
func (c Cell) States() int {
	if c == LSTM {
		return 2
	}
	return 1
}

// Recurrent is a recurrent layer, but for the product of its inputs with their weights.
type Recurrent struct {
	Cell
	Units      int
	Weights    []float32 // recurrent: (units, gates*units)
	Bias       []float32 // of the product with these, for GRU alone; nil is none
	Activation engine.Activation
	Gate       engine.Activation // Keras' recurrent_activation

	Sequences   bool // the outputs of all steps, not that of the last alone
	Final       bool // the states at the end are outputs, too
	Backwards   bool // from the last step to the first; outputs are in that order
	ZeroMasked  bool // the output of a masked step is 0, not that of the one before
	Masked      bool // the second input is a mask
	WithInitial bool // the last inputs are the states at the beginning
}

// recurrent computes a recurrent layer from x of shape (batch, steps, gates*units): the
// products of the inputs with their weights, bias included, which another operation has
// computed for all steps at once. At each step the products of the state with the recurrent
// weights are added to x, one after the other. Only for GRU they are a sum of their own,
//
//	y = Bias + sum of h*Weights
//
// With s the function of gates and a the activation, in float32, except for sums of two
// products, for which the exact products are added in float64 and rounded once:
//
//	SimpleRNN  h = a(x)
//	LSTM       i, f, g, o = s(x0), s(x1), a(x2), s(x3);  c = f*c + i*g;  h = o*a(c)
//	GRU        z, r = s(x0+y0), s(x1+y1);  g = a(x2 + r*y2);  h = z*h + (1-z)*g
//	GRUBefore  z, r = s(x0), s(x1);  g = a(x2 + sum of (r*h)*Weights2);  h = z*h + (1-z)*g
type recurrent struct {
	Recurrent
	all, last *product // with the weights of all gates; of GRUBefore, of all but the last, and of the last
	goesOn    bool     // in a stream: the initial state is the output of the step before
}

// NewRecurrent returns a recurrent layer.
func NewRecurrent(t *Target, r Recurrent) Op {
	c := &recurrent{Recurrent: r}
	n := r.Units
	if r.Cell != GRUBefore {
		c.all = newProduct(t, r.Weights, r.Bias, n, r.Gates()*n, engine.Activation{})
		return c
	}
	c.all = newProduct(t, columns(r.Weights, n, 3*n, 0, 2*n), nil, n, 2*n, engine.Activation{})
	c.last = newProduct(t, columns(r.Weights, n, 3*n, 2*n, n), nil, n, n, engine.Activation{})
	return c
}

func (c *recurrent) inputs() int {
	n := 1
	if c.Masked {
		n++
	}
	if c.WithInitial {
		n += c.States()
	}
	return n
}

func (c *recurrent) Shapes(in []Shape) ([]Shape, error) {
	if err := wantInputs(in, c.inputs()); err != nil {
		return nil, err
	}
	x := in[0]
	if err := CheckAxis(in[:1], 3, 2, c.Gates()*c.Units); err != nil {
		return nil, err
	}
	if c.Masked && (len(in[1]) != 2 || !fits(in[1][1], x[1])) {
		return nil, fmt.Errorf("%w: a mask of shape %v for an input of shape %v", fault.ErrShape, in[1], x)
	}
	state := Shape{x[0], c.Units}
	if c.WithInitial {
		for _, s := range in[len(in)-c.States():] {
			if len(s) != 2 || s[1] != c.Units || !fits(s[0], x[0]) {
				return nil, fmt.Errorf("%w: an initial state of shape %v; it must be %v", fault.ErrShape, s, state)
			}
		}
	}
	if x[1] == 0 && !c.Sequences {
		return nil, fmt.Errorf("%w: its input has no steps, and so it has no last output", fault.ErrShape)
	}
	out := []Shape{state}
	if c.Sequences {
		out[0] = Shape{x[0], x[1], c.Units}
	}
	if c.Final {
		for range c.States() {
			out = append(out, state)
		}
	}
	return out, nil
}

func (c *recurrent) NewStep() Step { return &recurrentStep{recurrent: c} }

type recurrentStep struct {
	*recurrent
	out, in []Tensor
	steps   int
	signals span
}

// signalsAtOnce is how many elements of the batch go from step to step together, so
// that the recurrent weights are read once for all of them.
const signalsAtOnce = 48

func (c *recurrentStep) Begin(out, in []Tensor) (Tasks, error) {
	c.out, c.in, c.steps = out, in, in[0].Shape[1]
	n := in[0].Shape[0]
	perSignal := float64(c.steps) * float64(c.Units) * float64(c.Units+16) * float64(c.Gates()) / float64(c.all.set.Rate)
	t := c.signals.cut(n, c.all.set.Tile.Rows, perSignal)
	if n > 0 {
		c.signals.per = min(c.signals.per, signalsAtOnce)
		t.N = ceil(n, c.signals.per)
	}
	return t, nil
}

// states are what some elements of the batch have at a step, rows of units.
type states struct {
	h, next []float32 // the output, which is a state, before and after the step
	c, cell []float32 // the cell of LSTM
	x       []float32 // rows of all gates
	y       []float32 // of GRU
}

func (c *recurrentStep) Do(i int, s *Scratch) {
	first, end := c.signals.task(i)
	rows, n, wide := end-first, c.Units, c.Gates()*c.Units
	block := s.take(0, rows*(4*n+2*wide))
	part := func(size int) (p []float32) {
		p, block = block[:rows*size:rows*size], block[rows*size:]
		return p
	}
	v := states{h: part(n), next: part(n), c: part(n), cell: part(n), x: part(wide), y: part(wide)}
	c.start(&v, first, rows)
	if !c.Sequences {
		clear(c.out[0].Data[first*n : end*n])
		if c.goesOn {
			copy(c.out[0].Data[first*n:end*n], v.h)
		}
	}
	for t := range c.steps {
		at := t
		if c.Backwards {
			at = c.steps - 1 - t
		}
		for r := range rows {
			copy(v.x[r*wide:][:wide], c.in[0].Data[((first+r)*c.steps+at)*wide:])
		}
		c.step(s, &v, rows)
		c.keep(&v, first, rows, at)
		v.h, v.next, v.c, v.cell = v.next, v.h, v.cell, v.c
		c.write(&v, first, rows, t, at)
	}
	if c.Final {
		copy(c.out[1].Data[first*n:end*n], v.h)
		if c.Cell == LSTM {
			copy(c.out[2].Data[first*n:end*n], v.c)
		}
	}
}

// start sets the states at the beginning.
func (c *recurrentStep) start(v *states, first, rows int) {
	clear(v.h)
	clear(v.c)
	if !c.WithInitial {
		return
	}
	n := c.Units
	initial := c.in[len(c.in)-c.States():]
	copy(v.h, initial[0].Data[first*n:][:rows*n])
	if c.Cell == LSTM {
		copy(v.c, initial[1].Data[first*n:][:rows*n])
	}
}

// step computes the states after a step.
func (c *recurrentStep) step(s *Scratch, v *states, rows int) {
	n, wide := c.Units, c.Gates()*c.Units
	if c.Cell == GRU {
		c.all.compute(s, operands{dst: v.y, stride: wide, u: v.h, uStride: n, rows: rows}, 0, wide)
	} else {
		c.all.compute(s, operands{dst: v.x, stride: wide, u: v.h, uStride: n, rows: rows, accumulate: true}, 0, c.all.filters)
	}
	for r := range rows {
		x, y := v.x[r*wide:][:wide], v.y[r*wide:][:wide]
		h, next := v.h[r*n:][:n], v.next[r*n:][:n]
		switch c.Cell {
		case SimpleRNN:
			copy(next, x)
			s.activate(&c.Activation, next)
		case LSTM:
			c.lstm(s, next, x, v.c[r*n:][:n], v.cell[r*n:][:n])
		case GRU:
			s.add(x[:2*n], y[:2*n])
			c.gates(s, x, 2)
			reset, product, g := x[n:][:n], y[2*n:][:n], x[2*n:][:n]
			for j, r := range reset {
				g[j] += float32(r * product[j])
			}
			c.blend(s, next, x, h)
		case GRUBefore:
			c.gates(s, x, 2)
			for j := range n { // of which the product follows
				next[j] = x[n+j] * h[j]
			}
		}
	}
	if c.Cell == GRUBefore {
		c.last.compute(s, operands{dst: v.x[2*n:], stride: wide, u: v.next, uStride: n, rows: rows, accumulate: true}, 0, n)
		for r := range rows {
			c.blend(s, v.next[r*n:][:n], v.x[r*wide:][:wide], v.h[r*n:][:n])
		}
	}
}

// gates applies the function of gates to the first ones of a row, each for itself.
func (c *recurrentStep) gates(s *Scratch, x []float32, gates int) {
	if p := (activation{c.Gate}); !p.alongAxis() {
		s.activate(&c.Gate, x[:gates*c.Units])
		return
	}
	for g := range gates {
		s.activate(&c.Gate, x[g*c.Units:][:c.Units])
	}
}

// lstm computes a row of LSTM.
func (c *recurrentStep) lstm(s *Scratch, next, x, old, cell []float32) {
	n := c.Units
	c.gates(s, x, 2)
	s.activate(&c.Activation, x[2*n:][:n])
	s.activate(&c.Gate, x[3*n:][:n])
	for j := range n {
		next[j] = twoProducts(x[n+j], old[j], x[j], x[2*n+j])
	}
	copy(cell, next)
	s.activate(&c.Activation, next)
	for j := range n {
		next[j] *= x[3*n+j]
	}
}

// blend ends a row of a GRU.
func (c *recurrentStep) blend(s *Scratch, next, x, h []float32) {
	n := c.Units
	update, g := x[:n], x[2*n:][:n]
	s.activate(&c.Activation, g)
	next, h = next[:n], h[:n]
	for j, z := range update {
		next[j] = twoProducts(z, h[j], 1-z, g[j])
	}
}

// twoProducts is a*b + c*d. The products are exact in float64, and so it does not
// matter whether the compiler fuses one with the sum.
func twoProducts(a, b, c, d float32) float32 {
	return float32(float64(a)*float64(b) + float64(c)*float64(d))
}

// keep leaves the states of those that are masked as they were.
func (c *recurrentStep) keep(v *states, first, rows, at int) {
	n := c.Units
	for r := range rows {
		if c.counts(first+r, at) {
			continue
		}
		copy(v.next[r*n:][:n], v.h[r*n:])
		copy(v.cell[r*n:][:n], v.c[r*n:])
	}
}

// counts reports whether a step is not masked.
func (c *recurrentStep) counts(signal, at int) bool {
	return !c.Masked || c.in[1].Data[signal*c.steps+at] != 0
}

// write writes the outputs of step t, which is that of the input at another place if
// it goes backwards.
func (c *recurrentStep) write(v *states, first, rows, t, at int) {
	n := c.Units
	for r := range rows {
		signal := first + r
		var y, before []float32
		if c.Sequences {
			y = c.out[0].Data[(signal*c.steps+t)*n:][:n]
			switch {
			case t > 0:
				before = c.out[0].Data[(signal*c.steps+t-1)*n:][:n]
			case c.goesOn:
				before = v.h[r*n:][:n]
			}
		} else {
			y = c.out[0].Data[signal*n:][:n]
			before = y
		}
		switch {
		case c.counts(signal, at):
			copy(y, v.h[r*n:])
		case c.ZeroMasked || before == nil:
			clear(y)
		default:
			copy(y, before)
		}
	}
}
