package workers

import (
	"cmp"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// What a run must take on one goroutine, in microseconds, to be shared: with
// helpers that are awake, and with such as have to be woken, unless the run before
// it has just ended: then they will be awake for the next.
const (
	worthSharing = 12
	worthWaking  = 150
)

// Trial decides whether to share runs of one kind. Helpers that have to share
// their processors with others make a run slower, and no program can ask whether
// they have to. So now and then a few runs go the other way, and the way that was
// faster of late is kept. Several goroutines may use a Trial at the same time.
type Trial struct {
	ended atomic.Int64 // when the last run did, as now counts

	mu    sync.Mutex
	sizes [16]comparison // by the size of the run, in powers of two of microseconds
}

// Run is one run of a Trial.
type Run struct {
	Shared bool // let helpers do part of it
	Wake   bool // also those that have to be woken

	trial  *Trial
	micros float64
	start  int64
}

// Begin begins a run that should take the given time on one goroutine.
func (t *Trial) Begin(micros float64) Run {
	if always.Load() {
		return Run{Shared: true, Wake: true}
	}
	if micros < worthSharing {
		return Run{}
	}
	r := Run{trial: t, micros: micros, start: now()}
	recent := r.start-t.ended.Load() < int64(watchTime)
	r.Wake = micros >= worthWaking || recent
	if r.Wake || pool.awake.Load() > 0 {
		t.mu.Lock()
		r.Shared = t.of(micros).choose()
		t.mu.Unlock()
	}
	return r
}

// End ends the run. Of a run that panicked it is not called.
func (r *Run) End() {
	t := r.trial
	if t == nil {
		return
	}
	end := now()
	t.ended.Store(end)
	t.mu.Lock()
	t.of(r.micros).note(r.Shared, float32(float64(end-r.start)/r.micros))
	t.mu.Unlock()
}

func (t *Trial) of(micros float64) *comparison {
	return &t.sizes[min(bits.Len(uint(min(micros, 1<<20))), len(t.sizes)-1)]
}

// A comparison is what runs of one size took when they were shared and when not.
type comparison struct {
	shared, alone recent
	pays          bool // sharing does
	left          int  // runs until the other way is tried, or until that is over
	interval      int  // runs from one such trial to the next
	trying        bool
}

// A trial is three runs: the first may have to wake helpers that the others find
// awake. The better the way in use is known, the rarer are trials, down to fewer
// than one run in a hundred.
const (
	trialRuns     = 3
	firstInterval = 16
	lastInterval  = 512
)

// choose reports whether to share the next run.
func (c *comparison) choose() bool {
	switch {
	case c.interval == 0: // the first runs: shared, then alone
		c.pays, c.left, c.interval = true, trialRuns, firstInterval
	case c.left == 0 && !c.trying:
		c.trying, c.left = true, trialRuns
	case c.left == 0:
		c.trying, c.left = false, c.interval
		c.interval = min(2*c.interval, lastInterval)
	}
	c.left--
	return c.pays != c.trying
}

// note keeps what a run took, and draws the conclusion. Sharing keeps other
// processors busy, and so has to be worth it; what decides is wider than the noise.
func (c *comparison) note(shared bool, time float32) {
	if shared {
		c.shared.add(time)
	} else {
		c.alone.add(time)
	}
	if c.shared.n < trialRuns || c.alone.n < trialRuns {
		return
	}
	limit := 0.9 * c.alone.median()
	if c.pays {
		limit = 0.97 * c.alone.median()
	}
	if pays := c.shared.median() < limit; pays != c.pays {
		c.pays, c.trying, c.left, c.interval = pays, false, firstInterval, firstInterval
	}
}

// recent is the last times of a way.
type recent struct {
	times   [trialRuns]float32
	n, next int // times there are, and where the next one goes
}

func (r *recent) add(time float32) {
	r.times[r.next] = time
	r.next = (r.next + 1) % trialRuns
	r.n = min(r.n+1, trialRuns)
}

func (r *recent) median() float32 {
	a, b, c := r.times[0], r.times[1], r.times[2]
	return max(min(a, b), min(max(a, b), c))
}

var begin = time.Now()

// now is the time in nanoseconds from some moment on.
func now() int64 { return int64(time.Since(begin)) }

// Threads returns how many goroutines can do tasks at the same time: as many as
// GOMAXPROCS and the processors allow, and no more than limit unless that is 0.
func Threads(limit int) int {
	n := runtime.GOMAXPROCS(0)
	if always.Load() {
		return cmp.Or(limit, n)
	}
	if n = min(n, runtime.NumCPU()); limit != 0 {
		n = min(n, limit)
	}
	return n
}

var always atomic.Bool

// Always has every run shared by as many goroutines as its limit says, whatever
// that costs. For tests, which are to see tasks on helpers also where it does not
// pay.
func Always(share bool) { always.Store(share) }
