package main

import (
	"fmt"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/internal/nn"
	"github.com/sepconv/go/sepconv"
)

// network is the architecture in training. Behind each convolution but the last, and
// before its activation, stands a batch normalization, which makes it learn faster. After
// training that is a factor and a summand for each filter, which go into the
// convolution's weights: the network that is saved has none.
type network struct {
	blocks    []*block
	variables sepconv.Variables // of all
	threads   int
	room      []float64 // of the pooling
}

// newNetwork returns the network with starting values from a seed.
func newNetwork(seed uint64, kernel string, threads int) (*network, error) {
	n := &network{threads: threads, room: make([]float64, len(words))}
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
		b.steps = shape[1]
		channels, steps = b.filters, b.steps
		n.blocks = append(n.blocks, b)
		n.variables = append(n.variables, b.variables()...)
	}
	return n, nil
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
	for i, b := range n.blocks {
		if err := b.forward(src, batch, steps); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
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
	for i := len(n.blocks) - 1; i >= 0; i-- {
		var dsrc []float32 // of the first none is wanted
		if i > 0 {
			before := n.blocks[i-1]
			before.dy = resize(before.dy, len(before.y))
			dsrc = before.dy
		}
		if err := n.blocks[i].backward(dsrc); err != nil {
			return fmt.Errorf("layer %d: %w", i, err)
		}
	}
	return nil
}

// trained returns the layers as they are after training.
func (n *network) trained() ([]*sepconv.Layer, error) {
	layers := make([]*sepconv.Layer, len(n.blocks))
	for i, b := range n.blocks {
		var err error
		if layers[i], err = b.trained(); err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
	}
	return layers, nil
}
