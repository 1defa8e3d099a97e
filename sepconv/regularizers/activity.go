package regularizers

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
)

// Activity is the penalty that Keras' activity_regularizer puts on the output of a layer,
// after the activation: the regularizer's penalty divided by the batch, so that it does
// not grow with that.
type Activity struct {
	// Regularizer is that of the layer. nil is none, whose penalty is 0.
	Regularizer Regularizer

	// Undivided leaves the division out, as Keras 3.0 to 3.13 did. Keras 2 and Keras
	// 3.14 and later divide.
	Undivided bool
}

// Compute returns the penalty on y, the output of a layer, whose shape begins with the
// batch, and writes its derivative by each element of y to dy. Added to the derivative that
// comes back from the layers after, that is the derivative of the whole loss.
//
// dy is as long as y, or nil if it is not wanted. A batch of 0 has no penalty. On an error
// dy stays as it was, or is 0 if AddGradient returned the error. Errors are those of
// [Regularizer].
func (a Activity) Compute(dy, y []float32, shape []int) (loss float64, err error) {
	if err := a.check(dy, y, shape); err != nil {
		return 0, err
	}
	if a.Regularizer == nil || shape[0] == 0 {
		clear(dy)
		return 0, nil
	}
	if loss, err = a.Regularizer.Loss(y, shape); err != nil {
		return 0, err
	}
	if dy != nil {
		if err := a.gradient(dy, y, shape); err != nil {
			return 0, err
		}
	}
	return loss / a.divisor(shape), nil
}

// gradient makes dy the derivative of the penalty.
func (a Activity) gradient(dy, y []float32, shape []int) error {
	clear(dy)
	if err := a.Regularizer.AddGradient(dy, y, shape); err != nil {
		return err
	}
	divisor := float32(a.divisor(shape))
	for i := range dy {
		dy[i] /= divisor
	}
	return nil
}

// divisor is what penalty and gradient are divided by.
func (a Activity) divisor(shape []int) float64 {
	if a.Undivided {
		return 1
	}
	return float64(shape[0])
}

// check reports arrays that do not fit each other.
func (a Activity) check(dy, y []float32, shape []int) error {
	const class = "Activity"
	if param.IsNilPointer(a.Regularizer) {
		return fmt.Errorf("%w: %s: Regularizer is a nil pointer, it must be nil or point to a regularizer", fault.ErrConfig, class)
	}
	if len(shape) == 0 {
		return param.BadShape(class, shape, "it must begin with the batch")
	}
	if dy == nil {
		return param.CheckWeight(class, y, shape)
	}
	return param.CheckGradient(class, dy, y, shape)
}
