package main

import (
	"fmt"
	"math"
)

// slopes are bounds of the derivatives of activations: by how much each can
// enlarge an error of its input.
var slopes = map[string]float64{
	"linear": 1, "relu": 1, "relu6": 1, "tanh": 1, "sigmoid": 1, "softplus": 1, "softsign": 1, "elu": 1, "selu": 1.76,
	"gelu": 1.13, "silu": 1.1, "swish": 1.1,
}

// A bound is how far two implementations of a layer, each of which sums in an
// order of its own, may be apart.
type bound struct {
	ours  []float32
	terms []float32 // sum of |terms| of each output
	unit  float64   // by which to multiply it
	slack float64   // for the activation
}

// newBound returns the bound for the results of a workload: each side is within
// (k + C*M + 2) * 2^-24 * sum|terms| of the exact value before the activation,
// which is the bound that Keras' results are held to. An activation that is not
// exact may err by 16 * 2^-24 of its value and 4e-7 more.
func newBound(w *workload) (*bound, error) {
	slope, found := slopes[w.layer.Activation]
	if !found {
		return nil, fmt.Errorf("no bound is known for activation %q", w.layer.Activation)
	}
	terms, err := w.terms()
	if err != nil {
		return nil, err
	}
	// The terms have been summed in float32 themselves.
	epsilon := w.layer.unit()
	b := &bound{ours: w.channelsLast(w.dst, w.layer.Filters), terms: w.channelsLast(terms, w.layer.Filters), unit: 2 * slope * epsilon * (1 + 2*epsilon)}
	switch w.layer.Activation {
	case "linear", "relu", "relu6":
	default:
		b.slack = 1
	}
	return b, nil
}

// unit is by how much of its terms an output may err before the activation.
func (l *layer) unit() float64 { return float64(l.Kernel+l.columns()+2) * 0x1p-24 }

// check reports an output that is further off than the bound, and returns the
// largest difference as a share of it.
func (b *bound) check(output []float32) (float64, error) {
	if len(output) != len(b.ours) {
		return 0, fmt.Errorf("its output has %d elements; ours has %d", len(output), len(b.ours))
	}
	worst := 0.0
	for i, y := range output {
		ours := float64(b.ours[i])
		allowed := b.unit*float64(b.terms[i]) + b.slack*(16*0x1p-24*math.Abs(ours)+4e-7)
		difference := math.Abs(float64(y) - ours)
		if !(difference <= allowed) { // NaN is not
			return 0, fmt.Errorf("element %d of its output is %v; ours is %v, and %.3g is the most that they may differ", i, y, ours, allowed)
		}
		if difference > 0 {
			worst = max(worst, difference/allowed)
		}
	}
	return worst, nil
}
