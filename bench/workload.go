package main

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sepconv/go/bench/internal/protocol"
	"github.com/sepconv/go/sepconv"
)

// seed makes the weights and inputs the same in every run.
const seed = 1

// A workload is a layer compiled for a set of kernels, with its input and room
// for its output.
type workload struct {
	layer    layer
	format   sepconv.DataFormat
	weights  sepconv.Weights
	plan     *sepconv.Plan
	dst, src []float32
	once     time.Duration // that a run takes, about
}

// newWorkload draws weights from the layer's initializers, a bias and an input
// from the normal distribution, and runs the layer until it is warm. 0 threads are
// as many as the library takes by default.
func newWorkload(l layer, kernel string, format sepconv.DataFormat, threads int) (*workload, error) {
	c, err := l.config(format)
	if err != nil {
		return nil, err
	}
	s, err := sepconv.New(c, l.Channels)
	if err != nil {
		return nil, err
	}
	if err := s.Initialize(seed); err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(seed, 0))
	weights := s.Weights()
	for f := range weights.Bias {
		weights.Bias[f] = float32(0.1 * random.NormFloat64())
	}
	if err := s.SetWeights(weights); err != nil {
		return nil, err
	}
	shape, err := s.OutputShape(l.Batch, l.Steps)
	if err != nil {
		return nil, err
	}
	options := []sepconv.CompileOption{sepconv.WithKernel(kernel)}
	if threads > 0 {
		options = append(options, sepconv.WithThreads(threads))
	}
	plan, err := s.Compile(options...)
	if err != nil {
		return nil, err
	}
	w := &workload{
		layer: l, plan: plan, weights: weights, format: format,
		dst: make([]float32, shape[0]*shape[1]*shape[2]), src: make([]float32, l.Batch*l.Steps*l.Channels),
	}
	for i := range w.src {
		w.src[i] = float32(random.NormFloat64())
	}
	return w, w.warmUp()
}

// warmTime is enough for every thread to take part and get its memory.
const warmTime = time.Millisecond

// warmUp runs the layer once, cold, and then for at least warmTime.
func (w *workload) warmUp() error {
	if err := w.run(); err != nil {
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

// run computes the layer once.
func (w *workload) run() error { return w.plan.Run(w.dst, w.src, w.layer.Batch, w.layer.Steps) }

// time returns how long n runs take.
func (w *workload) time(n int) (time.Duration, error) {
	start := time.Now()
	for range n {
		if err := w.run(); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

// terms returns, for each output, the sum of the absolute values of the terms it
// is made of: what the layer gives of absolute values.
func (w *workload) terms() ([]float32, error) {
	return w.linear(absoluteWeights(w.weights), absolute(w.src))
}

// linear returns what the layer gives without its activation.
func (w *workload) linear(weights sepconv.Weights, src []float32) ([]float32, error) {
	s, err := w.linearLayer(weights)
	if err != nil {
		return nil, err
	}
	plan, err := s.Compile()
	if err != nil {
		return nil, err
	}
	dst := make([]float32, len(w.dst))
	return dst, plan.Run(dst, src, w.layer.Batch, w.layer.Steps)
}

// linearLayer is the layer without its activation.
func (w *workload) linearLayer(weights sepconv.Weights) (*sepconv.Layer, error) {
	c, err := w.layer.config(w.format)
	if err != nil {
		return nil, err
	}
	c.Activation = sepconv.Linear
	s, err := sepconv.New(c, w.layer.Channels)
	if err != nil {
		return nil, err
	}
	return s, s.SetWeights(weights)
}

// absoluteWeights returns the absolute values of all weights.
func absoluteWeights(w sepconv.Weights) sepconv.Weights {
	return sepconv.Weights{Depthwise: absolute(w.Depthwise), Pointwise: absolute(w.Pointwise), Bias: absolute(w.Bias)}
}

// absolute returns the absolute values.
func absolute(values []float32) []float32 {
	result := make([]float32, len(values))
	for i, v := range values {
		result[i] = max(v, -v)
	}
	return result
}

// job is the workload as peers are given it.
func (w *workload) job() *protocol.Job {
	return &protocol.Job{
		Layer:     *w.layer.message(),
		Depthwise: w.weights.Depthwise, Pointwise: w.weights.Pointwise, Bias: w.weights.Bias,
		Input: w.channelsLast(w.src, w.layer.Channels),
	}
}

// channelsLast returns a signal in the order (batch, steps, channels).
func (w *workload) channelsLast(values []float32, channels int) []float32 {
	if w.format == sepconv.ChannelsLast {
		return values
	}
	result := make([]float32, 0, len(values))
	for signal := range slices.Chunk(values, len(values)/w.layer.Batch) {
		steps := len(signal) / channels
		for t := range steps {
			for c := range channels {
				result = append(result, signal[c*steps+t])
			}
		}
	}
	return result
}
