package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
)

// classifier is the model with the names of its classes.
type classifier struct {
	program *keras.Program
	names   []string
}

// open reads the model as Keras saved it, with the vocabulary in it, and the names of the
// classes in the order of its outputs.
func open(files fs.ReadFileFS, kernel string) (*classifier, error) {
	data, err := files.ReadFile("model/languages.keras")
	if err != nil {
		return nil, err
	}
	model, err := keras.Read(bytes.NewReader(data), int64(len(data))) // of a file on disk, keras.Open
	if err != nil {
		return nil, err
	}
	program, err := model.Compile(sepconv.WithKernel(kernel))
	if err != nil {
		return nil, err
	}
	c := &classifier{program: program}
	if data, err = files.ReadFile("model/languages.json"); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &c.names); err != nil {
		return nil, fmt.Errorf("languages.json: %w", err)
	}
	shape := program.Outputs()[0].Shape
	if n := shape[len(shape)-1]; n != len(c.names) {
		return nil, fmt.Errorf("the model has %d classes; languages.json names %d", n, len(c.names))
	}
	return c, nil
}

// batch is how many sentences are classified at a time.
const batch = 64

// classify returns the probabilities of the classes for each sentence.
func (c *classifier) classify(sentences []string) (rows [][]float32, err error) {
	for len(sentences) > 0 {
		some := sentences[:min(batch, len(sentences))]
		sentences = sentences[len(some):]
		probabilities := make([]float32, len(some)*len(c.names))
		if err := c.program.RunText([][]float32{probabilities}, []keras.Input{{Text: some}}, len(some)); err != nil {
			return nil, err
		}
		for i := range some {
			rows = append(rows, probabilities[i*len(c.names):][:len(c.names)])
		}
	}
	return rows, nil
}

// largest returns the index of the largest number.
func largest(row []float32) (best int) {
	for i, p := range row {
		if p > row[best] {
			best = i
		}
	}
	return best
}
