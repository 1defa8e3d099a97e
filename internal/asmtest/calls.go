package asmtest

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/sepconv/go/internal/asm"
	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/suite"
	"github.com/stretchr/testify/require"
)

// Assembly cannot be preempted, so that a collection of garbage waits for the call
// it meets. What a call takes at most, in nanoseconds, on a core slower than those
// of today: a multiply-add of vectors a nanosecond, 10 for an element of an
// activation, and 100 for a cache line, each from memory and none before it is
// needed.
func nanoseconds(c Call) int { return c.Vectors + 10*c.Elements + 100*c.Lines }

// longest is what a call may take: a millisecond.
const longest = 1e6

// shape is a layer of the suite, or one that is as hard on a kernel as can be.
type shape struct {
	ID                                 string
	Batch, Steps                       int
	Channels, Kernel, Stride, Dilation int
	Multiplier, Filters                int
	Padding, Activation                string
	activation                         kernel.Func
	channelsFirst                      bool
}

func suiteShapes(t *testing.T) []shape {
	var layers []shape
	require.NoError(t, json.Unmarshal(suite.JSON, &layers))
	require.NotEmpty(t, layers)
	return layers
}

// adversaries are layers each of which makes some kernel's call as long as it gets.
var adversaries = []shape{
	{ID: "many taps, many channels", Steps: 40, Channels: 4096, Kernel: 1024, Stride: 1, Dilation: 1, Multiplier: 1, Filters: 3},
	{ID: "many taps, strided", Steps: 3000, Channels: 1024, Kernel: 300, Stride: 8, Dilation: 1, Multiplier: 1, Filters: 3},
	{ID: "many taps, dilated", Steps: 17000, Channels: 16, Kernel: 256, Stride: 1, Dilation: 65, Multiplier: 1, Filters: 3},
	{ID: "taps far apart", Steps: 9000, Channels: 512, Kernel: 4, Stride: 1, Dilation: 2048, Multiplier: 1, Filters: 8},
	{ID: "multiplier 32", Steps: 3000, Channels: 3, Kernel: 1024, Stride: 2, Dilation: 1, Multiplier: 32, Filters: 33},
	{ID: "multiplier 3", Steps: 1000, Channels: 300, Kernel: 300, Stride: 1, Dilation: 3, Multiplier: 3, Filters: 5},
	{ID: "multiplier beyond a tile", Steps: 70, Channels: 3, Kernel: 40, Stride: 1, Dilation: 1, Multiplier: 9000, Filters: 5},
	{ID: "channels far apart", Steps: 40000, Channels: 40, Kernel: 9, Stride: 1, Dilation: 4096, Multiplier: 16, Filters: 5},
	{ID: "one row, many filters", Steps: 1, Channels: 2048, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Filters: 1500},
	{ID: "three rows, many filters", Steps: 3, Channels: 2048, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Filters: 1500},
	{ID: "long, many filters", Steps: 1000, Channels: 1500, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Filters: 1500},
	{ID: "one tap", Steps: 4000, Channels: 384, Kernel: 1, Stride: 1, Dilation: 1, Multiplier: 1, Filters: 16},
	{ID: "one filter", Steps: 16000, Channels: 24, Kernel: 5, Stride: 3, Dilation: 1, Multiplier: 1, Filters: 1},
	{ID: "long activation", Steps: 1_000_000, Channels: 1, Kernel: 1, Stride: 1, Dilation: 1, Multiplier: 1, Filters: 1, activation: kernel.GELU},
	{ID: "long activation of one row", Steps: 1, Channels: 1, Kernel: 1, Stride: 1, Dilation: 1, Multiplier: 1, Filters: 1_000_000, activation: kernel.LeakyReLU},
	{ID: "long gate", Steps: 1, Channels: 1, Kernel: 1, Stride: 1, Dilation: 1, Multiplier: 1, Filters: 100_000, activation: kernel.GLU},
}

// CallsAreShort bounds the work of every call that a run, or a step of training, makes
// of an assembly function of a set, without a clock and without computing anything.
func CallsAreShort(t *testing.T, k *asm.Kernels) {
	type function struct {
		kernel string
		size   int
	}
	worst := map[function]Call{}
	var layer string
	set := watch(k, func(c Call) {
		f := function{c.Kernel, c.Size}
		if nanoseconds(c) <= nanoseconds(worst[f]) {
			return
		}
		worst[f] = c
		if nanoseconds(c) > longest {
			t.Errorf("%s: a call may last %d us: %+v", layer, nanoseconds(c)/1000, c)
		}
	})
	for _, s := range append(suiteShapes(t), adversaries...) {
		for _, first := range []bool{false, true} {
			layer, s.channelsFirst = s.ID, first
			s.run(t, &set)
		}
	}
	for _, c := range worst {
		t.Logf("at most %d us: %+v", nanoseconds(c)/1000, c)
	}
}

// run makes the calls for a signal.
func (s shape) run(t *testing.T, set *kernel.Set) {
	g := engine.Geometry{
		Channels: s.Channels, Filters: s.Filters, Kernel: s.Kernel, Stride: s.Stride, Dilation: s.Dilation,
		Multiplier: s.Multiplier, Padding: engine.Same, ChannelsFirst: s.channelsFirst,
	}
	require.NoError(t, g.Check())
	if s.channelsFirst && s.activation == kernel.GLU {
		s.Steps = 2 * 100_000
		g.Filters = 1
	}
	columns := g.Channels * g.Multiplier
	plan := engine.NewPlan(g, make([]float32, g.Kernel*columns), make([]float32, columns*g.Filters), nil,
		engine.Activation{Activation: kernel.Activation{Func: s.activation, A: 0.5}}, engine.Target{Set: set, L1: 48 << 10, L2: 2 << 20, Threads: 1})
	out, filters, err := plan.OutputShape(s.activation, s.Steps)
	require.NoError(t, err)
	require.Less(t, out*filters, math.MaxInt32)
	plan.Run(make([]float32, out*filters), make([]float32, s.Steps*g.Channels), 1, s.Steps)
	if testing.Short() {
		return
	}
	for f, pull := range set.Pullback {
		if pull == nil {
			set.Pullback[f] = func(z, dy []float32, _ *kernel.Activation) {}
		}
	}
	w := engine.Weights{Depthwise: make([]float32, g.Kernel*columns), Pointwise: make([]float32, columns*g.Filters), Bias: make([]float32, g.Filters)}
	training := engine.NewTraining(g, engine.Activation{Activation: kernel.Activation{Func: s.activation, A: 0.5}}, engine.TrainingOptions{},
		engine.Target{Set: set, L1: 48 << 10, L2: 2 << 20, Threads: 1})
	training.Forward(make([]float32, out*filters), make([]float32, s.Steps*g.Channels), w, 1, s.Steps)
	training.Backward(make([]float32, s.Steps*g.Channels), make([]float32, out*filters), w)
}
