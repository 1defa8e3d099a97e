package generic

import (
	"math"

	"github.com/sepconv/go/internal/kernel"
)

// Where Keras compares, the side that a boundary belongs to is Keras' too.

var negativeZero = math.Float32frombits(signBit)

// reluAll is x > 0 ? x : +0, done on the bits: those of the numbers from -0 to
// -Inf are one range of integers, which NaN is not in.
func reluAll(y []float32, _ *kernel.Activation) {
	for i, x := range y {
		b := math.Float32bits(x)
		if b-signBit <= infinityBits {
			b = 0
		}
		y[i] = math.Float32frombits(b)
	}
}

const infinityBits = 0xff << 23

func relu(x float32) float32 {
	if x <= 0 {
		return 0
	}
	return x
}

// relu6 returns min(max(x, 0), 6).
func relu6(x float32) float32 {
	x = relu(x)
	if x > 6 {
		return 6
	}
	return x
}

// generalReLUAll is Keras' relu(x, max_value=A, negative_slope=B, threshold=C):
// the part above the threshold clipped to [0, A], or not at all if A is NaN,
// less B times how far x is below it. A zero B takes nothing, not even at -Inf.
//
// Keras' documentation gives x = threshold to the upper part, its code to the
// lower, and so does this.
func generalReLUAll(y []float32, a *kernel.Activation) {
	limit, slope, threshold := a.A, a.B, a.C
	lowest := float32(0)
	if limit != limit {
		lowest = float32(math.Inf(-1))
	}
	for i, x := range y {
		upper := x
		if upper < lowest {
			upper = 0
		}
		if upper > limit {
			upper = limit
		}
		lower := float32(slope * (threshold - x))
		if slope == 0 {
			lower = 0
		}
		if x <= threshold {
			upper = 0 - lower
		}
		y[i] = upper
	}
}

// leakyReLU returns x above 0, otherwise slope*x.
func leakyReLU(x, slope float32) float32 {
	if x > 0 {
		return x
	}
	return slope * x
}

// thresholdAll is x > A ? x : B. Unlike in Keras, NaN stays NaN.
func thresholdAll(y []float32, a *kernel.Activation) {
	threshold, value := a.A, a.B
	for i, x := range y {
		if x <= threshold {
			y[i] = value
		}
	}
}

// hardSigmoid is Keras 3's, relu6(x+3)/6.
func hardSigmoid(x float32) float32 { return relu6(x+3) / 6 }

// hardSigmoid2 is Keras 2's, 0.2x + 0.5 held within [0, 1]. As there, product and
// sum round apart.
func hardSigmoid2(x float32) float32 {
	y := float32(0.2*x) + 0.5
	if y < 0 {
		y = 0
	}
	if y > 1 {
		y = 1
	}
	return y
}

// hardSiLU returns x * hardSigmoid(x). Held above -3, -Inf gives -0, where Keras
// gives NaN.
func hardSiLU(x float32) float32 {
	if x < -3 {
		x = -3
	}
	return x * hardSigmoid(x)
}

// hardTanh holds x within [-1, 1].
func hardTanh(x float32) float32 {
	if x < -1 {
		x = -1
	}
	if x > 1 {
		x = 1
	}
	return x
}

// sparsePlus returns 0 up to -1, (x+1)^2/4 up to 1, then x.
func sparsePlus(x float32) float32 {
	u := x + 1
	y := 0.25 * (u * u)
	if x <= -1 {
		y = 0
	}
	if x >= 1 {
		y = x
	}
	return y
}

// sparseSigmoid returns (x+1)/2 held within [0, 1].
func sparseSigmoid(x float32) float32 {
	y := 0.5 * (x + 1)
	if x <= -1 {
		y = 0
	}
	if x >= 1 {
		y = 1
	}
	return y
}
