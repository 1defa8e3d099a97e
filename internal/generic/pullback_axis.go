package generic

import (
	"math"
	"sync"
)

// The pullbacks along an axis add as the functions do: see axis.go.

// softmaxPullback makes z softmax(z) * (dy - mean), where mean is the sum of
// softmax(z) * dy. That sum, of exact products, and the difference are float64.
func softmaxPullback(z, dy []float32) {
	softmax(z)
	var l Lanes
	for i, p := range z {
		l.Add(i, float64(p)*float64(dy[i]))
	}
	mean := l.Sum()
	for i, p := range z {
		z[i] = float32(float64(p) * (float64(dy[i]) - mean))
	}
}

// logSoftmaxPullback makes z dy - softmax(z) * sum(dy), in float64.
func logSoftmaxPullback(z, dy []float32) {
	softmax(z)
	var l Lanes
	for i := range z {
		l.Add(i, float64(dy[i]))
	}
	sum := l.Sum()
	for i, p := range z {
		z[i] = float32(float64(dy[i]) - float64(float64(p)*sum))
	}
}

// sparsemaxPullback makes z dy less its mean over the support, within the support, and
// 0 elsewhere.
func sparsemaxPullback(z, dy []float32) {
	highest := maximum(z)
	if math.IsInf(float64(highest), 0) || hasNaN(z) {
		fill(z, float32(math.NaN()))
		return
	}
	least := leastOfSupport(z, highest)
	var l Lanes
	size := 0
	for i, x := range z {
		if x >= least {
			l.Add(i, float64(dy[i]))
			size++
		}
	}
	mean := l.Sum() / float64(size)
	for i, x := range z {
		z[i] = 0
		if x >= least {
			z[i] = float32(float64(dy[i]) - mean)
		}
	}
}

// sparsemaxCumulativePullback is that of max(z - tau, 0), in which the element of rank
// r = 0..k-1 of a support of k is in k - r of the cumulative sums that tau is the k-th
// part of. Of equal elements the first has the lower rank. It takes k passes over z.
func sparsemaxCumulativePullback(z, dy []float32) {
	highest := maximum(z)
	if math.IsInf(float64(highest), 0) || hasNaN(z) {
		fill(z, float32(math.NaN()))
		return
	}
	least := leastOfSupport(z, highest)
	s := support(z, highest, least, highest)
	k := float64(s.size)
	cumulative := cumulativeSums(z, highest, ordinal(least), ordinal(highest), s)
	tau := float64(float64(highest)*((k-1)/2)) + (cumulative-1)/k
	passes := func(x float32) bool { return float64(x)-float64(highest) >= tau }
	var l Lanes
	for i, x := range z {
		if passes(x) {
			l.Add(i, float64(dy[i]))
		}
	}
	share := l.Sum() / k
	line := lines.Get().(*[]float32)
	defer lines.Put(line)
	*line = append((*line)[:0], z...)
	for i, x := range *line {
		d := 0.0
		if passes(x) {
			d = float64(dy[i])
		}
		if x >= least {
			d -= float64(share * float64(s.size-rank(*line, i)))
		}
		z[i] = float32(d)
	}
}

// lines are copies of lines.
var lines = sync.Pool{New: func() any { return new([]float32) }}

// rank returns how many elements are higher than element i, or as high and before it.
func rank(z []float32, i int) (n int) {
	for j, x := range z {
		if x > z[i] || x == z[i] && j < i {
			n++
		}
	}
	return n
}

// gluPullback makes z, the halves a and b, dy * sigmoid(b) and dy * a * sigmoid'(b).
func gluPullback(z, dy []float32) {
	a, b := z[:len(dy)], z[len(dy):]
	for i, g := range dy {
		x, y := a[i], b[i]
		a[i] = g * sigmoid(y)
		b[i] = float32(g*x) * sigmoidSlope(y)
	}
}
