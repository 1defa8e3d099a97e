package graph

import (
	"slices"

	"github.com/sepconv/go/internal/engine"
)

// Fed is an Op of another package that package engine computes chunk by chunk.
type Fed interface {
	// TimeAxis is where time is in the input and in the output.
	TimeAxis() int
	// Stride is how many steps of input there are for one of output.
	Stride() int
	// Feed returns what streams are pushed to. The length of the signal may be known.
	Feed(known bool, length int64) (*engine.Feed, error)
	// RunsCode reports whether code of the user's is run, which may panic.
	RunsCode() bool
}

// fed is the flow of such an Op.
type fed struct {
	*engine.Feed
	state engine.State
	made  bool
	chunk [1]engine.Chunk
	width int
	first bool  // channels are before time
	last  int64 // as of windows
}

func newFed(s *setting, op Fed) (int, flow, error) {
	axis := op.TimeAxis()
	if err := s.inTime(axis); err != nil {
		return 0, nil, err
	}
	feed, err := op.Feed(s.known, s.length)
	if err != nil {
		return 0, nil, err
	}
	f := &fed{Feed: feed, width: s.out[0][3-axis], first: axis == 2, last: -1}
	if feed.Left(0) != feed.Left(1) {
		f.last = s.length % int64(feed.Stride)
	}
	return axis, f, nil
}

func (f *fed) after(steps int64, end bool) int64 {
	if end {
		return f.Total(steps)
	}
	return f.Complete(steps)
}

func (f *fed) takes(t int64) (first, last, final int64, whole bool) {
	first = t*int64(f.Feed.Stride) - int64(f.Zeros())
	last = first + int64(f.Reach())
	return first, last, last, false
}

func (f *fed) rate() (num, den int64) { return int64(f.Feed.Stride), 1 }

func (f *fed) push(_ *hands, c *chunk) error {
	y, k := c.out[0].Data, &f.chunk[0]
	k.State, k.Src, k.Steps = &f.state, c.in[0].Data, c.steps
	n := f.Outputs(&f.state, c.steps)
	f.Feed.Push(y, f.chunk[:], true)
	k.Src = nil
	if c.end {
		f.flush(y, n, f.Rest(&f.state))
	}
	return nil
}

// flush computes the last outputs, behind n others.
func (f *fed) flush(y []float32, n, rest int) {
	if !f.first || n == 0 || rest == 0 {
		f.Feed.Flush(y[n*f.width:], &f.state)
		return
	}
	// With time as the last axis they are not one behind the other in memory.
	head, tail := slices.Clone(y[:n*f.width]), make([]float32, rest*f.width)
	f.Feed.Flush(tail, &f.state)
	moveSteps(y, n+rest, 0, head, n, 0, n, f.width, 1)
	moveSteps(y, n+rest, n, tail, rest, 0, rest, f.width, 1)
}

func (f *fed) restore(steps int64) {
	if !f.made {
		f.state, f.made = f.NewState(make([]float32, f.Room())), true
	}
	f.Restore(&f.state, steps, false)
}

func (f *fed) visit(v visitor) { v.single(f.Kept(&f.state)) }

func (f *fed) floats() int64 { return int64(f.Room()) }

func (f *fed) checkLength(steps int64) error {
	return wrongRemainder(steps, int64(f.Feed.Stride), f.last)
}
