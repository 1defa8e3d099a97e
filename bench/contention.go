package main

import (
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sepconv/go/internal/kernel"
)

// A situation is what else goes on while a layer runs.
type situation struct {
	procs   int           // GOMAXPROCS
	callers int           // goroutines that run the layer, at the same time
	busy    int           // goroutines that compute something else
	pause   time.Duration // between the runs of a caller
}

// situations are those that a program may meet on so many processors: fewer,
// as many and more goroutines that want one, with and without pauses, and
// GOMAXPROCS larger than it should be, as in containers.
func situations(processors int) []situation {
	var list []situation
	for _, times := range []int{1, 2, 4} {
		procs := times * processors
		for _, pause := range []time.Duration{0, time.Millisecond} {
			for _, busy := range []int{0, processors, 2 * processors} {
				list = append(list, situation{procs, 1, busy, pause})
			}
		}
		list = append(list, situation{procs, processors, 0, 0})
		if times > 1 {
			list = append(list, situation{procs, procs, 0, 0})
		}
	}
	return list
}

// measureContention measures each layer in every situation, on one thread and on as
// many as the library takes by default, and prints the ratios.
func (o *options) measureContention(w io.Writer) error {
	set, s, err := o.setting()
	if err != nil {
		return err
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	t := &table{w: w}
	t.printf("%s, kernel %s, %s, %s; microseconds of a run, and runs a second of all callers\n\n", cpuName(), set.Name, o.format, runtime.Version())
	t.printf("%-5s %5s %7s %4s %5s  %9s %9s %8s  %9s %9s %8s  %5s %5s %5s\n", "id", "procs", "callers", "busy", "pause",
		"one: p50", "p99", "runs/s", "all: p50", "p99", "runs/s", "p50", "p99", "rate")
	for _, l := range s.layers {
		for _, in := range situations(runtime.NumCPU()) {
			runtime.GOMAXPROCS(in.procs)
			one, all, err := in.measure(l, set, s)
			if err != nil {
				return fmt.Errorf("layer %q: %w", l.ID, err)
			}
			a, b := one.summary(), all.summary()
			t.printf("%-5s %5d %7d %4d %5s  %9.1f %9.1f %8.0f  %9.1f %9.1f %8.0f  %5.2f %5.2f %5.2f\n", l.ID, in.procs, in.callers, in.busy, in.pause,
				a.P50, a.P99, one.rate(), b.P50, b.P99, all.rate(), b.P50/a.P50, b.P99/a.P99, all.rate()/one.rate())
		}
	}
	t.printf("\nThe last columns are all threads by one.\n")
	return t.err
}

// contentionRounds is how often the two sides take turns.
const contentionRounds = 10

// measure has both sides take turns, each for the setting's time in all.
func (in situation) measure(l layer, set *kernel.Set, s *setting) (one, all *side, err error) {
	if one, err = newSide(l, set, s, 1, in.callers); err != nil {
		return nil, nil, err
	}
	if all, err = newSide(l, set, s, 0, in.callers); err != nil {
		return nil, nil, err
	}
	defer keepBusy(in.busy)()
	for range contentionRounds {
		for _, side := range []*side{one, all} {
			if err := side.round(s.budget/contentionRounds, in.pause); err != nil {
				return nil, nil, err
			}
		}
	}
	return one, all, nil
}

// keepBusy has n goroutines compute until stop is called.
func keepBusy(n int) (stop func()) {
	var stopped atomic.Bool
	var wg sync.WaitGroup
	for range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for x := 1.0; !stopped.Load(); {
				for range 1000 {
					x = x*0.999 + 1
				}
				if x == 0 {
					return
				}
			}
		}()
	}
	return func() {
		stopped.Store(true)
		wg.Wait()
	}
}

// A side is a layer on a number of threads, for some callers, and what its runs
// took.
type side struct {
	callers []*workload
	micros  [][]float64 // of each caller
	elapsed time.Duration
}

func newSide(l layer, set *kernel.Set, s *setting, threads, callers int) (*side, error) {
	w, err := newWorkload(l, set.Name, s.format, threads)
	if err != nil {
		return nil, err
	}
	sd := &side{micros: make([][]float64, callers)}
	for range callers {
		own := *w
		own.dst = make([]float32, len(w.dst))
		sd.callers = append(sd.callers, &own)
	}
	return sd, nil
}

// round has all callers run the layer for a time.
func (s *side) round(length, pause time.Duration) error {
	begin := time.Now()
	errs := make([]error, len(s.callers))
	var wg sync.WaitGroup
	for i, w := range s.callers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for errs[i] == nil && time.Since(begin) < length {
				if pause > 0 {
					time.Sleep(pause)
				}
				start := time.Now()
				errs[i] = w.run()
				s.micros[i] = append(s.micros[i], float64(time.Since(start).Nanoseconds())/1e3)
			}
		}()
	}
	wg.Wait()
	s.elapsed += time.Since(begin)
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *side) all() (micros []float64) {
	for _, m := range s.micros {
		micros = append(micros, m...)
	}
	return micros
}

func (s *side) summary() latency {
	all := s.all()
	return latency{Runs: len(all), P50: quantile(all, 0.5), P99: quantile(all, 0.99)}
}

// rate is the runs of all callers in a second.
func (s *side) rate() float64 { return float64(len(s.all())) / s.elapsed.Seconds() }
