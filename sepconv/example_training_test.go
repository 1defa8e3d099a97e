package sepconv_test

import (
	"fmt"
	"log"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/losses"
	"github.com/sepconv/go/sepconv/optimizers"
)

// A layer learns what another one computes: how much a signal rises in a step.
func ExampleLayer_Train() {
	layer, err := sepconv.New(sepconv.Config{Filters: 1, KernelSize: 2, Padding: sepconv.Causal}, 1)
	if err != nil {
		log.Fatal(err)
	}
	if err := layer.SetWeights(sepconv.Weights{Depthwise: []float32{0.5, 0.5}, Pointwise: []float32{1}, Bias: []float32{0}}); err != nil {
		log.Fatal(err)
	}
	trainer, err := layer.Train()
	if err != nil {
		log.Fatal(err)
	}
	signal := []float32{0, 1, 3, 2, 2, 5, 4, 0} // (1 signal, 8 steps, 1 channel)
	rise := []float32{0, 1, 2, -1, 0, 3, -1, -4}
	y, dy := make([]float32, 8), make([]float32, 8)
	adam := &optimizers.Adam{LearningRate: 0.05}
	for step := range 401 {
		trainer.ZeroGradients()
		if err := trainer.Forward(y, signal, 1, 8); err != nil {
			log.Fatal(err)
		}
		loss, err := losses.MeanSquaredError{}.Compute(dy, y, rise, nil, 1)
		if err != nil {
			log.Fatal(err)
		}
		if err := trainer.Backward(nil, dy); err != nil {
			log.Fatal(err)
		}
		if step%200 == 0 {
			fmt.Printf("step %d: loss %.4f\n", step, loss)
		}
		if err := adam.Step(trainer); err != nil {
			log.Fatal(err)
		}
	}
	w := trainer.Weights()
	fmt.Printf("%.2f\n", []float32{w.Depthwise[0] * w.Pointwise[0], w.Depthwise[1] * w.Pointwise[0]})
	// Output:
	// step 0: loss 10.3750
	// step 200: loss 0.0000
	// step 400: loss 0.0000
	// [-1.00 1.00]
}
