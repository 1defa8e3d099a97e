package graph

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

// bench is a builder for one graph of a test.
type bench struct {
	builderOfStreams
	x Value
}

func newBench(t testing.TB, shape Shape) *bench {
	b := &bench{}
	target := target(dispatch.Default(), 1)
	b.builderOfRandom = builderOfRandom{NewBuilder(target), rand.New(rand.NewPCG(7, 1)), t, target, nil}
	b.x = b.Input(shape)
	return b
}

func (b *bench) stream(s Signal, outputs ...Value) (*Stream, error) {
	return b.Program(outputs, 1<<30).NewStream(s)
}

// What looks at all of time is refused when a stream is made, and the error says why.
func TestStreamsRefused(t *testing.T) {
	softmax := func() Op {
		return NewActivation(engine.Activation{Activation: kernel.Activation{Func: kernel.Softmax}})
	}
	recurrent := func(b *bench, r Recurrent, in ...Value) Value {
		r.Units, r.Weights = 4, make([]float32, 16)
		return b.node(NewRecurrent(&b.target, r), append([]Value{b.x}, in...)...)
	}
	same := func(stride int) Window { return Window{Size: 3, Stride: stride, Dilation: 1, Padding: Same} }
	for says, build := range map[string]func(b *bench) Value{
		"looks at all steps at once": func(b *bench) Value { return b.node(softmax(), b.node(NewPermute(0, 2, 1), b.x)) },
		"normalizes over all steps":  func(b *bench) Value { return b.node(NewGroupNorm(2, 4, 1e-3, nil, nil), b.x) },
		"normalizes all steps at once": func(b *bench) Value {
			return b.node(NewLayerNorm(1, Open, UnitNorm, 0, nil, nil), b.node(NewPermute(0, 2, 1), b.x))
		},
		"of all steps of one of (1, None, 4) at once": func(b *bench) Value { return b.node(NewFlatten(), b.x) },
		"turns time around":                           func(b *bench) Value { return b.node(NewReverse(), b.x) },
		"begins with the last step":                   func(b *bench) Value { return recurrent(b, Recurrent{Backwards: true, Sequences: true}) },
		"is made of the whole signal, and so is known at its end": func(b *bench) Value {
			return b.node(NewMerge(Multiply), b.x, b.node(NewGlobalPool(true, true), b.x))
		},
		"signals that have to be there as a whole": func(b *bench) Value { return b.node(NewDot(2, 2), b.x, b.x) },
		"one signal behind another":                func(b *bench) Value { return b.node(NewConcat(1), b.x, b.x) },
		"time is along axis 2":                     func(b *bench) Value { return b.node(NewPool(same(1), true), b.node(NewPermute(0, 2, 1), b.x)) },
		"time is along axis 1 of one input and along axis 2 of another": func(b *bench) Value {
			return b.node(NewMerge(Add), b.node(NewPool(same(1), true), b.x), b.node(NewPermute(0, 2, 1), b.x))
		},
		"state it with sepconv.KnownLength": func(b *bench) Value { return b.node(NewPool(same(2), true), b.x) },
		"1/1 and 1/2 steps for one of the signal": func(b *bench) Value {
			half := b.node(NewPool(Window{Size: 2, Stride: 2, Dilation: 1}, true), b.x)
			return b.node(NewMerge(Add), b.x, half)
		},
		"cannot be counted": func(b *bench) Value {
			v := b.x
			for range 5 {
				v = b.node(NewUpSampling(1000), v)
			}
			return v
		},
		"more than the limit of 1073741824": func(b *bench) Value { return b.node(NewZeroPadding(1<<28, 0), b.x) },
		"which a stream would have to keep": func(b *bench) Value {
			return b.node(NewPool(Window{Size: 1 << 28, Stride: 1, Dilation: 1}, true), b.x)
		},
		"its indices come from another layer": func(b *bench) Value {
			return b.node(NewEmbedding(make([]float32, 6), 3, 2, false), b.node(relu(), b.x))
		},
		"in the place of the batch": func(b *bench) Value { return b.node(NewMergeTime(), b.x) },
	} {
		b := newBench(t, Shape{Open, Open, 4})
		_, err := b.stream(Signal{}, build(b))
		require.ErrorIs(t, err, fault.ErrConfig, says)
		require.ErrorContains(t, err, says)
	}
}

// A signal that is too short for a window without padding has no outputs, and one that does
// not fit its branches is an error, as in a run.
func TestStreamsOfShortSignals(t *testing.T) {
	b := newBench(t, Shape{Open, Open, 1})
	valid := b.node(NewPool(Window{Size: 5, Stride: 1, Dilation: 1}, true), b.x)
	s, err := b.stream(Signal{}, valid, b.node(NewGlobalPool(false, false), valid))
	require.NoError(t, err)
	n, err := s.Push([][]float32{nil, {9}}, [][]float32{{1, 2, 3, 4}}, true)
	require.NoError(t, err)
	require.Equal(t, []int{0, 0}, n)
	last := []float32{9}
	n, err = s.Flush([][]float32{nil, last})
	require.NoError(t, err)
	require.Equal(t, []int{0, 0}, n)
	require.Equal(t, []float32{9}, last, "there is no value")

	b = newBench(t, Shape{Open, Open, 1})
	valid = b.node(NewPool(Window{Size: 5, Stride: 1, Dilation: 1}, true), b.x)
	s, err = b.stream(Signal{}, b.node(NewMerge(Add), b.x, valid))
	require.NoError(t, err)
	_, err = s.Push([][]float32{make([]float32, 10)}, [][]float32{make([]float32, 10)}, true)
	require.NoError(t, err)
	_, err = s.Flush([][]float32{make([]float32, 10)})
	require.ErrorIs(t, err, fault.ErrShape)
	require.ErrorContains(t, err, "6 and 10 steps")
}

// A running output is at any time what it is of the steps so far, and costs nothing where it
// is not wanted.
func TestRunningOutputs(t *testing.T) {
	b := newBench(t, Shape{Open, Open, 1})
	s, err := b.stream(Signal{}, b.node(NewGlobalPool(true, false), b.x), b.node(NewGlobalPool(false, true), b.x))
	require.NoError(t, err)
	require.Zero(t, s.Steps(0, 0))
	mean, most, sum := []float32{0}, []float32{0}, float32(0)
	for i := range 5 {
		x := float32(i)
		sum += x
		n, err := s.Push([][]float32{mean, nil}, [][]float32{{x}}, true)
		require.NoError(t, err)
		require.Equal(t, []int{1, 0}, n)
		require.Equal(t, sum/float32(i+1), mean[0])
		n, err = s.Push([][]float32{nil, most}, [][]float32{nil}, true)
		require.NoError(t, err)
		require.Equal(t, []int{0, 1}, n)
		require.Equal(t, x, most[0])
	}
}

// Steps are counted beyond 32 bits, where an int may have no more.
func TestStreamsCountBeyond32Bits(t *testing.T) {
	b := newBench(t, Shape{Open, Open, 1})
	pool := b.node(NewPool(Window{Size: 3, Stride: 7, Dilation: 1, Padding: Same}, false), b.x)
	up := b.node(NewUpSampling(2), pool)
	const total = 1<<31 + 10
	s, err := b.stream(Signal{Known: true, Length: total}, up, pool, b.node(NewGlobalPool(true, false), pool))
	require.NoError(t, err)
	s.position(total-1010, false) // all of it would take long
	at := func(i int64) float32 { return float32(i % 1000) }
	_, given := s.Position(1)
	for from := int64(total - 1010); from < total; from += 101 {
		x := make([]float32, 101)
		for i := range x {
			x[i] = at(from + int64(i))
		}
		if from+101 > total {
			x = x[:total-from]
		}
		outputs := [][]float32{make([]float32, s.Steps(0, len(x))), make([]float32, s.Steps(1, len(x))), {0}}
		_, err := s.Push(outputs, [][]float32{x}, true)
		require.NoError(t, err)
		for _, y := range outputs[1] {
			// The window begins at 7*given, or before it by the zeros in front.
			first := given*7 - int64(s.stages[0].flow.(*windows).Zeros())
			if first > total-1000 {
				require.Equal(t, max(at(first), at(first+1), at(first+2)), y)
			}
			given++
		}
	}
	outputs := [][]float32{make([]float32, s.Rest(0)), make([]float32, s.Rest(1)), {0}}
	_, err = s.Flush(outputs)
	require.NoError(t, err)
	pushed, given := s.Position(0)
	require.Equal(t, int64(total), pushed)
	require.Equal(t, (int64(total)+6)/7*2, given)

	s, err = b.stream(Signal{Known: true}, up)
	require.NoError(t, err)
	s.position(s.limit-1, false)
	_, err = s.Push([][]float32{make([]float32, 10)}, [][]float32{{1, 2}}, true)
	require.ErrorIs(t, err, fault.ErrState)
	require.ErrorContains(t, err, "more than it can count")
	require.Zero(t, s.Steps(0, 2))
}

// Outputs are as late as Delay says.
func TestStreamDelays(t *testing.T) {
	for seed := range uint64(60) {
		p := randomStream(t, rand.New(rand.NewPCG(seed, 5)), target(dispatch.Default(), 1))
		s, err := p.NewStream(Signal{Known: true, Length: 0})
		require.NoError(t, err)
		const from, to = 600, 900
		late := make([]int, len(p.outputs))
		for at := range to + 300 {
			for i, v := range p.outputs {
				tr := &s.tracks[v]
				if tr.axis == running {
					continue
				}
				_, given := s.Position(i)
				s.count(s.steps+1, false)
				for ; given < tr.then; given++ {
					if step := given * tr.num / tr.den; step >= from && step < to {
						late[i] = max(late[i], at-int(step))
					}
				}
			}
			s.position(int64(at+1), false)
		}
		for i, v := range p.outputs {
			if tr := &s.tracks[v]; tr.axis != running && tr.num*tr.den < 100 {
				require.Equal(t, late[i], s.Delay(i), "seed %d, output %d, %d/%d", seed, i, tr.num, tr.den)
			}
		}
	}
}

// A running output is as late as the tensors of time that it is made of, whatever their rates.
func TestRunningDelays(t *testing.T) {
	b := newBench(t, Shape{Open, Open, 1})
	strided := b.node(NewPool(Window{Size: 4, Stride: 3, Dilation: 1}, false), b.x)
	wide := b.node(NewPool(Window{Size: 8, Stride: 1, Dilation: 1}, true), b.x)
	most, mean := b.node(NewGlobalPool(false, false), strided), b.node(NewGlobalPool(true, false), wide)
	dense := func(v Value) Value {
		return b.node(NewDense(&b.target, b.weights(1), nil, 1, 1, engine.Activation{}), v)
	}
	both := b.node(NewConcat(1), dense(most), mean)
	s, err := b.stream(Signal{}, strided, most, dense(dense(most)), mean, both)
	require.NoError(t, err)
	for i, want := range []int{3, 3, 3, 7, 7} {
		require.Equal(t, want, s.Delay(i), "output %d", i)
		require.Equal(t, i > 0, s.Reach(i) == math.MaxInt, "output %d", i)
	}
}

// Of the outputs that one step has, any may be the one that is late, and they may be as many
// as fit into memory.
func TestStreamDelaysOfFastOutputs(t *testing.T) {
	pool := func(size, stride int) Op { return NewPool(Window{Size: size, Stride: stride, Dilation: 1}, true) }
	for name, layers := range map[string][]Op{
		"the last of many":            {NewUpSampling(100), pool(10, 1)},
		"the first of two":            {NewUpSampling(2), pool(4, 4), NewUpSampling(2)},
		"more than 2^63 when far off": {NewUpSampling(10000019), pool(3, 3)},
	} {
		b := newBench(t, Shape{Open, Open, 1})
		v := b.x
		for _, l := range layers {
			v = b.node(l, v)
		}
		s, err := b.stream(Signal{}, v)
		require.NoError(t, err)
		require.Equal(t, 1, s.Delay(0), name)
		require.Equal(t, 2, s.Reach(0), name)
	}
}

// A panic of a user's activation leaves the stream as it was.
func TestStreamsSurviveAPanic(t *testing.T) {
	broken := false
	custom := engine.Activation{Custom: func([]float32) {
		if broken {
			panic("broken")
		}
	}}
	b := newBench(t, Shape{Open, Open, 2})
	w := Window{Size: 4, Stride: 1, Dilation: 1, Padding: Same}
	x := b.node(NewConv1D(&b.target, w, b.weights(4*2*2), nil, 2, 2, 1, engine.Activation{}), b.x)
	y := b.node(NewActivation(custom), x)
	p := b.Program([]Value{y}, 1<<30)
	s, err := p.NewStream(Signal{})
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(8, 1))
	h := hearing{t: t, stream: s, inputs: streamInputs(p, random, 40), steps: 40, given: []int{0}}
	h.shapes, err = p.OutputShapes(1, []int{40})
	require.NoError(t, err)
	h.want = [][]float32{make([]float32, 80)}
	require.NoError(t, p.Run(h.want, h.inputs, 1))
	for h.from < 40 {
		before := s.AppendState(nil)
		broken = true
		if n := s.Steps(0, 1); n > 0 {
			require.Panics(t, func() { _, _ = s.Push([][]float32{make([]float32, 2*n)}, h.chunk(1), true) })
		}
		broken = false
		require.Equal(t, before, s.AppendState(nil))
		h.push(1, false)
	}
	broken = true
	require.Panics(t, func() { _, _ = s.Flush([][]float32{make([]float32, 100)}) })
	broken = false
	h.finish(nil)
}

// Masked steps at the beginning of a chunk leave a recurrent layer as the chunk before did.
func TestStreamsOfMaskedRecurrents(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 1))
	for cell := range Cell(4) {
		for options := range 8 {
			b := newBench(t, Shape{Open, Open, 3})
			r := Recurrent{Cell: cell, Units: 3, Masked: true, Sequences: options&1 > 0, ZeroMasked: options&2 > 0, Final: options&4 > 0}
			r.Activation.Func, r.Gate.Func = kernel.Tanh, kernel.Sigmoid
			wide := r.Gates() * r.Units
			r.Weights = b.weights(r.Units * wide)
			b.lengths = map[Value][]int{}
			x := b.node(NewDense(&b.target, b.weights(3*wide), b.weights(wide), 3, wide, engine.Activation{}), b.x)
			out, err := b.Add("recurrent", NewRecurrent(&b.target, r), x, b.mask(b.x))
			require.NoError(t, err)
			p := b.Program(out, 1<<30)
			s, err := p.NewStream(Signal{})
			require.NoError(t, err)
			const steps = 60
			h := hearing{t: t, stream: s, inputs: streamInputs(p, random, steps), steps: steps}
			h.shapes, err = p.OutputShapes(1, []int{steps})
			require.NoError(t, err)
			for _, shape := range h.shapes {
				h.want = append(h.want, make([]float32, shape.Elements()))
			}
			require.NoError(t, p.Run(h.want, h.inputs, 1))
			for _, n := range []int{1, 3, steps} {
				h.from, h.given = 0, make([]int, len(out))
				h.finish(func() int { return n })
				s.Reset()
			}
		}
	}
}

// Models that compute something else, or with other weights, have other fingerprints, and one
// model has the same with every set of kernels.
func TestFingerprints(t *testing.T) {
	type build func(b *bench, w []float32) Value
	window := func(size, stride, dilation int, padding Padding) Window {
		return Window{size, stride, dilation, padding}
	}
	act := func(f kernel.Func) engine.Activation {
		return engine.Activation{Activation: kernel.Activation{Func: f}}
	}
	conv := func(w Window, f kernel.Func, groups int) build {
		return func(b *bench, x []float32) Value {
			return b.node(NewConv1D(&b.target, w, x[:w.Size*4/groups*4], x[:4], 4, 4, groups, act(f)), b.x)
		}
	}
	depthwise := func(w Window, f kernel.Func) build {
		return func(b *bench, x []float32) Value {
			return b.node(NewDepthwise1D(&b.target, w, x[:w.Size*4], x[:4], 4, 1, act(f)), b.x)
		}
	}
	op := func(make func(b *bench, x []float32) Op) build {
		return func(b *bench, x []float32) Value { return b.node(make(b, x), b.x) }
	}
	recurrent := func(r Recurrent) build {
		return func(b *bench, x []float32) Value {
			r.Units = 4 / r.Gates()
			r.Weights = x[:r.Units*r.Units*r.Gates()]
			out, err := b.Add("recurrent", NewRecurrent(&b.target, r), b.x)
			require.NoError(t, err)
			return out[0]
		}
	}
	weighted := []build{
		conv(window(3, 1, 1, Same), kernel.ReLU, 1), conv(window(3, 1, 1, Causal), kernel.ReLU, 1), conv(window(3, 2, 1, Same), kernel.ReLU, 1),
		conv(window(3, 1, 2, Same), kernel.ReLU, 1), conv(window(3, 1, 1, Same), kernel.GELU, 1), conv(window(3, 1, 1, Same), kernel.ReLU, 2),
		depthwise(window(3, 1, 1, Same), kernel.ReLU), depthwise(window(3, 1, 1, Valid), kernel.ReLU), depthwise(window(3, 1, 1, Same), kernel.Tanh),
		op(func(b *bench, x []float32) Op { return NewDense(&b.target, x[:16], nil, 4, 4, act(kernel.ReLU)) }),
		op(func(b *bench, x []float32) Op { return NewDense(&b.target, x[:16], x[:4], 4, 4, act(kernel.ReLU)) }),
		op(func(b *bench, x []float32) Op { return NewDense(&b.target, x[:16], x[:4], 4, 4, act(kernel.Softmax)) }),
		op(func(b *bench, x []float32) Op { return NewAffine(&b.target, 2, x[:4], x[1:5]) }),
		op(func(b *bench, x []float32) Op { return NewLayerNorm(1, 4, LayerNorm, 1e-3, x[:4], nil) }),
		op(func(b *bench, x []float32) Op { return NewLayerNorm(1, 4, LayerNorm, 1e-5, x[:4], nil) }),
		op(func(b *bench, x []float32) Op { return NewLayerNorm(1, 4, RMSNorm, 1e-3, x[:4], nil) }),
		op(func(b *bench, x []float32) Op { return NewPReLU(x[:4], []int{1, 4}) }),
		op(func(b *bench, x []float32) Op { return NewEmbedding(x[:4], 2, 2, true) }),
		op(func(b *bench, x []float32) Op { return NewEmbedding(x[:4], 2, 2, false) }),
		recurrent(Recurrent{Sequences: true}), recurrent(Recurrent{}), recurrent(Recurrent{Cell: LSTM}), recurrent(Recurrent{Sequences: true, Backwards: true}),
		recurrent(Recurrent{Sequences: true, Activation: act(kernel.Tanh)}),
	}
	plain := []build{
		op(func(b *bench, x []float32) Op { return NewActivation(act(kernel.ReLU)) }),
		op(func(b *bench, x []float32) Op { return NewActivation(act(kernel.Tanh)) }),
		op(func(b *bench, x []float32) Op { return NewPool(window(2, 1, 1, Same), true) }),
		op(func(b *bench, x []float32) Op { return NewPool(window(2, 1, 1, Same), false) }),
		op(func(b *bench, x []float32) Op { return NewPool(window(3, 1, 1, Same), false) }),
		op(func(b *bench, x []float32) Op { return NewGlobalPool(true, true) }),
		op(func(b *bench, x []float32) Op { return NewGlobalPool(false, true) }),
		op(func(b *bench, x []float32) Op { return NewUpSampling(2) }),
		op(func(b *bench, x []float32) Op { return NewZeroPadding(2, 0) }),
		op(func(b *bench, x []float32) Op { return NewZeroPadding(0, 2) }),
		op(func(b *bench, x []float32) Op { return NewCropping(2, 0) }),
		op(func(b *bench, x []float32) Op { return NewNotEqual(1) }),
		op(func(b *bench, x []float32) Op { return NewNotEqual(2) }),
		func(b *bench, x []float32) Value { return b.node(NewMerge(Add), b.x, b.x) },
		func(b *bench, x []float32) Value { return b.node(NewMerge(Multiply), b.x, b.x) },
		func(b *bench, x []float32) Value { return b.node(NewMerge(Add), b.x, b.x, b.x) },
		func(b *bench, x []float32) Value { return b.node(NewFill(1), b.x, b.node(NewAnyNotEqual(0), b.x)) },
		func(b *bench, x []float32) Value { return b.node(NewFill(2), b.x, b.node(NewAnyNotEqual(0), b.x)) },
	}
	weights := make([]float32, 64)
	for i := range weights {
		weights[i] = float32(i) + 1
	}
	print := func(make build, threads int, setIndex int) fingerprint {
		b := &bench{}
		sets := dispatch.Sets()
		target := target(sets[setIndex%len(sets)], threads)
		b.builderOfRandom = builderOfRandom{NewBuilder(target), nil, t, target, nil}
		b.x = b.Input(Shape{Open, Open, 4})
		return b.Program([]Value{make(b, weights)}, 1<<30).print()
	}
	seen := map[[16]byte]int{}
	for i, make := range append(append([]build(nil), weighted...), plain...) {
		f := print(make, 1, 0)
		if other, ok := seen[f.layers]; ok {
			first := append(append([]build(nil), weighted...), plain...)[other]
			require.NotEqual(t, print(first, 1, 0).weights, f.weights, "models %d and %d", i, other)
		}
		seen[f.layers] = i
		for set := range dispatch.Sets() {
			require.Equal(t, f, print(make, 2, set), "model %d", i)
		}
		if i < len(weighted) {
			weights[1]++
			changed := print(make, 1, 0)
			weights[1]--
			require.Equal(t, f.layers, changed.layers, "model %d", i)
			require.NotEqual(t, f.weights, changed.weights, "model %d", i)
		}
	}
}
