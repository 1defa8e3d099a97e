// Package models holds the whole networks that bench -models and -stream run: Keras' configuration
// of each as make.py has made it, with weights that are drawn here, the same in every
// run and on every machine.
package models

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/sepconv/go/sepconv/keras"
)

//go:embed *.json
var files embed.FS

// IDs are the models, in the order of tables.
var IDs = []string{"sepcnn", "eeg-xception", "matchboxnet", "resnet", "sepcnn-gru", "quartznet"}

// Streamed is the model that bench -stream pushes to: one that gives its scores at each step,
// on as many steps as one score depends on.
const Streamed = "matchboxnet-steps"

// A Model is a network of one input and one output, for one signal at a time.
type Model struct {
	ID           string
	From         string
	Input        []int // the shapes of a signal and of what the model makes of it
	Output       []int
	Indices      int                // the input is whole numbers below it; 0: it is not
	MultiplyAdds map[string]float64 `json:"multiply_adds"` // of a run, by kind of layer
	Config       json.RawMessage    `json:"model"`         // as to_json of Keras gives it
	Weights      []Weight
}

// A Weight is an array of a layer. Those of a layer stand one after the other, in Keras'
// order.
type Weight struct {
	Layer, Name string
	Shape       []int
	Values      []float32 `json:"-"`
}

// Read reads a model and draws its weights.
func Read(id string) (*Model, error) {
	data, err := files.ReadFile(id + ".json")
	if err != nil {
		return nil, fmt.Errorf("no model is called %q", id)
	}
	m := new(Model)
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("%s.json: %w", id, err)
	}
	random := rand.New(rand.NewPCG(1, uint64(len(id))))
	for i := range m.Weights {
		m.Weights[i].draw(random)
	}
	return m, nil
}

// draw draws values such that signals neither fade nor grow from layer to layer.
func (w *Weight) draw(random *rand.Rand) {
	mean, deviation := 0.0, 0.1 // of biases and of the shifts of a normalization
	fanIn := elements(w.Shape[:len(w.Shape)-1])
	switch w.Name {
	case "kernel", "pointwise_kernel":
		deviation = math.Sqrt(2 / float64(fanIn))
	case "recurrent_kernel":
		deviation = math.Sqrt(1 / float64(fanIn))
	case "depthwise_kernel":
		deviation = math.Sqrt(1 / float64(w.Shape[0]))
	case "embeddings":
		deviation = 1
	case "gamma", "moving_variance":
		mean = 1
	}
	w.Values = make([]float32, elements(w.Shape))
	for i := range w.Values {
		// A normal distribution without its tails: no variance is below a half.
		w.Values[i] = float32(mean + deviation*min(max(random.NormFloat64(), -5), 5))
	}
}

// Signal draws an input.
func (m *Model) Signal() []float32 {
	random := rand.New(rand.NewPCG(2, uint64(len(m.ID))))
	x := make([]float32, elements(m.Input))
	for i := range x {
		if m.Indices > 0 {
			x[i] = float32(random.IntN(m.Indices))
		} else {
			x[i] = float32(random.NormFloat64())
		}
	}
	return x
}

// Keras returns the model as package keras has it, with its weights.
func (m *Model) Keras() (*keras.Model, error) {
	k, err := keras.Read(bytes.NewReader(m.Config), int64(len(m.Config)))
	if err != nil {
		return nil, err
	}
	for i := range m.Weights {
		w := &m.Weights[i]
		l, err := k.Layer(w.Layer)
		if err != nil {
			return nil, err
		}
		l.Weights = append(l.Weights, &keras.Tensor{Name: w.Name, Shape: w.Shape, DType: "float32", Values: w.Values})
	}
	return k, nil
}

// FLOPs is the number of floating-point operations of convolutions and products in a
// run, two for each multiply-add.
func (m *Model) FLOPs() float64 {
	sum := 0.0
	for _, n := range m.MultiplyAdds {
		sum += n
	}
	return 2 * sum
}

// OutputElements is the length of the output.
func (m *Model) OutputElements() int { return elements(m.Output) }

func elements(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}
