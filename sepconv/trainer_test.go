package sepconv_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"testing"
	"weak"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/regularizers"
	"github.com/stretchr/testify/require"
)

// training is a layer in training, and the arrays of a step.
type training struct {
	*sepconv.Trainer
	batch, steps         int
	src, dst, dsrc, ddst []float32
}

func newTraining(t testing.TB, c sepconv.Config, channels, batch, steps int, options ...sepconv.CompileOption) *training {
	t.Helper()
	layer, err := sepconv.New(c, channels)
	require.NoError(t, err)
	require.NoError(t, layer.Initialize(7))
	trainer, err := layer.Train(options...)
	require.NoError(t, err)
	shape, err := trainer.OutputShape(batch, steps)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(16, 5))
	draw := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
		return x
	}
	n := shape[0] * shape[1] * shape[2]
	return &training{trainer, batch, steps, draw(batch * steps * channels), make([]float32, n), make([]float32, batch*steps*channels), draw(n)}
}

func (s *training) forward() error  { return s.Forward(s.dst, s.src, s.batch, s.steps) }
func (s *training) backward() error { return s.Backward(s.dsrc, s.ddst) }

func (s *training) step(t testing.TB) {
	t.Helper()
	require.NoError(t, s.forward())
	require.NoError(t, s.backward())
}

// gradients returns a copy.
func (s *training) gradients() sepconv.Weights {
	g := s.Gradients()
	return sepconv.Weights{Depthwise: slices.Clone(g.Depthwise), Pointwise: slices.Clone(g.Pointwise), Bias: slices.Clone(g.Bias)}
}

var small = sepconv.Config{Filters: 4, KernelSize: 3, Padding: sepconv.Same, Activation: sepconv.ReLU}

// TestTrainerComputesWhatAPlanDoes compares Forward with Run.
func TestTrainerComputesWhatAPlanDoes(t *testing.T) {
	for _, activation := range []sepconv.Activation{nil, sepconv.GELU, sepconv.Softmax, sepconv.GLU} {
		for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
			c := small
			c.Activation, c.DataFormat = activation, format
			s := newTraining(t, c, 5, 3, 20)
			require.NoError(t, s.forward())
			layer, err := sepconv.NewFromWeights(c, 5, s.Weights())
			require.NoError(t, err)
			plan, err := layer.Compile()
			require.NoError(t, err)
			want := make([]float32, len(s.dst))
			require.NoError(t, plan.Run(want, s.src, 3, 20))
			require.Equal(t, want, s.dst)
			require.Equal(t, plan.Kernel(), s.Kernel())
		}
	}
}

// Random layers of every activation, held to the judge, and so to finite differences,
// which the judge is held to.
func TestTrainerOfRandomLayers(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 6))
	for f := range kernel.Funcs {
		if f == kernel.GeneralReLU || f == kernel.Threshold || f == kernel.Sparsemax || f == kernel.SparsemaxCumulative {
			continue // the first two have no name; the judge has no bound of the others here
		}
		for range 10 {
			l := randomJudged(r, f)
			l.config.Activation = sepconv.StandardActivation(f)
			l.slack = slack{func(y float64) float64 { return 8 * 0x1p-24 * (1 + math.Abs(y)) }, func(d float64) float64 { return 8 * 0x1p-24 * (1 + math.Abs(d)) }}
			l.config.NoBias = l.weights.Bias == nil
			layer, err := sepconv.NewFromWeights(l.config, l.channels, l.weights)
			require.NoError(t, err)
			trainer, err := layer.Train()
			require.NoError(t, err)
			src := make([]float32, len(l.src))
			for i, x := range l.src {
				src[i] = float32(x)
			}
			dst, dsrc := make([]float32, len(l.output())), make([]float32, len(src))
			ddst := make([]float32, len(dst))
			for i := range ddst {
				ddst[i] = float32(r.NormFloat64())
			}
			require.NoError(t, trainer.Forward(dst, src, l.batch, l.steps), "%+v", l.config)
			require.NoError(t, trainer.Backward(dsrc, ddst))
			want := l.backward(exactly(ddst))
			g := trainer.Gradients()
			holdAll(t, fmt.Sprintf("of %+v", l.config), gradients[float32]{dsrc, g.Depthwise, g.Pointwise, g.Bias}, want)
		}
	}
}

// Without activation and bias the layer is linear: <A x, dy> = <x, A' dy>, and the same
// of each of its kernels.
func TestTrainerIsAdjoint(t *testing.T) {
	r := rand.New(rand.NewPCG(16, 7))
	for range 100 {
		l := randomJudged(r, kernel.Linear)
		l.config.NoBias = true
		s := newTraining(t, l.config, 1+r.IntN(20), 1+r.IntN(3), l.steps+50)
		s.step(t)
		want := inner(widened(s.dst), widened(s.ddst))
		w, g := s.Weights(), s.Gradients()
		for _, pair := range [][2][]float32{{s.src, s.dsrc}, {w.Depthwise, g.Depthwise}, {w.Pointwise, g.Pointwise}} {
			size := 0.0
			for i := range pair[0] {
				size += math.Abs(float64(pair[0][i]) * float64(pair[1][i]))
			}
			require.InDelta(t, want, inner(widened(pair[0]), widened(pair[1])), 1e-5*(size+1), "%+v", l.config)
		}
	}
}

// Gradients add up: a step that is done twice gives twice the gradient.
func TestTrainerAddsUp(t *testing.T) {
	s := newTraining(t, small, 5, 3, 20) // fewer rows than a block
	s.step(t)
	once := s.gradients()
	s.step(t)
	for i, g := range [][2][]float32{{once.Depthwise, s.Gradients().Depthwise}, {once.Pointwise, s.Gradients().Pointwise}, {once.Bias, s.Gradients().Bias}} {
		for j := range g[0] {
			require.Equal(t, 2*g[0][j], g[1][j], "array %d, element %d", i, j)
		}
	}
	s.ZeroGradients()
	for _, v := range s.Variables() {
		require.Equal(t, make([]float32, len(v.Value)), v.Gradient)
	}
	s.step(t)
	require.Equal(t, once, s.gradients())
}

// A step can leave the gradient of the input out, which changes nothing else.
func TestTrainerWithoutInputGradient(t *testing.T) {
	s := newTraining(t, small, 5, 3, 20)
	s.step(t)
	want := s.gradients()
	s.ZeroGradients()
	require.NoError(t, s.forward())
	require.NoError(t, s.Backward(nil, s.ddst))
	require.Equal(t, want, s.gradients())
}

// Backward belongs to a Forward of its own.
func TestTrainerOrder(t *testing.T) {
	s := newTraining(t, small, 5, 3, 20)
	require.ErrorIs(t, s.backward(), sepconv.ErrOrder)
	s.step(t)
	require.ErrorIs(t, s.backward(), sepconv.ErrOrder)
	require.NoError(t, s.forward())
	require.NoError(t, s.forward())
	require.Error(t, s.Backward(s.dsrc, s.ddst[1:]), "the length is wrong")
	require.Error(t, s.Forward(s.dst[1:], s.src, s.batch, s.steps), "so is this one")
	require.NoError(t, s.backward(), "after errors it can be called again")
}

// Weights that change between Forward and Backward count from the next Forward on.
func TestTrainerWeightsInBetween(t *testing.T) {
	for _, options := range [][]sepconv.CompileOption{nil, {sepconv.WithRecompute()}} {
		s := newTraining(t, small, 5, 3, 20, options...)
		s.step(t)
		want, dsrc, dst := s.gradients(), slices.Clone(s.dsrc), slices.Clone(s.dst)
		s.ZeroGradients()
		require.NoError(t, s.forward())
		given := s.Weights()
		other := s.Weights()
		for i := range other.Pointwise {
			other.Pointwise[i] *= 3
		}
		require.NoError(t, s.SetWeights(other))
		for _, v := range s.Variables() {
			v.Value[0]++
		}
		require.NoError(t, s.backward())
		require.Equal(t, want, s.gradients())
		require.Equal(t, dsrc, s.dsrc)
		s.ZeroGradients()
		s.step(t)
		require.NotEqual(t, dst, s.dst)
		require.NoError(t, s.SetWeights(given))
		s.ZeroGradients()
		s.step(t)
		require.Equal(t, want, s.gradients())
	}
}

// Of a batch of 0, or of 0 steps, gradients stay, and there is nothing to write.
func TestTrainerOfNothing(t *testing.T) {
	for _, nothing := range [][2]int{{0, 20}, {3, 0}, {0, 0}} {
		c := small
		c.ActivityRegularizer = regularizers.L2{}
		s := newTraining(t, c, 5, nothing[0], nothing[1])
		for _, v := range s.Variables() {
			v.Gradient[0] = 5
		}
		want := s.gradients()
		s.step(t)
		require.Equal(t, want, s.gradients())
		require.NoError(t, s.forward())
		require.NoError(t, s.Backward(nil, nil))
	}
}

// Inputs that no output depends on have the gradient 0, which is written.
func TestTrainerUnreachedInputs(t *testing.T) {
	for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
		for _, options := range [][]sepconv.CompileOption{nil, {sepconv.WithRecompute()}} {
			s := newTraining(t, sepconv.Config{Filters: 2, KernelSize: 2, Strides: 5, DataFormat: format}, 3, 2, 14, options...)
			for i := range s.dsrc {
				s.dsrc[i] = float32(math.NaN())
			}
			s.step(t)
			for i, x := range s.dsrc {
				step := i / 3 % 14
				if format == sepconv.ChannelsFirst {
					step = i % 14
				}
				if reached := step%5 < 2 && step < 12; reached {
					require.NotZero(t, x)
				} else {
					require.Equal(t, uint32(0), math.Float32bits(x), "step %d", step)
				}
			}
		}
	}
}

// An output that does not exist is a 0 in the sums of dsrc, which an infinite weight makes NaN;
// what no tap reaches is 0.
func TestTrainerOutputsThatDoNotExist(t *testing.T) {
	const channels, steps = 3, 17 // outputs at 0, 5 and 10; one at 15 would read beyond the end
	for _, set := range sepconv.Kernels() {
		for _, options := range [][]sepconv.CompileOption{nil, {sepconv.WithRecompute()}} {
			s := newTraining(t, sepconv.Config{Filters: 2, KernelSize: 3, Strides: 5}, channels, 2, steps, append(options, sepconv.WithKernel(set))...)
			w := s.Weights()
			w.Depthwise[1] = float32(math.Inf(1)) // tap 0 of channel 1
			require.NoError(t, s.SetWeights(w))
			s.step(t)
			for i, x := range s.dsrc {
				switch step, channel := i/channels%steps, i%channels; {
				case channel == 1 && step == 15:
					require.True(t, x != x, "%s: %v", set, x)
				case channel == 1 && step%5 == 0:
					require.True(t, math.IsInf(float64(x), 0), "%s, step %d: %v", set, step, x)
				case step%5 > 2 || step >= 13:
					require.Equal(t, uint32(0), math.Float32bits(x), "%s, step %d", set, step)
				}
			}
		}
	}
}

// NaN flows to all that depends on it, and to nothing else; zeros do not hide it.
func TestTrainerNaN(t *testing.T) {
	s := newTraining(t, small, 5, 2, 20)
	s.ddst[2*4] = float32(math.NaN()) // of filter 0 at step 2
	s.step(t)
	g := s.Gradients()
	isNaN := func(x float32) bool { return x != x }
	require.True(t, isNaN(g.Bias[0]))
	require.False(t, slices.ContainsFunc(g.Bias[1:], isNaN))
	for i, x := range g.Pointwise {
		require.Equal(t, i%4 == 0, isNaN(x))
	}
	for i, x := range s.dsrc {
		require.Equal(t, i/5 >= 1 && i/5 <= 3, isNaN(x), "step %d", i/5)
	}
}

// NaN and infinities reach, from wherever they are, all that they are multiplied into: zeros,
// those of padding too, do not hide them. Nothing else sees them.
func TestTrainerNotFinite(t *testing.T) {
	c := sepconv.Config{Filters: 4, KernelSize: 3, Padding: sepconv.Same}
	const channels, batch, steps = 5, 2, 20
	everywhere := func(int) bool { return true }
	nowhere := func(int) bool { return false }
	ofChannel := func(i int) bool { return i%channels == 1 }
	ofRow := func(i int) bool { return i/4 == 1 } // of the pointwise kernel: channel 1
	ofFilter := func(i int) bool { return i%4 == 2 }
	ofStep := func(width int) func(i int) bool {
		return func(i int) bool { return i/width >= 9 && i/width <= 11 } // of the first signal
	}
	const output, input, depthwise, pointwise, bias = 0, 1, 2, 3, 4
	for name, place := range map[string]struct {
		put  func(s *training, w *sepconv.Weights) *float32
		seen [5]func(i int) bool
	}{
		"src":       {func(s *training, w *sepconv.Weights) *float32 { return &s.src[10*channels+1] }, [...]func(int) bool{output: ofStep(4), input: nowhere, depthwise: ofChannel, pointwise: ofRow, bias: nowhere}},
		"ddst":      {func(s *training, w *sepconv.Weights) *float32 { return &s.ddst[10*4+2] }, [...]func(int) bool{output: nowhere, input: ofStep(channels), depthwise: everywhere, pointwise: ofFilter, bias: ofFilter}},
		"depthwise": {func(s *training, w *sepconv.Weights) *float32 { return &w.Depthwise[channels+1] }, [...]func(int) bool{output: everywhere, input: ofChannel, depthwise: nowhere, pointwise: ofRow, bias: nowhere}},
		"pointwise": {func(s *training, w *sepconv.Weights) *float32 { return &w.Pointwise[4+2] }, [...]func(int) bool{output: ofFilter, input: ofChannel, depthwise: ofChannel, pointwise: nowhere, bias: nowhere}},
		"bias":      {func(s *training, w *sepconv.Weights) *float32 { return &w.Bias[2] }, [...]func(int) bool{output: ofFilter, input: nowhere, depthwise: nowhere, pointwise: nowhere, bias: nowhere}},
	} {
		for _, x := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			for _, set := range sepconv.Kernels() {
				for _, options := range [][]sepconv.CompileOption{nil, {sepconv.WithRecompute()}} {
					s := newTraining(t, c, channels, batch, steps, append(options, sepconv.WithKernel(set))...)
					w := s.Weights()
					for _, zeroed := range [][]float32{s.src, s.ddst, w.Depthwise, w.Pointwise} {
						for i := range zeroed {
							zeroed[i] *= float32(i % 2)
						}
					}
					*place.put(s, &w) = float32(x)
					require.NoError(t, s.SetWeights(w))
					s.step(t)
					g := s.Gradients()
					for k, array := range [][]float32{s.dst, s.dsrc, g.Depthwise, g.Pointwise, g.Bias} {
						for i, y := range array {
							require.Equal(t, place.seen[k](i), y-y != 0, "%v in %s, %s: array %d, element %d is %v", x, name, set, k, i, y)
						}
					}
				}
			}
		}
	}
}

// A layer that is frozen hands the gradient on, and has none of its own.
func TestTrainerFrozen(t *testing.T) {
	for _, activation := range []sepconv.Activation{nil, sepconv.ReLU} {
		for _, options := range [][]sepconv.CompileOption{nil, {sepconv.WithRecompute()}} {
			c := small
			c.Activation = activation
			c.PointwiseRegularizer, c.DepthwiseConstraint = regularizers.L2{}, constraints.UnitNorm{}
			free := newTraining(t, c, 5, 3, 20, options...)
			free.step(t)
			c.Frozen = true
			s := newTraining(t, c, 5, 3, 20, options...)
			s.step(t)
			require.Equal(t, free.dsrc, s.dsrc)
			require.Empty(t, s.Variables())
			require.Zero(t, s.Gradients())
			loss, err := s.AddPenalty()
			require.NoError(t, err)
			require.Zero(t, loss)
			before := s.Weights()
			require.NoError(t, s.Project())
			require.Equal(t, before, s.Weights())
			require.NoError(t, s.forward())
			require.NoError(t, s.Backward(nil, s.ddst))
		}
	}
}

// A user's activation is trained with the derivative that comes with it.
func TestTrainerOwnActivation(t *testing.T) {
	own := func(y []float32) {
		for i := range y {
			y[i] *= y[i]
		}
	}
	c := small
	c.Activation = sepconv.ActivationFunc(own)
	layer, err := sepconv.New(c, 5)
	require.NoError(t, err)
	_, err = layer.Train()
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, "derivative")

	for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
		c.DataFormat = format
		c.Activation = nil
		linear := newTraining(t, c, 5, 3, 20)
		require.NoError(t, linear.forward())
		c.Activation = sepconv.WithPullback(sepconv.ActivationFunc(own), func(dy, z []float32) {
			for i := range dy {
				dy[i] *= 2 * z[i]
			}
		})
		s := newTraining(t, c, 5, 3, 20)
		given := slices.Clone(s.ddst)
		s.step(t)
		require.Equal(t, given, s.ddst, "the caller's gradient must not change")
		for i, z := range linear.dst {
			linear.ddst[i] *= 2 * z
		}
		require.NoError(t, linear.backward())
		require.Equal(t, linear.dsrc, s.dsrc)
		require.Equal(t, linear.gradients(), s.gradients())
	}
}

// A panic of a user's pullback reaches the caller of Backward.
func TestTrainerPanic(t *testing.T) {
	c := small
	fail := true
	c.Activation = sepconv.WithPullback(sepconv.Activation(sepconv.ActivationFunc(func([]float32) {})), func(dy, z []float32) {
		if fail {
			panic("the user's own")
		}
	})
	s := newTraining(t, c, 5, 3, 20)
	require.NoError(t, s.forward())
	require.Panics(t, func() { _ = s.backward() })
	require.ErrorIs(t, s.backward(), sepconv.ErrOrder)
	fail = false
	s.step(t)
}

// Penalties are the loss's and the gradients', once a step.
func TestTrainerPenalties(t *testing.T) {
	c := small
	c.Activation = nil
	c.DepthwiseRegularizer, c.PointwiseRegularizer = regularizers.L1{Factor: 0.25}, regularizers.L2{Factor: 0.5}
	c.BiasRegularizer, c.ActivityRegularizer = regularizers.L2{Factor: 1}, regularizers.L2{Factor: 0.125}
	for _, undivided := range []bool{false, true} {
		var options []sepconv.CompileOption
		divisor := 3.
		if undivided {
			options, divisor = append(options, sepconv.WithUndividedActivity()), 1
		}
		s := newTraining(t, c, 5, 3, 20, options...)
		clear(s.ddst)
		s.step(t)
		w := s.Weights()
		want := 0.0
		for _, w := range w.Depthwise {
			want += 0.25 * math.Abs(float64(w))
		}
		for _, w := range w.Pointwise {
			want += 0.5 * float64(w) * float64(w)
		}
		for _, y := range s.dst {
			want += 0.125 * float64(y) * float64(y) / divisor
		}
		loss, err := s.Penalty()
		require.NoError(t, err)
		require.InDelta(t, want, loss, 1e-5)

		plain := c
		plain.ActivityRegularizer = nil
		other := newTraining(t, plain, 5, 3, 20)
		for i, y := range s.dst {
			other.ddst[i] = 2 * 0.125 * y / float32(divisor)
		}
		other.step(t)
		for i := range s.dsrc {
			require.InDelta(t, other.dsrc[i], s.dsrc[i], 1e-5)
		}
		before := s.gradients()
		loss, err = s.AddPenalty()
		require.NoError(t, err)
		require.InDelta(t, want, loss, 1e-5)
		for i, g := range s.Gradients().Pointwise {
			require.InDelta(t, before.Pointwise[i]+w.Pointwise[i], g, 1e-6)
		}
	}
}

func TestTrainerProject(t *testing.T) {
	c := small
	c.PointwiseConstraint, c.BiasConstraint = constraints.NonNeg{}, constraints.NonNeg{}
	s := newTraining(t, c, 5, 3, 20)
	want := s.Weights()
	require.Negative(t, slices.Min(want.Pointwise))
	require.NoError(t, s.Project())
	for i, w := range want.Pointwise {
		require.Equal(t, max(w, 0), s.Weights().Pointwise[i])
	}
	require.Equal(t, want.Depthwise, s.Weights().Depthwise)
}

// noDerivative is a regularizer that can be kept and written.
type noDerivative struct{ regularizers.L2 }

func (noDerivative) AddGradient(dw, w []float32, shape []int) error {
	return fmt.Errorf("%w: it has no derivative", sepconv.ErrConfig)
}

func TestTrainBadConfig(t *testing.T) {
	for name, change := range map[string]func(*sepconv.Config){
		"a weight's":  func(c *sepconv.Config) { c.BiasRegularizer = noDerivative{} },
		"an output's": func(c *sepconv.Config) { c.ActivityRegularizer = noDerivative{} },
	} {
		c := small
		change(&c)
		layer, err := sepconv.New(c, 5)
		require.NoError(t, err)
		_, err = layer.Train()
		require.ErrorIs(t, err, sepconv.ErrConfig, name)
		require.ErrorContains(t, err, "derivative")
	}
	layer, err := sepconv.New(sepconv.Config{Filters: 1, KernelSize: 1 << 17, Strides: 1 << 17, DepthMultiplier: 3}, 1)
	require.NoError(t, err)
	_, err = layer.Train()
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, "strides 131072")
	layer, err = sepconv.New(small, 5)
	require.NoError(t, err)
	_, err = layer.Train(nil)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	_, err = layer.Train(sepconv.WithKernel("mmx"))
	require.ErrorIs(t, err, sepconv.ErrKernel)
	for _, o := range []sepconv.CompileOption{sepconv.WithRecompute(), sepconv.WithUndividedActivity()} {
		_, err = layer.Compile(o)
		require.ErrorIs(t, err, sepconv.ErrConfig)
	}
}

// Of bad input nothing is written, and the message says what would be right.
func TestTrainerBadInput(t *testing.T) {
	const elsewhere = 12345
	for _, test := range []struct {
		name string
		call func(s *training) error
		is   error
		says string
	}{
		{"batch -1", func(s *training) error { return s.Forward(s.dst, s.src, -1, s.steps) }, sepconv.ErrShape, "batch is -1"},
		{"steps -1", func(s *training) error { return s.Forward(s.dst, s.src, s.batch, -1) }, sepconv.ErrShape, "-1 steps"},
		{"src too short", func(s *training) error { return s.Forward(s.dst, s.src[1:], s.batch, s.steps) }, sepconv.ErrShape, "src has 299 elements"},
		{"dst too long", func(s *training) error { return s.Forward(append(s.dst, 0), s.src, s.batch, s.steps) }, sepconv.ErrShape, "dst has 241 elements"},
		{"more than an int", func(s *training) error { return s.Forward(s.dst, s.src, math.MaxInt/2, s.steps) }, sepconv.ErrShape, "more elements"},
		{"dst in src", func(s *training) error { return s.Forward(s.src[60:], s.src, s.batch, s.steps) }, sepconv.ErrOverlap, "share memory"},
		{"src of the weights", func(s *training) error {
			return s.Forward(make([]float32, 3*4), s.Variables()[0].Value, 1, 3)
		}, sepconv.ErrOverlap, "src shares memory"},
		{"dst of the gradients", func(s *training) error {
			return s.Forward(s.Gradients().Pointwise[:12], make([]float32, 15), 1, 3)
		}, sepconv.ErrOverlap, "dst shares memory"},
		{"ddst too short", func(s *training) error { return s.Backward(s.dsrc, s.ddst[1:]) }, sepconv.ErrShape, "ddst has 239 elements"},
		{"ddst nil", func(s *training) error { return s.Backward(s.dsrc, nil) }, sepconv.ErrShape, "ddst has 0 elements"},
		{"dsrc too short", func(s *training) error { return s.Backward(s.dsrc[1:], s.ddst) }, sepconv.ErrShape, "dsrc has 299 elements"},
		{"dsrc empty", func(s *training) error { return s.Backward(s.dsrc[:0], s.ddst) }, sepconv.ErrShape, "dsrc has 0 elements"},
		{"dsrc in ddst", func(s *training) error {
			both := make([]float32, 301)
			return s.Backward(both[:300], both[61:])
		}, sepconv.ErrOverlap, "dsrc and ddst share memory"},
		{"dsrc is src", func(s *training) error { return s.Backward(s.src, s.ddst) }, sepconv.ErrOverlap, "src of Forward"},
		{"weights of another layer", func(s *training) error { return s.SetWeights(sepconv.Weights{}) }, sepconv.ErrWeights, "depthwise kernel has 0 elements"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newTraining(t, small, 5, 3, 20)
			require.NoError(t, s.forward())
			for _, x := range [][]float32{s.dst, s.dsrc} {
				for i := range x {
					x[i] = elsewhere
				}
			}
			src, weights := slices.Clone(s.src), s.Weights()
			err := test.call(s)
			require.ErrorIs(t, err, test.is)
			require.ErrorContains(t, err, test.says)
			require.Equal(t, src, s.src)
			require.Equal(t, weights, s.Weights())
			for _, x := range [][]float32{s.dst, s.dsrc} {
				for i := range x {
					require.EqualValues(t, elsewhere, x[i])
				}
			}
			for _, v := range s.Variables() {
				require.Equal(t, make([]float32, len(v.Value)), v.Gradient)
			}
			require.NoError(t, s.backward(), "Forward is still there")
		})
	}
}

// An error of a user's regularizer or constraint says whose it is.
func TestTrainerUsersErrors(t *testing.T) {
	c := small
	own := &failing{}
	c.BiasConstraint, c.BiasRegularizer, c.ActivityRegularizer = own, own, own
	s := newTraining(t, c, 5, 3, 20)
	own.err = errors.New("the user's own")
	require.ErrorContains(t, s.Project(), "bias constraint: the user's own")
	_, err := s.Penalty()
	require.ErrorContains(t, err, "bias regularizer: the user's own")
	_, err = s.AddPenalty()
	require.ErrorIs(t, err, own.err)
	require.ErrorContains(t, s.forward(), "activity regularizer: the user's own")
	require.ErrorIs(t, s.backward(), sepconv.ErrOrder)
}

type failing struct{ err error }

func (*failing) Name() string                                     { return "failing" }
func (f *failing) Loss([]float32, []int) (float64, error)         { return 0, f.err }
func (f *failing) AddGradient(dw, w []float32, shape []int) error { return f.err }
func (f *failing) Project(w []float32, shape []int) error         { return f.err }

// A step in steady state allocates nothing.
func TestTrainerDoesNotAllocate(t *testing.T) {
	c := small
	c.DepthwiseRegularizer, c.ActivityRegularizer, c.PointwiseConstraint = regularizers.L2{}, regularizers.L1{}, constraints.MaxNorm{}
	s := newTraining(t, c, 5, 3, 200, sepconv.WithThreads(2))
	step := func() {
		s.ZeroGradients()
		s.step(t)
		if _, err := s.AddPenalty(); err != nil {
			t.Fatal(err)
		}
		if err := s.Project(); err != nil {
			t.Fatal(err)
		}
		for _, v := range s.Variables() {
			v.Value[0] -= v.Gradient[0]
		}
	}
	step()
	require.Zero(t, testing.AllocsPerRun(20, step))
	// A smaller batch needs nothing more.
	memory := s.Memory()
	s.batch, s.steps = 2, 100
	s.src, s.dsrc, s.dst, s.ddst = s.src[:2*100*5], s.dsrc[:2*100*5], s.dst[:2*100*4], s.ddst[:2*100*4]
	require.Zero(t, testing.AllocsPerRun(20, step))
	require.Equal(t, memory, s.Memory())
}

// What is kept is what Memory says, and less of it if it is computed again.
func TestTrainerMemory(t *testing.T) {
	of := func(options ...sepconv.CompileOption) int {
		s := newTraining(t, sepconv.Config{Filters: 64, KernelSize: 3, Padding: sepconv.Same, Activation: sepconv.Tanh}, 64, 64, 512, append(options, sepconv.WithThreads(1))...)
		none := s.Memory()
		require.Less(t, none, 1<<20)
		s.step(t)
		return s.Memory()
	}
	kept, recomputed := of(), of(sepconv.WithRecompute())
	rows := 64 * 512
	keeps := 64 + 64
	if _, _, l3 := dispatch.Caches(); l3 > 0 && 4*rows*(64+64+64+64+64) > l3/2 { // U is computed again
		keeps = 64
	}
	require.Greater(t, kept, 4*rows*keeps)
	require.Less(t, kept, 4*rows*keeps+1<<20)
	require.Less(t, recomputed, 4*1792*3*64+1<<20)
}

// Rows of depthwise results are whole vectors, which counts where there are few columns.
func TestTrainerMemoryOfFewColumns(t *testing.T) {
	const batch, steps = 4, 4096
	const out = batch * steps / 2
	for _, set := range sepconv.Kernels() {
		multiple := 16
		if set == "generic" || set == "neon" {
			multiple = 4
		}
		for _, channels := range []int{1, 5, 17} {
			// A stride, so that nothing is computed again.
			s := newTraining(t, sepconv.Config{Filters: 2, KernelSize: 3, Strides: 2, Padding: sepconv.Same}, channels, batch, steps, sepconv.WithKernel(set), sepconv.WithThreads(1))
			before := s.Memory()
			require.NoError(t, s.forward())
			require.NoError(t, s.Backward(nil, s.ddst))
			rounded := (channels + multiple - 1) / multiple * multiple
			require.InDelta(t, 4*out*rounded, s.Memory()-before, 4*out/2, "%s, %d channels", set, channels)
			s.step(t)
			require.LessOrEqual(t, s.Memory()-before, 4*out*(rounded+channels)+4*out/2, "%s, %d channels", set, channels)
		}
	}
}

func TestTrainerVariables(t *testing.T) {
	c := small
	c.Name = "block_1"
	s := newTraining(t, c, 5, 1, 4)
	var names []string
	for _, v := range s.Variables() {
		names = append(names, v.Name)
		require.Len(t, v.Value, product(v.Shape))
		require.Len(t, v.Gradient, product(v.Shape))
	}
	require.Equal(t, []string{"block_1/depthwise_kernel", "block_1/pointwise_kernel", "block_1/bias"}, names)
	var trainable sepconv.Trainable = s.Trainer
	require.Len(t, trainable.Variables(), 3)
	s.Variables()[2].Value[1] = 42
	require.EqualValues(t, 42, s.Weights().Bias[1])
	c.NoBias = true
	require.Len(t, newTraining(t, c, 5, 1, 4).Variables(), 2)
}

// The layer that a trainer was made of does not change, nor the trainer with it.
func TestTrainerHasItsOwnWeights(t *testing.T) {
	layer, err := sepconv.New(small, 5)
	require.NoError(t, err)
	want := layer.Weights()
	trainer, err := layer.Train()
	require.NoError(t, err)
	trainer.Variables()[0].Value[0]++
	require.Equal(t, want, layer.Weights())
	require.NoError(t, layer.Initialize(3))
	want.Depthwise[0]++
	require.Equal(t, want, trainer.Weights())
}

// A trainer holds src from Forward to Backward, and no other slice of the caller's.
func TestTrainerKeepsNoMemory(t *testing.T) {
	for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
		for _, channels := range []int{2, 32} {
			c := small
			c.DataFormat = format
			s := newTraining(t, c, channels, 3, 200, sepconv.WithThreads(2))
			var gone []weak.Pointer[float32]
			for range 10 {
				s.step(t)
				gone = append(gone, weak.Make(&s.src[0]), weak.Make(&s.dst[0]), weak.Make(&s.dsrc[0]), weak.Make(&s.ddst[0]))
				s.src, s.dst = slices.Clone(s.src), slices.Clone(s.dst)
				s.dsrc, s.ddst = slices.Clone(s.dsrc), slices.Clone(s.ddst)
			}
			for range 5 {
				runtime.GC()
			}
			for i, p := range gone {
				require.Nil(t, p.Value(), "slice %d of %d is still there", i, len(gone))
			}
			runtime.KeepAlive(s)
		}
	}
}

// Trainers beside each other share the workers, and nothing else.
func TestTrainersBesideEachOther(t *testing.T) {
	threads(t, 4)
	c := small
	c.KernelSize, c.Filters = 9, 32
	want := newTraining(t, c, 16, 4, 300, sepconv.WithThreads(1))
	want.step(t)
	var group sync.WaitGroup
	for i := range 6 {
		s := newTraining(t, c, 16, 4, 300, sepconv.WithThreads(1+i%4))
		group.Add(1)
		go func() {
			defer group.Done()
			for range 5 {
				s.ZeroGradients()
				if err := errors.Join(s.forward(), s.backward()); err != nil {
					t.Error(err)
				}
				if g := s.Gradients(); !slices.Equal(want.Gradients().Pointwise, g.Pointwise) || !slices.Equal(want.Gradients().Depthwise, g.Depthwise) || !slices.Equal(want.dsrc, s.dsrc) {
					t.Error("a step differs")
				}
			}
		}()
	}
	group.Wait()
}

// A copy shares what Forward keeps, and so may neither run nor stand in for the original.
func TestTrainerCopy(t *testing.T) {
	s := newTraining(t, small, 5, 1, 20)
	require.NoError(t, s.forward())
	copied := reflect.New(reflect.TypeFor[sepconv.Trainer]()) // as *s.Trainer, which vet knows to be wrong
	copied.Elem().Set(reflect.ValueOf(s.Trainer).Elem())
	other := copied.Interface().(*sepconv.Trainer)
	require.ErrorIs(t, other.Forward(make([]float32, 64*20*4), make([]float32, 64*20*5), 64, 20), sepconv.ErrConfig)
	require.ErrorIs(t, other.Backward(s.dsrc, s.ddst), sepconv.ErrConfig)
	require.ErrorIs(t, other.SetWeights(s.Weights()), sepconv.ErrConfig)
	require.ErrorIs(t, other.Project(), sepconv.ErrConfig)
	_, err := other.AddPenalty()
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.NoError(t, s.backward())
}

// What a trainer calls may not have it run in between, which would change the batch that it
// works on.
func TestTrainerWithin(t *testing.T) {
	c := small
	var within func()
	call := func() {
		if within != nil {
			within()
		}
	}
	c.Activation = sepconv.WithPullback(sepconv.ActivationFunc(func([]float32) { call() }), func(dy, z []float32) { call() })
	c.ActivityRegularizer = calling{call: call}
	s := newTraining(t, c, 5, 1, 20, sepconv.WithThreads(1))
	s.step(t)
	want := s.gradients()
	s.ZeroGradients()
	dst, src, calls := make([]float32, 64*20*4), make([]float32, 64*20*5), 0
	within = func() {
		calls++
		require.ErrorIs(t, s.Forward(dst, src, 64, 20), sepconv.ErrOrder)
		require.ErrorIs(t, s.Backward(nil, s.ddst), sepconv.ErrOrder)
	}
	s.step(t)
	require.Greater(t, calls, 2)
	require.Equal(t, want, s.gradients())
	require.Equal(t, make([]float32, len(dst)), dst)
}

// calling is a regularizer without a penalty that calls something.
type calling struct{ call func() }

func (calling) Name() string                                   { return "calling" }
func (c calling) Loss([]float32, []int) (float64, error)       { c.call(); return 0, nil }
func (calling) AddGradient(dw, w []float32, shape []int) error { return nil }
