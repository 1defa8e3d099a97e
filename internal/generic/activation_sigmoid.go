package generic

// The functions of this file are fractions in e = exp(-|x|) <= 1, which cannot
// overflow and keep their relative accuracy on both sides of 0. Where the result
// follows e down to the subnormals, e comes as e1*e2, both normal, and meets the
// other factor before it is whole.

// sigmoid returns 1 / (1 + exp(-x)). Error below 2 ulp.
func sigmoid(x float32) float32 {
	s1, s2 := logistic(x)
	return s1 * s2
}

// logistic returns two normal numbers whose product is sigmoid(x), or below
// swishLowest sigmoid(swishLowest). With q = e/(1+e) it is
//
//	x >= 0: 1 - q    x < 0: e - e*q
//
// of which only e has to be precise: it comes with the error of its last rounding.
func logistic(x float32) (s1, s2 float32) {
	a := abs(x)
	if a > -swishLowest {
		a = -swishLowest
	}
	r, n := reduce(-a)
	e1, e2 := halfPowers(n)
	p, err := expNear0Precise(r)
	e := float32(p * e1 * e2)
	q := e / (1 + e)
	s1, s2 = 1-q, 1
	if x < 0 {
		s1, s2 = (p+FMA(-p, q, err))*e1, e2
	}
	return s1, s2
}

// silu returns x * sigmoid(x). Error below 2.9 ulp. With x held above swishLowest,
// -Inf gives -0.
func silu(x float32) float32 {
	s1, s2 := logistic(x)
	if x < swishLowest {
		x = swishLowest
	}
	return x * s1 * s2
}

// swishLowest * exp(swishLowest) is less than half the smallest subnormal.
const swishLowest = -120

// expParts returns two normal numbers whose product is exp(x), or below
// swishLowest exp(swishLowest), for x <= 0.
func expParts(x float32) (e1, e2 float32) {
	if x < swishLowest {
		x = swishLowest
	}
	r, n := reduce(x)
	e1, e2 = halfPowers(n)
	return expNear0(r) * e1, e2
}

// mish returns x * tanh(softplus(x)). Error below 4.4 ulp and 3 * 2^-24 |x|.
//
// tanh(log(1+w)) = (w^2+2w) / (w^2+2w+2), hence
//
//	x >= 0: x * (1+2e) / (1+2e+2e^2)    x < 0: x*e * (e+2) / (e^2+2e+2)
//
// and x meets e as in silu.
func mish(x float32) float32 {
	e1, e2 := expParts(-abs(x))
	e := float32(e1 * e2)
	if x < 0 {
		if x < swishLowest {
			x = swishLowest
		}
		return x * (e1 * (2 + e)) / FMA(2+e, e, 2) * e2
	}
	n := FMA(2, e, 1)
	return x * n / FMA(2*e, e, n)
}
