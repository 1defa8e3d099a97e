package fuzz

import (
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
