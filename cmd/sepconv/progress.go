package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress is a line that tells how far long work is. It appears after a second, so that
// short work has none.
type progress struct {
	w     io.Writer
	start time.Time
	stop  chan struct{}
	ended sync.WaitGroup

	mu          sync.Mutex
	what        string
	done, total int // examples; total is 0 if it is not known
	began       time.Time
	shown       bool
}

const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
	eraseLine     = "\r\x1b[K"
)

// newProgress begins to show progress; a nil one shows nothing.
func newProgress(w io.Writer, what string) *progress {
	p := &progress{w: w, what: what, start: time.Now(), stop: make(chan struct{})}
	p.ended.Add(1)
	go p.show()
	return p
}

func (p *progress) show() {
	defer p.ended.Done()
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for {
		select {
		case <-p.stop:
			return
		case now := <-ticker.C:
			if now.Sub(p.start) < progressAfter {
				continue
			}
			p.mu.Lock()
			fmt.Fprint(p.w, eraseLine+p.line(now))
			p.shown = true
			p.mu.Unlock()
		}
	}
}

// line is what is shown.
func (p *progress) line(now time.Time) string {
	if p.done == 0 && p.total == 0 {
		return fmt.Sprintf("%s, %.0f s", p.what, now.Sub(p.start).Seconds())
	}
	text := fmt.Sprintf("%s: %d", p.what, p.done)
	if p.total > 0 {
		text += fmt.Sprintf(" of %d (%d %%)", p.total, p.done*100/p.total)
	}
	took := now.Sub(p.began)
	text += fmt.Sprintf(", %.0f s", took.Seconds())
	if p.total > p.done && p.done > 0 {
		text += fmt.Sprintf(", %.0f s to go", took.Seconds()/float64(p.done)*float64(p.total-p.done))
	}
	return text
}

// stage begins another part of the work, of so many examples.
func (p *progress) stage(what string, total int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.what, p.done, p.total, p.began = what, 0, max(total, 0), time.Now()
}

// add says that n more examples are done.
func (p *progress) add(n int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
}

// end erases the line.
func (p *progress) end() {
	if p == nil {
		return
	}
	close(p.stop)
	p.ended.Wait()
	if p.shown {
		fmt.Fprint(p.w, eraseLine)
	}
}
