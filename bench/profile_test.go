package main

import (
	"errors"
	"testing"
	"time"

	"github.com/google/pprof/profile"
	"github.com/stretchr/testify/require"
)

// sampled returns n samples of a stack, of which each place may be several functions
// that are inlined in each other.
func sampled(n int64, places ...[]string) *profile.Sample {
	s := &profile.Sample{Value: []int64{n, n * 1e7}}
	for _, functions := range places {
		location := &profile.Location{}
		for _, name := range functions {
			location.Line = append(location.Line, profile.Line{Function: &profile.Function{Name: name}})
		}
		s.Location = append(s.Location, location)
	}
	return s
}

func TestTally(t *testing.T) {
	run := []string{module + "sepconv.(*Plan).Run"}
	p := &profile.Profile{Period: 1e7, Sample: []*profile.Sample{
		sampled(7, []string{internal + "asm/avx2.depthwise8x8AVX2"}, run),
		sampled(50, []string{internal + "asm/avx512.pointwise14x32AVX512"}, run),
		sampled(2, []string{internal + "generic.FMA", internal + "generic.pointwise"}, run), // inlined
		sampled(3, []string{internal + "engine.(*tiles).do"}, run),
		sampled(100, []string{"main.main"}),
		sampled(100),
	}}
	var got tally
	got.add(p)
	got.add(p)
	require.Equal(t, tally{samples: [parts]int64{partDepthwise: 14, partPointwise: 104, partRest: 6}, period: 10 * time.Millisecond}, got)
	require.EqualValues(t, 124, got.total())
}

func TestProfile(t *testing.T) {
	var got tally
	seven := func() (int, error) { return 7, nil }
	require.NoError(t, got.profile(seven))
	require.NoError(t, got.profile(seven))
	require.Equal(t, 14, got.runs)
	require.Equal(t, samplePeriod, got.period)
	require.EqualError(t, got.profile(func() (int, error) { return 0, errors.New("broken") }), "broken")
	require.ErrorContains(t, got.profile(func() (int, error) { return 1, got.profile(seven) }), "cpu profiling already in use")
	require.NoError(t, got.profile(seven), "the profiler was stopped")
	require.Equal(t, 21, got.runs, "without the runs that failed")
}
