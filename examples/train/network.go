package main

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/internal/nn"
	"github.com/sepconv/go/sepconv"
)

// network is the architecture in training. Behind each convolution but the last, and
// before its activation, stands a batch normalization, with which it learns in a tenth of
// the steps. After training it is a factor and a summand for each filter, which go into
// the convolution's weights: the network that is saved has none.
type network struct {
	blocks []*block
	room   []float64 // of the pooling

	variables sepconv.Variables
	threads   int
}

// block is a layer in training.
type block struct {
	layer *sepconv.Layer   // with its activation, as it will be saved
	conv  *sepconv.Trainer // without
	norm  *nn.BatchNormalization

	filters, steps int       // of the output
	u, y           []float32 // what the convolution gives, and the block
	dy             []float32 // the derivative by y, then by u
}

// newNetwork returns the network with starting values from a seed.
func newNetwork(seed uint64, kernel string, threads int) (*network, error) {
	n := &network{room: make([]float64, len(words)), threads: threads}
	channels, steps := 1, sound.Window
	for i, config := range architecture() {
		b, err := newBlock(i, config, channels, seed+uint64(i)<<32, kernel, threads)
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		shape, err := b.layer.OutputShape(1, steps)
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		b.steps, b.filters = shape[1], shape[2]
		channels, steps = b.filters, b.steps
		n.blocks = append(n.blocks, b)
		n.variables = append(n.variables, b.variables()...)
	}
	return n, nil
}

// newBlock returns the layer of a number.
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
	b := &block{layer: layer}
	linear := layer
	if c.Activation != nil {
		if linear, err = withoutActivation(layer); err != nil {
			return nil, err
		}
		b.norm = nn.NewBatchNormalization(c.Filters, threads)
		b.norm.Momentum = momentum
	}
	b.conv, err = linear.Train(sepconv.WithKernel(kernel), sepconv.WithThreads(threads))
	return b, err
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

// momentum is less than Keras' 0.99, whose memory of hundreds of steps is longer than
// the run's end, when weights hardly change.
const momentum = 0.95

// withoutActivation returns what stands before the batch normalization: without the
// activation, and without a bias, which the normalization would take out again.
func withoutActivation(layer *sepconv.Layer) (*sepconv.Layer, error) {
	c, w := layer.Config(), layer.Weights()
	c.Activation, c.NoBias, w.Bias = sepconv.Linear, true, nil
	return sepconv.NewFromWeights(c, layer.Channels(), w)
}

// Variables returns what training changes.
func (n *network) Variables() []sepconv.Variable { return n.variables }

// weights returns how many numbers training changes.
func (n *network) weights() int {
	sum := 0
	for _, v := range n.variables {
		sum += len(v.Value)
	}
	return sum
}

// zeroGradients sets all gradients to 0.
func (n *network) zeroGradients() {
	for _, v := range n.variables {
		clear(v.Gradient)
	}
}

// forward computes the scores of a batch of windows, as the network that learns from
// them. src must stay as it is until backward has run.
func (n *network) forward(scores, src []float32, batch int) error {
	steps := sound.Window
	for _, b := range n.blocks {
		if err := b.forward(src, batch, steps); err != nil {
			return err
		}
		src, steps = b.y, b.steps
	}
	nn.GlobalAverage(scores, src, batch, steps, len(words), n.room)
	return nil
}

// backward adds to the gradients, given the derivative of the loss by the scores of the
// last forward.
func (n *network) backward(dscores []float32, batch int) error {
	last := n.blocks[len(n.blocks)-1]
	last.dy = resize(last.dy, len(last.y))
	nn.GlobalAverageBack(last.dy, dscores, batch, last.steps, len(words))
	for i := len(n.blocks) - 1; i > 0; i-- {
		before := n.blocks[i-1]
		before.dy = resize(before.dy, len(before.y))
		if err := n.blocks[i].backward(before.dy); err != nil {
			return err
		}
	}
	return n.blocks[0].backward(nil)
}

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

// trained returns the layers as they are after training, with the batch normalizations in
// their weights.
func (n *network) trained() ([]*sepconv.Layer, error) {
	layers := make([]*sepconv.Layer, len(n.blocks))
	for i, b := range n.blocks {
		layer, err := b.trained()
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		layers[i] = layer
	}
	return layers, nil
}

func (b *block) trained() (*sepconv.Layer, error) {
	if b.norm == nil {
		return sepconv.NewFromWeights(b.layer.Config(), b.layer.Channels(), b.conv.Weights())
	}
	c := b.layer.Config()
	c.Activation, c.NoBias = sepconv.Linear, true
	linear, err := sepconv.NewFromWeights(c, b.layer.Channels(), b.conv.Weights())
	if err != nil {
		return nil, err
	}
	folded, err := linear.FoldBatchNorm(sepconv.BatchNorm{
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
