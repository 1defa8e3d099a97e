package engine

import (
	"runtime"
	"sync"
)

// Workers are goroutines that wait for jobs and stay: starting one costs more
// than a small layer. All plans share them, and there are never more than
// GOMAXPROCS-1, since the caller works too.
var workers struct {
	sync.Mutex
	idle    []*worker
	started int
}

type worker struct{ jobs chan *job }

// crew is the workers on a job, and what they report.
type crew struct {
	working  sync.WaitGroup
	mu       sync.Mutex
	panicked any
}

// share has the tasks of the job done by up to the given number of threads, of
// which the caller's is one. A panic in a task, which only a user's activation
// can raise, ends the job and goes on in the caller.
func (j *job) share(threads int) {
	j.next.Store(0)
	for range min(threads, j.tasks) - 1 {
		w := hire()
		if w == nil {
			break
		}
		j.crew.working.Add(1)
		w.jobs <- j
	}
	j.workAndWait()
	if r := j.crew.panicked; r != nil {
		panic(r)
	}
}

// workAndWait returns, or unwinds, only when no worker touches the job any more.
func (j *job) workAndWait() {
	defer j.crew.working.Wait()
	j.work()
}

// work does tasks until none is left.
func (j *job) work() {
	s := j.plan.scratches.get()
	if s == nil {
		s = j.plan.newScratch()
	}
	finished := false
	defer func() {
		if finished {
			j.plan.scratches.put(s)
			return
		}
		j.next.Store(int64(j.tasks))
		if r := recover(); r != nil {
			j.crew.mu.Lock()
			j.crew.panicked = r
			j.crew.mu.Unlock()
		}
	}()
	for i := j.next.Add(1) - 1; i < int64(j.tasks); i = j.next.Add(1) - 1 {
		j.do(int(i), s)
	}
	finished = true
}

// hire returns an idle worker, or a new one while there may be more, or nil.
func hire() *worker {
	workers.Lock()
	defer workers.Unlock()
	if n := len(workers.idle); n > 0 {
		w := workers.idle[n-1]
		workers.idle = workers.idle[:n-1]
		return w
	}
	if workers.started >= runtime.GOMAXPROCS(0)-1 {
		return nil
	}
	workers.started++
	w := &worker{jobs: make(chan *job, 1)}
	go w.loop()
	return w
}

func (w *worker) loop() {
	for j := range w.jobs {
		w.serve(j)
	}
}

// serve works on j. The worker is idle again before j can see that it has
// finished, so that a caller's next Run finds it.
func (w *worker) serve(j *job) {
	returned := false
	defer func() {
		workers.Lock()
		if returned {
			workers.idle = append(workers.idle, w)
		} else { // runtime.Goexit in a user's activation ends this goroutine
			workers.started--
		}
		workers.Unlock()
		j.crew.working.Done()
	}()
	j.work()
	returned = true
}
