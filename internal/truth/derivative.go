package truth

import (
	"fmt"
	"math"

	"github.com/sepconv/go/internal/kernel"
)

// Derivative returns the derivative of an activation that is not along an axis.
//
// At corners and jumps it is what Keras' gradient is there, which
// sepconv/testdata/golden/ties.json has; at infinities the limit; at NaN it is NaN, but
// for Linear, whose derivative does not depend on the argument.
func Derivative(a kernel.Activation) func(x float64) float64 {
	if a.Func == kernel.Linear {
		return func(float64) float64 { return 1 }
	}
	slope := slopeOf(a)
	return func(x float64) float64 { return choose(x != x, x, slope(x)) }
}

// slopeOf returns the derivative for arguments that are numbers.
func slopeOf(a kernel.Activation) func(x float64) float64 {
	p, q, r := float64(a.A), float64(a.B), float64(a.C)
	switch a.Func {
	case kernel.ReLU:
		return step(func(x float64) bool { return x > 0 })
	case kernel.ReLU6:
		return step(func(x float64) bool { return 0 < x && x < 6 })
	case kernel.GeneralReLU:
		return generalReLUSlope(p, q, r)
	case kernel.LeakyReLU:
		return func(x float64) float64 { return choose(x > 0, 1, p) }
	case kernel.ELU:
		return func(x float64) float64 { return choose(x > 0, 1, p*math.Exp(x)) }
	case kernel.SELU:
		return seluSlope
	case kernel.CELU:
		return celuSlope(p)
	case kernel.Exponential:
		return math.Exp
	case kernel.Sigmoid:
		return sigmoidSlope
	case kernel.Tanh:
		return func(x float64) float64 { return 4 * sigmoidSlope(2*x) } // tanh x = 2 sigmoid(2x) - 1
	case kernel.SiLU:
		return func(x float64) float64 { return sigmoid(x) + times(x, sigmoidSlope(x)) }
	case kernel.GELU:
		return geluSlope
	case kernel.GELUTanh:
		return geluTanhSlope
	case kernel.Mish:
		return mishSlope
	case kernel.Softplus:
		return sigmoid
	case kernel.Softsign:
		return func(x float64) float64 { return 1 / ((1 + math.Abs(x)) * (1 + math.Abs(x))) }
	case kernel.LogSigmoid:
		return func(x float64) float64 { return sigmoid(-x) }
	case kernel.HardSigmoid:
		return func(x float64) float64 { return choose(math.Abs(x) < 3, 1./6, 0) }
	case kernel.HardSigmoid2:
		return func(x float64) float64 { return choose(math.Abs(x) <= 2.5, 0.2, 0) }
	case kernel.HardSiLU:
		return func(x float64) float64 { return Clip(x+3, 0, 6)/6 + choose(math.Abs(x) < 3, x/6, 0) }
	case kernel.HardTanh:
		return step(func(x float64) bool { return math.Abs(x) <= 1 })
	case kernel.TanhShrink:
		return func(x float64) float64 { return math.Tanh(x) * math.Tanh(x) }
	case kernel.HardShrink, kernel.SoftShrink:
		return step(func(x float64) bool { return math.Abs(x) > p })
	case kernel.Threshold:
		return step(func(x float64) bool { return x > p })
	case kernel.SquarePlus:
		return squarePlusSlope(p)
	case kernel.SparsePlus:
		return func(x float64) float64 { return Clip((x+1)/2, 0, 1) }
	case kernel.SparseSigmoid:
		return func(x float64) float64 { return choose(math.Abs(x) < 1, 0.5, 0) }
	}
	panic(fmt.Sprintf("truth: function %d has no derivative at one argument", a.Func))
}

// step is 1 where the argument passes and 0 where it does not.
func step(passes func(x float64) bool) func(float64) float64 {
	return func(x float64) float64 { return choose(passes(x), 1, 0) }
}

// generalReLUSlope has the corners of Keras' composition: x > threshold and the
// negative part pass nothing at the threshold, a clip passes at its maximum; without
// a threshold it is leaky_relu where there is no maximum, and relu6 where that is 6.
func generalReLUSlope(maximum, slope, threshold float64) func(float64) float64 {
	unlimited := maximum != maximum
	return func(x float64) float64 {
		switch {
		case x < threshold || x == 0 && threshold == 0 && unlimited:
			return slope
		case x == threshold:
			return 0
		case unlimited:
			return 1
		case maximum == 6 && threshold == 0:
			return choose(x < 6, 1, 0)
		}
		return choose(0 <= x && x <= maximum, 1, 0)
	}
}

func seluSlope(x float64) float64 {
	const scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
	return choose(x >= 0, scale, scale*alpha*math.Exp(x))
}

// celuSlope is 2 at 0: Keras adds the slopes of max(x, 0) and of min(x, 0), and each
// is 1 at 0. The derivative is 1.
func celuSlope(alpha float64) func(float64) float64 {
	return func(x float64) float64 {
		switch {
		case x == 0:
			return 2
		case x > 0:
			return 1
		}
		return math.Exp(x / alpha)
	}
}

// sigmoidSlope is e^-|x| / (1 + e^-|x|)^2, which cancels nowhere.
func sigmoidSlope(x float64) float64 {
	e := math.Exp(-math.Abs(x))
	return e / ((1 + e) * (1 + e))
}

// geluSlope is P(x) + x p(x), of the normal distribution P and its density p.
func geluSlope(x float64) float64 {
	density := math.Exp(-x*x/2) / math.Sqrt(2*math.Pi)
	return math.Erfc(-x/math.Sqrt2)/2 + times(x, density)
}

// geluTanhSlope is that of x sigmoid(v), v = sqrt(8/pi) (x + 0.044715 x^3).
func geluTanhSlope(x float64) float64 {
	scale := 2 * math.Sqrt(2/math.Pi)
	v, dv := scale*(x+0.044715*x*x*x), scale*(1+3*0.044715*x*x)
	return sigmoid(v) + times(x*dv, sigmoidSlope(v))
}

// mishSlope is t + x (1 - t^2) sigmoid(x), t = tanh(softplus(x)). With e = e^-|x|,
// 1 - t^2 is 4(1+e)^2 / ((1+e)^2 + 1)^2 for x <= 0 and e^2 times as much, with the
// 1 an e^2, for x > 0.
func mishSlope(x float64) float64 {
	e := math.Exp(-math.Abs(x))
	u := (1 + e) * (1 + e)
	rest := 4 * u / ((u + 1) * (u + 1))
	if x > 0 {
		rest = 4 * u * e * e / ((u + e*e) * (u + e*e))
	}
	return math.Tanh(softplus(x)) + times(x, rest*sigmoid(x))
}

// squarePlusSlope is (1 + x/root)/2, root = sqrt(x^2 + b); for negative x the
// same without cancellation, b/2 / (root (root - x)).
func squarePlusSlope(b float64) func(float64) float64 {
	return func(x float64) float64 {
		root := math.Sqrt(x*x + b)
		switch {
		case math.IsInf(x, 0):
			return choose(x > 0, 1, 0)
		case root == 0:
			return 0.5
		case x < 0:
			return b / 2 / (root * (root - x))
		}
		return (1 + x/root) / 2
	}
}
