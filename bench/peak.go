package main

import (
	"sync"
	"sync/atomic"
	"time"

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
		set.Peak(m.part)
		if time.Since(partStart) < partTime {
			m.part *= 2
		}
	}
	return m
}

// burst returns the FLOP/s of all threads together, measured for a millisecond or
// two.
func (m *meter) burst() float64 {
	c := crew{rates: make([]float64, m.threads)}
	for i := 1; i < m.threads; i++ {
		c.others.Add(1)
		go func() {
			defer c.others.Done()
			c.rates[i] = m.work(&c)
		}()
	}
	c.rates[0] = m.work(&c)
	c.others.Wait()
	sum := 0.0
	for _, r := range c.rates {
		sum += r
	}
	m.bursts = append(m.bursts, sum)
	return sum
}

// crew is the threads of a burst.
type crew struct {
	others       sync.WaitGroup
	begun, ended atomic.Int32
	rates        []float64
}

// work is what one thread does in a burst. It returns the rate of the fastest
// part, since others slow the CPU down but nothing speeds it up, and works from
// before the first thread measures until after the last one does.
func (m *meter) work(c *crew) float64 {
	c.begun.Add(1)
	for int(c.begun.Load()) < m.threads {
		m.set.Peak(m.part)
	}
	best := 0.0
	for range burstParts {
		start := time.Now()
		done := m.set.Peak(m.part)
		best = max(best, 2*float64(done)/time.Since(start).Seconds())
	}
	c.ended.Add(1)
	for int(c.ended.Load()) < m.threads {
		m.set.Peak(m.part)
	}
	return best
}
