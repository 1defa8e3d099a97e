// Package elementary holds functions of float64 that give the same bits on every
// CPU. Those of package math do not: they are assembly on some CPUs, and the compiler
// fuses x*y+z on others.
//
// All here is arithmetic of + - * /, which IEEE 754 rounds in one way only, and every
// product is converted to float64 before it is added to, which forbids the compiler to
// fuse the two.
package elementary

import "math"

// log 2 in two parts: the first has 32 bits, so that its product with the exponent of
// a float64 is exact.
const ln2High, ln2Low = 0x1.62e42feep-1, 0x1.a39ef35793c76p-33

// Exp returns e^x to within 2 ulp where that is normal, 0 below and +Inf above. With
// x = n*log 2 + r and |r| <= log(2)/2, it is 2^n * (1 + r + r^2/2! + r^3/3! + ...).
func Exp(x float64) float64 {
	switch {
	case x > 709.78: // about the logarithm of the largest float64
		return math.Inf(1)
	case x < -708.39: // that of the smallest normal one
		return 0
	}
	n := math.Floor(float64(x*math.Log2E) + 0.5)
	r := (x - float64(n*ln2High)) - float64(n*ln2Low)
	series := 1.0
	for k := 14.0; k > 0; k-- { // r^15/15! is below 2^-62
		series = float64(float64(series*r)/k) + 1
	}
	return math.Ldexp(series, int(n))
}

// Pow returns x^y for x >= 0, which is 0 or normal, and y >= 0, as Exp(y * Log(x)): its
// relative error is a few times 2^-53 * (1 + |y*log x|), below 2^-40.
func Pow(x, y float64) float64 {
	switch {
	case y == 0 || x == 1:
		return 1
	case x == 0:
		return 0
	case y == 1:
		return x
	}
	return Exp(float64(y * Log(x)))
}
