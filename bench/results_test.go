package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// invented are results of two layers, two sets, two numbers of threads and two
// peers, one of which cannot do the second layer.
func invented() *results {
	mean := 0.8
	ours := func(kernel string, threads int, scale float64) pass {
		p := pass{Kernel: kernel, Threads: threads, Format: "channels_last", PeakGFLOPS: 100 * scale, GeomeanShare: &mean}
		for i, id := range []string{"A1", "B2"} {
			us := float64(i+1) * 500 / scale
			p.Layers = append(p.Layers, result{
				ID: id, From: "model <" + id + ">", MFLOP: 40 * float64(i+1), Bytes: 1e6, Micros: us, GFLOPS: 80 * scale, Share: 0.8,
				Samples: around(us), Shares: around(0.8), Spread: 0.02,
			})
		}
		return p
	}
	peer := func(name string, threads int, us ...float64) peerResults {
		p := peerResults{Name: name, Short: strings.ToLower(name), Version: "1.0", Threads: threads, Resident: 50 << 20, Layers: []peerLayer{}}
		for i, v := range us {
			p.Layers = append(p.Layers, peerLayer{ID: []string{"A1", "B2"}[i], Micros: v, Samples: around(v), Mode: "eager", Error: 0.01, Processors: float64(threads)})
		}
		return p
	}
	divided := func(id string, us float64, depthwise, pointwise, peak float64) division {
		d := division{ID: id, Samples: 500, Micros: us}
		for i, share := range []float64{depthwise, pointwise, 0, 0, 1 - depthwise - pointwise} {
			d.Parts = append(d.Parts, timeOfPart{Part: partNames[i], Samples: int64(500 * share), Share: share, Error: 0.02, Micros: us * share})
		}
		d.Parts[partDepthwise].Peak, d.Parts[partPointwise].Peak = peak, 0.9
		return d
	}
	lame := peer("Lame", 1, 800)
	lame.LeftOut = []leftOut{{"B2", "too & large"}}
	return &results{
		CPU: "Example <CPU>", Go: "go1.24", pass: ours("avx2", 1, 1),
		Times:   []division{divided("A1", 500, 0.2, 0.6, 0.5), divided("B2", 1000, 0.01, 0.6, 0)},
		Peers:   []peerResults{peer("Swift", 1, 1000, 900), lame, peer("Swift", 2, 700, 600)},
		Missing: []missing{{"Absent", "not installed"}},
		Studies: &studies{
			Machine:   machine{System: "linux/amd64", Processors: 2, L1: 32 << 10, L2: 512 << 10, L3: 32 << 20, Kernels: []string{"avx2", "generic"}, Measured: "2026-01-02T03:04:05Z"},
			Bandwidth: bandwidth{L2: 90, Memory: 25},
			Passes:    []pass{ours("generic", 1, 0.02), ours("avx2", 2, 1.9)},
			Training: &trainingResults{
				Kernel: "avx2", Threads: 1, Format: "channels_last", PeakGFLOPS: 100,
				Share: &overLayers{0.62, 0.6, 0.64}, Ratio: &overLayers{2.5, 2.5, 2.5}, Faster: []faster{{"the better of them", overLayers{3.25, 3, 3.5}}},
				Layers: []trainingResult{{
					ID: "A1-16", From: "model <A1>", MFLOP: 640, Forward: 8000, Backward: 20000, Step: 28100, GFLOPS: 64, Share: 0.62, Ratio: 2.5,
					Memory: 300 << 10, Spread: 0.02, Samples: around(28100), Forwards: around(8000), Backwards: around(20000), Shares: around(0.62),
				}},
				Peers: []peerResults{{
					Name: "Swift", Short: "swift", Version: "1.0", Threads: 1, Layers: []peerLayer{{ID: "A1-16", Micros: 91325, Samples: around(91325), Mode: "compile"}},
				}},
			},
			Blocks:  []gridShares{{"depthwise, multiplier 1, stride 1", []string{"3 taps", "5 taps"}, []rowShares{{"14 rows of 8 channels", []float64{0.31, 0.47}}}}},
			Lengths: []lengthCurve{{"16 channels", []lengthPoint{{16, 1, 10, 0.1}, {32, 1.5, 15, 0.15}}}},
			Latency: []latency{{"A1", "model", 1000, 400, 450, 600}},
			Memory:  []memory{{ID: "A1", Plan: 200 << 10, Weights: 100 << 10, Between: 900 << 10}, {ID: "B2", Plan: 20 << 10, Weights: 10 << 10, Between: 1}},
		},
	}
}

// around are ten samples within a percent of a value.
func around(v float64) (samples []float64) {
	for i := range 10 {
		samples = append(samples, v*(0.991+0.002*float64(i)))
	}
	return samples
}

// file writes results and returns the name of the file.
func file(t *testing.T, r *results) string {
	name := filepath.Join(t.TempDir(), "results.json")
	require.NoError(t, r.write(name))
	return name
}

func TestResultsAreReadAsWritten(t *testing.T) {
	for _, r := range []*results{invented(), func() *results { r := invented(); r.Studies = nil; return r }()} {
		again, err := readResults(file(t, r))
		require.NoError(t, err)
		require.Equal(t, r, again)
	}
}

// What others read: the peers of the JSON.
func TestPeersInJSON(t *testing.T) {
	data, err := os.ReadFile(file(t, invented()))
	require.NoError(t, err)
	var object struct {
		Peers []struct {
			Name    string
			Version string
			Threads int
			Layers  []struct {
				ID string
				Us float64
			}
		}
	}
	require.NoError(t, json.Unmarshal(data, &object))
	require.Len(t, object.Peers, 3)
	require.Equal(t, "Swift", object.Peers[0].Name)
	require.Equal(t, "1.0", object.Peers[0].Version)
	require.Equal(t, 2, object.Peers[2].Threads)
	require.Equal(t, "B2", object.Peers[0].Layers[1].ID)
	require.Equal(t, 900.0, object.Peers[0].Layers[1].Us)
}

func TestBadResults(t *testing.T) {
	for name, test := range map[string]struct {
		change func(r *results)
		want   string
	}{
		"no kernel":      {func(r *results) { r.Kernel = "" }, "it has no kernel or no layers"},
		"no layers":      {func(r *results) { r.Layers = nil }, "it has no kernel or no layers"},
		"time":           {func(r *results) { r.Layers[1].Micros = 0 }, `layer "B2" with avx2 has no samples, or a number that is not above 0`},
		"sample":         {func(r *results) { r.Layers[0].Samples[3] = -1 }, `layer "A1" with avx2`},
		"no samples":     {func(r *results) { r.Layers[0].Samples = nil }, `layer "A1" with avx2 has no samples`},
		"another pass":   {func(r *results) { r.Studies.Passes[0].Layers[0].GFLOPS = 0 }, `layer "A1" with generic`},
		"peak":           {func(r *results) { r.PeakGFLOPS = 0 }, "kernel avx2 has 2 layers, 1 threads and a peak of 0"},
		"threads":        {func(r *results) { r.Studies.Passes[1].Threads = 0 }, "kernel avx2 has 2 layers, 0 threads"},
		"bandwidth":      {func(r *results) { r.Studies.Bandwidth.Memory = 0 }, "a number of the study of bandwidth is not above 0"},
		"kernels":        {func(r *results) { r.Studies.Blocks[0].Rows[0].Shares[1] = 0 }, `row "14 rows of 8 channels" of the kernels' grid "depthwise, multiplier 1, stride 1" has 2 shares for 2 columns, or one that is not above 0`},
		"kernels' rows":  {func(r *results) { r.Studies.Blocks[0].Columns = nil }, "has 2 shares for 0 columns"},
		"no training":    {func(r *results) { r.Studies.Training.Layers = nil }, "the study of training has no layers"},
		"training":       {func(r *results) { r.Studies.Training.Layers[0].Step = 0 }, "a number of the study of training is not above 0"},
		"lengths":        {func(r *results) { r.Studies.Lengths[0].Points[1].Steps = -16 }, "a number of the study of lengths"},
		"latency":        {func(r *results) { r.Studies.Latency[0].P99 = 0 }, "a number of the study of latency"},
		"memory":         {func(r *results) { r.Studies.Memory = nil }, "the study of memory has no layers"},
		"division":       {func(r *results) { r.Times[1].Micros = 0 }, `the time of layer "B2" is 0 us in 5 parts; it must be above 0, in 5`},
		"fewer parts":    {func(r *results) { r.Times[0].Parts = r.Times[0].Parts[1:] }, `the time of layer "A1" is 500 us in 4 parts`},
		"another part":   {func(r *results) { r.Times[0].Parts[1].Part = "lunch" }, `part 2 of the time of layer "A1" is "lunch", 0.6 of it in 300 us, 0.9 of the peak`},
		"part's share":   {func(r *results) { r.Times[0].Parts[0].Share = -1 }, `part 1 of the time of layer "A1" is "depthwise", -1 of it`},
		"peer":           {func(r *results) { r.Peers[0].Layers[0].Micros = -3 }, `layer "A1" of Swift`},
		"peer's samples": {func(r *results) { r.Peers[1].Layers[0].Samples = nil }, `layer "A1" of Lame`},
	} {
		r := invented()
		test.change(r)
		_, err := readResults(file(t, r))
		require.ErrorContains(t, err, test.want, name)
		require.ErrorContains(t, err, "results.json: it must be what -json writes: ", name)
	}
	for _, text := range []string{"", "{", "[]", "null", "{}", `{"layers":7}`} {
		name := filepath.Join(t.TempDir(), "results.json")
		require.NoError(t, os.WriteFile(name, []byte(text), 0o666))
		_, err := readResults(name)
		require.ErrorContains(t, err, "results.json: it must be what -json writes: ", text)
	}
	_, err := readResults(filepath.Join(t.TempDir(), "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// The table of a file is that of the run that wrote it.
func TestTableOfAFile(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(&out, &strings.Builder{}, options{results: file(t, invented())}))
	lines := strings.Split(out.String(), "\n")
	require.Equal(t, "Example <CPU>, kernel avx2, threads 1, channels_last, go1.24", lines[0])
	require.Equal(t, []string{"id", "from", "MFLOP", "us", "GFLOP/s", "share", "allocs", "swift", "lame"}, strings.Fields(lines[2]))
	require.Equal(t, []string{"A1", "model", "<A1>", "40.000", "500.0", "80.00", "80.0", "%", "0", "1000.0", "800.0"}, strings.Fields(lines[3]))
	require.Equal(t, []string{"B2", "model", "<B2>", "80.000", "1000.0", "80.00", "80.0", "%", "0", "900.0", "-"}, strings.Fields(lines[4]))
	require.Len(t, lines[3], len(lines[2]))
	for _, want := range []string{
		"peak: 100.00 GFLOP/s", "Swift 1.0", "left out: Lame, B2: too & large", "missing: Absent: not installed",
		"geometric mean of the shares, layers of at least 2 MFLOP: 80.0 %",
	} {
		require.Contains(t, out.String(), want)
	}
}

func TestCompared(t *testing.T) {
	r := invented()
	list := r.compared(&r.pass)
	require.Equal(t, "Lame", list[0].Peer.Name)
	require.InDelta(t, 1.6, list[0].Times, 1e-12)
	require.Equal(t, "Swift", list[1].Peer.Name)
	require.InDelta(t, 0.9, list[1].Times, 1e-12)
	require.InDelta(t, 1.2, timesFaster(list), 1e-12)
	require.InDelta(t, 1.6, r.pass.timesFasterThan(&r.Peers[1]), 1e-12)

	all := r.compared(&r.Studies.Passes[1])
	require.Equal(t, 2, all[0].Peer.Threads, "peers with as many threads")
	r.Peers = nil
	list = r.compared(&r.pass)
	require.Nil(t, list[0].Peer)
	require.Zero(t, timesFaster(list))
}

func TestSummaryOfAPeer(t *testing.T) {
	p := peerResults{Layers: []peerLayer{{Mode: "eager"}, {Mode: "compile", Error: 0.3}, {Mode: ""}, {Mode: "eager", Error: 0.1}}}
	require.Equal(t, "[compile (1) eager (2)]", fmt.Sprint(p.Modes()))
	require.Equal(t, 0.3, p.LargestError())
	require.Zero(t, p.Busy())
	p.Layers = []peerLayer{{Micros: 3, Processors: 1.8}, {Micros: 3000, Processors: 1.1}, {Micros: 5000, Processors: 1}}
	require.Equal(t, 1.1, p.Busy(), "a short run cannot tell")
}
