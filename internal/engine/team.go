package engine

import (
	"github.com/sepconv/go/internal/freelist"
	"github.com/sepconv/go/internal/workers"
)

// team is the goroutines that share the phases of a run, one after the other.
type team struct {
	base      *base
	scratches *freelist.List[scratch]
	own       *scratch // the caller's
	phase     phase
	group     workers.Group
}

// worthTask is what a thread's share of a run must take, in microseconds, for the
// thread to be worth having.
const worthTask = 6

// worthThreads returns how many threads share a run of so many microseconds.
func worthThreads(trial workers.Run, micros float64) int {
	return int(min(float64(trial.Threads), max(1, micros/worthTask)))
}

// do has the tasks of a phase done, by other threads too if it is for several.
func (t *team) do(ph phase, threads int, wake bool) {
	tasks := ph.begin(threads)
	if threads == 1 || tasks <= 1 {
		for i := range tasks {
			ph.do(i, t.own)
		}
		return
	}
	t.phase = ph
	t.group.Do(t, tasks, threads-1, wake)
}

// Work does tasks with the scratch of this thread.
func (t *team) Work(g *workers.Group, helper bool) {
	s := t.own
	if helper {
		if s = t.scratches.Get(); s == nil {
			s = newScratch(t.base)
		}
	}
	for i := g.Next(); i >= 0; i = g.Next() {
		t.phase.do(i, s)
	}
	if helper {
		s.release()
		t.scratches.Put(s)
	}
}
