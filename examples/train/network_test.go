package main

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/sepconv/go/sepconv/losses"
	"github.com/stretchr/testify/require"
)

// someWindows are four augmented recordings, of words 0 to 3.
func someWindows(t *testing.T) (windows []float32, labels []int32) {
	recordings, err := readTraining()
	require.NoError(t, err)
	windows = make([]float32, 4*sound.Window)
	for i := range 4 {
		augment(windows[i*sound.Window:][:sound.Window], recordings[i].samples, newRandom(uint64(i)))
		labels = append(labels, recordings[i].label)
	}
	return windows, labels
}

// The network has the layers of the one that Keras trained, but for the starting values.
func TestArchitecture(t *testing.T) {
	model, err := keras.Open("../keywords/model/keywords.keras")
	require.NoError(t, err)
	shipped, err := model.SeparableConv1Ds()
	require.NoError(t, err)
	n, err := newNetwork(1, "", 1)
	require.NoError(t, err)
	ours, err := n.trained()
	require.NoError(t, err)
	require.Len(t, ours, len(shipped))
	bare := func(l *sepconv.Layer) sepconv.Config {
		c := l.Config()
		c.Name, c.DepthwiseInitializer, c.PointwiseInitializer, c.BiasInitializer = "", nil, nil, nil
		c.DType, c.StridedDilation = "", false
		return c
	}
	for i := range ours {
		require.Equal(t, bare(shipped[i]), bare(ours[i]))
		require.Equal(t, shipped[i].Channels(), ours[i].Channels())
	}
}

// Where the moving statistics are those of a batch, the trained network makes of it what
// the network in training made, which had the batch's: folding changes nothing else.
func TestTrainedComputesTheSame(t *testing.T) {
	windows, _ := someWindows(t)
	n, err := newNetwork(1, "", 2)
	require.NoError(t, err)
	for _, b := range n.blocks {
		if b.norm != nil {
			b.norm.Momentum = 0
		}
	}
	scores := make([]float32, 4*len(words))
	require.NoError(t, n.forward(scores, windows, 4))
	plans, err := n.plans()
	require.NoError(t, err)
	for i := range 4 {
		got, err := run(plans, windows[i*sound.Window:][:sound.Window])
		require.NoError(t, err)
		for j, want := range scores[i*len(words):][:len(words)] {
			require.InDelta(t, want, got[j], 1e-4)
		}
	}
}

// The derivative of the loss along a direction is what the gradients say.
func TestGradients(t *testing.T) {
	if testing.Short() {
		t.Skip("a hundred passes, which take generic a quarter of a minute")
	}
	windows, labels := someWindows(t)
	n, err := newNetwork(2, "", 2)
	require.NoError(t, err)
	scores, dscores := make([]float32, 4*len(words)), make([]float32, 4*len(words))
	loss := func() float64 {
		require.NoError(t, n.forward(scores, windows, 4))
		loss, err := losses.SparseCategoricalCrossentropy{}.Compute(dscores, scores, labels, nil, len(words))
		require.NoError(t, err)
		return loss
	}
	n.zeroGradients()
	loss()
	require.NoError(t, n.backward(dscores, 4))
	for _, v := range n.variables {
		norm := 0.0
		for _, g := range v.Gradient {
			norm += float64(g) * float64(g)
		}
		norm = math.Sqrt(norm)
		require.NotZero(t, norm, v.Name)
		// Along the gradient itself the derivative is its norm. A step that changes the
		// loss by much more than float32 rounds it bends the activations' corners a little.
		value := slices.Clone(v.Value)
		along := func(h float64) float64 {
			for i, g := range v.Gradient {
				v.Value[i] = float32(float64(value[i]) + h*float64(g)/norm)
			}
			return loss()
		}
		h := 2e-3 / norm
		slope := (along(h) - along(-h)) / (2 * h)
		copy(v.Value, value)
		require.InEpsilon(t, norm, slope, 0.05, v.Name)
	}
}

// What is saved is the network that was measured.
func TestSaved(t *testing.T) {
	dir := t.TempDir()
	run := smallRun(t, settings{Seed: 5, Epochs: 1}, 3, "", 2)
	run.train(t, 1)
	require.NoError(t, run.write(dir))
	model, err := keras.Open(filepath.Join(dir, modelFile))
	require.NoError(t, err)
	saved, err := model.SeparableConv1Ds()
	require.NoError(t, err)
	trained, err := run.network.trained()
	require.NoError(t, err)
	require.Len(t, saved, len(trained))
	for i := range saved {
		require.Equal(t, trained[i].Weights(), saved[i].Weights())
	}
	for _, name := range []string{curveFile, checkpointFile} {
		require.FileExists(t, filepath.Join(dir, name))
	}
}
