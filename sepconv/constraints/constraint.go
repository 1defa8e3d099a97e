// Package constraints holds the projections of keras.constraints, under their names: for
// the fields of [sepconv.Config] that end in Constraint, and for programs that train.
//
//	constraints.MaxNorm{}                                      // keras.constraints.MaxNorm(), over axis 0, of at most 2
//	constraints.MaxNorm{MaxValue: 3, Axis: []int{0, 1}}
//	constraints.UnitNorm{Axis: constraints.AllAxes()}          // axis=None
package constraints

import "github.com/sepconv/go/internal/param"

// A Constraint projects a weight onto the values it may have, after each step of
// training. The types of this package carry Keras' names and formulas, and the zero
// value of each field is Keras' default; [sepconv.Zero] is the 0 where that is another.
// A program's own constraint is any type with these methods.
//
// Norms are summed in float64 in the order of the array, and each element is rounded
// once, so that the same weight gives the same bits on every CPU. Norms that are not
// finite in float32, in which Keras sums, are here. What holds an infinity has an infinite
// norm, and a NaN makes all NaN that shares its norm.
//
// Errors wrap [sepconv.ErrConfig] if a field of the constraint is wrong, and
// [sepconv.ErrShape] if array and shape do not fit each other or the constraint. The
// methods may be called by several goroutines at once.
type Constraint interface {
	// Name is Keras' class name, such as "MaxNorm".
	Name() string

	// Project replaces w, a row-major array of the given shape, by its projection. If
	// there is an error, w is left as it was. The types of this package allocate nothing.
	Project(w []float32, shape []int) error
}

// NonNeg sets negative elements to 0. NaN and -0 stay. Keras: NonNeg(), "non_neg", "nonneg".
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
