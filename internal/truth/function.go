package truth

import (
	"fmt"
	"math"

	"github.com/sepconv/go/internal/kernel"
)

// Named returns a function with the parameters that its name stands for in Keras.
func Named(f kernel.Func) kernel.Activation {
	parameter := map[kernel.Func]float32{
		kernel.LeakyReLU: 0.2, kernel.ELU: 1, kernel.CELU: 1, kernel.HardShrink: 0.5, kernel.SoftShrink: 0.5, kernel.SquarePlus: 4,
	}
	return kernel.Activation{Func: f, A: parameter[f]}
}

// Of returns the truth of an activation that is not along an axis. The bounds are
// those that package generic states beside the code.
func Of(a kernel.Activation) Function {
	p, q, r := float64(a.A), float64(a.B), float64(a.C)
	switch a.Func {
	case kernel.Linear:
		return Function{Value: func(x float64) float64 { return x }, Bound: exact}
	case kernel.ReLU:
		return Function{Value: relu, Bound: exact}
	case kernel.ReLU6:
		return Function{Value: func(x float64) float64 { return Clip(x, 0, 6) }, Bound: exact}
	case kernel.GeneralReLU:
		return generalReLU(p, q, r)
	case kernel.LeakyReLU:
		return Function{Value: func(x float64) float64 { return choose(x > 0, x, p*x) }, Bound: Bound{ULP: 0.5}}
	case kernel.ELU:
		if math.Abs(p) == 1 {
			return Function{Value: elu(1, p, 1), Bound: Bound{ULP: 0.88}}
		}
		return Function{Value: elu(1, p, 1), Bound: Bound{ULP: 2}}
	case kernel.SELU:
		return Function{Value: elu(1.0507009873554804934193349852946, 1.6732632423543772848170429916717, 1), Bound: Bound{ULP: 1.8}}
	case kernel.CELU:
		return celu(p)
	case kernel.Exponential:
		return Function{Value: math.Exp, Bound: Bound{ULP: 0.87}}
	case kernel.Sigmoid:
		return Function{Value: sigmoid, Bound: Bound{ULP: 2}}
	case kernel.Tanh:
		return Function{Value: math.Tanh, Bound: Bound{ULP: 1.01}}
	case kernel.SiLU:
		return Function{Value: func(x float64) float64 { return times(x, sigmoid(x)) }, Bound: Bound{ULP: 2.9}}
	case kernel.GELU:
		return Function{Value: func(x float64) float64 { return times(x, math.Erfc(-x/math.Sqrt2)/2) }, Bound: Bound{Share: 3.355}}
	case kernel.GELUTanh:
		return Function{Value: geluTanh, Bound: Bound{Share: 3.355}}
	case kernel.Mish:
		return Function{Value: func(x float64) float64 { return times(x, math.Tanh(softplus(x))) }, Bound: Bound{ULP: 4.4, Share: 3}}
	case kernel.Softplus:
		return Function{Value: softplus, Bound: Bound{ULP: 1.9}}
	case kernel.Softsign:
		return Function{Value: softsign, Bound: Bound{ULP: 1.5}}
	case kernel.LogSigmoid:
		return Function{Value: func(x float64) float64 { return -softplus(-x) }, Bound: Bound{ULP: 1.9}}
	case kernel.HardSigmoid:
		return Function{Value: func(x float64) float64 { return Clip(x+3, 0, 6) / 6 }, Bound: Bound{Absolute: 1.01}}
	case kernel.HardSigmoid2:
		return Function{Value: func(x float64) float64 { return Clip(0.2*x+0.5, 0, 1) }, Bound: Bound{Absolute: 1}}
	case kernel.HardSiLU:
		return Function{Value: func(x float64) float64 { return times(x, Clip(x+3, 0, 6)/6) }, Bound: Bound{Share: 1.9}}
	case kernel.HardTanh:
		return Function{Value: func(x float64) float64 { return Clip(x, -1, 1) }, Bound: exact}
	case kernel.TanhShrink:
		return Function{Value: tanhShrink, Bound: Bound{ULP: 3.4}}
	case kernel.HardShrink:
		return Function{Value: func(x float64) float64 { return choose(math.Abs(x) <= p, 0, x) }, Bound: exact}
	case kernel.SoftShrink:
		return Function{
			Value: func(x float64) float64 { return choose(x > p, x-p, choose(x >= -p, 0, x+p)) },
			Bound: Bound{ULP: 0.5}, Extra: func(x float64) float64 { return 0x1p-50 * (math.Abs(x) + math.Abs(p)) }, // of float64
		}
	case kernel.Threshold:
		return Function{Value: func(x float64) float64 { return choose(x <= p, q, x) }, Bound: exact}
	case kernel.SquarePlus:
		return squarePlus(p)
	case kernel.SparsePlus:
		return Function{Value: sparsePlus, Bound: Bound{ULP: 2}}
	case kernel.SparseSigmoid:
		return Function{Value: func(x float64) float64 { return Clip((x+1)/2, 0, 1) }, Bound: Bound{ULP: 0.5}, Extra: func(float64) float64 { return 0x1p-50 }}
	}
	panic(fmt.Sprintf("truth: function %d has no value at one argument", a.Func))
}

func choose(condition bool, yes, no float64) float64 {
	if condition {
		return yes
	}
	return no
}

// times is a product in which 0 wins over infinity: the limit of x*f(x) where f
// vanishes faster than 1/x.
func times(x, f float64) float64 { return choose(f == 0 && math.IsInf(x, 0), 0, x*f) }

func relu(x float64) float64 { return choose(x <= 0, 0, x) }

// generalReLU is Keras' relu(x, max_value, negative_slope, threshold), where NaN is
// no maximum. Below the threshold are a difference and a product, rounded apart.
func generalReLU(maximum, slope, threshold float64) Function {
	return Function{Bound: Bound{ULP: 1.5}, Value: func(x float64) float64 {
		switch {
		case x <= threshold && slope == 0:
			return 0
		case x <= threshold:
			return slope * overflowing(x-threshold)
		case maximum != maximum || x != x:
			return x
		}
		return min(max(x, 0), maximum)
	}}
}

// overflowing makes infinite what is so in float32.
func overflowing(x float64) float64 {
	if math.Abs(x) >= 0x1.ffffffp127 {
		return math.Inf(int(math.Copysign(1, x)))
	}
	return x
}

func elu(scale, alpha, width float64) func(float64) float64 {
	return func(x float64) float64 {
		if x >= 0 {
			return scale * x
		}
		// With a negative width e^x may overflow; the factor comes too late.
		return scale * alpha * overflowing(math.Expm1(x/width))
	}
}

// celu divides by alpha first: what that rounds changes the result by |x/alpha|
// times as much, which only for a negative alpha is more than once, and a subnormal
// quotient loses digits.
func celu(alpha float64) Function {
	f := Function{Value: elu(1, alpha, alpha), Bound: Bound{ULP: 2.6}}
	if math.Abs(alpha) == 1 {
		f.ULP = 0.88
	}
	f.Extra = func(x float64) float64 {
		lost := math.Abs(alpha) * 0x1p-150
		if x >= 0 || alpha > 0 {
			return lost
		}
		v, y := x/alpha, f.Value(x)
		if v > 88.7228 && v < 88.7229 {
			return math.Inf(1) // the last float32 that do not overflow
		}
		return lost + (v+2)*ULP(y)
	}
	return f
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func geluTanh(x float64) float64 {
	return times(x, sigmoid(2*math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
}

func softplus(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

func softsign(x float64) float64 {
	return choose(math.IsInf(x, 0), math.Copysign(1, x), x/(1+math.Abs(x)))
}

// tanhShrink is a series where the difference would cancel.
func tanhShrink(x float64) float64 {
	if !(math.Abs(x) < 0.03) {
		return x - math.Tanh(x)
	}
	v := x * x
	return x * v * (1./3 - v*(2./15-v*(17./315-v*(62./2835-v*1382/155925))))
}

// squarePlus is bounded for b of a usual size: b beyond what the squares of float32
// can stand beside is lost in them, or they in it.
func squarePlus(b float64) Function {
	f := Function{Value: func(x float64) float64 {
		root := math.Sqrt(x*x + b)
		if b == 0 {
			root = math.Abs(x)
		}
		if x < 0 {
			return choose(b == 0, 0, b/2/(root-x))
		}
		return (x + root) / 2
	}}
	switch {
	case b == 0:
		f.ULP = 1
	case b >= 0x1p-100 && b <= 0x1p100:
		f.ULP = 2.8
	}
	return f
}

func sparsePlus(x float64) float64 {
	switch {
	case x <= -1:
		return 0
	case x < 1:
		return (x + 1) * (x + 1) / 4
	}
	return x
}
