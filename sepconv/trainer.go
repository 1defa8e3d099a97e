package sepconv

import (
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/regularizers"
)

// Trainer is a layer in training, made by Layer.Train: it has weights of its own, which
// begin as the layer's, and their gradients. A step of training is
//
//	trainer.ZeroGradients()
//	err = trainer.Forward(dst, src, batch, steps)  // computes what Plan.Run does
//	...                                            // the loss, and ddst, its derivative by dst
//	err = trainer.Backward(dsrc, ddst)             // adds to the gradients; dsrc is for the layer before
//	penalty, err := trainer.AddPenalty()           // the regularizers of the weights
//	err = optimizer.Step(trainer)                  // changes the weights in place: see Variables
//	err = trainer.Project()                        // the constraints
//
// and layer.SetWeights(trainer.Weights()) hands the result back.
//
// All gradients have the same bits on every CPU, with any number of threads, and whether
// intermediate results are kept or computed again. Package internal/kernel states the order
// of their sums. Sums over a batch go by blocks of 256 steps, through all signals one after
// the other. So a batch that is split into two gives other bits than the whole.
//
// After the largest batch nothing more is allocated, except scratch when a thread helps for
// the first time: see Memory.
//
// The derivatives of activations are those of TensorFlow, also at corners: that of ReLU is
// 0 at 0, that of CELU 2, since TensorFlow adds two slopes there. They are within 5 ulp of
// the true ones, those of SiLU, GELU, GELUTanh, Mish and HardSiLU within 5 * 2^-24; that
// of CELUWith errs by up to x/alpha * 2^-24 more. NaN and infinities are not hidden: times
// a derivative or a weight of 0 they give NaN.
//
// channels_first is computed as channels_last: inputs and outputs are transposed, which
// takes some time.
//
// Each Forward reads the weights and packs them for this CPU; Backward uses what Forward
// packed. So weights may change at any time except during Forward.
//
// A layer that is Frozen has no variables and no gradients; its Backward computes dsrc
// alone, as in Keras. A Trainer is for one goroutine at a time, and an activation or
// regularizer that it calls must not call it: a Forward or Backward within another is an
// error that wraps ErrOrder. Methods of the zero value, of a nil Trainer and of a copy
// return errors that wrap ErrConfig.
type Trainer struct {
	self     *Trainer // tells a copy
	running  atomic.Bool
	layer    *Layer
	training *engine.Training

	weights, gradients Weights
	variables          []trained
	public             []Variable
	activity           activity

	pending      bool // Forward has run, and Backward has not
	batch, steps int
	src          []float32
}

// trained is one of the arrays that training changes.
type trained struct {
	Variable
	what        string
	regularizer regularizers.Regularizer
	constraint  constraints.Constraint
}

// ready reports a Trainer that Train did not make.
func (t *Trainer) ready() error {
	switch {
	case t == nil || t.training == nil:
		return fmt.Errorf("%w: the Trainer is nil or a zero value; Layer.Train makes one", ErrConfig)
	case t.self != t:
		return fmt.Errorf("%w: the Trainer is a copy of another, with which it would share what Forward keeps; Layer.Train makes a new one", ErrConfig)
	}
	return nil
}

// Variables returns the layer's arrays with their gradients, in Keras' order; of a
// Frozen layer none. Their slices are the trainer's own: what is written to a Value is
// used from the next Forward on.
func (t *Trainer) Variables() []Variable {
	if t == nil {
		return nil
	}
	return t.public
}

// Gradients returns the gradients, in the shapes of the weights. They are the trainer's
// own slices, to which Backward adds; of a Frozen layer nil.
func (t *Trainer) Gradients() Weights {
	if t == nil {
		return Weights{}
	}
	return t.gradients
}

// ZeroGradients sets the gradients to 0.
func (t *Trainer) ZeroGradients() {
	if t == nil {
		return
	}
	for i := range t.variables {
		clear(t.variables[i].Gradient)
	}
}

// Weights returns a copy of the weights as they are now.
func (t *Trainer) Weights() Weights {
	if t == nil {
		return Weights{}
	}
	return Weights{slices.Clone(t.weights.Depthwise), slices.Clone(t.weights.Pointwise), slices.Clone(t.weights.Bias)}
}

// SetWeights copies w into the trainer's weights. On an error they stay as they were.
func (t *Trainer) SetWeights(w Weights) error {
	if err := t.ready(); err != nil {
		return err
	}
	if err := t.layer.checkWeights(&w); err != nil {
		return err
	}
	given := t.layer.parts(&w)
	for i, p := range t.layer.parts(&t.weights) {
		copy(*p.values, *given[i].values)
	}
	return nil
}

// Project applies the constraints to the weights, as Keras does after each step. The
// constraints of package constraints return no errors here. If a user's own does, its weight
// stays as it was; the constraints before it have been applied.
func (t *Trainer) Project() error {
	if err := t.ready(); err != nil {
		return err
	}
	for i := range t.variables {
		v := &t.variables[i]
		if v.constraint == nil {
			continue
		}
		if err := v.constraint.Project(v.Value, v.Shape); err != nil {
			return fmt.Errorf("%s constraint: %w", v.what, err)
		}
	}
	return nil
}

// Kernel returns the name of the set of kernels that the trainer uses; "" of a nil or
// zero Trainer.
func (t *Trainer) Kernel() string {
	if t.ready() != nil {
		return ""
	}
	return t.training.Set().Name
}

// Memory returns how many bytes the trainer has allocated up to now, beside its weights and
// gradients. With n steps of output in the largest batch, all its signals together, and
// Q = channels * depth multiplier columns and F filters, these are
//
//   - the packed weights, about 2*k*Q + 2*Q*F floats;
//   - what Forward keeps for Backward: n*Q floats of depthwise results, Q rounded up to a
//     multiple of 16 by avx512 and avx2 and of 4 by neon and generic, and, unless the
//     activation is Linear, n*F of what goes into it;
//   - in channels_first, beside that, a copy of the input, n*F floats, and n*F again unless
//     the activation is Linear;
//   - a copy of the output, if there is an activity regularizer;
//   - n*Q floats, if the layer has a handful of channels at most and dsrc is wanted;
//   - about 750 KB for each thread.
//
// With WithRecompute, Forward keeps nothing. Instead of n*Q and n*F floats there are 2*Q and
// F for some 1280 steps, or for one whole signal if that is longer.
//
// Without it, Backward may go through the batch once, block by block: if strides and depth
// multiplier are 1, the format is channels_last, channels are more than a handful and enough
// for all threads, and the activation works on single elements, or there is one thread. Each
// thread then has its share of Q for 256 steps and the (k-1)*dilation before them, F for 256
// steps, and k*Q. With ReLU on amd64, if F is a multiple of 16, Forward then keeps signs,
// n*F/16 floats, instead of n*F. And if the arrays of a step are far larger than the caches
// and k is less than 24, the n*Q floats are not kept but computed again, up to 256 of Q at a
// time.
//
// src belongs to the caller, and is not copied.
func (t *Trainer) Memory() int {
	if t.ready() != nil {
		return 0
	}
	return t.training.Memory() + 4*cap(t.activity.gradient)
}
