package sepconv_test

import (
	"fmt"
	"log"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/losses"
	"github.com/sepconv/go/sepconv/optimizers"
)

// A layer learns to tell at each step of a signal whether it has risen.
func ExampleTrainer() {
	layer, err := sepconv.New(sepconv.Config{Filters: 2, KernelSize: 2, Padding: sepconv.Causal}, 1)
	if err != nil {
		log.Fatal(err)
	}
	if err := layer.Initialize(1); err != nil { // starting values from a seed
		log.Fatal(err)
	}
	trainer, err := layer.Train()
	if err != nil {
		log.Fatal(err)
	}

	src := []float32{0.3, 0.1, 0.4, 0.9, 0.5, 0.2, 0.6, 0.7} // (batch 1, steps 8, channels 1)
	labels := []int32{1, 0, 1, 1, 0, 0, 1, 1}                // a class for each step
	scores, dscores := make([]float32, 16), make([]float32, 16)
	adam := &optimizers.Adam{LearningRate: 0.1}
	for step := range 101 {
		trainer.ZeroGradients()
		if err := trainer.Forward(scores, src, 1, 8); err != nil {
			log.Fatal(err)
		}
		loss, err := losses.SparseCategoricalCrossentropy{}.Compute(dscores, scores, labels, nil, 2)
		if err != nil {
			log.Fatal(err)
		}
		if err := trainer.Backward(nil, dscores); err != nil { // adds to the gradients
			log.Fatal(err)
		}
		if err := adam.Step(trainer); err != nil { // changes the weights in place
			log.Fatal(err)
		}
		if step%50 == 0 {
			right, err := losses.CountCorrect(scores, labels, 2)
			if err != nil {
				log.Fatal(err)
			}
			fmt.Printf("step %d: loss %.3f, %d of 8 right\n", step, loss, right)
		}
	}
	if err := layer.SetWeights(trainer.Weights()); err != nil { // to be compiled, or saved for Keras
		log.Fatal(err)
	}
	// Output:
	// step 0: loss 1.457, 3 of 8 right
	// step 50: loss 0.192, 8 of 8 right
	// step 100: loss 0.010, 8 of 8 right
}
