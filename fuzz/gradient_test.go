package fuzz

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// FuzzGradient holds a step of training on every set of kernels, with one thread and
// several, with intermediate results kept and computed again, to that of the pure-Go set.
func FuzzGradient(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		l := newLayer(&source{data})
		want, ok := l.train(t, sepconv.WithKernel("generic"), sepconv.WithThreads(1))
		for _, set := range sepconv.Kernels() {
			for _, options := range [][]sepconv.CompileOption{
				{sepconv.WithThreads(1)}, {sepconv.WithThreads(3)}, {sepconv.WithThreads(3), sepconv.WithRecompute()},
			} {
				got, same := l.train(t, append(options, sepconv.WithKernel(set))...)
				if ok != same {
					t.Fatalf("%s: %s: accepted %t, by generic %t", l, set, same, ok)
				}
				for i := range want {
					if j := differ(want[i], got[i]); j >= 0 {
						t.Fatalf("%s: %s: %s, element %d is %x, generic's is %x", l, set, stepNames[i], j, got[i][j], want[i][j])
					}
				}
			}
		}
	})
}

var stepNames = []string{"the output", "the input's gradient", "the depthwise kernel's gradient", "the pointwise kernel's gradient", "the bias' gradient"}

// train does two steps of training, of which gradients add up, and returns what they
// computed. The gradient by the output is the output.
func (l *layer) train(t *testing.T, options ...sepconv.CompileOption) (step [][]float32, ok bool) {
	t.Helper()
	c := l.config
	if f, own := c.Activation.(sepconv.ActivationFunc); own {
		c.Activation = sepconv.WithPullback(f, func(dy, z []float32) {
			for i := range dy {
				dy[i] += z[len(z)-1-i]
			}
		})
	}
	layer, err := sepconv.New(c, l.channels)
	if err != nil {
		return nil, false
	}
	require.NoError(t, layer.SetWeights(l.weights))
	trainer, err := layer.Train(options...)
	require.NoError(t, err)
	shape, err := trainer.OutputShape(l.batch, l.steps)
	if err != nil {
		return nil, false
	}
	dst, dsrc := make([]float32, shape[0]*shape[1]*shape[2]), make([]float32, len(l.src))
	for range 2 {
		require.NoError(t, trainer.Forward(dst, l.src, l.batch, l.steps))
		require.NoError(t, trainer.Backward(dsrc, dst))
	}
	g := trainer.Gradients()
	return [][]float32{dst, dsrc, g.Depthwise, g.Pointwise, g.Bias}, true
}

// FuzzAdjoint holds the gradients of a layer without activation and bias, which is linear
// in its input and in each of its kernels, to what that means:
//
//	<y, dy> = <x, dx> = <depthwise, ddepthwise> = <pointwise, dpointwise>
//
// all of which are one sum over the same terms.
func FuzzAdjoint(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		l := newLayer(&source{data})
		l.config.Activation, l.config.NoBias, l.weights.Bias = sepconv.Linear, true, nil
		rng := rand.New(rand.NewPCG(16, uint64(len(l.src))))
		for _, x := range [][]float32{l.src, l.weights.Depthwise, l.weights.Pointwise} {
			for i := range x {
				x[i] = moderate(rng)
			}
		}
		layer, err := sepconv.New(l.config, l.channels)
		if err != nil {
			return
		}
		shape, err := layer.OutputShape(l.batch, l.steps)
		if err != nil {
			return
		}
		dy := make([]float32, shape[0]*shape[1]*shape[2])
		for i := range dy {
			dy[i] = moderate(rng)
		}
		terms := l.pulled(t, layer, dy, absolute)[0]
		bound := l.roundings(len(dy)/l.config.Filters) * 0x1p-24 * terms
		products := l.pulled(t, layer, dy, slices.Clone[[]float32])
		for i, p := range products[1:] {
			if !(math.Abs(p-products[0]) <= bound) {
				t.Fatalf("%s: of %s the product is %v, of the output %v; %.2g is the most that they may differ", l, stepNames[i+1], p, products[0], bound)
			}
		}
	})
}

// roundings is how many of 2^-24 of all terms two of the products may be apart, and what
// float32 adds to the sum of absolute terms. Gradients of kernels are sums over rows in
// blocks of 256.
func (l *layer) roundings(rows int) float64 {
	c := &l.config
	taps, columns := c.KernelSize*c.DepthMultiplier, l.channels*c.DepthMultiplier
	return 2 * float64(taps+columns+c.Filters+256+rows/256+10)
}

// pulled takes a step with what a function makes of all numbers, and returns the products
// of the output, the input and the kernels with their gradients.
func (l *layer) pulled(t *testing.T, layer *sepconv.Layer, dy []float32, of func([]float32) []float32) (products [4]float64) {
	t.Helper()
	x, w := of(l.src), sepconv.Weights{Depthwise: of(l.weights.Depthwise), Pointwise: of(l.weights.Pointwise)}
	require.NoError(t, layer.SetWeights(w))
	trainer, err := layer.Train(sepconv.WithThreads(2))
	require.NoError(t, err)
	dy = of(dy)
	y, dx := make([]float32, len(dy)), make([]float32, len(x))
	require.NoError(t, trainer.Forward(y, x, l.batch, l.steps))
	require.NoError(t, trainer.Backward(dx, dy))
	g := trainer.Gradients()
	for i, pair := range [...][2][]float32{{y, dy}, {x, dx}, {w.Depthwise, g.Depthwise}, {w.Pointwise, g.Pointwise}} {
		for k, a := range pair[0] {
			products[i] += float64(a) * float64(pair[1][k])
		}
	}
	return products
}

func absolute(x []float32) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(math.Abs(float64(v)))
	}
	return y
}
