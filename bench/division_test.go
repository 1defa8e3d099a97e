package main

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDivide(t *testing.T) {
	// 20 MFLOP of a depthwise part, 160 MFLOP of a pointwise one.
	l := &layer{ID: "A1", Batch: 2, Steps: 10_000, Channels: 50, Multiplier: 2, Kernel: 5, Filters: 40, Stride: 1, Dilation: 1, Padding: "same"}
	require.Equal(t, 20e6, l.depthwiseFLOPs())
	require.Equal(t, 160e6, l.pointwiseFLOPs())
	require.Equal(t, l.flops(), l.depthwiseFLOPs()+l.pointwiseFLOPs())

	// 4 s in 500 runs: 8 ms each.
	counts := tally{[parts]int64{partDepthwise: 100, partPointwise: 200, partActivation: 9, partRest: 91}, 10 * time.Millisecond, 500}
	d := counts.divide(l, 100e9)
	require.NoError(t, d.check())
	require.Equal(t, "A1", d.ID)
	require.EqualValues(t, 400, d.Samples)
	require.InEpsilon(t, 8000, d.Micros, 1e-12)
	for i, want := range []timeOfPart{
		{Part: "depthwise", Samples: 100, Share: 0.25, Micros: 2000, Peak: 0.1}, // 20 MFLOP in 2 ms
		{Part: "pointwise", Samples: 200, Share: 0.5, Micros: 4000, Peak: 0.4},
		{Part: "activation", Samples: 9, Share: 0.0225, Micros: 180},
		{Part: "copies"},
		{Part: "rest", Samples: 91, Share: 0.2275, Micros: 1820},
	} {
		got := d.Parts[i]
		require.Equal(t, want.Part, got.Part)
		require.Equal(t, want.Samples, got.Samples)
		require.InDelta(t, want.Share, got.Share, 1e-12)
		require.InDelta(t, math.Sqrt(want.Share*(1-want.Share)/400), got.Error, 1e-12)
		require.InDelta(t, want.Micros, got.Micros, 1e-9)
		require.InDelta(t, want.Peak, got.Peak, 1e-12)
	}
}

// Few samples tell nothing of how fast a part is.
func TestDivideFewSamples(t *testing.T) {
	l := &layer{Batch: 1, Steps: 100, Channels: 1, Multiplier: 1, Kernel: 1, Filters: 1, Stride: 1, Dilation: 1, Padding: "same"}
	counts := tally{[parts]int64{partDepthwise: fewSamples - 1, partPointwise: fewSamples}, time.Millisecond, 1}
	d := counts.divide(l, 1e9)
	require.Zero(t, d.Parts[partDepthwise].Peak)
	require.Positive(t, d.Parts[partPointwise].Peak)
}
