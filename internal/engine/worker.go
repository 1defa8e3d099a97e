package engine

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Workers are goroutines that wait for jobs and stay: starting one costs more
// than a small layer. All plans share them, and never do more than GOMAXPROCS-1
// work, since the caller works too: if GOMAXPROCS is lowered, workers beyond it
// finish their jobs and sleep until it is raised.
var workers struct {
	sync.Mutex
	idle    []*worker // whoever came last is taken first: it may still look out
	started int
}

// worker is handed its jobs by mail. While it sleeps there is the job asleep, and
// who replaces that has to wake it.
type worker struct {
	mail atomic.Pointer[job]
	wake chan struct{}
}

var asleep job

// hire returns an idle worker, or nil. Only a long job is worth waking one that
// sleeps, or starting a new one.
func hire(long bool) *worker {
	workers.Lock()
	defer workers.Unlock()
	n := len(workers.idle)
	if workers.started-n >= runtime.GOMAXPROCS(0)-1 {
		return nil
	}
	if n > 0 {
		w := workers.idle[n-1]
		if !long && w.mail.Load() == &asleep {
			return nil
		}
		workers.idle = workers.idle[:n-1]
		return w
	}
	if !long {
		return nil
	}
	workers.started++
	w := &worker{wake: make(chan struct{}, 1)}
	go w.loop()
	return w
}

// give hands a job to a worker that was hired.
func (w *worker) give(j *job) {
	if w.mail.Swap(j) == &asleep {
		w.wake <- struct{}{}
	}
}

func (w *worker) loop() {
	for {
		if !lookOut(func() bool { return w.mail.Load() != nil }) && w.mail.CompareAndSwap(nil, &asleep) {
			<-w.wake
		}
		w.serve(w.mail.Swap(nil))
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
		} else { // Goexit in a user's activation ends this goroutine
			workers.started--
		}
		workers.Unlock()
		j.crew.done()
	}()
	p := j.plan
	s := p.scratches.get()
	if s == nil {
		s = p.newScratch()
	}
	j.work(s)
	s.release()
	p.scratches.put(s)
	returned = true
}
