package graph

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
)

// concat puts its inputs one after the other along an axis.
type concat struct{ axis int }

// NewConcat returns a concatenation along an axis, which may be counted from the end.
func NewConcat(axis int) Op { return &concat{axis} }

func (c *concat) Shapes(in []Shape) ([]Shape, error) {
	if len(in) == 0 {
		return nil, wantInputs(in, 1)
	}
	axis, err := in[0].axisOf(c.axis)
	if err != nil {
		return nil, err
	}
	if axis == 0 {
		return nil, fmt.Errorf("%w: axis %d is that of the batch", fault.ErrConfig, c.axis)
	}
	s := in[0].With(axis, 0)
	for _, each := range in {
		if len(each) != len(s) {
			return nil, fmt.Errorf("%w: its inputs have shapes %v; they must have as many axes", fault.ErrShape, in)
		}
		for a, n := range each {
			switch {
			case a == axis && (n == Open || s[a] == Open):
				s[a] = Open
			case a == axis:
				s[a] += n
			case !fits(n, s[a]):
				return nil, fmt.Errorf("%w: its inputs have shapes %v; they may differ along axis %d only", fault.ErrShape, in, axis)
			case s[a] == Open:
				s[a] = n
			}
		}
	}
	return one(s), nil
}

func (c *concat) NewStep() Step { return &concatStep{concat: c} }

type concatStep struct {
	*concat
	out   []float32
	in    []Tensor
	axis  int
	width int // of a line of the output
	lines span
}

func (c *concatStep) Begin(out, in []Tensor) (Tasks, error) {
	axis, err := out[0].Shape.axisOf(c.concat.axis)
	if err != nil || len(out[0].Data) == 0 {
		return Tasks{}, err
	}
	c.out, c.in, c.axis = out[0].Data, in, axis
	c.width = out[0].Shape[axis:].Elements()
	return c.lines.cut(len(c.out)/c.width, 1, moveMicros*float64(c.width+8*len(in))), nil
}

func (c *concatStep) Do(i int, s *Scratch) {
	first, end := c.lines.task(i)
	at := 0
	for j := range c.in {
		n := c.in[j].Shape[c.axis:].Elements()
		y, x := c.out[first*c.width+at:], c.in[j].Data[first*n:]
		const short = 1024 // for which a call of copy each would be much
		switch {
		case n >= short:
			for r := range end - first {
				copy(y[r*c.width:][:n], x[r*n:])
			}
		case n > 0:
			s.set.Copy(y, x, end-first, n, c.width, n)
		}
		at += n
	}
}
