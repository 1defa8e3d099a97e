package losses

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
)

// Reduction says how the losses of the samples, each multiplied by its weight, become one:
// they are summed, and the sum is divided. The zero value stands for SumOverBatchSize,
// which is Keras' default.
type Reduction string

const (
	// SumOverBatchSize divides by the number of samples, whatever they weigh. Keras 3 calls
	// it "mean" too.
	SumOverBatchSize Reduction = "sum_over_batch_size"
	// Sum does not divide.
	Sum Reduction = "sum"
	// MeanWithSampleWeight divides by the sum of the weights; if that is 0, loss and gradient
	// are 0. With weights of 0 and 1 it is the mean over those of 1, as Keras takes it over
	// the samples that are not masked.
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
