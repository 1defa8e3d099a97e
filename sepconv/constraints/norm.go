package constraints

import "github.com/sepconv/go/internal/param"

// MaxNorm shrinks what is longer than MaxValue: with norm = sqrt(sum(w^2)) over the axes,
//
//	w * clip(norm, 0, MaxValue) / (1e-7 + norm)
//
// Keras: MaxNorm(max_value=2, axis=0), "max_norm", "maxnorm".
type MaxNorm struct {
	// MaxValue is the largest norm, 0 or more. 0 stands for 2.
	MaxValue float64

	// Axis lists the axes that the norm sums over; a negative one counts from
	// the end. nil stands for {0}, the taps of the depthwise kernel (k, C, M).
	// Axis 0 of the pointwise kernel (1, C*M, F) has one element, so that each
	// weight is a norm of its own; {1} sums over what a filter reads. [AllAxes]
	// is Keras' None.
	Axis []int
}

// Name returns "MaxNorm".
func (MaxNorm) Name() string { return "MaxNorm" }

// Project scales w.
func (m MaxNorm) Project(w []float32, shape []int) error {
	if err := m.Validate(shape); err != nil {
		return err
	}
	most := param.Round32(param.Or(m.MaxValue, defaultMaxNorm))
	return projectNorms(m.Name(), w, shape, m.Axis, func(norm float64) float64 {
		return clip(norm, 0, most) / (epsilon + norm)
	})
}

// Validate reports wrong fields, and axes that a weight of the shape does not have.
func (m MaxNorm) Validate(shape []int) error {
	if err := m.checkFields(); err != nil {
		return err
	}
	return validateAxes(m.Name(), m.Axis, shape)
}

// checkFields reports wrong parameters.
func (m MaxNorm) checkFields() error { return checkNorm(m.Name(), "MaxValue", m.MaxValue) }

// defaultMaxNorm is MaxNorm's max_value.
const defaultMaxNorm = 2

// UnitNorm makes every norm 1: with norm = sqrt(sum(w^2)) over the axes, w /
// (1e-7 + norm). Keras: UnitNorm(axis=0), "unit_norm", "unitnorm".
type UnitNorm struct {
	// Axis lists the axes that the norm sums over, as in [MaxNorm]. nil stands for {0}.
	Axis []int
}

// Name returns "UnitNorm".
func (UnitNorm) Name() string { return "UnitNorm" }

// Project scales w.
func (u UnitNorm) Project(w []float32, shape []int) error {
	if err := u.Validate(shape); err != nil {
		return err
	}
	return projectNorms(u.Name(), w, shape, u.Axis, func(norm float64) float64 { return 1 / (epsilon + norm) })
}

// Validate reports wrong fields, and axes that a weight of the shape does not have.
func (u UnitNorm) Validate(shape []int) error { return validateAxes(u.Name(), u.Axis, shape) }

// MinMaxNorm moves every norm towards the range from Min to Max: with norm =
// sqrt(sum(w^2)) over the axes,
//
//	w * (Rate*clip(norm, Min, Max) + (1-Rate)*norm) / (1e-7 + norm)
//
// Keras: MinMaxNorm(min_value=0.0, max_value=1.0, rate=1.0, axis=0), "min_max_norm".
type MinMaxNorm struct {
	// Min is the smallest norm, 0 or more. Default 0.
	Min float64

	// Max is the largest norm, at least Min. 0 stands for 1.
	Max float64

	// Rate is how much of the way is gone in one step: 1 is all of it. 0 stands for 1.
	Rate float64

	// Axis lists the axes that the norm sums over, as in [MaxNorm]. nil stands for {0}.
	Axis []int
}

// Name returns "MinMaxNorm".
func (MinMaxNorm) Name() string { return "MinMaxNorm" }

// Project scales w.
func (m MinMaxNorm) Project(w []float32, shape []int) error {
	if err := m.Validate(shape); err != nil {
		return err
	}
	least, most, rate := param.Round32(param.Or(m.Min, 0)), param.Round32(param.Or(m.Max, 1)), param.Round32(param.Or(m.Rate, 1))
	return projectNorms(m.Name(), w, shape, m.Axis, func(norm float64) float64 {
		desired := float64(rate*clip(norm, least, most)) + float64((1-rate)*norm)
		return desired / (epsilon + norm)
	})
}

// Validate reports wrong fields, and axes that a weight of the shape does not have.
func (m MinMaxNorm) Validate(shape []int) error {
	if err := m.checkFields(); err != nil {
		return err
	}
	return validateAxes(m.Name(), m.Axis, shape)
}

// checkFields reports wrong parameters.
func (m MinMaxNorm) checkFields() error {
	if err := checkNorm(m.Name(), "Min", m.Min); err != nil {
		return err
	}
	if err := checkNorm(m.Name(), "Max", m.Max); err != nil {
		return err
	}
	if param.Or(m.Min, 0) > param.Or(m.Max, 1) {
		return param.BadField(m.Name(), "Min", m.Min, "at most Max")
	}
	return param.CheckFloat32(m.Name(), "Rate", m.Rate)
}

// checkNorm reports a limit that no norm can have.
func checkNorm(class, field string, value float64) error {
	if err := param.CheckFloat32(class, field, value); err != nil {
		return err
	}
	if value < 0 {
		return param.BadField(class, field, value, "0 or more")
	}
	return nil
}

// validateAxes reports axes that a weight of this shape does not have.
func validateAxes(class string, axis, shape []int) error {
	if _, err := param.Elements(class, shape); err != nil {
		return err
	}
	_, err := reducedAxes(class, axis, shape)
	return err
}

// projectNorms multiplies every element by what scale makes of the norm of the elements
// that it shares the kept axes with.
func projectNorms(class string, w []float32, shape, axis []int, scale func(norm float64) float64) error {
	if err := param.CheckWeight(class, w, shape); err != nil {
		return err
	}
	reduced, err := reducedAxes(class, axis, shape)
	if err != nil || len(w) == 0 {
		return err
	}
	g := newGroups(shape, reduced)
	g.rescale(w, scale)
	return nil
}

// epsilon is keras.backend.epsilon(), which keeps a norm of 0 from being divided by.
const epsilon = 1e-7

// clip returns x, or the limit it is beyond. NaN stays NaN.
func clip(x, low, high float64) float64 { return max(low, min(x, high)) }
