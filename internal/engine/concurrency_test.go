package engine

import (
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/workers"
	"github.com/stretchr/testify/require"
)

// crewSize is how many threads work in these tests, also where there are fewer
// cores. WebAssembly has one.
var crewSize = func() int {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	return min(4, runtime.GOMAXPROCS(0))
}()

// lostAfter is when a test calls lost what it waits for: far longer than it takes
// on any machine.
const lostAfter = time.Minute

// crewed is a layer with a user's activation, and an input that is worth waking
// workers for.
type crewed struct {
	*layer
	set   *kernel.Set
	src   []float32
	steps int
}

func newCrewed(t testing.TB, set *kernel.Set, micros int) *crewed {
	before := runtime.GOMAXPROCS(crewSize)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	rng := rand.New(rand.NewPCG(25, 26))
	g := Geometry{Channels: 16, Filters: 8, Kernel: 2, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}
	c := &crewed{layer: newLayer(t, rng, g, kernel.Activation{}), set: set}
	c.steps = micros * set.Rate / (g.Channels * (g.Kernel + g.Filters))
	c.src = randoms(rng, c.steps*g.Channels)
	return c
}

func (c *crewed) with(activation func(y []float32)) *Plan {
	l := *c.layer
	l.activation.Custom = activation
	return l.plan(c.set, crewSize)
}

func (c *crewed) run(p *Plan, src []float32) []float32 {
	dst := make([]float32, c.steps*c.Filters)
	p.Run(dst, src, 1, c.steps)
	return dst
}

// meeting is where the threads of a Run wait for one another: none goes on before
// the whole crew is there.
type meeting struct {
	all  chan struct{}
	here atomic.Int32
}

func newMeeting() *meeting { return &meeting{all: make(chan struct{})} }

func (m *meeting) join(t testing.TB) {
	if int(m.here.Add(1)) == crewSize {
		close(m.all)
	}
	select {
	case <-m.all:
	default:
		select {
		case <-m.all:
		case <-time.After(lostAfter):
			t.Errorf("%d threads work, not %d", m.here.Load(), crewSize)
		}
	}
}

// requireCrew shows that all workers are idle, and that enough of them come when
// they are called.
func (c *crewed) requireCrew(t testing.TB) {
	t.Helper()
	for range 3 {
		m := newMeeting()
		c.run(c.with(func([]float32) { m.join(t) }), c.src)
		started, idle := workers.Count()
		require.Equal(t, started, idle, "workers that are idle, of all")
		require.GreaterOrEqual(t, started, crewSize-1)
	}
}

// onWorker reports whether a worker calls, not the goroutine that called Run.
func onWorker() bool {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, "(*helper).serve") {
			return true
		}
		if !more {
			return false
		}
	}
}

// How a function may end besides with a panic.
const (
	returned = "it returned"
	exited   = "its goroutine exited"
)

// outcome returns what f panics with, or how else it ends, in a goroutine of its
// own.
func outcome(f func()) any {
	end := make(chan any, 1)
	go func() {
		var how any = exited
		defer func() {
			if r := recover(); r != nil {
				how = r
			}
			end <- how
		}()
		f()
		how = returned
	}()
	return <-end
}

// cause returns what panic was called with, be it on a worker.
func cause(r any) any {
	if p, ok := r.(*workers.Panic); ok {
		return p.Value
	}
	return r
}

// What a user's activation ends with on any thread, the caller gets, and the pool
// is whole again.
func TestActivationsThatDoNotReturn(t *testing.T) {
	failure := errors.New("the user's own")
	zero := 0
	endings := map[string]struct {
		end    func()
		expect func(any) bool // of what was panicked with
	}{
		"a value":        {func() { panic(17) }, func(r any) bool { return r == 17 }},
		"an error":       {func() { panic(failure) }, func(r any) bool { return r == failure }},
		"a fault":        {func() { zero /= zero }, func(r any) bool { _, ok := r.(runtime.Error); return ok }},
		"nil":            {func() { panic(nil) }, func(r any) bool { _, ok := r.(*runtime.PanicNilError); return ok }},
		"Goexit":         {runtime.Goexit, func(r any) bool { return r == exited }},
		"nothing at all": {func() {}, func(r any) bool { return r == returned }},
	}
	threads := map[string]func(worker bool, n int32) bool{
		"the caller": func(worker bool, _ int32) bool { return !worker },
		"a worker":   func(worker bool, n int32) bool { return worker && n == 1 },
		"workers":    func(worker bool, _ int32) bool { return worker },
		"all":        func(bool, int32) bool { return true },
	}
	if crewSize == 1 {
		delete(threads, "a worker")
		delete(threads, "workers")
	}
	c := newCrewed(t, dispatch.Sets()[0], 30*worthTask)
	for name, e := range endings {
		for where, ends := range threads {
			m := newMeeting()
			var onWorkers atomic.Int32
			got := outcome(func() {
				c.run(c.with(func([]float32) {
					if int(m.here.Load()) >= crewSize {
						return // a thread has met the others
					}
					m.join(t)
					worker, n := onWorker(), int32(0)
					if worker {
						n = onWorkers.Add(1)
					}
					if ends(worker, n) {
						e.end()
					}
				}), c.src)
			})
			if p, ok := got.(*workers.Panic); ok { // on a worker, whose stack it carries
				require.NotEqual(t, "the caller", where)
				require.Contains(t, string(p.Stack), "TestActivationsThatDoNotReturn")
				require.Contains(t, string(p.Stack), "(*helper).serve")
			}
			require.True(t, e.expect(cause(got)), "%s in %s: the caller got %v", name, where, got)
			c.requireCrew(t)
		}
	}
}

// Of many Runs of one plan only those fail whose activation does, and the others'
// results are right.
func TestFailuresDoNotDisturbOtherRuns(t *testing.T) {
	for _, set := range dispatch.Sets() {
		c := newCrewed(t, set, 30*worthTask)
		p := c.with(func(y []float32) {
			switch {
			case y[0] != y[0]:
				panic("not a number")
			case math.Abs(float64(y[0])) > 1e20:
				runtime.Goexit()
			}
		})
		want := c.run(p, c.src)
		var wg sync.WaitGroup
		for i := range 64 {
			src, expected := c.src, any(returned)
			if i%4 < 2 {
				src = slices.Clone(c.src)
				mark := float32(math.NaN())
				expected = "not a number"
				if i%4 == 1 {
					mark, expected = 1e30, exited
				}
				row := src[c.steps/64*i*c.Channels:][:c.Channels]
				for channel := range row {
					row[channel] = mark
				}
			}
			wg.Add(1)
			go func() {
				defer wg.Done()
				var dst []float32
				got := outcome(func() { dst = c.run(p, src) })
				if got = cause(got); got != expected {
					t.Errorf("%s, run %d: %v; want: %v", set.Name, i, got, expected)
				} else if got == returned && !slices.EqualFunc(dst, want, sameBits) {
					t.Errorf("%s, run %d: a failure elsewhere changed the result", set.Name, i)
				}
			}()
		}
		wg.Wait()
		c.requireCrew(t)
	}
}

// Runs give the same bits while they go from shared to not and back, beside
// goroutines that keep the processors busy.
func TestRunsDecideForThemselves(t *testing.T) {
	workers.Always(false)
	defer workers.Always(true)
	c := newCrewed(t, dispatch.Sets()[0], 4*worthTask)
	p := c.with(nil)
	want := c.run(p, c.src)
	var stopped atomic.Bool
	var busy, callers sync.WaitGroup
	for range 2 {
		busy.Add(1)
		go func() {
			defer busy.Done()
			for n := 0; !stopped.Load(); n++ {
				if n%100_000 == 0 {
					runtime.Gosched() // where nobody takes the processor away: WebAssembly
				}
			}
		}()
	}
	for range crewSize {
		callers.Add(1)
		go func() {
			defer callers.Done()
			for i := range 300 {
				if !slices.EqualFunc(c.run(p, c.src), want, sameBits) {
					t.Error("a run differs")
				}
				if i%100 == 99 {
					time.Sleep(time.Millisecond)
				}
			}
		}()
	}
	callers.Wait()
	stopped.Store(true)
	busy.Wait()
}

// Workers outlive plans, and keep none of those that they served.
func TestPlansAreNotKept(t *testing.T) {
	c := newCrewed(t, dispatch.Sets()[0], 30*worthTask)
	var plans []weak.Pointer[Plan]
	for range 10 {
		m := newMeeting()
		p := c.with(func([]float32) { m.join(t) })
		c.run(p, c.src)
		plans = append(plans, weak.Make(p))
	}
	for range 5 {
		runtime.GC()
	}
	for i, p := range plans {
		require.True(t, p.Value() == nil, "plan %d of %d is still there", i, len(plans))
	}
}

// No more workers work than GOMAXPROCS leaves room for beside a caller, also if
// more were started before it was lowered; when it is raised they come again.
func TestWorkersObeyGOMAXPROCS(t *testing.T) {
	c := newCrewed(t, dispatch.Sets()[0], 30*worthTask)
	c.requireCrew(t)
	for _, procs := range []int{1, 2, 3, 2} {
		runtime.GOMAXPROCS(procs)
		var rows, working, most atomic.Int32
		p := c.with(func([]float32) {
			if rows.Add(1)%64 != 0 {
				return
			}
			if runtime.Gosched(); !onWorker() { // lets workers in, if there are any
				return
			}
			n := working.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			runtime.Gosched()
			working.Add(-1)
		})
		var wg sync.WaitGroup
		for range 4 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				c.run(p, c.src)
			}()
		}
		wg.Wait()
		require.LessOrEqual(t, most.Load(), int32(procs-1), "workers at once, GOMAXPROCS being %d", procs)
		runtime.GOMAXPROCS(crewSize)
		c.requireCrew(t)
	}
}

// Workers and callers go to sleep and are woken at every moment there is: the runs
// are short, and as far apart as they keep watching.
func TestSleepersAreWoken(t *testing.T) {
	runs := 60
	if testing.Short() {
		runs = 15
	}
	const watchTime = 50 * time.Microsecond // of package workers
	for _, micros := range []int{2 * worthTask, 7 * worthTask, 13 * worthTask} {
		c := newCrewed(t, dispatch.Sets()[0], micros+1)
		p := c.with(nil)
		want := c.run(p, c.src)
		done := make(chan struct{})
		go func() {
			defer close(done)
			var wg sync.WaitGroup
			for i := range 3 {
				wg.Add(1)
				go func() {
					defer wg.Done()
					rng := rand.New(rand.NewPCG(27, uint64(i)))
					for range runs {
						if !slices.EqualFunc(c.run(p, c.src), want, sameBits) {
							t.Error("a run differs")
						}
						if rng.IntN(2) == 0 {
							time.Sleep(time.Duration(rng.Int64N(int64(3 * watchTime))))
						}
					}
				}()
			}
			wg.Wait()
		}()
		select {
		case <-done:
		case <-time.After(lostAfter):
			t.Fatal("a run does not end")
		}
		newCrewed(t, dispatch.Sets()[0], 30*worthTask).requireCrew(t)
	}
}
