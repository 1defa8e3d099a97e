package generic

// P(a standard normal is below x) - 1/2 is x*P(v)/(1 + v*Q(v)) with v = x^2, to 2^-28.5
// up to geluEnd.
const (
	geluP0  = 0x1.988452p-02
	geluP1  = 0x1.08e4f8p-05
	geluP2  = 0x1.2d5ae8p-08
	geluP3  = 0x1.450d2p-13
	geluP4  = 0x1.af01ccp-18
	geluP5  = 0x1.af1af8p-26
	geluQ0  = 0x1.fb54aep-03
	geluQ1  = 0x1.c7b208p-06
	geluQ2  = 0x1.d9a71ep-10
	geluQ3  = 0x1.25ba6ap-14
	geluQ4  = 0x1.550112p-20
	geluEnd = 0x1.4756bcp+02 // the first float32 where it comes out as 1/2
)

// gelu returns x * P(a standard normal is below x), Keras' exact GELU
// x/2 * (1 + erf(x/sqrt(2))). Error below 2e-7 |x|, and below 2.9 ulp for x >= 0 and 4.3
// from -1 on. Further down the two halves cancel, as they do in Keras; from -geluEnd down
// the result is 0.
func gelu(x float32) float32 {
	x, c := hold(x, geluEnd)
	return FMA(x, normalBeyondHalf(c), 0.5*x)
}

// normalBeyondHalf returns P(a standard normal is below x) - 1/2 for |x| <= geluEnd.
func normalBeyondHalf(x float32) float32 {
	v := float32(x * x)
	p := FMA(geluP5, v, geluP4)
	p = FMA(p, v, geluP3)
	p = FMA(p, v, geluP2)
	p = FMA(p, v, geluP1)
	p = FMA(p, v, geluP0)
	q := FMA(geluQ4, v, geluQ3)
	q = FMA(q, v, geluQ2)
	q = FMA(q, v, geluQ1)
	q = FMA(q, v, geluQ0)
	return x * p / FMA(q, v, 1)
}

// tanh(sqrt(2/pi) * (x + 0.044715 x^3)) / 2 is such a quotient too, to 2^-27.1.
const (
	geluTanhP0  = 0x1.988456p-02
	geluTanhP1  = 0x1.f11d1ap-06
	geluTanhP2  = 0x1.dc2308p-09
	geluTanhP3  = 0x1.174f48p-13
	geluTanhP4  = 0x1.d9fe4cp-18
	geluTanhP5  = 0x1.9f9f32p-26
	geluTanhQ0  = 0x1.f2c8c2p-03
	geluTanhQ1  = 0x1.8e88d8p-06
	geluTanhQ2  = 0x1.5425e8p-10
	geluTanhQ3  = 0x1.3d97b2p-14
	geluTanhQ4  = 0x1.6285c2p-20
	geluTanhEnd = 0x1.358628p+02
)

// geluTanh returns Keras' approximation of GELU,
//
//	x/2 * (1 + tanh(sqrt(2/pi) * (x + 0.044715 x^3)))
//
// with the error that gelu has.
func geluTanh(x float32) float32 {
	x, c := hold(x, geluTanhEnd)
	v := float32(c * c)
	p := FMA(geluTanhP5, v, geluTanhP4)
	p = FMA(p, v, geluTanhP3)
	p = FMA(p, v, geluTanhP2)
	p = FMA(p, v, geluTanhP1)
	p = FMA(p, v, geluTanhP0)
	q := FMA(geluTanhQ4, v, geluTanhQ3)
	q = FMA(q, v, geluTanhQ2)
	q = FMA(q, v, geluTanhQ1)
	q = FMA(q, v, geluTanhQ0)
	return FMA(x, c*p/FMA(q, v, 1), 0.5*x)
}

// hold returns x held from below, so that -Inf * 0 is no NaN, and from both sides.
func hold(x, end float32) (low, both float32) {
	if x < -end {
		x = -end
	}
	if x > end {
		return x, end
	}
	return x, x
}
