package main

import (
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

func TestDivide(t *testing.T) {
	// 20 MFLOP of a depthwise part, 160 MFLOP of a pointwise one.
	l := &layer{ID: "A1", Batch: 2, Steps: 10_000, Channels: 50, Multiplier: 2, Kernel: 5, Filters: 40, Stride: 1, Dilation: 1, Padding: "same"}
	require.Equal(t, 20e6, l.depthwiseFLOPs())
	require.Equal(t, 160e6, l.pointwiseFLOPs())
	require.Equal(t, l.flops(), l.depthwiseFLOPs()+l.pointwiseFLOPs())

	// 4 s in 500 runs: 8 ms each.
	counts := tally{[parts]int64{partDepthwise: 100, partPointwise: 200, partActivation: 9, partRest: 91}, 10 * time.Millisecond}
	d := counts.divide(l, 500, 100e9)
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
	counts := tally{[parts]int64{partDepthwise: fewSamples - 1, partPointwise: fewSamples}, time.Millisecond}
	d := counts.divide(l, 1, 1e9)
	require.Zero(t, d.Parts[partDepthwise].Peak)
	require.Positive(t, d.Parts[partPointwise].Peak)
}

// Layers that run are divided, with every set, in both formats and on all threads.
func TestDivisions(t *testing.T) {
	for _, set := range dispatch.Sets() {
		for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
			layers, err := readSuite("", format)
			require.NoError(t, err)
			layers, err = selectLayers(layers, "^K1$")
			require.NoError(t, err)
			d := &divider{&setting{layers: layers, format: format, budget: time.Millisecond}, set, runtime.GOMAXPROCS(0), 10}
			rows := 0
			list, err := d.all(func(d *division) { rows++ })
			require.NoError(t, err)
			require.Equal(t, 1, rows)
			require.NoError(t, list[0].check())
			require.GreaterOrEqual(t, list[0].Samples, int64(10))
			require.Positive(t, list[0].Parts[partPointwise].Samples, "most of its work")
		}
	}
}

func TestRunPrintsTimes(t *testing.T) {
	o := defaults(t)
	o.times, o.samples, o.json = true, 3, filepath.Join(t.TempDir(), "out.json")
	var out strings.Builder
	require.NoError(t, run(&out, io.Discard, o))
	require.Contains(t, out.String(), "geometric mean of the shares", "the table is there as well")
	data, err := os.ReadFile(o.json)
	require.NoError(t, err)
	var object struct{ Times []map[string]any }
	require.NoError(t, json.Unmarshal(data, &object))
	require.Len(t, object.Times, 1)
	require.ElementsMatch(t, []string{"id", "samples", "us", "parts"}, keys(object.Times[0]))

	var again strings.Builder
	require.NoError(t, run(&again, io.Discard, options{results: o.json, times: true}))
	require.Equal(t, out.String(), again.String(), "the table of a file is that of the run that wrote it")
}

func TestTableOfTimes(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(&out, io.Discard, options{results: file(t, invented()), times: true}))
	_, times, found := strings.Cut(out.String(), "how the time divides: ")
	require.True(t, found)
	lines := strings.Split(times, "\n")
	require.Contains(t, lines[0], "of the thread;")
	require.Equal(t, strings.Fields("id samples us depthwise us of peak pointwise us of peak activation us copies us rest us"), strings.Fields(lines[2]))
	require.Equal(t, strings.Fields("A1 500 500.0 20.0 % 100.0 50.0 % 60.0 % 300.0 90.0 % 0.0 % 0.00 0.0 % 0.00 20.0 % 100.0"), strings.Fields(lines[3]))
	require.Equal(t, strings.Fields("B2 500 1000 1.0 % 10.0 - 60.0 % 600.0 90.0 % 0.0 % 0.00 0.0 % 0.00 39.0 % 390.0"), strings.Fields(lines[4]))
	require.Equal(t, len(lines[2]), len(lines[3]), "columns are aligned")
	require.Contains(t, times, "standard error of a share: sqrt(share * (1 - share) / samples), 2.2 % at most")

	r := invented()
	r.Threads = 2
	out.Reset()
	require.NoError(t, run(&out, io.Discard, options{results: file(t, r), times: true}))
	require.Contains(t, out.String(), "of all 2 threads together;")
}

func TestTimesReportsBadFlags(t *testing.T) {
	for name, test := range map[string]struct {
		change func(o *options)
		want   string
	}{
		"contention": {func(o *options) { o.contention = true }, "-times takes a layer that runs alone; -contention runs it in company"},
		"markdown":   {func(o *options) { o.markdown = true }, "-times adds to the plain table; -markdown prints another one"},
		"kernels":    {func(o *options) { o.kernels = true }, "-kernels takes no other flags"},
		"grid":       {func(o *options) { o.grid = true }, "-grid takes no other flags"},
		"results": {func(o *options) {
			r := invented()
			r.Times = nil
			o.results = file(t, r)
		}, "results.json does not tell how the times divide; -times and -report measure that"},
	} {
		o := defaults(t)
		o.times = true
		test.change(&o)
		require.ErrorContains(t, run(io.Discard, io.Discard, o), test.want, name)
	}
}
