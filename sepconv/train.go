package sepconv

import (
	"fmt"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/sepconv/regularizers"
)

// Train prepares the layer for training. It is an error that wraps ErrConfig if the
// activation is neither of this package nor Differentiable, if a regularizer has no
// derivative, or if depth multiplier * min(strides, kernel size) exceeds 2^18. Options are
// those of Compile, WithRecompute and WithUndividedActivity.
func (l *Layer) Train(options ...CompileOption) (*Trainer, error) {
	if err := l.made(); err != nil {
		return nil, err
	}
	c, target, err := resolve(options)
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
