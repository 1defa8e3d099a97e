package generic

import "math"

// The constants with a digit are coefficients from gen/coefficients/fit.py.
const (
	log2e  = 0x1.715476p+00
	ln2    = 0x1.62e43p-01
	ln2Low = -0x1.05c61p-29 // ln2 + ln2Low is log 2 to 48 bits

	// (exp(r) - 1 - r) / r^2 on |r| <= log(2)/2 to 2^-28.9 of exp0.
	exp0 = 0x1p-01
	exp1 = 0x1.555556p-03
	exp2 = 0x1.5555p-05
	exp3 = 0x1.110fc8p-07
	exp4 = 0x1.6d308ep-10
	exp5 = 0x1.a2cb1cp-13

	expLowest  = -104 // exp of it is less than half the smallest subnormal
	expHighest = 89   // exp of it overflows
)

// roundMagic is 1.5 * 2^23. Near it float32 has steps of 1, so a sum with it is
// rounded to an integer, which then stands in the low bits.
const roundMagic = 0x1.8p23

// exp returns e^x. Error below 0.87 ulp.
//
// x is first moved into the range where the result is neither 0 nor infinite for
// sure; the scaling then rounds to 0, to a subnormal or to infinity by itself.
func exp(x float32) float32 {
	if x < expLowest {
		x = expLowest
	}
	if x > expHighest {
		x = expHighest
	}
	r, n := reduce(x)
	return ldexp(expNear0(r), n)
}

// expm1 returns e^x - 1. Error below 1.5 ulp, 0.88 for x < 0.
//
// It is 2^n*expm1(r) + (2^n - 1), where the second term is exact or as good as
// 2^n. For n = 128 half the result is computed, then doubled. expm1(-0) is +0.
func expm1(x float32) float32 {
	if x < expm1Lowest {
		x = expm1Lowest
	}
	if x > expHighest {
		x = expHighest
	}
	r, n := reduce(x)
	m := n
	if m > 127 {
		m = 127
	}
	s := powerOf2(m)
	return float32(FMA(expm1Near0(r), s, s-1) * powerOf2(n-m))
}

// expm1 of it is -1 in float32.
const expm1Lowest = -25

// reduce returns r and n with x = n*log(2) + r, n integer and |r| <= log(2)/2
// (a little more as log2e is rounded), for |x| < 2^20. The first FMA that makes r
// is exact: it cancels. Of NaN r is NaN and n anything.
func reduce(x float32) (r float32, n int32) {
	k, n := log2Int(x)
	r = FMA(k, -ln2, x)
	return FMA(k, -ln2Low, r), n
}

// log2Int returns the integer nearest to x / log(2) in both types.
func log2Int(x float32) (float32, int32) {
	t := FMA(x, log2e, roundMagic)
	return t - roundMagic, int32(math.Float32bits(t) - math.Float32bits(roundMagic))
}

// expNear0 is exp for |r| <= log(2)/2.
func expNear0(r float32) float32 {
	return FMA(FMA(expQuotient(r), r, 1), r, 1)
}

// expNear0Precise returns expNear0 and what its last rounding took away.
func expNear0Precise(r float32) (p, err float32) {
	s := FMA(expQuotient(r), r, 1)
	p = FMA(s, r, 1)
	return p, FMA(s, r, 1-p)
}

// expm1Near0 is expm1 for |r| <= log(2)/2.
func expm1Near0(r float32) float32 {
	return FMA(r*r, expQuotient(r), r)
}

// expQuotient is (exp(r) - 1 - r) / r^2 for |r| <= log(2)/2.
func expQuotient(r float32) float32 {
	q := FMA(exp5, r, exp4)
	q = FMA(q, r, exp3)
	q = FMA(q, r, exp2)
	q = FMA(q, r, exp1)
	return FMA(q, r, exp0)
}

// ldexp returns p*2^n for 1/2 < p < 2 and |n| <= 250. The first product is exact,
// the second rounds once, also to subnormals.
func ldexp(p float32, n int32) float32 {
	low, high := halfPowers(n)
	return float32(p * low * high)
}

// halfPowers returns two normal powers of two whose product is 2^n, |n| <= 250.
func halfPowers(n int32) (float32, float32) {
	h := n >> 1
	return powerOf2(h), powerOf2(n - h)
}

// powerOf2 returns 2^n for -126 <= n <= 127, something for any other n.
func powerOf2(n int32) float32 {
	return math.Float32frombits(uint32(n+127) << 23)
}
