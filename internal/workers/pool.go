package workers

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// pool is the helpers of the whole program. Never do more than GOMAXPROCS-1 help
// at the same time, since a caller works too: if GOMAXPROCS is lowered, those
// beyond it finish what they do and sleep until it is raised.
var pool helpers

type helpers struct {
	mu      sync.Mutex
	idle    []*helper // the one that came last is taken first: it may still be awake
	started int
	born    []*helper    // whose goroutines are still to be started
	births  signal       // that there are such
	awake   atomic.Int32 // those that watch their mailbox
	working atomic.Int32 // goroutines at work: callers of Trial.Begin, and helpers
	crowded atomic.Int64 // when they last left no processor to help
}

// helper is a goroutine that waits for offers. Its mailbox holds the group that
// offers it work, asleep while it sleeps, and otherwise nothing. Whoever replaces
// asleep has to wake it.
type helper struct {
	mail atomic.Pointer[Group]
	wake signal
}

var asleep = new(Group)

// A signal lets one goroutine wait for another, which sends once for each time that
// there is somebody to wait. It is a Mutex that is locked until then, and no channel:
// a plan may run in a bubble of testing/synctest now and outside of it later, and
// what it made in the bubble may not go outside.
type signal struct{ sync.Mutex }

func (s *signal) reset() { s.TryLock() }
func (s *signal) wait()  { s.Lock() }
func (s *signal) send()  { s.Unlock() }

// take appends up to n idle helpers to list. Without wake it passes over those
// that sleep, and starts none.
func (p *helpers) take(list []*helper, n int, wake bool) []*helper {
	if !wake && p.awake.Load() == 0 {
		return list
	}
	most := runtime.GOMAXPROCS(0) - 1
	p.mu.Lock()
	defer p.mu.Unlock()
	for ; n > 0 && p.started-len(p.idle) < most; n-- {
		i := len(p.idle) - 1
		for !wake && i >= 0 && p.idle[i].mail.Load() == asleep {
			i--
		}
		switch {
		case i >= 0:
			list = append(list, p.idle[i])
			p.idle = slices.Delete(p.idle, i, i+1)
		case wake:
			list = append(list, p.start())
		default:
			return list
		}
	}
	return list
}

// start starts a helper. p is locked.
func (p *helpers) start() *helper {
	p.started++
	h := new(helper)
	h.wake.reset()
	if p.born = append(p.born, h); len(p.born) == 1 {
		p.births.send()
	}
	return h
}

// The goroutines of helpers are started by one that was there before any call: a
// goroutine belongs to the bubble of testing/synctest in which it is started, and a
// bubble ends only when all of its have.
func init() {
	pool.births.reset()
	go pool.deliver()
}

func (p *helpers) deliver() {
	for {
		p.births.wait()
		p.mu.Lock()
		for _, h := range p.born {
			go h.loop()
		}
		clear(p.born)
		p.born = p.born[:0]
		p.mu.Unlock()
	}
}

// release makes helpers idle again.
func (p *helpers) release(list ...*helper) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, list...)
}

// gone notes that a helper's goroutine has ended.
func (p *helpers) gone() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started--
}

// give offers a group to a helper that was taken.
func (h *helper) give(g *Group) {
	if h.mail.Swap(g) == asleep {
		h.wake.send()
	}
}

func (h *helper) loop() {
	worked := time.Duration(0)
	for {
		pool.awake.Add(1)
		came := watch(worked, func() bool { return h.mail.Load() != nil })
		pool.awake.Add(-1)
		if !came && h.mail.CompareAndSwap(nil, asleep) {
			h.wake.wait()
		}
		worked = 0
		if g := h.mail.Swap(nil); g != nil { // otherwise the offer was taken back
			start := time.Now()
			h.serve(g)
			worked = time.Since(start)
		}
	}
}

// serve helps a group. The helper is idle again before the group can see that it
// has finished, so that a caller's next call finds it.
func (h *helper) serve(g *Group) {
	returned := false
	pool.working.Add(1)
	defer func() {
		pool.working.Add(-1)
		if returned {
			pool.release(h)
		} else { // Goexit in a task ends this goroutine
			pool.gone()
		}
		g.finished()
	}()
	g.help()
	returned = true
}

// watchTime is for how long those who wait keep looking before they go to sleep: a
// helper for its next offer, a caller for its last helpers. To wake a goroutine
// that sleeps takes 5 to 50 us, to be seen by one that watches less than one.
//
// Who has worked for longer keeps looking for as long as it has, up to longestWatch: one
// that has nothing left waits for a task of about that length, and then for the next run.
// A virtual processor at rest takes 200 us and more to wake, so that a helper that slept
// until then came too late for its share of the next run, waited for the rest of it, and
// slept again. (Measured on two of Zen 5, a run of six tasks of 0.19 ms: 0.75 ms, 0.57 so.)
const (
	watchTime    = 50 * time.Microsecond
	longestWatch = 400 * time.Microsecond
)

// watch reports whether what is waited for, by one who has worked for some time, came in
// time. It does not yield: who yields may come back on another processor, where its caches
// are cold.
func watch(worked time.Duration, came func() bool) bool {
	const (
		looks = 64   // between looks at the clock, some 0.1 us
		most  = 4096 // looks at the clock, which may stand still in testing/synctest
	)
	patience := min(max(worked, watchTime), longestWatch)
	start := time.Time{}
	for range most {
		for range looks {
			if came() {
				return true
			}
		}
		if start.IsZero() {
			start = time.Now()
		} else if time.Since(start) > patience {
			return false
		}
	}
	return false
}

// Count returns how many helpers there are, and how many of them are idle. For
// tests.
func Count() (started, idle int) {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	return pool.started, len(pool.idle)
}
