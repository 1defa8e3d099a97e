package truth

import (
	"fmt"
	"math"
	"sort"

	"github.com/sepconv/go/internal/kernel"
)

// Pullback returns the gradient of sum(y*dy) by a row of which an activation along an
// axis makes y. dy is as long as y: for GLU half as long as the row.
//
// Where sparsemax has a corner it is what Keras' gradient is there: an element that
// is just as high as the threshold passes, and of equal elements the first is the
// higher one.
func Pullback(f kernel.Func, row, dy []float64) []float64 {
	switch f {
	case kernel.Softmax:
		return softmaxPullback(row, dy)
	case kernel.LogSoftmax:
		return logSoftmaxPullback(row, dy)
	case kernel.Sparsemax:
		return sparsemaxPullback(row, dy)
	case kernel.SparsemaxCumulative:
		return sparsemaxCumulativePullback(row, dy)
	case kernel.GLU:
		return gluPullback(row, dy)
	}
	panic(fmt.Sprintf("truth: function %d is not along an axis", f))
}

// Probabilities returns the softmax of a row.
func Probabilities(row []float64) []float64 {
	highest, sum := math.Inf(-1), 0.0
	for _, x := range row {
		highest = math.Max(highest, x)
	}
	p := make([]float64, len(row))
	for i, x := range row {
		p[i] = math.Exp(x - highest)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// softmaxPullback is y (dy - sum(y dy)).
func softmaxPullback(row, dy []float64) []float64 {
	p, mean := Probabilities(row), 0.0
	for i := range p {
		mean += p[i] * dy[i]
	}
	for i := range p {
		p[i] *= dy[i] - mean
	}
	return p
}

// logSoftmaxPullback is dy - softmax sum(dy).
func logSoftmaxPullback(row, dy []float64) []float64 {
	dx, sum := Probabilities(row), 0.0
	for _, g := range dy {
		sum += g
	}
	for i := range dx {
		dx[i] = dy[i] - dx[i]*sum
	}
	return dx
}

// gluPullback is dy sigmoid(b) and dy a sigmoid'(b), for the halves a and b.
func gluPullback(row, dy []float64) []float64 {
	half := len(row) / 2
	dx := make([]float64, len(row))
	for i, g := range dy {
		a, b := row[i], row[half+i]
		dx[i], dx[half+i] = g*sigmoid(b), g*a*sigmoidSlope(b)
	}
	return dx
}

// sparsemaxPullback is dy less its mean over the support, within the support.
func sparsemaxPullback(row, dy []float64) []float64 {
	dx := make([]float64, len(row))
	order := byHeight(row)
	support := order[:supportOf(row, order)]
	mean := 0.0
	for _, i := range support {
		mean += dy[i] / float64(len(support))
	}
	for _, i := range support {
		dx[i] = dy[i] - mean
	}
	return dx
}

// sparsemaxCumulativePullback is that of max(x - tau, 0), in which the element of
// rank r = 1..k of a support of k is in k - r + 1 of the cumulative sums that tau is
// the k-th part of:
//
//	tau = (cumulative[1] + ... + cumulative[k] - 1) / k
func sparsemaxCumulativePullback(row, dy []float64) []float64 {
	order := byHeight(row)
	k := supportOf(row, order)
	highest := row[order[0]]
	sum, cumulative := 0.0, 0.0
	for _, i := range order[:k] {
		cumulative += row[i] - highest
		sum += cumulative
	}
	tau := highest*float64(k-1)/2 + (sum-1)/float64(k) // less highest
	dx, passed := make([]float64, len(row)), 0.0
	for i, x := range row {
		if x-highest >= tau {
			dx[i] = dy[i]
			passed += dy[i]
		}
	}
	for r, i := range order[:k] {
		dx[i] -= passed * float64(k-r) / float64(k)
	}
	return dx
}

// byHeight returns the places of a row, the highest element's first.
func byHeight(row []float64) []int {
	order := make([]int, len(row))
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(a, b int) bool { return row[order[a]] > row[order[b]] })
	return order
}

// supportOf returns how many of the highest elements sparsemax keeps.
func supportOf(row []float64, order []int) (k int) {
	highest, cumulative := row[order[0]], 0.0
	for _, i := range order {
		distance := row[i] - highest
		cumulative += distance
		if !(1+float64(k+1)*distance-cumulative > 0) {
			break
		}
		k++
	}
	return k
}
