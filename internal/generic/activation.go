package generic

import (
	"math"

	"github.com/sepconv/go/internal/kernel"
)

// The activation functions are written for what a vector unit has: each is a
// straight line of binary32 additions, multiplications, divisions, square roots
// and FMA, of comparisons that select, and of integer operations on the bits.
// An if here is a select there: both sides may be computed.
//
// Wherever a product meets a sum it is FMA, or the product stands in float32(),
// because Go may fuse what is written a*b + c, also across inlined calls. Bounds are tested so that NaN
// fails every comparison and passes through: `if x > hi { x = hi }`.
//
// The error stated with a function is the bound that TestActivationAccuracy and
// FuzzActivation hold it to (package truth), in units of the last place of the true
// value, which are no smaller than the smallest subnormal. They were found with
// -activation-stride 29 (exp, sigmoid and tanh: 1; with parameters: 601, for 256
// parameters over a power of two).

// activations returns the table's Activate: nil for Linear, which has nothing to
// do, and for GLU, which is gate.
func activations() [kernel.Funcs]func(y []float32, a *kernel.Activation) {
	return [kernel.Funcs]func(y []float32, a *kernel.Activation){
		kernel.ReLU:          reluAll,
		kernel.ReLU6:         each(relu6),
		kernel.GeneralReLU:   generalReLUAll,
		kernel.LeakyReLU:     eachA(leakyReLU),
		kernel.ELU:           eachA(elu),
		kernel.SELU:          each(selu),
		kernel.CELU:          eachA(celu),
		kernel.Exponential:   each(exp),
		kernel.Sigmoid:       each(sigmoid),
		kernel.Tanh:          each(tanh),
		kernel.SiLU:          each(silu),
		kernel.GELU:          each(gelu),
		kernel.GELUTanh:      each(geluTanh),
		kernel.Mish:          each(mish),
		kernel.Softplus:      each(softplus),
		kernel.Softsign:      each(softsign),
		kernel.LogSigmoid:    each(logSigmoid),
		kernel.HardSigmoid:   each(hardSigmoid),
		kernel.HardSigmoid2:  each(hardSigmoid2),
		kernel.HardSiLU:      each(hardSiLU),
		kernel.HardTanh:      each(hardTanh),
		kernel.TanhShrink:    each(tanhShrink),
		kernel.HardShrink:    eachA(hardShrink),
		kernel.SoftShrink:    eachA(softShrink),
		kernel.Threshold:     thresholdAll,
		kernel.SquarePlus:    eachA(squarePlus),
		kernel.SparsePlus:    each(sparsePlus),
		kernel.SparseSigmoid: each(sparseSigmoid),
		kernel.Softmax:       func(y []float32, _ *kernel.Activation) { softmax(y) },
		kernel.LogSoftmax:    func(y []float32, _ *kernel.Activation) { logSoftmax(y) },
		kernel.Sparsemax:     func(y []float32, _ *kernel.Activation) { sparsemax(y) },

		kernel.SparsemaxCumulative: func(y []float32, _ *kernel.Activation) { sparsemaxCumulative(y) },
	}
}

// gate is the gated linear unit: a = a * sigmoid(b), one product of two float32.
// Error below 4.5 ulp, beside what a subnormal sigmoid loses: |a| * 2^-148.
func gate(a, b []float32) {
	b = b[:len(a)]
	for i, x := range a {
		a[i] = x * sigmoid(b[i])
	}
}

func each(f func(x float32) float32) func([]float32, *kernel.Activation) {
	return func(y []float32, _ *kernel.Activation) {
		for i, x := range y {
			y[i] = f(x)
		}
	}
}

func eachA(f func(x, a float32) float32) func([]float32, *kernel.Activation) {
	return func(y []float32, p *kernel.Activation) {
		a := p.A
		for i, x := range y {
			y[i] = f(x, a)
		}
	}
}

func abs(x float32) float32 {
	return math.Float32frombits(math.Float32bits(x) &^ signBit)
}

func copysign(x, sign float32) float32 {
	return math.Float32frombits(math.Float32bits(x)&^signBit | math.Float32bits(sign)&signBit)
}

const signBit = 1 << 31
