package main

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/internal/nn"
	"github.com/sepconv/go/sepconv"
)

// block is a layer in training: its convolution alone, and what comes after it.
type block struct {
	layer *sepconv.Layer // as it will be saved, with other weights
	conv  *sepconv.Trainer
	norm  *nn.BatchNormalization // nil of the last layer

	filters, steps int       // of the output for a window
	u, y           []float32 // what the convolution gives, and the block
	dy             []float32 // the derivative by y, then by u
}

// newBlock returns layer i, with starting values from a seed.
func newBlock(i int, c sepconv.Config, channels int, seed uint64, kernel string, threads int) (*block, error) {
	c.Name = fmt.Sprintf("layer_%d", i)
	layer, err := sepconv.New(c, channels)
	if err != nil {
		return nil, err
	}
	if err := layer.Initialize(seed); err != nil {
		return nil, err
	}
	if i == 0 {
		if err := layer.SetWeights(filterBank()); err != nil {
			return nil, err
		}
	}
	b := &block{layer: layer, filters: c.Filters}
	if c.Activation != nil {
		b.norm = nn.NewBatchNormalization(c.Filters, threads)
		b.norm.Momentum = momentum
	}
	conv, err := b.convolution(layer.Weights())
	if err != nil {
		return nil, err
	}
	b.conv, err = conv.Train(sepconv.WithKernel(kernel), sepconv.WithThreads(threads))
	return b, err
}

// momentum forgets sooner than Keras' 0.99, since a run has a thousand steps.
const momentum = 0.95

// convolution returns the layer as it is trained. Before a batch normalization that is
// without the activation, and without a bias, which the normalization would take out.
func (b *block) convolution(w sepconv.Weights) (*sepconv.Layer, error) {
	c := b.layer.Config()
	if b.norm != nil {
		c.Activation, c.NoBias, w.Bias = sepconv.Linear, true, nil
	}
	return sepconv.NewFromWeights(c, b.layer.Channels(), w)
}

// variables returns what training changes of the block.
func (b *block) variables() []sepconv.Variable {
	v := b.conv.Variables()
	if b.norm == nil {
		return v
	}
	name := b.layer.Config().Name + "_norm"
	return append(slices.Clone(v),
		sepconv.Variable{Name: name + "/gamma", Value: b.norm.Gamma, Gradient: b.norm.DGamma},
		sepconv.Variable{Name: name + "/beta", Value: b.norm.Beta, Gradient: b.norm.DBeta})
}

// forward makes y of the output of the block before.
func (b *block) forward(src []float32, batch, steps int) error {
	b.y = resize(b.y, batch*b.steps*b.filters)
	if b.norm == nil {
		return b.conv.Forward(b.y, src, batch, steps)
	}
	b.u = resize(b.u, len(b.y))
	if err := b.conv.Forward(b.u, src, batch, steps); err != nil {
		return err
	}
	b.norm.Forward(b.y, b.u)
	nn.Rectify(b.y)
	return nil
}

// backward takes dy back through the block: to dsrc, unless that is nil.
func (b *block) backward(dsrc []float32) error {
	if b.norm != nil {
		nn.RectifyBack(b.dy, b.y)
		b.norm.Backward(b.dy, b.dy)
	}
	return b.conv.Backward(dsrc, b.dy)
}

// trained returns the layer as it is after training, with the batch normalization in its
// weights.
func (b *block) trained() (*sepconv.Layer, error) {
	conv, err := b.convolution(b.conv.Weights())
	if err != nil || b.norm == nil {
		return conv, err
	}
	folded, err := conv.FoldBatchNorm(sepconv.BatchNorm{
		Gamma: b.norm.Gamma, Beta: b.norm.Beta, Epsilon: b.norm.Epsilon,
		Mean: b.norm.MovingMean, Variance: b.norm.MovingVariance,
	})
	if err != nil {
		return nil, err
	}
	return folded.WithActivation(b.layer.Config().Activation)
}

// resize returns a slice of n elements, in the memory of s if that is enough.
func resize(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}
