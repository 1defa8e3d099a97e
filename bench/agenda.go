package main

import (
	"runtime"
	"slices"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/kernel"
)

// An agenda is all that a report measures.
type agenda struct {
	*setting
	set     *kernel.Set
	threads int
	peers   bool
	samples int64   // that tell how the time of a layer divides
	grids   []grid  // of the kernels
	lengths []int   // of signals
	small   []layer // of the study of latency
	trained []layer // of the study of training
}

func newAgenda(s *setting, set *kernel.Set, o *options) *agenda {
	a := &agenda{setting: s, set: set, threads: o.threads, peers: o.peers, samples: o.samples, trained: o.trainedInReport(s.layers)}
	if o.blocks != nil {
		a.grids = o.blocks(set)
	}
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
	n := 3*len(a.layers) + 1 + len(a.grids) + len(lengthLayers)*len(a.lengths) + len(a.small) + len(a.trained)
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
	if s.Training, err = a.training(); err != nil {
		return err
	}
	d := &divider{a.setting, a.set, a.threads, a.samples}
	if r.Times, err = d.all(func(*division) {}); err != nil {
		return err
	}
	s.Blocks = a.blocks()
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

// training measures steps of training, with the set and the threads of the first pass.
func (a *agenda) training() (*trainingResults, error) {
	if len(a.trained) == 0 {
		return nil, nil
	}
	f := &field{}
	if a.peers {
		var err error
		if f, err = enlist(trainers(), a.threads); err != nil {
			return nil, err
		}
	}
	defer f.close()
	r := newTrainingResults(a.set, a.threads, a.format, f)
	s := *a.setting
	s.layers = a.trained
	return r, s.train(r, newMeter(a.set, a.threads), f, func(trainingResult, []*contestant) {})
}

// blocks measures the kernels alone.
func (a *agenda) blocks() []gridShares {
	const perLayer = 100 // blocks take the time of a layer
	m := newMeter(a.set, 1)
	var list []gridShares
	for _, g := range a.grids {
		a.bar.step("%s", g.title)
		list = append(list, g.measure(m, a.budget/perLayer))
	}
	return list
}
