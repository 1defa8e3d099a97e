package main

import (
	"testing"

	"github.com/gomlx/gomlx/backends/simplego"
	"github.com/sepconv/go/bench/internal/protocol"
	"github.com/sepconv/go/bench/peers/loop"
	"github.com/stretchr/testify/require"
)

// GoMLX computes what the loop computes: strides, dilation, padding and filters of
// a channel are where they belong.
func TestModel(t *testing.T) {
	backend, err := simplego.New("")
	require.NoError(t, err)
	for activation := range functions {
		job := &protocol.Job{
			Layer: protocol.Layer{Batch: 2, Steps: 9, Channels: 2, Kernel: 3, Stride: 2, Dilation: 1, Multiplier: 2, Filters: 3,
				Padding: "same", Activation: activation, OutSteps: 5, Left: 1, Right: 1},
			Depthwise: numbers(3 * 4), Pointwise: numbers(4 * 3), Bias: numbers(3), Input: numbers(2 * 9 * 2),
		}
		want, err := loop.New(job, 1, loop.Pointwise)
		require.NoError(t, err)
		require.NoError(t, want.Run())
		m, err := open(backend, job)
		require.NoError(t, err)
		require.NoError(t, m.Run())
		require.NoError(t, m.Run())
		require.InDeltaSlice(t, want.Output(), m.Output(), 1e-5, activation)
		require.NoError(t, m.Close())
	}
	_, err = open(backend, &protocol.Job{Layer: protocol.Layer{Activation: "step"}})
	require.ErrorContains(t, err, `activation "step" is not among those of this peer`)
}

// numbers are small and not symmetric.
func numbers(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(i*i%7)/4 - 0.6
	}
	return v
}
