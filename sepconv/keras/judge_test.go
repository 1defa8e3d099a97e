package keras_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// interval is a value in float64 and a bound.
type interval struct{ value, bound float64 }

// signal is an array of them. While it goes through layers, the bound is the sum of
// the absolute values of all terms of the value; linear and normed turn it into
// how far float32 arithmetic may be from the value.
type signal []interval

func newSignal(x []float32) signal {
	s := make(signal, len(x))
	for i, v := range x {
		s[i] = interval{float64(v), math.Abs(float64(v))}
	}
	return s
}

// through is the layer before its activation, straight from the formulas.
func (x signal) through(layer *sepconv.Layer, shape []int) signal {
	c, w, channels := layer.Config(), layer.Weights(), layer.Channels()
	first := c.DataFormat == sepconv.ChannelsFirst
	batch, steps := shape[0], shape[1]
	if first {
		steps = shape[2]
	}
	out, left := outputSteps(c, steps)
	at := func(n, t, c, steps, channels int) int {
		if first {
			return (n*channels+c)*steps + t
		}
		return (n*steps+t)*channels + c
	}
	y := make(signal, batch*out*c.Filters)
	for n := range batch {
		for t := range out {
			for f := range c.Filters {
				var sum interval
				if w.Bias != nil {
					sum = interval{float64(w.Bias[f]), math.Abs(float64(w.Bias[f]))}
				}
				for q := range channels * c.DepthMultiplier {
					p := float64(w.Pointwise[q*c.Filters+f])
					for j := range c.KernelSize {
						if i := t*c.Strides + j*c.DilationRate - left; i >= 0 && i < steps {
							d := p * float64(w.Depthwise[j*channels*c.DepthMultiplier+q])
							v := x[at(n, i, q/c.DepthMultiplier, steps, channels)]
							sum.value += d * v.value
							sum.bound += math.Abs(d) * v.bound
						}
					}
				}
				y[at(n, t, f, out, c.Filters)] = sum
			}
		}
	}
	return y
}

func outputSteps(c sepconv.Config, steps int) (out, left int) {
	span := (c.KernelSize - 1) * c.DilationRate
	out = (steps + c.Strides - 1) / c.Strides
	switch c.Padding {
	case sepconv.Valid:
		return (steps-span-1)/c.Strides + 1, 0
	case sepconv.Causal:
		return out, span
	}
	return out, max((out-1)*c.Strides+span+1-steps, 0) / 2
}

// normed is a batch normalization of the last axis.
func (x signal) normed(b sepconv.BatchNorm) signal {
	n := len(b.Mean)
	for i := range x {
		c := i % n
		scale, beta := 1/math.Sqrt(float64(b.Variance[c])+b.Epsilon), 0.0
		if b.Gamma != nil {
			scale *= float64(b.Gamma[c])
		}
		if b.Beta != nil {
			beta = float64(b.Beta[c])
		}
		mean := float64(b.Mean[c])
		x[i] = interval{scale*(x[i].value-mean) + beta, math.Abs(scale)*(x[i].bound+math.Abs(mean)) + math.Abs(beta)}
	}
	return x
}

// linear makes of the terms' sums the contract's bound,
//
//	|y - y64| <= (k + C*M + 2) * 2^-24 * sum|terms|
func (x signal) linear(layer *sepconv.Layer) signal { return x.within(terms(layer)) }

func terms(layer *sepconv.Layer) float64 {
	c := layer.Config()
	return float64(c.KernelSize + layer.Channels()*c.DepthMultiplier + 2)
}

func (x signal) within(roundings float64) signal {
	for i := range x {
		x[i].bound *= roundings * 0x1p-24
	}
	return x
}

// padded is a ZeroPadding1D in channels_last.
func (x signal) padded(t *testing.T, l *keras.Layer, shape []int) (signal, []int) {
	var c struct{ Padding [2]int }
	require.NoError(t, json.Unmarshal(l.Config, &c))
	batch, steps, channels := shape[0], shape[1], shape[2]
	longer := steps + c.Padding[0] + c.Padding[1]
	y := make(signal, batch*longer*channels)
	for n := range batch {
		copy(y[(n*longer+c.Padding[0])*channels:], x[n*steps*channels:(n+1)*steps*channels])
	}
	return y, []int{batch, longer, channels}
}

// chainTruth is what the layers of a run give one after the other, before the last
// activation. A batch normalization rounds four times, or, folded, the weights do.
func chainTruth(t *testing.T, m *keras.Model, run *expectedRun, input []float32) signal {
	x, shape, roundings := newSignal(input), run.InputShape, 0.0
	for _, path := range run.Layers {
		l, err := m.Layer(path)
		require.NoError(t, err)
		switch {
		case l.Class == "ZeroPadding1D":
			x, shape = x.padded(t, l, shape)
		case l.IsSeparableConv1D():
			layer, err := l.SeparableConv1D()
			require.NoError(t, err)
			x, roundings = x.through(layer, shape), roundings+terms(layer)
		case l.Class == "BatchNormalization":
			norm, err := l.BatchNorm()
			require.NoError(t, err)
			x, roundings = x.normed(norm), roundings+4
		}
	}
	return x.within(roundings)
}
