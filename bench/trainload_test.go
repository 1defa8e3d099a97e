package main

import (
	"math"
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// tinyTrainload is the layer of the tiny suite in training.
func tinyTrainload(t *testing.T, format sepconv.DataFormat, activation string) *trainload {
	layers, err := parseSuite("s.json", []byte(tiny), format)
	require.NoError(t, err)
	layers[0].Activation = activation
	load, err := newTrainload(layers[0], "", &setting{format: format}, 1)
	require.NoError(t, err)
	return load
}

// However many steps a workload has taken, its gradients are those of one.
func TestTrainloadsAreReproducible(t *testing.T) {
	first := tinyTrainload(t, sepconv.ChannelsLast, "relu")
	want := *first.gradients()
	for _, a := range want.Arrays() {
		require.NotZero(t, *a.Values, a.Name)
	}
	for _, set := range dispatch.Sets() {
		again, err := newTrainload(first.layer, set.Name, &setting{format: sepconv.ChannelsLast}, 1)
		require.NoError(t, err)
		require.Equal(t, set.Name, again.trainer.Kernel())
		require.Positive(t, again.once)
		_, err = again.time(3)
		require.NoError(t, err)
		require.Equal(t, want, *again.gradients())
		require.Equal(t, again.ddst, again.job().DY)
	}
}

// Where rounding decides on the side of a corner, nothing comes back.
func TestTrainloadAvoidsCorners(t *testing.T) {
	smooth := tinyTrainload(t, sepconv.ChannelsLast, "gelu")
	require.NotContains(t, smooth.ddst, float32(0))

	load := tinyTrainload(t, sepconv.ChannelsLast, "relu")
	require.NotContains(t, load.ddst, float32(0), "the tiny layer has no output there")
	clear(load.weights.Depthwise)
	clear(load.weights.Bias)
	ddst, err := load.draw()
	require.NoError(t, err)
	require.Equal(t, make([]float32, len(ddst)), ddst)
}

func TestLaps(t *testing.T) {
	load := tinyTrainload(t, sepconv.ChannelsLast, "relu")
	l, err := load.time(10)
	require.NoError(t, err)
	require.Positive(t, l.forward)
	require.Positive(t, l.backward)
	require.GreaterOrEqual(t, l.all, l.forward+l.backward)
}

func TestMeasureTraining(t *testing.T) {
	load := tinyTrainload(t, sepconv.ChannelsFirst, "relu")
	m := newMeter(dispatch.Sets()[0], 1)
	r, err := measureTraining(load, m, 1)
	require.NoError(t, err)
	require.Equal(t, "X1", r.ID)
	require.Len(t, r.Samples, fewRounds)
	require.Len(t, m.bursts, fewRounds+1)
	require.Zero(t, r.Allocs)
	require.Equal(t, load.trainer.Memory(), r.Memory)
	require.InDelta(t, load.layer.flops()/1e6, r.MFLOP, 1e-12)
}

func TestTrainingResultSummary(t *testing.T) {
	r := trainingResult{MFLOP: 3, Forwards: []float64{10, 30, 20}, Backwards: []float64{60, 50, 40}, Samples: []float64{71, 81, 61}}
	r.summarize([]float64{200e9, 240e9, 300e9})
	require.Equal(t, 20.0, r.Forward)
	require.Equal(t, 50.0, r.Backward)
	require.Equal(t, 71.0, r.Step)
	require.Equal(t, 2.5, r.Ratio)
	require.InEpsilon(t, 120, r.GFLOPS, 1e-12, "6 MFLOP in 50 us")
	for i, want := range []float64{0.5, 0.5, 0.5} {
		require.InEpsilon(t, want, r.Shares[i], 1e-12)
	}
	require.InEpsilon(t, 0.5, r.Share, 1e-12)
	require.False(t, math.IsNaN(r.Spread))
}
