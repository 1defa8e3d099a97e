package main

import (
	"encoding/json"
	"io"
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

// Layers that run are divided, with every set, in both formats and on all threads.
func TestDivisions(t *testing.T) {
	for _, set := range dispatch.Sets() {
		for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
			layers, err := readSuite("", format)
			require.NoError(t, err)
			layers, err = selectLayers(layers, "^(K1|R1)$")
			require.NoError(t, err)
			d := &divider{&setting{layers: layers, format: format, budget: time.Millisecond}, set, runtime.GOMAXPROCS(0), 10}
			rows := 0
			list, err := d.all(func(d *division) { rows++ })
			require.NoError(t, err)
			require.Equal(t, 2, rows)
			for i, most := range []part{partPointwise, partDepthwise} { // of their work
				require.NoError(t, list[i].check())
				require.GreaterOrEqual(t, list[i].Samples, int64(10))
				require.Positive(t, list[i].Parts[most].Samples, list[i].ID)
			}
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
