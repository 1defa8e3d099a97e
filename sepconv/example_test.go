package sepconv_test

import (
	"encoding/json"
	"fmt"
	"log"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/initializers"
	"github.com/sepconv/go/sepconv/regularizers"
)

// A layer that adds neighbours: each output is the sum of an input step and the
// one before it, in both channels, and a bias.
func Example() {
	layer, err := sepconv.New(sepconv.Config{Filters: 1, KernelSize: 2, Padding: sepconv.Causal}, 2)
	if err != nil {
		log.Fatal(err)
	}
	err = layer.SetWeights(sepconv.Weights{
		Depthwise: []float32{1, 1, 1, 1}, // (2 taps, 2 channels, 1)
		Pointwise: []float32{1, 1},       // (1, 2 channels, 1 filter)
		Bias:      []float32{0.5},
	})
	if err != nil {
		log.Fatal(err)
	}
	plan, err := layer.Compile()
	if err != nil {
		log.Fatal(err)
	}
	src := []float32{1, 10, 2, 20, 3, 30} // (1 signal, 3 steps, 2 channels)
	dst := make([]float32, 3)             // (1 signal, 3 steps, 1 filter)
	if err := plan.Run(dst, src, 1, 3); err != nil {
		log.Fatal(err)
	}
	fmt.Println(dst)
	// Output: [11.5 33.5 55.5]
}

func ExampleConfig() {
	// The configuration that Keras wrote into a model.
	var c sepconv.Config
	err := json.Unmarshal([]byte(`{"name": "front", "filters": 64, "kernel_size": [9], "strides": [2],
		"padding": "same", "activation": "relu", "use_bias": false}`), &c)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Filters, c.KernelSize, c.Strides, c.Padding, c.Activation.Name(), c.NoBias)
	// Output: 64 9 2 same relu true
}

func ExampleConfig_MarshalJSON() {
	text, err := json.Marshal(sepconv.Config{Filters: 64, KernelSize: 9, Activation: sepconv.LeakyReLUWith(0.1)})
	if err != nil {
		log.Fatal(err)
	}
	var config struct {
		Strides    []int
		Activation struct {
			ClassName string `json:"class_name"`
		}
	}
	if err := json.Unmarshal(text, &config); err != nil {
		log.Fatal(err)
	}
	fmt.Println(config.Strides, config.Activation.ClassName)
	// Output: [1] LeakyReLU
}

func ExampleLayer_OutputShape() {
	layer, err := sepconv.New(sepconv.Config{
		Filters: 32, KernelSize: 64, Strides: 16, DepthMultiplier: 32, Padding: sepconv.Same,
	}, 1)
	if err != nil {
		log.Fatal(err)
	}
	shape, err := layer.OutputShape(8, 16000) // a second of sound at 16 kHz, eight times
	fmt.Println(shape, err)
	// Output: [8 1000 32] <nil>
}

func ExampleLayer_Initialize() {
	layer, err := sepconv.New(sepconv.Config{Filters: 2, KernelSize: 1, DepthwiseInitializer: initializers.Ones{}, PointwiseInitializer: initializers.Constant{Value: 0.25}}, 3)
	if err != nil {
		log.Fatal(err)
	}
	if err := layer.Initialize(1); err != nil {
		log.Fatal(err)
	}
	fmt.Println(layer.Weights())
	// Output: {[1 1 1] [0.25 0.25 0.25 0.25 0.25 0.25] [0 0]}
}

func ExampleWeights() {
	layer, err := sepconv.New(sepconv.Config{Filters: 4, KernelSize: 3, DepthMultiplier: 2}, 5)
	if err != nil {
		log.Fatal(err)
	}
	err = layer.SetWeights(sepconv.Weights{
		Depthwise: make([]float32, 3*5*2), // (kernel size, channels, depth multiplier)
		Pointwise: make([]float32, 5*2*3), // (1, channels*depth multiplier, filters): this is for 3 filters
		Bias:      make([]float32, 4),
	})
	fmt.Println(err)
	// Output: sepconv: invalid shape of weights: the pointwise kernel has 30 elements; shape [1 10 4] needs 40
}

func ExampleDataFormat() {
	layer, err := sepconv.New(sepconv.Config{Filters: 8, KernelSize: 3, DataFormat: sepconv.ChannelsFirst}, 2)
	if err != nil {
		log.Fatal(err)
	}
	shape, err := layer.OutputShape(1, 100) // of inputs of shape (1, 2, 100)
	fmt.Println(shape, err)
	// Output: [1 8 98] <nil>
}

func ExamplePadding() {
	for _, p := range []sepconv.Padding{sepconv.Valid, sepconv.Same, sepconv.Causal} {
		layer, err := sepconv.New(sepconv.Config{Filters: 1, KernelSize: 3, Strides: 2, Padding: p}, 1)
		if err != nil {
			log.Fatal(err)
		}
		shape, err := layer.OutputShape(1, 10)
		fmt.Println(p, shape, err)
	}
	// Output:
	// valid [1 4 1] <nil>
	// same [1 5 1] <nil>
	// causal [1 5 1] <nil>
}

func ExampleStandardActivation() {
	y := []float32{-2, -1, 0, 1, 2}
	sepconv.HardTanh.Apply(y)
	fmt.Println(sepconv.HardTanh, y)
	// Output: hard_tanh [-1 -1 0 1 1]
}

func ExampleActivationFunc() {
	square := sepconv.ActivationFunc(func(y []float32) {
		for i, x := range y {
			y[i] = x * x
		}
	})
	layer, err := sepconv.New(sepconv.Config{
		Filters: 1, KernelSize: 1, Activation: square,
		DepthwiseInitializer: initializers.Ones{}, PointwiseInitializer: initializers.Ones{},
	}, 1)
	if err != nil {
		log.Fatal(err)
	}
	plan, err := layer.Compile()
	if err != nil {
		log.Fatal(err)
	}
	dst := make([]float32, 3)
	err = plan.Run(dst, []float32{1, 2, 3}, 1, 3)
	fmt.Println(dst, err)
	// Output: [1 4 9] <nil>
}

func ExampleActivation() {
	for _, a := range []sepconv.Activation{sepconv.SiLU, sepconv.LeakyReLUWith(0.5), sepconv.ReLUWith(6, 0, 1)} {
		y := []float32{-1, 0.5, 20}
		a.Apply(y)
		fmt.Println(a.Name(), y)
	}
	// Output:
	// silu [-0.2689414 0.31122965 20]
	// leaky_relu [-0.5 0.5 20]
	// relu [0 0 6]
}

func ExamplePlan() {
	layer, err := sepconv.New(sepconv.Config{Filters: 3, KernelSize: 5}, 2)
	if err != nil {
		log.Fatal(err)
	}
	plan, err := layer.Compile(sepconv.WithThreads(1))
	if err != nil {
		log.Fatal(err)
	}
	// The wrong length is an error, at every call.
	err = plan.Run(make([]float32, 10), make([]float32, 2*20), 1, 20)
	fmt.Println(err)
	// Output: sepconv: invalid shape: dst has 10 elements; shape [1 16 3] needs 48
}

func ExampleCompileOption() {
	layer, err := sepconv.New(sepconv.Config{Filters: 3, KernelSize: 5}, 2)
	if err != nil {
		log.Fatal(err)
	}
	plan, err := layer.Compile(sepconv.WithKernel("generic"), sepconv.WithThreads(2))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plan.Kernel())
	// Output: generic
}

// A zero factor is Keras' 0.01; Zero is no penalty.
func ExampleZero() {
	for _, r := range []regularizers.L2{{}, {Factor: sepconv.Zero}} {
		loss, err := r.Loss([]float32{1, 2, 3}, []int{3})
		fmt.Println(loss > 0, err)
	}
	// Output:
	// true <nil>
	// false <nil>
}
