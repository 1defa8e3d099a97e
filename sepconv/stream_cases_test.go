package sepconv_test

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"weak"

	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/initializers"
	"github.com/stretchr/testify/require"
)

// The cases in which streams of other libraries go wrong, or are not defined.

// paddings calls f for layers of a configuration with every padding and format.
func paddings(c sepconv.Config, f func(c sepconv.Config)) {
	for _, padding := range []sepconv.Padding{sepconv.Valid, sepconv.Same, sepconv.Causal} {
		for _, format := range []sepconv.DataFormat{sepconv.ChannelsLast, sepconv.ChannelsFirst} {
			c.Padding, c.DataFormat = padding, format
			f(c)
		}
	}
}

// listenAll gives a signal to a stream of every set.
func listenAll(t *testing.T, rng *rand.Rand, c sepconv.Config, channels, steps int, next func() int) {
	s, ok := newSignal(t, rng, newLayer(t, c, channels), steps)
	require.True(t, ok)
	for _, kernel := range sepconv.Kernels() {
		listen(t, s, sepconv.WithKernel(kernel)).finish(t, next)
	}
}

func TestStreamInChunks(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	paddings(sepconv.Config{Filters: 9, KernelSize: 5, DilationRate: 3, DepthMultiplier: 2}, func(c sepconv.Config) {
		const steps, reach = 150, 13
		for _, n := range []int{1, c.KernelSize - 1, c.KernelSize, reach - 1, reach, 17, steps} {
			listenAll(t, rng, c, 7, steps, constant(n))
		}
		listenAll(t, rng, c, 7, steps, random(rng))
		i := 0
		listenAll(t, rng, c, 7, steps, func() int { i++; return i % 2 }) // every other chunk is empty
	})
}

func TestStreamBeginsWithLessThanItsReach(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	paddings(sepconv.Config{Filters: 4, KernelSize: 4, DilationRate: 2}, func(c sepconv.Config) {
		for first := range 8 {
			chunks := []int{first, 40}
			listenAll(t, rng, c, 3, 60, func() int { n := chunks[0]; chunks = []int{chunks[len(chunks)-1]}; return n })
		}
	})
}

// All outputs of a signal that is shorter than the reach are at its end; without padding
// it has none, which Run calls an error.
func TestStreamShorterThanItsReach(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	paddings(sepconv.Config{Filters: 4, KernelSize: 5, DilationRate: 2}, func(c sepconv.Config) {
		for steps := range 9 {
			if c.Padding != sepconv.Valid {
				listenAll(t, rng, c, 3, steps, constant(1))
				continue
			}
			stream, err := compile(t, newLayer(t, c, 3)).Stream()
			require.NoError(t, err)
			n, err := stream.Push(nil, make([]float32, 3*steps))
			require.NoError(t, err)
			require.Zero(t, n)
			n, err = stream.Flush(nil)
			require.NoError(t, err)
			require.Zero(t, n)
		}
	})
}

// Of the zeros around a "same" signal the odd one is behind it.
func TestStreamOfSameWithEvenKernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	for _, taps := range []int{2, 4, 6} {
		for _, dilation := range []int{1, 3, 5} {
			c := sepconv.Config{Filters: 5, KernelSize: taps, DilationRate: dilation, Padding: sepconv.Same}
			listenAll(t, rng, c, 3, 50, constant(7))
			stream, err := compile(t, newLayer(t, c, 3)).Stream()
			require.NoError(t, err)
			require.Equal(t, (taps-1)*dilation-(taps-1)*dilation/2, stream.Delay())
			require.Equal(t, (taps-1)*dilation+1, stream.Reach())
		}
	}
}

func TestStreamOfSameWithStrides(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 1))
	for _, c := range []sepconv.Config{
		{Filters: 4, KernelSize: 5, Strides: 2, Padding: sepconv.Same},
		{Filters: 4, KernelSize: 4, Strides: 3, Padding: sepconv.Same, DataFormat: sepconv.ChannelsFirst},
		{Filters: 4, KernelSize: 3, Strides: 5, Padding: sepconv.Same},
		{Filters: 4, KernelSize: 3, Strides: 3, DilationRate: 2, StridedDilation: true, Padding: sepconv.Same},
	} {
		for steps := 40; steps < 40+c.Strides; steps++ {
			listenAll(t, rng, c, 3, steps, constant(3))

			// The remainder is all that matters, and a wrong one is found.
			plan := compile(t, newLayer(t, c, 3))
			stream, err := plan.Stream(sepconv.KnownLength(int64(steps % c.Strides)))
			require.NoError(t, err)
			dst, src := dirty(40*4), make([]float32, 3*(steps+1))
			_, err = stream.Push(dst, src)
			require.NoError(t, err)
			rest := stream.Rest()
			_, err = stream.Flush(dst)
			require.ErrorIs(t, err, sepconv.ErrState)
			require.ErrorContains(t, err, "KnownLength")
			require.Equal(t, rest, stream.Rest(), "nothing has changed")
			_, err = stream.Push(dst, src[:3*(c.Strides-1)]) // now it is so long
			require.NoError(t, err)
			_, err = stream.Flush(dst)
			require.NoError(t, err)
		}
	}
}

func TestStreamsStrides(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 1))
	for _, c := range []sepconv.Config{
		{Filters: 3, KernelSize: 5, Strides: 3},
		{Filters: 3, KernelSize: 2, Strides: 11}, // most steps are never seen
		{Filters: 3, KernelSize: 1, Strides: 4},
		{Filters: 3, KernelSize: 3, Strides: 4, DilationRate: 5, StridedDilation: true},
	} {
		paddings(c, func(c sepconv.Config) {
			listenAll(t, rng, c, 2, 4000, func() int { return rng.IntN(9) }) // a thousand pushes
			listenAll(t, rng, c, 2, 700, constant(1))
		})
	}
}

func TestStreamEnds(t *testing.T) {
	c := sepconv.Config{Filters: 2, KernelSize: 3, Padding: sepconv.Same}
	stream, err := compile(t, newLayer(t, c, 1)).Stream()
	require.NoError(t, err)
	dst := dirty(8)
	n, err := stream.Flush(dst) // of nothing
	require.NoError(t, err)
	require.Zero(t, n)
	for range 2 {
		_, err = stream.Flush(dst)
		require.ErrorIs(t, err, sepconv.ErrState)
		for _, push := range []func(dst, src []float32) (int, error){stream.Push, stream.Peek} {
			for _, src := range [][]float32{nil, {1}} {
				_, err = push(dst, src)
				require.ErrorIs(t, err, sepconv.ErrState)
				require.ErrorContains(t, err, "Reset")
			}
		}
		require.Zero(t, stream.Steps(5))
		require.Zero(t, stream.Rest())
		stream = stream.Clone()
	}
	stream.Reset()
	n, err = stream.Push(dst, []float32{1, 2})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, 1, stream.Rest())
	n, err = stream.Flush(dst)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	pushed, given := stream.Position()
	require.Equal(t, [2]int64{2, 2}, [2]int64{pushed, given})
}

func TestResetIsANewStream(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	paddings(sepconv.Config{Filters: 4, KernelSize: 5, DilationRate: 2}, func(c sepconv.Config) {
		s, ok := newSignal(t, rng, newLayer(t, c, 3), 90)
		require.True(t, ok)
		l := listen(t, s)
		for i := range 20 {
			for range i {
				l.push(t, rng.IntN(4))
			}
			if i%3 == 0 {
				l.finish(t, constant(20))
			}
			l.stream.Reset()
			l.from, l.given = 0, 0
		}
		l.finish(t, constant(4))
	})
}

// A NaN is seen by every output that it is a tap of, and by no other.
func TestNaNLeavesAfterItsReach(t *testing.T) {
	for _, kernel := range sepconv.Kernels() {
		stream, err := compile(t, newLayer(t, sepconv.Config{Filters: 2, KernelSize: 4, DilationRate: 3, Padding: sepconv.Causal}, 1), sepconv.WithKernel(kernel)).Stream()
		require.NoError(t, err)
		for i := range 60 {
			x, dst := float32(i), make([]float32, 2)
			if i == 20 {
				x = float32(math.NaN())
			}
			_, err := stream.Push(dst, []float32{x})
			require.NoError(t, err)
			seen := i >= 20 && i < 20+stream.Reach() && (i-20)%3 == 0
			require.Equal(t, seen, dst[0] != dst[0], "step %d", i)
		}
	}
}

// Whatever is refused, the stream goes on as if it had not been asked.
func TestStreamRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 1))
	paddings(sepconv.Config{Filters: 4, KernelSize: 3}, func(c sepconv.Config) {
		s, ok := newSignal(t, rng, newLayer(t, c, 2), 50)
		require.True(t, ok)
		l := listen(t, s)
		shared := make([]float32, 64)
		for l.from < 40 {
			n := 4
			before, err := l.stream.MarshalBinary()
			require.NoError(t, err)
			want := l.stream.Steps(n)
			short := dirty(max(4*want-1, 0))
			_, err = l.stream.Push(short, l.chunk(l.from, n))
			if want > 0 {
				require.ErrorIs(t, err, sepconv.ErrShape)
				require.ErrorContains(t, err, "Steps(4) = ")
				for _, y := range short {
					require.True(t, y != y, "dst was written")
				}
				_, err = l.stream.Push(shared, shared[:n*2])
				require.ErrorIs(t, err, sepconv.ErrOverlap)
				_, err = l.stream.Push(shared, shared[4*want:][:n*2]) // behind what is written
				require.NoError(t, err)
				require.NoError(t, l.stream.UnmarshalBinary(before))
			}
			_, err = l.stream.Push(shared, make([]float32, 2*n+1))
			require.ErrorIs(t, err, sepconv.ErrShape)
			require.ErrorContains(t, err, "9 elements")
			after, err := l.stream.MarshalBinary()
			require.NoError(t, err)
			require.Equal(t, before, after)
			l.push(t, n)
		}
		if l.stream.Rest() > 0 {
			_, err := l.stream.Flush(make([]float32, 3))
			require.ErrorIs(t, err, sepconv.ErrShape)
			require.ErrorContains(t, err, "Rest() = 1")
		}
		l.finish(t, constant(4))
	})
}

func TestPeekChangesNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(14, 1))
	paddings(sepconv.Config{Filters: 4, KernelSize: 4, DilationRate: 2}, func(c sepconv.Config) {
		s, ok := newSignal(t, rng, newLayer(t, c, 5), 300)
		require.True(t, ok)
		l := listen(t, s)
		for l.from < 280 {
			n := 1 + rng.IntN(20)
			before, err := l.stream.MarshalBinary()
			require.NoError(t, err)
			other := make([]float32, 5*rng.IntN(20))
			ramp(other)
			_, err = l.stream.Peek(make([]float32, 4*20), other)
			require.NoError(t, err)
			dst := dirty(4 * l.stream.Steps(n))
			got, err := l.stream.Peek(dst, s.chunk(l.from, min(n, s.steps-l.from)))
			require.NoError(t, err)
			given := l.given
			l.compare(t, dst, got)
			l.given = given
			after, err := l.stream.MarshalBinary()
			require.NoError(t, err)
			require.Equal(t, before, after)
			l.push(t, min(n, s.steps-l.from))
		}
		l.finish(t, constant(1))
	})
}

// A stream and its clone go on by themselves.
func TestStreamClone(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 1))
	paddings(sepconv.Config{Filters: 4, KernelSize: 4, DilationRate: 2}, func(c sepconv.Config) {
		s, ok := newSignal(t, rng, newLayer(t, c, 5), 100)
		require.True(t, ok)
		l := listen(t, s)
		for l.from < 90 {
			l.push(t, 1+rng.IntN(9))
			clone := *l
			clone.stream = l.stream.Clone()
			clone.finish(t, constant(3))
		}
		l.finish(t, constant(1))
	})
}

// The count goes beyond 32 bits, where an int may have no more. A stride leaves most of
// the steps unseen, so that so many take no time.
func TestStreamCountsBeyond32Bits(t *testing.T) {
	const chunk, stride, total = 1 << 20, 1000, 1<<31 + 10
	layer := newLayer(t, sepconv.Config{
		Filters: 1, KernelSize: 2, Strides: stride,
		DepthwiseInitializer: initializers.Ones{}, PointwiseInitializer: initializers.Ones{},
	}, 1)
	plan := compile(t, layer)
	stream, err := plan.Stream(sepconv.KnownLength(total))
	require.NoError(t, err)
	src, dst := make([]float32, chunk), make([]float32, chunk/stride+1)
	for i := range src {
		src[i] = float32(i)
	}
	at := func(t int64) float32 { return float32(t % chunk) }
	var outputs int64
	for pushed := int64(0); pushed < total; {
		n := int(min(chunk, total-pushed))
		got, err := stream.Push(dst, src[:n])
		require.NoError(t, err)
		for _, y := range dst[:got] {
			if first := outputs * stride; y != at(first)+at(first+1) {
				t.Fatalf("output %d is %v; it must be %v", outputs, y, at(first)+at(first+1))
			}
			outputs++
		}
		pushed += int64(n)
		if pushed%(1<<28) == 0 { // the state counts as well
			state, err := stream.MarshalBinary()
			require.NoError(t, err)
			stream, err = plan.Stream(sepconv.KnownLength(total))
			require.NoError(t, err)
			require.NoError(t, stream.UnmarshalBinary(state))
		}
	}
	require.Equal(t, int64((total-2)/stride+1), outputs)
	pushed, given := stream.Position()
	require.Equal(t, [2]int64{total, outputs}, [2]int64{pushed, given})
	_, err = stream.Flush(nil)
	require.NoError(t, err)
}

// An hour of frames of 10 ms, some at a time: no memory grows, and the outputs are
// those of the hour at once.
func TestStreamOfAnHour(t *testing.T) {
	frames := 360_000
	if testing.Short() || sepconv.Kernels()[0] == "generic" {
		frames /= 20
	}
	const channels, filters, seed = 32, 64, 9
	for _, padding := range []sepconv.Padding{sepconv.Causal, sepconv.Same} {
		plan := compile(t, newLayer(t, sepconv.Config{Filters: filters, KernelSize: 5, DilationRate: 2, Padding: padding, Activation: sepconv.ReLU}, channels),
			sepconv.WithThreads(1)) // the first run that another helps allocates what that one needs
		stream, err := plan.Stream()
		require.NoError(t, err)
		streamed, once := sha256.New(), sha256.New()
		src, dst, bytes := make([]float32, 16*channels), make([]float32, 32*filters), make([]byte, 4*32*filters)
		cuts, rng := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2))
		listen := func(frames int) {
			for frames > 0 {
				x := src[:channels*min(cuts.IntN(17), frames)]
				noise(rng, x)
				n, err := stream.Push(dst, x)
				if err != nil {
					t.Fatal(err)
				}
				hashFloats(streamed, dst[:n*filters], bytes)
				frames -= len(x) / channels
			}
		}
		listen(frames / 100)
		allocated := budgettest.Allocated(func() { listen(frames - frames/100) })
		require.Less(t, allocated, int64(64<<10))
		n, err := stream.Flush(dst)
		require.NoError(t, err)
		hashFloats(streamed, dst[:n*filters], bytes)

		whole, outputs := make([]float32, frames*channels), make([]float32, frames*filters)
		noise(rand.New(rand.NewPCG(seed, 2)), whole)
		require.NoError(t, plan.Run(outputs, whole, 1, frames))
		for len(outputs) > 0 {
			n := min(len(outputs), 32*filters)
			hashFloats(once, outputs[:n], bytes)
			outputs = outputs[n:]
		}
		require.Equal(t, once.Sum(nil), streamed.Sum(nil), padding)
	}
}

func noise(rng *rand.Rand, x []float32) {
	for i := range x {
		x[i] = rng.Float32() - 0.5
	}
}

func hashFloats(h hash.Hash, x []float32, bytes []byte) {
	for i, v := range x {
		binary.LittleEndian.PutUint32(bytes[4*i:], math.Float32bits(v))
	}
	h.Write(bytes[:4*len(x)])
}

// Any number of goroutines may have streams of one plan.
func TestStreamsOfOnePlan(t *testing.T) {
	threads(t, 4)
	for _, c := range sharing {
		if c.config.DataFormat == sepconv.ChannelsFirst && c.config.Activation == sepconv.Softmax {
			continue
		}
		rng := rand.New(rand.NewPCG(19, 1))
		s, ok := newSignal(t, rng, newLayer(t, c.config, c.channels), min(c.steps, 300))
		require.True(t, ok)
		plan := compile(t, s.layer)
		each(16, func(i int) {
			stream, err := plan.Stream()
			if err != nil {
				t.Error(err)
				return
			}
			l := &listener{signal: s, stream: stream}
			l.finish(t, constant(5+i*i))
		})
	}
}

// What has no final output before the signal ends is refused, with the reason.
func TestLayersThatCannotBeStreamed(t *testing.T) {
	for _, test := range []struct {
		config sepconv.Config
		says   string
	}{
		{sepconv.Config{Activation: sepconv.Softmax, DataFormat: sepconv.ChannelsFirst}, "softmax looks at all steps"},
		{sepconv.Config{Activation: sepconv.LogSoftmax, DataFormat: sepconv.ChannelsFirst}, "log_softmax looks at all steps"},
		{sepconv.Config{Activation: sepconv.Sparsemax, DataFormat: sepconv.ChannelsFirst}, "sparsemax looks at all steps"},
		{sepconv.Config{Activation: sepconv.GLU, DataFormat: sepconv.ChannelsFirst}, "glu looks at all steps"},
		{sepconv.Config{Activation: mirrored, DataFormat: sepconv.ChannelsFirst}, "custom, which is a user's, is given all steps"},
		{sepconv.Config{Padding: sepconv.Same, Strides: 2}, "depend on its length; state it, or its remainder by 2, with sepconv.KnownLength"},
		{sepconv.Config{DilationRate: 1 << 28}, "536870912 steps of 2 channels back"},
	} {
		c := test.config
		c.Filters, c.KernelSize = 4, 3
		plan := compile(t, newLayer(t, c, 2))
		_, err := plan.Stream()
		require.ErrorIs(t, err, sepconv.ErrConfig)
		require.ErrorContains(t, err, test.says)
		_, err = plan.Bank(1)
		require.ErrorIs(t, err, sepconv.ErrConfig)
	}
	plan := compile(t, newLayer(t, sepconv.Config{Filters: 4, KernelSize: 3, Padding: sepconv.Same, Strides: 2}, 2))
	_, err := plan.Stream(sepconv.KnownLength(-1))
	require.ErrorIs(t, err, sepconv.ErrShape)
	_, err = plan.Stream(nil)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	_, err = plan.Stream(sepconv.KnownLength(math.MaxInt64))
	require.NoError(t, err)
	// Two taps leave no choice of where the zeros are.
	_, err = compile(t, newLayer(t, sepconv.Config{Filters: 4, KernelSize: 2, Padding: sepconv.Same, Strides: 2}, 2)).Stream()
	require.NoError(t, err)
}

// A panic of a user's activation leaves the stream and the bank as they were.
func TestStreamSurvivesAPanic(t *testing.T) {
	broken := false
	c := sepconv.Config{Filters: 3, KernelSize: 4, Padding: sepconv.Same, Activation: sepconv.ActivationFunc(func([]float32) {
		if broken {
			panic("broken")
		}
	})}
	rng := rand.New(rand.NewPCG(21, 1))
	s, ok := newSignal(t, rng, newLayer(t, c, 2), 40)
	require.True(t, ok)
	l := listen(t, s, sepconv.WithThreads(1))
	for l.from < 40 {
		broken = true
		if l.stream.Steps(1) > 0 {
			require.Panics(t, func() { _, _ = l.stream.Push(make([]float32, 99), l.chunk(l.from, 1)) })
		}
		broken = false
		l.push(t, 1)
	}
	broken = true
	require.Panics(t, func() { _, _ = l.stream.Flush(make([]float32, 99)) })
	broken = false
	l.finish(t, constant(1))
}

// Neither streams nor banks, nor their plan, keep what they were given.
func TestStreamKeepsNothingAlive(t *testing.T) {
	plan := compile(t, newLayer(t, sepconv.Config{Filters: 4, KernelSize: 3, Padding: sepconv.Same}, 2))
	stream, err := plan.Stream()
	require.NoError(t, err)
	bank, err := plan.Bank(2)
	require.NoError(t, err)
	var slices []weak.Pointer[float32]
	for i := range 20 {
		dst, src := make([]float32, 4*200), make([]float32, 4*100)
		slices = append(slices, weak.Make(&dst[0]), weak.Make(&src[0]))
		if i%2 == 0 {
			_, err = stream.Push(dst, src)
		} else {
			_, err = bank.Push([]int{1, 0}, dst, src, []int{150, 50})
		}
		require.NoError(t, err)
	}
	for range 5 {
		runtime.GC()
	}
	for i, p := range slices {
		require.Nil(t, p.Value(), "slice %d of %d is still there", i, len(slices))
	}
	runtime.KeepAlive(stream)
	runtime.KeepAlive(bank)
}

func TestStreamDoesNotAllocate(t *testing.T) {
	for _, kernel := range sepconv.Kernels() {
		paddings(sepconv.Config{Filters: 24, KernelSize: 5, DilationRate: 2, Activation: sepconv.GELU}, func(c sepconv.Config) {
			plan := compile(t, newLayer(t, c, 7), sepconv.WithKernel(kernel), sepconv.WithThreads(2))
			stream, err := plan.Stream()
			require.NoError(t, err)
			bank, err := plan.Bank(5)
			require.NoError(t, err)
			dst, src := make([]float32, 200*24), make([]float32, 7*(100+3+40))
			state := make([]byte, 0, 1<<12)
			require.Zero(t, testing.AllocsPerRun(20, func() {
				for _, n := range []int{1, 0, 3, 100} {
					if _, err := stream.Push(dst, src[:7*n]); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := bank.Push([]int{3, 0, 4, 1}, dst, src, []int{100, 3, 40, 0}); err != nil {
					t.Fatal(err)
				}
				var err error
				if state, err = stream.AppendBinary(state[:0]); err != nil {
					t.Fatal(err)
				}
				if err := stream.UnmarshalBinary(state); err != nil {
					t.Fatal(err)
				}
				if _, err := stream.Flush(dst); err != nil {
					t.Fatal(err)
				}
				stream.Reset()
			}), "%s %+v", kernel, c)
		})
	}
}
