package generic

import "github.com/sepconv/go/internal/kernel"

// pullbacks returns the table's Pullback: nil for Linear alone. Of functions of one
// element a result is dy * slope(z), one product of two float32, so that a NaN or an
// infinity of dy is not hidden where the slope is 0.
//
// At corners, and at ends of ranges, the slope is what TensorFlow's gradient has there
// (sepconv/testdata/golden/README.md); at infinities it is the limit; of NaN it is NaN.
func pullbacks() [kernel.Funcs]func(z, dy []float32, a *kernel.Activation) {
	return [kernel.Funcs]func(z, dy []float32, a *kernel.Activation){
		kernel.ReLU:          reluPullback,
		kernel.ReLU6:         slope(relu6Slope),
		kernel.GeneralReLU:   generalReLUPullback,
		kernel.LeakyReLU:     slopeA(leakyReLUSlope),
		kernel.ELU:           slopeA(eluSlope),
		kernel.SELU:          slope(seluSlope),
		kernel.CELU:          slopeA(celuSlope),
		kernel.Exponential:   slope(exp),
		kernel.Sigmoid:       slope(sigmoidSlope),
		kernel.Tanh:          slope(tanhSlope),
		kernel.SiLU:          slope(siluSlope),
		kernel.GELU:          slope(geluSlope),
		kernel.GELUTanh:      slope(geluTanhSlope),
		kernel.Mish:          slope(mishSlope),
		kernel.Softplus:      slope(sigmoid),
		kernel.Softsign:      slope(softsignSlope),
		kernel.LogSigmoid:    slope(func(x float32) float32 { return sigmoid(-x) }),
		kernel.HardSigmoid:   slope(hardSigmoidSlope),
		kernel.HardSigmoid2:  slope(hardSigmoid2Slope),
		kernel.HardSiLU:      slope(hardSiLUSlope),
		kernel.HardTanh:      slope(hardTanhSlope),
		kernel.TanhShrink:    slope(tanhShrinkSlope),
		kernel.HardShrink:    slopeA(shrinkSlope),
		kernel.SoftShrink:    slopeA(shrinkSlope),
		kernel.Threshold:     slopeA(thresholdSlope),
		kernel.SquarePlus:    slopeA(squarePlusSlope),
		kernel.SparsePlus:    slope(sparsePlusSlope),
		kernel.SparseSigmoid: slope(sparseSigmoidSlope),

		kernel.Softmax:             along(softmaxPullback),
		kernel.LogSoftmax:          along(logSoftmaxPullback),
		kernel.Sparsemax:           along(sparsemaxPullback),
		kernel.SparsemaxCumulative: along(sparsemaxCumulativePullback),
		kernel.GLU:                 along(gluPullback),
	}
}

func slope(f func(x float32) float32) func(z, dy []float32, _ *kernel.Activation) {
	return func(z, dy []float32, _ *kernel.Activation) {
		dy = dy[:len(z)]
		for i, x := range z {
			z[i] = dy[i] * f(x)
		}
	}
}

func slopeA(f func(x, a float32) float32) func(z, dy []float32, _ *kernel.Activation) {
	return func(z, dy []float32, p *kernel.Activation) {
		a := p.A
		dy = dy[:len(z)]
		for i, x := range z {
			z[i] = dy[i] * f(x, a)
		}
	}
}

func along(f func(z, dy []float32)) func(z, dy []float32, _ *kernel.Activation) {
	return func(z, dy []float32, _ *kernel.Activation) { f(z, dy) }
}
