package main

import (
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

func TestQuantile(t *testing.T) {
	values := []float64{5, 1, 4, 2, 3}
	require.Equal(t, 1.0, quantile(values, 0))
	require.Equal(t, 3.0, quantile(values, 0.5))
	require.Equal(t, 4.6, quantile(values, 0.9))
	require.Equal(t, 5.0, quantile(values, 1))
	require.Equal(t, 7.0, quantile([]float64{7}, 0.9))
	require.Equal(t, []float64{5, 1, 4, 2, 3}, values)
}

func TestGeomean(t *testing.T) {
	require.InDelta(t, 0.2, geomean([]float64{0.1, 0.4}), 1e-15)
}

func TestMeterMeasuresEverySet(t *testing.T) {
	for _, set := range dispatch.Sets() {
		for _, threads := range []int{1, runtime.GOMAXPROCS(0), 3} {
			m := newMeter(set, threads)
			rate := m.burst()
			require.Positive(t, rate)
			require.False(t, math.IsInf(rate, 0))
			require.Equal(t, []float64{rate}, m.bursts)
		}
	}
}

// The input of a layer is the same at every run, and so is the output.
func TestWorkloadsAreReproducible(t *testing.T) {
	layers, err := parseSuite("s.json", []byte(tiny), sepconv.ChannelsLast)
	require.NoError(t, err)
	var first []float32
	for _, set := range dispatch.Sets() {
		w, err := newWorkload(layers[0], set.Name, sepconv.ChannelsLast, 1)
		require.NoError(t, err)
		require.Equal(t, set.Name, w.plan.Kernel())
		require.Positive(t, w.once)
		if first == nil {
			first = w.dst
		}
		require.Equal(t, first, w.dst)
		require.NotZero(t, w.dst)
	}
}

func TestMeasure(t *testing.T) {
	layers, err := parseSuite("s.json", []byte(tiny), sepconv.ChannelsFirst)
	require.NoError(t, err)
	set := dispatch.Sets()[0]
	w, err := newWorkload(layers[0], set.Name, sepconv.ChannelsFirst, 1)
	require.NoError(t, err)
	m := newMeter(set, 1)
	r, err := measure(w, m, time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, "X1", r.ID)
	require.InDelta(t, layers[0].flops(), r.GFLOPS*1e3*r.Micros, 1)
	require.Positive(t, r.Share)
	require.GreaterOrEqual(t, r.Spread, 0.0)
	require.Zero(t, r.Allocs)
	require.Len(t, m.bursts, fewRounds+1)
}
