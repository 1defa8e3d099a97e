package sepconv

import (
	"fmt"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/overlap"
)

// Plan is a layer compiled for this CPU, made by Layer.Compile. Methods of the
// zero value and of a nil Plan return errors that wrap ErrConfig. A Plan does
// not change, and may be used by any number of goroutines at the same time. It
// keeps the packed weights, the weights as the layer has them, for streams, and
// at most 512 KiB of scratch for each thread that has run it at the same time as
// others.
//
// All plans share GOMAXPROCS-1 goroutines, which are kept; GOMAXPROCS may change
// at any time. A plan measures what its runs take, with these goroutines and
// without. So a Run stays on the caller's goroutine where others keep the
// processors busy, and no Run waits for a goroutine that has not begun. The
// garbage collector runs during a Run as at any other time.
//
// A user's activation may run plans itself. If it panics or calls runtime.Goexit,
// on whatever goroutine, so does the call of Run that it is part of (see Panic),
// with dst written in part. Other Runs, and later ones, are not disturbed.
type Plan struct {
	plan       *engine.Plan
	activation engine.Activation
	source     *source
}

// Run computes the layer for a batch of inputs of the given number of steps.
//
// src has shape (batch, steps, channels), or (batch, channels, steps) in
// channels_first; dst has the shape that OutputShape returns. Both are row-major
// and exactly as long as that. They must not overlap. Run allocates nothing once
// it has run, and writes nothing to dst when it returns an error.
func (p *Plan) Run(dst, src []float32, batch, steps int) error {
	if p == nil || p.plan == nil {
		return errNoPlan
	}
	g := &p.plan.Geometry
	out, filters, err := outputSize(g, p.activation.Func, batch, steps)
	if err != nil {
		return err
	}
	if want := batch * steps * g.Channels; len(src) != want {
		return fmt.Errorf("%w: src has %d elements; shape %v needs %d", ErrShape, len(src), order(g, batch, steps, g.Channels), want)
	}
	if want := batch * out * filters; len(dst) != want {
		return fmt.Errorf("%w: dst has %d elements; shape %v needs %d", ErrShape, len(dst), order(g, batch, out, filters), want)
	}
	if overlap.Slices(dst, src) {
		return errOverlap
	}
	p.plan.Run(dst, src, batch, steps)
	return nil
}

var errOverlap = fmt.Errorf("%w: dst and src share memory; give dst memory of its own", ErrOverlap)

var errNoPlan = fmt.Errorf("%w: the Plan is nil or a zero value; Layer.Compile makes one", ErrConfig)

// OutputShape returns what Layer.OutputShape does.
func (p *Plan) OutputShape(batch, steps int) ([3]int, error) {
	if p == nil || p.plan == nil {
		return [3]int{}, errNoPlan
	}
	return outputShape(&p.plan.Geometry, p.activation.Func, batch, steps)
}

// Kernel returns the name of the set of kernels that the plan uses; "" of a nil or
// zero Plan.
func (p *Plan) Kernel() string {
	if p == nil || p.plan == nil {
		return ""
	}
	return p.plan.Set().Name
}
