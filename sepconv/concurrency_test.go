package sepconv_test

import (
	"math"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"weak"

	"github.com/sepconv/go/internal/workers"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// threads makes a test run on so many, also where there are fewer cores or where
// it does not pay.
func threads(t testing.TB, n int) {
	before := runtime.GOMAXPROCS(n)
	workers.Always(true)
	t.Cleanup(func() {
		workers.Always(false)
		runtime.GOMAXPROCS(before)
	})
}

// mirrored is a user's activation whose result depends on every element of a line.
var mirrored = sepconv.ActivationFunc(func(y []float32) {
	for i := range y[:len(y)/2] {
		a, b := y[i], y[len(y)-1-i]
		y[i], y[len(y)-1-i] = a+2*b, b-a
	}
})

// sharing is layers whose work threads share in different ways, with the steps
// that make it enough to share.
var sharing = []struct {
	name     string
	config   sepconv.Config
	channels int
	steps    int
}{
	{"by time", sepconv.Config{Filters: 32, KernelSize: 5, Padding: sepconv.Same, Activation: sepconv.GELU}, 16, 900},
	{"by filters", sepconv.Config{Filters: 1100, KernelSize: 2, Padding: sepconv.Causal, Activation: sepconv.ReLU}, 300, 1},
	{"channels first", sepconv.Config{Filters: 24, KernelSize: 9, Padding: sepconv.Causal, DataFormat: sepconv.ChannelsFirst, Activation: sepconv.Tanh}, 16, 900},
	{"channels first, softmax along time", sepconv.Config{Filters: 24, KernelSize: 4, Strides: 2, Padding: sepconv.Same, DataFormat: sepconv.ChannelsFirst, Activation: sepconv.Softmax}, 16, 1500},
	{"softmax", sepconv.Config{Filters: 40, KernelSize: 3, DepthMultiplier: 2, DilationRate: 3, Padding: sepconv.Same, Activation: sepconv.Softmax}, 8, 900},
	{"gates", sepconv.Config{Filters: 64, KernelSize: 3, Padding: sepconv.Same, Activation: sepconv.GLU}, 16, 500},
	{"a user's activation", sepconv.Config{Filters: 33, KernelSize: 7, Padding: sepconv.Same, Activation: mirrored}, 16, 900},
}

// task is one goroutine's input and what every plan must make of it.
type task struct {
	batch, steps int
	src, want    []float32
}

func newTask(t testing.TB, rng *rand.Rand, judge *sepconv.Plan, channels, batch, steps int) *task {
	k := &task{batch: batch, steps: steps, src: make([]float32, batch*steps*channels)}
	for i := range k.src {
		k.src[i] = float32(rng.NormFloat64())
	}
	shape, err := judge.OutputShape(batch, steps)
	require.NoError(t, err)
	k.want = make([]float32, product(shape[:]))
	require.NoError(t, judge.Run(k.want, k.src, batch, steps))
	return k
}

// run runs a plan and compares bits. It may be called from any goroutine.
func (k *task) run(t testing.TB, p *sepconv.Plan) {
	dst := make([]float32, len(k.want))
	for i := range dst {
		dst[i] = float32(math.NaN())
	}
	if err := p.Run(dst, k.src, k.batch, k.steps); err != nil {
		t.Error(err)
	}
	k.check(t, dst)
}

func (k *task) check(t testing.TB, dst []float32) {
	if !slices.EqualFunc(dst, k.want, func(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }) {
		t.Errorf("a run of batch %d, steps %d differs from the one on a single thread", k.batch, k.steps)
	}
}

func compile(t testing.TB, l *sepconv.Layer, options ...sepconv.CompileOption) *sepconv.Plan {
	p, err := l.Compile(options...)
	require.NoError(t, err)
	return p
}

func newLayer(t testing.TB, c sepconv.Config, channels int) *sepconv.Layer {
	l, err := sepconv.New(c, channels)
	require.NoError(t, err)
	require.NoError(t, l.Initialize(1))
	return l
}

// generic is a plan whose results are what every other's must be.
func generic(t testing.TB, l *sepconv.Layer) *sepconv.Plan {
	return compile(t, l, sepconv.WithKernel("generic"), sepconv.WithThreads(1))
}

// each calls f for every number below n, each in a goroutine of its own.
func each(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			f(i)
		}()
	}
	wg.Wait()
}

// Every goroutine has its own input, of its own length and batch, some of them long
// enough to be shared by several threads.
func TestOnePlanIn64Goroutines(t *testing.T) {
	threads(t, 4)
	long := 8 // of so many one
	if testing.Short() {
		long = 32
	}
	for _, c := range sharing {
		t.Run(c.name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(17, 18))
			layer := newLayer(t, c.config, c.channels)
			judge := generic(t, layer)
			tasks := make([]*task, 64)
			for i := range tasks {
				batch, steps := 1+i%3, 2*rng.IntN(c.steps/64+1)
				if i%long == 0 {
					batch, steps = 1, c.steps+2*(i/long)
				}
				tasks[i] = newTask(t, rng, judge, c.channels, batch, steps)
			}
			for _, kernel := range sepconv.Kernels() {
				plan := compile(t, layer, sepconv.WithKernel(kernel))
				each(len(tasks), func(i int) { tasks[i].run(t, plan) })
			}
		})
	}
}

// collections collects garbage, stops the world and turns the collector up and
// down until stopped, and tells how often at least.
func collections() (stop func() int) {
	done := make(chan struct{})
	count := make(chan int)
	before := debug.SetGCPercent(20)
	go func() {
		var stats runtime.MemStats
		for n := 0; ; n++ {
			select {
			case <-done:
				count <- n
				return
			default:
			}
			switch n % 3 {
			case 0:
				runtime.GC()
			case 1:
				runtime.ReadMemStats(&stats)
			case 2:
				debug.SetGCPercent(5 + n%50)
			}
		}
	}()
	return func() int {
		close(done)
		n := <-count
		debug.SetGCPercent(before)
		return n
	}
}

type suiteLayer struct {
	id              string
	config          sepconv.Config
	channels, steps int
}

// suiteLayers are layers of the benchmarks' suite.
var suiteLayers = []suiteLayer{
	{"T2", sepconv.Config{Filters: 64, KernelSize: 3, Padding: sepconv.Same, Activation: sepconv.ReLU}, 64, 500},
	{"C3", sepconv.Config{Filters: 512, KernelSize: 9, Padding: sepconv.Causal}, 512, 14},
	{"C4", sepconv.Config{Filters: 512, KernelSize: 9, Padding: sepconv.Same}, 512, 200},
}

// Garbage is collected while all threads compute.
func TestRunsWhileGarbageIsCollected(t *testing.T) {
	threads(t, 4)
	rng := rand.New(rand.NewPCG(19, 20))
	layers, runs := suiteLayers, 4
	if testing.Short() {
		layers, runs = layers[:2], 2
	}
	for _, c := range layers {
		layer := newLayer(t, c.config, c.channels)
		plan := compile(t, layer)
		task := newTask(t, rng, generic(t, layer), c.channels, 1, c.steps)
		stop := collections()
		each(4, func(int) {
			for range runs {
				task.run(t, plan)
			}
		})
		require.Positive(t, stop(), c.id)
	}
}

// GOMAXPROCS goes up and down while plans run, those that take as many threads as
// it says and one that asks for more.
func TestRunsWhileGOMAXPROCSChanges(t *testing.T) {
	threads(t, 2)
	rng := rand.New(rand.NewPCG(21, 22))
	c := sharing[0]
	layer := newLayer(t, c.config, c.channels)
	task := newTask(t, rng, generic(t, layer), c.channels, 1, c.steps)
	plans := []*sepconv.Plan{compile(t, layer), compile(t, layer, sepconv.WithThreads(7))}
	rounds, runs := 8, 3
	if testing.Short() {
		rounds, runs = 2, 1
	}
	for range rounds {
		for _, n := range []int{1, 2, 4, 8, 3} {
			var running sync.WaitGroup
			for i := range 3 {
				running.Add(1)
				go func() {
					defer running.Done()
					for range runs {
						task.run(t, plans[i%2])
					}
				}()
			}
			runtime.GOMAXPROCS(n)
			running.Wait()
		}
	}
}

// A user's activation may run plans itself, the one that it is part of as well,
// on a thread that is its own.
func TestRunInsideAnActivation(t *testing.T) {
	threads(t, 4)
	rng := rand.New(rand.NewPCG(23, 24))
	c := sharing[0]
	layer := newLayer(t, c.config, c.channels)
	other := compile(t, layer)
	inner := newTask(t, rng, generic(t, layer), c.channels, 1, c.steps)

	var self *sepconv.Plan
	var rows, nested atomic.Int32
	own := newTask(t, rng, generic(t, newLayer(t, sepconv.Config{Filters: 8, KernelSize: 3, Padding: sepconv.Same}, 16)), 16, 1, 4000)
	layer = newLayer(t, sepconv.Config{Filters: 8, KernelSize: 3, Padding: sepconv.Same, Activation: sepconv.ActivationFunc(func(y []float32) {
		if rows.Add(1)%512 == 0 && nested.Add(1) <= 12 { // it is called for the rows of nested runs, too
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			inner.run(t, other)
			own.run(t, self)
		}
	})}, 16)
	self = compile(t, layer)
	each(4, func(int) { own.run(t, self) })
	require.GreaterOrEqual(t, nested.Load(), int32(12))
}

// Plans that nobody holds go, though workers served them, and so do the slices of
// the last Run while its plan stays.
func TestMemoryIsNotKept(t *testing.T) {
	threads(t, 4)
	c := sharing[0]
	c.config.Activation = sepconv.ActivationFunc(func([]float32) { runtime.Gosched() }) // lets workers in
	layer := newLayer(t, c.config, c.channels)
	kept := compile(t, layer)
	before := runtime.NumGoroutine()
	var plans []weak.Pointer[sepconv.Plan]
	var slices []weak.Pointer[float32]
	for i := range 30 {
		plan := kept
		if i%3 > 0 {
			plan = compile(t, layer)
			plans = append(plans, weak.Make(plan))
		}
		dst, src := make([]float32, 3*c.steps*32), make([]float32, 3*c.steps*c.channels)
		require.NoError(t, plan.Run(dst, src, 3, c.steps))
		slices = append(slices, weak.Make(&dst[0]), weak.Make(&src[0]))
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before+3, "goroutines")
	for range 5 {
		runtime.GC()
	}
	for i, p := range plans {
		require.Nil(t, p.Value(), "plan %d of %d is still there", i, len(plans))
	}
	for i, p := range slices {
		require.Nil(t, p.Value(), "slice %d of %d is still there", i, len(slices))
	}
	runtime.KeepAlive(kept)
}
