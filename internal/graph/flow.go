package graph

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/workers"
)

// In a stream the steps of a signal come in chunks. A tensor has an axis of time, along which
// a chunk of the inputs completes some of its steps; or it is running: it has no such axis,
// since it is made of all steps so far, as a mean over time is.

// running stands for the axis of time of a tensor that has none.
const running = -1

// setting is what an operation is told when a stream begins.
type setting struct {
	axes []int   // the axis of time of each input, or running
	in   []Shape // as declared, with a batch of 1
	out  []Shape
	// known says that the number of steps of the first input will be length, or another with
	// the same remainder modulo any product of strides in the model.
	known  bool
	length int64
}

// streamed is an Op whose outputs can be computed before the signal has ended.
type streamed interface {
	// stream returns which axis of the outputs is time, and how chunks are computed; if f is
	// nil, each step by itself.
	stream(s *setting) (axis int, f flow, err error)
}

// flow computes an operation chunk by chunk. Its state is the number of steps that have come,
// which restore sets, and the numbers that it keeps of them, which visit shows.
type flow interface {
	// after returns how many steps the output has after so many of input; end says that no
	// more will come.
	after(steps int64, end bool) int64
	// takes returns the first and the last step of input that step t of the output is made
	// of, and the step with which it is final. whole says that it is made of all steps
	// before the last.
	takes(t int64) (first, last, final int64, whole bool)
	// push computes the outputs of a chunk.
	push(h *hands, c *chunk) error
	// restore makes the flow the one after so many steps, except for the numbers that visit
	// shows, which the caller sets next.
	restore(steps int64)
	// visit shows all numbers that the flow keeps.
	visit(v visitor)
	// floats returns how many floats it keeps at most.
	floats() int64
	// rate returns how many steps of input there are for one of output, as a fraction.
	rate() (num, den int64)
}

// visitor reads or writes the numbers that a stream keeps.
type visitor interface {
	single(x []float32)
	double(x []float64)
}

// chunk is what a flow computes at a time.
type chunk struct {
	out, in []Tensor
	steps   int   // of the inputs
	from    int64 // steps of the inputs that came before
	end     bool  // no more will come
}

// teller is a flow of running outputs.
type teller interface {
	// tell writes their present values.
	tell(out []Tensor)
}

// stepwise computes each step by itself.
type stepwise struct {
	step  Step // nil if the output is the input
	trial workers.Trial
}

func (f *stepwise) after(steps int64, _ bool) int64 { return steps }

func (f *stepwise) takes(t int64) (first, last, final int64, whole bool) { return t, t, t, false }

func (f *stepwise) push(h *hands, c *chunk) error {
	if f.step == nil || c.steps == 0 {
		return nil
	}
	return h.do(f.step, c.out, c.in, &f.trial)
}

func (f *stepwise) restore(int64) {}
func (f *stepwise) visit(visitor) {}
func (f *stepwise) floats() int64 { return 0 }

func (f *stepwise) rate() (num, den int64) { return 1, 1 }

// refuse says why an operation cannot be streamed.
func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: it cannot be streamed: %s", fault.ErrConfig, fmt.Sprintf(format, args...))
}

// perLine is the stream of an operation over the last axes, so many of them: time must not be
// among these.
func (s *setting) perLine(axes int, does string) (int, flow, error) {
	if s.axes[0] >= len(s.in[0])-axes {
		return 0, nil, refuse("it %s all steps at once, so no output is final before the signal ends", does)
	}
	return s.axes[0], nil, nil
}

// inTime reports an input whose time is not along the axis that the operation takes for it.
func (s *setting) inTime(axis int) error {
	if s.axes[0] != axis {
		return refuse("it goes along axis %d of its input, and time is along axis %d; if that is another one, say so: TimeAxis", axis, s.axes[0])
	}
	return nil
}

// sameAxis returns the axis of time of several inputs, counted in a tensor of so many
// axes. Each must have time there.
func (s *setting) sameAxis(rank int) (int, error) {
	axis := running
	for i, a := range s.axes {
		if a == running {
			return 0, refuse("an input is made of the whole signal, and so known at its end, and another is not")
		}
		if a > 0 { // shapes with fewer axes get axes of 1 after that of the batch
			a += rank - len(s.in[i])
		}
		if n := s.in[i][s.axes[i]]; !fits(n, s.in[0][s.axes[0]]) {
			return 0, refuse("its inputs have %d and %d steps", s.in[0][s.axes[0]], n)
		}
		if axis != running && a != axis {
			return 0, refuse("time is along axis %d of one input and along axis %d of another", axis, a)
		}
		axis = a
	}
	return axis, nil
}

func (a *activation) stream(s *setting) (int, flow, error) {
	if a.alongAxis() || a.gated() {
		return s.perLine(1, "looks at")
	}
	return s.axes[0], nil, nil
}

func (a *affine) stream(s *setting) (int, flow, error) {
	if a.axis != 0 && a.axis == s.axes[0] {
		return 0, nil, refuse("it has a scale for each step")
	}
	return s.axes[0], nil, nil
}

func (d *dense) stream(s *setting) (int, flow, error) { return s.perLine(1, "sums") }

func (l *layerNorm) stream(s *setting) (int, flow, error) {
	return s.perLine(l.axes, "normalizes")
}

func (g *groupNorm) stream(*setting) (int, flow, error) {
	return 0, nil, refuse("it normalizes over all steps, so no output is final before the signal ends")
}

func (p *prelu) stream(s *setting) (int, flow, error) {
	if a := s.axes[0]; p.shape[a-1] != 1 {
		return 0, nil, refuse("it has a slope for each step")
	}
	return s.axes[0], nil, nil
}

func (m *merge) stream(s *setting) (int, flow, error) {
	axis, err := s.sameAxis(len(s.out[0]))
	return axis, nil, err
}

func (c *concat) stream(s *setting) (int, flow, error) {
	axis, err := s.sameAxis(len(s.out[0]))
	if err != nil {
		return 0, nil, err
	}
	if along, err := s.in[0].axisOf(c.axis); err != nil || along == axis {
		return 0, nil, refuse("it puts one signal behind another, which begins when that has ended")
	}
	return axis, nil, nil
}

func (p *permute) stream(s *setting) (int, flow, error) {
	return slices.Index(p.axes, s.axes[0]), nil, nil
}

func (e *embedding) stream(s *setting) (int, flow, error) { return s.axes[0], nil, nil }

func (m *notEqual) stream(s *setting) (int, flow, error) {
	if m.any {
		return s.perLine(1, "looks at")
	}
	return s.axes[0], nil, nil
}

func (m *selection) stream(s *setting) (int, flow, error) {
	for i, a := range s.axes {
		if a == running || a != s.axes[0] || a >= len(s.in[1]) {
			return 0, nil, refuse("time is along axis %d of its input %d and along axis %d of another", a, i, s.axes[0])
		}
	}
	return s.axes[0], nil, nil
}

// stream leaves time where it is, if the axes before it stay the same, and those after it
// have as many elements as before.
func (v view) stream(s *setting) (int, flow, error) {
	a, in, out := s.axes[0], s.in[0], s.out[0]
	switch {
	case a == running:
		return 0, nil, refuse("it gives what is made of the whole signal the shape of a signal")
	case v.time == timeToBatch && a == 1:
		return 0, nil, nil
	case v.time == timeFromBatch && a == 0:
		return 1, nil, nil
	case v.time != timeStays:
		return 0, nil, refuse("it has a layer for each step along axis 1, and time is along axis %d", a)
	case a < len(out) && slices.Equal(in[:a], out[:a]) && out[a] == in[a] && in[a+1:].Elements() == out[a+1:].Elements():
		return a, nil, nil
	}
	return 0, nil, refuse("it makes a tensor of shape %v of all steps of one of %v at once", out, in)
}

func (d *dot) stream(*setting) (int, flow, error) {
	return 0, nil, refuse("it multiplies signals that have to be there as a whole")
}
