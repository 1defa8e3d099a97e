package sepconv_test

import (
	"math"
	"slices"

	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/truth"
)

// alongLines takes dy back through an activation along each line.
func (l *judged) alongLines(z, dy []interval, line int) (dz []interval) {
	results := line
	if l.activation.Func == kernel.GLU {
		results /= 2
	}
	for line := range slices.Chunk(z, line) {
		dz = append(dz, l.pullback(line, dy[:results])...)
		dy = dy[results:]
	}
	return dz
}

// pullback is dy taken back through an activation along a line.
func (l *judged) pullback(z, dy []interval) []interval {
	switch f := l.activation.Func; f {
	case kernel.Softmax:
		return l.softmaxPullback(z, dy)
	case kernel.LogSoftmax:
		return l.logSoftmaxPullback(z, dy)
	case kernel.GLU:
		return l.gluPullback(z, dy)
	default:
		return sparsemaxPullback(f, z, dy)
	}
}

func values(z []interval) []float64 {
	v := make([]float64, len(z))
	for i, z := range z {
		v[i] = z.value
	}
	return v
}

// probabilities is softmax64 with what its implementation may err.
func (l *judged) probabilities(z []interval) []interval {
	p := softmax64(z)
	for i := range p {
		p[i].bound += l.slack.value(p[i].value)
	}
	return p
}

// softmaxPullback is p (dy - sum(p dy)).
func (l *judged) softmaxPullback(z, dy []interval) []interval {
	p := l.probabilities(z)
	var mean sum
	for i := range p {
		mean.add(p[i], dy[i])
	}
	dz := make([]interval, len(z))
	for i := range dz {
		dz[i] = times(p[i], minus(dy[i], mean.rounded()))
	}
	return dz
}

// logSoftmaxPullback is dy - p sum(dy).
func (l *judged) logSoftmaxPullback(z, dy []interval) []interval {
	p := l.probabilities(z)
	var all sum
	for _, g := range dy {
		all.add(g, interval{value: 1})
	}
	dz := make([]interval, len(z))
	for i := range dz {
		dz[i] = minus(dy[i], times(p[i], all.rounded()))
	}
	return dz
}

// minus is the difference of two intervals, rounded.
func minus(a, b interval) interval {
	d := interval{a.value - b.value, a.bound + b.bound}
	d.bound += 0x1p-24 * (math.Abs(d.value) + d.bound)
	return d
}

// gluPullback is dy sigmoid(b) and dy a sigmoid'(b), for the halves a and b.
func (l *judged) gluPullback(z, dy []interval) []interval {
	sigmoid := kernel.Activation{Func: kernel.Sigmoid}
	gate, slope := truth.Of(sigmoid).Value, truth.Derivative(sigmoid)
	half := len(z) / 2
	dz := make([]interval, len(z))
	for i, g := range dy {
		a, b := z[i], z[half+i]
		y, d := through(gate, b), through(slope, b)
		y.bound += l.slack.value(y.value)
		d.bound += l.slack.slope(d.value)
		dz[i], dz[half+i] = times(g, y), times(times(g, a), d)
	}
	return dz
}

// sparsemaxPullback is linear in dy as long as no element enters or leaves the
// support. What is so near to its end that rounding may decide has no bound.
func sparsemaxPullback(f kernel.Func, z, dy []interval) []interval {
	row, g := values(z), values(dy)
	dx := truth.Pullback(f, row, g)
	size, wide := 0.0, widest(dy)
	for _, g := range g {
		size += math.Abs(g)
	}
	n := float64(len(z))
	bound := 2*n*wide + (n+4)*0x1p-24*2*size
	if !decided(f, row, g, dx, n*(2*widest(z)+0x1p-22*(1+math.Abs(highest64(z))))) {
		bound = math.Inf(1)
	}
	dz := make([]interval, len(z))
	for i, d := range dx {
		dz[i] = interval{d, bound}
	}
	return dz
}

// decided reports whether the gradient stays the same if an element moves by a
// distance.
func decided(f kernel.Func, row, dy, dx []float64, distance float64) bool {
	for i, x := range row {
		for _, moved := range []float64{x - distance, x + distance} {
			row[i] = moved
			for j, d := range truth.Pullback(f, row, dy) {
				if math.Abs(d-dx[j]) > 1e-9 {
					return false
				}
			}
		}
		row[i] = x
	}
	return true
}
