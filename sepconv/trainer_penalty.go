package sepconv

import (
	"fmt"

	"github.com/sepconv/go/sepconv/regularizers"
)

// Penalty returns what the layer adds to the loss, the sum of Keras' layer.losses: the
// penalties of the weights as they are now, and of the output of the last Forward. A
// Frozen layer has that of the output alone, as in Keras 3.
func (t *Trainer) Penalty() (float64, error) {
	if err := t.ready(); err != nil {
		return 0, err
	}
	loss := t.activity.loss
	for i := range t.variables {
		v := &t.variables[i]
		if v.regularizer == nil {
			continue
		}
		penalty, err := v.regularizer.Loss(v.Value, v.Shape)
		if err != nil {
			return 0, fmt.Errorf("%s regularizer: %w", v.what, err)
		}
		loss += penalty
	}
	return loss, nil
}

// AddPenalty returns Penalty, and adds the derivatives of the weights' penalties to the
// gradients. Call it once in a step, even if that has several calls of Backward. (Backward
// adds the derivative of the output's penalty.)
//
// If a user's regularizer returns an error, the gradients of the arrays before its own have
// been changed already.
func (t *Trainer) AddPenalty() (float64, error) {
	loss, err := t.Penalty()
	if err != nil {
		return 0, err
	}
	for i := range t.variables {
		v := &t.variables[i]
		if v.regularizer == nil {
			continue
		}
		if err := v.regularizer.AddGradient(v.Gradient, v.Value, v.Shape); err != nil {
			return 0, fmt.Errorf("%s regularizer: %w", v.what, err)
		}
	}
	return loss, nil
}

// tryPenalties reports regularizers that have no value or no derivative.
func (t *Trainer) tryPenalties() error {
	for i := range t.variables {
		v := &t.variables[i]
		if v.regularizer == nil {
			continue
		}
		if _, err := v.regularizer.Loss(v.Value, v.Shape); err != nil {
			return fmt.Errorf("%s regularizer: %w", v.what, err)
		}
		if err := v.regularizer.AddGradient(make([]float32, len(v.Value)), v.Value, v.Shape); err != nil {
			return fmt.Errorf("%s regularizer: %w", v.what, err)
		}
	}
	n := t.layer.geometry.Filters
	var try activity
	try.of = t.activity.of
	return try.forward(make([]float32, n), order(&t.layer.geometry, 1, 1, n))
}

// activity is the penalty on the output.
type activity struct {
	of       regularizers.Activity
	loss     float64
	gradient []float32 // by the last output
	shape    [3]int
}

// forward computes the penalty of an output, and its derivative.
func (a *activity) forward(dst []float32, shape [3]int) (err error) {
	if a.of.Regularizer == nil {
		return nil
	}
	if cap(a.gradient) < len(dst) || a.gradient == nil {
		a.gradient = make([]float32, len(dst))
	}
	a.gradient, a.shape = a.gradient[:len(dst)], shape
	if a.loss, err = a.of.Compute(a.gradient, dst, a.shape[:]); err != nil {
		return fmt.Errorf("activity regularizer: %w", err)
	}
	return nil
}

// backward returns the gradient of the loss by the output with that of the penalty.
func (a *activity) backward(ddst []float32) []float32 {
	if a.of.Regularizer == nil {
		return ddst
	}
	for i, g := range ddst {
		a.gradient[i] += g
	}
	return a.gradient
}
