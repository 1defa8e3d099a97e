package optimizers

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
)

// A Schedule gives the learning rate of each step. The types of this package carry the
// names, formulas and defaults of keras.optimizers.schedules; [ScheduleFunc] is a
// program's own.
//
// They compute in float64, in the same bits on every CPU, and optimizers round what they
// return to float32. The methods may be called by several goroutines at once.
type Schedule interface {
	// Rate returns the learning rate of a step, counted from 0. The error, for a wrong field
	// or a negative step, wraps [sepconv.ErrConfig].
	Rate(step int64) (float64, error)
}

// A ScheduleFunc is a Schedule of a program's own.
type ScheduleFunc func(step int64) float64

// Rate returns f(step).
func (f ScheduleFunc) Rate(step int64) (float64, error) {
	if f == nil {
		return 0, fmt.Errorf("%w: the ScheduleFunc is nil; it must be a function", fault.ErrConfig)
	}
	return f(step), nil
}

// maxDecaySteps is up to where a float64 has every integer.
const maxDecaySteps = 1 << 53

// A rate is a field that must be finite and not negative.
type rate struct {
	field string
	value float64
}

// checkSchedule reports a negative step, a wrong number of steps or a wrong rate.
func checkSchedule(class string, step, decaySteps int64, rates ...rate) error {
	if err := checkStep(class, step); err != nil {
		return err
	}
	if decaySteps <= 0 || decaySteps > maxDecaySteps {
		return param.BadField(class, "DecaySteps", decaySteps, "above 0 and at most 2^53")
	}
	for _, r := range rates {
		if err := checkRange(class, r.field, r.value, anyPositive); err != nil {
			return err
		}
	}
	return nil
}

// checkStep reports a negative step.
func checkStep(class string, step int64) error {
	if step < 0 {
		return param.BadField(class, "the step", step, "0 or more")
	}
	return nil
}

// periods returns step/decaySteps, or the integer below.
func periods(step, decaySteps int64, staircase bool) float64 {
	if staircase {
		return float64(step / decaySteps)
	}
	return float64(step) / float64(decaySteps)
}
