package generic

import "math"

// The slopes of smooth functions. Wherever Keras computes one from the function's
// value and so loses digits, as 1 - tanh(x)^2, this is a fraction in e = exp(-|x|),
// as in activation_sigmoid.go.

func eluSlope(x, alpha float32) float32 {
	if x > 0 {
		return 1
	}
	return alpha * exp(x)
}

func seluSlope(x float32) float32 {
	if x >= 0 {
		return seluScale
	}
	return seluScaleAlpha * exp(x)
}

// celuSlope is 2 at 0, as in TensorFlow: it adds the slopes of max(x, 0) and of
// min(x, 0), each of which is 1 there.
func celuSlope(x, alpha float32) float32 {
	if x > 0 {
		return 1
	}
	if x == 0 {
		return 2
	}
	return exp(x / alpha)
}

// sigmoidSlope returns e / (1+e)^2.
func sigmoidSlope(x float32) float32 {
	e := exp(-abs(x))
	d := 1 + e
	return e / (d * d)
}

// tanhSlope: tanh(x) is 2 sigmoid(2x) - 1.
func tanhSlope(x float32) float32 { return 4 * sigmoidSlope(2*x) }

func tanhShrinkSlope(x float32) float32 {
	t := tanh(x)
	return t * t
}

// slopeEnd is where the slopes of the functions that are x times something have become
// 0 or 1; beyond, infinities would meet zeros.
const slopeEnd = 128

// within returns x held within -end and end.
func within(x, end float32) float32 {
	_, x = hold(x, end)
	return x
}

// logisticSlope returns the sigmoid and its slope, to what is needed where another sum
// follows. With e = exp(-|x|) and r = 1/(1+e) they are
//
//	x >= 0: r    x < 0: e r    and e r^2
func logisticSlope(x float32) (s, slope float32) {
	e := exp(-abs(x))
	r := 1 / (1 + e)
	q := float32(e * r)
	s = r
	if x < 0 {
		s = q
	}
	return s, float32(q * r)
}

// siluSlope returns s + x s', of the sigmoid s.
func siluSlope(x float32) float32 {
	x = within(x, slopeEnd)
	s, ds := logisticSlope(x)
	return FMA(x, ds, s)
}

// geluSlope returns P(x) + x p(x), of the normal distribution P and its density p.
func geluSlope(x float32) float32 {
	x = within(x, slopeEnd)
	_, c := hold(x, geluEnd)
	return FMA(x*density, exp(-0.5*x*x), normalBeyondHalf(c)+0.5)
}

const density = 0x1.988454p-02 // 1/sqrt(2 pi)

// geluTanhSlope returns the slope of x s(v), v = sqrt(8/pi) (x + 0.044715 x^3), which
// is s(v) + x v' s'(v), of the sigmoid s.
func geluTanhSlope(x float32) float32 {
	const scale, cube = 1.5957691216057308, 0.044715
	x = within(x, 16)
	square := float32(x * x)
	v := float32(scale*x) * FMA(cube, square, 1)
	dv := scale * FMA(3*cube, square, 1)
	s, ds := logisticSlope(v)
	return FMA(x*dv, ds, s)
}

// mishSlope returns t + x (1 - t^2) s, of t = tanh(softplus(x)) and the sigmoid s. With
// e = exp(-|x|) and d = (1+e)^2 + (x < 0 ? 1 : e^2),
//
//	x >= 0: t = (1+2e) / d     (1 - t^2) s = 4 (1+e) e^2 / d^2
//	x < 0:  t = (2+e) e / d    (1 - t^2) s = 4 (1+e) e / d^2
func mishSlope(x float32) float32 {
	x = within(x, slopeEnd)
	e := exp(-abs(x))
	one := 1 + e
	square := float32(e * e)
	over, rest, k := FMA(2, e, 1), square, square
	if x < 0 {
		over, rest, k = (2+e)*e, 1, e
	}
	r := 1 / FMA(one, one, rest)
	k = float32(4 * one * k)
	return FMA(x, k*r*r, over*r)
}

// softsignSlope returns 1 / (1+|x|)^2.
func softsignSlope(x float32) float32 {
	d := 1 + abs(x)
	return 1 / d / d
}

// squarePlusSlope returns (1 + x/root)/2, root = sqrt(x^2+b), and for x < 0 the same
// without cancellation, b/2 / (root (root-x)). As in squarePlus the root is |x| where
// x^2 overflows or b is 0.
func squarePlusSlope(x, b float32) float32 {
	x = within(x, 0x1p100)
	root := sqrt(FMA(x, x, b))
	if root > math.MaxFloat32 {
		root = abs(x)
	}
	if b == 0 {
		root = abs(x)
	}
	y := FMA(x/root, 0.5, 0.5)
	if x < 0 {
		y = 0.5 * b / root / (root - x)
	}
	if root == 0 {
		y = 0.5
	}
	return y
}
