package main

import (
	"fmt"
	"math"

	"github.com/sepconv/go/bench/internal/protocol"
)

// curvatures are bounds of the second derivatives of activations, beside corners: by how
// much each can enlarge an error of its input on the way to its derivative.
var curvatures = map[string]float64{
	"linear": 0, "relu": 0, "relu6": 0, "tanh": 0.77, "sigmoid": 0.1, "softplus": 0.25, "softsign": 2, "elu": 1, "selu": 1.76,
	"gelu": 0.8, "silu": 0.5, "swish": 0.5,
}

// A trainingBound is how far two implementations of a step may be apart.
type trainingBound struct {
	output    *bound
	gradients [4]arrayBound
}

// An arrayBound is that of an array of gradients.
type arrayBound struct {
	name    string
	ours    []float32
	terms   []float32 // sum of |terms| of each gradient
	unit    float64   // by which to multiply it
	carried []float32 // what errors of the activation's derivative make of each; nil for none
}

// newTrainingBound returns the bound for the gradients of a step. Each side may err by
// a number of roundings, of 2^-24 of sum|terms| each: as many as there are taps, columns
// or filters in a sum, and of a sum over n rows 4*sqrt(n), or n if that is less: roundings
// go either way, and n of them in one direction would allow almost anything. What the
// derivative of an activation errs by, since its argument does, is carried through as the
// gradients themselves are.
func newTrainingBound(t *trainload) (*trainingBound, error) {
	output, err := newBound(t.workload)
	if err != nil {
		return nil, err
	}
	slope := slopes[t.layer.Activation]
	terms, err := t.termsOf(func(i int) float64 { return slope })
	if err != nil {
		return nil, err
	}
	carried := &protocol.Gradients{}
	if errs := t.slopeError(output); errs != nil {
		if carried, err = t.termsOf(errs); err != nil {
			return nil, err
		}
	}
	b := &trainingBound{output: output}
	units, carriedArrays, ours := t.layer.gradientUnits(), carried.Arrays(), t.gradients().Arrays()
	for i, a := range terms.Arrays() {
		// The terms have been summed in float32 themselves.
		unit := 2 * units[i] * (1 + 2*units[i])
		b.gradients[i] = arrayBound{a.Name, *ours[i].Values, *a.Values, unit, *carriedArrays[i].Values}
	}
	return b, nil
}

// gradientUnits are by how much of their terms the gradients may err, in the order of the
// protocol.
func (l *layer) gradientUnits() [4]float64 {
	const epsilon = 0x1p-24
	rows := float64(l.Batch * l.outSteps())
	rows = min(rows, 4*math.Sqrt(rows))
	taps, filters := float64(l.Kernel), float64(l.Filters)
	return [...]float64{
		epsilon * (taps*float64(l.Multiplier) + filters + 2),
		epsilon * (rows + filters + 2),
		epsilon * (rows + taps + 2),
		epsilon * (rows + 2),
	}
}

// slopeError returns by how much the derivative of the activation at an output may err, nil
// if it is exact: its argument errs, and each side may err by 16 * 2^-24 of it and 4e-7
// itself.
func (t *trainload) slopeError(output *bound) func(i int) float64 {
	if output.slack == 0 {
		return nil
	}
	a := t.layer.Activation
	return func(i int) float64 {
		return curvatures[a]*t.layer.unit()*float64(output.terms[i]) + 16*0x1p-24*slopes[a] + 4e-7
	}
}

// termsOf returns, for each gradient, the sum of the absolute values of its terms, where
// the derivative of the activation is bounded by a factor of each output: the gradients
// of absolute values.
func (t *trainload) termsOf(factor func(i int) float64) (*protocol.Gradients, error) {
	s, err := t.linearLayer(absoluteWeights(t.weights))
	if err != nil {
		return nil, err
	}
	trainer, err := s.Train()
	if err != nil {
		return nil, err
	}
	ddst := absolute(t.ddst)
	for i := range ddst {
		ddst[i] *= float32(factor(i))
	}
	dst, dsrc := make([]float32, len(t.dst)), make([]float32, len(t.src))
	if err := trainer.Forward(dst, absolute(t.src), t.layer.Batch, t.layer.Steps); err != nil {
		return nil, err
	}
	if err := trainer.Backward(dsrc, ddst); err != nil {
		return nil, err
	}
	return t.inOrder(dsrc, trainer), nil
}

// check reports an output or gradients that are further off than the bound, and returns
// the largest difference as a share of it.
func (b *trainingBound) check(output []float32, gradients *protocol.Gradients) (float64, error) {
	worst, err := b.output.check(output)
	if err != nil {
		return 0, err
	}
	for i, a := range gradients.Arrays() {
		share, err := b.gradients[i].check(*a.Values)
		if err != nil {
			return 0, err
		}
		worst = max(worst, share)
	}
	return worst, nil
}

func (b *arrayBound) check(values []float32) (float64, error) {
	if len(values) != len(b.ours) {
		return 0, fmt.Errorf("its %s has %d elements; ours has %d", b.name, len(values), len(b.ours))
	}
	worst := 0.0
	for i, g := range values {
		allowed := b.unit * float64(b.terms[i])
		if b.carried != nil {
			allowed += 2 * float64(b.carried[i])
		}
		difference := math.Abs(float64(g) - float64(b.ours[i]))
		if !(difference <= allowed) { // NaN is not
			return 0, fmt.Errorf("element %d of its %s is %v; ours is %v, and %.3g is the most that they may differ", i, b.name, g, b.ours[i], allowed)
		}
		if difference > 0 {
			worst = max(worst, difference/allowed)
		}
	}
	return worst, nil
}
