package graph

import (
	"fmt"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/kernel"
)

// activation is a function of each element, or of each line along the last axis.
type activation struct{ engine.Activation }

// NewActivation returns an activation along the last axis.
func NewActivation(a engine.Activation) Op { return &activation{a} }

func (a *activation) alongAxis() bool { return a.Custom != nil || a.Func.Axis() }

// gated reports whether the last axis becomes half as long.
func (a *activation) gated() bool { return a.Custom == nil && a.Func == kernel.GLU }

func (a *activation) IsInPlace(int) bool { return !a.gated() }

func (a *activation) Shapes(in []Shape) ([]Shape, error) {
	if err := wantInputs(in, 1); err != nil {
		return nil, err
	}
	s := in[0]
	if !a.gated() {
		return one(s), nil
	}
	n := s.Last()
	if n == Open {
		return one(s), nil
	}
	if n%2 != 0 {
		return nil, fmt.Errorf("%w: its input has shape %v; glu cannot halve the last axis", fault.ErrShape, s)
	}
	return one(s.With(len(s)-1, n/2)), nil
}

func (a *activation) NewStep() Step {
	if a.Custom == nil && a.Func == kernel.Linear {
		return nil
	}
	return &activationStep{activation: a}
}

type activationStep struct {
	*activation
	out, in []float32
	width   int // of a line of the output
	lines   span
}

// functionMicros is about what a function takes for an element.
const functionMicros = 0.002

func (a *activationStep) Begin(out, in []Tensor) (Tasks, error) {
	a.out, a.in, a.width = out[0].Data, in[0].Data, 1
	if a.alongAxis() {
		a.width = out[0].Shape.Last()
	}
	if len(a.out) == 0 {
		return Tasks{}, nil
	}
	return a.lines.cut(len(a.out)/a.width, 64, functionMicros*float64(a.width)), nil
}

func (a *activationStep) Do(i int, s *Scratch) {
	first, end := a.lines.task(i)
	w := a.width
	switch {
	case a.gated():
		for r := first; r < end; r++ {
			y, x := a.out[r*w:][:w], a.in[2*r*w:][:2*w]
			copy(y, x)
			s.set.Gate(y, x[w:])
		}
	case a.alongAxis():
		copyUnlessSame(a.out[first*w:end*w], a.in[first*w:])
		for r := first; r < end; r++ {
			s.activate(&a.Activation, a.out[r*w:][:w])
		}
	default:
		// In parts that stay in the cache between the copy and the function.
		const part = 4096
		for ; first < end; first += part {
			y := a.out[first:min(first+part, end)]
			copyUnlessSame(y, a.in[first:])
			s.activate(&a.Activation, y)
		}
	}
}

// copyUnlessSame copies where the output does not take the place of the input.
func copyUnlessSame(dst, src []float32) {
	if len(dst) > 0 && &dst[0] != &src[0] {
		copy(dst, src)
	}
}
