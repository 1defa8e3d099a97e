package graph

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
)

// dot is the sum of products along an axis of each of two inputs, for each element of
// the batch: a chain of fma from +0, in the order of the axis.
type dot struct{ a, b int }

// NewDot returns a product along axes of two inputs of 2 or 3 axes, which may be
// counted from the end.
func NewDot(a, b int) Op { return &dot{a, b} }

func (d *dot) Shapes(in []Shape) ([]Shape, error) {
	if err := wantInputs(in, 2); err != nil {
		return nil, err
	}
	a, errA := in[0].axisOf(d.a)
	b, errB := in[1].axisOf(d.b)
	if errA != nil || errB != nil || a == 0 || b == 0 || len(in[0]) > 3 || len(in[1]) > 3 || !fits(in[0][a], in[1][b]) {
		return nil, fmt.Errorf("%w: its inputs have shapes %v; axes %d and %d must be there, as long as one another, not those of the batch, and of 2 or 3", fault.ErrShape, in, d.a, d.b)
	}
	s := Shape{in[0][0]}
	for i, n := range in[0] {
		if i > 0 && i != a {
			s = append(s, n)
		}
	}
	for i, n := range in[1] {
		if i > 0 && i != b {
			s = append(s, n)
		}
	}
	if len(s) == 1 {
		s = append(s, 1)
	}
	return one(s), nil
}

func (d *dot) NewStep() Step { return &dotStep{dot: d} }

type dotStep struct {
	*dot
	out          []float32
	x, y         []float32
	xs, ys       walk
	xSize, ySize int
	depth        int
}

// walk is how the elements of one input are found: along the axis of the sum, and along
// the other.
type walk struct{ along, other, others int }

func walkOf(s Shape, axis int) walk {
	axis, _ = s.axisOf(axis)
	if len(s) == 2 {
		return walk{1, 0, 1}
	}
	if axis == 1 {
		return walk{s[2], 1, s[2]}
	}
	return walk{1, s[2], s[1]}
}

func (d *dotStep) Begin(out, in []Tensor) (Tasks, error) {
	d.out, d.x, d.y = out[0].Data, in[0].Data, in[1].Data
	d.xs, d.ys = walkOf(in[0].Shape, d.a), walkOf(in[1].Shape, d.b)
	axis, _ := in[0].Shape.axisOf(d.a)
	d.depth = in[0].Shape[axis]
	d.xSize, d.ySize = in[0].Shape[1:].Elements(), in[1].Shape[1:].Elements()
	n := in[0].Shape[0]
	return Tasks{n, float64(n) * 0.002 * float64(d.depth*d.xs.others*d.ys.others)}, nil
}

func (d *dotStep) Do(n int, _ *Scratch) {
	x, y := d.x[n*d.xSize:], d.y[n*d.ySize:]
	out := d.out[n*d.xs.others*d.ys.others:]
	for i := range d.xs.others {
		for j := range d.ys.others {
			sum := float32(0)
			for k := range d.depth {
				sum = fma(x[i*d.xs.other+k*d.xs.along], y[j*d.ys.other+k*d.ys.along], sum)
			}
			out[i*d.ys.others+j] = sum
		}
	}
}
