package sepconv_test

import (
	"math"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// gradientCase is a layer that real Keras differentiated: testdata/golden/README.md.
type gradientCase struct {
	goldenCase
	Penalty bool `json:"penalty"`

	dy        []float32
	ofLoss    gradients[float32]
	penalty   float32
	ofPenalty gradients[float32]
}

// readGradients reads the cases with their arrays.
func readGradients(t *testing.T) ([]gradientCase, []*sepconv.Layer) {
	cases := readLines[gradientCase](t, "gradients.jsonl.gz")
	data := readFloats(t, "gradients.f32")
	layers := make([]*sepconv.Layer, len(cases))
	for i := range cases {
		g := &cases[i]
		layers[i] = g.layer(t, data)
		rest := data[g.Offset+g.size()+len(g.output):]
		g.dy, rest = rest[:len(g.output)], rest[len(g.output):]
		g.ofLoss, rest = g.arrays(rest)
		if g.Penalty {
			g.penalty = rest[0]
			g.ofPenalty, rest = g.arrays(rest[1:])
		}
		if i+1 < len(cases) {
			require.Equal(t, cases[i+1].Offset, len(data)-len(rest))
		}
	}
	return cases, layers
}

// size is that of the input and the weights.
func (g *gradientCase) size() int {
	return len(g.input) + len(g.weights.Depthwise) + len(g.weights.Pointwise) + len(g.weights.Bias)
}

// arrays takes an array for each variable.
func (g *gradientCase) arrays(data []float32) (a gradients[float32], rest []float32) {
	next := func(like []float32) []float32 {
		v := data[:len(like):len(like)]
		data = data[len(like):]
		return v
	}
	a.input, a.depthwise = next(g.input), next(g.weights.Depthwise)
	a.pointwise, a.bias = next(g.weights.Pointwise), next(g.weights.Bias)
	return a, data
}

// judged is the case before the judge, with the slack of Keras' own activations.
func (g *gradientCase) judged(t *testing.T, layer *sepconv.Layer) *judged {
	c := layer.Config()
	name := c.Activation.Name()
	return &judged{
		config: c, weights: g.weights, activation: g.activation(t, c), src: widened(g.input),
		batch: g.InputShape[0], steps: steps(c, g.InputShape), channels: layer.Channels(),
		slack: slack{
			value: func(y float64) float64 { return kerasSlack(name, y) },
			slope: func(d float64) float64 { return kerasSlopeSlack(name, d) },
		},
	}
}

func widened(x []float32) []float64 {
	w := make([]float64, len(x))
	for i, x := range x {
		w[i] = float64(x)
	}
	return w
}

// kerasSlopeSlack is what Keras' derivatives of activations may err beyond the error
// of their argument. Those that it computes from the value, as y(1 - y) and y + 1, or
// as a sum of terms of either sign, lose digits to cancellation; tanh, whose square
// 1 is less than, has the most to lose.
func kerasSlopeSlack(activation string, d float64) float64 {
	slack := 16*0x1p-24*math.Abs(d) + 0x1p-120
	switch activation {
	case "elu", "gelu", "glu", "hard_silu", "mish", "selu", "sigmoid", "silu", "squareplus":
		slack += 1e-7
	case "tanh", "tanh_shrink":
		slack += 4e-7
	}
	return slack
}

// flushed is what TensorFlow's flushing of subnormals to zero, of each product, may
// make of a gradient.
const flushed = 0x1p-110

// TestGradientJudge holds Keras' gradients to the judge, and so either to the other.
func TestGradientJudge(t *testing.T) {
	cases, layers := readGradients(t)
	require.GreaterOrEqual(t, len(cases), 400)
	for i := range cases {
		g := &cases[i]
		t.Run(g.Name, func(t *testing.T) {
			l := g.judged(t, layers[i])
			hold(t, "the output", g.output, l.output())
			holdAll(t, "of the loss", g.ofLoss, l.backward(exactly(g.dy)))
			if g.Penalty {
				weights := !l.config.Frozen || !strings.HasPrefix(g.Package, "keras 3")
				penalty, of := l.penalty(weights)
				hold(t, "the penalty", []float32{g.penalty}, []interval{penalty})
				holdAll(t, "of the penalty", g.ofPenalty, of)
			}
		})
	}
}

func holdAll(t *testing.T, of string, got gradients[float32], want gradients[interval]) {
	want4 := want.arrays()
	for i, got := range got.arrays() {
		hold(t, []string{"input", "depthwise", "pointwise", "bias"}[i]+"'s gradient "+of, got, want4[i])
	}
}

// hold requires each number to be in its interval, and each number to have a bound.
func hold(t *testing.T, what string, got []float32, want []interval) {
	t.Helper()
	require.Len(t, got, len(want), what)
	for i, w := range want {
		require.True(t, isFinite(w.bound) || !isFinite(w.value), "%s: element %d has no bound", what, i)
		if !within(got[i], w, flushed) {
			t.Fatalf("%s: element %d is %v, the formula gives %v +- %v", what, i, got[i], w.value, w.bound)
		}
	}
}

func isFinite(x float64) bool { return math.Abs(x) <= math.MaxFloat64 }

// TestGradientJudgeNotices shows how sharp the judge is: of nearly all gradients it
// refuses the largest element if a thousandth is added to it. (Where sums cancel, as
// those of softmax's gradients over the filters do, it cannot.)
func TestGradientJudgeNotices(t *testing.T) {
	cases, layers := readGradients(t)
	all, missed := 0, 0
	for i := range cases {
		g := &cases[i]
		want := g.judged(t, layers[i]).backward(exactly(g.dy)).arrays()
		for j, got := range g.ofLoss.arrays() {
			if at := largest(got); at >= 0 && got[at] != 0 && isFinite(float64(got[at])) {
				all++
				if within(got[at]*1.001, want[j][at], flushed) {
					missed++
				}
			}
		}
	}
	require.Greater(t, all, 1400)
	require.Less(t, missed, all/100)
}

// largest returns the place of the largest element, or -1.
func largest(x []float32) int {
	at := -1
	for i := range x {
		if at < 0 || math.Abs(float64(x[i])) > math.Abs(float64(x[at])) {
			at = i
		}
	}
	return at
}
