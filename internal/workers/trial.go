package workers

import (
	"cmp"
	"math/bits"
	"runtime"
	"slices"
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

// crowdTime is for how long, in nanoseconds, callers that took all processors are
// expected back.
const crowdTime = int64(time.Millisecond)

// Trial decides whether to share runs of one kind. Helpers that have to share
// their processors with others make a run slower, and no program can ask whether
// they have to. So now and then a few runs go the other way, and the way that was
// faster of late is kept. Several goroutines may use a Trial at the same time.
type Trial struct {
	ended atomic.Int64 // when the last run did, as now counts

	// Nobody waits for mu: whoever holds it may have lost the processor. A run that
	// does not get it is not shared, or not noted.
	mu    sync.Mutex
	sizes [16]comparison // by the size of the run, in powers of two of microseconds
}

// Run is one run of a Trial.
type Run struct {
	Threads int  // that should do its tasks, the caller's included
	Wake    bool // also such as have to be woken

	trial  *Trial
	micros float64
	start  int64
}

// Alone reports whether a run that should take the given time on one goroutine is too
// short for any other. It then needs no Trial.
func Alone(micros float64) bool { return micros < worthSharing && !always.Load() }

// Begin begins a run that should take the given time on one goroutine. At most
// limit goroutines may work on it, unless that is 0. The caller has to call End.
//
// There are as many threads as can run at the same time and do not yet work for
// another caller.
func (t *Trial) Begin(micros float64, limit int) Run {
	if always.Load() {
		return Run{Threads: cmp.Or(limit, runtime.GOMAXPROCS(0)), Wake: true}
	}
	r := Run{Threads: 1}
	if Alone(micros) {
		return r
	}
	r.trial, r.micros = t, micros
	others := int(pool.working.Add(1)) - 1
	if limit == 1 {
		return r
	}
	threads := min(runtime.GOMAXPROCS(0), runtime.NumCPU()) - others
	if limit > 0 {
		threads = min(threads, limit)
	}
	r.start = now()
	if threads <= 1 && others > 0 {
		pool.crowded.Store(r.start)
	} else if r.start-pool.crowded.Load() < crowdTime {
		threads = 1 // the others are between two runs of theirs
	}
	recent := r.start-t.ended.Load() < int64(watchTime)
	r.Wake = micros >= worthWaking || recent
	if threads > 1 && (r.Wake || pool.awake.Load() > 0) {
		if t.mu.TryLock() {
			if t.of(micros).choose() {
				r.Threads = threads
			}
			t.mu.Unlock()
		}
	}
	return r
}

// End ends the run.
func (r *Run) End() {
	t := r.trial
	if t == nil {
		return
	}
	pool.working.Add(-1)
	if r.start == 0 {
		return
	}
	end := now()
	t.ended.Store(end)
	if !t.mu.TryLock() {
		return
	}
	defer t.mu.Unlock()
	micros := float64(end-r.start) / 1e3
	t.of(r.micros).note(r.Threads > 1, micros, micros/r.micros)
}

func (t *Trial) of(micros float64) *comparison {
	return &t.sizes[min(bits.Len(uint(min(micros, 1<<20))), len(t.sizes)-1)]
}

// A comparison is what runs of one size took when they were shared and when not.
type comparison struct {
	shared, alone recent
	pays          bool // sharing does

	trying   bool    // the other way
	runs     int     // since that began or ended
	spent    float64 // microseconds that they took together, but for outliers
	against  float64 // the last of them, if runs were slower than the other way all that time
	lasts    float64 // until so many are spent the way in use is kept
	interval float64 // from one trial to the next, by how long a trial takes
}

const (
	// A trial takes a few runs, of which the last count, and so many microseconds
	// that helpers that had to be woken are awake by then.
	lastTimes   = 5
	trialMicros = 500

	// The longer the way in use has been the better one, the rarer are trials of the
	// other: every fifth run at first, in the end less than one in a thousand.
	firstInterval = 4
	lastInterval  = 1024
)

// choose reports whether to share the next run.
func (c *comparison) choose() bool {
	if c.interval == 0 { // the very first
		c.pays, c.lasts, c.interval = true, trialMicros, firstInterval
	}
	return c.pays != c.trying
}

// note keeps what a run took: microseconds, and the same relative to its size.
func (c *comparison) note(shared bool, micros, relative float64) {
	if shared {
		c.shared.add(relative)
	} else {
		c.alone.add(relative)
	}
	if shared != c.choose() { // it began before that changed
		return
	}
	c.runs++
	micros = min(micros, trialMicros/lastTimes) // one run that something held up is not a trial
	c.spent += micros
	if c.trying {
		if c.runs >= lastTimes && c.spent >= trialMicros {
			c.use(c.better(), c.spent)
		}
		return
	}
	c.against += micros
	if c.better() == c.pays {
		c.against = 0
	}
	switch {
	case c.against >= trialMicros/2: // long slower than the other way was when last tried
		c.use(!c.pays, trialMicros)
	case c.runs >= lastTimes && c.spent >= c.lasts:
		c.trying, c.runs, c.spent = true, 0, 0
	}
}

// use has runs shared, or not, until the next trial, after one that took so many
// microseconds.
func (c *comparison) use(shared bool, micros float64) {
	if shared != c.pays {
		c.pays, c.interval = shared, firstInterval
	}
	c.trying, c.runs, c.spent, c.against, c.lasts = false, 0, 0, 0, c.interval*micros
	c.interval = min(4*c.interval, lastInterval)
}

// better reports whether runs are faster shared. That keeps other processors busy,
// and so has to be worth it; the margins are wider than the noise.
func (c *comparison) better() bool {
	if c.shared.n < lastTimes || c.alone.n < lastTimes {
		return c.pays
	}
	margin := 0.9
	if c.pays {
		margin = 0.97
	}
	return c.shared.median() < margin*c.alone.median()
}

// recent is the last times of a way.
type recent struct {
	times   [lastTimes]float64
	n, next int // times there are, and where the next one goes
}

func (r *recent) add(time float64) {
	r.times[r.next] = time
	r.next = (r.next + 1) % lastTimes
	r.n = min(r.n+1, lastTimes)
}

func (r *recent) median() float64 {
	sorted := r.times
	slices.Sort(sorted[:])
	return sorted[lastTimes/2]
}

var begin = time.Now()

// now is the time in nanoseconds from some moment on.
func now() int64 { return int64(time.Since(begin)) }

var always atomic.Bool

// Always has every run shared by as many goroutines as its limit says, whatever
// that costs. For tests, which are to see tasks on helpers also where it does not
// pay.
func Always(share bool) { always.Store(share) }
