package generic

// (x - tanh x) / x^3 on [0, 1] is a polynomial in x^2 to 2^-25.
const (
	shrink0 = 0x1.555556p-02
	shrink1 = -0x1.11112ap-03
	shrink2 = 0x1.ba1a6cp-05
	shrink3 = -0x1.65f9fp-06
	shrink4 = 0x1.1e8924p-07
	shrink5 = -0x1.ac1dbcp-09
	shrink6 = 0x1.f88bep-11
	shrink7 = -0x1.40cec4p-13
)

// tanh returns the hyperbolic tangent. Error below 1.01 ulp.
//
//	|x| < 1: |x| - tanhShrinkNear0(|x|)    |x| >= 1: 1 - tanhRest(|x|)
func tanh(x float32) float32 {
	a := abs(x)
	y := a - tanhShrinkNear0(a)
	if a >= 1 {
		y = 1 - tanhRest(a)
	}
	return copysign(y, x)
}

// tanhShrink returns x - tanh x. Error below 3.4 ulp.
//
//	|x| < 1: tanhShrinkNear0(|x|)    |x| >= 1: (|x|-1) + tanhRest(|x|)
func tanhShrink(x float32) float32 {
	a := abs(x)
	y := tanhShrinkNear0(a)
	if a >= 1 {
		y = (a - 1) + tanhRest(a)
	}
	return copysign(y, x)
}

// tanhRest returns 1 - tanh a = 2 / (exp(2a) + 1) for a >= 0.
func tanhRest(a float32) float32 { return 2 / (exp(2*a) + 1) }

// tanhShrinkNear0 returns a - tanh a for 0 <= a <= 1.
func tanhShrinkNear0(a float32) float32 {
	v := a * a
	q := FMA(shrink7, v, shrink6)
	q = FMA(q, v, shrink5)
	q = FMA(q, v, shrink4)
	q = FMA(q, v, shrink3)
	q = FMA(q, v, shrink2)
	q = FMA(q, v, shrink1)
	return float32(FMA(q, v, shrink0) * v * a)
}
