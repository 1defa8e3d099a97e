package sepconv_test

import (
	"iter"
	"math"

	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/truth"
	"github.com/sepconv/go/sepconv"
)

// judged is a layer, its weights and its input: all that the gradients of
// sum(y*dy) depend on beside dy.
type judged struct {
	config     sepconv.Config
	weights    sepconv.Weights
	activation kernel.Activation
	src        []float64

	batch, steps, channels int

	slack slack
}

// slack is what float32 activations, and their derivatives, may err beyond the error
// of their arguments, where the true results are given.
type slack struct{ value, slope func(float64) float64 }

// gradients has an array for each variable of a layer. Without a bias its array is nil.
type gradients[T any] struct{ input, depthwise, pointwise, bias []T }

// arrays returns the arrays in Keras' order.
func (g gradients[T]) arrays() [4][]T { return [4][]T{g.input, g.depthwise, g.pointwise, g.bias} }

// sum is a sum of products of intervals, and what float32 arithmetic makes of it: n
// products and their sum, in any order and with or without fma, are within
//
//	(n + 2) * 2^-24 * sum|terms|
//
// of the same in float64. The errors of the factors come on top, as far as
// (a+da)(b+db) is from ab.
type sum struct {
	interval
	size  float64 // of the terms, which are as large as their errors allow
	terms int
}

func (s *sum) add(a, b interval) {
	product := interval{a.value * b.value, math.Abs(a.value)*b.bound + a.bound*math.Abs(b.value) + a.bound*b.bound}
	s.value += product.value
	s.bound += product.bound
	s.size += math.Abs(product.value) + product.bound
	s.terms++
}

func (s sum) rounded() interval {
	return interval{s.value, s.bound + float64(s.terms+2)*0x1p-24*s.size}
}

func roundedAll(sums []sum) []interval {
	r := make([]interval, len(sums))
	for i, s := range sums {
		r[i] = s.rounded()
	}
	return r
}

// times is the product of two intervals, rounded.
func times(a, b interval) interval {
	var s sum
	s.add(a, b)
	return s.rounded()
}

// exactly are numbers without errors.
func exactly[T float32 | float64](values []T) []interval {
	r := make([]interval, len(values))
	for i, v := range values {
		r[i] = interval{float64(v), 0}
	}
	return r
}

// backward is section 7 of Keras' semantics, the transpose of each step from the last
// to the first:
//
//	dz = dy * activation'(z)
//	db = sum over n, t of dz
//	dP = sum over n, t of u dz      u being what the depthwise convolution made
//	du = sum over f of dz P
//	dW = sum over n, t of x du      of the taps whose x exists
//	dx = sum over t, j, m of du W   of the outputs that x is in
func (l *judged) backward(dy []interval) gradients[interval] {
	dz := l.preactivation(dy)
	g := gradients[sum]{
		make([]sum, len(l.src)), make([]sum, len(l.weights.Depthwise)),
		make([]sum, len(l.weights.Pointwise)), make([]sum, len(l.weights.Bias)),
	}
	out, _ := outputSteps(l.config, l.steps)
	for n := range l.batch {
		for t := range out {
			row := make([]interval, l.config.Filters)
			for f := range row {
				row[f] = dz[l.position(n, t, f, out, len(row))]
			}
			du := l.throughPointwise(g, l.intermediate(n, t), row)
			l.throughDepthwise(g, n, t, du)
		}
	}
	return gradients[interval]{roundedAll(g.input), roundedAll(g.depthwise), roundedAll(g.pointwise), roundedAll(g.bias)}
}

// throughPointwise adds what a row of dz is to the gradients of the pointwise kernel
// and the bias, and returns du.
func (l *judged) throughPointwise(g gradients[sum], u, dz []interval) []interval {
	du := make([]sum, len(u))
	for f, dz := range dz {
		if l.weights.Bias != nil {
			g.bias[f].add(dz, interval{value: 1})
		}
		for q := range u {
			p := q*l.config.Filters + f
			g.pointwise[p].add(u[q], dz)
			du[q].add(dz, interval{value: float64(l.weights.Pointwise[p])})
		}
	}
	return roundedAll(du)
}

// throughDepthwise adds what a row of du is to the gradients of the depthwise kernel
// and the input.
func (l *judged) throughDepthwise(g gradients[sum], n, t int, du []interval) {
	for q, du := range du {
		for x, w := range l.taps(n, t, q) {
			g.depthwise[w].add(interval{value: l.src[x]}, du)
			g.input[x].add(du, interval{value: float64(l.weights.Depthwise[w])})
		}
	}
}

// intermediate is what the depthwise convolution makes of one step.
func (l *judged) intermediate(n, t int) []interval {
	u := make([]sum, l.channels*l.config.DepthMultiplier)
	for q := range u {
		for x, w := range l.taps(n, t, q) {
			u[q].add(interval{value: l.src[x]}, interval{value: float64(l.weights.Depthwise[w])})
		}
	}
	return roundedAll(u)
}

// taps are the places of the inputs and of the weights whose products are column q of
// one step. In the padding there are none.
func (l *judged) taps(n, t, q int) iter.Seq2[int, int] {
	c := l.config
	_, left := outputSteps(c, l.steps)
	return func(yield func(x, w int) bool) {
		for j := range c.KernelSize {
			i := t*c.Strides + j*c.DilationRate - left
			if i < 0 || i >= l.steps {
				continue
			}
			x := l.position(n, i, q/c.DepthMultiplier, l.steps, l.channels)
			if !yield(x, j*l.channels*c.DepthMultiplier+q) {
				return
			}
		}
	}
}

// position is where the number of a step and a channel is in an array.
func (l *judged) position(n, t, c, steps, channels int) int {
	if l.config.DataFormat == sepconv.ChannelsFirst {
		return (n*channels+c)*steps + t
	}
	return (n*steps+t)*channels + c
}

// linear is the layer before its activation, and the length of a line along which
// that may act.
func (l *judged) linear() (z []interval, line int) {
	z = convolve(l.config, l.weights, l.src, l.batch, l.steps, l.channels)
	line = l.config.Filters
	if l.config.DataFormat == sepconv.ChannelsFirst {
		line, _ = outputSteps(l.config, l.steps)
	}
	return z, max(line, 1)
}

// output is what the layer returns.
func (l *judged) output() []interval {
	z, line := l.linear()
	y := activate(l.activation, z, line)
	for i := range y {
		y[i].bound += l.slack.value(y[i].value)
	}
	return y
}

// preactivation is dy taken back through the activation.
func (l *judged) preactivation(dy []interval) []interval {
	z, line := l.linear()
	if l.activation.Func.Axis() {
		return l.alongLines(z, dy, line)
	}
	slope := truth.Derivative(l.activation)
	dz := make([]interval, len(z))
	for i := range z {
		d := through(slope, z[i])
		d.bound += l.slack.slope(d.value)
		dz[i] = times(dy[i], d)
	}
	return dz
}
