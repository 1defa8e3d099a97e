package generic

import "math"

const (
	belowBinary32 = 1<<29 - 1 // the significand bits of a float64 that a float32 lacks
	halfway       = 1 << 28   // the pattern there of a value midway between two float32
	smallestExp   = 0x381     // float64's biased exponent of 2^-126, the smallest normal float32
)

// FMA returns x*y+z rounded once to float32, as IEEE-754 fusedMultiplyAdd does.
//
// The product of two float32 is exact in float64, so only the sum s rounds
// before the last rounding. Rounding is monotonic: if s is not midway between
// two float32, the true sum lies on the same side of every midpoint as s does,
// and rounding s is right. Midpoints, and sums so small that the result may be
// subnormal and midpoints lie elsewhere, take the slow path.
//
// The compiler does not inline it. Hot loops spell its three lines out.
func FMA(x, y, z float32) float32 {
	s := float64(x)*float64(y) + float64(z)
	if delicate(s) {
		return fmaTie(x, y, z)
	}
	return float32(s)
}

// delicate reports whether rounding s, a sum already rounded to float64, to
// float32 may differ from rounding the true sum.
func delicate(s float64) bool {
	b := math.Float64bits(s)
	return b&belowBinary32 == halfway || b<<1 < smallestExp<<53
}

// fmaTie is FMA by rounding to odd: when the float64 sum is inexact, its last
// bit is made 1, which no second rounding can mistake for a tie (Boldo and
// Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms
// using rounding to odd", IEEE Transactions on Computers 57(4), 2008).
//
//go:noinline
func fmaTie(x, y, z float32) float32 {
	p, c := float64(x)*float64(y), float64(z)
	s := p + c
	// Knuth's two-sum: s + e is exactly p + c.
	b := s - p
	e := (p - (s - b)) + (c - b)
	if e == 0 {
		return float32(s)
	}
	bits := math.Float64bits(s)
	if bits&1 == 0 {
		if (e > 0) == (s > 0) {
			bits++
		} else {
			bits--
		}
	}
	return float32(math.Float64frombits(bits))
}
