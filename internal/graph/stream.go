package graph

import (
	"fmt"
	"math"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/overlap"
)

// Stream computes a program for a signal that comes in chunks: bit for bit what a run of the
// whole signal gives. Where branches of different delays meet, the steps of the earlier one
// wait. A Stream is for one goroutine at a time.
type Stream struct {
	streamPlan
	hands hands
	steps int64 // that have come
	ended bool

	told   []int  // what Push and Flush return: steps of each output
	placed []int  // those of them that have been written
	backup []byte // the state before a call that may have to be undone
	writer writer
	reader reader
}

// NewStream begins a signal.
func (p *Program) NewStream(signal Signal) (*Stream, error) {
	s := &Stream{}
	if err := s.plan(p, signal); err != nil {
		return nil, err
	}
	s.hands = hands{target: &p.target, own: newScratch(p.target.Set)}
	s.told, s.placed = make([]int, len(p.outputs)), make([]int, len(p.outputs))
	s.position(0, false)
	return s, nil
}

// Clone returns another stream that goes on from where s is.
func (s *Stream) Clone() *Stream {
	c, err := s.program.NewStream(s.signal)
	if err != nil {
		panic(err) // s itself would not exist
	}
	s.save()
	c.position(s.steps, s.ended)
	c.read(s.backup)
	return c
}

// Reset begins another signal.
func (s *Stream) Reset() { s.position(0, false) }

// Position returns how many steps the signal has had, and how many of an output it has
// given. Of a running output that is 1 from the first step on that it is made of.
func (s *Stream) Position(output int) (pushed, given int64) {
	t := &s.tracks[s.program.outputs[output]]
	if t.axis == running {
		return s.steps, min(t.now, 1)
	}
	return s.steps, t.now
}

// TimeAxis returns which axis of an output is time: 0 if it is running.
func (s *Stream) TimeAxis(output int) int {
	return max(s.tracks[s.program.outputs[output]].axis, 0)
}

// Steps returns how many steps of an output the next n steps give.
func (s *Stream) Steps(output, n int) int {
	if s.ended || n < 0 || int64(n) > s.limit-s.steps {
		return 0
	}
	s.count(s.steps+int64(n), false)
	return s.coming(output)
}

// Rest returns how many steps of an output the end of the signal gives.
func (s *Stream) Rest(output int) int {
	if s.ended {
		return 0
	}
	s.count(s.steps, true)
	return s.coming(output)
}

// coming returns how many steps of an output there will be.
func (s *Stream) coming(output int) int {
	t := &s.tracks[s.program.outputs[output]]
	if t.axis == running {
		return int(min(t.then, 1))
	}
	return int(min(t.then-t.now, math.MaxInt))
}

// Push computes the steps of output that the next steps of input complete. Without keep the
// stream then is as before.
func (s *Stream) Push(outputs, inputs [][]float32, keep bool) ([]int, error) {
	n, err := s.checkInputs(inputs)
	if err != nil {
		return nil, err
	}
	s.count(s.steps+int64(n), false)
	if err := s.checkOutputs(outputs, inputs, "Steps", n); err != nil {
		return nil, err
	}
	if keep && !s.custom {
		s.push(outputs, inputs, n)
		s.steps += int64(n)
		return s.told, nil
	}
	s.save()
	done := false
	defer func() { // also if the user's code panics
		if !done {
			s.undo()
		}
	}()
	s.push(outputs, inputs, n)
	if keep {
		s.steps += int64(n)
	}
	done = keep
	return s.told, nil
}

// push computes n steps, in pieces that bound the memory of the tensors.
func (s *Stream) push(outputs, inputs [][]float32, n int) {
	for at := 0; at < n; {
		piece := min(s.piece, n-at)
		s.count(s.steps+int64(at+piece), false)
		for i, v := range s.program.inputs {
			t := &s.tracks[v]
			t.arrange(piece)
			moveSteps(t.data, piece, 0, inputs[i], n, at, piece, t.outer, t.inner)
		}
		s.compute(outputs, false)
		at += piece
	}
	s.tell(outputs)
}

// Flush ends the signal, and computes what is left.
func (s *Stream) Flush(outputs [][]float32) ([]int, error) {
	if len(outputs) != len(s.program.outputs) {
		return nil, fmt.Errorf("%w: there are %d outputs; the model has %d", fault.ErrShape, len(outputs), len(s.program.outputs))
	}
	if s.ended {
		return nil, s.errEnded()
	}
	s.count(s.steps, true)
	if err := s.checkEnd(); err != nil {
		return nil, err
	}
	if err := s.checkOutputs(outputs, nil, "Rest", 0); err != nil {
		return nil, err
	}
	if s.custom {
		s.save()
		defer func() {
			if !s.ended {
				s.undo()
			}
		}()
	}
	for _, v := range s.program.inputs {
		s.tracks[v].arrange(0)
	}
	s.compute(outputs, true)
	s.tell(outputs)
	s.ended = true
	return s.told, nil
}

// compute computes the chunk in the tensors of the inputs, and writes the outputs that have
// time.
func (s *Stream) compute(outputs [][]float32, end bool) {
	for i := range s.stages {
		if err := s.stages[i].compute(s, end); err != nil {
			panic(err) // only an index of an Embedding is an error, and those were checked
		}
	}
	for i, v := range s.program.outputs {
		if t := &s.tracks[v]; t.axis != running {
			n := int(t.then - t.now)
			moveSteps(outputs[i], s.told[i], s.placed[i], t.data, n, 0, n, t.outer, t.inner)
			s.placed[i] += n
		}
	}
	s.settle()
}

// tell writes the running outputs that are wanted and have a value, once a call, since their
// values in between are not asked for.
func (s *Stream) tell(outputs [][]float32) {
	wanted := false
	for i := range outputs {
		wanted = wanted || s.TimeAxis(i) == 0 && s.told[i] > 0
	}
	if !wanted {
		return
	}
	for i := range s.stages {
		if st := &s.stages[i]; st.teller != nil && st.now > 0 {
			st.teller.tell(st.out)
		}
	}
	for i := range s.heads {
		if h := &s.heads[i]; s.tracks[h.node.out[0]].now > 0 && h.step.step != nil {
			if err := s.hands.do(h.step.step, h.out, h.in, &h.step.trial); err != nil {
				panic(err) // only shapes are an error, and those were checked
			}
		}
	}
	for i, v := range s.program.outputs {
		if s.TimeAxis(i) == 0 && s.told[i] > 0 {
			copy(outputs[i], s.tracks[v].data)
		}
	}
}

// checkInputs returns how many steps the inputs have.
func (s *Stream) checkInputs(inputs [][]float32) (int, error) {
	p := s.program
	if len(inputs) != len(p.inputs) {
		return 0, fmt.Errorf("%w: there are %d inputs; the model has %d", fault.ErrShape, len(inputs), len(p.inputs))
	}
	if s.ended {
		return 0, s.errEnded()
	}
	steps := 0
	for i, x := range inputs {
		width := s.tracks[p.inputs[i]].width()
		n := 0
		if width > 0 {
			n = len(x) / width
		}
		switch {
		case n*width != len(x):
			return 0, fmt.Errorf("%w: input %d has %d elements, which are no whole steps of %d", fault.ErrShape, i, len(x), width)
		case i > 0 && n != steps:
			return 0, fmt.Errorf("%w: input %d has %d steps and those before it %d; all must have the same number", fault.ErrShape, i, n, steps)
		}
		steps = n
	}
	if s.steps > s.limit-int64(steps) {
		return 0, fmt.Errorf("%w: %d steps after %d are more than it can count, %d; Reset begins another signal", fault.ErrState, steps, s.steps, s.limit)
	}
	for _, c := range s.indices {
		if err := c.op.check(inputs[c.input]); err != nil {
			return 0, fmt.Errorf("%s: %w", c.node.name, err)
		}
	}
	return steps, nil
}

func (s *Stream) errEnded() error {
	return fmt.Errorf("%w: the signal was ended by Flush after %d steps; Reset begins another", fault.ErrState, s.steps)
}

// checkOutputs reports outputs that are too short or share memory, and notes in told how many
// steps each will get. A running output that is not wanted may be nil. Messages name the method,
// of so many steps, that says how long outputs must be.
func (s *Stream) checkOutputs(outputs, inputs [][]float32, method string, steps int) error {
	p := s.program
	if len(outputs) != len(p.outputs) {
		return fmt.Errorf("%w: there are %d outputs; the model has %d", fault.ErrShape, len(outputs), len(p.outputs))
	}
	for i, y := range outputs {
		t := &s.tracks[p.outputs[i]]
		n := s.coming(i)
		if t.axis == running && len(y) == 0 {
			n = 0
		}
		if atMost(int64(n), int64(t.width())) > int64(len(y)) {
			call := fmt.Sprintf("%s(%d, %d)", method, i, steps)
			if inputs == nil {
				call = fmt.Sprintf("%s(%d)", method, i)
			}
			return fmt.Errorf("%w: output %d has %d elements; it must have room for %s = %d steps of %d", fault.ErrShape, i, len(y), call, n, t.width())
		}
		s.told[i], s.placed[i] = n, 0
		y = y[:n*t.width()]
		for j, x := range inputs {
			if overlap.Slices(y, x) {
				return fmt.Errorf("%w: output %d and input %d share memory; give each output memory of its own", fault.ErrOverlap, i, j)
			}
		}
		for j, other := range outputs[:i] {
			if overlap.Slices(y, other[:s.told[j]*s.tracks[p.outputs[j]].width()]) {
				return fmt.Errorf("%w: outputs %d and %d share memory; give each memory of its own", fault.ErrOverlap, j, i)
			}
		}
	}
	return nil
}

// checkEnd reports a signal that may not end here.
func (s *Stream) checkEnd() error {
	for i := range s.stages {
		st := &s.stages[i]
		if c, ok := st.flow.(interface{ checkLength(steps int64) error }); ok {
			if err := c.checkLength(st.then); err != nil {
				return fmt.Errorf("%s: %w", st.node.name, err)
			}
		}
		for _, v := range st.node.in[:len(st.in)] {
			if n := s.tracks[v].then; n != st.then {
				return fmt.Errorf("%s: %w: after %d steps of the signal its inputs have %d and %d steps, which do not go together", st.node.name, fault.ErrShape, s.steps, st.then, n)
			}
		}
	}
	return nil
}

// Delay returns by how many steps an output comes later than the step that it stands for.
func (s *Stream) Delay(output int) int {
	delay, _ := s.spans(output)
	return delay
}

// Reach returns how many steps an output is made of, with those between its taps;
// math.MaxInt if that is all that came before.
func (s *Stream) Reach(output int) int {
	_, reach := s.spans(output)
	return reach
}

// Memory returns what the stream takes, in bytes, beside weights and scratch.
func (s *Stream) Memory() int64 {
	n := int64(0)
	for i := range s.tracks {
		if t := &s.tracks[i]; !t.shared {
			n += 4 * int64(cap(t.data))
		}
	}
	for i := range s.stages {
		st := &s.stages[i]
		n += 4 * st.flow.floats()
		for j := range st.queues {
			n += 4 * int64(cap(st.queues[j].data)+cap(st.together[j]))
		}
	}
	return n + int64(cap(s.backup))
}

// Outputs returns how many outputs there are.
func (s *Stream) Outputs() int { return len(s.program.outputs) }
