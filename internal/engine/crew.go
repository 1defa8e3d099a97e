package engine

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// crew is the threads on a job.
type crew struct {
	working  atomic.Int32  // those that have not finished, the caller included
	finished chan struct{} // told when the last has and the caller sleeps
	mu       sync.Mutex
	panicked any  // what a task panicked with
	exited   bool // a task called runtime.Goexit
}

// share has the tasks of the job done by up to the given number of threads, of
// which the caller's is one. A panic or a Goexit in a task, which only a user's
// activation can raise, ends the job and goes on in the caller.
func (j *job) share(threads int) {
	if threads = min(threads, j.tasks); threads == 1 {
		for i := range j.tasks {
			j.do(i, j.own)
		}
		return
	}
	j.next.Store(0)
	j.crew.working.Store(1)
	for range threads - 1 {
		w := hire(j.long)
		if w == nil {
			break
		}
		j.crew.working.Add(1)
		w.give(j)
	}
	j.workAndWait()
	switch {
	case j.crew.panicked != nil:
		panic(j.crew.panicked)
	case j.crew.exited:
		runtime.Goexit()
	}
}

// workAndWait returns, or unwinds, only when no worker touches the job any more.
func (j *job) workAndWait() {
	defer j.crew.wait()
	j.work(j.own)
}

// work does tasks until none is left.
func (j *job) work(s *scratch) {
	finished := false
	defer func() {
		if !finished {
			j.next.Store(int64(j.tasks))
			j.crew.fail(recover())
		}
	}()
	for i := j.next.Add(1) - 1; i < int64(j.tasks); i = j.next.Add(1) - 1 {
		j.do(int(i), s)
	}
	finished = true
}

// fail notes how a task ended: what it panicked with, or nil after Goexit.
func (c *crew) fail(r any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r == nil {
		c.exited = true
	} else {
		c.panicked = r
	}
}

// wait returns when all workers have finished.
func (c *crew) wait() {
	if lookOut(func() bool { return c.working.Load() == 1 }) {
		return
	}
	if c.working.Add(-1) > 0 {
		<-c.finished
	}
}

// done is a worker's last touch of the job.
func (c *crew) done() {
	if c.working.Add(-1) == 0 {
		c.finished <- struct{}{}
	}
}

// patience is for how long those who wait look out before they go to sleep: a
// worker for its next job, a caller for its last workers. Waking a sleeping thread
// takes 5 to 50 us, longer than many layers; one that looks out is there in less
// than one.
const patience = 50 * time.Microsecond

// lookOut tells whether what is waited for came in time.
func lookOut(came func() bool) bool {
	const looks = 64 // between looks at the clock
	var start time.Time
	for {
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
}
