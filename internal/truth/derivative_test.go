package truth

import (
	"math"
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/assert"
)

// elementwise are the activations of one variable, with parameters that are not
// those of their names too.
func elementwise() []kernel.Activation {
	all := []kernel.Activation{
		{Func: kernel.GeneralReLU, A: float32(math.NaN())},
		{Func: kernel.GeneralReLU, A: float32(math.NaN()), B: 0.125},
		{Func: kernel.GeneralReLU, A: float32(math.NaN()), B: 0.125, C: 1},
		{Func: kernel.GeneralReLU, A: 6},
		{Func: kernel.GeneralReLU, A: 4, B: 0.125, C: -1},
		{Func: kernel.LeakyReLU, A: 0.5}, {Func: kernel.ELU, A: 0.5}, {Func: kernel.CELU, A: 2}, {Func: kernel.CELU, A: -3},
		{Func: kernel.HardShrink, A: 2}, {Func: kernel.SoftShrink, A: 2}, {Func: kernel.Threshold, A: 1, B: 0.25},
		{Func: kernel.SquarePlus, A: 0}, {Func: kernel.SquarePlus, A: 1},
	}
	for f := range kernel.Softmax {
		if f != kernel.GeneralReLU && f != kernel.Threshold {
			all = append(all, Named(f))
		}
	}
	return all
}

// The derivative is the slope of the value. All corners are at multiples of 0.5, and
// no argument is near one.
func TestDerivativeFiniteDifference(t *testing.T) {
	const h = 1e-3
	for _, a := range elementwise() {
		f, slope := Of(a).Value, Derivative(a)
		for i := -200; i < 200; i++ {
			x := (float64(i) + 0.37) / 10
			want := differences(f, x, h)
			assert.InDelta(t, want, slope(x), 1e-10*(1+math.Abs(want)), "%+v at %v", a, x)
		}
	}
}

// differences is the slope of f at x by four values, off by h^4/30 of the fifth derivative.
func differences(f func(float64) float64, x, h float64) float64 {
	return (8*(f(x+h)-f(x-h)) - (f(x+2*h) - f(x-2*h))) / (12 * h)
}

// At infinities is the limit, and NaN is not hidden.
func TestDerivativeAtTheEnds(t *testing.T) {
	for _, a := range elementwise() {
		slope := Derivative(a)
		for _, sign := range []float64{-1, 1} {
			assert.InDelta(t, slope(sign*1e9), slope(math.Inf(int(sign))), 1e-15, "%+v at %v infinity", a, sign)
		}
		assert.Equal(t, a.Func != kernel.Linear, math.IsNaN(slope(math.NaN())), "%+v", a)
	}
}

// The gradient by a row is the slope of its results. The rows, in which nothing is at a
// threshold, are of multiples of 1/64, so that the steps of 2^-10 to either side are
// float32.
func TestPullbackFiniteDifference(t *testing.T) {
	const h = 0x1p-10
	rows := [][]float32{{0.9375, -0.5, 0.25, 1.75}, {0.25, 0.5, 0.3125, -3}, {-0.125, 0, 0.5, 0.25, 0.375, 0.0625}, {1.5, 0}}
	dy := []float64{0.5, -1.25, 2, 0.75, -0.5, 1}
	for _, f := range []kernel.Func{kernel.Softmax, kernel.LogSoftmax, kernel.Sparsemax, kernel.SparsemaxCumulative, kernel.GLU} {
		for _, row := range rows {
			n := len(row)
			if f == kernel.GLU {
				n /= 2
			}
			dx := Pullback(f, widened(row), dy[:n])
			for i, x := range row {
				loss := func(x float64) (sum float64) {
					row[i] = float32(x)
					truths := truthsOf(f, row)
					for j, y := range truths[len(truths)-1] {
						sum += y.truth * dy[j]
					}
					return sum
				}
				assert.InDelta(t, differences(loss, float64(x), h), dx[i], 1e-9, "function %d by element %d of %v", f, i, row)
				row[i] = x
			}
		}
	}
}

func widened(row []float32) []float64 {
	w := make([]float64, len(row))
	for i, x := range row {
		w[i] = float64(x)
	}
	return w
}
