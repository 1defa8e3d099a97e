package losses

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/generic"
	"github.com/sepconv/go/internal/param"
)

// CategoricalCrossentropy is -sum(targets * log(softmax(logits))) of each sample, with
// the derivative softmax(logits) * sum(targets) - targets.
// Keras: CategoricalCrossentropy(from_logits=True).
//
// Targets are the probabilities of the classes. Where they do not sum to 1, as in a row
// of zeros, TensorFlow's gradient, softmax(logits) - targets, is not that of its loss;
// this one is. A logit of -Inf makes the loss NaN if its target is 0 and infinite if not,
// and the gradient stays finite, as in Keras.
type CategoricalCrossentropy struct {
	// LabelSmoothing, from 0 to 1, moves the targets t towards all being equal:
	// t*(1-LabelSmoothing) + LabelSmoothing/classes. Default 0.
	LabelSmoothing float64

	// Reduction is what becomes of the losses of the samples.
	Reduction Reduction
}

// Compute returns the loss of logits (samples, classes) for targets (samples, classes),
// and writes its derivative by the logits to dlogits. See the package's documentation.
func (l CategoricalCrossentropy) Compute(dlogits, logits, targets, weights []float32, classes int) (loss float64, err error) {
	const class = "CategoricalCrossentropy"
	b, err := newBatch(class, "logits", dlogits, logits, weights, classes, l.Reduction)
	if err != nil {
		return 0, err
	}
	if err := b.checkTargets(class, "logits", targets); err != nil {
		return 0, err
	}
	smooth, err := newSmoothing(class, l.LabelSmoothing, 1/float64(classes))
	if err != nil {
		return 0, err
	}
	exp := newExponential()
	return b.compute(func(d, x []float32, i int, share float64) float64 {
		highest, sum := softmax(exp, d, x)
		logSum := generic.LogSum(sum)
		t := targets[i*classes:][:classes]
		var total, loss generic.Lanes
		for j, v := range x {
			target := smooth.of(t[j])
			total.Add(j, target)
			loss.Add(j, float64(target*(highest-float64(v)+logSum)))
		}
		all := total.Sum()
		for j, e := range d {
			d[j] = float32(share * (float64(float64(e)/sum*all) - smooth.of(t[j])))
		}
		return loss.Sum()
	}), nil
}

// smoothing moves targets towards the middle.
type smoothing struct{ keep, add float64 }

// newSmoothing returns what moves targets by a part of the way to middle.
func newSmoothing(class string, part, middle float64) (smoothing, error) {
	part = param.Or(part, 0)
	if !(0 <= part && part <= 1) {
		return smoothing{}, fmt.Errorf("%w: %s: LabelSmoothing is %v, it must be from 0 to 1", fault.ErrConfig, class, part)
	}
	return smoothing{1 - part, float64(part * middle)}, nil
}

// of returns the target that t becomes.
func (s smoothing) of(t float32) float64 { return float64(float64(t)*s.keep) + s.add }
