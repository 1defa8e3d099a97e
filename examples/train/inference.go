package main

import (
	"fmt"

	"github.com/sepconv/go/internal/nn"
	"github.com/sepconv/go/sepconv"
)

// plans returns the trained layers, compiled.
func (n *network) plans() ([]*sepconv.Plan, error) {
	layers, err := n.trained()
	if err != nil {
		return nil, err
	}
	plans := make([]*sepconv.Plan, len(layers))
	for i, layer := range layers {
		options := []sepconv.CompileOption{sepconv.WithKernel(n.blocks[i].conv.Kernel()), sepconv.WithThreads(n.threads)}
		if plans[i], err = layer.Compile(options...); err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
	}
	return plans, nil
}

// run returns the scores of a window.
func run(plans []*sepconv.Plan, x []float32) ([]float32, error) {
	steps := len(x)
	for i, plan := range plans {
		shape, err := plan.OutputShape(1, steps)
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		y := make([]float32, shape[1]*shape[2])
		if err := plan.Run(y, x, 1, steps); err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		x, steps = y, shape[1]
	}
	scores := make([]float32, len(words))
	nn.GlobalAverage(scores, x, 1, steps, len(words), make([]float64, len(words)))
	return scores, nil
}
