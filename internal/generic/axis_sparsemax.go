package generic

import "math"

// sparsemax projects y onto the probability simplex: it makes y max(y - tau, 0),
// with the tau for which the results sum to 1 (Martins and Astudillo, "From
// Softmax to Sparsemax", 2016). NaN or +Inf anywhere, or -Inf everywhere, make
// all of it NaN.
//
// An element z is in the support, the set whose results are positive, if the sum
// of what exceeds z is below 1. Nothing is sorted to find it: the least float32
// with that property is found by bisection, in at most 31 sums over y however its
// elements lie. tau then is the mean of the support less 1/its size. Everything
// is relative to the maximum and float64, so that no size of y costs accuracy:
// each result is within 2^-24, relatively, and 2^-52 absolutely of the truth.
func sparsemax(y []float32) {
	highest := maximum(y)
	if math.IsInf(float64(highest), 0) || hasNaN(y) {
		fill(y, float32(math.NaN()))
		return
	}
	s := support(y, highest, leastOfSupport(y, highest), highest)
	exceed(y, highest, (s.sum-1)/float64(s.size))
}

// exceed makes y what it exceeds highest + tau by.
func exceed(y []float32, highest float32, tau float64) {
	for i, z := range y {
		p := float64(z) - float64(highest) - tau
		if p < 0 {
			p = 0
		}
		y[i] = float32(p)
	}
}

// part is the elements of y in some range: how many, and the sum of their
// distances from the highest of all, which are not positive.
type part struct {
	size int
	sum  float64
}

// support returns the elements from least to most.
func support(y []float32, highest, least, most float32) part {
	var l Lanes
	size := 0
	for i, z := range y {
		if z >= least && z <= most {
			l.Add(i, float64(z)-float64(highest))
			size++
		}
	}
	return part{size, l.Sum()}
}

// leastOfSupport returns the least float32 t with excess(y, t) < 1. Rounding is
// monotonic and the sum has one shape, so the computed excess only falls as t
// rises, and there is one such t.
func leastOfSupport(y []float32, highest float32) float32 {
	outside, inside := ordinal(highest-1)-1, ordinal(highest)
	for inside-outside > 1 {
		middle := outside + (inside-outside)/2
		if excess(y, fromOrdinal(middle)) < 1 {
			inside = middle
		} else {
			outside = middle
		}
	}
	return fromOrdinal(inside)
}

// excess returns the sum of what the elements of y exceed t by.
func excess(y []float32, t float32) float64 {
	var l Lanes
	for i, z := range y {
		if z > t {
			l.Add(i, float64(z)-float64(t))
		}
	}
	return l.Sum()
}

// ordinal numbers the float32 in ascending order. -0 comes just before +0.
func ordinal(x float32) int64 {
	b := int64(math.Float32bits(x))
	if b < signBit {
		return b
	}
	return signBit - 1 - b
}

func fromOrdinal(n int64) float32 {
	if n >= 0 {
		return math.Float32frombits(uint32(n))
	}
	return math.Float32frombits(uint32(signBit - 1 - n))
}

func hasNaN(y []float32) bool {
	for _, x := range y {
		if x != x {
			return true
		}
	}
	return false
}

func fill(y []float32, x float32) {
	for i := range y {
		y[i] = x
	}
}
