package regularizers_test

import (
	"fmt"

	"github.com/sepconv/go/sepconv/regularizers"
)

// penalty prints the loss and the gradient of a weight.
func penalty(r regularizers.Regularizer, w []float32, shape ...int) {
	dw := make([]float32, len(w))
	loss, err := r.Loss(w, shape)
	if err == nil {
		err = r.AddGradient(dw, w, shape)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: loss %.3f, gradient %.3f\n", r.Name(), loss, dw)
}

func ExampleRegularizer() {
	for _, r := range []regularizers.Regularizer{regularizers.L1{}, regularizers.L2{}, regularizers.L1L2{L1: 0.01, L2: 0.01}} {
		penalty(r, []float32{-1, 0, 3}, 3)
	}
	// Output:
	// L1: loss 0.040, gradient [-0.010 0.000 0.010]
	// L2: loss 0.100, gradient [-0.020 0.000 0.060]
	// L1L2: loss 0.140, gradient [-0.030 0.000 0.070]
}

func ExampleL1() {
	penalty(regularizers.L1{Factor: 0.1}, []float32{-1, 0, 3}, 3)
	// Output:
	// L1: loss 0.400, gradient [-0.100 0.000 0.100]
}

func ExampleL2() {
	penalty(regularizers.L2{Factor: 0.1}, []float32{-1, 0, 3}, 3)
	// Output:
	// L2: loss 1.000, gradient [-0.200 0.000 0.600]
}

func ExampleL1L2() {
	penalty(regularizers.L1L2{L1: 0.1, L2: 0.1}, []float32{-1, 0, 3}, 3)
	// Output:
	// L1L2: loss 1.400, gradient [-0.300 0.000 0.700]
}

func ExampleOrthogonalRegularizer() {
	penalty(regularizers.OrthogonalRegularizer{Factor: 1}, []float32{1, 0, 1, 1}, 2, 2)
	// Output:
	// OrthogonalRegularizer: loss 0.707, gradient [0.000 0.707 0.354 -0.354]
}

func ExampleActivity() {
	// The output of a layer for a batch of two signals, each of two steps and one filter.
	y := []float32{1, -2, 0, 3}
	dy := make([]float32, len(y))
	loss, err := regularizers.Activity{Regularizer: regularizers.L2{Factor: 0.5}}.Compute(dy, y, []int{2, 2, 1})
	fmt.Println(loss, dy, err)
	// Output:
	// 3.5 [0.5 -1 0 1.5] <nil>
}

func ExampleMarshal() {
	text, err := regularizers.Marshal(regularizers.L2{Factor: 0.5})
	fmt.Println(string(text), err)
	back, err := regularizers.UnmarshalKeras2([]byte(`"l1_l2"`))
	fmt.Printf("%+v %v\n", back, err)
	// Output:
	// {"module":"keras.regularizers","class_name":"L2","config":{"l2":0.5},"registered_name":null} <nil>
	// {L1:0.01 L2:0.01} <nil>
}
