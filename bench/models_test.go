package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sepconv/go/bench/internal/models"
	"github.com/sepconv/go/bench/internal/protocol"
	"github.com/stretchr/testify/require"
)

// fakeNetwork is our model as that of a peer.
type fakeNetwork struct {
	behaviour string
	load      *modelload
}

func newFakeNetwork(dir string, n *protocol.Network, behaviour string) (*fakeNetwork, error) {
	if behaviour == "unable" {
		return nil, errors.New("no such model here")
	}
	load, err := newModelload(n.ID, "", 1)
	if err != nil {
		return nil, err
	}
	if load.src[0], err = protocol.ReadFloats(dir, "input", len(load.src[0])); err != nil {
		return nil, err
	}
	return &fakeNetwork{behaviour, load}, nil
}

func (f *fakeNetwork) Run() error   { _, err := f.load.time(1); return err }
func (f *fakeNetwork) Mode() string { return "faked" }
func (f *fakeNetwork) Close() error { return nil }

func (f *fakeNetwork) Output() []float32 {
	if f.behaviour == "wrong" {
		for i := range f.load.dst[0][1:] {
			f.load.dst[0][1+i] += 0.001
		}
	}
	return f.load.dst[0]
}

func smallModel(t *testing.T) *modelload {
	w, err := newModelload("matchboxnet", "", 1)
	require.NoError(t, err)
	return w
}

func TestPeerRunsModels(t *testing.T) {
	f := fakeField(t, "good")
	others, err := f.prepareModel(smallModel(t))
	require.NoError(t, err)
	c := others[0]
	require.NoError(t, c.err)
	require.Zero(t, c.layer.Error, "it computes what we do")
	require.Equal(t, "faked", c.layer.Mode)
	c.turn(time.Millisecond, time.Second)
	require.NoError(t, c.err)
	require.Len(t, c.layer.Samples, 1)
}

func TestPeersThatFailAtModels(t *testing.T) {
	for behaviour, want := range map[string]string{
		"unable": "no such model here",
		"wrong":  "element 1 of its output is ",
		"absent": "it has ended: no such library",
	} {
		f := fakeField(t, behaviour)
		f.convert = func(string) error { return errors.New("no converter") }
		others, err := f.prepareModel(smallModel(t))
		require.NoError(t, err)
		require.ErrorContains(t, others[0].err, want)
		require.ErrorContains(t, others[0].err, "no converter", "which may be why")
	}
}

// The bound tells a model from one of which a single bias is another: a tenth of what
// biases are drawn with.
func TestModelBoundSeesABias(t *testing.T) {
	for _, id := range models.IDs {
		if testing.Short() && id == "quartznet" {
			continue
		}
		w, err := newModelload(id, "", 1)
		require.NoError(t, err)
		share, err := compareOutputs(w.dst[0], w.dst[0])
		require.NoError(t, err)
		require.Zero(t, share)
		ours := append([]float32(nil), w.dst[0]...)
		for i := range w.Weights {
			if a := &w.Weights[i]; a.Name == "bias" || a.Name == "beta" {
				a.Values[0] += 0.3
				break
			}
		}
		k, err := w.Keras()
		require.NoError(t, err)
		w.program, err = k.Compile()
		require.NoError(t, err)
		_, err = w.time(1)
		require.NoError(t, err)
		_, err = compareOutputs(w.dst[0], ours)
		require.ErrorContains(t, err, "is the most that they may differ", id)
	}
}

func TestModelPartOf(t *testing.T) {
	const graph, kernels = module + "internal/graph.", module + "internal/asm/avx2."
	for name, test := range map[string]struct {
		stack []string
		want  modelPart
		ok    bool
	}{
		"separable":  {[]string{kernels + "pointwise6x16AVX2", module + "internal/engine.(*Plan).Run", module + "sepconv/keras.(*separableStep).Do", graph + "(*run).compute"}, modelSeparable, true},
		"conv":       {[]string{kernels + "pointwise6x16AVX2", graph + "(*product).compute", graph + "(*conv1DStep).window", graph + "(*tiles).each", graph + "(*conv1DStep).Do"}, modelConv, true},
		"dense":      {[]string{kernels + "pointwise6x16AVX2", graph + "(*product).compute", graph + "(*denseStep).Do"}, modelDense, true},
		"recurrent":  {[]string{kernels + "pointwise1x64AVX2", graph + "(*product).compute", graph + "(*recurrentStep).step", graph + "(*recurrentStep).Do"}, modelRecurrent, true},
		"gates":      {[]string{kernels + "sigmoidAVX2", graph + "(*Scratch).activate", graph + "(*recurrentStep).gates", graph + "(*recurrentStep).Do"}, modelGates, true},
		"pooling":    {[]string{kernels + "maximumAVX2", module + "internal/asm.(*Kernels).maximum", graph + "(*poolStep).Do"}, modelPooling, true},
		"add":        {[]string{kernels + "depthwise8x8AVX2", graph + "(*Scratch).add", graph + "(*mergeStep).part", graph + "(*mergeStep).Do"}, modelElementwise, true},
		"moves":      {[]string{"runtime.memmove", graph + "(*embeddingStep).Do"}, modelMoves, true},
		"rest":       {[]string{graph + "(*Program).layoutFor", graph + "(*Program).Run"}, modelRest, true},
		"this":       {[]string{"time.Now", benchModule + ".(*modelload).time"}, 0, false},
		"collection": {[]string{"runtime.scanobject", "runtime.gcBgMarkWorker"}, 0, false},
	} {
		got, ok := modelPartOf(test.stack)
		require.Equal(t, test.ok, ok, name)
		if ok {
			require.Equal(t, modelPartNames[test.want], modelPartNames[got], name)
		}
	}
}

// Every step of a model belongs to a kind of layer: the next one cannot be forgotten.
func TestStepsHaveParts(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "internal", "graph", "*.go"))
	require.NoError(t, err)
	steps := 0
	for _, file := range files {
		for _, name := range declared(t, `(?m)^func \(\w+ \*(\w+Step)\) Do\(`, file) {
			steps++
			got, ok := modelPartOf([]string{module + "internal/graph.(*" + name + ").Do"})
			require.True(t, ok && got != modelRest, "%s of %s belongs to no part: add it to modelSteps", name, file)
		}
	}
	require.Greater(t, steps, 10)
}

func modelOptions(t *testing.T) options {
	return options{models: true, layers: "^matchboxnet$", threads: 1, format: "channels_last", time: time.Millisecond, samples: 3}
}

func TestRunModels(t *testing.T) {
	o := modelOptions(t)
	dir := t.TempDir()
	o.times, o.json, o.readme = true, filepath.Join(dir, "models.json"), filepath.Join(dir, "README.md")
	require.NoError(t, os.WriteFile(o.readme, []byte("before\n"+modelsBegin+"\nold\n"+modelsEnd+"\nafter\n"), 0o666))
	var out strings.Builder
	require.NoError(t, run(&out, io.Discard, o))
	lines := strings.Split(out.String(), "\n")
	require.Equal(t, strings.Fields("id MFLOP us GFLOP/s share allocs weights run"), strings.Fields(lines[2]))
	require.Equal(t, []string{"matchboxnet", "23.25"}, strings.Fields(lines[3])[:2])
	require.Contains(t, out.String(), "how the time divides by kind of layer")
	require.Contains(t, out.String(), "1 of 6 models")

	o.layers = "^sepcnn$"
	require.NoError(t, run(io.Discard, io.Discard, o))
	r, err := readModelResults(o.json)
	require.NoError(t, err)
	require.Len(t, r.Models, 2, "a second run adds its model to the file")
	require.Equal(t, "sepcnn", r.Models[0].ID, "in the order of the models")
	require.Len(t, r.Times, 2)
	for _, m := range r.Models {
		require.Zero(t, m.Allocs)
		require.Positive(t, m.Run)
	}
	var shown strings.Builder
	require.NoError(t, run(&shown, io.Discard, options{models: true, format: "channels_last", results: o.json}))
	require.Contains(t, shown.String(), "\nmatchboxnet     23.25 ")
	require.Contains(t, shown.String(), "2 of 6 models")
	text, err := os.ReadFile(o.readme)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(text), "before\n"+modelsBegin+"\n\nMeasured on "))
	require.Contains(t, string(text), "| MatchboxNet-3x2x64, a second of speech | 23 |")
	require.NotContains(t, string(text), "old")
	require.True(t, strings.HasSuffix(string(text), modelsEnd+"\nafter\n"))
}

func TestModelsInAReport(t *testing.T) {
	o := modelOptions(t)
	o.report = t.TempDir()
	require.ErrorContains(t, run(io.Discard, io.Discard, o), "run -report "+o.report+" without -models first")
	require.NoError(t, invented().write(filepath.Join(o.report, resultsFile)))
	require.NoError(t, run(io.Discard, io.Discard, o))
	page, err := os.ReadFile(filepath.Join(o.report, pageFile))
	require.NoError(t, err)
	require.Contains(t, string(page), `<h2 id="models">Whole models:`)
	require.Contains(t, string(page), "<td>matchboxnet</td>")
	r, err := readResults(filepath.Join(o.report, resultsFile))
	require.NoError(t, err)
	require.Len(t, r.Models.Models, 1)
}

func TestModelsReportBadFlags(t *testing.T) {
	for name, test := range map[string]struct {
		change func(o *options)
		want   string
	}{
		"train":  {func(o *options) { o.train = true }, "-models takes no other flags"},
		"format": {func(o *options) { o.format = "channels_first" }, "-models takes no other flags"},
		"layers": {func(o *options) { o.layers = "^T1$" }, `-layers is "^T1$"; it matches none of the models`},
		"regexp": {func(o *options) { o.layers = "(" }, "-layers: error parsing regexp"},
		"readme": {func(o *options) { o.readme = filepath.Join(t.TempDir(), "x.md") }, "x.md"},
		"json": {func(o *options) {
			o.json = filepath.Join(t.TempDir(), "x.json")
			require.NoError(t, os.WriteFile(o.json, []byte("{}"), 0o666))
		}, "x.json: it must be what -models -json writes"},
	} {
		o := modelOptions(t)
		test.change(&o)
		require.ErrorContains(t, run(io.Discard, io.Discard, o), test.want, name)
	}
}

// inventedModels are results of one model with one peer.
func inventedModels(id string, us, theirs float64) *modelResults {
	r := &modelResults{CPU: "Example", Kernel: "avx2", Threads: 1, PeakGFLOPS: 100}
	r.Models = []modelResult{{ID: id, From: "a " + id, MFLOP: 10, Micros: us, GFLOPS: 50, Share: 0.5, Samples: []float64{us}}}
	r.Peers = []peerResults{{Name: "Lame", Layers: []peerLayer{}, LeftOut: []leftOut{}}}
	if theirs > 0 {
		r.Peers[0].Layers = []peerLayer{{ID: id, Micros: theirs, Samples: []float64{theirs}}}
	} else {
		r.Peers[0].LeftOut = []leftOut{{id, "too large"}}
	}
	r.compare()
	return r
}

func TestModelResultsMerge(t *testing.T) {
	first, second := inventedModels("sepcnn", 100, 400), inventedModels("resnet", 100, 0)
	both, err := second.with(first)
	require.NoError(t, err)
	require.Len(t, both.Models, 2)
	require.Equal(t, "sepcnn", both.Models[0].ID)
	require.Equal(t, []leftOut{{"resnet", "too large"}}, both.Peers[0].LeftOut)
	require.InEpsilon(t, 4, both.Faster[0].Geomean, 1e-12)
	both, err = both.with(inventedModels("resnet", 50, 50))
	require.NoError(t, err)
	require.Empty(t, both.Peers[0].LeftOut, "it can, by now")
	require.InEpsilon(t, 2, both.Faster[0].Geomean, 1e-12)
	require.Equal(t, 1.0, both.Faster[0].Least)
	require.Contains(t, modelMarkdown(both), "| a resnet | 10 | 50.0 | 50 % | - | 50.0 (1.00) |")

	other := inventedModels("sepcnn", 1, 1)
	other.Kernel = "avx512"
	_, err = both.with(other)
	require.ErrorContains(t, err, "write them to another file")
	data, err := json.Marshal(both)
	require.NoError(t, err)
	again := new(modelResults)
	require.NoError(t, json.Unmarshal(data, again))
	require.NoError(t, again.check())
	again.Models[0].Micros = 0
	require.ErrorContains(t, again.check(), `model "sepcnn" has no samples`)
}

func TestModelRunners(t *testing.T) {
	var names []string
	for _, r := range modelRunners() {
		names = append(names, r.name)
	}
	require.Equal(t, "ONNX Runtime, XNNPACK (LiteRT), PyTorch, Keras (TensorFlow)", strings.Join(names, ", "))
}
