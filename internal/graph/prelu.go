package graph

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
)

// prelu is x > 0 ? x : alpha*x, with an alpha for each place but along axes of length
// 1, where it is the same.
type prelu struct {
	alpha []float32
	shape Shape // of alpha, without the batch
}

// NewPReLU returns a rectifier of slopes of a shape, which is that of the input without
// the batch.
func NewPReLU(alpha []float32, shape []int) Op { return &prelu{alpha, shape} }

func (p *prelu) IsInPlace(int) bool { return true }

func (p *prelu) Shapes(in []Shape) ([]Shape, error) {
	if err := wantInputs(in, 1); err != nil {
		return nil, err
	}
	ok := len(in[0]) == len(p.shape)+1
	for i := 0; ok && i < len(p.shape); i++ {
		ok = p.shape[i] == 1 || p.shape[i] == in[0][i+1]
	}
	if !ok {
		return nil, fmt.Errorf("%w: its input has shape %v; its slopes have %v", fault.ErrShape, in[0], p.shape)
	}
	return one(in[0]), nil
}

func (p *prelu) NewStep() Step { return &preluStep{prelu: p} }

type preluStep struct {
	*prelu
	out, in []float32
	shape   Shape
	strides []int
	width   int
	lines   span
}

func (p *preluStep) Begin(out, in []Tensor) (Tasks, error) {
	p.out, p.in, p.shape = out[0].Data, in[0].Data, in[0].Shape
	if len(p.out) == 0 {
		return Tasks{}, nil
	}
	p.strides = append(p.strides[:0], 0)
	stride := len(p.alpha)
	for _, n := range p.prelu.shape {
		if n == 1 {
			p.strides = append(p.strides, 0)
			continue
		}
		stride /= n
		p.strides = append(p.strides, stride)
	}
	p.width = p.shape.Last()
	return p.lines.cut(len(p.out)/p.width, 1, 2*moveMicros*float64(p.width)), nil
}

func (p *preluStep) Do(i int, _ *Scratch) {
	first, end := p.lines.task(i)
	for ; first < end; first++ {
		at, r := 0, first
		for a := len(p.shape) - 2; a >= 0; a-- {
			at += r % p.shape[a] * p.strides[a]
			r /= p.shape[a]
		}
		y, x, alpha, stride := p.out[first*p.width:][:p.width], p.in[first*p.width:], p.alpha[at:], p.strides[len(p.strides)-1]
		for c := range y {
			v := x[c]
			if !(v > 0) {
				v *= alpha[c*stride]
			}
			y[c] = v
		}
	}
}
