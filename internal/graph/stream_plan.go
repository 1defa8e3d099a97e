package graph

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/fault"
)

// Signal is what a stream is told of its signal.
type Signal struct {
	// Known says that its number of steps will be Length, or leave the same remainder when
	// it is divided by the product of all strides.
	Known  bool
	Length int64
	// TimeAxis is the axis of time in every input; 0 for the one whose length is open, or
	// else the first.
	TimeAxis int
}

// streamPlan is how a program is computed chunk by chunk.
type streamPlan struct {
	program *Program
	signal  Signal // as the caller describes it
	known   bool   // its length is known
	length  int64

	tracks  []track   // of each Value
	stages  []stage   // nodes that take tensors with time, in order
	heads   []head    // nodes that take running tensors alone, computed when these are wanted
	indices []indices // inputs to check before anything is computed
	piece   int       // steps of the signal that are computed at a time, at most
	limit   int64     // steps of the signal that can be counted
	custom  bool      // code of the user's is run, which may panic
	zeros   [16]byte  // a hash of how many zeros the layers have in front
}

// indices are the input of an Embedding, which the caller gives.
type indices struct {
	node  *node
	op    *embedding
	input int
}

// head is a node that takes running tensors alone.
type head struct {
	node    *node
	step    *stepwise
	in, out []Tensor
}

// Bounds that keep all counts within an int64.
const (
	maxCount = 1 << 61 // steps of a tensor
	maxRate  = 1 << 30 // steps of a tensor for one of another
)

// plan finds out how a program is computed chunk by chunk, or which of its layers prevents
// that.
func (s *streamPlan) plan(p *Program, signal Signal) error {
	*s = streamPlan{program: p, signal: signal, known: signal.Known, length: signal.Length, limit: maxCount, tracks: make([]track, len(p.values))}
	if err := s.addInputs(); err != nil {
		return err
	}
	for _, n := range p.nodes {
		if err := s.add(n); err != nil {
			return fmt.Errorf("%s: %w", n.name, err)
		}
	}
	for i, v := range p.outputs {
		if s.tracks[v].axis == 0 {
			return fmt.Errorf("%w: output %d of the model has its steps in the place of the batch", fault.ErrConfig, i)
		}
	}
	s.zeros = s.hashZeros()
	return s.budget()
}

// hashZeros hashes where the windows of all layers begin: a state is only good for a stream
// with the same zeros in front.
func (s *streamPlan) hashZeros() [16]byte {
	var b []byte
	for i := range s.stages {
		first, _, _, _ := s.stages[i].flow.takes(0)
		b = binary.LittleEndian.AppendUint64(b, uint64(first))
	}
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}

// addInputs finds the axis of time of each input.
func (s *streamPlan) addInputs() error {
	fixed := int64(-1)
	for i, v := range s.program.inputs {
		shape := s.program.values[v].shape
		if len(shape) < 2 {
			return fmt.Errorf("%w: input %d of the model has shape %v, without an axis that is time", fault.ErrConfig, i, shape)
		}
		axis := s.signal.TimeAxis
		if axis == 0 {
			axis = max(slices.Index(shape[1:], Open)+1, 1)
		}
		if axis >= len(shape) {
			return fmt.Errorf("%w: input %d of the model has shape %v, without an axis %d that could be time", fault.ErrConfig, i, shape, axis)
		}
		if n := int64(shape[axis]); n != Open {
			if fixed >= 0 && n != fixed {
				return fmt.Errorf("%w: input %d of the model has %d steps and another %d; a stream gives all inputs the same steps, and has no input without time", fault.ErrConfig, i, n, fixed)
			}
			fixed = n
		}
		if err := s.track(v, axis); err != nil {
			return fmt.Errorf("input %d of the model: %w", i, err)
		}
	}
	if !s.known && fixed >= 0 {
		s.known, s.length = true, fixed
	}
	all, ok := s.program.period()
	if !ok {
		return fmt.Errorf("%w: the strides of the model's layers multiply to more than can be counted", fault.ErrConfig)
	}
	// Only the remainder by the strides counts: any length with it, long enough for all windows.
	length := s.length%all + maxCount>>16/all*all
	for _, v := range s.program.inputs {
		t := &s.tracks[v]
		t.length, t.num, t.den = length, 1, 1
	}
	return nil
}

// period returns a common multiple of the strides, multiplied along each path: in signals
// whose lengths are the same modulo it, all layers see lengths that are the same modulo
// their strides.
func (p *Program) period() (all int64, ok bool) {
	all = 1
	periods := make([]int64, len(p.values))
	for _, n := range p.nodes {
		own := int64(1)
		for _, v := range n.in {
			if other := max(periods[v], 1); own%other != 0 {
				own = own / gcd(own, other) * other
			}
			if own > maxRate {
				return 0, false
			}
		}
		own *= int64(strideOf(n.op))
		if own > maxRate {
			return 0, false
		}
		for _, v := range n.out {
			periods[v] = own
		}
		if all = all / gcd(all, own) * own; all > maxRate {
			return 0, false
		}
	}
	return all, true
}

// strideOf returns how many steps of input an operation advances for one of output.
func strideOf(op Op) int {
	switch op := op.(type) {
	case *conv1D:
		return op.Stride
	case *depthwise1D:
		return op.Stride
	case *pool:
		return op.Stride
	case Fed:
		return op.Stride()
	}
	return 1
}

// track notes where time is in a tensor.
func (s *streamPlan) track(v Value, axis int) error {
	shape := slices.Clone(s.program.values[v].shape)
	shape[0] = 1
	shape[axis] = Open
	if slices.Index(shape[axis+1:], Open) >= 0 || slices.Index(shape[:axis], Open) >= 0 {
		return refuse("a tensor of shape %v has more open than its steps", s.program.values[v].shape)
	}
	if _, ok := engine.Elements(shape.With(axis, 1)...); !ok {
		return refuse("a step of shape %v has more elements than an int can count", shape)
	}
	outer, _ := engine.Elements(shape[:axis]...)
	inner, _ := engine.Elements(shape[axis+1:]...)
	s.tracks[v] = track{used: true, axis: axis, shape: shape, outer: outer, inner: inner}
	return nil
}

// add adds a node, whose inputs have been added.
func (s *streamPlan) add(n *node) error {
	set := setting{known: s.known}
	runs := 0
	for _, v := range n.in {
		t := &s.tracks[v]
		set.axes = append(set.axes, t.axis)
		shape := slices.Clone(s.program.values[v].shape)
		shape[0] = 1
		set.in = append(set.in, shape)
		if t.axis == running {
			runs++
		}
	}
	for _, v := range n.out {
		shape := slices.Clone(s.program.values[v].shape)
		shape[0] = 1
		set.out = append(set.out, shape)
	}
	first := &s.tracks[n.in[0]]
	set.length = first.length
	s.custom = s.custom || runsCode(n.op)
	if e, ok := n.op.(*embedding); ok {
		input := slices.Index(s.program.inputs, s.program.values[n.in[0]].view)
		if input < 0 {
			return refuse("its indices come from another layer; a stream checks them before it computes anything")
		}
		s.indices = append(s.indices, indices{n, e, input})
	}
	if runs == len(n.in) {
		return s.addHead(n)
	}
	axis, f, err := streamOf(n.op, &set)
	if err != nil {
		return err
	}
	return s.addStage(n, axis, f, first.length)
}

// streamOf returns where time is in the outputs, and how chunks are computed.
func streamOf(op Op, set *setting) (axis int, f flow, err error) {
	v, isView := op.(view)
	switch {
	case isView: // of inputs after the first only the shape counts
		axis, f, err = v.stream(set)
	case !slices.ContainsFunc(set.axes, func(a int) bool { return a != 0 }):
		axis = 0 // each step is an element of a batch, in a TimeDistributed
	default:
		if o, ok := op.(Fed); ok {
			return newFed(set, o)
		}
		o, ok := op.(streamed)
		if !ok {
			return 0, nil, refuse("what it does with the steps is not known; in a TimeDistributed it is given each for itself")
		}
		if slices.Contains(set.axes, 0) {
			return 0, nil, refuse("one input has its steps in the place of the batch")
		}
		if slices.Contains(set.axes, running) {
			return 0, nil, refuse("an input is made of the whole signal, and so is known at its end, and another is not")
		}
		axis, f, err = o.stream(set)
	}
	if f == nil && err == nil {
		f = &stepwise{step: op.NewStep()}
	}
	return axis, f, err
}

// runsCode reports whether an operation runs code of the user's.
func runsCode(op Op) bool {
	switch op := op.(type) {
	case Fed:
		return op.RunsCode()
	case *activation:
		return op.Custom != nil
	case *dense:
		return op.rest.Custom != nil
	case *conv1D:
		return op.products[0][0].rest.Custom != nil
	case *depthwise1D:
		return op.activation.Custom != nil
	case *recurrent:
		return op.Activation.Custom != nil || op.Gate.Custom != nil
	case streamed:
		return false
	}
	return true
}

// addHead adds a node of running tensors.
func (s *streamPlan) addHead(n *node) error {
	h := head{node: n, step: &stepwise{step: n.op.NewStep()}}
	for _, v := range n.in {
		h.in = append(h.in, Tensor{s.tracks[v].data, s.tracks[v].shape})
	}
	shapes := make([]Shape, len(h.in))
	for i := range h.in {
		shapes[i] = h.in[i].Shape
	}
	outs, err := n.op.Shapes(shapes)
	if err != nil {
		return err
	}
	for i, v := range n.out {
		if err := s.addRunning(v, outs[i]); err != nil {
			return err
		}
		t := &s.tracks[v]
		if h.step.step == nil {
			t.data, t.shared = s.tracks[n.in[0]].data, true
		}
		h.out = append(h.out, Tensor{t.data, t.shape})
	}
	s.heads = append(s.heads, h)
	return nil
}

// addRunning adds a running tensor.
func (s *streamPlan) addRunning(v Value, shape Shape) error {
	if err := shape.check(); err != nil {
		return err
	}
	n := int64(shape.Elements())
	if n > s.program.maxBytes/4 || slices.Contains(shape, Open) {
		return refuse("its output has shape %v, more than the limit of %d bytes", shape, s.program.maxBytes)
	}
	s.tracks[v] = track{
		used: true, axis: running, shape: shape, outer: 1, inner: int(n),
		num: 1, den: 1, data: make([]float32, n),
	}
	return nil
}

// addStage adds a node whose inputs have time. length is the number of steps of the first.
func (s *streamPlan) addStage(n *node, axis int, f flow, length int64) error {
	st := stage{node: n, flow: f}
	st.teller, _ = f.(teller)
	inputs := n.in
	if _, ok := n.op.(view); ok {
		inputs = inputs[:1]
	}
	first := &s.tracks[inputs[0]]
	for _, v := range inputs {
		t := &s.tracks[v]
		if t.num != first.num || t.den != first.den {
			return refuse("its inputs have %d/%d and %d/%d steps for one of the signal", first.den, first.num, t.den, t.num)
		}
		st.in = append(st.in, Tensor{nil, slices.Clone(t.shape)})
		if len(inputs) > 1 {
			st.queues = append(st.queues, queue{outer: t.outer, inner: t.inner})
		}
	}
	st.together = make([][]float32, len(st.queues))
	num, den := f.rate()
	if first.num > maxRate/num || first.den > maxRate/den {
		return refuse("with the layers before it, it has %d/%d times %d/%d steps for one of the signal, which cannot be counted", first.den, first.num, den, num)
	}
	common := gcd(first.num*num, first.den*den)
	num, den = first.num*num/common, first.den*den/common
	s.limit = min(s.limit, maxCount/den)
	for i, v := range n.out {
		a := axis
		if i > 0 { // the states of a recurrent layer
			a = running
		}
		if a == running {
			shape := slices.Clone(s.program.values[v].shape)
			shape[0] = 1
			if err := s.addRunning(v, shape); err != nil {
				return err
			}
		} else if err := s.track(v, a); err != nil {
			return err
		}
		t := &s.tracks[v]
		t.num, t.den = num, den
		t.length = f.after(length, true)
		st.out = append(st.out, Tensor{t.data, t.shape})
	}
	s.stages = append(s.stages, st)
	return nil
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
