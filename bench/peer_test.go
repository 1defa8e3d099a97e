package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/sepconv/go/bench/internal/protocol"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// fakeVariable makes this program a peer: its value is how the peer behaves.
const fakeVariable = "SEPCONV_BENCH_FAKE_PEER"

func TestMain(m *testing.M) {
	if behaviour := os.Getenv(fakeVariable); behaviour != "" {
		fakePeer(behaviour)
		return
	}
	os.Exit(m.Run())
}

// fakePeer computes the layer as we do, with faults.
func fakePeer(behaviour string) {
	switch behaviour {
	case "absent":
		fmt.Fprint(os.Stderr, "loading\nno such library\n\n")
		os.Exit(1)
	case "mute":
		time.Sleep(time.Hour)
	case "babbling":
		fmt.Println("I am a peer")
		return
	}
	s := protocol.Server{Name: "fake", Version: "v7", Threads: 1, Open: func(job *protocol.Job) (protocol.Model, error) {
		switch behaviour {
		case "unable":
			return nil, errors.New("no such layer here")
		case "dying":
			fmt.Fprintln(os.Stderr, "segmentation fault")
			os.Exit(139)
		}
		return newFake(job, behaviour)
	}, Train: func(job *protocol.Job) (protocol.Step, error) { return newFakeStep(job, behaviour) },
		OpenNetwork: func(dir string, n *protocol.Network) (protocol.Model, error) {
			return newFakeNetwork(dir, n, behaviour)
		}}
	if err := s.Serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// fake is our layer as that of a peer.
type fake struct {
	behaviour string
	plan      *sepconv.Plan
	job       *protocol.Job
	output    []float32
	runs      int
}

func newFake(job *protocol.Job, behaviour string) (*fake, error) {
	s, err := fakeLayer(job)
	if err != nil {
		return nil, err
	}
	plan, err := s.Compile()
	return &fake{behaviour, plan, job, make([]float32, job.Batch*job.OutSteps*job.Filters), 0}, err
}

// fakeLayer is our layer of what a peer is asked for.
func fakeLayer(job *protocol.Job) (*sepconv.Layer, error) {
	l := layer{
		Kernel: job.Kernel, Stride: job.Stride, Dilation: job.Dilation, Multiplier: job.Multiplier,
		Filters: job.Filters, Padding: job.Padding, Activation: job.Activation,
	}
	c, err := l.config(sepconv.ChannelsLast)
	if err != nil {
		return nil, err
	}
	s, err := sepconv.New(c, job.Channels)
	if err != nil {
		return nil, err
	}
	return s, s.SetWeights(sepconv.Weights{Depthwise: job.Depthwise, Pointwise: job.Pointwise, Bias: job.Bias})
}

func (f *fake) Run() error {
	f.runs++
	switch {
	case f.behaviour == "slow":
		time.Sleep(30 * time.Millisecond)
	case f.behaviour == "hanging" && f.runs > 1:
		time.Sleep(time.Hour)
	}
	return f.plan.Run(f.output, f.job.Input, f.job.Batch, f.job.Steps)
}

func (f *fake) Output() []float32 {
	if f.behaviour == "wrong" {
		f.output[len(f.output)-1] += 0.01
	}
	if f.behaviour == "short" {
		return f.output[1:]
	}
	return f.output
}

func (f *fake) Mode() string { return "faked" }
func (f *fake) Close() error { return nil }

// fakeField is a field of one peer with short limits.
func fakeField(t *testing.T, behaviour string) *field {
	p := &peer{limits: limits{time.Minute, time.Minute, time.Minute}, command: func() *exec.Cmd {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), fakeVariable+"="+behaviour)
		return cmd
	}}
	f := &field{peers: []*peer{p}, results: []peerResults{{Name: "fake", Short: "fake", Threads: 1, Layers: []peerLayer{}}}, dir: t.TempDir()}
	t.Cleanup(p.stop)
	return f
}

// tinyWorkload is the layer of the tiny suite.
func tinyWorkload(t *testing.T, format sepconv.DataFormat) *workload {
	layers, err := parseSuite("s.json", []byte(tiny), format)
	require.NoError(t, err)
	w, err := newWorkload(layers[0], "", format, 1)
	require.NoError(t, err)
	return w
}

func TestPeer(t *testing.T) {
	for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
		f := fakeField(t, "good")
		p := f.peers[0]
		require.NoError(t, p.start())
		require.Equal(t, "v7", p.Version)
		w := tinyWorkload(t, format)
		others, err := f.prepare(w)
		require.NoError(t, err)
		require.Len(t, others, 1)
		c := others[0]
		require.NoError(t, c.err)
		require.Zero(t, c.layer.Error, "it computes what we do")
		require.Equal(t, "faked", c.layer.Mode)
		require.Positive(t, c.once)
		for range 3 {
			c.turn(time.Millisecond, time.Second)
		}
		require.NoError(t, c.err)
		require.Len(t, c.layer.Samples, 3)
		require.Positive(t, c.layer.Micros)
		f.add(others)
		require.Equal(t, []peerLayer{c.layer}, f.results[0].Layers)
	}
}

// A peer that fails leaves the layer out, says why, and may do the next one.
func TestPeersThatFail(t *testing.T) {
	for behaviour, want := range map[string]string{
		"unable":   "no such layer here",
		"dying":    "it has ended: segmentation fault",
		"wrong":    "is the most that they may differ",
		"short":    "output has 1396 bytes; 350 elements take 1400",
		"absent":   "it has ended: no such library",
		"babbling": "invalid character 'I'",
		"mute":     "no answer within 300ms",
		"hanging":  "no answer within 300ms",
	} {
		t.Run(behaviour, func(t *testing.T) {
			f := fakeField(t, behaviour)
			if behaviour == "mute" || behaviour == "hanging" {
				f.peers[0].limits = limits{300 * time.Millisecond, 300 * time.Millisecond, 300 * time.Millisecond}
			}
			for range 2 {
				others, err := f.prepare(tinyWorkload(t, sepconv.ChannelsLast))
				require.NoError(t, err)
				require.ErrorContains(t, others[0].err, want)
				others[0].turn(time.Millisecond, time.Second)
				require.Empty(t, others[0].layer.Samples)
				f.add(others)
			}
			require.Empty(t, f.results[0].Layers)
			require.Len(t, f.results[0].LeftOut, 2)
			require.Equal(t, "X1", f.results[0].LeftOut[0].ID)
			require.Contains(t, f.results[0].LeftOut[0].Why, want)
		})
	}
}

// A run that takes too long, or a process that is gone, is found by the turn.
func TestPeersThatFailLater(t *testing.T) {
	f := fakeField(t, "good")
	others, err := f.prepare(tinyWorkload(t, sepconv.ChannelsLast))
	require.NoError(t, err)
	require.NoError(t, f.peers[0].cmd.Process.Kill())
	others[0].turn(time.Millisecond, time.Second)
	require.Error(t, others[0].err)
	require.Nil(t, f.peers[0].cmd)
	_, _, err = f.peers[0].run(0, 1, 1)
	require.ErrorContains(t, err, "it does not run")
	others, err = f.prepare(tinyWorkload(t, sepconv.ChannelsLast))
	require.NoError(t, err)
	require.NoError(t, others[0].err, "it was started again")
}

// Without a bound to hold it to, no output counts.
func TestPeersWithoutABound(t *testing.T) {
	f := fakeField(t, "good")
	w := tinyWorkload(t, sepconv.ChannelsLast)
	w.layer.Activation = "softmax"
	others, err := f.prepare(w)
	require.NoError(t, err)
	require.ErrorContains(t, others[0].err, `no bound is known for activation "softmax"`)
}

// A slow peer is in fewer rounds.
func TestPatience(t *testing.T) {
	f := fakeField(t, "slow")
	others, err := f.prepare(tinyWorkload(t, sepconv.ChannelsLast))
	require.NoError(t, err)
	c := others[0]
	require.NoError(t, c.err)
	for range 50 {
		c.turn(time.Millisecond, 10*time.Millisecond)
	}
	require.NoError(t, c.err)
	require.NotEmpty(t, c.layer.Samples)
	require.LessOrEqual(t, len(c.layer.Samples), 2, "of 30 ms each, when 40 ms are the limit")
	require.GreaterOrEqual(t, c.layer.Micros, 30e3)
}

func TestPeersThatAreMissing(t *testing.T) {
	t.Setenv("SEPCONV_PEERS", t.TempDir())
	for _, r := range recipes {
		if r.env == "" {
			continue
		}
		_, err := r.start(1, t.TempDir())
		require.ErrorContains(t, err, "not installed: bench/peers/setup does it", r.name)
	}
	r := recipe{name: "none", program: "none"}
	_, err := r.start(1, t.TempDir())
	require.ErrorContains(t, err, "go build: ")
}

func TestPeersNeedTheirDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := gather(true, 1)
	require.ErrorContains(t, err, "-peers needs the directory of this command")
	f, err := gather(false, 1)
	require.NoError(t, err)
	f.close()
}

// The peers in Go are there wherever Go is, and agree with us.
func TestPeersInGo(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles them")
	}
	t.Setenv("SEPCONV_PEERS", t.TempDir())
	f, err := gather(true, 2)
	require.NoError(t, err)
	defer f.close()
	require.Len(t, f.peers, 3, "%v", f.missing)
	require.Len(t, f.missing, len(recipes)-3)
	layers, err := readSuite("", sepconv.ChannelsLast)
	require.NoError(t, err)
	for _, l := range layers {
		if !strings.Contains("E1 W1 K3 R1 Q1 C3 P1", l.ID) {
			continue
		}
		w, err := newWorkload(l, "", sepconv.ChannelsLast, 1)
		require.NoError(t, err)
		others, err := f.prepare(w)
		require.NoError(t, err)
		for i, c := range others {
			require.NoError(t, c.err, "%s, %s", f.results[i].Name, l.ID)
			c.turn(time.Millisecond, time.Millisecond)
			require.NoError(t, c.err)
			require.Positive(t, c.layer.Micros)
		}
		f.add(others)
	}
	for _, p := range f.results {
		require.NotEmpty(t, p.Version, p.Name)
		require.Len(t, p.Layers, 7)
	}
}

func TestTail(t *testing.T) {
	var text tail
	require.Empty(t, text.lastLine())
	for range 1000 {
		fmt.Fprintln(&text, "all is well")
	}
	require.LessOrEqual(t, text.Len(), 4<<10)
	fmt.Fprint(&text, " \nnothing is \r\n\n")
	require.Equal(t, "nothing is", text.lastLine())
}
