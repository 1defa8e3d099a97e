package graph

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/fault"
)

// Shape is the lengths of a tensor's axes, that of the batch first.
type Shape []int

// Open stands for a length that only a run tells.
const Open = -1

// String is the shape as Keras writes it: (None, 8, 3).
func (s Shape) String() string {
	parts := make([]string, len(s))
	for i, n := range s {
		if parts[i] = strconv.Itoa(n); n == Open {
			parts[i] = "None"
		}
	}
	if len(s) == 1 {
		return "(" + parts[0] + ",)"
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// Last returns the length of the last axis.
func (s Shape) Last() int { return s[len(s)-1] }

// With returns the shape with another length of an axis.
func (s Shape) With(axis, n int) Shape {
	t := slices.Clone(s)
	t[axis] = n
	return t
}

// Elements returns the number of elements, 0 if a length is open.
func (s Shape) Elements() int {
	n := 1
	for _, d := range s {
		n *= max(d, 0)
	}
	return n
}

// rows is how many lines along the last axis there are.
func (s Shape) rows() int { return s[:len(s)-1].Elements() }

// maxAxes is how many axes a tensor may have. (Keras' layers know six at most, but
// those that give another shape any number.)
const maxAxes = 16

// check reports a shape with more axes than there may be, or more elements than an int
// can count.
func (s Shape) check() error {
	if len(s) == 0 || len(s) > maxAxes {
		return fmt.Errorf("%w: a tensor of shape %v; there may be from 1 to %d axes", fault.ErrShape, s, maxAxes)
	}
	if slices.Contains(s, Open) {
		return nil
	}
	if _, ok := engine.Elements(s...); !ok {
		return fmt.Errorf("%w: a tensor of shape %v has more elements than an int can count", fault.ErrShape, s)
	}
	return nil
}

// OpenLength returns the length of the open axis, 0 if there is none, of an array with so
// many elements for a batch. The error says of the array what is wrong: "has 3 elements; ...".
func (s Shape) OpenLength(batch, elements int) (int, error) {
	unit, open, ok := batch, false, batch >= 0
	for _, n := range s[1:] {
		if n == Open {
			open = true
		} else if ok {
			unit, ok = engine.Elements(unit, n)
		}
	}
	switch {
	case !ok:
		return 0, fmt.Errorf("has %d elements; a batch of %d of shape %v has more than an int can count", elements, batch, s)
	case !open && elements != unit:
		return 0, fmt.Errorf("has %d elements; a batch of %d of shape %v needs %d", elements, batch, s, unit)
	case !open, unit == 0 && elements == 0:
		return 0, nil
	case unit == 0 || elements%unit != 0:
		return 0, fmt.Errorf("has %d elements; a batch of %d of shape %v needs a multiple of %d", elements, batch, s, unit)
	}
	return elements / unit, nil
}

// axisOf returns an axis that may be counted from the end.
func (s Shape) axisOf(axis int) (int, error) {
	a := axis
	if a < 0 {
		a += len(s)
	}
	if a < 0 || a >= len(s) {
		return 0, fmt.Errorf("%w: axis %d of an input of shape %v", fault.ErrShape, axis, s)
	}
	return a, nil
}

// fits reports whether a length is one, as far as both are known.
func fits(a, b int) bool { return a == b || a == Open || b == Open }

// one is the shape of an operation's only output.
func one(s Shape) []Shape { return []Shape{s} }

// wantRank reports an input that has not so many axes.
func wantRank(s Shape, rank int) error {
	if len(s) != rank {
		return fmt.Errorf("%w: its input has shape %v; it must have %d axes", fault.ErrShape, s, rank)
	}
	return nil
}

// wantRankAtLeast reports an input that has fewer axes.
func wantRankAtLeast(s Shape, rank int) error {
	if len(s) < rank {
		return fmt.Errorf("%w: its input has shape %v; it must have at least %d axes", fault.ErrShape, s, rank)
	}
	return nil
}

// wantLast reports an input of another number of channels.
func wantLast(s Shape, n int) error {
	if err := wantRankAtLeast(s, 1); err != nil {
		return err
	}
	if s.Last() != n {
		return fmt.Errorf("%w: its input has shape %v; its weights are for a last axis of %d", fault.ErrShape, s, n)
	}
	return nil
}

// wantInputs reports another number of inputs.
func wantInputs(in []Shape, n int) error {
	if len(in) != n {
		return fmt.Errorf("%w: it is given %d inputs; it takes %d", fault.ErrShape, len(in), n)
	}
	return nil
}

// CheckAxis reports inputs that are not one of so many axes, with so many elements
// along one of them.
func CheckAxis(in []Shape, rank, axis, n int) error {
	if err := wantInputs(in, 1); err != nil {
		return err
	}
	if err := wantRank(in[0], rank); err != nil {
		return err
	}
	if in[0][axis] != n {
		return fmt.Errorf("%w: its input has shape %v; its weights are for %d along axis %d", fault.ErrShape, in[0], n, axis)
	}
	return nil
}
