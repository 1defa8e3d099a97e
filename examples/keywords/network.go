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

// network is a model that gives a score for each word.
type network struct {
	program *keras.Program
	layers  int
	words   []string
}

// loadNetwork reads model/keywords.keras as Keras saved it, and the words in the
// order of the scores.
func loadNetwork(files readFS, kernel string) (*network, error) {
	words, err := files.ReadFile("model/words.txt")
	if err != nil {
		return nil, err
	}
	data, err := files.ReadFile("model/keywords.keras")
	if err != nil {
		return nil, err
	}
	model, err := keras.Read(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	program, err := model.Compile(sepconv.WithKernel(kernel))
	if err != nil {
		return nil, err
	}
	n := &network{program, len(model.Layers), strings.Fields(string(words))}
	if scores := program.Outputs()[0].Shape[1]; scores != len(n.words) {
		return nil, fmt.Errorf("the network gives %d scores for %d words", scores, len(n.words))
	}
	return n, nil
}

// run returns what the network makes of the samples: a score for each word.
func (n *network) run(samples []float32) ([]float32, error) {
	scores := make([]float32, len(n.words))
	return scores, n.program.Run([][]float32{scores}, [][]float32{samples}, 1)
}
