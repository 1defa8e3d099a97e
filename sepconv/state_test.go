package sepconv_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// After each push the signal moves: to another set, another plan of the layer, a bank.
func TestStateMoves(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	for _, strides := range []int{1, 3} {
		paddings(sepconv.Config{Filters: 4, KernelSize: 5, DilationRate: 2, Strides: strides, StridedDilation: true}, func(c sepconv.Config) {
			s, ok := newSignal(t, rng, newLayer(t, c, 3), 90)
			require.True(t, ok)
			l := listen(t, s)
			for l.from < 80 {
				l.push(t, rng.IntN(9))
				state, err := l.stream.MarshalBinary()
				require.NoError(t, err)
				require.LessOrEqual(t, len(state), 65+4*3*8)

				known := sepconv.KnownLength(90)
				plan := compile(t, newLayer(t, c, 3), sepconv.WithKernel(pick(rng, sepconv.Kernels()...)))
				bank, err := plan.Bank(3, known)
				require.NoError(t, err)
				require.NoError(t, bank.Import(1, state))
				pushed, given := bank.Position(1)
				require.Equal(t, [2]int64{int64(l.from), int64(l.given)}, [2]int64{pushed, given})
				again, err := bank.Export(1)
				require.NoError(t, err)
				require.Equal(t, state, again)

				l.stream, err = plan.Stream(known)
				require.NoError(t, err)
				_, err = l.stream.Push(make([]float32, 999), make([]float32, 3*11)) // of another signal
				require.NoError(t, err)
				require.NoError(t, l.stream.UnmarshalBinary(again))
			}
			l.finish(t, constant(4))
			state, err := l.stream.MarshalBinary() // that the signal has ended is a part of it
			require.NoError(t, err)
			other := listen(t, s).stream
			require.NoError(t, other.UnmarshalBinary(state))
			_, err = other.Flush(make([]float32, 999))
			require.ErrorIs(t, err, sepconv.ErrState)
		})
	}
}

// These bytes are the same on every CPU, whatever the order of its bytes.
func TestStateIsPinned(t *testing.T) {
	layer, err := sepconv.NewFromWeights(sepconv.Config{Filters: 1, KernelSize: 3, Padding: sepconv.Causal, Activation: sepconv.LeakyReLUWith(0.5)}, 2,
		sepconv.Weights{Depthwise: []float32{1, 2, 3, 4, 5, 6}, Pointwise: []float32{1, -1}, Bias: []float32{0.5}})
	require.NoError(t, err)
	const pinned = "736570636f6e760190b1c593a92e357f43bca440a8059a036ecbd0833380604d86b2aac30bab4a08020000000000000003000000000000000000004040000080400000a0400000c040a988cefec9e14172"
	plan := compile(t, layer)
	stream, err := plan.Stream()
	require.NoError(t, err)
	_, err = stream.Push(make([]float32, 3), []float32{1, 2, 3, 4, 5, 6})
	require.NoError(t, err)
	state, err := stream.MarshalBinary()
	require.NoError(t, err)
	require.Equal(t, pinned, hex.EncodeToString(state))

	other, err := plan.Stream()
	require.NoError(t, err)
	require.NoError(t, other.UnmarshalBinary(state))
	want, got := make([]float32, 1), make([]float32, 1)
	_, err = stream.Push(want, []float32{7, 8})
	require.NoError(t, err)
	_, err = other.Push(got, []float32{7, 8})
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// A state that is not one of this layer with these weights is refused by name, and leaves
// the stream as it was.
func TestStateIsRefused(t *testing.T) {
	c := sepconv.Config{Filters: 4, KernelSize: 5, DilationRate: 2, Padding: sepconv.Causal}
	layer := newLayer(t, c, 3)
	begun := func(l *sepconv.Layer, options ...sepconv.StreamOption) *sepconv.Stream {
		s, err := compile(t, l).Stream(options...)
		require.NoError(t, err)
		_, err = s.Push(make([]float32, 999), slices.Repeat([]float32{1, 2, 3}, 5))
		require.NoError(t, err)
		return s
	}
	stream := begun(layer)
	state, err := stream.MarshalBinary()
	require.NoError(t, err)
	refused := func(data []byte, says string) {
		t.Helper()
		err := stream.UnmarshalBinary(data)
		require.ErrorIs(t, err, sepconv.ErrState)
		require.ErrorContains(t, err, says)
		now, err := stream.MarshalBinary()
		require.NoError(t, err)
		require.Equal(t, state, now)
	}

	for _, change := range []func(c *sepconv.Config){
		func(c *sepconv.Config) { c.Filters = 5 },
		func(c *sepconv.Config) { c.KernelSize = 4 },
		func(c *sepconv.Config) { c.DilationRate = 3 },
		func(c *sepconv.Config) { c.DilationRate, c.Strides = 1, 2 },
		func(c *sepconv.Config) { c.DepthMultiplier = 2 },
		func(c *sepconv.Config) { c.Padding = sepconv.Same },
		func(c *sepconv.Config) { c.DataFormat = sepconv.ChannelsFirst },
		func(c *sepconv.Config) { c.NoBias = true },
		func(c *sepconv.Config) { c.Activation = sepconv.ReLU },
		func(c *sepconv.Config) { c.Activation = sepconv.LeakyReLUWith(0.25) },
	} {
		other := c
		change(&other)
		data, err := begun(newLayer(t, other, 3)).MarshalBinary()
		require.NoError(t, err)
		refused(data, "another layer")
	}
	for _, change := range []func(w *sepconv.Weights){
		func(w *sepconv.Weights) { w.Depthwise[7]++ },
		func(w *sepconv.Weights) { w.Pointwise[0] = -w.Pointwise[0] },
		func(w *sepconv.Weights) { w.Bias[3] = math.SmallestNonzeroFloat32 },
	} {
		w := layer.Weights()
		change(&w)
		other, err := sepconv.NewFromWeights(c, 3, w)
		require.NoError(t, err)
		data, err := begun(other).MarshalBinary()
		require.NoError(t, err)
		refused(data, "other weights")
	}

	refused(nil, "0 bytes")
	refused([]byte("sepconv\x01"), "8 bytes")
	refused([]byte("no state of a stream, but something else that would be long enough"), `"no state"`)
	for n := range state {
		refused(state[:n], "")
	}
	refused(state[:len(state)-4], "bytes; after 5 steps there must be")
	refused(append(slices.Clone(state), 0), "bytes; after 5 steps there must be")
	refused(append(slices.Clone(state), make([]byte, 1<<20)...), "bytes; after 5 steps there must be")

	// forged is a state whose checksum is right.
	forged := func(change func(data []byte)) []byte {
		data := slices.Clone(state)
		change(data)
		end := len(data) - 8
		sum := sha256.Sum256(data[:end])
		copy(data[end:], sum[:8])
		return data
	}
	steps := func(n uint64) []byte {
		return forged(func(data []byte) { binary.LittleEndian.PutUint64(data[48:], n) })
	}
	refused(steps(1<<62+1), "at most 2^62")
	refused(steps(math.MaxUint64), "at most 2^62")
	refused(steps(4), "after 4 steps there must be")
	refused(steps(6), "after 6 steps there must be")
	refused(forged(func(data []byte) { data[56] = 2 }), "must be 0 or 1")
	refused(state[:len(state)-1], "")

	rng := rand.New(rand.NewPCG(9, 2))
	for range 10_000 {
		data := slices.Clone(state)
		for range 1 + rng.IntN(3) {
			data[rng.IntN(len(data))] ^= 1 << rng.IntN(8)
		}
		if !slices.Equal(data, state) {
			refused(data, "")
		}
	}

	// The zeros in front of a signal depend on how long it will be.
	strided := newLayer(t, sepconv.Config{Filters: 4, KernelSize: 4, Strides: 3, Padding: sepconv.Same}, 3)
	data, err := begun(strided, sepconv.KnownLength(1)).MarshalBinary()
	require.NoError(t, err)
	require.NoError(t, begun(strided, sepconv.KnownLength(4)).UnmarshalBinary(data))
	err = begun(strided, sepconv.KnownLength(3)).UnmarshalBinary(data)
	require.ErrorIs(t, err, sepconv.ErrState)
	require.ErrorContains(t, err, "1 zeros in front, here there are 0: the KnownLength")

	// What is refused costs no memory, however much it says there is.
	huge := steps(1 << 61)
	allocated := budgettest.Allocated(func() {
		for range 100 {
			_ = stream.UnmarshalBinary(huge)
		}
	})
	require.Less(t, allocated, int64(256<<10))
}

// The count ends where no sum of steps leaves an int64 yet.
func TestStreamCountEnds(t *testing.T) {
	for _, c := range []sepconv.Config{
		{Filters: 1, KernelSize: 1},
		{Filters: 1, KernelSize: 1, Padding: sepconv.Same, Strides: math.MaxInt},
		{Filters: 1, KernelSize: 1, Padding: sepconv.Causal, Strides: 3},
	} {
		stream, err := compile(t, newLayer(t, c, 1)).Stream()
		require.NoError(t, err)
		state, err := stream.MarshalBinary()
		require.NoError(t, err)
		binary.LittleEndian.PutUint64(state[48:], 1<<62-2)
		sum := sha256.Sum256(state[:57])
		copy(state[57:], sum[:8])
		require.NoError(t, stream.UnmarshalBinary(state))
		_, err = stream.Push(make([]float32, 3), make([]float32, 3))
		require.ErrorIs(t, err, sepconv.ErrState)
		require.ErrorContains(t, err, "2^62")
		_, err = stream.Push(make([]float32, 2), make([]float32, 2))
		require.NoError(t, err)
		pushed, given := stream.Position()
		require.Equal(t, int64(1<<62), pushed)
		require.Equal(t, (1<<62-1)/int64(max(c.Strides, 1))+1, given)
		_, err = stream.Flush(nil)
		require.NoError(t, err)
	}
}
