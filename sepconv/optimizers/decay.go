package optimizers

import (
	"fmt"
	"sort"

	"github.com/sepconv/go/internal/elementary"
	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
)

// ExponentialDecay is
//
//	InitialLearningRate * DecayRate^(step/DecaySteps)
//
// Keras: ExponentialDecay(initial_learning_rate, decay_steps, decay_rate, staircase=False).
type ExponentialDecay struct {
	InitialLearningRate float64

	// DecaySteps is above 0.
	DecaySteps int64

	// DecayRate is above 0.
	DecayRate float64

	// Staircase rounds step/DecaySteps down.
	Staircase bool
}

// Rate returns the learning rate of a step.
func (e ExponentialDecay) Rate(step int64) (float64, error) {
	initial := param.Or(e.InitialLearningRate, 0)
	if err := checkSchedule("ExponentialDecay", step, e.DecaySteps, rate{"InitialLearningRate", initial}, rate{"DecayRate", e.DecayRate}); err != nil {
		return 0, err
	}
	if float32(e.DecayRate) == 0 {
		return 0, param.BadField("ExponentialDecay", "DecayRate", e.DecayRate, "above 0, as a float32 too")
	}
	return float64(initial * elementary.Pow(e.DecayRate, periods(step, e.DecaySteps, e.Staircase))), nil
}

// InverseTimeDecay is
//
//	InitialLearningRate / (1 + DecayRate * step/DecaySteps)
//
// Keras: InverseTimeDecay(initial_learning_rate, decay_steps, decay_rate, staircase=False).
type InverseTimeDecay struct {
	InitialLearningRate float64

	// DecaySteps is above 0.
	DecaySteps int64

	// DecayRate is 0 or more.
	DecayRate float64

	// Staircase rounds step/DecaySteps down.
	Staircase bool
}

// Rate returns the learning rate of a step.
func (i InverseTimeDecay) Rate(step int64) (float64, error) {
	initial, decay := param.Or(i.InitialLearningRate, 0), param.Or(i.DecayRate, 0)
	if err := checkSchedule("InverseTimeDecay", step, i.DecaySteps, rate{"InitialLearningRate", initial}, rate{"DecayRate", decay}); err != nil {
		return 0, err
	}
	return initial / (1 + float64(decay*periods(step, i.DecaySteps, i.Staircase))), nil
}

// PolynomialDecay goes from InitialLearningRate to EndLearningRate, and stays there:
//
//	(InitialLearningRate - EndLearningRate) * (1 - min(step, DecaySteps)/DecaySteps)^Power + EndLearningRate
//
// With Cycle it starts again after DecaySteps, each time from less high: in the formula,
// DecaySteps is replaced by its least positive multiple that is not below step.
//
// Keras: PolynomialDecay(initial_learning_rate, decay_steps, end_learning_rate=0.0001,
// power=1.0, cycle=False).
type PolynomialDecay struct {
	InitialLearningRate float64

	// DecaySteps is above 0.
	DecaySteps int64

	// EndLearningRate is the last. 0 stands for 0.0001.
	EndLearningRate float64

	// Power is 0 or more. 0 stands for 1, a straight line.
	Power float64

	// Cycle starts again after DecaySteps.
	Cycle bool
}

// Rate returns the learning rate of a step.
func (p PolynomialDecay) Rate(step int64) (float64, error) {
	initial, end, power := param.Or(p.InitialLearningRate, 0), param.Or(p.EndLearningRate, 0.0001), param.Or(p.Power, 1)
	err := checkSchedule("PolynomialDecay", step, p.DecaySteps,
		rate{"InitialLearningRate", initial}, rate{"EndLearningRate", end}, rate{"Power", power})
	if err != nil {
		return 0, err
	}
	left := p.DecaySteps - min(step, p.DecaySteps)
	total := p.DecaySteps
	if p.Cycle {
		if over := step % p.DecaySteps; over > 0 {
			left, total = p.DecaySteps-over, step-over+p.DecaySteps
		} else if step > 0 {
			left, total = 0, step
		}
	}
	return float64((initial-end)*elementary.Pow(float64(left)/float64(total), power)) + end, nil
}

// PiecewiseConstantDecay is Values[i] where i of the Boundaries are below the step.
// Keras: PiecewiseConstantDecay(boundaries, values).
type PiecewiseConstantDecay struct {
	// Boundaries are steps, each above the one before.
	Boundaries []int64

	// Values are learning rates, one more than the boundaries.
	Values []float64
}

// Rate returns the learning rate of a step.
func (p PiecewiseConstantDecay) Rate(step int64) (float64, error) {
	const class = "PiecewiseConstantDecay"
	if err := checkStep(class, step); err != nil {
		return 0, err
	}
	if len(p.Values) != len(p.Boundaries)+1 {
		return 0, fmt.Errorf("%w: %s: there are %d Values for %d Boundaries, there must be one more than these",
			fault.ErrConfig, class, len(p.Values), len(p.Boundaries))
	}
	for i, boundary := range p.Boundaries {
		if i > 0 && boundary <= p.Boundaries[i-1] {
			return 0, param.BadField(class, fmt.Sprintf("Boundaries[%d]", i), boundary, fmt.Sprintf("above the one before, %d", p.Boundaries[i-1]))
		}
	}
	for i, value := range p.Values {
		if err := checkRange(class, fmt.Sprintf("Values[%d]", i), param.Or(value, 0), anyPositive); err != nil {
			return 0, err
		}
	}
	below := sort.Search(len(p.Boundaries), func(i int) bool { return step <= p.Boundaries[i] })
	return param.Or(p.Values[below], 0), nil
}
