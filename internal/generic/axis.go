package generic

import "math"

// The functions along an axis are, beside elementwise steps, made of a maximum,
// which no order changes, and of sums, which have one shape: element i is added
// to lane i mod 8, each lane a float64 that starts at +0, and then the lanes meet
// as Lanes.Sum says.

// Lanes is such a sum.
type Lanes [8]float64

// Add adds x, made of element i.
func (l *Lanes) Add(i int, x float64) { l[i%len(l)] += x }

// Sum returns the sum of all lanes.
func (l *Lanes) Sum() float64 {
	return ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}

// softmax makes y exp(y-max) / sum(exp(y-max)). Each result is within
// (2 + |y-max|/2) 2^-23 of the truth, relatively, and 1.5 subnormal steps. NaN or
// +Inf anywhere, or -Inf everywhere, make all of it NaN.
func softmax(y []float32) {
	highest := maximum(y)
	var l Lanes
	for i, x := range y {
		e := exp(x - highest)
		l.Add(i, float64(e))
		y[i] = e
	}
	total := float32(l.Sum())
	for i := range y {
		y[i] /= total
	}
}

// logSoftmax makes y (y - max) - log(sum(exp(y-max))), where the exponentials
// and the result are float32, and all else is float64. Each result is within 0.5
// ulp and the sum's relative error: the mean of (0.87 + |y-max|/2) 2^-23 weighted by
// softmax. NaN and infinities do as there, but a -Inf among
// finite numbers stays.
func logSoftmax(y []float32) {
	highest := maximum(y)
	var l Lanes
	for i, x := range y {
		l.Add(i, float64(exp(x-highest)))
	}
	total := LogSum(l.Sum())
	for i, x := range y {
		y[i] = float32(float64(x) - float64(highest) - total)
	}
}

// maximum returns the greatest element that is not NaN, or -Inf.
func maximum(y []float32) float32 {
	m := float32(math.Inf(-1))
	for _, x := range y {
		if x > m {
			m = x
		}
	}
	return m
}

// LogSum returns log(x) in float64 for finite x >= 1, to a relative 2^-50, and NaN
// for NaN. math.Log would not give the same bits on every machine.
//
// With x = 2^n * m, 1/sqrt(2) <= m < sqrt(2), and s = (m-1)/(m+1), it is
// n*log(2) + 2*(s + s^3/3 + s^5/5 + ...).
func LogSum(x float64) float64 {
	const fraction = 52
	bits := math.Float64bits(x)
	n := (bits - math.Float64bits(math.Sqrt2/2)) >> fraction
	m := math.Float64frombits(bits - n<<fraction)
	s := (m - 1) / (m + 1)
	z := float64(s * s)
	p := float64(z*(1./19)) + 1./17
	p = float64(z*p) + 1./15
	p = float64(z*p) + 1./13
	p = float64(z*p) + 1./11
	p = float64(z*p) + 1./9
	p = float64(z*p) + 1./7
	p = float64(z*p) + 1./5
	p = float64(z*p) + 1./3
	p = float64(z*p) + 1
	y := float64(float64(n)*math.Ln2) + float64(2*s*p)
	if x != x {
		y = x
	}
	return y
}
