package main

import (
	"math"
	"slices"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// judged computes a layer in float64, straight from the formulas: the output
// before the activation, and the sum of |terms| of each element.
func judged(w *workload) (y, terms []float64) {
	l := w.layer
	left, _ := l.padding()
	src := w.channelsLast(w.src, l.Channels)
	for n := range l.Batch {
		for t := range l.outSteps() {
			for f := range l.Filters {
				sum, total := float64(w.weights.Bias[f]), math.Abs(float64(w.weights.Bias[f]))
				for q := range l.columns() {
					for j := range l.Kernel {
						at := t*l.Stride + j*l.Dilation - left
						if at < 0 || at >= l.Steps {
							continue
						}
						term := float64(src[(n*l.Steps+at)*l.Channels+q/l.Multiplier]) *
							float64(w.weights.Depthwise[j*l.columns()+q]) * float64(w.weights.Pointwise[q*l.Filters+f])
						sum, total = sum+term, total+math.Abs(term)
					}
				}
				y, terms = append(y, sum), append(terms, total)
			}
		}
	}
	return y, terms
}

// The bound is that of the contract, for each side: our output is well within half
// of it, and its terms are those of the formula.
func TestBoundIsThatOfTheContract(t *testing.T) {
	for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
		w := tinyWorkload(t, format)
		b, err := newBound(w)
		require.NoError(t, err)
		y, terms := judged(w)
		require.Len(t, b.terms, len(terms))
		keras := float64(w.layer.Kernel+w.layer.columns()+2) * 0x1p-24
		for i := range y {
			require.InEpsilon(t, terms[i], b.terms[i], 1e-5)
			require.InEpsilon(t, 2*keras*terms[i], b.unit*float64(b.terms[i]), 1e-5)
			require.InDelta(t, max(y[i], 0), b.ours[i], keras*terms[i])
		}
	}
}

func TestBound(t *testing.T) {
	w := tinyWorkload(t, sepconv.ChannelsLast)
	b, err := newBound(w)
	require.NoError(t, err)
	require.Zero(t, b.slack, "relu is exact")
	at := slices.IndexFunc(b.ours, func(y float32) bool { return y > 0.1 })
	allowed := b.unit * float64(b.terms[at])
	output := slices.Clone(b.ours)

	worst, err := b.check(output)
	require.NoError(t, err)
	require.Zero(t, worst)

	output[at] = b.ours[at] + float32(0.9*allowed)
	worst, err = b.check(output)
	require.NoError(t, err)
	require.InDelta(t, 0.9, worst, 0.05)

	for _, y := range []float32{b.ours[at] + float32(1.1*allowed), 0, float32(math.NaN()), float32(math.Inf(1))} {
		output[at] = y
		_, err = b.check(output)
		require.ErrorContains(t, err, "is the most that they may differ")
	}
	_, err = b.check(output[1:])
	require.ErrorContains(t, err, "its output has 349 elements; ours has 350")
}

// An activation that is steeper than 1 enlarges the error, and is not exact.
func TestBoundOfActivations(t *testing.T) {
	w := tinyWorkload(t, sepconv.ChannelsLast)
	linear, err := newBound(w)
	require.NoError(t, err)
	w.layer.Activation = "gelu"
	gelu, err := newBound(w)
	require.NoError(t, err)
	require.InEpsilon(t, 1.13*linear.unit, gelu.unit, 1e-12)
	require.Equal(t, 1.0, gelu.slack)
	w.layer.Activation = "softmax"
	_, err = newBound(w)
	require.ErrorContains(t, err, `no bound is known for activation "softmax"`)
}

// slopes are bounds indeed.
func TestSlopes(t *testing.T) {
	for activation, slope := range slopes {
		w := tinyWorkload(t, sepconv.ChannelsLast)
		w.layer.Activation = activation
		c, err := w.layer.config(sepconv.ChannelsLast)
		require.NoError(t, err)
		c.KernelSize, c.Filters, c.DepthMultiplier, c.Strides = 1, 1, 1, 1
		s, err := sepconv.New(c, 1)
		require.NoError(t, err)
		require.NoError(t, s.SetWeights(sepconv.Weights{Depthwise: []float32{1}, Pointwise: []float32{1}, Bias: []float32{0}}))
		plan, err := s.Compile()
		require.NoError(t, err)
		const n, step = 1600, 1. / 64
		x, y := make([]float32, n), make([]float32, n)
		for i := range x {
			x[i] = float32(i-n/2) * step
		}
		require.NoError(t, plan.Run(y, x, 1, n))
		steepest := 0.0
		for i := range n - 1 {
			steepest = max(steepest, math.Abs(float64(y[i+1]-y[i]))/step)
		}
		require.LessOrEqual(t, steepest, slope*1.0001, activation)
	}
}
