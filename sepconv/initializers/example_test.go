package initializers_test

import (
	"fmt"
	"math"

	"github.com/sepconv/go/sepconv/initializers"
)

// show initializes a weight and prints its elements.
func show(i initializers.Initializer, shape ...int) {
	n := 1
	for _, dim := range shape {
		n *= dim
	}
	w := make([]float32, n)
	if err := i.Initialize(w, shape, 1); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(i.Name(), w)
}

// largest initializes a depthwise kernel of 9 taps, 64 channels and a depth
// multiplier of 4, and prints its largest element.
func largest(i initializers.Initializer) {
	w := make([]float32, 9*64*4)
	if err := i.Initialize(w, []int{9, 64, 4}, 1); err != nil {
		fmt.Println(err)
		return
	}
	most := 0.0
	for _, x := range w {
		most = max(most, math.Abs(float64(x)))
	}
	fmt.Printf("%s: %.3f\n", i.Name(), most)
}

func ExampleInitializer() {
	for _, i := range []initializers.Initializer{initializers.Ones{}, initializers.Constant{Value: 0.5}, initializers.Orthogonal{}} {
		show(i, 2)
	}
	// Output:
	// Ones [1 1]
	// Constant [0.5 0.5]
	// sepconv: invalid shape: Orthogonal: the shape is [2], it must have at least two dimensions
}

func ExampleFunc() {
	// A moving average over the taps.
	average := initializers.Func(func(w []float32, shape []int, seed uint64) error {
		for i := range w {
			w[i] = 1 / float32(shape[0])
		}
		return nil
	})
	show(average, 4, 1, 1)
	// Output:
	// Func [0.25 0.25 0.25 0.25]
}

func ExampleZeros() {
	show(initializers.Zeros{}, 3)
	// Output:
	// Zeros [0 0 0]
}

func ExampleOnes() {
	show(initializers.Ones{}, 3)
	// Output:
	// Ones [1 1 1]
}

func ExampleConstant() {
	show(initializers.Constant{Value: 0.25}, 3)
	// The same three taps for both channels.
	show(initializers.Constant{Values: []float32{-1, 0, 1}, Shape: []int{3, 1, 1}}, 3, 2, 1)
	// Output:
	// Constant [0.25 0.25 0.25]
	// Constant [-1 -1 0 0 1 1]
}

func ExampleIdentity() {
	show(initializers.Identity{Gain: 2}, 2, 2)
	// Output:
	// Identity [2 0 0 2]
}

func ExampleRandomUniform() {
	show(initializers.RandomUniform{Min: 0, Max: 1, Seed: 42}, 3)
	// Output:
	// RandomUniform [0.34932953 0.10200634 0.7198155]
}

func ExampleRandomNormal() {
	show(initializers.RandomNormal{Mean: 1, StdDev: 0.1, Seed: 42}, 3)
	// Output:
	// RandomNormal [0.97156936 0.92490095 1.0808648]
}

func ExampleTruncatedNormal() {
	largest(initializers.TruncatedNormal{}) // below 2 * 0.05
	// Output:
	// TruncatedNormal: 0.100
}

func ExampleVarianceScaling() {
	// Keras counts 9*64 inputs for each output of a depthwise convolution,
	// which sums over 9.
	largest(initializers.VarianceScaling{Scale: 2, Distribution: "uniform"})
	largest(initializers.VarianceScaling{Scale: 2, Distribution: "uniform", InputAxes: []int{0}, OutputAxes: []int{2}})
	// Output:
	// VarianceScaling: 0.102
	// VarianceScaling: 0.815
}

func ExampleGlorotUniform() {
	largest(initializers.GlorotUniform{}) // below sqrt(6 / (9*64 + 9*4))
	// Output:
	// GlorotUniform: 0.099
}

func ExampleGlorotNormal() {
	largest(initializers.GlorotNormal{})
	// Output:
	// GlorotNormal: 0.130
}

func ExampleHeUniform() {
	largest(initializers.HeUniform{}) // below sqrt(6 / (9*64))
	// Output:
	// HeUniform: 0.102
}

func ExampleHeNormal() {
	largest(initializers.HeNormal{})
	// Output:
	// HeNormal: 0.134
}

func ExampleLecunUniform() {
	largest(initializers.LecunUniform{}) // below sqrt(3 / (9*64))
	// Output:
	// LecunUniform: 0.072
}

func ExampleLecunNormal() {
	largest(initializers.LecunNormal{})
	// Output:
	// LecunNormal: 0.095
}

func ExampleOrthogonal() {
	w := make([]float32, 6)
	if err := (initializers.Orthogonal{Seed: 42}).Initialize(w, []int{1, 3, 2}, 0); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.2f\n", w)
	fmt.Printf("product of the columns: %.3f\n", math.Abs(float64(w[0]*w[1]+w[2]*w[3]+w[4]*w[5])))
	// Output:
	// [-0.25 -0.77 -0.66 0.58 0.71 0.26]
	// product of the columns: 0.000
}

func ExampleSTFT() {
	w := make([]float32, 4*3)
	if err := (initializers.STFT{Window: "none"}).Initialize(w, []int{4, 1, 3}, 0); err != nil {
		fmt.Println(err)
		return
	}
	for t := range 4 {
		fmt.Printf("%4.1f\n", w[3*t:3*t+3])
	}
	// Output:
	// [ 1.0  1.0  1.0]
	// [ 1.0  0.0 -1.0]
	// [ 1.0 -1.0  1.0]
	// [ 1.0  0.0 -1.0]
}

func ExampleMarshal() {
	text, err := initializers.Marshal(initializers.HeNormal{Seed: 7})
	fmt.Println(string(text), err)
	back, err := initializers.Unmarshal([]byte(`"he_normal"`))
	fmt.Printf("%+v %v\n", back, err)
	// Output:
	// {"module":"keras.initializers","class_name":"HeNormal","config":{"seed":7,"input_axes":null,"output_axes":null},"registered_name":null} <nil>
	// {Seed:0 InputAxes:[] OutputAxes:[]} <nil>
}
