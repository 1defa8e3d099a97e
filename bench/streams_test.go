package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sepconv/go/bench/internal/models"
	"github.com/sepconv/go/internal/dispatch"
	"github.com/stretchr/testify/require"
)

// Every case gives what its window gives, which newStreamload sees to, and goes on.
func TestStreamloads(t *testing.T) {
	for _, c := range streamcases {
		w, err := newStreamload(c, "", 1)
		require.NoError(t, err, c.id)
		require.Positive(t, w.once)
		require.Positive(t, w.weights)
		list, err := w.each(3, nil)
		require.NoError(t, err)
		require.Len(t, list, 3)
		require.NoError(t, w.holds(nil, nil))
		require.ErrorContains(t, w.holds([]float32{1}, []float32{2}), "the stream gives 1...; the window gives 2")
	}
}

// The operations of a push are those of its share of a run.
func TestStreamFLOPs(t *testing.T) {
	w, err := newStreamload(streamcases[1], "", 1)
	require.NoError(t, err)
	require.Equal(t, 64*2*32*(5+64.0), w.flops)
	m, err := models.Read("matchboxnet")
	require.NoError(t, err)
	w, err = newStreamload(streamcases[len(streamcases)-1], "", 1)
	require.NoError(t, err)
	require.Equal(t, m.FLOPs()/float64(m.Input[0]), w.flops, "the pooling has none that count")
}

func TestPeerIsCalledForEachChunk(t *testing.T) {
	for _, id := range []string{"W1-64slots", models.Streamed} {
		list, err := selectStreams("^" + id + "$")
		require.NoError(t, err)
		w, err := newStreamload(list[0], "", 1)
		require.NoError(t, err)
		others, err := w.prepare(fakeField(t, "good"))
		require.NoError(t, err)
		require.NoError(t, others[0].err)
		require.Zero(t, others[0].layer.Error, "it computes what we do")
		require.Equal(t, id, others[0].layer.ID)
		others, err = w.prepare(fakeField(t, "wrong"))
		require.NoError(t, err)
		require.ErrorContains(t, others[0].err, "of its output is ")
	}
}

func TestReader(t *testing.T) {
	for _, set := range dispatch.Sets() {
		r := newReader(set, 100_000)
		require.Len(t, r.src, 97*256, set.Name)
		require.Positive(t, r.rate())
		require.Len(t, newReader(set, 1).src, 256)
	}
}

func streamOptions(t *testing.T) options {
	return options{stream: true, layers: "^C3", threads: 1, format: "channels_last", time: time.Millisecond}
}

func TestRunStream(t *testing.T) {
	o := streamOptions(t)
	dir := t.TempDir()
	o.layers, o.json, o.readme = "", filepath.Join(dir, "streams.json"), filepath.Join(dir, "README.md")
	require.NoError(t, os.WriteFile(o.readme, []byte("before\n"+streamsBegin+"\nold\n"+streamsEnd+"\nafter\n"), 0o666))
	var out strings.Builder
	require.NoError(t, run(&out, io.Discard, o))
	lines := strings.Split(out.String(), "\n")
	require.Equal(t, strings.Fields("id slots frames MFLOP us us a slot share read GB/s share allocs"), strings.Fields(lines[2]))
	require.Equal(t, []string{"W1", "1", "1", "0.004"}, strings.Fields(lines[3])[:4])
	require.Contains(t, out.String(), "\nC3: its weights, 1044 KiB, at ")
	require.Contains(t, out.String(), " times as long as 14 frames of one signal\n")
	require.Contains(t, out.String(), " % of real time; of single pushes the median ")

	r, err := readStreamResults(o.json)
	require.NoError(t, err)
	require.Len(t, r.Streams, len(streamcases))
	for _, s := range r.Streams {
		require.Zero(t, s.Allocs, s.ID)
		require.Equal(t, s.Of == models.Streamed, s.P99 > 0, "the model alone has single pushes")
		require.GreaterOrEqual(t, s.P99, s.Median)
		require.Equal(t, s.Of != "W1", s.Read > 0, "the first-level cache holds the weights of W1")
	}
	var shown strings.Builder
	require.NoError(t, run(&shown, io.Discard, options{stream: true, format: "channels_last", results: o.json}))
	require.Equal(t, out.String(), shown.String())
	text, err := os.ReadFile(o.readme)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "before\n"+streamsBegin+"\n\nMeasured on "))
	require.Contains(t, string(text), "| C3 | FastConformer-L streaming chunk | one frame of 14 signals | ")
	require.NotContains(t, string(text), "old")
	require.True(t, strings.HasSuffix(string(text), streamsEnd+"\nafter\n"))
}

func TestStreamsInAReport(t *testing.T) {
	o := streamOptions(t)
	o.report = t.TempDir()
	require.ErrorContains(t, run(io.Discard, io.Discard, o), "-stream adds a section to the page of a report, and there is none in "+o.report)
	require.NoError(t, invented().write(filepath.Join(o.report, resultsFile)))
	require.NoError(t, run(io.Discard, io.Discard, o))
	page, err := os.ReadFile(filepath.Join(o.report, pageFile))
	require.NoError(t, err)
	require.Contains(t, string(page), `<h2 id="streams">Streams:`)
	require.Contains(t, string(page), "<td>C3-14slots</td>")
	r, err := readResults(filepath.Join(o.report, resultsFile))
	require.NoError(t, err)
	require.Len(t, r.Streams.Streams, 3)
}

func TestStreamReportsBadFlags(t *testing.T) {
	for name, test := range map[string]struct {
		change func(o *options)
		want   string
	}{
		"models": {func(o *options) { o.models = true }, "-stream takes no other flags"},
		"times":  {func(o *options) { o.times = true }, "-stream takes no other flags"},
		"format": {func(o *options) { o.format = "channels_first" }, "-stream takes no other flags"},
		"layers": {func(o *options) { o.layers = "^T1$" }, `-layers is "^T1$"; it matches none of the streams`},
		"regexp": {func(o *options) { o.layers = "(" }, "-layers: error parsing regexp"},
		"readme": {func(o *options) { o.readme = filepath.Join(t.TempDir(), "x.md") }, "x.md"},
		"results": {func(o *options) {
			o.results = filepath.Join(t.TempDir(), "x.json")
			require.NoError(t, os.WriteFile(o.results, []byte("{}"), 0o666))
		}, "x.json: it must be what -stream -json writes"},
	} {
		o := streamOptions(t)
		test.change(&o)
		require.ErrorContains(t, run(io.Discard, io.Discard, o), test.want, name)
	}
}

func TestStreamMarkdown(t *testing.T) {
	r := &streamResults{CPU: "Example", Kernel: "avx2", Threads: 1, PeakGFLOPS: 100, Streams: []streamResult{
		{ID: "C3-14", Of: "C3", From: "a chunk", Slots: 1, Frames: 14, MFLOP: 7, Micros: 30, GFLOPS: 1, Share: 0.8, Samples: []float64{30}},
		{ID: "C3-14slots", Of: "C3", From: "a chunk", Slots: 14, Frames: 1, MFLOP: 7, Micros: 33, GFLOPS: 1, Share: 0.7, Samples: []float64{33}},
	}}
	r.Peers = []peerResults{{Name: "Lame", Layers: []peerLayer{{ID: "C3-14", Micros: 60, Samples: []float64{60}}}}}
	require.NoError(t, r.check())
	text := streamMarkdown(r)
	require.Contains(t, text, "| C3 | a chunk | 14 frames | 30.0 | 80 % | 60.0 (2.00) |")
	require.Contains(t, text, "| C3 | a chunk | one frame of 14 signals | 33.0 | 70 % | - |")
	require.Contains(t, text, "- C3-14slots: 1.10 times as long as 14 frames of one signal\n")
	r.Peers[0].Layers[0].Samples = nil
	require.ErrorContains(t, r.check(), `stream "C3-14" of Lame has no samples`)
	r.Streams[0].Micros = 0
	require.ErrorContains(t, r.check(), `stream "C3-14" has no samples`)
}

func TestStreamRunners(t *testing.T) {
	var names []string
	for _, r := range streamRunners() {
		names = append(names, r.name)
	}
	require.Equal(t, "ONNX Runtime, ONNX Runtime 2-D, XNNPACK (LiteRT)", strings.Join(names, ", "))
}
