package engine

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

// The tests here run whole plans with all that they touch at unreadable pages: the
// caller's slices, the packed weights and every thread's scratch. What is only to
// be read is read-only, and what is to be written holds canaries at first, which
// spoil the output if they are read before they are written.

var seed = flag.Uint64("engine-seed", 1, "of the layers and places that the engine's memory is tested with")

// guardedThreads is how many threads have scratch in guarded memory.
const guardedThreads = 3

// memory is guarded memory for one plan after the other.
type memory struct {
	dst, src, depthwise, pointwise, bias          *guard.Buffer // the caller's
	taps, main, mainBias, gate, gateBias          *guard.Buffer // the plan's
	tiles, turns, windows, gated, kernelScratches [guardedThreads]*guard.Buffer

	all    []*guard.Buffer
	choose func() guard.Place
	places []guard.Place // as chosen for this plan
}

func newMemory(t testing.TB, set *kernel.Set) *memory {
	const room = 1 << 16
	m := &memory{}
	buffer := func(name string, n int) *guard.Buffer {
		b := guard.NewBuffer(t, name, n+16)
		m.all = append(m.all, b)
		return b
	}
	m.dst, m.src = buffer("dst", room), buffer("src", room)
	m.depthwise, m.pointwise, m.bias = buffer("depthwise kernel", room), buffer("pointwise kernel", room), buffer("bias", room)
	m.taps, m.main, m.mainBias = buffer("packed taps", room), buffer("panels", room), buffer("packed bias", room)
	m.gate, m.gateBias = buffer("panels of the gate", room), buffer("packed bias of the gate", room)
	for i := range guardedThreads {
		of := func(name string) string { return fmt.Sprintf("%s of thread %d", name, i) }
		m.tiles[i], m.windows[i], m.gated[i] = buffer(of("tile"), maxTile), buffer(of("window"), maxWindow), buffer(of("gate"), maxGate)
		m.turns[i] = buffer(of("rows to be turned"), turnedRows*turnedColumns)
		m.kernelScratches[i] = buffer(of("kernel's scratch"), set.Tile.Scratch)
	}
	return m
}

func (m *memory) place() guard.Place {
	m.places = append(m.places, m.choose())
	return m.places[len(m.places)-1]
}

func (m *memory) readOnly(b *guard.Buffer, x []float32) []float32 { return b.ReadOnly(x, m.place()) }
func (m *memory) canaries(b *guard.Buffer, n int) []float32       { return b.Floats(n, m.place()) }

// hold moves the plan's packed weights here, and gives it scratch for every thread,
// so that it makes none by itself.
func (m *memory) hold(p *Plan) {
	c := p.convolution.(*separable)
	switch d := c.depthwise.(type) {
	case *depthwiseRows:
		d.taps = m.readOnly(m.taps, d.taps)
	case *depthwiseTurned:
		d.taps = m.readOnly(m.taps, d.taps)
	case *depthwiseLines:
		d.taps = m.readOnly(m.taps, d.taps)
	}
	m.holdFilters(c.pointwise, m.main, m.mainBias)
	if g, ok := p.epilogue.(*gate); ok {
		if gates := g.gates.(*separable).pointwise; gates != c.pointwise {
			m.holdFilters(gates, m.gate, m.gateBias)
		}
	}
	r := newRun(p)
	r.own = m.scratch(p, 0)
	p.runs.Put(r)
	for i := 1; i < guardedThreads; i++ {
		p.scratches.Put(m.scratch(p, i))
	}
}

func (m *memory) holdFilters(f pointwiseStage, weights, bias *guard.Buffer) {
	switch w := f.(type) {
	case *pointwiseRows:
		w.panels.F32, w.bias = m.readOnly(weights, w.panels.F32), m.readOnly(bias, w.bias)
	case *pointwiseLines:
		w.weights, w.bias = m.readOnly(weights, w.weights), m.readOnly(bias, w.bias)
	}
}

// scratch returns the scratch of a thread. Its window is only as long as what the
// tiling puts into one.
func (m *memory) scratch(p *Plan, thread int) *scratch {
	s := newScratch(&p.base)
	s.tile = m.canaries(m.tiles[thread], len(s.tile))
	s.turn = m.canaries(m.turns[thread], len(s.turn))
	s.window = m.canaries(m.windows[thread], p.cut.windowFloats)
	s.gate = m.canaries(m.gated[thread], len(s.gate))
	s.scratch = m.canaries(m.kernelScratches[thread], len(s.scratch))
	return s
}

// faultsPanic returns a set whose faults are panics on every goroutine, as they
// are in guard.Check on its own: the crew hands a worker's panic on to the caller.
// The worker keeps that setting, so that it holds for the engine's own code too.
// And the set is so slow, it says, that every layer is worth several threads.
func faultsPanic(set *kernel.Set) *kernel.Set {
	s := *set
	s.Rate = 1
	s.Depthwise = func(d *kernel.Depthwise) { debug.SetPanicOnFault(true); set.Depthwise(d) }
	s.Pointwise = func(p *kernel.Pointwise) { debug.SetPanicOnFault(true); set.Pointwise(p) }
	if set.DepthwiseLines != nil {
		s.DepthwiseLines = func(d *kernel.DepthwiseLines) { debug.SetPanicOnFault(true); set.DepthwiseLines(d) }
	}
	return &s
}

// cached is a layer's run on a CPU of some sizes of caches: small ones make small
// tiles and windows, and of a small layer the parts that a large one has.
type cached struct {
	g            Geometry
	a            Activation
	batch, steps int
	l1, l2       int
}

// The names of runs that are unlike the others.
const (
	emptyBatch = "no batch"
	random     = "random"
)

// paths has a run for every way through the engine, on any set.
var paths = []struct {
	name string
	cached
}{
	{"channels last", cached{g: Geometry{Channels: 16, Filters: 24, Kernel: 5, Padding: Same}, steps: 70}},
	{"few channels", cached{g: Geometry{Channels: 1, Filters: 9, Kernel: 9, Padding: Same}, steps: 60}},
	{"three channels", cached{g: Geometry{Channels: 3, Filters: 17, Kernel: 3, Padding: Causal}, steps: 37, batch: 3}},
	{"six channels", cached{g: Geometry{Channels: 6, Filters: 64, Kernel: 4}, steps: 50}},
	{"multiplier", cached{g: Geometry{Channels: 3, Filters: 5, Kernel: 4, Multiplier: 3, Padding: Same}, steps: 50}},
	{"multiplier of a panel", cached{g: Geometry{Channels: 2, Filters: 5, Kernel: 4, Multiplier: 16, Padding: Same}, steps: 50}},
	{"strides", cached{g: Geometry{Channels: 19, Filters: 20, Kernel: 7, Stride: 3, Padding: Same}, steps: 90}},
	{"strides longer than the kernel", cached{g: Geometry{Channels: 5, Filters: 4, Kernel: 2, Stride: 9}, steps: 90}},
	{"dilation in phases", cached{g: Geometry{Channels: 20, Filters: 8, Kernel: 5, Dilation: 3, Padding: Causal}, steps: 100}},
	{"dilation and strides", cached{g: Geometry{Channels: 20, Filters: 8, Kernel: 5, Dilation: 5, Stride: 2, Padding: Same}, steps: 100}},
	{"dilation beyond the signal", cached{g: Geometry{Channels: 17, Filters: 8, Kernel: 3, Dilation: 2 * maxWindow, Padding: Same}, steps: 30}},
	{"crowded rows", cached{g: Geometry{Channels: 64, Filters: 5, Kernel: 9, Dilation: 2, Padding: Same}, steps: 60, l1: 4 << 10, l2: 32 << 10}},
	{"columns in parts", cached{g: Geometry{Channels: 75, Filters: 20, Kernel: 3, Padding: Same}, steps: 40, l1: 4 << 10, l2: 8 << 10}},
	{"columns in parts, epilogue", cached{g: Geometry{Channels: 75, Filters: 21, Kernel: 3}, a: function(kernel.ReLU), steps: 40, batch: 2, l1: 4 << 10, l2: 8 << 10}},
	{"a window of some taps", cached{g: Geometry{Channels: 40, Filters: 6, Kernel: 40, Padding: Same}, steps: 45, l1: 2 << 10, l2: 8 << 10}},
	{"filters split", cached{g: Geometry{Channels: 32, Filters: 200, Kernel: 3, Padding: Same}, steps: 2}},
	{"filters split, weights from afar", cached{g: Geometry{Channels: 32, Filters: 200, Kernel: 3, Padding: Same}, steps: 20, l1: 8 << 10, l2: 16 << 10}},
	{"weights from afar", cached{g: Geometry{Channels: 40, Filters: 70, Kernel: 3, Padding: Same}, steps: 150, l1: 8 << 10, l2: 16 << 10}},
	{"one step", cached{g: Geometry{Channels: 16, Filters: 33, Kernel: 5, Padding: Causal}, steps: 1}},
	{"one step, one tap", cached{g: Geometry{Channels: 16, Filters: 33, Kernel: 1}, steps: 1, batch: 4}},
	{"no steps", cached{g: Geometry{Channels: 3, Filters: 4, Kernel: 3, Padding: Same}, steps: 0}},
	{emptyBatch, cached{g: Geometry{Channels: 3, Filters: 4, Kernel: 3, Padding: Same}, steps: 9}},
	{"signs", cached{g: Geometry{Channels: 20, Filters: 32, Kernel: 3, Padding: Same}, a: function(kernel.ReLU), steps: 140, batch: 3}},
	{"activation of rows", cached{g: Geometry{Channels: 9, Filters: 31, Kernel: 3, Padding: Same}, a: function(kernel.Tanh), steps: 40}},
	{"activation of parts of rows", cached{g: Geometry{Channels: 9, Filters: 90, Kernel: 3, Padding: Same}, a: function(kernel.Tanh), steps: 2}},
	{"along the filters", cached{g: Geometry{Channels: 9, Filters: 31, Kernel: 3, Padding: Same}, a: function(kernel.Softmax), steps: 40}},
	{"custom", cached{g: Geometry{Channels: 9, Filters: 31, Kernel: 3, Padding: Same}, a: Activation{Custom: reversed}, steps: 40, batch: 2}},
	{"gates", cached{g: Geometry{Channels: 9, Filters: 62, Kernel: 3, Padding: Same}, a: function(kernel.GLU), steps: 40}},
	{"gates in groups", cached{g: Geometry{Channels: 20, Filters: 150, Kernel: 3, Padding: Same}, a: function(kernel.GLU), steps: 40, l1: 4 << 10, l2: 8 << 10}},

	{"lines", cached{g: Geometry{Channels: 16, Filters: 24, Kernel: 5, Padding: Same, ChannelsFirst: true}, steps: 150, batch: 2}},
	{"lines, valid", cached{g: Geometry{Channels: 7, Filters: 9, Kernel: 4, Dilation: 3, ChannelsFirst: true}, steps: 150}},
	{"lines, multiplier", cached{g: Geometry{Channels: 5, Filters: 9, Kernel: 4, Multiplier: 3, Padding: Same, ChannelsFirst: true}, steps: 150}},
	{"lines in parts", cached{g: Geometry{Channels: 70, Filters: 40, Kernel: 4, Padding: Same, ChannelsFirst: true}, steps: 70, l1: 4 << 10, l2: 16 << 10}},
	{"lines that reach far", cached{g: Geometry{Channels: 3, Filters: 4, Kernel: 30, Dilation: 20, Padding: Causal, ChannelsFirst: true}, steps: 90, l1: 2 << 10, l2: 8 << 10}},
	{"lines of one step", cached{g: Geometry{Channels: 16, Filters: 33, Kernel: 3, Padding: Same, ChannelsFirst: true}, steps: 1, batch: 3}},
	{"lines, filters split", cached{g: Geometry{Channels: 16, Filters: 200, Kernel: 3, Padding: Same, ChannelsFirst: true}, a: function(kernel.ReLU), steps: 30}},
	{"lines, activation", cached{g: Geometry{Channels: 6, Filters: 11, Kernel: 3, Padding: Same, ChannelsFirst: true}, a: function(kernel.Tanh), steps: 90}},
	{"along time", cached{g: Geometry{Channels: 6, Filters: 11, Kernel: 3, Padding: Same, ChannelsFirst: true}, a: function(kernel.Softmax), steps: 90, batch: 2}},
	{"custom along time", cached{g: Geometry{Channels: 6, Filters: 11, Kernel: 3, Padding: Same, ChannelsFirst: true}, a: Activation{Custom: reversed}, steps: 90}},
	{"gates along time", cached{g: Geometry{Channels: 6, Filters: 70, Kernel: 3, Padding: Same, ChannelsFirst: true}, a: function(kernel.GLU), steps: 90, l1: 4 << 10, l2: 8 << 10}},
	{"transposed", cached{g: Geometry{Channels: 21, Filters: 24, Kernel: 5, Stride: 2, Padding: Same, ChannelsFirst: true}, steps: 130, batch: 2}},
	{"transposed, tap by tap", cached{g: Geometry{Channels: 21, Filters: 24, Kernel: 3, Stride: 2, Dilation: 40, Padding: Same, ChannelsFirst: true}, steps: 130}},
	{"phases", cached{g: Geometry{Channels: 6, Filters: 24, Kernel: 16, Stride: 8, ChannelsFirst: true}, steps: 300, batch: 2}},
	{"phases in parts", cached{g: Geometry{Channels: 3, Filters: 9, Kernel: 30, Stride: 9, Multiplier: 2, Padding: Same, ChannelsFirst: true}, steps: 900, l1: 4 << 10, l2: 16 << 10}},
	{"turned", cached{g: Geometry{Channels: 40, Filters: 50, Kernel: 13, Padding: Same, ChannelsFirst: true}, steps: 300}},
	{"turned, with strides", cached{g: Geometry{Channels: 33, Filters: 40, Kernel: 3, Stride: 2, Padding: Same, ChannelsFirst: true}, a: function(kernel.GLU), steps: 300, batch: 2}},
	{"transposed gates", cached{g: Geometry{Channels: 21, Filters: 50, Kernel: 3, Stride: 2, Padding: Same, ChannelsFirst: true}, a: function(kernel.GLU), steps: 128}},
}

func function(f kernel.Func) Activation { return Activation{Activation: kernel.Activation{Func: f}} }

// reversed depends on every element and its place.
func reversed(y []float32) {
	for i := range y {
		y[i] += y[len(y)-1-i] * float32(i)
	}
}

func TestEveryPathStaysInItsMemory(t *testing.T) {
	eachGuarded(t, func(t *testing.T, c *guardedRun) {
		for _, path := range paths {
			for _, at := range []guard.Place{guard.End, guard.Start, guard.End.Away(1), guard.Start.Away(3)} {
				if testing.Short() && at != guard.End {
					continue
				}
				c.choose = func() guard.Place { return at }
				c.run(path.name, path.cached, 1, guardedThreads)
			}
		}
	})
}

func TestLayersStayInTheirMemory(t *testing.T) {
	n := 500
	if testing.Short() {
		n = 10
	}
	eachGuarded(t, func(t *testing.T, c *guardedRun) {
		c.choose = func() guard.Place { return guard.Somewhere(c.rng) }
		for range n {
			c.run(random, randomRun(c.rng), 1+c.rng.IntN(guardedThreads))
		}
	})
}

func randomRun(rng *rand.Rand) cached {
	c := cached{
		g: Geometry{
			Channels: oneOf(rng, 1, 2, 3, 6, 8, 15, 16, 17, 33, 64), Filters: 2 * (1 + rng.IntN(40)), Kernel: oneOf(rng, 1, 2, 3, 5, 8, 13, 31),
			Stride: oneOf(rng, 1, 1, 2, 3), Dilation: oneOf(rng, 1, 1, 2, 7, 100), Multiplier: oneOf(rng, 1, 1, 2, 3, 16),
			Padding: Padding(rng.IntN(3)), ChannelsFirst: rng.IntN(2) == 0,
		},
		a:     function(oneOf(rng, kernel.Linear, kernel.ReLU, kernel.Sigmoid, kernel.LogSoftmax, kernel.GLU)),
		batch: 1 + rng.IntN(3), steps: 2 * rng.IntN(60),
		l1: oneOf(rng, 0, 2<<10, 4<<10, 8<<10), l2: oneOf(rng, 4<<10, 8<<10, 32<<10),
	}
	if c.g.Channels*c.g.Multiplier > 100 {
		c.g.Multiplier = 1 // or the formula takes too long
	}
	if rng.IntN(8) == 0 {
		c.a = Activation{Custom: reversed}
	}
	return c
}

func oneOf[T any](rng *rand.Rand, some ...T) T { return some[rng.IntN(len(some))] }

func eachGuarded(t *testing.T, f func(t *testing.T, c *guardedRun)) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(guardedThreads, runtime.GOMAXPROCS(0))))
	for _, set := range dispatch.Sets() {
		t.Run(set.Name, func(t *testing.T) {
			f(t, &guardedRun{TB: t, memory: newMemory(t, set), set: faultsPanic(set), rng: rand.New(rand.NewPCG(*seed, 1))})
		})
	}
}

// guardedRun runs layers of one set, one after the other in the same memory.
type guardedRun struct {
	testing.TB
	*memory
	set *kernel.Set
	rng *rand.Rand
}

// run compares what guarded plans of each number of threads compute with the
// formula. Unset sizes are 1, unset caches are this CPU's.
func (c *guardedRun) run(name string, of cached, threads ...int) {
	c.Helper()
	g := &of.g
	g.Stride, g.Dilation, g.Multiplier = max(g.Stride, 1), max(g.Dilation, 1), max(g.Multiplier, 1)
	if of.batch = max(of.batch, 1); name == emptyBatch {
		of.batch = 0
	}
	if of.l1 == 0 {
		of.l1, of.l2, _ = dispatch.Caches()
	}
	require.NoError(c, g.Check())
	if _, _, err := g.OutputShape(of.a.Func, of.steps); err != nil {
		require.Equal(c, random, name, "%s: %v", name, err) // others are meant to run
		return
	}
	l := newLayer(c, c.rng, *g, of.a.Activation)
	l.activation = of.a
	x := randoms(c.rng, of.batch*of.steps*g.Channels)
	want := l.reference(x, of.batch, of.steps)
	for _, n := range threads {
		c.runThreads(name, of, *l, x, want, n)
	}
}

func (c *guardedRun) runThreads(name string, of cached, l layer, x, want []float32, threads int) {
	c.Helper()
	c.places = c.places[:0]
	l.depthwise, l.pointwise = c.readOnly(c.depthwise, l.depthwise), c.readOnly(c.pointwise, l.pointwise)
	if l.bias != nil {
		l.bias = c.readOnly(c.bias, l.bias)
	}
	dst, src := c.canaries(c.dst, len(want)), c.readOnly(c.src, x)
	describe := func() string {
		return fmt.Sprintf("%s, %s, %+v, function %d, custom %t, bias %t, batch %d, steps %d, caches of %d and %d bytes, %d threads, places %v, -engine-seed %d",
			c.set.Name, name, l.Geometry, of.a.Func, of.a.Custom != nil, l.bias != nil, of.batch, of.steps, of.l1, of.l2, threads, c.places, *seed)
	}
	guard.Check(c, describe, func() {
		p := l.planFor(Target{Set: c.set, L1: of.l1, L2: of.l2, L3: 8 << 10, Threads: threads})
		outSteps, _, _ := p.OutputSteps(of.steps)
		p = p.suited(outSteps, len(dst)+len(src))
		c.hold(p)
		p.Run(dst, src, of.batch, of.steps)
		p.Run(dst, src, of.batch, of.steps) // what the first left in the scratch is of no meaning
	})
	for i := range dst {
		if !sameBits(dst[i], want[i]) {
			c.Fatalf("%s: element %d of %d is %x, the formula gives %x", describe(), i, len(dst), dst[i], want[i])
		}
	}
	for _, b := range c.all {
		if stray := b.Stray(); stray != "" {
			c.Fatalf("%s: %s", describe(), stray)
		}
	}
}
