package graph

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
)

// globalPool is the maximum or the mean over time, of an input with channels last. A
// second input of shape (batch, steps) says with 1 which steps a mean is of.
type globalPool struct{ mean, keepDims bool }

// NewGlobalPool returns a pooling over all steps.
func NewGlobalPool(mean, keepDims bool) Op { return &globalPool{mean, keepDims} }

func (p *globalPool) Shapes(in []Shape) ([]Shape, error) {
	if len(in) == 0 || len(in) > 2 {
		return nil, wantInputs(in, 1)
	}
	s := in[0]
	if err := wantRank(s, 3); err != nil {
		return nil, err
	}
	if len(in) == 2 && (len(in[1]) != 2 || !fits(in[1][1], s[1])) {
		return nil, fmt.Errorf("%w: a mask of shape %v for an input of shape %v", fault.ErrShape, in[1], s)
	}
	if s[1] == 0 && !p.mean {
		return nil, fmt.Errorf("%w: its input has no steps, of which there is no maximum", fault.ErrShape)
	}
	if p.keepDims {
		return one(Shape{s[0], 1, s[2]}), nil
	}
	return one(Shape{s[0], s[2]}), nil
}

func (p *globalPool) NewStep() Step { return &globalPoolStep{globalPool: p} }

type globalPoolStep struct {
	*globalPool
	out, in, mask   []float32
	steps, channels int
	signals         span
}

func (p *globalPoolStep) Begin(out, in []Tensor) (Tasks, error) {
	p.out, p.in, p.mask = out[0].Data, in[0].Data, nil
	p.steps, p.channels = in[0].Shape[1], in[0].Shape[2]
	if len(in) == 2 {
		p.mask = in[1].Data
	}
	if len(p.out) == 0 {
		return Tasks{}, nil
	}
	return p.signals.cut(in[0].Shape[0], 1, 2*moveMicros*float64(p.steps*p.channels)), nil
}

func (p *globalPoolStep) Do(i int, s *Scratch) {
	first, end := p.signals.task(i)
	size := p.steps * p.channels
	for ; first < end; first++ {
		x, y := p.in[first*size:][:size], p.out[first*p.channels:][:p.channels]
		var mask []float32
		if p.mask != nil {
			mask = p.mask[first*p.steps:][:p.steps]
		}
		if p.mean {
			meanOf(s, y, x, mask)
		} else {
			maximumOf(s, y, x)
		}
	}
}
