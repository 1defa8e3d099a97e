package keras_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
	"github.com/stretchr/testify/require"
)

// goldenNamed returns a golden model of Keras 3.
func goldenNamed(t testing.TB, name string) *goldenModel {
	for _, p := range goldenPacks(t, "keras3-*.zip") {
		for _, m := range p.models {
			if m.Name == name {
				return m
			}
		}
	}
	t.Fatalf("there is no golden model %q", name)
	return nil
}

// programOf compiles a golden model.
func programOf(t testing.TB, name string, options ...sepconv.CompileOption) *keras.Program {
	m := goldenNamed(t, name)
	p, err := m.open(t, m.Files[0]).Compile(options...)
	require.NoError(t, err)
	return p
}

// randomSignal is so many steps of the inputs of a program, of which each has time first.
func randomSignal(p *keras.Program, rng *rand.Rand, steps int) (inputs [][]float32) {
	for _, port := range p.Inputs() {
		x := make([]float32, steps*product(port.Shape[2:]))
		for i := range x {
			x[i] = float32(rng.NormFloat64())
		}
		inputs = append(inputs, x)
	}
	return inputs
}

// Residual and nested branches, pooling within a chain, running heads and recurrent states:
// a stream that was reset, whenever, is a new one.
func TestProgramStreamReset(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 1))
	for _, name := range []string{"resnet", "inception", "densenet", "unet", "matchboxnet", "keywords_gru", "har_conv_lstm", "nas_cells", "wind", "quartznet"} {
		p := programOf(t, name)
		steps := 13
		if n := p.Inputs()[0].Shape[1]; n > 0 {
			steps = n
		} else if name == "quartznet" || name == "unet" || name == "wind" {
			steps = 48
		}
		s := speak(t, p, 1, randomSignal(p, rng, steps))
		stream, err := p.Stream(sepconv.KnownLength(int64(steps)))
		require.NoError(t, err, name)
		fresh, err := stream.MarshalBinary()
		require.NoError(t, err)
		for range 10 {
			noise := randomSignal(p, rng, 1+rng.IntN(40))
			n := len(noise[0]) / product(p.Inputs()[0].Shape[2:])
			outputs, _ := s.listen(stream).outputs(n, false)
			_, err := stream.Push(outputs, noise)
			require.NoError(t, err)
			stream.Reset()
			after, err := stream.MarshalBinary()
			require.NoError(t, err)
			require.Equal(t, fresh, after, name)
		}
		s.listen(stream).finish(t, randomChunks(rng))
	}
}

// A step that is NaN leaves after as many steps as the reach says.
func TestProgramStreamForgetsNaN(t *testing.T) {
	rng := rand.New(rand.NewPCG(42, 1))
	for _, name := range []string{"jasper", "tcn", "quartznet", "wavenet"} {
		p := programOf(t, name)
		stream, err := p.Stream(sepconv.KnownLength(0))
		require.NoError(t, err)
		for output := range p.Outputs() {
			if stream.Running(output) || stream.Reach(output) == math.MaxInt {
				continue
			}
			stream.Reset()
			width := product(p.Outputs()[output].Shape[2:])
			outputs := func(n int) (list [][]float32) {
				for i, port := range p.Outputs() {
					list = append(list, make([]float32, stream.Steps(i, n)*product(port.Shape[2:])))
				}
				return list
			}
			bad := randomSignal(p, rng, 1)
			bad[0][0] = float32(math.NaN())
			_, err := stream.Push(outputs(1), bad)
			require.NoError(t, err)
			seen := false
			for range stream.Reach(output) + stream.Delay(output) {
				y := outputs(1)
				_, err := stream.Push(y, randomSignal(p, rng, 1))
				require.NoError(t, err)
				for _, v := range y[output] {
					seen = seen || v != v
				}
			}
			require.True(t, seen, name)
			y := outputs(100)
			_, err = stream.Push(y, randomSignal(p, rng, 100))
			require.NoError(t, err)
			require.NotEmpty(t, y[output])
			require.Zero(t, len(y[output])%width)
			for _, v := range y[output] {
				require.False(t, v != v, name)
			}
		}
	}
}

// Options that are for models alone are refused by a layer, which would otherwise ignore them.
func TestOptionsOfModelsAlone(t *testing.T) {
	layer, err := sepconv.New(sepconv.Config{Filters: 4, KernelSize: 3}, 2)
	require.NoError(t, err)
	_, err = layer.Compile(keras.WithMaxMemory(1 << 20))
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, "WithMaxMemory")
	_, err = layer.Train(keras.WithMaxMemory(1 << 20))
	require.ErrorIs(t, err, sepconv.ErrConfig)
	plan, err := layer.Compile()
	require.NoError(t, err)
	_, err = plan.Stream(keras.TimeAxis(2))
	require.ErrorIs(t, err, sepconv.ErrConfig)
	require.ErrorContains(t, err, `DataFormat "channels_last"`)
	_, err = plan.Bank(3, keras.TimeAxis(1))
	require.ErrorIs(t, err, sepconv.ErrConfig)
}

// What is wrong is said by name, and nothing changes.
func TestProgramStreamErrors(t *testing.T) {
	p := programOf(t, "keywords_raw")
	rng := rand.New(rand.NewPCG(43, 1))
	s := speak(t, p, 1, randomSignal(p, rng, 128))
	_, err := p.Stream(nil)
	require.ErrorIs(t, err, sepconv.ErrConfig)
	_, err = p.Stream(sepconv.KnownLength(-1))
	require.ErrorIs(t, err, sepconv.ErrShape)
	_, err = p.Stream(keras.TimeAxis(0))
	require.ErrorIs(t, err, sepconv.ErrShape)
	_, err = p.Stream(keras.TimeAxis(3))
	require.ErrorIs(t, err, sepconv.ErrConfig)
	stream, err := p.Stream(sepconv.KnownLength(128))
	require.NoError(t, err)
	a := s.listen(stream)
	state := func() []byte {
		b, err := stream.MarshalBinary()
		require.NoError(t, err)
		return b
	}
	a.push(t, 20)
	before := state()
	good, _ := a.outputs(20, false)
	short := make([][]float32, len(good))
	for i, y := range good {
		short[i] = y[:max(len(y)-1, 0)]
	}
	x := a.chunk(20, 20)
	_, err = stream.Push(short, x)
	require.ErrorIs(t, err, sepconv.ErrShape)
	require.ErrorContains(t, err, "Steps(0, 20) = ")
	_, err = stream.Push(good, nil)
	require.ErrorIs(t, err, sepconv.ErrShape)
	_, err = stream.Push(nil, x)
	require.ErrorIs(t, err, sepconv.ErrShape)
	both := make([]float32, 1000)
	_, err = stream.Push([][]float32{both, both}[:len(good)], [][]float32{both[:len(x[0])]})
	require.ErrorIs(t, err, sepconv.ErrOverlap)
	require.Equal(t, before, state())

	wrong := stream.Clone()
	outputs, _ := s.listen(wrong).outputs(1, false)
	_, err = wrong.Push(outputs, a.chunk(20, 1))
	require.NoError(t, err)
	outputs, _ = s.listen(wrong).outputs(0, true)
	_, err = wrong.Flush(outputs)
	require.ErrorIs(t, err, sepconv.ErrState)
	require.ErrorContains(t, err, `layer "`)
	require.Regexp(t, `ended after \d+ steps of its input, which are 5 modulo its strides 8; by the KnownLength, .* they should be 0`, err.Error())
	require.Equal(t, before, state())

	rest, _ := s.listen(stream).outputs(108, false)
	_, err = stream.Push(rest, a.chunk(20, 108))
	require.NoError(t, err)
	outputs, _ = s.listen(stream).outputs(0, true)
	_, err = stream.Flush(nil)
	require.ErrorIs(t, err, sepconv.ErrShape)
	_, err = stream.Flush(outputs)
	require.NoError(t, err)
	_, err = stream.Flush(outputs)
	require.ErrorIs(t, err, sepconv.ErrState)
	_, err = stream.Push(good, x)
	require.ErrorIs(t, err, sepconv.ErrState)
	require.Zero(t, stream.Steps(0, 10))
	ended := stream.Clone()
	_, err = ended.Push(good, x)
	require.ErrorIs(t, err, sepconv.ErrState)
	require.Zero(t, stream.Steps(7, 1))
	require.Zero(t, stream.Rest(-1))
}

// Without room for steps that come nothing does, until there is.
func TestProgramStreamRoom(t *testing.T) {
	p := programOf(t, "unet")
	s := speak(t, p, 1, randomSignal(p, rand.New(rand.NewPCG(48, 1)), 16))
	stream, err := p.Stream(sepconv.KnownLength(16))
	require.NoError(t, err)
	a := s.listen(stream)
	for a.from < 16 {
		if stream.Steps(0, 1) > 0 {
			_, err := stream.Push([][]float32{nil}, a.chunk(a.from, 1))
			require.ErrorIs(t, err, sepconv.ErrShape)
			require.ErrorContains(t, err, "Steps(0, 1) = ")
		}
		a.push(t, 1)
	}
	require.Positive(t, stream.Rest(0))
	_, err = stream.Flush([][]float32{nil})
	require.ErrorIs(t, err, sepconv.ErrShape)
	require.ErrorContains(t, err, "Rest(0) = ")
	a.finish(t, nil)
}

// An index that an Embedding has not is an error before anything is computed.
func TestProgramStreamIndices(t *testing.T) {
	p := programOf(t, "sepcnn_text")
	stream, err := p.Stream(sepconv.KnownLength(13))
	require.NoError(t, err)
	before, err := stream.MarshalBinary()
	require.NoError(t, err)
	y := []float32{7, 7, 7, 7, 7, 7, 7, 7, 7, 7}
	_, err = stream.Push([][]float32{y}, [][]float32{{1, 2, 1e6}})
	require.ErrorIs(t, err, sepconv.ErrShape)
	require.ErrorContains(t, err, "Embedding")
	after, err := stream.MarshalBinary()
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.Equal(t, float32(7), y[0])
}

// A state goes on in a stream of the same model from another file, with other kernels, and
// in none of another model, of other weights, or of another length; broken ones are refused,
// and none does harm.
func TestProgramStreamStates(t *testing.T) {
	m := goldenNamed(t, "matchboxnet")
	rng := rand.New(rand.NewPCG(44, 1))
	kernels := sepconv.Kernels()
	first, err := m.open(t, m.Files[0]).Compile(sepconv.WithKernel(kernels[0]))
	require.NoError(t, err)
	last, err := m.open(t, m.Files[len(m.Files)-1]).Compile(sepconv.WithKernel(kernels[len(kernels)-1]))
	require.NoError(t, err)
	s := speak(t, first, 1, randomSignal(first, rng, 40))
	one, err := first.Stream(sepconv.KnownLength(40))
	require.NoError(t, err)
	other, err := last.Stream(sepconv.KnownLength(40))
	require.NoError(t, err)
	a := s.listen(one)
	for a.from < 39 {
		a.push(t, 1)
		state, err := a.stream.MarshalBinary()
		require.NoError(t, err)
		require.NoError(t, other.UnmarshalBinary(state))
		a.stream, other = other, a.stream
	}
	state, err := a.stream.MarshalBinary()
	require.NoError(t, err)

	model := m.open(t, m.Files[0])
	for l := range model.All() {
		if len(l.Weights) > 0 {
			l.Weights[0].Values[0]++
			break
		}
	}
	changed, err := model.Compile()
	require.NoError(t, err)
	stream, err := changed.Stream(sepconv.KnownLength(40))
	require.NoError(t, err)
	err = stream.UnmarshalBinary(state)
	require.ErrorIs(t, err, sepconv.ErrState)
	require.ErrorContains(t, err, "other weights")
	foreign, err := programOf(t, "jasper").Stream(sepconv.KnownLength(40))
	require.NoError(t, err)
	err = foreign.UnmarshalBinary(state)
	require.ErrorIs(t, err, sepconv.ErrState)
	require.ErrorContains(t, err, "another model")

	before, err := other.MarshalBinary()
	require.NoError(t, err)
	for n := range len(state) {
		if n > 100 && n < len(state)-100 {
			continue
		}
		require.ErrorIs(t, other.UnmarshalBinary(state[:n]), sepconv.ErrState)
	}
	require.ErrorIs(t, other.UnmarshalBinary(append(state[:len(state):len(state)], 0)), sepconv.ErrState)
	for range 2000 {
		b := append([]byte(nil), state...)
		b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
		require.ErrorIs(t, other.UnmarshalBinary(b), sepconv.ErrState)
	}
	after, err := other.MarshalBinary()
	require.NoError(t, err)
	require.Equal(t, before, after)

	// With a checksum that is right anything may be there.
	for range 2000 {
		b := append([]byte(nil), state...)
		binary.LittleEndian.PutUint64(b[56:], rng.Uint64()>>rng.IntN(64))
		b[64] = byte(rng.IntN(3))
		b = b[:65+rng.IntN(len(b)-65-8)]
		b = withChecksum(b)
		if err := other.UnmarshalBinary(b); err != nil {
			require.ErrorIs(t, err, sepconv.ErrState)
			continue
		}
		outputs, _ := s.listen(other).outputs(3, false)
		_, err := other.Push(outputs, a.chunk(0, 3))
		if !errors.Is(err, sepconv.ErrState) {
			require.NoError(t, err)
		}
	}
	a.finish(t, func() int { return 1 })
}

// What a stream takes does not grow with the signal, and Push allocates nothing.
func TestProgramStreamMemory(t *testing.T) {
	rng := rand.New(rand.NewPCG(45, 1))
	for _, name := range []string{"matchboxnet", "keywords_gru", "unet", "inception", "sepcnn_text"} {
		p := programOf(t, name, sepconv.WithThreads(1))
		stream, err := p.Stream(sepconv.KnownLength(0))
		require.NoError(t, err)
		const steps = 23
		x := randomSignal(p, rng, steps)
		if name == "sepcnn_text" {
			clear(x[0])
		}
		var outputs [][]float32
		for _, port := range p.Outputs() {
			outputs = append(outputs, make([]float32, 4*steps*max(product(port.Shape[1:]), -product(port.Shape[1:]))))
		}
		push := func() {
			for _, n := range []int{1, 0, steps, 2} {
				var part [][]float32
				for _, each := range x {
					part = append(part, each[:n*len(each)/steps])
				}
				if _, err := stream.Push(outputs, part); err != nil {
					t.Fatal(err)
				}
			}
		}
		for range 20 {
			push()
		}
		before := stream.Memory()
		require.Positive(t, before)
		allocated := testing.AllocsPerRun(100, push)
		require.LessOrEqual(t, allocated, float64(4*3), "%s: but for the slices of the test", name)
		require.Equal(t, before, stream.Memory())
	}
}

// Pieces: a chunk of any length is computed some steps at a time.
func TestProgramStreamOfLongChunks(t *testing.T) {
	rng := rand.New(rand.NewPCG(46, 1))
	for _, name := range []string{"matchboxnet", "unet", "pooling_channels_first"} {
		m := goldenNamed(t, name)
		p := programOf(t, name)
		if name == "pooling_channels_first" {
			m.streams(t, rng)
			continue
		}
		const steps = 40_000
		s := speak(t, p, 1, randomSignal(p, rng, steps))
		stream, err := p.Stream(sepconv.KnownLength(steps))
		require.NoError(t, err)
		s.listen(stream).finish(t, func() int { return steps })
		require.Less(t, stream.Memory(), int64(8<<20))
	}
}

// Any number of goroutines may have streams of one program, each its own.
func TestProgramStreamsOfOneProgram(t *testing.T) {
	p := programOf(t, "matchboxnet")
	s := speak(t, p, 1, randomSignal(p, rand.New(rand.NewPCG(47, 1)), 100))
	done := make(chan error)
	for i := range 8 {
		go func() {
			stream, err := p.Stream(sepconv.KnownLength(100))
			if err == nil {
				for at := 0; at < 100 && err == nil; at += i + 1 {
					n := min(i+1, 100-at)
					outputs, _ := s.listen(stream).outputs(n, false)
					_, err = stream.Push(outputs, s.chunk(at, n))
				}
			}
			done <- err
		}()
	}
	for range 8 {
		require.NoError(t, <-done)
	}
	runtime.GC()
}

// withChecksum appends the checksum of a state.
func withChecksum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(b, sum[:8]...)
}
