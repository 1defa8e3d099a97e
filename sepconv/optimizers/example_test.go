package optimizers_test

import (
	"fmt"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/optimizers"
)

// A valley is what is trained in the examples: the loss (x-3)^2 + 10*(y+1)^2.
type valley struct{ value, gradient []float32 }

func newValley() *valley { return &valley{make([]float32, 2), make([]float32, 2)} }

func (v *valley) Variables() []sepconv.Variable {
	return []sepconv.Variable{{Name: "valley/position", Value: v.value, Gradient: v.gradient}}
}

// descend takes steps of the optimizer, and prints where they end.
func (v *valley) descend(optimizer optimizers.Optimizer, steps int) {
	for range steps {
		v.gradient[0] = 2 * (v.value[0] - 3)
		v.gradient[1] = 20 * (v.value[1] + 1)
		if err := optimizer.Step(v); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Printf("%s after %d steps: %.3f\n", optimizer.Name(), optimizer.Iterations(), v.value)
}

func ExampleOptimizer() {
	v := newValley()
	optimizer := &optimizers.Adam{LearningRate: 0.1}
	v.descend(optimizer, 50)

	// Another program goes on where this one ended.
	state, err := optimizer.MarshalBinary()
	if err != nil {
		fmt.Println(err)
		return
	}
	resumed := &optimizers.Adam{LearningRate: 0.1}
	if err := resumed.UnmarshalBinary(state); err != nil {
		fmt.Println(err)
		return
	}
	v.descend(resumed, 50)

	err = resumed.Step(sepconv.Variables{{Name: "hill/position", Value: v.value, Gradient: v.gradient}})
	fmt.Println(err)
	// Output:
	// Adam after 50 steps: [3.169 -1.005]
	// Adam after 100 steps: [2.981 -0.997]
	// sepconv: invalid shape of weights: Adam: variable 0 is "hill/position" of shape [2], and the state is of "valley/position" of shape [2]
}

func ExampleSGD() {
	newValley().descend(&optimizers.SGD{}, 100)
	newValley().descend(&optimizers.SGD{Momentum: 0.9, Nesterov: true}, 100)
	// Output:
	// SGD after 100 steps: [2.602 -1.000]
	// SGD after 100 steps: [2.995 -1.000]
}

func ExampleAdam() {
	newValley().descend(&optimizers.Adam{LearningRate: 0.1, AMSGrad: true}, 200)
	// Output:
	// Adam after 200 steps: [3.000 -1.000]
}

func ExampleAdamW() {
	// Biases do not decay.
	newValley().descend(&optimizers.AdamW{LearningRate: 0.1, WeightDecay: 0.1, ExcludeFromWeightDecay: []string{"bias"}}, 200)
	// Output:
	// AdamW after 200 steps: [2.793 -0.986]
}

func ExampleRMSprop() {
	newValley().descend(&optimizers.RMSprop{LearningRate: 0.05, Centered: true}, 200)
	// Output:
	// RMSprop after 200 steps: [3.000 -1.000]
}

func ExampleClip() {
	v := sepconv.Variables{
		{Name: "a", Value: make([]float32, 2), Gradient: []float32{3, -4}},
		{Name: "b", Value: make([]float32, 1), Gradient: []float32{12}},
	}
	for _, clip := range []optimizers.Clip{{Value: 3.5}, {Norm: 10}, {GlobalNorm: 6.5}} {
		optimizer := &optimizers.SGD{LearningRate: 1, Clip: clip}
		if err := optimizer.Step(v); err != nil {
			fmt.Println(err)
		}
		fmt.Println(v[0].Value, v[1].Value)
		clear(v[0].Value)
		clear(v[1].Value)
	}
	// Output:
	// [-3 3.5] [-3.5]
	// [-3 4] [-10]
	// [-1.5 2] [-6]
}

// show prints the learning rates of some steps.
func show(schedule optimizers.Schedule, steps ...int64) {
	for _, step := range steps {
		rate, err := schedule.Rate(step)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%d: %.4f  ", step, rate)
	}
	fmt.Println()
}

// A program's own schedule: a rate that is halved as often as Halve was called.
type halved struct {
	initial float64
	times   int
}

func (h *halved) Halve() { h.times++ }

func (h *halved) Rate(int64) (float64, error) { return h.initial / float64(int64(1)<<h.times), nil }

func ExampleSchedule() {
	rate := &halved{initial: 0.1}
	v, optimizer := newValley(), &optimizers.SGD{Schedule: rate}
	v.descend(optimizer, 10) // the steep direction oscillates
	rate.Halve()
	v.descend(optimizer, 10)
	// Output:
	// SGD after 10 steps: [2.678 0.000]
	// SGD after 20 steps: [2.888 -1.000]
}

func ExampleScheduleFunc() {
	triangle := func(step int64) float64 {
		const half = 500
		return 0.1 * float64(half-max(step%(2*half)-half, half-step%(2*half))) / half
	}
	show(optimizers.ScheduleFunc(triangle), 0, 250, 500, 750, 1000)
	// Output:
	// 0: 0.0000  250: 0.0500  500: 0.1000  750: 0.0500  1000: 0.0000
}

func ExampleExponentialDecay() {
	show(optimizers.ExponentialDecay{InitialLearningRate: 0.1, DecaySteps: 1000, DecayRate: 0.5}, 0, 500, 1000, 2000)
	// Output:
	// 0: 0.1000  500: 0.0707  1000: 0.0500  2000: 0.0250
}

func ExampleInverseTimeDecay() {
	show(optimizers.InverseTimeDecay{InitialLearningRate: 0.1, DecaySteps: 1000, DecayRate: 1}, 0, 500, 1000, 2000)
	// Output:
	// 0: 0.1000  500: 0.0667  1000: 0.0500  2000: 0.0333
}

func ExamplePolynomialDecay() {
	show(optimizers.PolynomialDecay{InitialLearningRate: 0.1, DecaySteps: 1000, EndLearningRate: 0.01}, 0, 500, 1000, 2000)
	// Output:
	// 0: 0.1000  500: 0.0550  1000: 0.0100  2000: 0.0100
}

func ExamplePiecewiseConstantDecay() {
	show(optimizers.PiecewiseConstantDecay{Boundaries: []int64{1000, 2000}, Values: []float64{0.1, 0.01, 0.001}}, 0, 1000, 1001, 5000)
	// Output:
	// 0: 0.1000  1000: 0.1000  1001: 0.0100  5000: 0.0010
}

func ExampleCosineDecay() {
	show(optimizers.CosineDecay{InitialLearningRate: 0, WarmupTarget: 0.1, WarmupSteps: 100, DecaySteps: 1000}, 0, 50, 100, 600, 1100)
	// Output:
	// 0: 0.0000  50: 0.0500  100: 0.1000  600: 0.0500  1100: 0.0000
}
