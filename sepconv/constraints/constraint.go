// Package constraints holds the projections of keras.constraints, under their names: for
// the fields of [sepconv.Config] that end in Constraint, and for programs that train.
//
//	constraints.MaxNorm{}                                      // keras.constraints.MaxNorm(), over axis 0, of at most 2
//	constraints.MaxNorm{MaxValue: 3, Axis: []int{0, 1}}
//	constraints.UnitNorm{Axis: constraints.AllAxes()}          // axis=None
package constraints

import (
	"fmt"
	"math"
	"slices"

	"github.com/sepconv/go/internal/param"
)

// A Constraint projects a weight onto the values it may have, after each step of
// training. The types of this package carry Keras' names and formulas, and the zero
// value of each field is Keras' default; [sepconv.Zero] is the 0 where that is another.
// A program's own constraint is any type with these methods.
//
// Norms are summed in float64 in the order of the array, so that the same weight always
// gives the same bits.
//
// Errors wrap [sepconv.ErrConfig] if a field of the constraint is wrong, and
// [sepconv.ErrShape] if array and shape do not fit each other or the constraint. The
// methods may be called by several goroutines at once.
type Constraint interface {
	// Name is Keras' class name, such as "MaxNorm".
	Name() string

	// Project replaces w, a row-major array of the given shape, by its projection. If
	// there is an error, w is left as it was.
	Project(w []float32, shape []int) error
}

// NonNeg sets negative elements to 0. NaN stays NaN. Keras: NonNeg(), "non_neg", "nonneg".
type NonNeg struct{}

// Name returns "NonNeg".
func (NonNeg) Name() string { return "NonNeg" }

// Project sets negative elements of w to 0.
func (n NonNeg) Project(w []float32, shape []int) error {
	if err := param.CheckWeight(n.Name(), w, shape); err != nil {
		return err
	}
	for i, x := range w {
		if x < 0 {
			w[i] = 0
		}
	}
	return nil
}

// Validate reports a shape that no array has.
func (n NonNeg) Validate(shape []int) error {
	_, err := param.Elements(n.Name(), shape)
	return err
}

// AllAxes stands for axis=None of Keras: one norm over the whole weight.
func AllAxes() []int { return []int{everyAxis} }

// everyAxis is no index of an axis.
const everyAxis = math.MinInt

// reducedAxes returns for each axis of the weight whether the norm sums over
// it. nil is Keras' default, axis 0.
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
			return nil, param.BadField(class, "Axis", slices.Clone(axis),
				fmt.Sprintf("axes from %d to %d for a weight of %d dimensions", -len(shape), len(shape)-1, len(shape)))
		}
		if reduced[at] {
			return nil, param.BadField(class, "Axis", slices.Clone(axis), "axes that are all different")
		}
		reduced[at] = true
	}
	return reduced, nil
}
