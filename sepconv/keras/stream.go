package keras

import (
	"fmt"

	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/internal/inside"
	"github.com/sepconv/go/sepconv"
)

// Stream computes a whole model for a signal that comes in chunks, made by Program.Stream.
// All outputs of its calls together are, bit for bit, those of one Run of the whole signal,
// however that is cut, on every CPU and with any number of threads.
//
// An output with a time axis gives each of its steps once, as soon as that is final: none has
// to be dropped or corrected. Steps says how many the next Push gives. Where branches of
// different delays meet, the steps of the earlier one wait in the stream.
//
// An output without a time axis, behind a GlobalAveragePooling1D, a GlobalMaxPooling1D or a
// recurrent layer that returns its last output, is running: after each Push, also of no
// steps, it is what Run would give of the steps that have come as far as they are final, and
// after Flush what Run gives of the whole signal.
//
// A Stream is for one goroutine at a time; its program may be used by others meanwhile.
// Its memory does not grow with the signal: it keeps (kernel size - 1) * dilation rate steps
// of each layer, the states of recurrent ones, the steps that wait for another branch, and
// tensors for the steps that are computed at a time, about a megabyte. Memory says how much.
//
// When a method returns an error, the stream and the outputs are what they were, and the
// call may be made again with what the error asks for. Methods of the zero value and of nil
// return zero values, and errors that wrap ErrConfig. Use Clone to copy a Stream.
type Stream struct{ stream *flow.Stream }

// TimeAxis states which axis of the inputs is time. The batch is axis 0, so it is 2 for a
// model in channels_first. Only one whose inputs have a fixed length needs it: an axis of
// open length is time without being named.
func TimeAxis(axis int) sepconv.StreamOption {
	return func(s *inside.Streaming) error {
		if axis < 1 {
			return fmt.Errorf("%w: the axis of time is %d; it must be at least 1, behind that of the batch", sepconv.ErrShape, axis)
		}
		s.TimeAxis = axis
		return nil
	}
}

// Stream begins a signal: one, not a batch of them. Time is the axis of each input whose
// length is open; where none is, it is the first after the batch, unless TimeAxis says
// another. The signal may be of any length, even if the model's input has a fixed one.
//
// A model with a layer of "same" padding and strides has to know how long the signal will be
// (sepconv.KnownLength). If its input has a fixed number of steps, that is assumed.
//
// A model that cannot be streamed is an error that says which layer prevents it, and why:
// one that looks at all steps before it gives the first, such as a Bidirectional, a Flatten
// of time with a Dense behind it, a softmax or a normalization over time, or the product of
// a signal and of the mean of all its steps.
func (p *Program) Stream(options ...sepconv.StreamOption) (*Stream, error) {
	if err := p.made(); err != nil {
		return nil, err
	}
	o, err := inside.Apply(options)
	if err != nil {
		return nil, err
	}
	s, err := p.program.NewStream(flow.Signal{Known: o.Known, Length: o.Length, TimeAxis: o.TimeAxis})
	if err != nil {
		return nil, err
	}
	return &Stream{s}, nil
}

// made reports a stream that Program.Stream did not make.
func (s *Stream) made() error {
	if s == nil || s.stream == nil {
		return fmt.Errorf("%w: the Stream is nil or a zero value; Program.Stream makes one", sepconv.ErrConfig)
	}
	return nil
}

// has reports whether there is such an output.
func (s *Stream) has(output int) bool {
	return s.made() == nil && output >= 0 && output < s.stream.Outputs()
}

// Push gives the stream the next steps of its signal, any number of them, the same in each
// input, and writes the steps of output that they complete, from the beginning of each output
// on. It returns how many these are of each output: what Steps says. The list belongs to the
// stream; the next Push, Peek or Flush writes it again.
//
// There is a slice for each input and output, as for a Run of one signal of so many steps;
// outputs may be longer. A running output takes one value, which counts as one step, as soon
// as it has one. If nil is given for it, it is not computed. Outputs must share memory neither
// with inputs nor with one another.
//
// Push allocates nothing once it has been called with as many steps. After Flush it is an
// error that wraps ErrState. If a user's activation panics, the stream stays what it was.
func (s *Stream) Push(outputs, inputs [][]float32) (steps []int, err error) {
	if err := s.made(); err != nil {
		return nil, err
	}
	return s.stream.Push(outputs, inputs, true)
}

// Peek is Push, except that the stream stays as it is, as if the steps had not come.
func (s *Stream) Peek(outputs, inputs [][]float32) (steps []int, err error) {
	if err := s.made(); err != nil {
		return nil, err
	}
	return s.stream.Push(outputs, inputs, false)
}

// Flush ends the signal and writes the outputs that were still waiting for steps, as Push
// does: as many as Rest says. Running outputs get their last value. After that Push and Flush
// are errors that wrap ErrState, until Reset begins another signal.
//
// A signal that is too short for a layer without padding has no outputs; Run would call it
// an error. If branches that meet end with different numbers of steps, that is an error that
// wraps ErrShape, as it is for Run.
func (s *Stream) Flush(outputs [][]float32) (steps []int, err error) {
	if err := s.made(); err != nil {
		return nil, err
	}
	return s.stream.Flush(outputs)
}

// Reset begins another signal, as a new stream would. It does nothing to the zero value.
func (s *Stream) Reset() {
	if s.made() == nil {
		s.stream.Reset()
	}
}

// Steps returns how many steps of an output a Push of n steps gives now.
func (s *Stream) Steps(output, n int) int {
	if !s.has(output) {
		return 0
	}
	return s.stream.Steps(output, n)
}

// Rest returns how many steps of an output a Flush gives now.
func (s *Stream) Rest(output int) int {
	if !s.has(output) {
		return 0
	}
	return s.stream.Rest(output)
}

// Running reports whether an output is made of the whole signal.
func (s *Stream) Running(output int) bool { return s.has(output) && s.stream.TimeAxis(output) == 0 }

// TimeAxis returns which axis of an output is time. The batch is axis 0, which also stands for
// none: that of a running output.
func (s *Stream) TimeAxis(output int) int {
	if !s.has(output) {
		return 0
	}
	return s.stream.TimeAxis(output)
}

// Delay returns by how many steps of the signal an output is late: step t of it comes with
// the Push that has step t*strides + Delay of the signal, or with Flush, where strides is the
// product of all that are before the output. Where UpSampling1D makes several outputs of a
// step, it is the largest delay. A running output is as late as what it is made of.
func (s *Stream) Delay(output int) int {
	if !s.has(output) {
		return 0
	}
	return s.stream.Delay(output)
}

// Reach returns the receptive field of an output, in steps of the signal, those between taps
// included. It is math.MaxInt for a running output and behind a recurrent layer, which see all
// that has come.
func (s *Stream) Reach(output int) int {
	if !s.has(output) {
		return 0
	}
	return s.stream.Reach(output)
}

// Position returns how many steps the signal has had so far, and how many steps of an output
// it has given. It counts to 2^61, or with UpSampling1D to 2^61 steps of output, after which
// Push is an error that wraps ErrState.
func (s *Stream) Position(output int) (pushed, given int64) {
	if !s.has(output) {
		return 0, 0
	}
	return s.stream.Position(output)
}

// Memory returns how many bytes the stream takes now, beside the weights of the program and
// a few hundred kilobytes of scratch for each thread.
func (s *Stream) Memory() int64 {
	if s.made() != nil {
		return 0
	}
	return s.stream.Memory()
}

// Clone returns another stream that goes on from where s is.
func (s *Stream) Clone() *Stream {
	if s.made() != nil {
		return nil
	}
	return &Stream{s.stream.Clone()}
}

// MarshalBinary returns the state of the stream: where it is in its signal. UnmarshalBinary
// reads it on any CPU and with any set of kernels, but only for the same model with the same
// weights, whatever file they came from. It has at most 73 bytes beside what the stream keeps.
func (s *Stream) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

// AppendBinary appends what MarshalBinary returns to b.
func (s *Stream) AppendBinary(b []byte) ([]byte, error) {
	if err := s.made(); err != nil {
		return b, err
	}
	return s.stream.AppendState(b), nil
}

// UnmarshalBinary makes the stream go on where the one was whose MarshalBinary returned data.
// A state of another model or of other weights, or a broken one, is an error that wraps
// ErrState. The data may come from anybody: it makes the stream take no more memory than it
// may take anyway.
func (s *Stream) UnmarshalBinary(data []byte) error {
	if err := s.made(); err != nil {
		return err
	}
	return s.stream.SetState(data)
}
