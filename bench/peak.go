package main

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/sepconv/go/bench/internal/peak"
	"github.com/sepconv/go/internal/kernel"
)

const (
	partTime   = 200 * time.Microsecond // a part of a burst, at least
	burstParts = 5
	wakeUp     = 20 * time.Millisecond // until the clock of an idle core is up
)

// A meter measures the peak of a set of kernels: the rate of multiply-adds that
// depend on nothing, of a number of threads at the same time.
type meter struct {
	set     *kernel.Set
	threads int
	part    int       // multiply-adds
	bursts  []float64 // what was measured so far
}

// newMeter wakes the CPU up and finds out how many multiply-adds make a part.
func newMeter(set *kernel.Set, threads int) *meter {
	m := &meter{set: set, threads: threads, part: 1 << 10}
	for start := time.Now(); time.Since(start) < wakeUp; {
		partStart := time.Now()
		peak.Run(set, m.part)
		if time.Since(partStart) < partTime {
			m.part *= 2
		}
	}
	return m
}

// burst returns the FLOP/s of all threads together, measured for a millisecond or
// two.
func (m *meter) burst() float64 {
	b := burst{rates: make([]float64, m.threads)}
	for i := 1; i < m.threads; i++ {
		b.others.Add(1)
		go func() {
			defer b.others.Done()
			b.rates[i] = m.work(&b)
		}()
	}
	b.rates[0] = m.work(&b)
	b.others.Wait()
	sum := 0.0
	for _, r := range b.rates {
		sum += r
	}
	m.bursts = append(m.bursts, sum)
	return sum
}

// burst is what the threads of one share.
type burst struct {
	others       sync.WaitGroup
	begun, ended atomic.Int32
	rates        []float64
}

// work is what one thread does in a burst. It returns the rate of the fastest
// part, since others slow the CPU down but nothing speeds it up, and works from
// before the first thread measures until after the last one does.
func (m *meter) work(b *burst) float64 {
	b.begun.Add(1)
	for int(b.begun.Load()) < m.threads {
		peak.Run(m.set, m.part)
	}
	best := 0.0
	for range burstParts {
		start := time.Now()
		done := peak.Run(m.set, m.part)
		best = max(best, 2*float64(done)/time.Since(start).Seconds())
	}
	b.ended.Add(1)
	for int(b.ended.Load()) < m.threads {
		peak.Run(m.set, m.part)
	}
	return best
}
