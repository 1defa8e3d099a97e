package losses

import (
	"errors"
	"fmt"

	"github.com/sepconv/go/internal/generic"
	"github.com/sepconv/go/internal/overlap"
)

// ErrLabel: a label is the number of no class.
var ErrLabel = errors.New("sepconv: invalid label")

// SparseCategoricalCrossentropy is -log(softmax(logits)[label]) of each sample, with the
// derivative softmax(logits) - 1 at the label, softmax(logits) elsewhere.
// Keras: SparseCategoricalCrossentropy(from_logits=True).
//
// With d the distance of a logit from the greatest of its sample, the loss of a sample is
// within the mean of (0.87 + d/2) * 2^-23, weighted by softmax, of the truth.
type SparseCategoricalCrossentropy struct {
	// Reduction is what becomes of the losses of the samples.
	Reduction Reduction
}

// Compute returns the loss of logits (samples, classes) for labels (samples), each from 0
// to classes-1, and writes its derivative by the logits to dlogits. See the package's
// documentation.
//
// Samples that are padding have a weight of 0 and any label; [MeanWithSampleWeight] then is
// Keras' ignore_class.
func (l SparseCategoricalCrossentropy) Compute(dlogits, logits []float32, labels []int32, weights []float32, classes int) (loss float64, err error) {
	const class = "SparseCategoricalCrossentropy"
	b, err := newBatch(class, "logits", dlogits, logits, weights, classes, l.Reduction)
	if err != nil {
		return 0, err
	}
	if err := checkLabels(class, labels, b.samples, classes); err != nil {
		return 0, err
	}
	if overlap.Slices(dlogits, labels) {
		return 0, shared(class, "logits", "labels")
	}
	exp := newExponential()
	return b.compute(func(d, x []float32, i int, share float64) float64 {
		label := labels[i]
		highest, sum := softmax(exp, d, x)
		other := sum - float64(d[label])
		for j, e := range d {
			d[j] = float32(share * (float64(e) / sum))
		}
		d[label] = float32(share * (-other / sum))
		return highest - float64(x[label]) + generic.LogSum(sum)
	}), nil
}

// checkLabels reports labels that are not one for each sample, or of no class.
func checkLabels(class string, labels []int32, samples, classes int) error {
	if len(labels) != samples {
		return badLength(class, "labels", len(labels), samples)
	}
	for i, label := range labels {
		if label < 0 || int(label) >= classes {
			return fmt.Errorf("%w: %s: label %d is %d, it must be from 0 to %d", ErrLabel, class, i, label, classes-1)
		}
	}
	return nil
}
