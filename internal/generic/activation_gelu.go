package generic

// (a+4) * exp(a^2/2) * P(a standard normal exceeds a) on 0 <= a <= 15 is a
// polynomial in t = (a-4) / (a+4) to 2^-25.5. The factor a+4 keeps it between 1/2
// and 2, so that its terms do not cancel.
const (
	tail0 = 0x1.82b4bcp-01
	tail1 = -0x1.373e38p-01
	tail2 = 0x1.8c6d9p-02
	tail3 = -0x1.7e003ap-03
	tail4 = 0x1.eed64ep-05
	tail5 = -0x1.ed02ccp-08
	tail6 = -0x1.cc85e4p-09
	tail7 = 0x1.9a5e9cp-10
	tail8 = 0x1.7306cp-13
	tail9 = -0x1.15059ap-13
)

// gelu returns x * P(a standard normal is below x), Keras' exact GELU
// x/2 * (1 + erf(x/sqrt(2))). Error below 4.3 ulp, also in the tail, and below
// 2.5 * 2^-24 |x|.
//
// With a = |x| and g = a * P(a standard normal exceeds a), which has no
// cancellation, gelu is x - g for x >= 0 and -g for x < 0.
func gelu(x float32) float32 {
	a := abs(x)
	if a > geluHighest {
		a = geluHighest
	}
	g := geluTail(a)
	if x < 0 {
		x = negativeZero
	}
	return x - g
}

// geluTail of it is less than half the smallest subnormal.
const geluHighest = 15

// geluTail returns a * P(a standard normal exceeds a) for 0 <= a <= geluHighest.
func geluTail(a float32) float32 {
	q := a / (a + 4)
	p := tailPolynomial(FMA(2, q, -1))
	r, n := reduceHalfSquare(a)
	s1, s2 := halfPowers(n)
	return float32(q * p * (expNear0(r) * s1) * s2)
}

// reduceHalfSquare is reduce of -a^2/2, of which it keeps the bits that rounding
// would drop: h + l is exactly a^2/2.
func reduceHalfSquare(a float32) (r float32, n int32) {
	half := 0.5 * a
	h := float32(half * a)
	l := FMA(half, a, -h)
	k, n := log2Int(-h)
	r = FMA(k, -ln2, -h)
	return r + FMA(k, -ln2Low, -l), n
}

func tailPolynomial(t float32) float32 {
	q := FMA(tail9, t, tail8)
	q = FMA(q, t, tail7)
	q = FMA(q, t, tail6)
	q = FMA(q, t, tail5)
	q = FMA(q, t, tail4)
	q = FMA(q, t, tail3)
	q = FMA(q, t, tail2)
	q = FMA(q, t, tail1)
	return FMA(q, t, tail0)
}
