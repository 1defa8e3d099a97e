package graph

import (
	"fmt"
	"math"
	"slices"

	"github.com/sepconv/go/internal/fault"
)

// view is the same elements under another shape.
type view struct {
	shape func(in []Shape) (Shape, error)
	time  placing
}

// placing is what a view does to the axis of time.
type placing uint8

const (
	timeStays placing = iota
	timeToBatch
	timeFromBatch
)

func newView(shape func(in []Shape) (Shape, error)) Op { return view{shape: shape} }

func (v view) NewStep() Step { return nil }

func (v view) Shapes(in []Shape) ([]Shape, error) {
	s, err := v.shape(in)
	if err != nil {
		return nil, err
	}
	return one(s), nil
}

// NewFlatten makes one axis of all but that of the batch.
func NewFlatten() Op {
	return newView(func(in []Shape) (Shape, error) { return merged(in[0], 1) })
}

// merged makes one axis of those from one on.
func merged(s Shape, axis int) (Shape, error) {
	n := 1
	for _, d := range s[axis:] {
		switch {
		case d == Open || n == Open:
			n = Open
		case d > 0 && n > math.MaxInt/d:
			return nil, fmt.Errorf("%w: its input has shape %v, more elements than an int can count", fault.ErrShape, s)
		default:
			n *= d
		}
	}
	return append(slices.Clone(s[:axis]), n), nil
}

// NewReshape gives each element of the batch another shape, of which one length may
// be -1, for what is left.
func NewReshape(to []int) Op {
	return newView(func(in []Shape) (Shape, error) {
		flat, err := merged(in[0], 1)
		if err != nil {
			return nil, err
		}
		n, known, rest := flat[1], 1, -1
		for i, d := range to {
			if d == -1 {
				rest = i
			} else {
				known *= d
			}
		}
		s := append(Shape{in[0][0]}, to...)
		switch {
		case n == Open:
			return s, nil
		case rest >= 0 && known > 0 && n%known == 0:
			s[rest+1] = n / known
		case rest >= 0 || n != known:
			return nil, fmt.Errorf("%w: its input has shape %v, which has not the elements of target shape %v", fault.ErrShape, in[0], to)
		}
		return s, nil
	})
}

// NewMergeTime makes one axis of batch and time, so that a layer sees each step for
// itself.
func NewMergeTime() Op {
	return view{func(in []Shape) (Shape, error) {
		s := in[0]
		if err := wantRankAtLeast(s, 3); err != nil {
			return nil, err
		}
		n := Open
		if s[0] != Open && s[1] != Open {
			n = s[0] * s[1]
		}
		return append(Shape{n}, s[2:]...), nil
	}, timeToBatch}
}

// NewSplitTime undoes it: batch and time are those of the second input.
func NewSplitTime() Op {
	return view{func(in []Shape) (Shape, error) {
		if err := wantRankAtLeast(in[0], 2); err != nil {
			return nil, err
		}
		return append(slices.Clone(in[1][:2]), in[0][1:]...), nil
	}, timeFromBatch}
}

// NewOneStep adds an axis of length 1 after that of the batch.
func NewOneStep() Op {
	return newView(func(in []Shape) (Shape, error) { return slices.Insert(slices.Clone(in[0]), 1, 1), nil })
}

// NewMergeLast makes one axis of the last ones.
func NewMergeLast(axes int) Op {
	return newView(func(in []Shape) (Shape, error) {
		if err := wantRankAtLeast(in[0], axes+1); err != nil {
			return nil, err
		}
		return merged(in[0], len(in[0])-axes)
	})
}

// NewLike undoes it: the shape is that of the second input.
func NewLike() Op {
	return newView(func(in []Shape) (Shape, error) { return slices.Clone(in[1]), nil })
}
