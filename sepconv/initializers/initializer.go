// Package initializers holds the starting values of keras.initializers, under their
// names: for the fields of [sepconv.Config] that end in Initializer, and for arrays of a
// program's own.
//
//	initializers.HeNormal{}                             // keras.initializers.HeNormal()
//	initializers.HeNormal{Seed: 1}
//	initializers.RandomNormal{StdDev: 0.1, Seed: sepconv.Zero}   // keras.initializers.RandomNormal(stddev=0.1, seed=0)
package initializers

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
)

// An Initializer sets a weight's starting values. The types of this package
// carry Keras' names and formulas, and the zero value of each field is Keras'
// default; [sepconv.Zero] is the 0 where that is another. A program's own
// initializer is any type with these two methods, or a [Func].
//
// The random initializers have a Seed. If it is 0 they use the seed of the
// layer. Either way the same seed and shape give the same values on every
// machine and in every version of this package; they are not the values that
// Keras draws from that seed, which differ from one backend of Keras to the
// next.
//
// The methods of an Initializer may be called by several goroutines at once.
type Initializer interface {
	// Name is Keras' class name, such as "GlorotUniform".
	Name() string

	// Initialize fills w, a row-major array of the given shape. A random
	// initializer without a seed of its own draws from seed. The error wraps
	// [sepconv.ErrConfig] if a field of the initializer is wrong, and
	// [sepconv.ErrShape] if no weight of this shape can be initialized; w is
	// then left as it was.
	Initialize(w []float32, shape []int, seed uint64) error
}

// Func is a function that serves as an [Initializer]. It has no form in Keras' JSON.
type Func func(w []float32, shape []int, seed uint64) error

// Name returns "Func".
func (f Func) Name() string { return "Func" }

// Initialize calls f.
func (f Func) Initialize(w []float32, shape []int, seed uint64) error {
	if f == nil {
		return fmt.Errorf("%w: Func is nil, a function is required", fault.ErrConfig)
	}
	if err := param.CheckWeight("Func", w, shape); err != nil {
		return err
	}
	return f(w, shape, seed)
}

// Validate reports a nil function.
func (f Func) Validate(shape []int) error {
	if f == nil {
		return fmt.Errorf("%w: Func is nil, a function is required", fault.ErrConfig)
	}
	_, err := param.Elements("Func", shape)
	return err
}
