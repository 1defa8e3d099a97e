package engine

// A stream is a signal that comes in chunks. With the zeros that the padding puts in
// front of it, it is the beginning of a signal without padding: output t is made of
// the steps from t*stride to t*stride + reach of that one, and is final as soon as the
// last of them has come. A state keeps the steps from the first tap of the next output
// on: raw inputs, never sums, so that how the signal is cut cannot change a bit.

// Streaming is what the streams of a layer have in common.
type Streaming struct {
	*Geometry
	left int // zeros in front of a signal
	room int // steps that a state has memory for
}

// Streaming returns what streams with so many zeros in front have in common. A state
// has memory for the reach, and for some steps to come: as many again, or 1 KiB of them
// if that is more, but no more than 16 KiB, or one. They are appended until it is
// full, so that those at hand are moved no more often than once in so many steps.
func (g *Geometry) Streaming(left int) Streaming {
	const least, most = 1 << 10 / 4, 16 << 10 / 4 // floats
	s := Streaming{Geometry: g, left: left}
	if g.reach > 0 {
		s.room = g.reach + max(1, min(max(g.reach*g.Channels, least), most)/g.Channels)
	}
	return s
}

// Room returns how many floats of memory a state needs.
func (s *Streaming) Room() int { return s.room * s.Channels }

// State is where a stream is in its signal.
type State struct {
	rows  []float32 // Room: steps, of channels side by side
	first int       // of those that are at hand
	wait  int       // how many steps after those that have come completes the next output
	steps int64     // that have come
	ended bool
}

// NewState returns the state at the beginning of a signal, in the given memory.
func (s *Streaming) NewState(memory []float32) State {
	st := State{rows: memory}
	s.Restore(&st, 0, false)
	return st
}

// Copy makes st, which has memory of its own, what other is.
func (st *State) Copy(other *State) {
	rows := st.rows
	*st = *other
	st.rows = rows
	copy(st.rows, other.rows)
}

// Steps returns how many steps have come.
func (st *State) Steps() int64 { return st.steps }

// Ended reports whether the signal has ended.
func (st *State) Ended() bool { return st.ended }

// Zeros returns how many there are in front of a signal.
func (s *Streaming) Zeros() int { return s.left }

// Delay returns by how many steps the step that completes an output is after the one that
// stands at output*stride.
func (s *Streaming) Delay() int { return s.reach - s.left }

// held returns how many steps are at hand: those of the next output that have come.
func (s *Streaming) held(st *State) int { return max(s.reach+1-st.wait, 0) }

// Outputs returns how many outputs the next n steps complete.
func (s *Streaming) Outputs(st *State, n int) int {
	if n < st.wait {
		return 0
	}
	if s.Stride == 1 { // mostly, and a division takes some nanoseconds
		return n - st.wait + 1
	}
	return (n-st.wait)/s.Stride + 1
}

// pass counts n more steps, which complete so many outputs.
func (s *Streaming) pass(st *State, n, outputs int) {
	if outputs == 0 {
		st.wait -= n
	} else if s.Stride == 1 {
		st.wait = 1
	} else {
		st.wait = s.Stride - (n-st.wait)%s.Stride
	}
	st.steps += int64(n)
}

// behind returns memory for n steps behind as many as a state holds, which it moves to the
// beginning of their memory if its end has come.
func (s *Streaming) behind(st *State, held, n int) []float32 {
	channels := s.Channels
	if st.first+held+n > s.room {
		copy(st.rows, st.rows[st.first*channels:][:held*channels])
		st.first = 0
	}
	return st.rows[(st.first+held)*channels:][:n*channels]
}

// Given returns how many outputs there have been.
func (s *Streaming) Given(st *State) int64 {
	if st.ended {
		return s.Total(st.steps)
	}
	return s.Complete(st.steps)
}

// Rest returns how many outputs are left for the end of the signal: those of which
// the last tap is in the zeros behind it. The first one is not, so that steps are at
// hand if there are any.
func (s *Streaming) Rest(st *State) int {
	if st.ended || s.Padding == Valid {
		return 0
	}
	return int(s.Total(st.steps) - s.Complete(st.steps))
}

// Complete returns how many outputs the first steps of a signal complete.
func (s *Streaming) Complete(steps int64) int64 {
	over := steps + int64(s.left) - int64(s.reach) - 1
	if over < 0 {
		return 0
	}
	return over/int64(s.Stride) + 1
}

// Total returns how many outputs a signal of so many steps has.
func (s *Streaming) Total(steps int64) int64 {
	switch {
	case s.Padding == Valid:
		return s.Complete(steps)
	case steps == 0:
		return 0
	}
	return (steps-1)/int64(s.Stride) + 1
}

// waitAfter returns wait after so many steps of a signal.
func (s *Streaming) waitAfter(steps int64) int {
	over := steps + int64(s.left) - int64(s.reach) - 1
	if over < 0 {
		return int(-over)
	}
	return s.Stride - int(over%int64(s.Stride))
}

// Kept returns the steps of the signal that a state has at hand, as rows of channels;
// those of the padding are left out.
func (s *Streaming) Kept(st *State) []float32 {
	n, end := s.KeptAfter(st.steps), st.first+s.held(st)
	return st.rows[(end-n)*s.Channels : end*s.Channels]
}

// KeptAfter returns how many steps a state keeps after so many.
func (s *Streaming) KeptAfter(steps int64) int {
	return int(min(steps, int64(max(s.reach+1-s.waitAfter(steps), 0))))
}

// Restore makes st the state after so many steps of a signal, of which Kept is to be
// written by the caller.
func (s *Streaming) Restore(st *State, steps int64, ended bool) {
	st.first, st.wait, st.steps, st.ended = 0, s.waitAfter(steps), steps, ended
	clear(st.rows[:(s.held(st)-s.KeptAfter(steps))*s.Channels])
}
