package main

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

// elements reads a page, which is well-formed XML as well, and returns how often
// each element is there, and all text.
func elements(t *testing.T, page string) (counts map[string]int, text string) {
	counts = map[string]int{}
	var all strings.Builder
	for d := xml.NewDecoder(strings.NewReader(page)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return counts, all.String()
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			counts[token.Name.Local]++
		case xml.CharData:
			all.Write(token)
		}
	}
}

// read returns the page and the results that were written.
func read(t *testing.T, dir string) (page string, raw []byte) {
	html, err := os.ReadFile(filepath.Join(dir, pageFile))
	require.NoError(t, err)
	raw, err = os.ReadFile(filepath.Join(dir, resultsFile))
	require.NoError(t, err)
	return string(html), raw
}

func TestPage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "out")
	require.NoError(t, run(&strings.Builder{}, &strings.Builder{}, options{results: file(t, invented()), report: dir}))
	page, raw := read(t, dir)
	counts, text := elements(t, page)
	require.Equal(t, 9, counts["svg"], "roofline, two numbers of threads, shares, times, lengths, threads, latency, memory")
	require.Equal(t, 9, counts["figcaption"])
	for _, want := range []string{
		"Example <CPU>", "80.0 %", "1.20 times", "model <B2>", "32 KiB of data at the first level, 512 KiB at the second, 32768 KiB at the third",
		"90.0 GB/s in the second level cache, 25.0 GB/s in memory", "go1.24, linux/amd64", "avx2, generic", "eager (2)", "50 MiB",
		"Lame, one thread, left out B2: too & large", "Absent is missing: not installed", "generic (peak 2 GFLOP/s)",
		"Where the time of each layer goes", "How the time divides: avx2, one thread, channels_last", "300.0",
		"A1-16", "62.0 %", "91325 (compile)", "a step is faster than that of the better of them: 3.25 times (3.00 to 3.50)",
		"The kernels alone", "14 rows of 8 channels", "47.0 %",
		"Times faster than each peer, one thread", "Times faster than each peer, 2 threads",
	} {
		require.Contains(t, text, want)
	}
	require.Contains(t, text, strings.TrimSpace(string(raw)), "the raw results")
	again, err := readResults(filepath.Join(dir, resultsFile))
	require.NoError(t, err)
	require.Equal(t, invented(), again)
}

// The page needs no other file and no network.
func TestPageIsSelfContained(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, writePage(dir, invented()))
	page, _ := read(t, dir)
	require.NotRegexp(t, regexp.MustCompile(`(?i)<(script|link|img|iframe|image)\b|@import|url\(`), page)
	for _, reference := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		require.Contains(t, []string{"https://github.com/sepconv/go", "results.json"}, reference[1])
	}
}

func TestPageWithoutPeers(t *testing.T) {
	r := invented()
	r.Peers, r.Missing = []peerResults{}, nil
	dir := t.TempDir()
	require.NoError(t, writePage(dir, r))
	page, _ := read(t, dir)
	counts, text := elements(t, page)
	require.Equal(t, 7, counts["svg"])
	require.Contains(t, text, "No peer took part: -peers runs them")
	require.Contains(t, text, "None took part.")
}

// Where there is nothing to draw a sentence says why.
func TestPageOfLittle(t *testing.T) {
	r := invented()
	r.Peers, r.Studies.Passes, r.Studies.Latency, r.Studies.Blocks, r.Times = []peerResults{}, []pass{}, nil, nil, nil
	r.Studies.Training = nil
	dir := t.TempDir()
	require.NoError(t, writePage(dir, r))
	page, _ := read(t, dir)
	_, text := elements(t, page)
	require.Contains(t, text, "Only one number of threads was measured")
	require.Contains(t, text, "No layer has less than 10 MFLOP")
	require.Contains(t, text, "These results do not tell it")
	require.NotContains(t, text, "The kernels alone")
	require.NotContains(t, text, "Training")

	r = invented()
	for _, p := range r.passes() {
		p.Layers = p.Layers[:1]
		p.Layers[0].MFLOP = 1
	}
	require.NoError(t, writePage(dir, r))
	page, _ = read(t, dir)
	_, text = elements(t, page)
	require.Contains(t, text, "No layer has 20 MFLOP or more")
}

func TestPageNeedsStudies(t *testing.T) {
	r := invented()
	r.Studies = nil
	dir := filepath.Join(t.TempDir(), "out")
	err := run(&strings.Builder{}, &strings.Builder{}, options{results: file(t, r), report: dir})
	require.ErrorContains(t, err, "results.json has only a table; a page needs what -report measures")
	require.NoDirExists(t, dir)
}

// A whole report of the tiny suite, measured.
func TestReport(t *testing.T) {
	o := defaults(t)
	o.report, o.longest = filepath.Join(t.TempDir(), "out"), 64
	o.blocks = func(set *kernel.Set) []grid {
		return []grid{depthwiseGrid(set, depthwiseShape{multiplier: 1, stride: 1}, 3, 5)}
	}
	var out, bar strings.Builder
	require.NoError(t, run(&out, &bar, o))
	require.Contains(t, bar.String(), "100%")
	require.Contains(t, bar.String(), filepath.Join(o.report, pageFile))
	require.Contains(t, out.String(), "X1  nowhere")

	r, err := readResults(filepath.Join(o.report, resultsFile))
	require.NoError(t, err)
	s := r.Studies
	require.Positive(t, s.Bandwidth.L2)
	require.Positive(t, s.Bandwidth.Memory)
	require.Equal(t, runtime.GOMAXPROCS(0), s.Machine.Processors)
	require.Len(t, s.Lengths, len(lengthLayers))
	require.Len(t, s.Lengths[0].Points, 3)
	require.Equal(t, 64, s.Lengths[0].Points[2].Steps)
	require.Len(t, s.Blocks, 1)
	require.Len(t, s.Blocks[0].Rows, 18)
	require.Len(t, r.Times, 1)
	require.Equal(t, "X1", r.Times[0].ID)
	require.Len(t, s.Training.Layers, 1)
	require.Equal(t, "X1", s.Training.Layers[0].ID)
	require.Positive(t, s.Training.Layers[0].Step)
	require.Len(t, s.Latency, 2)
	require.Equal(t, "X1-step", s.Latency[1].ID, "it is causal")
	require.LessOrEqual(t, s.Latency[0].P50, s.Latency[0].P99)
	require.LessOrEqual(t, s.Latency[0].P99, s.Latency[0].Max)
	require.Equal(t, int64(4*(3*6+6*7+7)), s.Memory[0].Weights)
	require.Equal(t, int64(4*2*25*6), s.Memory[0].Between)
	require.Equal(t, int64(4*2*(50*3+25*7)), s.Memory[0].Signals)
	require.GreaterOrEqual(t, s.Memory[0].Plan, s.Memory[0].Weights, "it holds them, packed")
	require.Less(t, s.Memory[0].Plan, int64(1<<20))
	page, raw := read(t, o.report)
	elements(t, page)
	require.True(t, json.Valid(raw))
}

// With several threads asked for there is a pass with one as well, by every set.
func TestPassesOfAReport(t *testing.T) {
	o := defaults(t)
	o.threads = runtime.GOMAXPROCS(0)
	if o.threads == 1 {
		t.Skip("one processor")
	}
	o.report, o.longest = t.TempDir(), 16
	require.NoError(t, run(&strings.Builder{}, &strings.Builder{}, o))
	r, err := readResults(filepath.Join(o.report, resultsFile))
	require.NoError(t, err)
	var kernels []string
	for _, p := range r.Studies.Passes {
		if p.Threads == 1 {
			kernels = append(kernels, p.Kernel)
		}
	}
	require.ElementsMatch(t, r.Studies.Machine.Kernels, kernels)
}
