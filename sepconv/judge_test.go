package sepconv_test

import (
	"math"
	"slices"
	"sort"

	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/truth"
	"github.com/sepconv/go/sepconv"
)

// interval is what a computation may give: the value in float64 and how far
// from it float32 arithmetic may end.
type interval struct{ value, bound float64 }

func (i interval) low() float64  { return i.value - i.bound }
func (i interval) high() float64 { return i.value + i.bound }

// convolve is the layer before its activation in float64, straight from the
// formulas, with the bound of the contract:
//
//	|y - y64| <= (k + C*M + 2) * 2^-24 * sum|terms|
//
// The result has axis order (batch, steps, filters) or, in channels_first,
// (batch, filters, steps).
func convolve[T float32 | float64](c sepconv.Config, w sepconv.Weights, src []T, batch, steps, channels int) []interval {
	m, s, d, k := c.DepthMultiplier, c.Strides, c.DilationRate, c.KernelSize
	out, left := outputSteps(c, steps)
	columns := channels * m
	first := c.DataFormat == sepconv.ChannelsFirst
	at := func(n, t, c, steps, channels int) int {
		if first {
			return (n*channels+c)*steps + t
		}
		return (n*steps+t)*channels + c
	}
	y := make([]interval, batch*out*c.Filters)
	u, terms := make([]float64, columns), make([]float64, columns)
	for n := range batch {
		for t := range out {
			clear(u)
			clear(terms)
			for q := range columns {
				for j := range k {
					x := 0.0
					if i := t*s + j*d - left; i >= 0 && i < steps {
						x = float64(src[at(n, i, q/m, steps, channels)])
					}
					product := x * float64(w.Depthwise[j*columns+q])
					u[q] += product
					terms[q] += math.Abs(product)
				}
			}
			round(u, terms)
			for f := range c.Filters {
				var sum, total float64
				if w.Bias != nil {
					sum, total = float64(w.Bias[f]), math.Abs(float64(w.Bias[f]))
				}
				for q := range columns {
					p := float64(w.Pointwise[q*c.Filters+f])
					sum += u[q] * p
					total += terms[q] * math.Abs(p)
				}
				y[at(n, t, f, out, c.Filters)] = rounded(interval{sum, float64(k+columns+2) * 0x1p-24 * total})
			}
		}
	}
	return y
}

// round makes sums infinite that are so in float32.
func round(sums, terms []float64) {
	for i, s := range sums {
		r := rounded(interval{s, terms[i]})
		sums[i] = r.value
	}
}

// rounded makes a value infinite that is so in float32. An infinity has no error.
func rounded(v interval) interval {
	switch {
	case math.Abs(v.value) >= 0x1.ffffffp127:
		return interval{math.Inf(1 - 2*int(math.Float64bits(v.value)>>63)), 0}
	case math.IsNaN(v.value):
		return interval{v.value, 0}
	}
	return v
}

// outputSteps is section 2.3 of Keras' semantics.
func outputSteps(c sepconv.Config, steps int) (out, left int) {
	span := (c.KernelSize-1)*c.DilationRate + 1
	switch c.Padding {
	case sepconv.Valid:
		return (steps-span)/c.Strides + 1, 0
	case sepconv.Causal:
		left = span - 1
	default:
		out = int(math.Ceil(float64(steps) / float64(c.Strides)))
		left = max((out-1)*c.Strides+span-steps, 0) / 2
	}
	return int(math.Ceil(float64(steps) / float64(c.Strides))), left
}

// alongAxis are the activations of a line of values.
var alongAxis = map[kernel.Func]func(z []interval) []interval{
	kernel.Softmax: softmax64, kernel.LogSoftmax: logSoftmax64, kernel.SparsemaxCumulative: sparsemax64, kernel.GLU: glu64,
}

func widest(z []interval) (b float64) {
	for _, z := range z {
		b = max(b, z.bound)
	}
	return b
}

func highest64(z []interval) float64 {
	m := math.Inf(-1)
	for _, z := range z {
		m = math.Max(m, z.value)
	}
	return m
}

// total is the sum of exponentials relative to the largest.
func total(z []interval) (sum float64) {
	m := highest64(z)
	for _, z := range z {
		sum += math.Exp(z.value - m)
	}
	return sum
}

func softmax64(z []interval) []interval {
	y := make([]interval, len(z))
	for i, v := range z {
		e := math.Exp(v.value-highest64(z)) / total(z)
		y[i] = interval{e, e * math.Expm1(2*widest(z))}
		if e == 0 { // at most what it is if all others are as low as they may be
			y[i].bound = math.Exp(math.Min(0, v.high()-lowestOfHighest(z)))
		}
	}
	return y
}

// lowestOfHighest is the least that the largest of z may be.
func lowestOfHighest(z []interval) float64 {
	m := math.Inf(-1)
	for _, z := range z {
		m = math.Max(m, z.low())
	}
	return m
}

func logSoftmax64(z []interval) []interval {
	y := make([]interval, len(z))
	for i, p := range softmax64(z) {
		// log p loses nothing to cancellation unless p is near 1.
		others := 0.0
		for j, v := range z {
			if j != i {
				others += math.Exp(v.value - z[i].value)
			}
		}
		y[i] = interval{-math.Log1p(others), 2 * widest(z)}
		if p.value < 1e-12 || math.IsNaN(p.value) {
			y[i].value = z[i].value - highest64(z) - math.Log(total(z))
		}
	}
	return y
}

// sparsemax64 is the formula of Keras up to 3.15.1, which adds up all cumulative
// sums of the support where the paper (Martins and Astudillo, 2016) takes the
// last: keras-team/keras#23425.
func sparsemax64(z []interval) []interval {
	if m := highest64(z); math.IsNaN(m) || math.IsInf(m, 0) {
		return slices.Repeat([]interval{{math.NaN(), 0}}, len(z))
	}
	sorted := slices.Clone(z)
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].value > sorted[j].value })
	// Relative to the largest, so that large values keep their digits.
	h := sorted[0].value
	var cumulative, sum, k float64
	for i, v := range sorted {
		cumulative += v.value - h
		if v.value-h-(cumulative-1)/float64(i+1) > 0 {
			sum += cumulative
			k++
		}
	}
	tau := h*(k-1)/2 + (sum-1)/k // less h
	y := make([]interval, len(z))
	for i, v := range z {
		y[i] = interval{math.Max(v.value-h-tau, 0), v.bound + (k+1)/2*widest(z) + (k+1)*(math.Abs(h)+1)*0x1p-23}
	}
	return y
}

func glu64(z []interval) []interval {
	half := len(z) / 2
	sigmoid := truth.Of(kernel.Activation{Func: kernel.Sigmoid})
	y := make([]interval, half)
	for i := range y {
		a, b := z[i], z[half+i]
		gate := sigmoid.Value(b.value)
		y[i] = interval{a.value * gate, a.bound*gate + math.Abs(a.value)*(b.bound/4*math.Min(1, 8*gate))}
	}
	return y
}

// activate applies an activation to values along lines of the last axis.
func activate(a kernel.Activation, z []interval, line int) []interval {
	var y []interval
	if f, ok := alongAxis[a.Func]; ok {
		for line := range slices.Chunk(z, max(line, 1)) {
			y = append(y, f(line)...)
		}
		return y
	}
	f := truth.Of(a)
	for _, z := range z {
		w := through(f.Value, z)
		if f.ULP == 0 && !math.IsInf(z.value, 0) { // its error does not vanish with its value
			w.bound += f.Share * 0x1p-24 * math.Max(math.Abs(z.low()), math.Abs(z.high()))
		}
		y = append(y, w)
	}
	return y
}

// through is the image of an interval under a function that is monotonic there,
// or jumps there, up to second order in its width.
func through(f func(float64) float64, z interval) interval {
	y := f(z.value)
	if math.IsInf(z.value, 0) || math.IsNaN(z.value) {
		return interval{y, 0}
	}
	return interval{y, math.Max(math.Abs(f(z.high())-y), math.Abs(f(z.low())-y))}
}
