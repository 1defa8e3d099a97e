package sepconv_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// signal is one signal of a layer, in its format, and what Run makes of it.
type signal struct {
	layer           *sepconv.Layer
	src, want       []float32
	steps, outSteps int
	filters         int // of the output
}

// newSignal runs the generic set over random steps. ok is false if Run refuses them.
func newSignal(t testing.TB, rng *rand.Rand, l *sepconv.Layer, steps int) (s *signal, ok bool) {
	plan := generic(t, l)
	shape, err := plan.OutputShape(1, steps)
	if err != nil {
		return nil, false
	}
	s = &signal{layer: l, src: make([]float32, steps*l.Channels()), want: make([]float32, product(shape[:])), steps: steps}
	for i := range s.src {
		s.src[i] = float32(rng.NormFloat64())
	}
	s.outSteps, s.filters = shape[1], shape[2]
	if s.first() {
		s.outSteps, s.filters = shape[2], shape[1]
	}
	require.NoError(t, plan.Run(s.want, s.src, 1, steps))
	return s, true
}

func (s *signal) first() bool { return s.layer.Config().DataFormat == sepconv.ChannelsFirst }

// chunk returns steps of the signal as a stream takes them.
func (s *signal) chunk(from, n int) []float32 {
	channels := s.layer.Channels()
	return cutSteps(s.src, s.steps, channels, from, n, s.first())
}

// outputs returns steps of the output as a stream gives them.
func (s *signal) outputs(from, n int) []float32 {
	return cutSteps(s.want, s.outSteps, s.filters, from, n, s.first())
}

func cutSteps(x []float32, steps, channels, from, n int, first bool) []float32 {
	if !first {
		return x[from*channels : (from+n)*channels]
	}
	part := make([]float32, 0, n*channels)
	for c := range channels {
		part = append(part, x[c*steps+from:][:n]...)
	}
	return part
}

// listener gives a stream its signal, and compares.
type listener struct {
	*signal
	stream      *sepconv.Stream
	from, given int
}

func listen(t testing.TB, s *signal, options ...sepconv.CompileOption) *listener {
	stream, err := compile(t, s.layer, options...).Stream(sepconv.KnownLength(int64(s.steps)))
	require.NoError(t, err)
	return &listener{signal: s, stream: stream}
}

func (l *listener) push(t testing.TB, n int) {
	want := l.stream.Steps(n)
	dst := dirty(want * l.filters)
	got, err := l.stream.Push(dst, l.chunk(l.from, n))
	require.NoError(t, err)
	require.Equal(t, want, got)
	l.compare(t, dst, got)
	l.from += n
	pushed, given := l.stream.Position()
	require.Equal(t, [2]int64{int64(l.from), int64(l.given)}, [2]int64{pushed, given})
}

// finish pushes what is left in chunks that next says, and flushes.
func (l *listener) finish(t testing.TB, next func() int) {
	for l.from < l.steps {
		l.push(t, min(next(), l.steps-l.from))
	}
	want := l.stream.Rest()
	dst := dirty(want * l.filters)
	got, err := l.stream.Flush(dst)
	require.NoError(t, err)
	require.Equal(t, want, got)
	l.compare(t, dst, got)
	require.Equal(t, l.outSteps, l.given)
	require.Zero(t, l.stream.Rest())
}

func (l *listener) compare(t testing.TB, dst []float32, n int) {
	for i, want := range l.outputs(l.given, n) {
		if math.Float32bits(want) != math.Float32bits(dst[i]) && !(want != want && dst[i] != dst[i]) {
			t.Fatalf("%+v: after %d steps element %d of outputs %d to %d is %v, at once it is %v", l.layer.Config(), l.from, i, l.given, l.given+n, dst[i], want)
		}
	}
	l.given += n
}

// dirty is memory that shows what was not written.
func dirty(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(math.NaN())
	}
	return x
}

func constant(n int) func() int { return func() int { return n } }

// random returns chunks of every size, most of them short, and empty ones.
func random(rng *rand.Rand) func() int { return func() int { return rng.IntN(1 << rng.IntN(8)) } }

// streamed returns layers of every kind that can be streamed.
func streamed(rng *rand.Rand) (sepconv.Config, int) {
	c := sepconv.Config{
		Filters: 2 * (1 + rng.IntN(20)), KernelSize: 1 + rng.IntN(9),
		Strides: pick(rng, 1, 1, 1, 2, 3, 7, 20), DilationRate: pick(rng, 1, 1, 1, 2, 5), DepthMultiplier: pick(rng, 1, 1, 2, 3),
		Padding: pick(rng, sepconv.Valid, sepconv.Same, sepconv.Causal), DataFormat: pick(rng, sepconv.ChannelsLast, sepconv.ChannelsFirst),
		Activation:      pick[sepconv.Activation](rng, sepconv.Linear, sepconv.ReLU, sepconv.Tanh, sepconv.HardSiLU),
		StridedDilation: true,
	}
	if c.DataFormat == sepconv.ChannelsLast && rng.IntN(3) == 0 {
		c.Activation = pick[sepconv.Activation](rng, sepconv.GLU, sepconv.Softmax, mirrored)
	}
	return c, pick(rng, 1, 2, 3, 7, 16, 33, 64)
}

func pick[T any](rng *rand.Rand, values ...T) T { return values[rng.IntN(len(values))] }

func TestStreams(t *testing.T) {
	threads(t, 4)
	rng := rand.New(rand.NewPCG(3, 1))
	n := 300
	if testing.Short() {
		n = 50
	}
	for range n {
		c, channels := streamed(rng)
		s, ok := newSignal(t, rng, newLayer(t, c, channels), rng.IntN(300))
		if !ok {
			continue
		}
		for _, kernel := range sepconv.Kernels() {
			l := listen(t, s, sepconv.WithKernel(kernel), sepconv.WithThreads(1+rng.IntN(3)))
			l.finish(t, random(rng))
			if t.Failed() {
				t.Fatal(fmt.Sprintf("%+v", c))
			}
		}
	}
}
