package engine

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/generic"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/workers"
	"github.com/stretchr/testify/require"
)

// Tests see runs shared that would not be worth it.
func TestMain(m *testing.M) {
	workers.Always(true)
	m.Run()
}

// reference is the set that the formula's activations are taken from.
var reference = dispatch.Sets()[len(dispatch.Sets())-1]

// layer is a layer with its weights in Keras' layouts.
type layer struct {
	Geometry
	activation                 Activation
	depthwise, pointwise, bias []float32
}

func newLayer(t testing.TB, rng *rand.Rand, g Geometry, a kernel.Activation) *layer {
	t.Helper()
	require.NoError(t, g.Check())
	l := &layer{Geometry: g, activation: Activation{Activation: a}}
	l.depthwise = randoms(rng, g.Kernel*g.columns)
	l.pointwise = randoms(rng, g.columns*g.Filters)
	if rng.IntN(3) > 0 {
		l.bias = randoms(rng, g.Filters)
	}
	return l
}

func (l *layer) plan(set *kernel.Set, threads int) *Plan {
	l1, l2, _ := dispatch.Caches()
	const l3 = 8 << 10 // so that there are outputs that it does not hold
	return l.planFor(Target{Set: set, L1: l1, L2: l2, L3: l3, Threads: threads})
}

func (l *layer) planFor(t Target) *Plan {
	return NewPlan(l.Geometry, l.depthwise, l.pointwise, l.bias, l.activation, t)
}

func randoms(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		switch rng.IntN(64) {
		case 0:
			x[i] = 0
		case 1:
			x[i] = float32(rng.NormFloat64()) * 0x1p-140
		default:
			x[i] = float32(rng.NormFloat64())
		}
	}
	return x
}

// reference is the contract of package kernel word by word.
func (l *layer) reference(src []float32, batch, steps int) []float32 {
	out, left, err := l.OutputSteps(steps)
	if err != nil {
		panic(err)
	}
	at := func(n, step, channel, steps, channels int) int {
		if l.ChannelsFirst {
			return (n*channels+channel)*steps + step
		}
		return (n*steps+step)*channels + channel
	}
	sums := make([]float32, batch*out*l.Filters)
	u := make([]float32, l.columns)
	for n := range batch {
		for t := range out {
			clear(u)
			for j := range l.Kernel {
				pos := t*l.Stride + j*l.Dilation - left
				for q := range u {
					x := float32(0)
					if pos >= 0 && pos < steps {
						x = src[at(n, pos, q/l.Multiplier, steps, l.Channels)]
					}
					u[q] = generic.FMA(x, l.depthwise[j*l.columns+q], u[q])
				}
			}
			for f := range l.Filters {
				y := float32(0)
				if l.bias != nil {
					y = l.bias[f]
				}
				for q, u := range u {
					y = generic.FMA(u, l.pointwise[q*l.Filters+f], y)
				}
				sums[at(n, t, f, out, l.Filters)] = y
			}
		}
	}
	axis := l.Filters
	if l.ChannelsFirst {
		axis = out
	}
	if axis == 0 {
		return nil
	}
	var dst []float32
	for y := range slices.Chunk(sums, axis) {
		switch {
		case l.activation.Custom != nil:
			l.activation.Custom(y)
		case l.activation.Func == kernel.GLU:
			Activate(reference, l.activation.Activation, y)
			y = y[:axis/2]
		default:
			Activate(reference, l.activation.Activation, y)
		}
		dst = append(dst, y...)
	}
	return dst
}

// check runs a plan of each set and number of threads against the reference.
func (l *layer) check(t testing.TB, rng *rand.Rand, batch, steps int) {
	t.Helper()
	src := randoms(rng, batch*steps*l.Channels)
	want := l.reference(src, batch, steps)
	for _, set := range dispatch.Sets() {
		for _, threads := range []int{1, 2, 7} {
			dst := make([]float32, len(want))
			for i := range dst {
				dst[i] = float32(math.NaN())
			}
			l.plan(set, threads).Run(dst, src, batch, steps)
			for i := range dst {
				if !sameBits(dst[i], want[i]) {
					t.Fatalf("%s, %d threads, %+v, %+v, batch %d, steps %d: element %d of %d is %x, the formula gives %x",
						set.Name, threads, l.Geometry, l.activation.Activation, batch, steps, i, len(dst), dst[i], want[i])
				}
			}
		}
	}
}

func sameBits(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

// Small layers of every kind.
func TestRunMatchesFormula(t *testing.T) {
	runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0)))
	rng := rand.New(rand.NewPCG(1, 2))
	functions := []kernel.Activation{
		{}, {}, {Func: kernel.ReLU}, {Func: kernel.Tanh}, {Func: kernel.LeakyReLU, A: 0.2},
		{Func: kernel.Softmax}, {Func: kernel.Sparsemax}, {Func: kernel.SparsemaxCumulative}, {Func: kernel.GLU},
	}
	n := 1500
	if testing.Short() {
		n = 200
	}
	for range n {
		g := Geometry{
			Channels: 1 + rng.IntN(oneOf(rng, 5, 20)), Filters: 1 + rng.IntN(40), Kernel: 1 + rng.IntN(12),
			Stride: oneOf(rng, 1, 2, 3, 4, 8, 11), Dilation: oneOf(rng, 1, 1, 2, 3, 4, 5), Multiplier: 1 + rng.IntN(4)*rng.IntN(2),
			Padding: Padding(rng.IntN(3)), ChannelsFirst: rng.IntN(2) == 0,
		}
		a := functions[rng.IntN(len(functions))]
		steps := rng.IntN(150 * (1 + g.Stride/4))
		out, _, err := g.withSizes(t).OutputShape(a.Func, steps)
		if err != nil || out < 0 {
			continue
		}
		newLayer(t, rng, g, a).check(t, rng, rng.IntN(4), steps)
	}
}

func (g Geometry) withSizes(t testing.TB) *Geometry {
	require.NoError(t, g.Check())
	return &g
}

// Layers that do not fit a tile, a window or a gate in one of their dimensions.
func TestRunMatchesFormulaAtTheLimits(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, c := range []struct {
		name         string
		g            Geometry
		f            kernel.Func
		batch, steps int
	}{
		{"more columns than a tile", Geometry{Channels: 3, Filters: 2, Kernel: 2, Stride: 1, Dilation: 1, Multiplier: 20011, Padding: Same}, kernel.ReLU, 1, 5},
		{"many channels", Geometry{Channels: 30011, Filters: 1, Kernel: 2, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Causal}, kernel.Linear, 1, 3},
		{"many channels, channels first", Geometry{Channels: 30011, Filters: 3, Kernel: 2, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Causal, ChannelsFirst: true}, kernel.Softmax, 1, 3},
		{"kernel longer than a window", Geometry{Channels: 2, Filters: 2, Kernel: 70001, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Linear, 1, 9},
		{"dilation beyond any signal", Geometry{Channels: 5, Filters: 3, Kernel: 3, Stride: 1, Dilation: math.MaxInt / 4, Multiplier: 1, Padding: Same}, kernel.Linear, 2, 70},
		{"causal dilation beyond any signal", Geometry{Channels: 5, Filters: 3, Kernel: 4, Stride: 1, Dilation: math.MaxInt / 4, Multiplier: 2, Padding: Causal}, kernel.Linear, 2, 70},
		{"stride beyond any signal", Geometry{Channels: 5, Filters: 3, Kernel: 3, Stride: math.MaxInt, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Linear, 2, 70},
		{"strides and dilation", Geometry{Channels: 4, Filters: 3, Kernel: 5, Stride: 700, Dilation: 900, Multiplier: 1, Padding: Same}, kernel.Linear, 1, 9001},
		{"strides and dilation, channels first", Geometry{Channels: 4, Filters: 3, Kernel: 5, Stride: 7, Dilation: 900, Multiplier: 1, Padding: Causal, ChannelsFirst: true}, kernel.Linear, 1, 9001},
		{"gates that need groups", Geometry{Channels: 2, Filters: 70000, Kernel: 1, Stride: 1, Dilation: 1, Multiplier: 1}, kernel.GLU, 1, 3},
		{"gates, channels first", Geometry{Channels: 2, Filters: 20011, Kernel: 1, Stride: 1, Dilation: 1, Multiplier: 1, ChannelsFirst: true}, kernel.GLU, 1, 6},
		{"gates and more columns than a tile", Geometry{Channels: 20011, Filters: 6, Kernel: 1, Stride: 1, Dilation: 1, Multiplier: 1}, kernel.GLU, 1, 3},
		{"few rows, many filters", Geometry{Channels: 64, Filters: 1001, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.ReLU, 1, 2},
		{"few rows, weights from afar", Geometry{Channels: 300, Filters: 301, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Causal}, kernel.ReLU, 1, 17},
		{"few rows, weights from afar, channels first", Geometry{Channels: 300, Filters: 301, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Causal, ChannelsFirst: true}, kernel.ReLU, 2, 17},
		{"columns in parts", Geometry{Channels: 601, Filters: 35, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Linear, 1, 150},
		{"columns in parts, channels first", Geometry{Channels: 301, Filters: 35, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 2, Padding: Same, ChannelsFirst: true}, kernel.Linear, 1, 150},
		{"crowded rows, few taps", Geometry{Channels: 512, Filters: 5, Kernel: 3, Stride: 1, Dilation: 128, Multiplier: 1, Padding: Same}, kernel.Linear, 1, 300},
		{"crowded rows, few taps, phases", Geometry{Channels: 512, Filters: 5, Kernel: 5, Stride: 1, Dilation: 4, Multiplier: 1, Padding: Same}, kernel.Linear, 1, 300},
		{"crowded rows, many taps", Geometry{Channels: 512, Filters: 5, Kernel: 21, Stride: 1, Dilation: 2, Multiplier: 1, Padding: Same}, kernel.Linear, 1, 150},
		{"kernel longer than a window, channels first", Geometry{Channels: 2, Filters: 2, Kernel: 70001, Stride: 1, Dilation: 1, Multiplier: 2, Padding: Same, ChannelsFirst: true}, kernel.Linear, 1, 9},
		{"dilation beyond any signal, channels first", Geometry{Channels: 5, Filters: 3, Kernel: 3, Stride: 1, Dilation: math.MaxInt / 4, Multiplier: 2, Padding: Same, ChannelsFirst: true}, kernel.Linear, 2, 70},
		{"dilation beyond any int, channels first", Geometry{Channels: 5, Filters: 3, Kernel: 2, Stride: 1, Dilation: math.MaxInt - 5, Multiplier: 1, Padding: Causal, ChannelsFirst: true}, kernel.Linear, 1, 3},
		{"causal dilation beyond any signal, channels first", Geometry{Channels: 5, Filters: 3, Kernel: 4, Stride: 1, Dilation: math.MaxInt / 4, Multiplier: 1, Padding: Causal, ChannelsFirst: true}, kernel.Linear, 2, 70},
		{"one long line", Geometry{Channels: 1, Filters: 3, Kernel: 300, Stride: 1, Dilation: 1, Multiplier: 3, Padding: Same, ChannelsFirst: true}, kernel.ReLU, 1, 3000},
		{"phases in parts", Geometry{Channels: 3, Filters: 9, Kernel: 301, Stride: 100, Dilation: 1, Multiplier: 2, Padding: Same, ChannelsFirst: true}, kernel.ReLU, 2, 9001},
		{"phases, fewer taps than the stride", Geometry{Channels: 2, Filters: 9, Kernel: 5, Stride: 40, Dilation: 1, Multiplier: 3, Padding: Causal, ChannelsFirst: true}, kernel.Linear, 1, 5000},
		{"phases, stride beyond any signal", Geometry{Channels: 5, Filters: 3, Kernel: 3, Stride: math.MaxInt, Dilation: 1, Multiplier: 1, Padding: Same, ChannelsFirst: true}, kernel.Linear, 2, 70},
		{"phases, kernel longer than a window", Geometry{Channels: 5, Filters: 3, Kernel: 50001, Stride: 20000, Dilation: 1, Multiplier: 1, Padding: Same, ChannelsFirst: true}, kernel.Linear, 1, 70000},
		{"long, one channel", Geometry{Channels: 1, Filters: 8, Kernel: 64, Stride: 16, Dilation: 1, Multiplier: 9, Padding: Same}, kernel.ReLU, 1, 5000},
	} {
		t.Run(c.name, func(t *testing.T) {
			newLayer(t, rng, c.g, kernel.Activation{Func: c.f}).check(t, rng, c.batch, c.steps)
		})
	}
}

// NaN, infinities and signed zeros, also where taps lie in the padding: 0*Inf is
// a step like any other.
func TestRunSpecialValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	special := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0, float32(math.Copysign(0, -1)), math.MaxFloat32, math.SmallestNonzeroFloat32}
	for i := range 200 {
		g := Geometry{Channels: 3, Filters: 5, Kernel: 4, Stride: 1 + i%2, Dilation: 1, Multiplier: 1 + i%3, Padding: Padding(i % 3), ChannelsFirst: i%2 == 0}
		l := newLayer(t, rng, g, kernel.Activation{Func: kernel.ReLU})
		for _, w := range [][]float32{l.depthwise, l.pointwise} {
			w[rng.IntN(len(w))] = special[rng.IntN(len(special))]
		}
		l.check(t, rng, 1, 20)
	}
}

func TestCustomActivationSeesWholeLines(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, first := range []bool{false, true} {
		g := Geometry{Channels: 3, Filters: 24, Kernel: 4, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same, ChannelsFirst: first}
		l := newLayer(t, rng, g, kernel.Activation{})
		l.activation.Custom = func(y []float32) { // depends on every element and its place
			for i := range y {
				y[i] += y[len(y)-1-i] * float32(i)
			}
		}
		l.check(t, rng, 2, 333)
	}
}

// A panic in a user's activation reaches the caller, and the plan and the
// workers are as good as before.
func TestPanicInCustomActivation(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	l := newLayer(t, rng, Geometry{Channels: 8, Filters: 64, Kernel: 4, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Activation{})
	fail := true
	l.activation.Custom = func(y []float32) {
		if fail {
			panic("the user's own")
		}
	}
	p := l.plan(dispatch.Sets()[0], 4)
	src, dst := randoms(rng, 2000*8), make([]float32, 2000*64)
	for range 20 {
		require.Equal(t, "the user's own", cause(outcome(func() { p.Run(dst, src, 1, 2000) })))
	}
	fail = false
	p.Run(dst, src, 1, 2000)
	require.Equal(t, l.reference(src, 1, 2000), dst)
}

// runtime.Goexit in a user's activation, as testing.T.FailNow does, ends the
// worker it runs on; others take its place.
func TestGoexitInCustomActivation(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	l := newLayer(t, rng, Geometry{Channels: 8, Filters: 64, Kernel: 4, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Activation{})
	l.activation.Custom = func(y []float32) { runtime.Goexit() }
	src, dst := randoms(rng, 2000*8), make([]float32, 2000*64)
	for range 20 {
		var wg sync.WaitGroup
		wg.Add(1)
		go func() {
			defer wg.Done()
			l.plan(dispatch.Sets()[0], 4).Run(dst, src, 1, 2000)
		}()
		wg.Wait()
	}
	l.activation.Custom = nil
	l.check(t, rng, 1, 2000)
	started, _ := workers.Count()
	require.LessOrEqual(t, started, runtime.GOMAXPROCS(0)-1)
}

func TestConcurrentRuns(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	l := newLayer(t, rng, Geometry{Channels: 16, Filters: 32, Kernel: 5, Stride: 1, Dilation: 2, Multiplier: 1, Padding: Causal}, kernel.Activation{Func: kernel.Sigmoid})
	p := l.plan(dispatch.Sets()[0], 3)
	src := randoms(rng, 2*200*16)
	want := l.reference(src, 2, 200)
	var wg sync.WaitGroup
	for range 16 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			dst := make([]float32, len(want))
			for range 5 {
				p.Run(dst, src, 2, 200)
				if !slices.EqualFunc(dst, want, sameBits) {
					t.Error("a concurrent run differs")
				}
			}
		}()
	}
	wg.Wait()
}

func TestRunDoesNotAllocate(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	for _, first := range []bool{false, true} {
		for _, f := range []kernel.Func{kernel.Linear, kernel.Tanh, kernel.Softmax, kernel.Sparsemax, kernel.SparsemaxCumulative, kernel.GLU} {
			for _, threads := range []int{1, 4} {
				l := newLayer(t, rng, Geometry{Channels: 12, Filters: 30, Kernel: 5, Stride: 1, Dilation: 2, Multiplier: 2, Padding: Same, ChannelsFirst: first}, kernel.Activation{Func: f})
				const steps = 400
				out, filters, err := l.OutputShape(f, steps)
				require.NoError(t, err)
				src, dst := randoms(rng, 3*steps*12), make([]float32, 3*out*filters)
				p := l.plan(dispatch.Sets()[0], threads)
				allocs := testing.AllocsPerRun(5, func() { p.Run(dst, src, 3, steps) })
				require.Zero(t, allocs, "channels first %v, function %d, threads %d", first, f, threads)
			}
		}
	}
}

// Nor does it when workers help, which testing.AllocsPerRun cannot see: it sets
// GOMAXPROCS to 1.
func TestWorkersDoNotAllocate(t *testing.T) {
	c := newCrewed(t, dispatch.Sets()[0], 60*worthTask)
	p := c.with(nil)
	dst := make([]float32, c.steps*c.Filters)
	const runs = 200
	measured := func() uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			p.Run(dst, c.src, 1, c.steps)
		}
		runtime.ReadMemStats(&after)
		return after.Mallocs - before.Mallocs
	}
	measured()                                   // as many scratches as ever ran at once, and their list
	require.Less(t, measured(), uint64(runs/10)) // the runtime's own goroutines may allocate now and then
}

func TestScratchFitsItsBudget(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for range 20_000 {
		size := func(bits int) int { return 1 + rng.IntN(1<<rng.IntN(bits)) }
		g := Geometry{Channels: size(18), Filters: size(18), Kernel: size(10), Stride: 1, Dilation: 1, Multiplier: size(14), ChannelsFirst: rng.IntN(2) == 0}
		if g.Check() != nil {
			continue
		}
		for _, set := range dispatch.Sets() {
			for _, gated := range []int{0, g.Filters} {
				b := &base{Geometry: g, set: set}
				b.cut = newTiling(&g, set.Tile, g.ChannelsFirst, gated, 1<<size(6)%30, 1<<size(6)%30)
				fits := func() {
					n := b.scratchSizes()
					bytes := 4 * (n.tile + n.window + n.turn + n.gate + n.scratch)
					if bytes > 500<<10 {
						t.Fatalf("%d bytes: %+v", bytes, g)
					}
				}
				fits()
				b.cut.turn(set.Tile)
				fits()
			}
		}
	}
}
