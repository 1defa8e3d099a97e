package loop

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/bench/internal/protocol"
	"github.com/stretchr/testify/require"
)

// worked is a layer that can be computed in the head: two taps over one channel
// with a step of padding in front, two filters.
func worked() *protocol.Job {
	return &protocol.Job{
		Layer: protocol.Layer{Batch: 2, Steps: 2, Channels: 1, Kernel: 2, Stride: 1, Dilation: 1, Multiplier: 1, Filters: 2,
			Padding: "causal", Activation: "linear", OutSteps: 2, Left: 1},
		Depthwise: []float32{10, 1}, Pointwise: []float32{1, -1}, Bias: []float32{0, 100}, Input: []float32{1, 2, 3, 4},
	}
}

func TestModel(t *testing.T) {
	for activation, want := range map[string][]float32{
		"linear": {1, 99, 12, 88, 3, 97, 34, 66},
		"relu":   {1, 99, 12, 88, 3, 97, 34, 66},
		"tanh":   {float32(math.Tanh(1)), 1, 1, 1, float32(math.Tanh(3)), 1, 1, 1},
	} {
		job := worked()
		job.Activation = activation
		m, err := New(job, 1, Pointwise)
		require.NoError(t, err)
		for range 2 { // the second run begins anew
			require.NoError(t, m.Run())
			require.InDeltaSlice(t, want, m.Output(), 1e-6)
		}
	}
	job := worked()
	job.Activation = "step"
	_, err := New(job, 1, Pointwise)
	require.ErrorContains(t, err, `activation "step" is not among those of this peer`)
}

// Any number of threads gives the same bits.
func TestThreads(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(r.NormFloat64())
		}
		return v
	}
	job := &protocol.Job{
		Layer: protocol.Layer{Batch: 2, Steps: 11, Channels: 3, Kernel: 4, Stride: 2, Dilation: 2, Multiplier: 2, Filters: 5,
			Padding: "same", Activation: "gelu", OutSteps: 6, Left: 3, Right: 3},
		Depthwise: random(4 * 6), Pointwise: random(6 * 5), Bias: random(5), Input: random(2 * 11 * 3),
	}
	one, err := New(job, 1, Pointwise)
	require.NoError(t, err)
	require.NoError(t, one.Run())
	for _, threads := range []int{2, 3, 50} {
		many, err := New(job, threads, Pointwise)
		require.NoError(t, err)
		require.NoError(t, many.Run())
		require.Equal(t, one.Output(), many.Output())
	}
}
