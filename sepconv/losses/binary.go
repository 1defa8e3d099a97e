package losses

import (
	"math"

	"github.com/sepconv/go/internal/generic"
)

// BinaryCrossentropy is the mean over a sample of, with p = sigmoid(logit),
//
//	-target*log(p) - (1-target)*log(1-p)
//
// and has the derivative (p - target) / outputs. Keras: BinaryCrossentropy(from_logits=True).
//
// It is computed as max(x, 0) - x*target + log(1 + e^-|x|), in which nothing cancels or
// overflows. As in Keras it is NaN where a logit is -Inf and its target 0.
type BinaryCrossentropy struct {
	// LabelSmoothing, from 0 to 1, moves the targets t towards 1/2:
	// t*(1-LabelSmoothing) + LabelSmoothing/2. Default 0.
	LabelSmoothing float64

	// Reduction is what becomes of the losses of the samples.
	Reduction Reduction
}

// Compute returns the loss of logits (samples, outputs) for targets (samples, outputs),
// and writes its derivative by the logits to dlogits. See the package's documentation.
func (l BinaryCrossentropy) Compute(dlogits, logits, targets, weights []float32, outputs int) (loss float64, err error) {
	const class = "BinaryCrossentropy"
	b, err := newBatch(class, "logits", dlogits, logits, weights, outputs, l.Reduction)
	if err != nil {
		return 0, err
	}
	if err := b.checkTargets(class, "logits", targets); err != nil {
		return 0, err
	}
	smooth, err := newSmoothing(class, l.LabelSmoothing, 0.5)
	if err != nil {
		return 0, err
	}
	exp := newExponential()
	return b.compute(func(d, x []float32, i int, share float64) float64 {
		for j, v := range x {
			d[j] = float32(-math.Abs(float64(v)))
		}
		exp.apply(d)
		t, each := targets[i*outputs:][:outputs], share/float64(outputs)
		var loss generic.Lanes
		for j, v := range x {
			value, slope := logistic(float64(v), float64(d[j]), smooth.of(t[j]))
			loss.Add(j, value)
			d[j] = float32(each * slope)
		}
		return loss.Sum() / float64(outputs)
	}), nil
}

// logistic returns the loss of the logit x, of which e is e^-|x|, and its derivative. With
// s = e/(1+e), sigmoid(x) is s for x < 0 and else 1-s.
func logistic(x, e, target float64) (loss, slope float64) {
	loss = max(x, 0) - float64(x*target) + log1p(e)
	slope = e/(1+e) - target
	if x > 0 {
		slope = 1 - target - e/(1+e)
	}
	return loss, slope
}
