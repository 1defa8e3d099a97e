package sepconv_test

import (
	"fmt"
	"math"

	"github.com/sepconv/go/sepconv"
)

// show initializes a weight and prints its elements.
func show(i sepconv.Initializer, shape ...int) {
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

// largest initializes a depthwise kernel of 9 taps, 64 channels and a depth multiplier of 4, and prints its largest element.
func largest(i sepconv.Initializer) {
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
	for _, i := range []sepconv.Initializer{sepconv.Ones{}, sepconv.Constant{Value: 0.5}, sepconv.Orthogonal{}} {
		show(i, 2)
	}
	// Output:
	// Ones [1 1]
	// Constant [0.5 0.5]
	// sepconv: invalid shape: Orthogonal: the shape is [2], it must have at least two dimensions
}

func ExampleInitializerFunc() {
	// A moving average over the taps.
	average := sepconv.InitializerFunc(func(w []float32, shape []int, seed uint64) error {
		for i := range w {
			w[i] = 1 / float32(shape[0])
		}
		return nil
	})
	show(average, 4, 1, 1)
	// Output:
	// InitializerFunc [0.25 0.25 0.25 0.25]
}

func ExampleZeros() {
	show(sepconv.Zeros{}, 3)
	// Output:
	// Zeros [0 0 0]
}

func ExampleOnes() {
	show(sepconv.Ones{}, 3)
	// Output:
	// Ones [1 1 1]
}

func ExampleConstant() {
	show(sepconv.Constant{Value: 0.25}, 3)
	// The same three taps for both channels.
	show(sepconv.Constant{Values: []float32{-1, 0, 1}, Shape: []int{3, 1, 1}}, 3, 2, 1)
	// Output:
	// Constant [0.25 0.25 0.25]
	// Constant [-1 -1 0 0 1 1]
}

func ExampleIdentity() {
	show(sepconv.Identity{Gain: 2}, 2, 2)
	// Output:
	// Identity [2 0 0 2]
}

func ExampleRandomUniform() {
	show(sepconv.RandomUniform{Min: 0, Max: 1, Seed: 42}, 3)
	// Output:
	// RandomUniform [0.34932953 0.10200634 0.7198155]
}

func ExampleRandomNormal() {
	show(sepconv.RandomNormal{Mean: 1, StdDev: 0.1, Seed: 42}, 3)
	// Output:
	// RandomNormal [0.97156936 0.92490095 1.0808648]
}

func ExampleTruncatedNormal() {
	largest(sepconv.TruncatedNormal{}) // below 2 * 0.05
	// Output:
	// TruncatedNormal: 0.100
}

func ExampleVarianceScaling() {
	// Keras counts 9*64 inputs for each output of a depthwise convolution, which sums over 9.
	largest(sepconv.VarianceScaling{Scale: 2, Distribution: "uniform"})
	largest(sepconv.VarianceScaling{Scale: 2, Distribution: "uniform", InputAxes: []int{0}, OutputAxes: []int{2}})
	// Output:
	// VarianceScaling: 0.102
	// VarianceScaling: 0.815
}

func ExampleGlorotUniform() {
	largest(sepconv.GlorotUniform{}) // below sqrt(6 / (9*64 + 9*4))
	// Output:
	// GlorotUniform: 0.099
}

func ExampleGlorotNormal() {
	largest(sepconv.GlorotNormal{})
	// Output:
	// GlorotNormal: 0.130
}

func ExampleHeUniform() {
	largest(sepconv.HeUniform{}) // below sqrt(6 / (9*64))
	// Output:
	// HeUniform: 0.102
}

func ExampleHeNormal() {
	largest(sepconv.HeNormal{})
	// Output:
	// HeNormal: 0.134
}

func ExampleLecunUniform() {
	largest(sepconv.LecunUniform{}) // below sqrt(3 / (9*64))
	// Output:
	// LecunUniform: 0.072
}

func ExampleLecunNormal() {
	largest(sepconv.LecunNormal{})
	// Output:
	// LecunNormal: 0.095
}

func ExampleOrthogonal() {
	w := make([]float32, 6)
	if err := (sepconv.Orthogonal{Seed: 42}).Initialize(w, []int{1, 3, 2}, 0); err != nil {
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
	if err := (sepconv.STFT{Window: "none"}).Initialize(w, []int{4, 1, 3}, 0); err != nil {
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

func ExampleExplicitZero() {
	w := []float32{1, 2, 3}
	fmt.Println(sepconv.L2{}.Loss(w, []int{3}) > 0)
	fmt.Println(sepconv.L2{Factor: sepconv.ExplicitZero()}.Loss(w, []int{3}) > 0)
	// Output:
	// true
	// false
}

// penalty prints the loss and the gradient of a weight.
func penalty(r sepconv.Regularizer, w []float32, shape ...int) {
	dw := make([]float32, len(w))
	r.AddGradient(dw, w, shape)
	fmt.Printf("%s: loss %.3f, gradient %.3f\n", r.Name(), r.Loss(w, shape), dw)
}

func ExampleRegularizer() {
	for _, r := range []sepconv.Regularizer{sepconv.L1{}, sepconv.L2{}, sepconv.L1L2{L1: 0.01, L2: 0.01}} {
		penalty(r, []float32{-1, 0, 3}, 3)
	}
	// Output:
	// L1: loss 0.040, gradient [-0.010 0.000 0.010]
	// L2: loss 0.100, gradient [-0.020 0.000 0.060]
	// L1L2: loss 0.140, gradient [-0.030 0.000 0.070]
}

func ExampleL1() {
	penalty(sepconv.L1{Factor: 0.1}, []float32{-1, 0, 3}, 3)
	// Output:
	// L1: loss 0.400, gradient [-0.100 0.000 0.100]
}

func ExampleL2() {
	penalty(sepconv.L2{Factor: 0.1}, []float32{-1, 0, 3}, 3)
	// Output:
	// L2: loss 1.000, gradient [-0.200 0.000 0.600]
}

func ExampleL1L2() {
	penalty(sepconv.L1L2{L1: 0.1, L2: 0.1}, []float32{-1, 0, 3}, 3)
	// Output:
	// L1L2: loss 1.400, gradient [-0.300 0.000 0.700]
}

func ExampleOrthogonalRegularizer() {
	penalty(sepconv.OrthogonalRegularizer{Factor: 1}, []float32{1, 0, 1, 1}, 2, 2)
	// Output:
	// OrthogonalRegularizer: loss 0.707, gradient [0.000 0.707 0.354 -0.354]
}

func ExampleConstraint() {
	for _, c := range []sepconv.Constraint{sepconv.MaxNorm{}, sepconv.NonNeg{}, sepconv.UnitNorm{}} {
		project(c, []float32{-3, 4}, 2)
	}
	// Output:
	// MaxNorm: [-1.200 1.600]
	// NonNeg: [0.000 4.000]
	// UnitNorm: [-0.600 0.800]
}

// project prints the projection of a weight.
func project(c sepconv.Constraint, w []float32, shape ...int) {
	c.Project(w, shape)
	fmt.Printf("%s: %.3f\n", c.Name(), w)
}

func ExampleMaxNorm() {
	// Of a pointwise kernel (1, 2, 3), axis 1 is what each filter reads.
	project(sepconv.MaxNorm{MaxValue: 1, Axis: []int{1}}, []float32{3, 0, 0.5, 4, 2, 0.5}, 1, 2, 3)
	// Output:
	// MaxNorm: [0.600 0.000 0.500 0.800 1.000 0.500]
}

func ExampleNonNeg() {
	project(sepconv.NonNeg{}, []float32{-3, 4}, 2)
	// Output:
	// NonNeg: [0.000 4.000]
}

func ExampleUnitNorm() {
	project(sepconv.UnitNorm{}, []float32{-3, 4}, 2)
	// Output:
	// UnitNorm: [-0.600 0.800]
}

func ExampleMinMaxNorm() {
	// Half of the way from 5 to 1.
	project(sepconv.MinMaxNorm{Rate: 0.5}, []float32{-3, 4}, 2)
	// Output:
	// MinMaxNorm: [-1.800 2.400]
}

func ExampleRadialConstraint() {
	project(sepconv.RadialConstraint{}, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3, 1, 1)
	// Output:
	// RadialConstraint: [5.000 5.000 5.000 5.000 1.000 5.000 5.000 5.000 5.000]
}

func ExampleAllAxes() {
	project(sepconv.UnitNorm{Axis: sepconv.AllAxes()}, []float32{1, 1, 1, 1}, 1, 2, 2)
	// Output:
	// UnitNorm: [0.500 0.500 0.500 0.500]
}
