package main

import (
	"math/rand/v2"
	"time"

	"github.com/sepconv/go/sepconv"
)

// seed makes the weights and inputs the same in every run.
const seed = 1

// A workload is a layer compiled for a set of kernels, with its input and room
// for its output.
type workload struct {
	layer    layer
	plan     *sepconv.Plan
	dst, src []float32
	once     time.Duration // that a run takes, about
}

// newWorkload draws weights from the layer's initializers and an input from the
// normal distribution, and runs the layer until it is warm.
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
	shape, err := s.OutputShape(l.Batch, l.Steps)
	if err != nil {
		return nil, err
	}
	plan, err := s.Compile(sepconv.WithKernel(kernel), sepconv.WithThreads(threads))
	if err != nil {
		return nil, err
	}
	w := &workload{
		layer: l, plan: plan,
		dst: make([]float32, shape[0]*shape[1]*shape[2]), src: make([]float32, l.Batch*l.Steps*l.Channels),
	}
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range w.src {
		w.src[i] = float32(random.NormFloat64())
	}
	return w, w.warmUp()
}

// warmUp runs the layer once, cold, and then for at least a millisecond, which
// is enough for every thread to take part and get its memory.
func (w *workload) warmUp() error {
	if err := w.run(); err != nil {
		return err
	}
	for n := 1; ; n *= 2 {
		elapsed, err := w.time(n)
		if err != nil || elapsed >= time.Millisecond {
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
