package generic

import "math"

// softsign returns x / (1+|x|). Error below 1.5 ulp. Held within +-2^64, where
// the quotient is +-1 already, infinities give +-1; Keras gives NaN.
func softsign(x float32) float32 {
	if x < -0x1p64 {
		x = -0x1p64
	}
	if x > 0x1p64 {
		x = 0x1p64
	}
	return x / (1 + abs(x))
}

// squarePlus returns (x + sqrt(x^2+b)) / 2, which for x < 0 would cancel and is
// (b/4) / (sqrt(x^2+b)/2 + |x|/2) there. Where x^2 overflows or b is 0 the root is
// |x|. Error below 2.8 ulp for b from 2^-100 to 2^100, below 1 for 0.
func squarePlus(x, b float32) float32 {
	a := abs(x)
	root := sqrt(FMA(x, x, b))
	if root > math.MaxFloat32 {
		root = a
	}
	if b == 0 {
		root = a
	}
	y := FMA(0.5, root, 0.5*a)
	rest := 0.25 * b / y
	if b == 0 {
		rest = 0 // not 0/0 beside 0
	}
	if x < 0 {
		y = rest
	}
	return y
}

// sqrt rounds once: float64 has more than twice as many bits, which for a square
// root makes its own rounding harmless.
func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
