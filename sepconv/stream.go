package sepconv

import (
	"fmt"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/inside"
	"github.com/sepconv/go/internal/overlap"
)

// Stream computes the layer for a signal that comes in chunks, made by Plan.Stream. All
// outputs of its calls together are, bit for bit, those of one Run of the whole signal,
// however that is cut. None has to be dropped or waited for: each is given once, as soon
// as it is final.
//
// A Stream is for one goroutine at a time; its plan may be used by others meanwhile. It
// keeps the last (kernel size - 1) * dilation rate steps of its signal, and has memory
// for some to come: as many again, but at least 1 KiB and at most 16 KiB, or one step.
//
// When a method returns an error, the stream and dst are what they were, and the call may
// be made again with what the error asks for. Methods of the zero value and of nil return
// zero values, and errors that wrap ErrConfig. Use Clone to copy a Stream.
type Stream struct {
	flow
	state engine.State
	chunk [1]engine.Chunk
}

// StreamOption states what a stream cannot know by itself: that of a layer, or of a model
// of package keras.
type StreamOption func(*inside.Streaming) error

// KnownLength states how many steps each signal will have. It is needed for Same padding
// with strides of more than 1: how many zeros Keras puts in front of a signal then depends
// on its length. Only the remainder of the length by the strides counts, in a model by the
// product of all strides, so that may be given instead. Flush refuses a signal of another
// remainder with an error that wraps ErrState.
func KnownLength(steps int64) StreamOption {
	return func(s *inside.Streaming) error {
		if steps < 0 {
			return fmt.Errorf("%w: the known length is %d; it must be at least 0", ErrShape, steps)
		}
		s.Known, s.Length = true, steps
		return nil
	}
}

// Stream begins a signal. Layers of any padding, stride, dilation and data format can be
// streamed, but for those whose outputs depend on how the signal goes on: activations
// along the last axis, and a user's, in channels_first, where that axis is time; and Same
// padding with strides, unless there is a KnownLength.
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

// Peek is Push, but that the stream stays as it is, as if the steps had not come.
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

// Flush ends the signal and writes the outputs that were still waiting for steps, which
// are zeros now, to dst, as Push does. It returns their number: what Rest says. Only with
// Same padding there are any. A signal ends once: then Push and Flush are errors that
// wrap ErrState, until Reset begins another one.
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

// Reach returns how many steps an output is made of, with those between its taps:
// (kernel size - 1) * dilation rate + 1, the receptive field. After as many a step that
// is NaN is no longer seen.
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

// MarshalBinary returns where the stream is in its signal, as UnmarshalBinary reads it:
// on whatever CPU, by whatever set of kernels, but only for the same layer with the same
// weights. It is no longer than the steps that the stream keeps and 65 bytes.
func (s *Stream) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

// AppendBinary appends what MarshalBinary returns to b.
func (s *Stream) AppendBinary(b []byte) ([]byte, error) {
	if err := s.made(); err != nil {
		return b, err
	}
	return s.export(b, &s.state), nil
}

// UnmarshalBinary has the stream go on from where the one was that data is of. A state of
// another layer, of other weights, or a broken one is an error that wraps ErrState. The
// data may come from anybody: nothing is allocated for it.
func (s *Stream) UnmarshalBinary(data []byte) error {
	if err := s.made(); err != nil {
		return err
	}
	return s.restore(&s.state, data)
}
