package workers

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/cpu"
)

// Work is what the goroutines of a Group do.
type Work interface {
	// Work does tasks, one for each number that g.Next returns, until that is
	// negative. It is called once on the goroutine that called Group.Do, with
	// helper false, and at most once on each helper.
	Work(g *Group, helper bool)
}

// Group is a number of tasks and the goroutines that do them. It can be used again
// and again, by one caller at a time; the zero value is ready.
type Group struct {
	tasks int64
	_     cpu.CacheLinePad
	next  atomic.Int64 // the next task; those at work count it up
	_     cpu.CacheLinePad

	work    Work
	began   time.Time
	offered []*helper
	atWork  atomic.Int32 // goroutines that may still touch the group, the caller included
	last    signal       // of the last helper, if the caller sleeps

	mu       sync.Mutex
	panicked *Panic
	exited   bool // a helper's task called runtime.Goexit
}

// Panic is what a call of Group.Do panics with when a task has on a helper: the
// value, and the stack of the goroutine that panicked, which the caller's does not
// show.
type Panic struct {
	Value any    // what panic was called with
	Stack []byte // of the goroutine that panicked, as debug.Stack writes it
}

// Error returns the value and the stack.
func (p *Panic) Error() string {
	if p == nil {
		return "<nil>"
	}
	return fmt.Sprintf("%v\n\non a goroutine that helped:\n%s", p.Value, p.Stack)
}

// Unwrap returns the value if it is an error.
func (p *Panic) Unwrap() error {
	if p == nil {
		return nil
	}
	err, _ := p.Value.(error)
	return err
}

// Do has the tasks 0 to n-1 done by the caller and at most the given number of
// helpers, and returns when all are done. With wake, helpers that sleep are woken
// and missing ones started.
//
// A task that panics or calls runtime.Goexit ends the work: tasks that nobody has
// begun are left out, and once no helper is at work, the caller panics or exits in
// turn: with the task's own value if it ran on the caller, with a *Panic if it ran
// on a helper.
func (g *Group) Do(w Work, n, helpers int, wake bool) {
	g.tasks = int64(n)
	g.next.Store(0)
	g.atWork.Store(1)
	g.work, g.began, g.panicked, g.exited = w, time.Now(), nil, false
	g.offer(min(helpers, n-1), wake)
	g.workAndWait()
	switch {
	case g.panicked != nil:
		panic(g.panicked)
	case g.exited:
		runtime.Goexit()
	}
}

// Next returns the number of a task that nobody else does, or a negative number if
// there is none left.
func (g *Group) Next() int {
	i := g.next.Add(1) - 1
	if i >= g.tasks {
		return -1
	}
	return int(i)
}

// offer offers the work to helpers, as far as there are any.
func (g *Group) offer(helpers int, wake bool) {
	if helpers <= 0 {
		return
	}
	g.last.reset()
	g.offered = pool.take(g.offered[:0], helpers, wake)
	for _, h := range g.offered {
		g.atWork.Add(1)
		h.give(g)
	}
}

// workAndWait returns, or unwinds, only when no helper touches the group any more.
func (g *Group) workAndWait() {
	defer g.wait()
	finished := false
	defer func() {
		if !finished { // a panic or a Goexit passes through
			g.stop()
		}
	}()
	g.work.Work(g, false)
	finished = true
}

// stop leaves out the tasks that nobody has begun.
func (g *Group) stop() { g.next.Store(g.tasks) }

// help is what a helper does that has taken the offer.
func (g *Group) help() {
	finished := false
	defer func() {
		if !finished {
			g.stop()
			g.fail(recover())
		}
	}()
	g.work.Work(g, true)
	finished = true
}

// fail notes how a helper's task ended: what it panicked with, or nil after
// Goexit. It is called while the task's stack is still there. The first counts.
func (g *Group) fail(r any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case r == nil:
		g.exited = true
	case g.panicked == nil:
		g.panicked = &Panic{r, debug.Stack()}
	}
}

// wait takes back what was offered and not taken up, and returns when every helper
// that is at work has finished.
func (g *Group) wait() {
	g.withdraw()
	if !watch(time.Since(g.began), func() bool { return g.atWork.Load() == 1 }) && g.atWork.Add(-1) > 0 {
		g.last.wait()
	}
	g.work = nil
}

func (g *Group) withdraw() {
	back := g.offered[:0]
	for _, h := range g.offered {
		if h.mail.CompareAndSwap(g, nil) {
			back = append(back, h)
		}
	}
	if len(back) > 0 {
		g.atWork.Add(-int32(len(back)))
		pool.release(back...)
	}
	clear(g.offered)
	g.offered = g.offered[:0]
}

// finished is a helper's last touch of the group.
func (g *Group) finished() {
	if g.atWork.Add(-1) == 0 {
		g.last.send()
	}
}
