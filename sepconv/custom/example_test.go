package custom_test

import (
	"encoding/json"
	"fmt"
	"log"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/custom"
)

func ExampleObject() {
	// A layer with a regularizer and an activation of somebody's own, as Keras 3
	// writes them.
	var c sepconv.Config
	err := json.Unmarshal([]byte(`{"filters": 1, "kernel_size": [1],
		"activation": {"module": "builtins", "class_name": "function", "config": "mine>double", "registered_name": "function"},
		"bias_regularizer": {"module": null, "class_name": "MyReg", "config": {"a": 0.1}, "registered_name": "mine>MyReg"}}`), &c)
	if err != nil {
		log.Fatal(err)
	}
	regularizer := c.BiasRegularizer.(custom.Object) // which no layer needs
	fmt.Printf("%s %s\n", regularizer.Name(), regularizer.Config())

	// The activation's code has to come from this program.
	c.Activation = sepconv.WithCode(c.Activation.(custom.Object), sepconv.ActivationFunc(func(y []float32) {
		for i := range y {
			y[i] *= 2
		}
	}))
	layer, err := sepconv.NewFromWeights(c, 1, sepconv.Weights{Depthwise: []float32{1}, Pointwise: []float32{1}, Bias: []float32{0.5}})
	if err != nil {
		log.Fatal(err)
	}
	plan, err := layer.Compile()
	if err != nil {
		log.Fatal(err)
	}
	dst := make([]float32, 3)
	if err := plan.Run(dst, []float32{1, 2, 3}, 1, 3); err != nil {
		log.Fatal(err)
	}
	fmt.Println(dst)
	// Output:
	// mine>MyReg {"a":0.1}
	// [3 5 7]
}
