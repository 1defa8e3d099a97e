package main

import (
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/sepconv"
)

// studies are what a report has beyond a table.
type studies struct {
	Machine   machine       `json:"machine"`
	Bandwidth bandwidth     `json:"bandwidth"`
	Passes    []pass        `json:"passes"` // with other sets and other numbers of threads
	Lengths   []lengthCurve `json:"lengths"`
	Latency   []latency     `json:"latency"`
	Memory    []memory      `json:"memory"`
}

// An agenda is all that a report measures.
type agenda struct {
	*session
	set     *kernel.Set
	threads int
	peers   bool
	lengths []int   // of signals
	small   []layer // of the study of latency
}

const (
	threadedFLOPs = 20e6 // from when on a layer is in the study of threads
	smallFLOPs    = 10e6 // until when it is in that of latency
)

func newAgenda(s *session, set *kernel.Set, o *options) *agenda {
	a := &agenda{session: s, set: set, threads: o.threads, peers: o.peers}
	for n := shortest; n <= o.longest; n *= 2 {
		a.lengths = append(a.lengths, n)
	}
	for _, l := range s.layers {
		if l.flops() < smallFLOPs {
			a.small = append(a.small, l)
		}
		if step, ok := oneStep(l); ok {
			a.small = append(a.small, step)
		}
	}
	return a
}

// An entry of an agenda is a pass after the first one.
type entry struct {
	set     *kernel.Set
	threads int
	layers  []layer
	peers   bool
}

// passes are those with each set and one thread, and with the best set and more
// and more threads. With all threads the peers run again.
func (a *agenda) passes() []entry {
	var list []entry
	for _, set := range dispatch.Sets() {
		if set != a.set || a.threads != 1 {
			list = append(list, entry{set: set, threads: 1, layers: a.layers})
		}
	}
	large := slices.DeleteFunc(slices.Clone(a.layers), func(l layer) bool { return l.flops() < threadedFLOPs })
	all := runtime.GOMAXPROCS(0)
	for n := 2; n < all; n *= 2 {
		if n != a.threads {
			list = append(list, entry{set: a.set, threads: n, layers: large})
		}
	}
	if all > 1 && all != a.threads {
		list = append(list, entry{a.set, all, a.layers, a.peers})
	}
	return list
}

// steps is how often the progress bar moves.
func (a *agenda) steps() int {
	n := len(a.layers) + 1 + len(lengthLayers)*len(a.lengths) + len(a.small) + len(a.layers)
	for _, e := range a.passes() {
		n += len(e.layers)
	}
	return n
}

// run makes the studies and adds them to results, which have the first pass.
func (a *agenda) run(r *results) (err error) {
	s := &studies{Machine: thisMachine(), Passes: []pass{}}
	r.Studies = s
	a.bar.step("bandwidth")
	s.Bandwidth = measureBandwidth()
	for _, e := range a.passes() {
		if len(e.layers) == 0 {
			continue
		}
		if err := a.extra(e, r); err != nil {
			return err
		}
	}
	if s.Lengths, err = a.lengthCurves(); err != nil {
		return err
	}
	if s.Latency, err = a.latencies(); err != nil {
		return err
	}
	s.Memory, err = a.memories()
	return err
}

// extra makes a pass after the first one.
func (a *agenda) extra(e entry, r *results) error {
	f, err := gather(e.peers, e.threads)
	if err != nil {
		return err
	}
	defer f.close()
	p, err := a.pass(e, f, func(result, []*contestant) {})
	if err != nil {
		return err
	}
	r.Studies.Passes = append(r.Studies.Passes, *p)
	r.Peers = append(r.Peers, f.results...)
	return nil
}

// A lengthCurve is one layer on longer and longer signals.
type lengthCurve struct {
	Name   string        `json:"name"`
	Points []lengthPoint `json:"points"`
}

type lengthPoint struct {
	Steps  int     `json:"steps"`
	Micros float64 `json:"us"`
	GFLOPS float64 `json:"gflops"`
	Share  float64 `json:"share"`
}

// lengthLayers are the layers of that study: few channels, many, a long kernel.
var lengthLayers = []layer{
	{ID: "16 channels, 9 taps, 16 filters", Channels: 16, Kernel: 9, Filters: 16},
	{ID: "64 channels, 9 taps, 64 filters", Channels: 64, Kernel: 9, Filters: 64},
	{ID: "64 channels, 75 taps, 64 filters", Channels: 64, Kernel: 75, Filters: 64},
}

// shortest is the length, in steps, of the shortest signal of that study. Each
// next one is twice as long.
const shortest = 16

// tooSlow is from when on a run is too long to go on with longer signals.
const tooSlow = 1500 * time.Millisecond

// lengthCurves studies how speed depends on the length of the signal.
func (a *agenda) lengthCurves() ([]lengthCurve, error) {
	var curves []lengthCurve
	for _, l := range lengthLayers {
		curve := lengthCurve{Name: l.ID}
		m := newMeter(a.set, a.threads)
		for _, steps := range a.lengths {
			a.bar.step("%d steps of %d channels", steps, l.Channels)
			if n := len(curve.Points); n > 0 && curve.Points[n-1].Micros > float64(tooSlow.Microseconds()) {
				continue
			}
			l.Batch, l.Steps, l.Stride, l.Dilation, l.Multiplier = 1, steps, 1, 1, 1
			l.Padding, l.Activation = "same", "relu"
			r, _, err := a.layer(l, m, &field{})
			if err != nil {
				return nil, fmt.Errorf("%d steps of %s: %w", steps, l.ID, err)
			}
			curve.Points = append(curve.Points, lengthPoint{steps, r.Micros, r.GFLOPS, r.Share})
		}
		curves = append(curves, curve)
	}
	return curves, nil
}

// latency is what single runs of a small layer take, in microseconds.
type latency struct {
	ID   string  `json:"id"`
	From string  `json:"from"`
	Runs int     `json:"runs"`
	P50  float64 `json:"p50_us"`
	P99  float64 `json:"p99_us"`
	Max  float64 `json:"max_us"`
}

// oneStep returns a causal layer that is given one step, as in streaming.
func oneStep(l layer) (layer, bool) {
	if l.Padding != string(sepconv.Causal) || l.Steps == 1 {
		return l, false
	}
	l.ID, l.From, l.Batch, l.Steps = l.ID+"-step", l.From+", one step", 1, 1
	return l, true
}

// latencies times each run of the small layers by itself, on one thread.
func (a *agenda) latencies() ([]latency, error) {
	const mostRuns = 100_000
	var list []latency
	for _, l := range a.small {
		a.bar.step("latency of %s", l.ID)
		w, err := newWorkload(l, a.set.Name, a.format, 1)
		if err != nil {
			return nil, fmt.Errorf("layer %q: %w", l.ID, err)
		}
		runtime.GC()
		runs := min(max(100, int(a.budget/max(w.once, 1))), mostRuns)
		times := make([]float64, runs)
		for i := range times {
			start := time.Now()
			if err := w.run(); err != nil {
				return nil, err
			}
			times[i] = float64(time.Since(start).Nanoseconds()) / 1e3
		}
		list = append(list, latency{l.ID, l.From, runs, quantile(times, 0.5), quantile(times, 0.99), slices.Max(times)})
	}
	return list, nil
}

// memory is what a layer keeps, in bytes, on one thread.
type memory struct {
	ID      string `json:"id"`
	Plan    int64  `json:"plan"`    // that a plan holds after a run: packed weights and scratch
	Weights int64  `json:"weights"` // of the layer, unpacked
	Between int64  `json:"between"` // of the tensor between the two convolutions, which is never made
	Signals int64  `json:"signals"` // of input and output, which are the caller's
}

// memories measures how the heap grows by compiling a layer and running it.
func (a *agenda) memories() ([]memory, error) {
	var list []memory
	for _, l := range a.layers {
		a.bar.step("memory of %s", l.ID)
		plan, err := planBytes(l, a.set.Name, a.format)
		if err != nil {
			return nil, fmt.Errorf("layer %q: %w", l.ID, err)
		}
		weights := 4 * int64(l.columns()*(l.Kernel+l.Filters)+l.Filters)
		list = append(list, memory{
			ID: l.ID, Plan: plan, Weights: weights,
			Between: 4 * int64(l.Batch*l.outSteps()*l.columns()),
			Signals: int64(l.bytes()) - weights,
		})
	}
	return list, nil
}

// planBytes returns by how much a plan and a run of it make the heap grow.
func planBytes(l layer, kernel string, format sepconv.DataFormat) (int64, error) {
	w, err := newWorkload(l, kernel, format, 1)
	if err != nil {
		return 0, err
	}
	c, err := l.config(format)
	if err != nil {
		return 0, err
	}
	s, err := sepconv.New(c, l.Channels)
	if err != nil {
		return 0, err
	}
	if err := s.SetWeights(w.weights); err != nil {
		return 0, err
	}
	before := heap()
	plan, err := s.Compile(sepconv.WithKernel(kernel), sepconv.WithThreads(1))
	if err != nil {
		return 0, err
	}
	if err := plan.Run(w.dst, w.src, l.Batch, l.Steps); err != nil {
		return 0, err
	}
	after := heap()
	runtime.KeepAlive(plan)
	runtime.KeepAlive(s)
	runtime.KeepAlive(w)
	return after - before, nil
}

// heap is the memory of all objects that are in use.
func heap() int64 {
	runtime.GC()
	runtime.GC() // what the first one made free has been swept now
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
