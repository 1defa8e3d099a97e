//go:build cgo

// Onnxruntime is a peer of bench: ONNX Runtime through its C API. The environment
// variable ONNXRUNTIME names the shared library.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/sepconv/go/bench/internal/protocol"
	ort "github.com/yalue/onnxruntime_go"
)

func main() {
	ort.SetSharedLibraryPath(os.Getenv("ONNXRUNTIME"))
	if err := ort.InitializeEnvironment(); err != nil {
		fmt.Fprintln(os.Stderr, "onnxruntime:", err)
		os.Exit(1)
	}
	rank := flag.Int("rank", 3, "of the arrays: 3 is a convolution along time, which is what exporters write;\n"+
		"4 is one of images a row high, for which ONNX Runtime has other kernels")
	threads := protocol.Threads()
	name := "ONNX Runtime"
	if *rank == 4 {
		name = "ONNX Runtime 2-D"
	}
	s := protocol.Server{
		Name: name, Version: ort.GetVersion(), Threads: threads,
		Open: func(job *protocol.Job) (protocol.Model, error) { return newSession(job, threads, *rank) },
	}
	if *rank == 3 { // a network is as the converter has made it, one way only
		s.OpenNetwork = func(dir string, n *protocol.Network) (protocol.Model, error) { return openNetwork(dir, n, threads) }
	}
	s.Main()
}

// model is a session with its input and output bound.
type model struct {
	job           *protocol.Job
	session       *ort.AdvancedSession
	input, output *ort.Tensor[float32]
}

func newSession(job *protocol.Job, threads, rank int) (*model, error) {
	file, err := newModel(job, rank)
	if err != nil {
		return nil, err
	}
	options, err := newOptions(threads)
	if err != nil {
		return nil, err
	}
	defer options.Destroy()
	shape := func(channels, steps int) ort.Shape {
		s := ort.NewShape(int64(job.Batch), int64(channels))
		for len(s) < rank-1 {
			s = append(s, 1)
		}
		return append(s, int64(steps))
	}
	m := &model{job: job}
	m.input, err = ort.NewTensor(shape(job.Channels, job.Steps), batches(job.Input, job.Batch, job.Steps, job.Channels))
	if err != nil {
		return nil, err
	}
	m.output, err = ort.NewEmptyTensor[float32](shape(job.Filters, job.OutSteps))
	if err != nil {
		return nil, err
	}
	m.session, err = ort.NewAdvancedSessionWithONNXData(file, []string{"x"}, []string{"y"}, []ort.Value{m.input}, []ort.Value{m.output}, options)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// newOptions returns those of a session with so many threads.
func newOptions(threads int) (*ort.SessionOptions, error) {
	options, err := ort.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	return options, errors.Join(
		options.SetIntraOpNumThreads(threads),
		options.SetInterOpNumThreads(1),
		options.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll),
	)
}

// batches transposes each signal of a batch.
func batches(m []float32, batch, rows, columns int) []float32 {
	t := make([]float32, 0, len(m))
	for n := range batch {
		t = append(t, transposed(m[n*rows*columns:(n+1)*rows*columns], rows, columns)...)
	}
	return t
}

func (m *model) Run() error   { return m.session.Run() }
func (m *model) Mode() string { return "" }

func (m *model) Output() []float32 {
	return batches(m.output.GetData(), m.job.Batch, m.job.Filters, m.job.OutSteps)
}

func (m *model) Close() error {
	return errors.Join(m.session.Destroy(), m.input.Destroy(), m.output.Destroy())
}
