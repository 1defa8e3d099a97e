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
// All gradients are the same bits on every CPU, with any number of threads, and whether
// intermediate results are kept or computed again: the order of their sums is that of
// package internal/kernel. Sums over a batch are of blocks of 256 steps of all its
// signals, one after the other, so that a batch in two parts gives other bits than at
// once. Nothing is allocated once the largest batch has been there, but by a thread that
// takes part for the first time, or where there are more threads than there were: see
// Memory.
//
// The derivatives of activations are those of TensorFlow, also at corners: that of ReLU is
// 0 at 0, that of CELU 2, since TensorFlow adds two slopes there. They are within 5 ulp of
// the true ones, those of SiLU, GELU, GELUTanh, Mish and HardSiLU within 5 * 2^-24, and
// that of CELUWith errs by x/alpha * 2^-24 more. NaN and infinities are not hidden: where
// a derivative is 0 or a weight is, they give NaN.
//
// channels_first is computed as channels_last is: what goes in and out is transposed on
// its way, which takes some time.
//
// The weights are read in each Forward, which packs them for this CPU, and Backward uses
// them as Forward read them: they may change at any time but during Forward.
//
// A layer that is Frozen has no variables and no gradients, and its Backward gives dsrc
// alone, as in Keras. Methods must not run at the same time as others of the same
// Trainer, nor be called by an activation or a regularizer that it calls: a Forward or
// Backward within another is an error that wraps ErrOrder. Those of the zero value, of a
// nil Trainer and of a copy return errors that wrap ErrConfig.
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

// Train prepares the layer for training. Its activation must be one of this package or
// Differentiable, and its regularizers must have a derivative: what has none is an error
// that wraps ErrConfig. So is a depth multiplier times min(strides, kernel size)
// of more than 2^18. Options are those of Compile, WithRecompute and
// WithUndividedActivity.
func (l *Layer) Train(options ...CompileOption) (*Trainer, error) {
	if err := l.made(); err != nil {
		return nil, err
	}
	c, target, err := compile(options)
	if err != nil {
		return nil, err
	}
	if a := l.activation; a.Custom != nil && a.CustomPullback == nil {
		return nil, fmt.Errorf("%w: activation %.80q has no derivative, and cannot be trained; see WithPullback", ErrConfig, l.config.Activation.Name())
	}
	if g := &l.geometry; g.Residues() > mostKernels/g.Multiplier {
		return nil, fmt.Errorf("%w: strides %d and depth multiplier %d divide a kernel of size %d into more than %d kernels, which is too many to be trained",
			ErrConfig, g.Stride, g.Multiplier, g.Kernel, mostKernels)
	}
	t := &Trainer{layer: l.Clone(), weights: l.Weights()}
	t.self = t
	t.activity.of = regularizers.Activity{Regularizer: l.config.ActivityRegularizer, Undivided: c.Undivided}
	if !l.config.Frozen {
		t.addVariables()
	}
	if err := t.tryPenalties(); err != nil {
		return nil, err
	}
	o := engine.TrainingOptions{Recompute: c.Recompute, Frozen: l.config.Frozen}
	t.training = engine.NewTraining(l.geometry, l.activation, o, target)
	return t, nil
}

// mostKernels bounds the parts of a kernel that the gradient of the input is made with,
// each of which takes some hundred bytes beside its taps.
const mostKernels = 1 << 18

// addVariables lists the layer's arrays, and makes their gradients.
func (t *Trainer) addVariables() {
	prefix := ""
	if name := t.layer.config.Name; name != "" {
		prefix = name + "/"
	}
	gradients := t.layer.parts(&t.gradients)
	for i, p := range t.layer.parts(&t.weights) {
		*gradients[i].values = make([]float32, len(*p.values))
		v := Variable{prefix + variableNames[i], p.shape, *p.values, *gradients[i].values}
		t.variables = append(t.variables, trained{v, p.name, p.regularizer, p.constraint})
		t.public = append(t.public, v)
	}
}

// variableNames are Keras' names of a layer's arrays.
var variableNames = [...]string{"depthwise_kernel", "pointwise_kernel", "bias"}

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

// Project applies the constraints to the weights, as Keras does after each step. A
// constraint that returns an error leaves its weight as it was; those before it have
// been applied. Those of this package return none.
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

// Memory returns the bytes that the trainer has taken up to now, beside its weights and
// gradients. For n steps of output, of all signals of the largest batch, for Q =
// channels * depth multiplier columns and F filters these are
//
//   - the weights, packed: about 2*k*Q + 2*Q*F floats;
//   - what Forward keeps: n*Q floats, and n*F unless the activation is Linear; with
//     WithRecompute instead of both 2*Q and F floats for some 1280 steps, or for a whole
//     signal if that is longer. With ReLU on amd64, if F is a multiple of 16 and channels
//     are the last axis, it is a sixteenth of the n*F, but Backward needs all of them
//     unless it goes through the batch once, block by block;
//   - it does so if the strides and the depth multiplier are 1, channels are the last axis,
//     more than a handful and enough for all threads, and the activation is one of single
//     elements or there is one thread. Then n*Q floats are not kept, but computed again, if
//     the step's arrays are far beyond the caches and k is less than 24;
//   - in channels_first beside that the input once more, n*F floats, and n*F again
//     unless the activation is Linear;
//   - the output once more, if there is an activity regularizer;
//   - n*Q floats more, if channels are at most a handful and dsrc is wanted;
//   - about 750 KB for each thread; and block by block its share of Q for 256 steps and for
//     the (k-1)*dilation before them, up to 256 floats if n*Q are not kept, F for 256 steps,
//     and k*Q.
//
// src belongs to the caller, and is not copied.
func (t *Trainer) Memory() int {
	if t.ready() != nil {
		return 0
	}
	return t.training.Memory() + 4*cap(t.activity.gradient)
}
