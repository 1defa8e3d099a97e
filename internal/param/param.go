// Package param is what the initializers, regularizers, constraints and optimizers have
// in common: parameters whose Go zero value stands for Keras' default, and the checks of
// parameters and of the weights they are for.
package param

import (
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/overlap"
)

// Zero is the 0 that is meant, where Go's zero value stands for another default: in
// fields of floats and of seeds alike. See sepconv.Zero.
const Zero = 1 << 63

// Or returns the meaning of a field: the default if it was left at its zero value.
func Or(value, otherwise float64) float64 {
	switch value {
	case 0:
		return otherwise
	case Zero:
		return 0
	}
	return value
}

// TextOr is Or for words.
func TextOr(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

// BadField says which field of which type is wrong, and what would be right.
func BadField(class, field string, value any, allowed string) error {
	return fmt.Errorf("%w: %s: %s is %v, it must be %s", fault.ErrConfig, class, field, value, allowed)
}

// BadShape says that a type cannot serve a weight of this shape.
func BadShape(class string, shape []int, required string) error {
	// Cloned, so that the caller's array does not escape to the heap on the way
	// that has no error.
	return fmt.Errorf("%w: %s: the shape is %v, %s", fault.ErrShape, class, slices.Clone(shape), required)
}

// Elements returns the number of elements of an array of this shape.
func Elements(class string, shape []int) (int, error) {
	empty := false
	for _, dim := range shape {
		if dim < 0 {
			return 0, BadShape(class, shape, "no dimension may be negative")
		}
		empty = empty || dim == 0
	}
	if empty {
		return 0, nil
	}
	n := 1
	for _, dim := range shape {
		if n > math.MaxInt/dim {
			return 0, BadShape(class, shape, "which has more elements than an int can count")
		}
		n *= dim
	}
	return n, nil
}

// CheckWeight reports an array that has not as many elements as its shape says.
func CheckWeight(class string, w []float32, shape []int) error {
	n, err := Elements(class, shape)
	if err != nil {
		return err
	}
	if len(w) != n {
		return BadShape(class, shape, fmt.Sprintf("which needs an array of %d elements, not %d", n, len(w)))
	}
	return nil
}

// CheckGradient reports a gradient that is not as long as its weight, or in its memory.
func CheckGradient(class string, dw, w []float32, shape []int) error {
	if err := CheckWeight(class, w, shape); err != nil {
		return err
	}
	if len(dw) != len(w) {
		return BadShape(class, shape, fmt.Sprintf("which needs a gradient of %d elements, not %d", len(w), len(dw)))
	}
	if overlap.Slices(dw, w) {
		return fmt.Errorf("%w: %s: the gradient is in the memory of the array that it is of; give it memory of its own", fault.ErrOverlap, class)
	}
	return nil
}

// CheckFloat32 reports a number that is not finite as a float32.
func CheckFloat32(class, field string, value float64) error {
	if math.IsNaN(value) || math.IsInf(float64(float32(value)), 0) {
		return BadField(class, field, value, "a finite float32")
	}
	return nil
}

// Round32 returns x as the nearest float32, which is what Keras makes of a
// parameter before it meets a float32 weight.
func Round32(x float64) float64 { return float64(float32(x)) }

// Fill sets every element to v.
func Fill(w []float32, v float32) {
	for i := range w {
		w[i] = v
	}
}

// Square returns x^2, which is exact.
func Square(x float32) float64 { return float64(float64(x) * float64(x)) }

// IsNilPointer is true of a nil *T in an interface, whose methods would panic.
func IsNilPointer(v any) bool {
	r := reflect.ValueOf(v)
	return r.Kind() == reflect.Pointer && r.IsNil()
}

// SamePackage reports whether the types of two values, or what they point to, are of
// the same package. A program's own type may have the methods of one of Keras' by
// embedding it, and is another.
func SamePackage(a, b any) bool {
	path := func(v any) string {
		t := reflect.TypeOf(v)
		if t != nil && t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t == nil {
			return ""
		}
		return t.PkgPath()
	}
	return path(a) == path(b)
}

// Validator is what can tell before any weight exists whether it fits weights of a
// shape, as all of Keras' own objects can.
type Validator interface {
	Validate(shape []int) error
}
