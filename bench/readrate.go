package main

import (
	"time"

	"github.com/sepconv/go/bench/internal/peak"
	"github.com/sepconv/go/internal/kernel"
)

// A reader measures how fast one thread reads an array again and again, one vector after
// the other, from whichever cache holds an array of that size. No layer with as many
// weights can read them faster.
type reader struct {
	set    *kernel.Set
	src    []float32
	passes int // of a part
}

// newReader makes an array of about so many bytes and finds out how many times to read it.
func newReader(set *kernel.Set, bytes int) *reader {
	r := &reader{set: set, src: make([]float32, max(1, bytes/peak.ReadBytes)*peak.ReadBytes/4), passes: 1}
	for i := range r.src {
		r.src[i] = 1 // fresh memory may be one page of zeros
	}
	for r.part() < partTime {
		r.passes *= 2
	}
	return r
}

// part returns how long it takes to read the array so many times.
func (r *reader) part() time.Duration {
	start := time.Now()
	for range r.passes {
		peak.Read(r.set, r.src)
	}
	return time.Since(start)
}

// rate returns bytes per second, those of the fastest part: others slow a core down but
// nothing speeds it up. The first part is there to fill the caches.
func (r *reader) rate() float64 {
	best := r.part()
	for range burstParts {
		best = min(best, r.part())
	}
	return 4 * float64(len(r.src)*r.passes) / best.Seconds()
}
