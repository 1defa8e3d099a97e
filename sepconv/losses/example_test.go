package losses_test

import (
	"fmt"

	"github.com/sepconv/go/sepconv/losses"
)

// show prints a loss and its gradient.
func show(loss float64, gradient []float32, err error) {
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("loss %.4f, gradient %.3f\n", loss, gradient)
}

func ExampleSparseCategoricalCrossentropy() {
	logits := []float32{2, 0, 0, 1, 1, 4} // two samples of three classes
	dlogits := make([]float32, len(logits))
	loss, err := losses.SparseCategoricalCrossentropy{}.Compute(dlogits, logits, []int32{0, 1}, nil, 3)
	show(loss, dlogits, err)
	// Output:
	// loss 1.6672, gradient [-0.107 0.053 0.053 0.023 -0.477 0.455]
}

// Steps that are padding have a weight of 0.
func ExampleReduction() {
	logits := []float32{2, 0, 5, 5} // two samples of two classes
	for _, r := range []losses.Reduction{losses.SumOverBatchSize, losses.Sum, losses.MeanWithSampleWeight} {
		loss, err := losses.SparseCategoricalCrossentropy{Reduction: r}.Compute(nil, logits, []int32{0, 0}, []float32{1, 0}, 2)
		fmt.Printf("%s: %.4f %v\n", r, loss, err)
	}
	// Output:
	// sum_over_batch_size: 0.0635 <nil>
	// sum: 0.1269 <nil>
	// mean_with_sample_weight: 0.1269 <nil>
}

func ExampleCategoricalCrossentropy() {
	logits, targets := []float32{2, 0, 0}, []float32{1, 0, 0}
	dlogits := make([]float32, len(logits))
	loss, err := losses.CategoricalCrossentropy{LabelSmoothing: 0.3}.Compute(dlogits, logits, targets, nil, 3)
	show(loss, dlogits, err)
	// Output:
	// loss 0.6395, gradient [-0.013 0.007 0.007]
}

func ExampleBinaryCrossentropy() {
	logits, targets := []float32{2, -3}, []float32{1, 1} // one sample of two outputs
	dlogits := make([]float32, len(logits))
	loss, err := losses.BinaryCrossentropy{}.Compute(dlogits, logits, targets, nil, 2)
	show(loss, dlogits, err)
	// Output:
	// loss 1.5878, gradient [-0.060 -0.476]
}

func ExampleMeanSquaredError() {
	predictions, targets := []float32{1, 2, 3, 4}, []float32{1, 1, 1, 1} // two samples of two outputs
	dpredictions := make([]float32, len(predictions))
	loss, err := losses.MeanSquaredError{}.Compute(dpredictions, predictions, targets, nil, 2)
	show(loss, dpredictions, err)
	// Output:
	// loss 3.5000, gradient [0.000 0.500 1.000 1.500]
}

func ExampleCountCorrect() {
	logits := []float32{0, 3, 1, 2, 2, 0} // two samples of three classes
	correct, err := losses.CountCorrect(logits, []int32{1, 1}, 3)
	fmt.Println(correct, err) // of two equal logits the first counts
	// Output:
	// 1 <nil>
}

func ExampleCountCorrectTargets() {
	correct, err := losses.CountCorrectTargets([]float32{0, 3, 1}, []float32{0.1, 0.8, 0.1}, 3)
	fmt.Println(correct, err)
	// Output:
	// 1 <nil>
}
