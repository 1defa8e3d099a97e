package engine

// Windowed computes outputs of a layer of which this package knows the windows alone: n of
// them, the next ones of the signal. x begins with the first tap of the first, and its rows
// are steps.
type Windowed interface{ Windows(n int, x []float32) }

// Windows gives a layer's state the next n steps, rows of channels, and w the windows that
// they complete, in order. Without src the steps are the zeros behind a signal, no more of
// them than Zeros says.
func (s *Streaming) Windows(st *State, src []float32, n int, w Windowed) {
	channels := s.Channels
	for used := 0; used < n; {
		// The first tap of the next window is so many steps from the beginning of src.
		if at := used + st.wait - s.reach - 1; at >= 0 && src != nil {
			outputs := s.Outputs(st, n-used)
			if outputs > 0 {
				w.Windows(outputs, src[at*channels:])
			}
			s.pass(st, n-used, outputs)
			keep := s.held(st)
			st.first = 0
			copy(st.rows, src[(n-keep)*channels:n*channels])
			return
		}
		held := s.held(st)
		take := min(n-used, s.room-held)
		rows := s.behind(st, held, take)
		if src == nil {
			clear(rows)
		} else {
			copy(rows, src[used*channels:])
		}
		outputs := s.Outputs(st, take)
		if outputs > 0 {
			w.Windows(outputs, st.rows[st.first*channels:])
		}
		s.pass(st, take, outputs)
		st.first += held + take - s.held(st)
		used += take
	}
}

// End returns how many zeros behind the signal complete its last outputs.
func (s *Streaming) End(st *State) int {
	rest := s.Rest(st)
	if rest == 0 {
		return 0
	}
	return st.wait + (rest-1)*s.Stride
}
