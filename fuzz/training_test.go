package fuzz

import (
	"crypto/sha256"
	"hash"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/losses"
	"github.com/sepconv/go/sepconv/optimizers"
	"github.com/sepconv/go/sepconv/regularizers"
	"github.com/stretchr/testify/require"
)

// The hashes of the weights after each step of TestTrainingHash, and of its first steps.
// Who changes them has to say why: what was trained before cannot be trained again to the
// same bits.
const (
	hashOfTraining      = "e3df2bdb4e506cfea435d74b564063112c3470da16fa304f702f062ed4633590"
	hashOfShortTraining = "52a34639c8adfc7826387d7c91c7ec6b3050f1c22b2fabe4db937ba3af03ad71"
)

// TestTrainingHash hashes the weights of a run of training: four layers, one after the
// other, each with an optimizer of its own, learn to tell slow waves from fast ones. The
// hash is the same on every CPU, with any number of threads, whether intermediate
// results are kept or computed again.
func TestTrainingHash(t *testing.T) {
	steps, want := 200, hashOfTraining
	if testing.Short() {
		steps, want = 60, hashOfShortTraining
	}
	for name, recompute := range map[string][]sepconv.CompileOption{"kept": nil, "recomputed": {sepconv.WithRecompute()}} {
		t.Run(name, func(t *testing.T) {
			eachPlan(t, func(t *testing.T, options ...sepconv.CompileOption) {
				h := sha256.New()
				losses := newNetwork(t, append(options, recompute...)).fit(t, steps, h)
				require.Less(t, mean(losses[len(losses)-5:]), mean(losses[:5])/2, "it has not learned")
				require.Equal(t, want, sum(h))
			})
		})
	}
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, x := range x {
		sum += x
	}
	return sum / float64(len(x))
}

// network is layers in training, one after the other, and what trains them.
type network struct {
	layers     []*sepconv.Trainer
	optimizers []optimizers.Optimizer
	steps      []int       // that go into each layer
	y, dy      [][]float32 // that come out of each, and their derivatives

	batch, channels int
	src, target     []float32
}

// networkLayers have among them every kind of regularizer, constraint and geometry. Rows
// are more than a block of the sums over them, in the first layers.
var networkLayers = []struct {
	config    sepconv.Config
	optimizer func() optimizers.Optimizer
}{
	{
		sepconv.Config{
			Filters: 20, KernelSize: 7, Padding: sepconv.Causal, DilationRate: 2, DepthMultiplier: 2, Activation: sepconv.SiLU,
			PointwiseRegularizer: regularizers.L2{Factor: 1e-4}, ActivityRegularizer: regularizers.L1{Factor: 1e-5}, DepthwiseConstraint: constraints.MaxNorm{},
		},
		func() optimizers.Optimizer {
			return &optimizers.Adam{
				Schedule: optimizers.CosineDecay{InitialLearningRate: 1e-3, DecaySteps: 150, Alpha: 0.1, WarmupTarget: 1e-2, WarmupSteps: 20},
				Clip:     optimizers.Clip{GlobalNorm: 1},
			}
		},
	},
	{
		sepconv.Config{
			Filters: 17, KernelSize: 5, Padding: sepconv.Same, Activation: sepconv.GELU,
			DepthwiseRegularizer: regularizers.L1L2{L1: 1e-4, L2: 1e-3}, BiasConstraint: constraints.NonNeg{},
		},
		func() optimizers.Optimizer {
			return &optimizers.AdamW{AMSGrad: true, Clip: optimizers.Clip{Norm: 2}, Schedule: optimizers.ExponentialDecay{InitialLearningRate: 1e-2, DecaySteps: 60, DecayRate: 0.7}}
		},
	},
	{
		sepconv.Config{
			Filters: 9, KernelSize: 3, Padding: sepconv.Valid, Strides: 3, Activation: sepconv.ReLU, BiasRegularizer: regularizers.L1{Factor: 1e-3},
			PointwiseConstraint: constraints.MinMaxNorm{Min: 0.5, Max: 2, Axis: []int{0, 1}},
		},
		func() optimizers.Optimizer {
			return &optimizers.RMSprop{LearningRate: 4e-3, Centered: true, Momentum: 0.5, WeightDecay: 1e-3, Clip: optimizers.Clip{Value: 0.5}}
		},
	},
	{
		sepconv.Config{
			Filters: 1, KernelSize: 4, Padding: sepconv.Same, Activation: sepconv.Tanh, NoBias: true,
			ActivityRegularizer: regularizers.L2{Factor: 1e-3}, DepthwiseConstraint: constraints.UnitNorm{},
		},
		func() optimizers.Optimizer {
			return &optimizers.SGD{LearningRate: 0.25, Momentum: 0.875, Nesterov: true}
		},
	},
}

func newNetwork(t *testing.T, options []sepconv.CompileOption) *network {
	n := &network{batch: 3, channels: 3}
	steps, channels := 101, n.channels
	n.src = make([]float32, n.batch*steps*channels)
	for _, l := range networkLayers {
		layer, err := sepconv.New(l.config, channels)
		require.NoError(t, err)
		require.NoError(t, layer.Initialize(16))
		trainer, err := layer.Train(options...)
		require.NoError(t, err)
		shape, err := trainer.OutputShape(n.batch, steps)
		require.NoError(t, err)
		y := make([]float32, shape[0]*shape[1]*shape[2])
		n.layers, n.optimizers, n.steps = append(n.layers, trainer), append(n.optimizers, l.optimizer()), append(n.steps, steps)
		n.y, n.dy = append(n.y, y), append(n.dy, make([]float32, len(y)))
		steps, channels = shape[1], shape[2]
	}
	n.target = make([]float32, n.batch*steps)
	return n
}

// waves fills src with triangles of noise, and target with 1 where they are fast, -1
// where they are slow. All that it computes is exact.
func (n *network) waves(rng *rand.Rand) {
	steps, out := n.steps[0], len(n.target)/n.batch
	for b := range n.batch {
		period, sign := 12+rng.IntN(8), float32(-1)
		if rng.IntN(2) == 0 {
			period, sign = 3+rng.IntN(4), 1
		}
		phase := rng.IntN(period)
		for i := range steps {
			for c := range n.channels {
				wave := float32(2*((i+phase+c)%period)-period) / 16
				n.src[(b*steps+i)*n.channels+c] = wave + moderate(rng)/16
			}
		}
		for i := range out {
			n.target[b*out+i] = sign
		}
	}
}

// fit trains, and returns the losses without penalties.
func (n *network) fit(t *testing.T, steps int, weights hash.Hash) (all []float64) {
	rng := rand.New(rand.NewPCG(16, 4))
	last := len(n.layers) - 1
	for range steps {
		n.waves(rng)
		x := n.src
		for i, l := range n.layers {
			l.ZeroGradients()
			require.NoError(t, l.Forward(n.y[i], x, n.batch, n.steps[i]))
			x = n.y[i]
		}
		loss, err := losses.MeanSquaredError{}.Compute(n.dy[last], x, n.target, nil, 1)
		require.NoError(t, err)
		for i := last; i >= 0; i-- {
			var dsrc []float32
			if i > 0 {
				dsrc = n.dy[i-1]
			}
			require.NoError(t, n.layers[i].Backward(dsrc, n.dy[i]))
		}
		for i, l := range n.layers {
			_, err := l.AddPenalty()
			require.NoError(t, err)
			require.NoError(t, n.optimizers[i].Step(l))
			require.NoError(t, l.Project())
			for _, v := range l.Variables() {
				add(weights, v.Value)
			}
		}
		all = append(all, loss)
	}
	return all
}
