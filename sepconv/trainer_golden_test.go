package sepconv_test

import (
	"math"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// ourSlopeSlack is what our derivatives of activations may err beyond the error of
// their argument.
func ourSlopeSlack(activation string, d float64) float64 {
	slack := 8*0x1p-24*math.Abs(d) + 0x1p-140
	switch activation {
	case "gelu", "glu", "hard_silu", "mish", "silu", "squareplus":
		slack += 8 * 0x1p-24
	}
	return slack
}

// TestGoldenGradients holds the trainer to the judge that Keras' own gradients are held
// to, on the same layers.
func TestGoldenGradients(t *testing.T) {
	cases, layers := readGradients(t)
	for i := range cases {
		g := &cases[i]
		t.Run(g.Name, func(t *testing.T) {
			l := g.judged(t, layers[i])
			name := l.config.Activation.Name()
			l.slack.slope = func(d float64) float64 { return ourSlopeSlack(name, d) }
			want := l.backward(exactly(g.dy))
			if g.Penalty {
				_, ofPenalty := l.penalty(!l.config.Frozen)
				want = added(want, ofPenalty)
			}
			for _, set := range sepconv.Kernels() {
				for _, options := range [][]sepconv.CompileOption{nil, {sepconv.WithRecompute()}} {
					holdTrainer(t, g, l, layers[i], want, append(options, sepconv.WithKernel(set)))
				}
			}
		})
	}
}

// added is the sum of gradients.
func added(a, b gradients[interval]) gradients[interval] {
	sum := func(a, b []interval) []interval {
		if len(b) == 0 {
			return a
		}
		s := make([]interval, len(a))
		for i := range a {
			s[i] = plus(a[i], b[i])
		}
		return s
	}
	return gradients[interval]{sum(a.input, b.input), sum(a.depthwise, b.depthwise), sum(a.pointwise, b.pointwise), sum(a.bias, b.bias)}
}

// holdTrainer holds a step of a trainer to the judge.
func holdTrainer(t *testing.T, g *gradientCase, l *judged, layer *sepconv.Layer, want gradients[interval], options []sepconv.CompileOption) {
	t.Helper()
	trainer, err := layer.Train(options...)
	require.NoError(t, err)
	dst, dsrc := make([]float32, len(g.output)), make([]float32, len(g.input))
	require.NoError(t, trainer.Forward(dst, g.input, l.batch, l.steps))
	require.NoError(t, trainer.Backward(dsrc, g.dy))
	_, err = trainer.AddPenalty()
	require.NoError(t, err)
	hold(t, "the output", dst, l.output())
	hold(t, "the input's gradient", dsrc, want.input)
	ours := trainer.Gradients()
	if l.config.Frozen {
		require.Zero(t, ours)
		return
	}
	hold(t, "the depthwise kernel's gradient", ours.Depthwise, want.depthwise)
	hold(t, "the pointwise kernel's gradient", ours.Pointwise, want.pointwise)
	hold(t, "the bias' gradient", ours.Bias, want.bias)
	if g.Penalty {
		penalty, err := trainer.Penalty()
		require.NoError(t, err)
		want, _ := l.penalty(!l.config.Frozen)
		hold(t, "the penalty", []float32{float32(penalty)}, []interval{want})
	}
}
