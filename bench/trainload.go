package main

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/sepconv/go/bench/internal/protocol"
	"github.com/sepconv/go/sepconv"
)

// A trainload is a workload in training.
type trainload struct {
	*workload
	trainer    *sepconv.Trainer
	ddst, dsrc []float32
	once       time.Duration // that a step takes, about
}

// newTrainload makes a trainer of a layer, draws a derivative of the loss by the output,
// and takes steps until it is warm.
func newTrainload(l layer, kernel string, of *setting, threads int) (*trainload, error) {
	w, err := newWorkload(l, kernel, of.format, threads)
	if err != nil {
		return nil, err
	}
	c, err := l.config(of.format)
	if err != nil {
		return nil, err
	}
	s, err := sepconv.New(c, l.Channels)
	if err != nil {
		return nil, err
	}
	if err := s.SetWeights(w.weights); err != nil {
		return nil, err
	}
	t := &trainload{workload: w, dsrc: make([]float32, len(w.src))}
	options := []sepconv.CompileOption{sepconv.WithKernel(kernel), sepconv.WithThreads(threads)}
	if of.recompute {
		options = append(options, sepconv.WithRecompute())
	}
	if t.trainer, err = s.Train(options...); err != nil {
		return nil, err
	}
	if t.ddst, err = t.draw(); err != nil {
		return nil, err
	}
	return t, t.warmUp()
}

// corners are where the derivative of an activation jumps.
var corners = map[string][]float64{"relu": {0}, "relu6": {0, 6}, "selu": {0}}

// draw returns derivatives by the output, from the normal distribution. They are 0 where
// the order in which an output is summed may decide on which side of a corner it is: no
// two implementations would agree there.
func (t *trainload) draw() ([]float32, error) {
	random := rand.New(rand.NewPCG(seed, 1))
	ddst := make([]float32, len(t.dst))
	for i := range ddst {
		ddst[i] = float32(random.NormFloat64())
	}
	at := corners[t.layer.Activation]
	if len(at) == 0 {
		return ddst, nil
	}
	z, err := t.linear(t.weights, t.src)
	if err != nil {
		return nil, err
	}
	terms, err := t.terms()
	if err != nil {
		return nil, err
	}
	for i := range ddst {
		for _, corner := range at {
			if math.Abs(float64(z[i])-corner) <= 2*t.layer.unit()*float64(terms[i]) {
				ddst[i] = 0
			}
		}
	}
	return ddst, nil
}

// lap is what steps took, and the parts of them in Forward and Backward. The rest is to
// forget the gradients of the step before.
type lap struct{ forward, backward, all time.Duration }

// step takes a step, whose times it adds to a lap.
func (t *trainload) step(l *lap) error {
	start := time.Now()
	t.trainer.ZeroGradients()
	zeroed := time.Now()
	if err := t.trainer.Forward(t.dst, t.src, t.layer.Batch, t.layer.Steps); err != nil {
		return err
	}
	between := time.Now()
	err := t.trainer.Backward(t.dsrc, t.ddst)
	end := time.Now()
	l.forward += between.Sub(zeroed)
	l.backward += end.Sub(between)
	l.all += end.Sub(start)
	return err
}

// time returns how long n steps take.
func (t *trainload) time(n int) (lap, error) {
	var l lap
	for range n {
		if err := t.step(&l); err != nil {
			return l, err
		}
	}
	return l, nil
}

// warmUp takes one step, cold, and then steps for at least warmTime.
func (t *trainload) warmUp() error {
	if _, err := t.time(1); err != nil {
		return err
	}
	for n := 1; ; n *= 2 {
		l, err := t.time(n)
		if err != nil || l.all >= warmTime {
			t.once = l.all / time.Duration(n)
			return err
		}
	}
}

// job is the layer in training as peers are given it.
func (t *trainload) job() *protocol.Job {
	job := t.workload.job()
	job.DY = t.channelsLast(t.ddst, t.layer.Filters)
	return job
}

// gradients are those of the last step, in the order of the protocol.
func (t *trainload) gradients() *protocol.Gradients {
	return t.inOrder(t.dsrc, t.trainer)
}

func (t *trainload) inOrder(dsrc []float32, trainer *sepconv.Trainer) *protocol.Gradients {
	g := trainer.Gradients()
	return &protocol.Gradients{Input: t.channelsLast(dsrc, t.layer.Channels), Depthwise: g.Depthwise, Pointwise: g.Pointwise, Bias: g.Bias}
}
