package workers

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// counting is work whose tasks are counted, each on either kind of goroutine.
type counting struct {
	done  []atomic.Int32
	task  func(i int, helper bool)
	calls atomic.Int32
}

func (c *counting) Work(g *Group, helper bool) {
	c.calls.Add(1)
	for i := g.Next(); i >= 0; i = g.Next() {
		c.done[i].Add(1)
		if c.task != nil {
			c.task(i, helper)
		}
	}
}

func newCounting(n int, task func(i int, helper bool)) *counting {
	return &counting{done: make([]atomic.Int32, n), task: task}
}

func (c *counting) requireOnce(t *testing.T) {
	t.Helper()
	for i := range c.done {
		require.Equal(t, int32(1), c.done[i].Load(), "task %d", i)
	}
}

func procs(t *testing.T, n int) {
	before := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	if runtime.GOMAXPROCS(0) != n {
		t.Skip("WebAssembly has one thread")
	}
}

// requireIdle shows that all helpers are back.
func requireIdle(t *testing.T) {
	t.Helper()
	started, idle := Count()
	require.Equal(t, started, idle, "helpers that are idle, of all")
}

func TestEveryTaskIsDoneOnce(t *testing.T) {
	procs(t, 4)
	var g Group
	for _, n := range []int{1, 2, 3, 100} {
		for _, helpers := range []int{0, 1, 3, 200} {
			c := newCounting(n, func(int, bool) { runtime.Gosched() })
			g.Do(c, n, helpers, true)
			c.requireOnce(t)
			require.LessOrEqual(t, int(c.calls.Load()), 1+min(helpers, n-1))
			requireIdle(t)
		}
	}
}

// newHelper returns a helper without a goroutine.
func newHelper() *helper {
	h := new(helper)
	h.wake.reset()
	return h
}

// withoutPool has the pool hold only the given helpers for the rest of the test.
func withoutPool(t *testing.T, fakes ...*helper) {
	pool.mu.Lock()
	idle, started := pool.idle, pool.started
	pool.idle, pool.started = fakes, len(fakes)
	pool.mu.Unlock()
	t.Cleanup(func() {
		pool.mu.Lock()
		pool.idle, pool.started = idle, started
		pool.mu.Unlock()
	})
}

// A helper that never looks at its mailbox holds nobody up, and is idle again with
// nothing in it, be it one that sleeps or one that seems to be awake.
func TestHelpersThatDoNotComeAreNotWaitedFor(t *testing.T) {
	procs(t, 3)
	sleeps, watches := newHelper(), newHelper()
	sleeps.mail.Store(asleep)
	withoutPool(t, sleeps, watches)
	var g Group
	for range 3 {
		c := newCounting(10, nil)
		g.Do(c, 10, 2, true)
		c.requireOnce(t)
		require.Equal(t, int32(1), c.calls.Load())
		require.Empty(t, g.offered)
		require.ElementsMatch(t, []*helper{sleeps, watches}, pool.idle)
		require.Nil(t, sleeps.mail.Load())
		require.Nil(t, watches.mail.Load())
	}
	require.True(t, sleeps.wake.TryLock(), "woken")
	require.False(t, watches.wake.TryLock(), "not woken")
}

// Helpers that sleep are passed over by calls that are not to wake any.
func TestSleepersAreNotDisturbed(t *testing.T) {
	procs(t, 4)
	sleeps, watches := newHelper(), newHelper()
	sleeps.mail.Store(asleep)
	withoutPool(t, watches, sleeps)
	pool.awake.Add(1)
	defer pool.awake.Add(-1)
	require.Equal(t, []*helper{watches}, pool.take(nil, 3, false))
	require.Empty(t, pool.take(nil, 3, false))
	require.Equal(t, []*helper{sleeps}, pool.take(nil, 1, true))
	require.Same(t, asleep, sleeps.mail.Load())
}

// A helper whose offer was taken back goes on waiting, and takes the next one.
func TestOfferTakenBack(t *testing.T) {
	procs(t, 2)
	withoutPool(t)
	h := newHelper()
	pool.mu.Lock()
	pool.started, pool.idle = 1, []*helper{h}
	pool.mu.Unlock()
	var g Group
	g.Do(newCounting(5, nil), 5, 1, true) // nobody there yet
	go h.loop()
	for range 200 {
		met := make(chan struct{})
		var once sync.Once
		c := newCounting(2, func(_ int, helper bool) {
			if helper { // which may be the first to take either task
				once.Do(func() { close(met) })
				return
			}
			select {
			case <-met:
			case <-time.After(time.Minute):
				t.Error("the helper does not come")
			}
		})
		g.Do(c, 2, 1, true)
		c.requireOnce(t)
	}
	pool.mu.Lock()
	defer pool.mu.Unlock()
	require.Equal(t, []*helper{h}, pool.idle)
}

// A panic on a helper reaches the caller with its value and its stack, one on the
// caller as it is, and Goexit as Goexit.
func TestHowTasksEnd(t *testing.T) {
	procs(t, 2)
	cause := errors.New("the user's own")
	outcome := func(end func(helper bool)) (r any) {
		done := make(chan any, 1)
		go func() {
			var how any = "exited"
			defer func() {
				if r := recover(); r != nil {
					how = r
				}
				done <- how
			}()
			var both sync.WaitGroup
			both.Add(2)
			new(Group).Do(newCounting(2, func(_ int, helper bool) {
				both.Done()
				both.Wait()
				end(helper)
			}), 2, 1, true)
			how = "returned"
		}()
		return <-done
	}
	on := func(want bool, f func()) func(bool) {
		return func(helper bool) {
			if helper == want {
				f()
			}
		}
	}
	require.Equal(t, "returned", outcome(func(bool) {}))
	require.Equal(t, cause, outcome(on(false, func() { panic(cause) })))
	require.Equal(t, "exited", outcome(on(false, runtime.Goexit)))
	require.Equal(t, "exited", outcome(on(true, runtime.Goexit)))
	p, ok := outcome(on(true, func() { panic(cause) })).(*Panic)
	require.True(t, ok)
	require.ErrorIs(t, p, cause)
	require.Contains(t, string(p.Stack), "TestHowTasksEnd")
	require.Contains(t, p.Error(), "the user's own")
	require.Contains(t, p.Error(), "TestHowTasksEnd")
	require.NoError(t, (&Panic{Value: 17}).Unwrap())
	requireIdle(t)
}

// After a panic no task is begun, and the group can be used again.
func TestGroupAfterPanic(t *testing.T) {
	procs(t, 2)
	var g Group
	c := newCounting(1000, func(i int, _ bool) {
		if i == 3 {
			panic("stop")
		}
		runtime.Gosched()
	})
	require.Panics(t, func() { g.Do(c, 1000, 1, true) })
	c = newCounting(10, nil)
	g.Do(c, 10, 1, true)
	c.requireOnce(t)
	requireIdle(t)
}

// Many callers share the helpers at the same time.
func TestManyCallers(t *testing.T) {
	procs(t, 4)
	var wg sync.WaitGroup
	for range 8 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var g Group
			for i := range 300 {
				c := newCounting(7, nil)
				g.Do(c, 7, 3, i%3 == 0)
				for i := range c.done {
					if c.done[i].Load() != 1 {
						t.Errorf("task %d was done %d times", i, c.done[i].Load())
					}
				}
			}
		}()
	}
	wg.Wait()
	requireIdle(t)
}
