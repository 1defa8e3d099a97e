package main

import (
	"time"

	"github.com/sepconv/go/bench/internal/models"
	"github.com/sepconv/go/bench/internal/protocol"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
)

// A modelload is a whole model compiled for a set of kernels, with its input and room for
// its output.
type modelload struct {
	*models.Model
	program  *keras.Program
	dst, src [][]float32
	once     time.Duration // that a run takes, about

	first, last int // elements of the output that peers are compared by
}

// newModelload draws weights and an input, and runs the model until it is warm.
func newModelload(id, kernel string, threads int) (*modelload, error) {
	m, err := models.Read(id)
	if err != nil {
		return nil, err
	}
	return loadModel(m, kernel, threads)
}

// loadModel is newModelload of a model that has its weights.
func loadModel(m *models.Model, kernel string, threads int) (*modelload, error) {
	k, err := m.Keras()
	if err != nil {
		return nil, err
	}
	program, err := k.Compile(sepconv.WithKernel(kernel), sepconv.WithThreads(threads))
	if err != nil {
		return nil, err
	}
	w := &modelload{
		Model: m, program: program,
		dst: [][]float32{make([]float32, m.OutputElements())}, src: [][]float32{m.Signal()},
		last: m.OutputElements(),
	}
	return w, w.warmUp()
}

// warmUp runs the model once, cold, and then for at least warmTime.
func (w *modelload) warmUp() error {
	if _, err := w.time(1); err != nil {
		return err
	}
	for n := 1; ; n *= 2 {
		elapsed, err := w.time(n)
		if err != nil || elapsed >= warmTime {
			w.once = elapsed / time.Duration(n)
			return err
		}
	}
}

// time returns how long n runs take.
func (w *modelload) time(n int) (time.Duration, error) {
	start := time.Now()
	for range n {
		if err := w.program.Run(w.dst, w.src, 1); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

// message is the model as peers are told of it.
func (w *modelload) message() *protocol.Network {
	return &protocol.Network{ID: w.ID, Input: w.Input, Output: w.Output, Indices: w.Indices > 0}
}

// files are the model as peers are given it.
func (w *modelload) files() *protocol.NetworkFiles {
	f := &protocol.NetworkFiles{Config: w.Config, Input: w.src[0]}
	for i := range w.Weights {
		a := &w.Weights[i]
		f.Weights = append(f.Weights, protocol.NetworkWeight{Layer: a.Layer, Name: a.Name, Shape: a.Shape, Values: a.Values})
	}
	return f
}
