package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// defaults are the flags of a short run of the tiny suite.
func defaults(t *testing.T) options {
	return options{suite: tinyFile(t), threads: 1, format: "channels_last", time: 5 * time.Millisecond}
}

func TestRunPrintsTheTable(t *testing.T) {
	for _, kernel := range sepconv.Kernels() {
		for _, format := range []string{"channels_last", "channels_first"} {
			o := defaults(t)
			o.kernel, o.format, o.threads = kernel, format, runtime.GOMAXPROCS(0)
			var out strings.Builder
			require.NoError(t, run(&out, io.Discard, o))
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			require.Len(t, lines, 7)
			require.Contains(t, lines[0], "kernel "+kernel+", ")
			require.Contains(t, lines[0], format)
			require.Equal(t, []string{"id", "from", "MFLOP", "us", "GFLOP/s", "share", "allocs"}, strings.Fields(lines[2]))
			require.Equal(t, []string{"X1", "nowhere", "0.006"}, strings.Fields(lines[3])[:3])
			require.Equal(t, len(lines[2]), len(lines[3]), "columns are aligned")
			require.Contains(t, lines[6], "geometric mean of the shares, layers of at least 2 MFLOP: none")
		}
	}
}

func TestRunWritesJSON(t *testing.T) {
	o := defaults(t)
	o.suite, o.layers, o.json = "", "^(K1|W1)$", filepath.Join(t.TempDir(), "out.json")
	require.NoError(t, run(io.Discard, io.Discard, o))
	data, err := os.ReadFile(o.json)
	require.NoError(t, err)

	var object map[string]any
	require.NoError(t, json.Unmarshal(data, &object))
	require.ElementsMatch(t, []string{"cpu", "core", "kernel", "threads", "format", "go", "peak_gflops", "geomean_share", "layers", "peers"}, keys(object))
	require.Equal(t, []any{}, object["peers"])
	require.NotEmpty(t, object["cpu"])
	require.Contains(t, sepconv.Kernels(), object["kernel"])
	require.Equal(t, 1.0, object["threads"])
	require.Equal(t, "channels_last", object["format"])
	require.Equal(t, runtime.Version(), object["go"])
	require.Positive(t, object["peak_gflops"])
	layers := object["layers"].([]any)
	require.Len(t, layers, 2)
	large := layers[0].(map[string]any)
	require.ElementsMatch(t, []string{"id", "us", "gflops", "share", "allocs", "spread", "samples", "shares", "from", "mflop", "bytes"}, keys(large))
	require.Equal(t, "K1", large["id"])
	require.InEpsilon(t, large["share"], object["geomean_share"], 1e-12, "W1 is too small to count")
}

func keys(object map[string]any) (keys []string) {
	for k := range object {
		keys = append(keys, k)
	}
	return keys
}

func TestRunReportsBadFlags(t *testing.T) {
	for name, test := range map[string]struct {
		change func(o *options)
		want   string
	}{
		"kernel":       {func(o *options) { o.kernel = "mmx" }, `kernel is "mmx"; this CPU can run `},
		"no threads":   {func(o *options) { o.threads = 0 }, "-threads is 0; it must be from 1 to "},
		"many threads": {func(o *options) { o.threads = 100_000 }, "-threads is 100000;"},
		"time":         {func(o *options) { o.time = 0 }, "-time is 0s; it must be more than 0"},
		"format":       {func(o *options) { o.format = "nchw" }, `-format is "nchw"; it must be "channels_last" or "channels_first"`},
		"regexp":       {func(o *options) { o.layers = "(" }, "-layers: error parsing regexp"},
		"no layer":     {func(o *options) { o.layers = "Y" }, `-layers is "Y"; it matches none of 1 ids, the first of which is "X1"`},
		"suite":        {func(o *options) { o.suite += "x" }, "tiny.jsonx"},
		"json":         {func(o *options) { o.json = filepath.Join(o.suite, "out.json") }, "out.json"},
	} {
		t.Run(name, func(t *testing.T) {
			o := defaults(t)
			test.change(&o)
			require.ErrorContains(t, run(io.Discard, io.Discard, o), test.want)
		})
	}
}

// full is a disk without room.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestRunReportsFailingOutput(t *testing.T) {
	require.ErrorContains(t, run(full{}, io.Discard, defaults(t)), "disk full")
}
