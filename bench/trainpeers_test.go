package main

import (
	"strings"
	"testing"
	"time"

	"github.com/sepconv/go/bench/internal/protocol"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// fakeStep is our layer in training as that of a peer.
type fakeStep struct {
	fake
	trainer *sepconv.Trainer
	dsrc    []float32
}

func newFakeStep(job *protocol.Job, behaviour string) (*fakeStep, error) {
	s, err := fakeLayer(job)
	if err != nil {
		return nil, err
	}
	trainer, err := s.Train()
	f := fake{behaviour: behaviour, job: job, output: make([]float32, job.Batch*job.OutSteps*job.Filters)}
	return &fakeStep{f, trainer, make([]float32, len(job.Input))}, err
}

func (f *fakeStep) Run() error {
	f.trainer.ZeroGradients()
	if err := f.trainer.Forward(f.output, f.job.Input, f.job.Batch, f.job.Steps); err != nil {
		return err
	}
	return f.trainer.Backward(f.dsrc, f.job.DY)
}

func (f *fakeStep) Gradients() *protocol.Gradients {
	g := f.trainer.Gradients()
	if f.behaviour == "mistaught" {
		g.Pointwise[3] += 0.01
	}
	return &protocol.Gradients{Input: f.dsrc, Depthwise: g.Depthwise, Pointwise: g.Pointwise, Bias: g.Bias}
}

func TestPeerTrains(t *testing.T) {
	for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
		f := fakeField(t, "good")
		others, err := f.prepareTraining(tinyTrainload(t, format, "relu"))
		require.NoError(t, err)
		require.Len(t, others, 1)
		c := others[0]
		require.NoError(t, c.err)
		require.Zero(t, c.layer.Error, "it computes what we do")
		require.Equal(t, "faked", c.layer.Mode)
		c.turn(time.Millisecond, time.Second)
		require.NoError(t, c.err)
		require.Len(t, c.layer.Samples, 1)
	}
}

func TestPeersThatFailToTrain(t *testing.T) {
	for behaviour, want := range map[string]string{
		"mistaught": "element 3 of its dpointwise is ",
		"wrong":     "of its output is ",
		"short":     "output has 1396 bytes",
		"absent":    "it has ended: no such library",
	} {
		f := fakeField(t, behaviour)
		others, err := f.prepareTraining(tinyTrainload(t, sepconv.ChannelsLast, "relu"))
		require.NoError(t, err)
		require.ErrorContains(t, others[0].err, want)
	}
	f := fakeField(t, "good")
	load := tinyTrainload(t, sepconv.ChannelsLast, "softmax")
	others, err := f.prepareTraining(load)
	require.NoError(t, err)
	require.ErrorContains(t, others[0].err, "no bound is known")
}

func TestTrainers(t *testing.T) {
	var names []string
	for _, r := range trainers() {
		names = append(names, r.name)
	}
	require.Equal(t, "PyTorch, Keras (TensorFlow)", strings.Join(names, ", "))
}
