//go:build go1.25

package workers

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// Groups are used in bubbles, where helpers may be started, and outside, in turns;
// both callers and helpers have to wait for each other until they sleep.
func TestBubbles(t *testing.T) {
	procs(t, 2)
	withoutPool(t)
	var g Group
	use := func(t *testing.T) {
		for range 20 {
			c := newCounting(2, func(_ int, helper bool) {
				if helper {
					spin()
				}
			})
			g.Do(c, 2, 1, true)
			c.requireOnce(t)
			spin()
		}
	}
	for range 3 {
		synctest.Test(t, use)
		use(t)
	}
	requireIdle(t)
}

// spin works for longer than anybody watches; the clock stands still in a bubble.
func spin() {
	x := 1.0
	for range 300_000 {
		x = x*0.5 + 1
	}
	if x != 2 {
		panic("the loop was left out")
	}
}

// A plan's first run of all may be in a bubble, and ends.
func TestFirstRunInABubble(t *testing.T) {
	procs(t, 3)
	withoutPool(t)
	synctest.Test(t, func(t *testing.T) {
		var trial Trial
		for range 50 {
			r := trial.Begin(1000, 0)
			c := newCounting(100, nil)
			new(Group).Do(c, 100, r.Threads-1, r.Wake)
			r.End()
			c.requireOnce(t)
		}
	})
	require.Zero(t, pool.working.Load())
}
