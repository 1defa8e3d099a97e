//go:build cgo

package main

import (
	"errors"
	"path/filepath"

	"github.com/sepconv/go/bench/internal/protocol"
	ort "github.com/yalue/onnxruntime_go"
)

// network is a session of a whole network with its input and output bound.
type network struct {
	session *ort.AdvancedSession
	input   ort.Value
	output  *ort.Tensor[float32]
}

// openNetwork opens the file that a converter has written.
func openNetwork(dir string, n *protocol.Network, threads int) (protocol.Model, error) {
	file := filepath.Join(dir, "model.onnx")
	inputs, outputs, err := ort.GetInputOutputInfo(file)
	if err != nil {
		return nil, err
	}
	if len(inputs) != 1 || len(outputs) != 1 {
		return nil, errors.New("model.onnx has not one input and one output")
	}
	options, err := newOptions(threads)
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	m := &network{}
	if m.input, err = newInput(dir, n); err != nil {
		return nil, err
	}
	if m.output, err = ort.NewEmptyTensor[float32](signal(n.Output)); err != nil {
		return nil, err
	}
	m.session, err = ort.NewAdvancedSession(file, []string{inputs[0].Name}, []string{outputs[0].Name}, []ort.Value{m.input}, []ort.Value{m.output}, options)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// signal is the shape of a batch of one.
func signal(shape []int) ort.Shape {
	s := ort.NewShape(1)
	for _, n := range shape {
		s = append(s, int64(n))
	}
	return s
}

// newInput reads the input, of whole numbers if the network takes such.
func newInput(dir string, n *protocol.Network) (ort.Value, error) {
	shape := signal(n.Input)
	x, err := protocol.ReadFloats(dir, "input", int(shape.FlattenedSize()))
	if err != nil {
		return nil, err
	}
	if !n.Indices {
		return ort.NewTensor(shape, x)
	}
	indices := make([]int32, len(x))
	for i, v := range x {
		indices[i] = int32(v)
	}
	return ort.NewTensor(shape, indices)
}

func (m *network) Run() error        { return m.session.Run() }
func (m *network) Mode() string      { return "" }
func (m *network) Output() []float32 { return m.output.GetData() }

func (m *network) Close() error {
	return errors.Join(m.session.Destroy(), m.input.Destroy(), m.output.Destroy())
}
