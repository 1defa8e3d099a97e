package sepconv_test

import (
	"fmt"
	"log"
	"math"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/losses"
	"github.com/sepconv/go/sepconv/optimizers"
)

// network is layers one after the other, which one optimizer trains.
type network struct {
	layers    []*sepconv.Trainer
	variables []sepconv.Variable
	outputs   [][]float32 // of each layer
	gradients [][]float32 // by them
}

// Variables makes the network a Trainable.
func (n *network) Variables() []sepconv.Variable { return n.variables }

// newNetwork makes layers of the given configurations, for one signal.
func newNetwork(channels, steps int, configs ...sepconv.Config) *network {
	n := &network{}
	for i, c := range configs {
		layer, err := sepconv.New(c, channels)
		if err != nil {
			log.Fatal(err)
		}
		if err := layer.Initialize(uint64(i) + 4); err != nil {
			log.Fatal(err)
		}
		trainer, err := layer.Train()
		if err != nil {
			log.Fatal(err)
		}
		n.layers = append(n.layers, trainer)
		n.variables = append(n.variables, trainer.Variables()...)
		n.outputs = append(n.outputs, make([]float32, steps*c.Filters))
		n.gradients = append(n.gradients, make([]float32, steps*c.Filters))
		channels = c.Filters
	}
	return n
}

// step computes the loss of a signal and its gradients.
func (n *network) step(signal, target []float32, steps int) float64 {
	x := signal
	for i, layer := range n.layers {
		layer.ZeroGradients()
		if err := layer.Forward(n.outputs[i], x, 1, steps); err != nil {
			log.Fatal(err)
		}
		x = n.outputs[i]
	}
	last := len(n.layers) - 1
	loss, err := losses.MeanSquaredError{}.Compute(n.gradients[last], x, target, nil, len(target)/steps)
	if err != nil {
		log.Fatal(err)
	}
	for i := last; i >= 0; i-- {
		var dsrc []float32 // of the first layer it is not wanted
		if i > 0 {
			dsrc = n.gradients[i-1]
		}
		if err := n.layers[i].Backward(dsrc, n.gradients[i]); err != nil {
			log.Fatal(err)
		}
	}
	return loss
}

// Two layers learn together how far a signal is from the mean of its neighbours.
func ExampleTrainable() {
	const steps = 16
	n := newNetwork(1, steps,
		sepconv.Config{Name: "first", Filters: 4, KernelSize: 3, Padding: sepconv.Same, Activation: sepconv.ReLU},
		sepconv.Config{Name: "second", Filters: 1, KernelSize: 1},
	)
	signal, target := make([]float32, steps), make([]float32, steps)
	at := func(i int) float64 { // 0 outside of the signal
		if i < 0 || i >= steps {
			return 0
		}
		return float64(i * i % 7)
	}
	for i := range signal {
		signal[i] = float32(at(i))
		target[i] = float32(math.Abs(at(i) - (at(i-1)+at(i+1))/2))
	}
	adam := &optimizers.Adam{LearningRate: 0.01}
	for i := range 1001 {
		loss := n.step(signal, target, steps)
		if i%500 == 0 {
			fmt.Printf("step %d: loss %.4f\n", i, loss)
		}
		if err := adam.Step(n); err != nil {
			log.Fatal(err)
		}
	}
	// Output:
	// step 0: loss 3.7139
	// step 500: loss 0.0091
	// step 1000: loss 0.0072
}

func ExampleVariable() {
	n := newNetwork(3, 8, sepconv.Config{Name: "front", Filters: 2, KernelSize: 5, Padding: sepconv.Same})
	for _, v := range n.Variables() {
		fmt.Println(v.Name, v.Shape, len(v.Value), len(v.Gradient))
	}
	// Output:
	// front/depthwise_kernel [5 3 1] 15 15
	// front/pointwise_kernel [1 3 2] 6 6
	// front/bias [2] 2 2
}

// cube is an activation with a derivative: x^3.
type cube struct{}

func (cube) Name() string { return "cube" }

func (cube) Apply(y []float32) {
	for i, x := range y {
		y[i] = x * x * x
	}
}

func (cube) Pullback(dy, z []float32) {
	for i, x := range z {
		dy[i] *= 3 * x * x
	}
}

// A layer with an activation of one's own is trained.
func ExampleDifferentiable() {
	var activation sepconv.Differentiable = cube{}
	layer, err := sepconv.NewFromWeights(sepconv.Config{Filters: 1, KernelSize: 1, Activation: activation}, 1,
		sepconv.Weights{Depthwise: []float32{1}, Pointwise: []float32{1}, Bias: []float32{0}})
	if err != nil {
		log.Fatal(err)
	}
	trainer, err := layer.Train()
	if err != nil {
		log.Fatal(err)
	}
	y, dx := make([]float32, 3), make([]float32, 3)
	if err := trainer.Forward(y, []float32{1, 2, 3}, 1, 3); err != nil {
		log.Fatal(err)
	}
	if err := trainer.Backward(dx, []float32{1, 1, 1}); err != nil { // the loss is the sum of y
		log.Fatal(err)
	}
	fmt.Println(y, dx)
	// Output: [1 8 27] [3 12 27]
}
