package engine

import "github.com/sepconv/go/internal/kernel"

// Activation is what ends a layer: one of the kernels' functions, or Custom,
// which is given each row along the output's last axis to change in place.
type Activation struct {
	kernel.Activation
	Custom func(y []float32)
	// CustomPullback changes dy, the gradient by what Custom makes of the row z, to the
	// gradient by z. nil if there is none: then nothing can be trained.
	CustomPullback func(dy, z []float32)
}

// alongAxis reports whether the activation needs whole rows of the last axis.
func (a *Activation) alongAxis() bool { return a.Custom != nil || a.Func.Axis() }

// apply applies the activation to a line.
func (a *Activation) apply(set *kernel.Set, y []float32) {
	if a.Custom != nil {
		a.Custom(y)
		return
	}
	set.Activate[a.Func](y, &a.Activation)
}

// Activate applies an activation to one line, outside of any layer. GLU leaves
// its result in the first half.
func Activate(set *kernel.Set, a kernel.Activation, y []float32) {
	switch a.Func {
	case kernel.Linear:
	case kernel.GLU:
		half := len(y) / 2
		set.Gate(y[:half], y[half:2*half])
	default:
		set.Activate[a.Func](y, &a)
	}
}

// An epilogue finishes a block of sums, with which y begins, in place.
type epilogue interface {
	finish(s *scratch, y operand, b block)
}

// activate is the epilogue of an activation that the pointwise kernel does not
// apply itself.
type activate struct {
	*base
	Activation
}

func (e *activate) finish(_ *scratch, y operand, b block) {
	n, length := y.lines(b.rows, b.filters)
	if length == y.apart() && !e.alongAxis() { // the lines are one
		n, length = 1, n*length
	}
	for i := range n {
		e.apply(e.set, y.line(i, length))
	}
}
