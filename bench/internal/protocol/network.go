package protocol

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// A Network is a whole model, and the shapes of one signal and of what it gives.
type Network struct {
	ID      string `json:"id"`
	Input   []int  `json:"input"`
	Output  []int  `json:"output"`
	Indices bool   `json:"indices"` // the input is whole numbers
}

// NetworkFiles is what peers are given of a network.
type NetworkFiles struct {
	Config  []byte // Keras' configuration, as JSON
	Weights []NetworkWeight
	Input   []float32
}

// NetworkWeight is an array of a layer. Those of a layer stand in Keras' order.
type NetworkWeight struct {
	Layer  string    `json:"layer"`
	Name   string    `json:"name"`
	Shape  []int     `json:"shape"`
	Values []float32 `json:"-"`
}

// WriteNetwork writes the files.
func WriteNetwork(dir string, f *NetworkFiles) error {
	list, err := json.Marshal(f.Weights)
	if err != nil {
		return err
	}
	var values []float32
	for _, w := range f.Weights {
		values = append(values, w.Values...)
	}
	for name, data := range map[string][]byte{"model.json": f.Config, "weights.json": list} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	if err := WriteFloats(dir, "weights", values); err != nil {
		return err
	}
	return WriteFloats(dir, "input", f.Input)
}
