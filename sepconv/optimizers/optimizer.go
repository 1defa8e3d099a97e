// Package optimizers holds the optimizers of keras.optimizers and the learning-rate
// schedules of keras.optimizers.schedules, under their names.
//
//	optimizer := &optimizers.Adam{Schedule: optimizers.CosineDecay{InitialLearningRate: 1e-3, DecaySteps: 10_000}}
//	for each batch {
//		...                          // adds to the gradients of model.Variables()
//		err := optimizer.Step(model) // changes their values
//		...                          // projects constrained weights, sets gradients to 0
//	}
//
// # As Keras
//
// A step does what Keras 3 does, in its order: clip the gradients, shrink the values by
// the weight decay, update. The penalties of regularizers are part of the gradients and
// so are there before; constraints are projected after. The zero value of each field is
// Keras' default; [sepconv.Zero] is the 0 where that is another.
//
// The update is Keras' sequence of float32 operations, each rounded once. Where that is all,
// values have the bits of Keras on TensorFlow. What differs is
//
//   - learning rates of schedules, and powers of Adam's betas: they are computed in
//     float64 and rounded once, where Keras rounds each operation to float32;
//   - norms: they are summed in float64, and gradients within the norm stay as they are,
//     where Keras multiplies them by a 1 that may be rounded;
//   - [RMSprop] with Centered, where Keras may take the root of a negative number, and
//     all of it from Keras 2, which multiplies by an approximate 1/sqrt;
//   - subnormal numbers, which TensorFlow takes for 0: they count, and cost some CPUs a
//     multiple of the time where a gradient has been 0 for long;
//   - use_ema, loss_scale_factor and gradient_accumulation_steps, which are not here: a
//     program that adds up the gradients of several batches calls Step after the last.
//
// # One answer everywhere
//
// The same values, gradients and fields give the same bits on every CPU: there is no
// fused multiply-add and no function of package math that is not exact. The norm of a
// gradient is the root of a sum of squares in float64, in one order: four running sums,
// of every fourth element each, that meet at the end as (a+b)+(c+d). That of all
// gradients is the root of the sum of these sums, in the order of the variables. Step
// runs on the goroutine that calls it.
//
// NaN and infinities in gradients are not looked for, and do what they do in float32.
//
// # State
//
// What an optimizer remembers of each variable, such as a momentum, is its state.
// MarshalBinary returns it and UnmarshalBinary takes it, so that a run that was stopped goes
// on with the same bits. The fields are not part of the state: set them as they were.
//
// # Errors
//
// Errors wrap [sepconv.ErrConfig] if a field is wrong, [sepconv.ErrShape] if the lengths
// of a variable do not fit each other, [sepconv.ErrWeights] if the variables are not
// those that the state is of, [sepconv.ErrOverlap] if variables share memory, and
// [sepconv.ErrFile] if a state is broken or another optimizer's. All is checked in every
// step before anything is written: with an error, values and state are as they were.
package optimizers

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv"
)

// An Optimizer changes variables by their gradients. The pointers to this package's types,
// such as *Adam, are Optimizers. None may be used by several goroutines at once, nor be
// copied after its first step.
type Optimizer interface {
	// Name is Keras' class name, such as "Adam".
	Name() string

	// Step changes the values of the variables by their gradients. It does not change the
	// gradients: the caller sets them to 0. The first call decides which variables the
	// optimizer is for, by their names, shapes and order; later calls allocate nothing.
	Step(of sepconv.Trainable) error

	// Iterations returns the number of steps that were taken.
	Iterations() int64

	// MarshalBinary returns the state: the number of steps, the variables' names and
	// shapes, and what is remembered of each.
	MarshalBinary() ([]byte, error)

	// UnmarshalBinary replaces the state by one that MarshalBinary returned, of an
	// optimizer of the same type with the same fields. It is good on any CPU.
	UnmarshalBinary(data []byte) error
}

// settings are the fields that all optimizers have, and what their class says.
type settings struct {
	class       string
	slots       slotNames
	rate        float64
	defaultRate float64
	schedule    Schedule
	decay       float64
	excluded    []string // from decay
	clip        Clip
}

// check reports a wrong field.
func (s *settings) check() error {
	if s.rate != 0 && s.schedule != nil {
		return param.BadField(s.class, "LearningRate", s.rate, "0 where there is a Schedule")
	}
	if err := checkRange(s.class, "LearningRate", param.Or(s.rate, 0), anyPositive); err != nil {
		return err
	}
	if err := checkRange(s.class, "WeightDecay", s.decay, anyPositive); err != nil {
		return err
	}
	return s.clip.check(s.class)
}

// learningRate returns that of the step after so many others.
func (s *settings) learningRate(iterations int64) (float32, error) {
	if s.schedule == nil {
		return float32(param.Or(s.rate, s.defaultRate)), nil
	}
	if param.IsNilPointer(s.schedule) {
		return 0, param.BadField(s.class, "Schedule", fmt.Sprintf("a nil %T", s.schedule), "a schedule, or nil to use LearningRate")
	}
	rate, err := s.schedule.Rate(iterations)
	if err != nil {
		if !errors.Is(err, fault.ErrConfig) {
			err = fmt.Errorf("%w: %s: the Schedule has no rate for step %d: %w", fault.ErrConfig, s.class, iterations, err)
		}
		return 0, err
	}
	if !(rate >= 0) || math.IsInf(float64(float32(rate)), 0) {
		return 0, param.BadField(s.class, fmt.Sprintf("the rate of Schedule at step %d", iterations), rate, "a finite float32 of 0 or more")
	}
	return float32(rate), nil
}

// decays reports whether a variable's value shrinks.
func (s *settings) decays(name string) bool {
	for _, part := range s.excluded {
		if strings.Contains(name, part) {
			return false
		}
	}
	return s.decay != 0
}

// nilOptimizer is the error of a nil pointer.
func nilOptimizer(class string) error {
	return fmt.Errorf("%w: the %s is nil; &optimizers.%[2]s{} is one", fault.ErrConfig, class)
}
