package sepconv

import (
	"fmt"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/overlap"
)

// Stream computes the layer for a signal that comes in chunks, made by Plan.Stream. All
// outputs of its calls together are, bit for bit, those of one Run of the whole signal,
// however that is cut. Each step of the output is given once, as soon as it is final: none
// has to be dropped or corrected.
//
// A Stream is for one goroutine at a time; its plan may be used by others meanwhile. It
// keeps the last (kernel size - 1) * dilation rate steps of its signal, and has room for
// as many more, or for at least 1 KiB and at most 16 KiB of steps, or for one.
//
// When a method returns an error, the stream and dst are what they were, and the call may
// be made again with what the error asks for. Methods of the zero value and of nil return
// zero values, and errors that wrap ErrConfig. Use Clone to copy a Stream.
type Stream struct {
	flow
	state engine.State
	chunk [1]engine.Chunk
}

// Stream begins a signal. A layer whose first outputs depend on how the signal goes on is an
// error that wraps ErrConfig. Such are, in channels_first, activations along the last axis,
// which is time there, and a user's own; and Same padding with strides, without a
// KnownLength. All others can be streamed.
func (p *Plan) Stream(options ...StreamOption) (*Stream, error) {
	f, err := p.flow(options)
	if err != nil {
		return nil, err
	}
	s := &Stream{flow: f}
	s.state = f.feed.NewState(make([]float32, f.feed.Room()))
	return s, nil
}

// made reports a stream that Plan.Stream did not make.
func (s *Stream) made() error {
	if s == nil || s.feed == nil {
		return fmt.Errorf("%w: the Stream is nil or a zero value; Plan.Stream makes one", ErrConfig)
	}
	return nil
}

// Push gives the stream the next steps of its signal, any number of them, and writes the
// outputs that they complete to dst. It returns how many steps of output that were: what
// Steps says.
//
// src has shape (steps, channels), or (channels, steps) in channels_first, and dst
// (outputs, filters) or (filters, outputs); it may be longer. They must not overlap. Push
// allocates nothing once it has been called. After Flush it is an error that wraps
// ErrState. If a user's activation panics, the stream is what it was.
func (s *Stream) Push(dst, src []float32) (steps int, err error) { return s.push(dst, src, true) }

// Peek is Push, except that the stream stays as it is, as if the steps had not come.
func (s *Stream) Peek(dst, src []float32) (steps int, err error) { return s.push(dst, src, false) }

func (s *Stream) push(dst, src []float32, keep bool) (int, error) {
	if err := s.made(); err != nil {
		return 0, err
	}
	channels := s.feed.Channels
	n := len(src) / channels
	if n*channels != len(src) {
		return 0, fmt.Errorf("%w: src has %d elements, which are no whole steps of %d channels", ErrShape, len(src), channels)
	}
	if err := s.check(&s.state, n); err != nil {
		return 0, err
	}
	outputs := s.feed.Outputs(&s.state, n)
	if !s.fits(dst, outputs) {
		return 0, s.errOutput(dst, outputs, fmt.Sprintf("Steps(%d)", n))
	}
	if overlap.Slices(dst[:outputs*s.filters], src) {
		return 0, errOverlap
	}
	c := &s.chunk[0]
	c.State, c.Src, c.Steps = &s.state, src, n
	s.feed.Push(dst, s.chunk[:], keep)
	c.Src = nil
	return outputs, nil
}

// Flush ends the signal. It writes the outputs that were still waiting for steps, in whose
// place there are zeros now, to dst, as Push does, and returns their number: what Rest says.
// There are some with Same padding only. After that Push and Flush are errors that wrap
// ErrState, until Reset begins another signal.
//
// A signal with Valid padding that is shorter than the reach has no outputs; Run would
// call it an error.
func (s *Stream) Flush(dst []float32) (steps int, err error) {
	if err := s.made(); err != nil {
		return 0, err
	}
	return s.flush(&s.state, dst)
}

// Reset begins another signal, as a new stream would. It does nothing to the zero value.
func (s *Stream) Reset() {
	if s.made() == nil {
		s.feed.Restore(&s.state, 0, false)
	}
}

// Steps returns how many steps of output a Push of n steps gives now.
func (s *Stream) Steps(n int) int {
	if s.made() != nil || s.state.Ended() {
		return 0
	}
	return s.feed.Outputs(&s.state, n)
}

// Rest returns how many steps of output a Flush gives now.
func (s *Stream) Rest() int {
	if s.made() != nil {
		return 0
	}
	return s.feed.Rest(&s.state)
}

// Delay returns by how many steps an output comes later than the step that it stands for:
// output t is given by the Push that has step t*strides + Delay of the signal, or by
// Flush. That is 0 with Causal padding, where outputs look at no later step, about half of
// the reach with Same and all of it with Valid.
func (s *Stream) Delay() int {
	if s.made() != nil {
		return 0
	}
	return s.feed.Delay()
}

// Reach returns the receptive field of an output, in steps, those between its taps
// included: (kernel size - 1) * dilation rate + 1. So many steps after one that is NaN, the
// outputs are free of it.
func (s *Stream) Reach() int {
	if s.made() != nil {
		return 0
	}
	return s.feed.Reach() + 1
}

// Position returns how many steps the signal has had so far, and how many steps of output
// it has given. It counts to 2^62, after which Push is an error that wraps ErrState.
func (s *Stream) Position() (pushed, given int64) {
	if s.made() != nil {
		return 0, 0
	}
	return s.state.Steps(), s.feed.Given(&s.state)
}

// Clone returns another stream that goes on from where s is.
func (s *Stream) Clone() *Stream {
	if s.made() != nil {
		return nil
	}
	c := &Stream{flow: s.again()}
	c.state = c.feed.NewState(make([]float32, c.feed.Room()))
	c.state.Copy(&s.state)
	return c
}

// MarshalBinary returns the state of the stream: where it is in its signal. UnmarshalBinary
// reads it on any CPU and with any set of kernels, but only for the same layer with the same
// weights. It has at most 65 bytes beside the steps that the stream keeps.
func (s *Stream) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

// AppendBinary appends what MarshalBinary returns to b.
func (s *Stream) AppendBinary(b []byte) ([]byte, error) {
	if err := s.made(); err != nil {
		return b, err
	}
	return s.export(b, &s.state), nil
}

// UnmarshalBinary makes the stream go on where the one was whose MarshalBinary returned
// data. A state of another layer or of other weights, or a broken one, is an error that wraps
// ErrState. The data may come from anybody: nothing is allocated for it.
func (s *Stream) UnmarshalBinary(data []byte) error {
	if err := s.made(); err != nil {
		return err
	}
	return s.restore(&s.state, data)
}
