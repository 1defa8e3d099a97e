package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
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

// loadNetwork reads model/keywords.keras as Keras saved it, or the user's model if there
// is one, and the words in the order of the last layer's filters.
func loadNetwork(files readFS, kernel, model string) (*network, error) {
	words, err := files.ReadFile("model/words.txt")
	if err != nil {
		return nil, err
	}
	opened, err := openModel(files, model)
	if err != nil {
		return nil, err
	}
	layers, err := opened.SeparableConv1Ds()
	if err != nil {
		return nil, err
	}
	n := &network{words: strings.Fields(string(words))}
	channels := 1
	for i, layer := range layers {
		if layer.Channels() != channels {
			return nil, fmt.Errorf("layer %d takes %d channels; the one before it gives %d", i, layer.Channels(), channels)
		}
		plan, err := layer.Compile(sepconv.WithKernel(kernel))
		if err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
		n.layers = append(n.layers, plan)
		channels = layer.Config().Filters
	}
	if channels != len(n.words) {
		return nil, fmt.Errorf("the last layer has %d filters for %d words", channels, len(n.words))
	}
	return n, nil
}

// openModel opens the user's model, or without one the shipped.
func openModel(files readFS, name string) (*keras.Model, error) {
	if name != "" {
		return keras.Open(name)
	}
	data, err := files.ReadFile("model/keywords.keras")
	if err != nil {
		return nil, err
	}
	return keras.Read(bytes.NewReader(data), int64(len(data)))
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
	m := newMeans(len(n.words))
	m.add(x)
	return m.scores(), nil
}

// means are those of the last layer's filters over time.
type means struct {
	sums []float64
	n    int // numbers that were added
}

func newMeans(words int) *means { return &means{sums: make([]float64, words)} }

// add adds steps of the last layer's output, the ones after those before.
func (m *means) add(x []float32) {
	for i, y := range x {
		m.sums[i%len(m.sums)] += float64(y)
	}
	m.n += len(x)
}

func (m *means) scores() []float32 {
	scores := make([]float32, len(m.sums))
	for i, sum := range m.sums {
		scores[i] = float32(sum / float64(m.n/len(m.sums)))
	}
	return scores
}
