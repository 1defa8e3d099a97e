package fuzz

import (
	"crypto/sha256"
	"hash"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/regularizers"
	"github.com/stretchr/testify/require"
)

// hashOfTraining is of the weights after each step of TestTrainingHash. Who changes it
// has to say why: what was trained before cannot be trained again to the same bits.
const hashOfTraining = "b9cbe0ba74d8b94174887f80ed852cb7737eb290b1445c478e02c9eb8de86198"

// TestTrainingHash hashes the weights of a run of training: two layers, one after the
// other, learn by gradient descent with momentum to tell slow waves from fast ones. The
// hash is the same on every CPU, with any number of threads, whether intermediate
// results are kept or computed again.
func TestTrainingHash(t *testing.T) {
	const steps = 60
	for name, recompute := range map[string][]sepconv.CompileOption{"kept": nil, "recomputed": {sepconv.WithRecompute()}} {
		t.Run(name, func(t *testing.T) {
			eachPlan(t, func(t *testing.T, options ...sepconv.CompileOption) {
				h := sha256.New()
				losses := newNetwork(t, append(options, recompute...)).fit(t, steps, h)
				require.Less(t, losses[steps-1], losses[0]/4, "it has not learned")
				require.Equal(t, hashOfTraining, sum(h))
			})
		})
	}
}

// network is two layers in training, and their momentum.
type network struct {
	layers   [2]*sepconv.Trainer
	momentum [2][][]float32

	src, between, dst, target     []float32
	dbetween, ddst                []float32
	batch, steps, channels, width int
}

func newNetwork(t *testing.T, options []sepconv.CompileOption) *network {
	n := &network{batch: 9, steps: 301, channels: 3, width: 20}
	layer := func(c sepconv.Config, channels int) *sepconv.Trainer {
		l, err := sepconv.New(c, channels)
		require.NoError(t, err)
		require.NoError(t, l.Initialize(16))
		trainer, err := l.Train(options...)
		require.NoError(t, err)
		return trainer
	}
	n.layers[0] = layer(sepconv.Config{
		Filters: n.width, KernelSize: 7, Padding: sepconv.Causal, DilationRate: 2, DepthMultiplier: 2, Activation: sepconv.SiLU,
		PointwiseRegularizer: regularizers.L2{Factor: 1e-4}, ActivityRegularizer: regularizers.L1{Factor: 1e-5},
	}, n.channels)
	n.layers[1] = layer(sepconv.Config{
		Filters: 1, KernelSize: 4, Padding: sepconv.Same, Strides: 2, Activation: sepconv.Tanh, DepthwiseConstraint: constraints.MaxNorm{},
	}, n.width)
	for i, l := range n.layers {
		for _, v := range l.Variables() {
			n.momentum[i] = append(n.momentum[i], make([]float32, len(v.Value)))
		}
	}
	out := (n.steps + 1) / 2
	n.src, n.between, n.dst = make([]float32, n.batch*n.steps*n.channels), make([]float32, n.batch*n.steps*n.width), make([]float32, n.batch*out)
	n.target, n.ddst, n.dbetween = make([]float32, n.batch*out), make([]float32, n.batch*out), make([]float32, n.batch*n.steps*n.width)
	return n
}

// waves fills src with triangles of noise, and target with 1 where they are fast, -1
// where they are slow. All that it computes is exact.
func (n *network) waves(rng *rand.Rand) {
	for b := range n.batch {
		period, sign := 12+rng.IntN(8), float32(-1)
		if rng.IntN(2) == 0 {
			period, sign = 3+rng.IntN(4), 1
		}
		phase := rng.IntN(period)
		for i := range n.steps {
			for c := range n.channels {
				wave := float32(2*((i+phase+c)%period)-period) / 16
				n.src[(b*n.steps+i)*n.channels+c] = wave + moderate(rng)/16
			}
		}
		out := len(n.target) / n.batch
		for i := range out {
			n.target[b*out+i] = sign
		}
	}
}

// fit trains, and returns the losses: half the mean of the squared errors.
func (n *network) fit(t *testing.T, steps int, weights hash.Hash) (losses []float64) {
	rng := rand.New(rand.NewPCG(16, 4))
	for range steps {
		n.waves(rng)
		for _, l := range n.layers {
			l.ZeroGradients()
		}
		require.NoError(t, n.layers[0].Forward(n.between, n.src, n.batch, n.steps))
		require.NoError(t, n.layers[1].Forward(n.dst, n.between, n.batch, n.steps))
		loss := 0.0
		for i, y := range n.dst {
			n.ddst[i] = (y - n.target[i]) / float32(len(n.dst))
			loss += float64(float64(y-n.target[i]) * float64(n.ddst[i]))
		}
		require.NoError(t, n.layers[1].Backward(n.dbetween, n.ddst))
		require.NoError(t, n.layers[0].Backward(nil, n.dbetween))
		for i, l := range n.layers {
			_, err := l.AddPenalty()
			require.NoError(t, err)
			n.descend(i)
			require.NoError(t, l.Project())
			for _, v := range l.Variables() {
				add(weights, v.Value)
			}
		}
		losses = append(losses, loss)
	}
	return losses
}

// descend is a step of gradient descent with momentum, each operation rounded.
func (n *network) descend(layer int) {
	const rate, keep = 0.125, 0.875
	for i, v := range n.layers[layer].Variables() {
		m := n.momentum[layer][i]
		for j, g := range v.Gradient {
			m[j] = float32(keep*m[j]) - float32(rate*g)
			v.Value[j] += m[j]
		}
	}
}
