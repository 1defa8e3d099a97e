package losses

import (
	"math"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/generic"
	"github.com/sepconv/go/internal/kernel"
)

// exponential is e^x of a set of kernels, whichever is the best: the bits are the same.
type exponential func(x []float32, a *kernel.Activation)

func newExponential() exponential { return dispatch.Default().Activate[kernel.Exponential] }

// apply computes e^x in place.
func (f exponential) apply(x []float32) { f(x, &ofExponential) }

var ofExponential = kernel.Activation{Func: kernel.Exponential}

// softmax makes e the exponentials of x less its maximum, and returns that and their
// sum: e over sum is softmax, and highest + log(sum) what x exceeds log-softmax by.
func softmax(exp exponential, e, x []float32) (highest, sum float64) {
	top, _ := maximum(x)
	for j, v := range x {
		e[j] = v - top
	}
	exp.apply(e)
	var l generic.Lanes
	for j, v := range e {
		l.Add(j, float64(v))
	}
	return float64(top), l.Sum()
}

// maximum returns the greatest element and the first index that has it. NaN is not
// looked at; -Inf and 0 if there is nothing else.
func maximum(x []float32) (value float32, index int) {
	value = float32(math.Inf(-1))
	for i, v := range x {
		if v > value {
			value, index = v, i
		}
	}
	return value, index
}

// log1p returns log(1+x) for 0 <= x <= 1, to a relative 2^-49: the log of u = 1+x as
// rounded, times x/(u-1), which makes up for that (Kahan).
func log1p(x float64) float64 {
	u := 1 + x
	if u == 1 {
		return x
	}
	return float64(generic.LogSum(u) * (x / (u - 1)))
}
