package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// progress tells how a run gets on: on a terminal with a bar that moves within a line,
// elsewhere with a line for each epoch alone.
type progress struct {
	w        io.Writer
	terminal bool
	epochs   int
	started  time.Time // of the epoch
	shown    time.Time // the bar
}

// isTerminal reports whether a file is one, as far as the standard library tells.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// begin starts the clock of an epoch.
func (p *progress) begin() { p.started = time.Now() }

// step moves the bar, ten times a second at most.
func (p *progress) step(epoch, done, of int) {
	if !p.terminal || time.Since(p.shown) < 100*time.Millisecond && done < of {
		return
	}
	p.shown = time.Now()
	const width = 30
	full := width * done / of
	left := time.Since(p.started) * time.Duration(of-done) / time.Duration(done)
	fmt.Fprintf(p.w, "\repoch %*d/%d [%s%s] %3d %%, %.0f s left\x1b[K", len(fmt.Sprint(p.epochs)), epoch, p.epochs,
		strings.Repeat("#", full), strings.Repeat(".", width-full), 100*done/of, left.Seconds())
}

// end prints the line of an epoch, over the bar if there is one.
func (p *progress) end(number int, e epoch) {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	fmt.Fprintf(p.w, "epoch %*d/%d  loss %.4f  accuracy %5.1f %%  kept-out voices: loss %.4f  accuracy %5.1f %%  %.1f s\n",
		len(fmt.Sprint(p.epochs)), number, p.epochs, e.Loss, 100*e.Accuracy, e.ValidationLoss, 100*e.ValidationAccuracy, time.Since(p.started).Seconds())
}
