package main

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far a report is. A nil one shows nothing.
type progress struct {
	bar   *progressbar.ProgressBar
	begun bool
}

// newProgress returns a bar of so many steps.
func newProgress(w io.Writer, steps int) *progress {
	return &progress{bar: progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(w),
		progressbar.OptionSetWidth(30),
		progressbar.OptionShowCount(),
		progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionSetElapsedTime(true),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(w) }),
	)}
}

// step tells what is begun now, and counts what was begun before.
func (p *progress) step(format string, args ...any) {
	if p == nil {
		return
	}
	if p.begun {
		p.bar.Add(1)
	}
	p.begun = true
	p.bar.Describe(fmt.Sprintf("%-32.32s", fmt.Sprintf(format, args...)))
}

// done fills the bar.
func (p *progress) done() {
	if p != nil {
		p.bar.Describe(fmt.Sprintf("%-32s", "done"))
		p.bar.Finish()
	}
}
