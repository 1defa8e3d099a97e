package graph

import (
	"fmt"
	"math"

	"github.com/sepconv/go/internal/fault"
)

// The number of steps of each tensor is a function of the number of steps of the signal. So
// no tensor has a counter that could go wrong, and a state in bytes needs none.

// How much is computed at a time.
const (
	pieceFloats = 1 << 18 // floats of all tensors together, about
	pieceSteps  = 4096    // steps of the signal, at most
)

// budget finds how many steps are computed at a time, and reports a stream that would take
// more memory than the limit for a run.
func (s *streamPlan) budget() error {
	perStep, kept := 0.0, 0.0
	for i := range s.tracks {
		if t := &s.tracks[i]; t.used && t.axis != running {
			perStep += float64(t.width()) * float64(t.den) / float64(t.num)
		}
	}
	s.piece = int(min(max(pieceFloats/max(perStep, 1), 1), pieceSteps))
	kept = perStep * float64(s.piece)
	for i := range s.stages {
		kept += float64(s.stages[i].flow.floats())
	}
	// What the first step completes, what waits in queues far from both ends, and what the end
	// of the signal completes.
	s.count(1, false)
	for i := range s.tracks {
		kept += s.tracks[i].floats(s.tracks[i].then)
	}
	s.count(s.limit>>4, false)
	for i := range s.stages {
		st := &s.stages[i]
		for j := range st.queues {
			t := &s.tracks[st.node.in[j]]
			kept += t.floats(t.then - st.then)
		}
	}
	for i := range s.tracks {
		s.tracks[i].now = s.tracks[i].then
	}
	s.count(s.limit>>4, true)
	for i := range s.tracks {
		kept += s.tracks[i].floats(s.tracks[i].then - s.tracks[i].now)
	}
	if 4*kept > float64(s.program.maxBytes) {
		return fmt.Errorf("%w: a stream of the model takes %.0f bytes, more than the limit of %d", fault.ErrConfig, 4*kept, s.program.maxBytes)
	}
	return nil
}

// count sets how many steps all tensors have after so many of the signal.
func (s *streamPlan) count(steps int64, end bool) {
	for _, v := range s.program.inputs {
		s.tracks[v].then = steps
	}
	for i := range s.stages {
		st := &s.stages[i]
		st.then = s.tracks[st.node.in[0]].then
		for j := 1; j < len(st.in); j++ {
			st.then = min(st.then, s.tracks[st.node.in[j]].then)
		}
		n := st.flow.after(st.then, end)
		for _, v := range st.node.out {
			t := &s.tracks[v]
			if t.then = n; t.axis == running {
				t.then = st.then
			}
		}
	}
	for i := range s.heads {
		h := &s.heads[i]
		n := int64(math.MaxInt64)
		for _, v := range h.node.in {
			n = min(n, s.tracks[v].then)
		}
		for _, v := range h.node.out {
			s.tracks[v].then = n
		}
	}
}

// settle ends the present chunk: what was counted is there now.
func (s *streamPlan) settle() {
	for i := range s.tracks {
		s.tracks[i].now = s.tracks[i].then
	}
	for i := range s.stages {
		s.stages[i].now = s.stages[i].then
	}
}
