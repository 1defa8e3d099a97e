package protocol

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// small is a layer of 2 steps, 3 channels and 2 filters.
var small = Layer{ID: "S1", Batch: 1, Steps: 2, Channels: 3, Kernel: 1, Stride: 1, Dilation: 1, Multiplier: 1, Filters: 2, Padding: "same", Activation: "linear", OutSteps: 2}

func smallJob() *Job {
	return &Job{Layer: small, Depthwise: []float32{1, 2, 3}, Pointwise: []float32{1, 2, 3, 4, 5, 6}, Bias: []float32{-1, 1}, Input: []float32{1, 2, 3, 4, 5, 6}}
}

// counter is a model that counts its runs and fails from the given one on.
type counter struct {
	runs, fails int
	closed      bool
}

func (c *counter) Run() error {
	c.runs++
	if c.runs == c.fails {
		return errors.New("out of order")
	}
	return nil
}
func (c *counter) Output() []float32 { return []float32{1, 2, 3, 4} }
func (c *counter) Mode() string      { return "counting" }
func (c *counter) Close() error      { c.closed = true; return nil }

// talk sends requests and returns the replies, the first of which is Hello.
func talk(t *testing.T, s *Server, requests ...Request) []Reply {
	var in, out bytes.Buffer
	for _, r := range requests {
		require.NoError(t, json.NewEncoder(&in).Encode(r))
	}
	require.NoError(t, s.Serve(&in, &out))
	require.Equal(t, len(requests)+1, strings.Count(out.String(), "\n"), "one line for each reply")
	var replies []Reply
	for d := json.NewDecoder(&out); d.More(); {
		var r Reply
		require.NoError(t, d.Decode(&r))
		replies = append(replies, r)
	}
	return replies
}

func TestServe(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, WriteJob(dir, smallJob()))
	var models []*counter
	s := &Server{Name: "counter", Version: "v1", Threads: 2, Open: func(job *Job) (Model, error) {
		require.Equal(t, smallJob(), job)
		models = append(models, &counter{})
		return models[len(models)-1], nil
	}}
	prepare := Request{Do: "prepare", Layer: &small, Dir: dir}
	replies := talk(t, s, prepare, Request{Do: "run", Warm: 3, Runs: 100}, prepare)
	require.Equal(t, "counter", replies[0].Name)
	require.Equal(t, "v1", replies[0].Version)
	require.Equal(t, 2, replies[0].Threads)
	require.Empty(t, replies[1].Error)
	require.Equal(t, "counting", replies[1].Mode)
	require.Positive(t, replies[1].Once)
	require.Positive(t, replies[2].Seconds)
	require.Len(t, models, 2)
	for _, m := range models {
		require.True(t, m.closed)
	}
	output, err := ReadFloats(dir, "output", 4)
	require.NoError(t, err)
	require.Equal(t, []float32{1, 2, 3, 4}, output)
}

// A request that fails is answered, and the next one as well.
func TestServeReportsErrors(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, WriteJob(dir, smallJob()))
	other := small
	other.Filters = 7
	prepare := Request{Do: "prepare", Layer: &small, Dir: dir}
	fail := errors.New("no such layer")
	s := &Server{Open: func(*Job) (Model, error) {
		if fail != nil {
			err := fail
			fail = nil
			return nil, err
		}
		return &counter{}, nil
	}}
	replies := talk(t, s,
		Request{Do: "dance"},
		Request{Do: "prepare", Dir: dir},
		Request{Do: "prepare", Layer: &other, Dir: dir},
		Request{Do: "prepare", Layer: &small, Dir: filepath.Join(dir, "none")},
		prepare,
		Request{Do: "run", Runs: 1},
		prepare,
		Request{Do: "run", Runs: 0},
		Request{Do: "run", Runs: 1, Warm: -1},
		Request{Do: "run", Runs: 1},
	)[1:]
	for i, want := range []string{
		`request is to do "dance"; it must be "prepare", "train", "model" or "run"`,
		"request has no layer",
		"pointwise has 24 bytes; 21 elements take 84",
		"no such file",
		"no such layer",
		"no layer is prepared",
		"",
		"request has 0 runs after 0",
		"request has 1 runs after -1",
		"",
	} {
		if want == "" {
			require.Empty(t, replies[i].Error)
		} else {
			require.Contains(t, replies[i].Error, want)
		}
	}
}

// What a run fails with is answered wherever it fails: at first, while its time is
// estimated, to warm up, by the clock.
func TestServeReportsFailingRuns(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, WriteJob(dir, smallJob()))
	m := &counter{}
	s := &Server{Open: func(*Job) (Model, error) { return m, nil }}
	prepare := Request{Do: "prepare", Layer: &small, Dir: dir}
	m.fails = 1
	require.Contains(t, talk(t, s, prepare)[1].Error, "out of order")
	*m = counter{fails: 2}
	require.Contains(t, talk(t, s, prepare)[1].Error, "out of order")
	for _, later := range []int{2, 6} {
		*m = counter{}
		s.Open = func(*Job) (Model, error) { return m, nil }
		run := Request{Do: "run", Warm: 4, Runs: 4}
		talk(t, s, prepare) // how many runs that takes depends on the machine
		s.model = m
		m.fails = m.runs + later
		reply, err := s.run(&run)
		require.ErrorContains(t, err, "out of order")
		require.Zero(t, reply.Error)
	}
}

// failing is an output that cannot be written to, after a while.
type failing struct{ writes int }

func (f *failing) Write(p []byte) (int, error) {
	if f.writes--; f.writes < 0 {
		return 0, errors.New("nobody listens")
	}
	return len(p), nil
}

func TestServeEndsWithItsPartner(t *testing.T) {
	require.ErrorContains(t, new(Server).Serve(strings.NewReader(""), &failing{}), "nobody listens")
	require.ErrorContains(t, new(Server).Serve(strings.NewReader(`{"do":"run"}`), &failing{1}), "nobody listens")
	require.ErrorContains(t, new(Server).Serve(strings.NewReader(`what`), io.Discard), "invalid character")
}

func TestUsage(t *testing.T) {
	if _, err := os.Stat("/proc/self/statm"); err != nil {
		t.Skip("memory is known on Linux only")
	}
	require.Greater(t, resident(), int64(1<<20))
	before := cpuTime()
	for cpuTime() == before {
	}
}
