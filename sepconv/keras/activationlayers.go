package keras

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/internal/engine"
	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/internal/inside"
	kernels "github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/sepconv"
)

// activationLayers are those that are a function, and those that do nothing in
// inference.
var activationLayers = map[string]layerBuilder{
	"Activation":       {buildActivation, true},
	"ReLU":             {buildActivationClass, true},
	"LeakyReLU":        {buildActivationClass, true},
	"ELU":              {buildActivationClass, true},
	"ThresholdedReLU":  {buildActivationClass, true},
	"Softmax":          {buildSoftmax, true},
	"PReLU":            {buildPReLU, true},
	"Dropout":          {buildDropout, true},
	"SpatialDropout1D": {buildDropout, true},
	"GaussianDropout":  {buildDropout, true},
	"AlphaDropout":     {buildDropout, true},
	"GaussianNoise":    {buildDropout, true},

	"Identity":               {buildIdentity, true},
	"ActivityRegularization": {buildIdentity, true},
	"InputLayer":             {buildIdentity, true},
}

func buildIdentity(b *building) ([]tensor, error) { return slices.Clone(b.in[:1]), nil }

// buildDropout is nothing in inference. Keras 3 predicts in inference whatever a call
// says, Keras 2 does not.
func buildDropout(b *building) ([]tensor, error) {
	if b.l.keras2 && b.l.InTraining() {
		return nil, fmt.Errorf("it is called with training=True, and so drops at random in predict of Keras 2, too; call it without")
	}
	return buildIdentity(b)
}

func buildActivation(b *building) ([]tensor, error) {
	a := b.activation("activation")
	if b.err != nil {
		return nil, b.err
	}
	return b.function(a)
}

// function adds a function of the first input; nothing if it is linear.
func (b *building) function(a engine.Activation) ([]tensor, error) {
	if isLinear(a) {
		return buildIdentity(b)
	}
	return b.chain(flow.NewActivation(a))
}

func buildActivationClass(b *building) ([]tensor, error) {
	a, err := sepconv.ActivationOfLayer(b.l.Class, b.l.Config)
	if err != nil {
		return nil, err
	}
	e, err := inside.Activation(simplest(a))
	if err != nil {
		return nil, err
	}
	return b.function(e)
}

// largeNegative is what Keras puts in the place of what a softmax is not to see.
const largeNegative = -1e9

// buildSoftmax is a softmax along one axis or several, of what the mask leaves.
func buildSoftmax(b *building) ([]tensor, error) {
	axes, err := b.axes(-1)
	if err == nil && len(axes) == 0 {
		err = fmt.Errorf("%w: axis is %s; it must name an axis", sepconv.ErrConfig, b.c["axis"])
	}
	if err != nil {
		return nil, err
	}
	x := b.in[0]
	if x.hasMask {
		if len(b.builder.Shape(x.mask)) != len(b.shape(0)) {
			return nil, unsupportedf("its mask has shape %v and its input %v; they must have as many axes", b.builder.Shape(x.mask), b.shape(0))
		}
		if b.in[0].value, err = b.add(flow.NewFill(largeNegative), x.value, x.mask); err != nil {
			return nil, err
		}
	}
	softmax := flow.NewActivation(engine.Activation{Activation: kernels.Activation{Func: kernels.Softmax}})
	out, err := b.alongLast(axes, softmax)
	if err != nil || !x.hasMask || b.l.keras2 {
		return out, err
	}
	out[0].value, err = b.add(flow.NewFill(0), out[0].value, x.mask)
	return out, err
}

func buildPReLU(b *building) ([]tensor, error) {
	shape := []int{}
	for _, n := range b.shape(0)[1:] {
		shape = append(shape, n)
	}
	for _, a := range b.c.numbers("shared_axes") {
		if a < 1 || a > len(shape) {
			return nil, fmt.Errorf("%w: shared_axes is %s, of an input of shape %v", sepconv.ErrConfig, b.c["shared_axes"], b.shape(0))
		}
		shape[a-1] = 1
	}
	arrays, err := b.arrays([]string{"alpha"}, shape)
	if err != nil {
		return nil, err
	}
	return b.chain(flow.NewPReLU(arrays[0], shape))
}
