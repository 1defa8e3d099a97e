package graph

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
)

// A mask is a tensor of 1 for the steps that count and 0 for others.

// notEqual is 1 where an element, or one of a line along the last axis, is not a
// value.
type notEqual struct {
	value float32
	any   bool
}

// NewNotEqual returns the mask of elements that are not a value.
func NewNotEqual(value float32) Op { return &notEqual{value, false} }

// NewAnyNotEqual returns the mask of lines along the last axis in which one element is
// not a value.
func NewAnyNotEqual(value float32) Op { return &notEqual{value, true} }

func (m *notEqual) Shapes(in []Shape) ([]Shape, error) {
	if err := wantInputs(in, 1); err != nil {
		return nil, err
	}
	if !m.any {
		return one(in[0]), nil
	}
	if err := wantRankAtLeast(in[0], 2); err != nil {
		return nil, err
	}
	return one(in[0][:len(in[0])-1]), nil
}

func (m *notEqual) NewStep() Step { return &notEqualStep{notEqual: m} }

type notEqualStep struct {
	*notEqual
	out, in []float32
	width   int
	lines   span
}

func (m *notEqualStep) Begin(out, in []Tensor) (Tasks, error) {
	m.out, m.in, m.width = out[0].Data, in[0].Data, 1
	if m.any {
		m.width = in[0].Shape.Last()
	}
	return m.lines.cut(len(m.out), 1, moveMicros*float64(m.width)), nil
}

func (m *notEqualStep) Do(i int, _ *Scratch) {
	first, end := m.lines.task(i)
	for ; first < end; first++ {
		m.out[first] = 0
		for _, x := range m.in[first*m.width:][:m.width] {
			if x != m.value {
				m.out[first] = 1
				break
			}
		}
	}
}

// selection takes of two tensors the elements of the first where a mask is 1. It is
// of shape (batch, ...) and counts for all of a line where tensors have more axes.
type selection struct {
	hasOther bool
	value    float32
}

// NewSelect takes the first input where the mask, the second one, is 1, and otherwise
// the third.
func NewSelect() Op { return &selection{hasOther: true} }

// NewFill takes the first input where the mask is 1, and otherwise a value.
func NewFill(value float32) Op { return &selection{value: value} }

func (m *selection) IsInPlace(i int) bool { return i == 0 }

func (m *selection) Shapes(in []Shape) ([]Shape, error) {
	n := 2
	if m.hasOther {
		n = 3
	}
	if err := wantInputs(in, n); err != nil {
		return nil, err
	}
	ok := len(in[1]) <= len(in[0])
	for i := 0; ok && i < len(in[1]); i++ {
		ok = fits(in[0][i], in[1][i])
	}
	if m.hasOther {
		ok = ok && len(in[2]) == len(in[0])
		for i := 0; ok && i < len(in[2]); i++ {
			ok = fits(in[0][i], in[2][i])
		}
	}
	if !ok {
		return nil, fmt.Errorf("%w: a mask of shape %v for inputs of shapes %v", fault.ErrShape, in[1], in)
	}
	return one(in[0]), nil
}

func (m *selection) NewStep() Step { return &selectionStep{selection: m} }

type selectionStep struct {
	*selection
	out, x, mask, other []float32
	width               int
	lines               span
}

func (m *selectionStep) Begin(out, in []Tensor) (Tasks, error) {
	m.out, m.x, m.mask = out[0].Data, in[0].Data, in[1].Data
	if m.hasOther {
		m.other = in[2].Data
	}
	if len(m.out) == 0 {
		return Tasks{}, nil
	}
	m.width = len(m.out) / len(m.mask)
	return m.lines.cut(len(m.mask), 1, moveMicros*float64(m.width)), nil
}

func (m *selectionStep) Do(i int, _ *Scratch) {
	first, end := m.lines.task(i)
	for ; first < end; first++ {
		y := m.out[first*m.width:][:m.width]
		switch {
		case m.mask[first] != 0:
			copyUnlessSame(y, m.x[first*m.width:])
		case m.hasOther:
			copy(y, m.other[first*m.width:])
		default:
			for c := range y {
				y[c] = m.value
			}
		}
	}
}
