package graph

import (
	"slices"

	"github.com/sepconv/go/internal/engine"
)

// Fed is an Op of another package that package engine computes chunk by chunk.
type Fed interface {
	// TimeAxis returns the axis of time of the input, which is also that of the output.
	TimeAxis() int
	// Stride returns how many steps of input there are for one of output.
	Stride() int
	// Feed returns what computes the chunks, for a signal whose length may be known.
	Feed(known bool, length int64) (*engine.Feed, error)
	// RunsCode reports whether code of the user's is run, which may panic.
	RunsCode() bool
}

// fed is the flow of such an Op.
type fed struct {
	past
	feed  *engine.Feed
	chunk [1]engine.Chunk
	width int
	first bool // channels are before time
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
	return axis, &fed{past: newPast(s, feed.Streaming), feed: feed, width: s.out[0][3-axis], first: axis == 2}, nil
}

func (f *fed) push(_ *hands, c *chunk) error {
	y, k := c.out[0].Data, &f.chunk[0]
	k.State, k.Src, k.Steps = &f.state, c.in[0].Data, c.steps
	n := f.Outputs(&f.state, c.steps)
	f.feed.Push(y, f.chunk[:], true)
	k.Src = nil
	if c.end {
		f.flush(y, n, f.Rest(&f.state))
	}
	return nil
}

// flush computes the last outputs of a signal, after n others in y.
func (f *fed) flush(y []float32, n, rest int) {
	if !f.first || n == 0 || rest == 0 {
		f.feed.Flush(y[n*f.width:], &f.state)
		return
	}
	// With time as the last axis, the n outputs and those after them interleave in memory.
	head, tail := slices.Clone(y[:n*f.width]), make([]float32, rest*f.width)
	f.feed.Flush(tail, &f.state)
	moveSteps(y, n+rest, 0, head, n, 0, n, f.width, 1)
	moveSteps(y, n+rest, n, tail, rest, 0, rest, f.width, 1)
}
