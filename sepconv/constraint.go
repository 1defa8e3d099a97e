package sepconv

import (
	"fmt"
	"math"
	"slices"
)

// A Constraint projects a weight onto the values it may have, after each step of training. The types of this package carry
// the names and the formulas of keras.constraints, and the zero value of each field is Keras' default; [ExplicitZero] is
// the 0 where that default is another. A program's own constraint is any type with these methods.
//
// Norms are summed in float64 in the order of the array, so that the same weight always gives the same bits.
//
// The methods may be called by several goroutines at once.
type Constraint interface {
	// Name is Keras' class name, such as "MaxNorm".
	Name() string

	// Project replaces w, a row-major array of the given shape, by its projection.
	Project(w []float32, shape []int)
}

// NonNeg sets negative elements to 0. NaN stays NaN. Keras: NonNeg(), "non_neg", "nonneg".
type NonNeg struct{}

// Name returns "NonNeg".
func (NonNeg) Name() string { return "NonNeg" }

// Project sets negative elements of w to 0.
func (NonNeg) Project(w []float32, shape []int) {
	for i, x := range w {
		if x < 0 {
			w[i] = 0
		}
	}
}

func (n NonNeg) validate(shape []int) error {
	_, err := elementCount(n.Name(), shape)
	return err
}

// epsilon is keras.backend.epsilon(), which keeps a norm of 0 from being divided by.
const epsilon = 1e-7

// AllAxes stands for axis=None of Keras: one norm over the whole weight.
func AllAxes() []int { return []int{everyAxis} }

// everyAxis is no index of an axis.
const everyAxis = math.MinInt

// reducedAxes returns for each axis of the weight whether the norm sums over it. nil is Keras' default, axis 0.
func reducedAxes(class string, axis, shape []int) ([]bool, error) {
	reduced := make([]bool, len(shape))
	if len(axis) == 1 && axis[0] == everyAxis {
		for i := range reduced {
			reduced[i] = true
		}
		return reduced, nil
	}
	if axis == nil {
		axis = []int{0}
	}
	for _, a := range axis {
		at := a
		if at < 0 {
			at += len(shape)
		}
		if at < 0 || at >= len(shape) {
			return nil, badField(class, "Axis", slices.Clone(axis),
				fmt.Sprintf("axes from %d to %d for a weight of %d dimensions", -len(shape), len(shape)-1, len(shape)))
		}
		if reduced[at] {
			return nil, badField(class, "Axis", slices.Clone(axis), "axes that are all different")
		}
		reduced[at] = true
	}
	return reduced, nil
}

// A grouping assigns the elements of an array to groups: those that differ only in the axes that are reduced.
type grouping struct {
	shape []int
	step  []int // what one step along each axis adds to the group's number: 0 along a reduced axis
	count int   // of groups
}

// newGrouping numbers the groups in row-major order. The elements of shape can be counted by an int.
func newGrouping(shape []int, reduced []bool) grouping {
	g := grouping{shape, make([]int, len(shape)), 1}
	for axis := len(shape) - 1; axis >= 0; axis-- {
		if !reduced[axis] {
			g.step[axis] = g.count
			g.count *= shape[axis]
		}
	}
	return g
}

// each calls f with the index and the group of every element, in the array's order.
func (g grouping) each(f func(i, group int)) {
	if slices.Contains(g.shape, 0) {
		return
	}
	at := make([]int, len(g.shape))
	for i, group := 0, 0; ; i++ {
		f(i, group)
		axis := len(at) - 1
		for ; axis >= 0; axis-- {
			at[axis]++
			group += g.step[axis]
			if at[axis] < g.shape[axis] {
				break
			}
			group -= g.step[axis] * at[axis]
			at[axis] = 0
		}
		if axis < 0 {
			return
		}
	}
}
