package sepconv_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/truth"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/regularizers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// grain is what random weights are multiples of, so that steps of it are exact in
// float32.
const grain = 0x1p-10

// randomJudged is a small layer, its weights and its input. Nothing is 0.
func randomJudged(r *rand.Rand, f kernel.Func) *judged {
	draw := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = grain * float32((1+r.IntN(1<<10))*(1-2*r.IntN(2)))
		}
		return x
	}
	l := &judged{activation: truth.Named(f), batch: 1 + r.IntN(2), channels: 1 + r.IntN(3)}
	l.config = sepconv.Config{
		Filters: 2 * (1 + r.IntN(2)), KernelSize: 1 + r.IntN(4), Strides: 1 + r.IntN(4), DilationRate: 1 + r.IntN(4),
		DepthMultiplier: 1 + r.IntN(3), StridedDilation: true,
		Padding:    []sepconv.Padding{sepconv.Valid, sepconv.Same, sepconv.Causal}[r.IntN(3)],
		DataFormat: []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst}[r.IntN(2)],
	}
	c := l.config
	// An even number of output steps, which GLU halves in channels_first.
	for l.steps = 1 + r.IntN(8); ; l.steps++ {
		if out, _ := outputSteps(c, l.steps); out > 0 && out%2 == 0 && (c.Padding != sepconv.Valid || l.steps > (c.KernelSize-1)*c.DilationRate) {
			break
		}
	}
	columns := l.channels * c.DepthMultiplier
	l.src = widened(draw(l.batch * l.steps * l.channels))
	l.weights = sepconv.Weights{Depthwise: draw(c.KernelSize * columns), Pointwise: draw(columns * c.Filters)}
	if r.IntN(4) > 0 {
		l.weights.Bias = draw(c.Filters)
	}
	zero := func(float64) float64 { return 0 }
	l.slack = slack{zero, zero}
	return l
}

func randomUpstream(r *rand.Rand, n int) []float64 {
	dy := make([]float64, n)
	for i := range dy {
		dy[i] = r.NormFloat64()
	}
	return dy
}

func inner(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// Without activation and bias the layer is a linear map A of its input, and the
// gradient its transpose: <A x, dy> = <x, A' dy>. The layer is linear in either
// kernel too.
func TestJudgeIsAdjoint(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 1))
	for range 300 {
		l := randomJudged(r, kernel.Linear)
		l.weights.Bias = nil
		y := values(l.output())
		dy := randomUpstream(r, len(y))
		want, g := inner(y, dy), l.backward(exactly(dy))
		for i, x := range [][]float64{l.src, widened(l.weights.Depthwise), widened(l.weights.Pointwise)} {
			require.InDelta(t, want, inner(x, values(g.arrays()[i])), 1e-12*float64(len(y)+len(x)), "%+v, array %d", l.config, i)
		}
	}
}

// smooth are the activations that finite differences serve.
var smooth = []kernel.Func{
	kernel.Linear, kernel.Exponential, kernel.Sigmoid, kernel.Tanh, kernel.SiLU, kernel.GELU, kernel.GELUTanh, kernel.Mish,
	kernel.Softplus, kernel.LogSigmoid, kernel.TanhShrink, kernel.SquarePlus, kernel.Softmax, kernel.LogSoftmax, kernel.GLU,
}

// The gradients are the slopes of the loss, penalties included.
func TestJudgeFiniteDifference(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 2))
	for _, f := range smooth {
		for range 6 {
			l := randomJudged(r, f)
			l.config.DepthwiseRegularizer = regularizers.L1L2{L1: 0.25, L2: 0.5}
			l.config.PointwiseRegularizer = regularizers.L2{}
			l.config.BiasRegularizer = regularizers.L1{Factor: 0.125}
			l.config.ActivityRegularizer = regularizers.L2{Factor: 0.5}
			dy := randomUpstream(r, len(l.output()))
			loss := func() float64 {
				penalty, _ := l.penalty(true)
				return inner(values(l.output()), dy) + penalty.value
			}
			ofLoss := l.backward(exactly(dy))
			_, ofPenalty := l.penalty(true)
			for i, g := range ofLoss.arrays() {
				for j := range g {
					want := l.slope(loss, i, j)
					got := g[j].value + ofPenalty.arrays()[i][j].value
					assert.InDelta(t, want, got, 1e-8*(1+math.Abs(want)), "%v %+v", []string{"input", "depthwise", "pointwise", "bias"}[i], l.config)
				}
			}
			require.False(t, t.Failed(), fmt.Sprint(f))
		}
	}
}

// slope is the slope of a loss by element j of variable i, by four losses.
func (l *judged) slope(loss func() float64, i, j int) float64 {
	at := func(step float64) float64 {
		if i == 0 {
			defer func(x float64) { l.src[j] = x }(l.src[j])
			l.src[j] += step
			return loss()
		}
		w := [][]float32{l.weights.Depthwise, l.weights.Pointwise, l.weights.Bias}[i-1]
		defer func(x float32) { w[j] = x }(w[j])
		w[j] += float32(step)
		return loss()
	}
	const h = grain / 4
	return (8*(at(h)-at(-h)) - (at(2*h) - at(-2*h))) / (12 * h)
}
