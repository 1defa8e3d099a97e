package main

import (
	"encoding/json"
	"fmt"

	"github.com/sepconv/go/sepconv"
)

// readFS is where files are read from: the shipped ones or the user's.
type readFS interface {
	ReadFile(name string) ([]byte, error)
}

// network is a sequence of layers whose last one has a filter for each word.
type network struct {
	layers []*sepconv.Plan
	words  []string
}

// loadNetwork reads model/keywords.json, which holds the configurations as Keras
// writes them, and the weights in model/keywords.npz.
func loadNetwork(files readFS, kernel string) (*network, error) {
	data, err := files.ReadFile("model/keywords.json")
	if err != nil {
		return nil, err
	}
	var model struct {
		Words  []string         `json:"words"`
		Layers []sepconv.Config `json:"layers"`
	}
	if err := json.Unmarshal(data, &model); err != nil {
		return nil, fmt.Errorf("model/keywords.json: %w", err)
	}
	weights, err := files.ReadFile("model/keywords.npz")
	if err != nil {
		return nil, err
	}
	arrays, err := readNPZ(weights)
	if err != nil {
		return nil, fmt.Errorf("model/keywords.npz: %w", err)
	}
	n := &network{words: model.Words}
	channels := 1
	for i, c := range model.Layers {
		plan, err := compile(c, channels, i, arrays, kernel)
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		n.layers = append(n.layers, plan)
		channels = c.Filters
	}
	if channels != len(n.words) {
		return nil, fmt.Errorf("model/keywords.json: the last layer has %d filters for %d words", channels, len(n.words))
	}
	return n, nil
}

func compile(c sepconv.Config, channels, i int, arrays map[string][]float32, kernel string) (*sepconv.Plan, error) {
	layer, err := sepconv.New(c, channels)
	if err != nil {
		return nil, err
	}
	err = layer.SetWeights(sepconv.Weights{
		Depthwise: arrays[fmt.Sprintf("%d/depthwise", i)],
		Pointwise: arrays[fmt.Sprintf("%d/pointwise", i)],
		Bias:      arrays[fmt.Sprintf("%d/bias", i)],
	})
	if err != nil {
		return nil, err
	}
	return layer.Compile(sepconv.WithKernel(kernel))
}

// run returns the mean over time of what the last layer makes of the samples: a
// score for each word.
func (n *network) run(samples []float32) ([]float32, error) {
	x, steps := samples, len(samples)
	for i, layer := range n.layers {
		shape, err := layer.OutputShape(1, steps)
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		y := make([]float32, shape[1]*shape[2])
		if err := layer.Run(y, x, 1, steps); err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		x, steps = y, shape[1]
	}
	sums := make([]float64, len(n.words))
	for i, y := range x {
		sums[i%len(sums)] += float64(y)
	}
	scores := make([]float32, len(sums))
	for i, sum := range sums {
		scores[i] = float32(sum / float64(steps))
	}
	return scores, nil
}
