package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// scale makes all times of a layer so many times as long.
func (r *result) scale(by float64) {
	r.Micros, r.Share = r.Micros*by, r.Share/by
	for i := range r.Samples {
		r.Samples[i] *= by
	}
}

// moved prints what has moved between the invented results and changed ones.
func moved(t *testing.T, change func(r *results)) string {
	r := invented()
	change(r)
	var out strings.Builder
	require.NoError(t, run(&out, &strings.Builder{}, options{baseline: file(t, invented()), results: file(t, r)}))
	return out.String()
}

func TestNothingHasMoved(t *testing.T) {
	out := moved(t, func(*results) {})
	require.Equal(t, 3, strings.Count(out, "0 of 2 layers have moved beyond the noise; geometric mean of all: +0.0 %"))
	require.Contains(t, out, "since the baseline: kernel avx2, threads 2, channels_last\npeak: 190.00 -> 190.00 GFLOP/s (+0.0 %)")
	require.NotContains(t, out, "old us")
}

func TestWhatHasMoved(t *testing.T) {
	out := moved(t, func(r *results) { r.Layers[1].scale(0.8) })
	require.Contains(t, out, "1 of 2 layers have moved beyond the noise; geometric mean of all: -10.6 %")
	var row []string
	for _, line := range strings.Split(out, "\n") {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] == "B2" {
			row = fields
		}
	}
	require.Equal(t, []string{"B2", "1000", "±1%", "800", "±1%", "-20.00%", "80.0", "->", "100.0", "%", "p=0.000", "n=10"}, row)
	require.NotContains(t, out, "A1")
}

// A change within the noise is none.
func TestNoise(t *testing.T) {
	out := moved(t, func(r *results) { r.Layers[1].scale(1.003) })
	require.Contains(t, out, "0 of 2 layers have moved beyond the noise; geometric mean of all: +0.1 %")
}

func TestAnotherMachine(t *testing.T) {
	out := moved(t, func(r *results) { r.CPU, r.PeakGFLOPS = "Other", 110 })
	require.Contains(t, out, "the CPU is not the same: Example <CPU> before, Other now")
	require.Contains(t, out, "peak: 100.00 -> 110.00 GFLOP/s (+10.0 %)")
}

// Layers and passes that only one side has are left out.
func TestBaselineOfOtherLayers(t *testing.T) {
	out := moved(t, func(r *results) { r.Studies, r.Layers[0].ID = nil, "C3" })
	require.Equal(t, 1, strings.Count(out, "since the baseline"))
	require.Contains(t, out, "0 of 1 layers")

	r := invented()
	r.Studies, r.Kernel = nil, "neon"
	err := run(&strings.Builder{}, &strings.Builder{}, options{baseline: file(t, invented()), results: file(t, r)})
	require.ErrorContains(t, err, "the baseline has no kernel neon with 1 threads and channels_last")
}

// A baseline that cannot be read is found before anything is measured.
func TestBadBaseline(t *testing.T) {
	o := defaults(t)
	o.baseline = o.suite
	var out strings.Builder
	require.ErrorContains(t, run(&out, &out, o), "it must be what -json writes")
	require.Empty(t, out.String())
}

func TestBaselineOfARun(t *testing.T) {
	o := defaults(t)
	o.json = t.TempDir() + "/old.json"
	require.NoError(t, run(&strings.Builder{}, &strings.Builder{}, o))
	o.baseline, o.json = o.json, ""
	var out strings.Builder
	require.NoError(t, run(&out, &strings.Builder{}, o))
	require.Contains(t, out.String(), "of 1 layers have moved beyond the noise")
}

func TestMovesReportFailingOutput(t *testing.T) {
	require.ErrorContains(t, printMoves(full{}, invented(), invented()), "disk full")
}
