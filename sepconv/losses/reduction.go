package losses

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
)

// Reduction is what becomes of the losses of the samples, each multiplied by its
// weight: they are summed and divided. The zero value stands for SumOverBatchSize, which
// is Keras' default.
type Reduction string

const (
	// SumOverBatchSize divides by the number of samples, whatever they weigh. Keras 3 calls
	// it "mean" too.
	SumOverBatchSize Reduction = "sum_over_batch_size"
	// Sum does not divide.
	Sum Reduction = "sum"
	// MeanWithSampleWeight divides by the sum of the weights, from the first to the last;
	// all is 0 if that is 0. With weights of 0 and 1 it is the mean over some of the
	// samples, as Keras has it of those that are not masked.
	MeanWithSampleWeight Reduction = "mean_with_sample_weight"
)

// divisor returns what the weighted sum over the samples is divided by.
func (r Reduction) divisor(class string, weights []float32, samples int) (float64, error) {
	switch r {
	case "", SumOverBatchSize:
		return float64(samples), nil
	case Sum:
		return 1, nil
	case MeanWithSampleWeight:
		if weights == nil {
			return float64(samples), nil
		}
		sum := 0.0
		for _, w := range weights {
			sum += float64(w)
		}
		return sum, nil
	}
	return 0, fmt.Errorf("%w: %s: Reduction is %.80q, it must be %q, %q or %q", fault.ErrConfig, class, string(r), SumOverBatchSize, Sum, MeanWithSampleWeight)
}
