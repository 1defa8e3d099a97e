package sepconv

import (
	"fmt"
	"math"
	"slices"
)

// An Initializer sets a weight's starting values. The types of this package carry the names and the formulas of
// keras.initializers, and the zero value of each field is Keras' default; [ExplicitZero] and [ZeroSeed] are for the
// fields where that default is not 0. A program's own initializer is any type with these two methods, or an
// [InitializerFunc].
//
// The random initializers have a Seed. If it is 0 they use the seed of the layer. Either way the same seed and shape give
// the same values on every machine and in every version of this package; they are not the values that Keras draws from
// that seed, which differ from one backend of Keras to the next.
//
// The methods of an Initializer may be called by several goroutines at once.
type Initializer interface {
	// Name is Keras' class name, such as "GlorotUniform".
	Name() string

	// Initialize fills w, a row-major array of the given shape. A random initializer without a seed of its own draws from
	// seed. The error wraps [ErrConfig] if a field of the initializer is wrong, and [ErrShape] if no weight of this shape
	// can be initialized; w is then left as it was.
	Initialize(w []float32, shape []int, seed uint64) error
}

// InitializerFunc is a function that serves as an [Initializer]. It has no form in Keras' JSON.
type InitializerFunc func(w []float32, shape []int, seed uint64) error

// Name returns "InitializerFunc".
func (f InitializerFunc) Name() string { return "InitializerFunc" }

// Initialize calls f.
func (f InitializerFunc) Initialize(w []float32, shape []int, seed uint64) error {
	if f == nil {
		return fmt.Errorf("%w: InitializerFunc is nil, a function is required", ErrConfig)
	}
	if err := checkWeight("InitializerFunc", w, shape); err != nil {
		return err
	}
	return f(w, shape, seed)
}

// A validator can tell before any weight exists whether it fits weights of a shape. All initializers, regularizers and
// constraints of this package are validators.
type validator interface {
	validate(shape []int) error
}

// validate reports a nil function.
func (f InitializerFunc) validate(shape []int) error {
	if f == nil {
		return fmt.Errorf("%w: InitializerFunc is nil, a function is required", ErrConfig)
	}
	_, err := elementCount("InitializerFunc", shape)
	return err
}

// badField says which field of which type is wrong, and what would be right.
func badField(class, field string, value any, allowed string) error {
	return fmt.Errorf("%w: %s: %s is %v, it must be %s", ErrConfig, class, field, value, allowed)
}

// badShape says that a type cannot serve a weight of this shape.
func badShape(class string, shape []int, required string) error {
	// Cloned, so that the caller's array does not escape to the heap on the way that has no error.
	return fmt.Errorf("%w: %s: the shape is %v, %s", ErrShape, class, slices.Clone(shape), required)
}

// elementCount returns the number of elements of an array of this shape.
func elementCount(class string, shape []int) (int, error) {
	empty := false
	for _, dim := range shape {
		if dim < 0 {
			return 0, badShape(class, shape, "no dimension may be negative")
		}
		empty = empty || dim == 0
	}
	if empty {
		return 0, nil
	}
	n := 1
	for _, dim := range shape {
		if n > math.MaxInt/dim {
			return 0, badShape(class, shape, "which has more elements than an int can count")
		}
		n *= dim
	}
	return n, nil
}

// checkWeight reports an array that has not as many elements as its shape says.
func checkWeight(class string, w []float32, shape []int) error {
	n, err := elementCount(class, shape)
	if err != nil {
		return err
	}
	if len(w) != n {
		return badShape(class, shape, fmt.Sprintf("which needs an array of %d elements, not %d", n, len(w)))
	}
	return nil
}

// checkFloat32 reports a number that is not finite as a float32.
func checkFloat32(class, field string, value float64) error {
	if math.IsNaN(value) || math.IsInf(float64(float32(value)), 0) {
		return badField(class, field, value, "a finite float32")
	}
	return nil
}
