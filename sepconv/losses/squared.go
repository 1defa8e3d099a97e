package losses

import "github.com/sepconv/go/internal/generic"

// MeanSquaredError is the mean over a sample of (prediction - target)^2, and has the
// derivative 2 * (prediction - target) / outputs. Keras: MeanSquaredError().
type MeanSquaredError struct {
	// Reduction is what becomes of the losses of the samples.
	Reduction Reduction
}

// Compute returns the loss of predictions (samples, outputs) for targets (samples,
// outputs), and writes its derivative by the predictions to dpredictions. See the
// package's documentation.
func (l MeanSquaredError) Compute(dpredictions, predictions, targets, weights []float32, outputs int) (loss float64, err error) {
	const class = "MeanSquaredError"
	b, err := newBatch(class, "predictions", dpredictions, predictions, weights, outputs, l.Reduction)
	if err != nil {
		return 0, err
	}
	if err := b.checkTargets(class, "predictions", targets); err != nil {
		return 0, err
	}
	return b.compute(func(d, x []float32, i int, share float64) float64 {
		t, each := targets[i*outputs:][:outputs], 2*share/float64(outputs)
		var loss generic.Lanes
		for j, v := range x {
			off := float64(v) - float64(t[j])
			loss.Add(j, float64(off*off))
			d[j] = float32(each * off)
		}
		return loss.Sum() / float64(outputs)
	}), nil
}
