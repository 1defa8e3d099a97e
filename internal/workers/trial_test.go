package workers

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// world is what runs take: on one goroutine, and shared.
type world struct{ alone, shared float32 }

// play makes runs of one size, and returns how many of them were shared.
func (w world) play(c *comparison, runs int) (shared int) {
	for range runs {
		if c.choose() {
			shared++
			c.note(true, w.shared)
		} else {
			c.note(false, w.alone)
		}
	}
	return shared
}

func TestTheFasterWayIsKept(t *testing.T) {
	var c comparison
	pays := world{alone: 1, shared: 0.6}
	require.GreaterOrEqual(t, pays.play(&c, 1000), 970)
	require.GreaterOrEqual(t, pays.play(&c, 10_000), 9900, "when it is known, less than one run in a hundred is a trial")

	hinders := world{alone: 1, shared: 3}
	require.LessOrEqual(t, hinders.play(&c, 1000), 30, "it is seen at once")
	require.LessOrEqual(t, hinders.play(&c, 10_000), 100)

	require.GreaterOrEqual(t, pays.play(&c, 10_000), 9000, "the next trial shows it")

	var even comparison
	world{alone: 1, shared: 1}.play(&even, 10)
	require.LessOrEqual(t, world{alone: 1, shared: 1}.play(&even, 1000), 30, "what gains nothing leaves the processors to others")
}

// A helper has to be woken for the first run of a trial, and is awake for the others.
func TestATrialSurvivesItsFirstRun(t *testing.T) {
	var c comparison
	world{alone: 1, shared: 2}.play(&c, 20)
	require.False(t, c.pays)
	previous, shared := false, 0
	for range 2000 {
		share := c.choose()
		time := float32(1)
		if share {
			shared++
			if time = 0.6; !previous {
				time = 2
			}
		}
		c.note(share, time)
		previous = share
	}
	require.Greater(t, shared, 1000)
}

func TestShortRunsAreNotShared(t *testing.T) {
	var trial Trial
	r := trial.Begin(worthSharing / 2)
	require.Equal(t, Run{}, r)
	r.End()
}

// Without helpers that are awake, only long runs are shared, and those that follow
// upon another.
func TestWhoWakesHelpers(t *testing.T) {
	deadline := time.Now().Add(time.Minute)
	for pool.awake.Load() > 0 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond)
	}
	var trial Trial
	trial.ended.Store(now() - int64(time.Hour))
	r := trial.Begin(worthWaking - 1)
	require.False(t, r.Shared)
	require.False(t, r.Wake)
	long := trial.Begin(worthWaking)
	require.True(t, long.Shared)
	require.True(t, long.Wake)
	trial.ended.Store(now() + int64(time.Hour)) // whatever the machine does meanwhile
	again := trial.Begin(worthWaking - 1)
	require.True(t, again.Shared)
	require.True(t, again.Wake)
}

func TestAlways(t *testing.T) {
	Always(true)
	defer Always(false)
	var trial Trial
	r := trial.Begin(1)
	require.True(t, r.Shared)
	require.Equal(t, 1000, Threads(1000))
	r.End()
}
