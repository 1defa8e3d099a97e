package optimizers

import (
	"fmt"
	"math"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv"
)

// A Clip limits gradients before they are used. The zero value does not; one field at
// most may be set. Gradients themselves stay as they are: what is limited is what the
// step makes of them.
//
// Value leaves NaN as it is. If an element is NaN, Norm makes NaN of the whole gradient;
// if one is infinite, NaN of that and 0 of the rest. GlobalNorm makes NaN of all
// gradients in both cases. So does Keras.
type Clip struct {
	// Value limits each element to [-Value, Value]. Keras: clipvalue.
	Value float64

	// Norm limits the Euclidean norm of the gradient of each variable. Keras: clipnorm.
	Norm float64

	// GlobalNorm limits the Euclidean norm of all gradients together. Keras:
	// global_clipnorm.
	GlobalNorm float64
}

// check reports wrong fields.
func (c Clip) check(class string) error {
	set := 0
	for _, field := range [...]struct {
		name  string
		value float64
	}{{"Clip.Value", c.Value}, {"Clip.Norm", c.Norm}, {"Clip.GlobalNorm", c.GlobalNorm}} {
		if err := checkRange(class, field.name, param.Or(field.value, 0), anyPositive); err != nil {
			return err
		}
		if field.value == 0 {
			continue
		}
		if set++; float32(field.value) == 0 {
			return param.BadField(class, field.name, field.value, "0 for no limit, or large enough for a float32")
		}
	}
	if set > 1 {
		return fmt.Errorf("%w: %s: Clip is %+v, at most one of its fields may be set", fault.ErrConfig, class, c)
	}
	return nil
}

// A clipper is what a Clip does with the gradients of one step: Keras' operations.
type clipper struct {
	limit float32 // of each element; 0 is none
	norm  float32 // limit of that of each variable; 0 is none
	scale float32 // of all gradients
}

// of returns what the Clip does with these gradients.
func (c Clip) of(variables []sepconv.Variable) clipper {
	return clipper{
		limit: float32(param.Or(c.Value, 0)),
		norm:  float32(param.Or(c.Norm, 0)),
		scale: globalScale(float32(param.Or(c.GlobalNorm, 0)), variables),
	}
}

// globalScale returns what brings the norm of all gradients down to the limit, if that
// is not 0: 1 if it is no larger, NaN if it is infinite or NaN.
func globalScale(limit float32, variables []sepconv.Variable) float32 {
	if limit == 0 {
		return 1
	}
	sum := 0.0
	for i := range variables {
		sum += param.SumSquares(variables[i].Gradient)
	}
	norm := float32(math.Sqrt(sum))
	switch {
	case norm <= limit:
		return 1
	case math.IsInf(float64(norm), 1):
		return float32(math.NaN())
	}
	return limit * (1 / norm)
}

// divisor returns the norm of a variable's gradient, but at least the limit.
func (c *clipper) divisor(gradient []float32) float32 {
	if c.norm == 0 {
		return 0
	}
	return max(c.norm, float32(math.Sqrt(param.SumSquares(gradient))))
}

// block returns a block of a gradient as it is to be used: the block itself, or what is
// made of it in the buffer. The divisor is that of the whole gradient.
func (c *clipper) block(buffer, gradient []float32, divisor float32) []float32 {
	buffer = buffer[:len(gradient)]
	switch {
	case c.limit > 0:
		for i, g := range gradient {
			buffer[i] = max(-c.limit, min(g, c.limit)) // NaN stays
		}
	case divisor != c.norm: // larger, or NaN
		for i, g := range gradient {
			buffer[i] = float32(g*c.norm) / divisor
		}
	case c.scale != 1: // or NaN
		for i, g := range gradient {
			buffer[i] = g * c.scale
		}
	default:
		return gradient
	}
	return buffer
}
