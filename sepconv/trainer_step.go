package sepconv

import (
	"fmt"
	"math"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/overlap"
)

// Forward computes what Plan.Run does, with the weights as they are now, and keeps what
// Backward needs. src is kept itself, not copied: it must not change until Backward has run.
// dst may change. A Forward without a Backward is forgotten at the next Forward.
//
// src has shape (batch, steps, channels), or (batch, channels, steps) in channels_first; dst
// has the shape that OutputShape returns. They must not overlap, nor share memory with the
// trainer's weights or gradients. On an error nothing is written, and the Forward before is
// still there for Backward; but after an error of a user's activity regularizer, which is
// called last, dst is written and there is nothing for Backward.
func (t *Trainer) Forward(dst, src []float32, batch, steps int) error {
	shape, err := t.OutputShape(batch, steps)
	if err != nil {
		return err
	}
	l := t.layer
	if err := checkLength("src", src, order(&l.geometry, batch, steps, l.geometry.Channels)); err != nil {
		return err
	}
	if err := checkLength("dst", dst, shape); err != nil {
		return err
	}
	if err := t.checkKept(batch, steps); err != nil {
		return err
	}
	if overlap.Slices(dst, src) {
		return errOverlap
	}
	if err := t.checkOwn("dst", dst); err != nil {
		return err
	}
	if err := t.checkOwn("src", src); err != nil {
		return err
	}
	if err := t.begin(); err != nil {
		return err
	}
	defer t.end()
	t.pending = false
	t.training.Forward(dst, src, engine.Weights(t.weights), batch, steps)
	if err := t.activity.forward(dst, shape); err != nil {
		return err
	}
	t.pending, t.batch, t.steps, t.src = true, batch, steps, src
	return nil
}

// Backward takes ddst, the derivative of the loss by dst of the last Forward, back
// through the layer: it adds the derivatives by the weights to the gradients, and writes the
// derivative by src to dsrc. If dsrc is nil, that is not computed. The penalty of the
// activity regularizer is part of the loss; ddst is without it, and stays as it is.
//
// ddst is as long as dst was, and dsrc as src. Inputs that no output depends on have a
// derivative of 0. As the padding does in Forward, outputs before the first and after the last
// count as 0: an infinite or NaN weight of the depthwise kernel makes NaN of the inputs that it
// would take to them.
//
// A batch of 0, or of 0 steps, adds nothing. dsrc must not share memory with ddst, src, or the
// trainer's weights and gradients, nor ddst with the latter. On an error nothing is written,
// and Backward can be called again. After it has run, it needs another Forward first
// (ErrOrder).
func (t *Trainer) Backward(dsrc, ddst []float32) error {
	if err := t.ready(); err != nil {
		return err
	}
	if err := t.begin(); err != nil {
		return err
	}
	defer t.end()
	if !t.pending {
		return fmt.Errorf("%w: Backward needs a Forward before it, and each one of its own", ErrOrder)
	}
	if err := t.checkBackward(dsrc, ddst); err != nil {
		return err
	}
	t.pending, t.src = false, nil
	t.training.Backward(dsrc, t.activity.backward(ddst), engine.Weights(t.gradients))
	return nil
}

// begin reports a Forward or Backward that is still running: both use the same buffers.
func (t *Trainer) begin() error {
	if !t.running.CompareAndSwap(false, true) {
		return fmt.Errorf("%w: the Trainer's Forward or Backward is still running; one must end before the next", ErrOrder)
	}
	return nil
}

func (t *Trainer) end() { t.running.Store(false) }

func (t *Trainer) checkBackward(dsrc, ddst []float32) error {
	g := &t.layer.geometry
	shape, err := t.OutputShape(t.batch, t.steps)
	if err != nil {
		return err
	}
	if err := checkLength("ddst", ddst, shape); err != nil {
		return err
	}
	if err := t.checkOwn("ddst", ddst); err != nil || dsrc == nil {
		return err
	}
	if err := checkLength("dsrc", dsrc, order(g, t.batch, t.steps, g.Channels)); err != nil {
		return err
	}
	if overlap.Slices(dsrc, ddst) {
		return fmt.Errorf("%w: dsrc and ddst share memory; give dsrc memory of its own", ErrOverlap)
	}
	if overlap.Slices(dsrc, t.src) {
		return fmt.Errorf("%w: dsrc and the src of Forward share memory; give dsrc memory of its own", ErrOverlap)
	}
	return t.checkOwn("dsrc", dsrc)
}

// OutputShape returns what Layer.OutputShape does.
func (t *Trainer) OutputShape(batch, steps int) ([3]int, error) {
	if err := t.ready(); err != nil {
		return [3]int{}, err
	}
	return t.layer.OutputShape(batch, steps)
}

// checkOwn reports a slice that shares memory with the trainer's.
func (t *Trainer) checkOwn(name string, s []float32) error {
	for _, own := range [...][]float32{
		t.weights.Depthwise, t.weights.Pointwise, t.weights.Bias,
		t.gradients.Depthwise, t.gradients.Pointwise, t.gradients.Bias,
	} {
		if overlap.Slices(s, own) {
			return fmt.Errorf("%w: %s shares memory with the trainer's weights or gradients", ErrOverlap, name)
		}
	}
	return nil
}

// mostKept is more floats than any memory holds, but few enough for make not to panic.
const mostKept = min(1<<40, math.MaxInt/16)

// checkKept reports a batch whose intermediate results nothing could hold.
func (t *Trainer) checkKept(batch, steps int) error {
	if n, ok := t.training.Kept(batch, steps); !ok || n > mostKept {
		return fmt.Errorf("%w: training with a batch of %d inputs of %d steps would keep more than memory can hold", ErrShape, batch, steps)
	}
	return nil
}

func checkLength(name string, s []float32, shape [3]int) error {
	if want := shape[0] * shape[1] * shape[2]; len(s) != want {
		return fmt.Errorf("%w: %s has %d elements; shape %v needs %d", ErrShape, name, len(s), shape, want)
	}
	return nil
}
