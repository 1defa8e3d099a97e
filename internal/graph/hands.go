package graph

import (
	"github.com/sepconv/go/internal/freelist"
	"github.com/sepconv/go/internal/workers"
)

// hands do the tasks of steps, one step after the other: the goroutine of the caller, and
// others that help it.
type hands struct {
	target *Target
	own    *Scratch               // of the caller's goroutine
	others freelist.List[Scratch] // for helpers
	step   Step                   // the one that threads share now
	group  workers.Group
}

// worthTask is how many microseconds of work a thread must get for its help to pay.
const worthTask = 6

// do computes a step. An error is one of Begin.
func (h *hands) do(step Step, out, in []Tensor, trial *workers.Trial) error {
	tasks, err := step.Begin(out, in)
	if err != nil || tasks.N == 0 {
		return err
	}
	threads := 1
	var run workers.Run
	if tasks.N > 1 {
		run = trial.Begin(tasks.Micros, h.target.Threads)
		defer run.End()
		threads = int(min(float64(run.Threads), max(1, tasks.Micros/worthTask)))
	}
	if threads == 1 {
		for j := range tasks.N {
			step.Do(j, h.own)
		}
		return nil
	}
	h.step = step
	defer func() { h.step = nil }()
	h.group.Do(h, tasks.N, threads-1, run.Wake)
	return nil
}

// Work does tasks with the scratch of this thread.
func (h *hands) Work(g *workers.Group, helper bool) {
	s, step := h.own, h.step
	if helper {
		s = h.takeScratch()
		defer h.returnScratch(s)
	}
	for i := g.Next(); i >= 0; i = g.Next() {
		step.Do(i, s)
	}
}

func (h *hands) takeScratch() *Scratch {
	if s := h.others.Get(); s != nil {
		return s
	}
	return newScratch(h.target.Set)
}

func (h *hands) returnScratch(s *Scratch) {
	s.release()
	h.others.Put(s)
}
