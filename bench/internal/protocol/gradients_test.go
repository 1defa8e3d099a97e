package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// learner is a counter that has gradients.
type learner struct {
	counter
	gradients Gradients
}

func (l *learner) Gradients() *Gradients { return &l.gradients }

func smallGradients() Gradients {
	return Gradients{Input: []float32{1, 2, 3, 4, 5, 6}, Depthwise: []float32{7, 8, 9}, Pointwise: []float32{6, 5, 4, 3, 2, 1}, Bias: []float32{-1, -2}}
}

func TestServeTrains(t *testing.T) {
	dir := t.TempDir()
	job := smallJob()
	job.DY = []float32{1, 0, -1, 2}
	require.NoError(t, WriteJob(dir, job))
	l := &learner{gradients: smallGradients()}
	s := &Server{Train: func(got *Job) (Step, error) {
		require.Equal(t, job, got)
		return l, nil
	}}
	replies := talk(t, s, Request{Do: "train", Layer: &small, Dir: dir}, Request{Do: "run", Runs: 2})
	require.Empty(t, replies[1].Error)
	require.Equal(t, "counting", replies[1].Mode)
	require.Positive(t, replies[1].Once)
	require.Positive(t, replies[2].Seconds)
	require.True(t, l.closed)
	output, err := ReadFloats(dir, "output", 4)
	require.NoError(t, err)
	require.Equal(t, []float32{1, 2, 3, 4}, output)
	got, err := ReadGradients(dir, small)
	require.NoError(t, err)
	require.Equal(t, &l.gradients, got)
}

func TestServeReportsErrorsOfTraining(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, WriteJob(dir, smallJob()))
	train := Request{Do: "train", Layer: &small, Dir: dir}
	require.Equal(t, "it does not train", talk(t, &Server{}, train)[1].Error)
	s := &Server{Train: func(*Job) (Step, error) { return &learner{counter: counter{fails: 1}}, nil }}
	require.Equal(t, "request has no layer", talk(t, s, Request{Do: "train", Dir: dir})[1].Error)
	require.Contains(t, talk(t, s, train)[1].Error, "no such file", "of dy")
	require.NoError(t, WriteFloats(dir, "dy", make([]float32, 4)))
	require.Equal(t, "out of order", talk(t, s, train)[1].Error)
}

func TestReadGradients(t *testing.T) {
	dir := t.TempDir()
	g := smallGradients()
	g.Bias = g.Bias[1:]
	require.NoError(t, WriteGradients(dir, &g))
	_, err := ReadGradients(dir, small)
	require.ErrorContains(t, err, "dbias has 4 bytes; 2 elements take 8")
}
