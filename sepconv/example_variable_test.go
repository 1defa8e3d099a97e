package sepconv_test

import (
	"fmt"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/optimizers"
)

// A program's own parameters are trained as those of layers are, here a line through
// points.
func ExampleVariables() {
	line, gradient := make([]float32, 2), make([]float32, 2)
	model := sepconv.Variables{{Name: "line/kernel", Value: line, Gradient: gradient}}
	optimizer := &optimizers.SGD{LearningRate: 0.1, Momentum: 0.5}
	for range 100 {
		clear(gradient)
		for _, x := range []float32{-1, 0, 1, 2} {
			miss := line[0]*x + line[1] - (2*x + 1)
			gradient[0] += miss * x / 2
			gradient[1] += miss / 2
		}
		if err := optimizer.Step(model); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("%.3f*x + %.3f\n", line[0], line[1])
	// Output:
	// 2.000*x + 1.000
}
