package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTrainingResults(t *testing.T) {
	r := &trainingResults{
		Layers: []trainingResult{
			{ID: "A", MFLOP: 2, Step: 10, Share: 0.4, Ratio: 2},
			{ID: "B", MFLOP: 200, Step: 100, Share: 0.9, Ratio: 4.5},
			{ID: "C", MFLOP: 1.9, Step: 1, Share: 0.01, Ratio: 9},
		},
		Peers: []peerResults{
			{Name: "P", Layers: []peerLayer{{ID: "A", Micros: 20}, {ID: "B", Micros: 800}, {ID: "C", Micros: 7}}},
			{Name: "Q", Layers: []peerLayer{{ID: "B", Micros: 450}}},
		},
	}
	r.summarize(&meter{bursts: []float64{1e9, 3e9, 2e9}})
	require.Equal(t, 2.0, r.PeakGFLOPS)
	same := func(geomean, least, most float64, got overLayers) {
		t.Helper()
		require.InEpsilon(t, geomean, got.Geomean, 1e-12)
		require.Equal(t, []float64{least, most}, []float64{got.Least, got.Most})
	}
	same(0.6, 0.4, 0.9, *r.Share)
	same(3, 2, 4.5, *r.Ratio)
	require.Len(t, r.Faster, 3)
	require.Equal(t, []string{"P", "Q", "the better of them"}, []string{r.Faster[0].Than, r.Faster[1].Than, r.Faster[2].Than})
	same(4, 2, 8, r.Faster[0].overLayers)
	same(4.5, 4.5, 4.5, r.Faster[1].overLayers)
	same(3, 2, 4.5, r.Faster[2].overLayers)
	data, err := encode(r)
	require.NoError(t, err)
	var object map[string]any
	require.NoError(t, json.Unmarshal(data, &object))
	require.Contains(t, object["times_faster"].([]any)[0], "geomean")
}

func TestRunTrains(t *testing.T) {
	for _, format := range []string{"channels_last", "channels_first"} {
		o := defaults(t)
		o.train, o.format, o.json = true, format, filepath.Join(t.TempDir(), "out.json")
		var out strings.Builder
		require.NoError(t, run(&out, io.Discard, o))
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Contains(t, lines[0], format+", ")
		require.Equal(t, []string{"X1", "nowhere", "0.01"}, strings.Fields(lines[3])[:3])
		require.Equal(t, len(lines[2]), len(lines[3]), "columns are aligned")
		require.Equal(t, "  none", lines[len(lines)-1], "it is too small to count")
		data, err := os.ReadFile(o.json)
		require.NoError(t, err)
		var r trainingResults
		require.NoError(t, json.Unmarshal(data, &r))
		require.Equal(t, "X1", r.Layers[0].ID)
	}
}

func TestTrainReportsBadFlags(t *testing.T) {
	for want, change := range map[string]func(*options){
		"-train takes no other flags":      func(o *options) { o.markdown = true },
		"-train takes no other flags than": func(o *options) { o.report = "out" },
		"-threads is 0":                    func(o *options) { o.threads = 0 },
		"matches none of 1 ids":            func(o *options) { o.layers = "Y" },
		"out.json":                         func(o *options) { o.json = filepath.Join(o.suite, "out.json") },
	} {
		o := defaults(t)
		o.train = true
		change(&o)
		require.ErrorContains(t, run(io.Discard, io.Discard, o), want)
	}
	o := defaults(t)
	o.train = true
	require.ErrorContains(t, run(full{}, io.Discard, o), "disk full")
}
