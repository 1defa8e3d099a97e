package main

import (
	"math"
	"slices"
	"testing"

	"github.com/sepconv/go/bench/internal/protocol"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// taught is a step of a layer without an activation in float64, straight from the
// formulas: the gradients, and the sums of |terms| of each.
func taught(t *trainload) (g, terms [4][]float64) {
	l := t.layer
	left, _ := l.padding()
	src, dy := t.channelsLast(t.src, l.Channels), t.channelsLast(t.ddst, l.Filters)
	for i, n := range []int{len(src), len(t.weights.Depthwise), len(t.weights.Pointwise), l.Filters} {
		g[i], terms[i] = make([]float64, n), make([]float64, n)
	}
	add := func(array, at int, term float64) {
		g[array][at] += term
		terms[array][at] += math.Abs(term)
	}
	for row := range l.Batch * l.outSteps() {
		n, out := row/l.outSteps(), row%l.outSteps()
		for f := range l.Filters {
			d := float64(dy[row*l.Filters+f])
			add(3, f, d)
			for q := range l.columns() {
				for j := range l.Kernel {
					at := out*l.Stride + j*l.Dilation - left
					if at < 0 || at >= l.Steps {
						continue
					}
					i, k, p := (n*l.Steps+at)*l.Channels+q/l.Multiplier, j*l.columns()+q, q*l.Filters+f
					x, w, v := float64(src[i]), float64(t.weights.Depthwise[k]), float64(t.weights.Pointwise[p])
					add(0, i, w*v*d)
					add(1, k, x*v*d)
					add(2, p, x*w*d)
				}
			}
		}
	}
	return g, terms
}

// Our gradients are well within the bound of the formulas, whose terms are those of the
// bound.
func TestTrainingBoundIsThatOfTheFormulas(t *testing.T) {
	for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
		load := tinyTrainload(t, format, "linear")
		b, err := newTrainingBound(load)
		require.NoError(t, err)
		g, terms := taught(load)
		for i, a := range b.gradients {
			require.Nil(t, a.carried, "linear is exact")
			require.Len(t, a.ours, len(g[i]), a.name)
			for at, want := range g[i] {
				if terms[i][at] == 0 {
					require.Zero(t, a.ours[at], "no output depends on it")
					continue
				}
				require.InEpsilon(t, terms[i][at], a.terms[at], 1e-5, a.name)
				require.InDelta(t, want, a.ours[at], a.unit/2*terms[i][at], a.name)
			}
		}
	}
}

func TestTrainingBound(t *testing.T) {
	load := tinyTrainload(t, sepconv.ChannelsLast, "relu")
	b, err := newTrainingBound(load)
	require.NoError(t, err)
	output := slices.Clone(b.output.ours)
	theirs := *load.gradients()
	for _, a := range theirs.Arrays() {
		*a.Values = slices.Clone(*a.Values)
	}
	worst, err := b.check(output, &theirs)
	require.NoError(t, err)
	require.Zero(t, worst)

	for i, a := range theirs.Arrays() {
		at := slices.IndexFunc(*a.Values, func(v float32) bool { return v > 0.1 })
		v, allowed := &(*a.Values)[at], b.gradients[i].unit*float64(b.gradients[i].terms[at])
		ours := *v
		*v = ours + float32(0.9*allowed)
		worst, err = b.check(output, &theirs)
		require.NoError(t, err)
		require.InDelta(t, 0.9, worst, 0.05)
		for _, off := range []float32{ours + float32(1.1*allowed), 0, float32(math.NaN()), float32(math.Inf(1))} {
			*v = off
			_, err = b.check(output, &theirs)
			require.ErrorContains(t, err, " of its "+a.Name+" is ")
		}
		*v = ours
	}
	_, err = b.check(output, &protocol.Gradients{})
	require.ErrorContains(t, err, "its dinput has 0 elements; ours has 300")
	_, err = b.check(output[1:], &theirs)
	require.ErrorContains(t, err, "its output has 349 elements")
}

// What errs by more terms may err by more, and roundings of many rows do not all go one
// way.
func TestGradientUnits(t *testing.T) {
	l := layer{Batch: 1, Steps: 9, Channels: 4, Kernel: 5, Stride: 1, Dilation: 1, Multiplier: 2, Filters: 7, Padding: "same"}
	require.Equal(t, [4]float64{19 * 0x1p-24, 18 * 0x1p-24, 16 * 0x1p-24, 11 * 0x1p-24}, l.gradientUnits())
	l.Batch = 10_000
	require.Equal(t, 1202*0x1p-24, l.gradientUnits()[3])
}

// The derivative of an activation that is not exact errs, and that goes on.
func TestTrainingBoundOfActivations(t *testing.T) {
	b, err := newTrainingBound(tinyTrainload(t, sepconv.ChannelsLast, "gelu"))
	require.NoError(t, err)
	for _, a := range b.gradients {
		require.Len(t, a.carried, len(a.ours), a.name)
		require.Positive(t, slices.Max(a.carried), a.name)
	}
	load := tinyTrainload(t, sepconv.ChannelsLast, "softmax")
	_, err = newTrainingBound(load)
	require.ErrorContains(t, err, `no bound is known for activation "softmax"`)
}

// curvatures are bounds indeed, of every activation that has a slope.
func TestCurvatures(t *testing.T) {
	for activation := range slopes {
		curvature, found := curvatures[activation]
		require.True(t, found, activation)
		const n, step = 1600, 1. / 64
		c, err := (&layer{Filters: 1, Kernel: 1, Stride: 1, Dilation: 1, Multiplier: 1, Padding: "same", Activation: activation}).config(sepconv.ChannelsLast)
		require.NoError(t, err)
		s, err := sepconv.New(c, 1)
		require.NoError(t, err)
		require.NoError(t, s.SetWeights(sepconv.Weights{Depthwise: []float32{1}, Pointwise: []float32{1}, Bias: []float32{0}}))
		trainer, err := s.Train()
		require.NoError(t, err)
		x, y, ones, slope := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
		for i := range x {
			x[i], ones[i] = (float32(i-n/2)+0.5)*step, 1 // corners are between
		}
		require.NoError(t, trainer.Forward(y, x, 1, n))
		require.NoError(t, trainer.Backward(slope, ones))
		for i := range n - 1 {
			corner := slices.ContainsFunc(corners[activation], func(at float64) bool { return float64(x[i]) < at && float64(x[i+1]) > at })
			if !corner {
				require.LessOrEqual(t, math.Abs(float64(slope[i+1]-slope[i]))/step, curvature*1.001+1e-4, "%s at %v", activation, x[i])
			}
		}
	}
}
