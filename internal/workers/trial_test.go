package workers

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// world is what runs take: on one goroutine, and shared.
type world struct{ alone, shared float64 }

// play makes runs that take 100 us alone, and returns how many of them were shared.
func (w world) play(c *comparison, runs int) (shared int) {
	for range runs {
		time := w.alone
		if c.choose() {
			shared++
			time = w.shared
		}
		c.note(c.choose(), 100*time, time)
	}
	return shared
}

func TestTheFasterWayIsKept(t *testing.T) {
	var c comparison
	pays := world{alone: 1, shared: 0.6}
	require.GreaterOrEqual(t, pays.play(&c, 1000), 970)
	require.GreaterOrEqual(t, pays.play(&c, 10_000), 9950, "once it is known, trials are rare")

	hinders := world{alone: 1, shared: 3}
	require.LessOrEqual(t, hinders.play(&c, 1000), 20, "it is seen at once")
	require.LessOrEqual(t, hinders.play(&c, 10_000), 20)

	c = comparison{}
	require.LessOrEqual(t, hinders.play(&c, 10_000), 30, "from the first run on")
	require.GreaterOrEqual(t, pays.play(&c, 20_000), 10_000, "the next trial shows that it pays now")

	c = comparison{}
	require.LessOrEqual(t, world{alone: 1, shared: 1}.play(&c, 10_000), 30, "what gains nothing leaves the processors to others")
}

// Helpers have to be woken for the first runs of a trial, and are awake for the last.
func TestATrialSurvivesItsFirstRuns(t *testing.T) {
	var c comparison
	world{alone: 1, shared: 2}.play(&c, 10)
	require.False(t, c.pays)
	woken, shared := 0.0, 0
	for range 2000 {
		share, time := c.choose(), 1.0
		switch {
		case !share:
			woken = 0
		case woken < 100:
			time = 2
		default:
			time = 0.6
		}
		if share {
			shared++
			woken += 30 * time
		}
		c.note(share, 30*time, time)
	}
	require.Greater(t, shared, 1500)
}

func TestShortRunsAreNotShared(t *testing.T) {
	var trial Trial
	r := trial.Begin(worthSharing/2, 0)
	require.Equal(t, Run{Threads: 1}, r)
	r.End()
}

// two makes room for two threads, or skips the test where there is none.
func two(t *testing.T) {
	if runtime.NumCPU() < 2 {
		t.Skip("one processor")
	}
	procs(t, 2)
	deadline := time.Now().Add(time.Minute) // for helpers of other tests
	for pool.awake.Load() > 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	pool.crowded.Store(now() - 2*crowdTime)
}

// Without helpers that are awake, only long runs are shared, and those that follow
// upon another.
func TestWhoWakesHelpers(t *testing.T) {
	two(t)
	var trial Trial
	trial.ended.Store(now() - int64(time.Hour))
	r := trial.Begin(worthWaking-1, 0)
	require.Equal(t, 1, r.Threads)
	require.False(t, r.Wake)
	r.End()
	trial.ended.Store(now() - int64(time.Hour))
	r = trial.Begin(worthWaking, 0)
	require.Equal(t, 2, r.Threads)
	require.True(t, r.Wake)
	r.End()
	trial.ended.Store(now() + int64(time.Hour)) // whatever the machine does meanwhile
	r = trial.Begin(worthWaking-1, 0)
	require.Equal(t, 2, r.Threads)
	require.True(t, r.Wake)
	r.End()
}

// Threads that work for one caller are not there for another.
func TestCallersShareTheProcessors(t *testing.T) {
	two(t)
	var one, other, third Trial
	first := one.Begin(1000, 1)
	second := other.Begin(1000, 0)
	require.Equal(t, max(1, min(2, runtime.NumCPU())-1), second.Threads)
	require.Equal(t, int32(2), pool.working.Load())
	first.End()
	second.End()
	require.Zero(t, pool.working.Load())
	soon := third.Begin(1000, 0)
	if now()-pool.crowded.Load() < crowdTime { // it began in time
		require.Equal(t, 1, soon.Threads, "the others are expected back")
	}
	soon.End()
	pool.crowded.Store(now() - 2*crowdTime)
	again := third.Begin(1000, 0)
	require.Equal(t, 2, again.Threads)
	again.End()
	limited := third.Begin(1000, 1)
	require.Equal(t, 1, limited.Threads)
	limited.End()
	require.Zero(t, pool.working.Load())
}

func TestAlways(t *testing.T) {
	Always(true)
	defer Always(false)
	var trial Trial
	r := trial.Begin(1, 1000)
	require.Equal(t, Run{Threads: 1000, Wake: true}, r)
	r.End()
}
