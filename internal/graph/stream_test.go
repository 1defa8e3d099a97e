package graph

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/workers"
	"github.com/stretchr/testify/require"
)

// builderOfStreams puts random graphs together that can be streamed: operations that go on
// by any number of steps, and what branches of the same length make together.
type builderOfStreams struct {
	builderOfRandom
	lengths map[Value][]int // of each tensor, for inputs of some lengths
	running []Value
}

// lengthsTried are of inputs: enough to tell tensors apart that are not always as long as
// one another.
var lengthsTried = func() (list []int) {
	for n := range 25 {
		list = append(list, 3000+n)
	}
	return list
}()

// randomStream returns a random model, the same for the same numbers.
func randomStream(t testing.TB, random *rand.Rand, target Target) *Program {
	b := &builderOfStreams{builderOfRandom{NewBuilder(target), random, t, target, nil}, map[Value][]int{}, nil}
	for range 1 + b.IntN(2) {
		b.keep(b.Input(Shape{Open, Open, 1 + b.IntN(12)}), lengthsTried)
	}
	if b.IntN(3) == 0 {
		const rows, width = 5, 4
		v := b.Input(Shape{Open, Open})
		b.lengths[v] = lengthsTried
		b.keep(b.one(NewEmbedding(b.weights(rows*width), rows, width, false), v), lengthsTried)
	}
	for range 3 + b.IntN(14) {
		b.growStream()
	}
	outputs := []Value{b.values[len(b.values)-1]}
	for range b.IntN(3) {
		outputs = append(outputs, b.any())
	}
	if len(b.running) > 0 {
		outputs = append(outputs, b.running[b.IntN(len(b.running))])
	}
	b.Shuffle(len(outputs), func(i, j int) { outputs[i], outputs[j] = outputs[j], outputs[i] })
	return b.Program(outputs, 1<<30)
}

func (b *builderOfStreams) keep(v Value, lengths []int) {
	b.values = append(b.values, v)
	b.lengths[v] = lengths
}

// one adds an operation whose outputs are as long as its first input.
func (b *builderOfStreams) one(op Op, in ...Value) Value {
	v := b.node(op, in...)
	b.lengths[v] = b.lengths[in[0]]
	return v
}

// timed adds an operation that changes how many steps there are, unless there may be none.
func (b *builderOfStreams) timed(op Op, x Value) {
	var lengths []int
	for _, n := range b.lengths[x] {
		out, err := op.Shapes([]Shape{b.Shape(x).With(0, 1).With(1, n)})
		if err != nil || out[0][1] > 1<<14 {
			return
		}
		lengths = append(lengths, out[0][1])
	}
	b.keep(b.node(op, x), lengths)
}

// streamWindow is any window.
func (b *builderOfStreams) streamWindow() Window {
	w := b.window()
	w.Padding = Padding(b.IntN(3))
	if b.IntN(3) == 0 {
		w.Stride = 1 + b.IntN(4)
	}
	return w
}

// growStream adds an operation.
func (b *builderOfStreams) growStream() {
	x := b.any()
	c := b.Shape(x).Last()
	n := 1 + b.IntN(20)
	switch b.IntN(18) {
	case 0:
		b.keepOne(NewDense(&b.target, b.weights(c*n), b.weights(n), c, n, b.activation()), x)
	case 1, 2:
		w := b.streamWindow()
		b.timed(NewConv1D(&b.target, w, b.weights(w.Size*c*n), b.weights(n), c, n, 1, b.activation()), x)
	case 3:
		w := b.streamWindow()
		b.timed(NewDepthwise1D(&b.target, w, b.weights(w.Size*c*2), b.weights(c*2), c, 2, b.activation()), x)
	case 4:
		w := b.streamWindow()
		b.timed(NewConv1D(&b.target, w, b.weights(w.Size*c*2), nil, c, 2*c, c, b.activation()), x)
	case 5, 6:
		w := b.streamWindow()
		w.Dilation, w.Padding = 1, w.Padding%2
		b.timed(NewPool(w, b.IntN(2) == 0), x)
	case 7:
		b.timed(NewUpSampling(1+b.IntN(3)), x)
	case 8:
		b.timed(NewZeroPadding(b.IntN(5), b.IntN(5)), x)
	case 9:
		b.timed(NewCropping(b.IntN(5), b.IntN(5)), x)
	case 10:
		b.keepOne(NewActivation(b.activation()), x)
	case 11:
		b.keepOne(NewAffine(&b.target, 2, b.weights(c), b.weights(c)), x)
	case 12:
		b.meet(x)
	case 13:
		b.meet(x)
	case 14: // channels before time
		first := b.one(NewPermute(0, 2, 1), x)
		both := b.one(NewConcat(1), first, b.one(relu(), first))
		b.keepOne(NewPermute(0, 2, 1), both)
	case 15:
		flat := b.node(NewMergeTime(), x)
		dense := b.node(NewDense(&b.target, b.weights(c*n), nil, c, n, b.activation()), flat)
		b.keep(b.node(NewSplitTime(), dense, x), b.lengths[x])
	case 16:
		b.recurrentStream(x)
	case 17:
		b.head(x)
	}
}

func (b *builderOfStreams) keepOne(op Op, in ...Value) { b.keep(b.one(op, in...), b.lengths[in[0]]) }

// meet merges tensors that are as long as one another, or joins their channels.
func (b *builderOfStreams) meet(x Value) {
	list := []Value{x}
	add := b.IntN(2) == 0
	for range 1 + b.IntN(2) {
		y := b.any()
		if !slices.Equal(b.lengths[x], b.lengths[y]) {
			y = x
		}
		if c := b.Shape(x).Last(); add && b.Shape(y).Last() != c {
			d := b.Shape(y).Last()
			y = b.one(NewDense(&b.target, b.weights(d*c), nil, d, c, b.activation()), y)
		}
		list = append(list, y)
	}
	if add {
		b.keepOne(NewMerge([]Merge{Add, Subtract, Multiply, Maximum, Minimum}[b.IntN(5)]), list...)
		return
	}
	b.keepOne(NewConcat(-1), list...)
}

// mask masks about half of the steps.
func (b *builderOfStreams) mask(x Value) Value {
	c := b.Shape(x).Last()
	one := b.one(NewDense(&b.target, b.weights(c), b.weights(1), c, 1, relu().(*activation).Activation), x)
	return b.one(NewAnyNotEqual(0), one)
}

// recurrentStream adds a recurrent layer, of all outputs or of the last.
func (b *builderOfStreams) recurrentStream(x Value) {
	c, units := b.Shape(x).Last(), 1+b.IntN(9)
	r := Recurrent{
		Cell: Cell(b.IntN(4)), Units: units, Sequences: b.IntN(2) == 0, Final: b.IntN(3) == 0,
		Masked: b.IntN(2) == 0, ZeroMasked: b.IntN(2) == 0,
	}
	wide := r.Gates() * units
	r.Weights = b.weights(units * wide)
	r.Activation, r.Gate = b.activation(), b.activation()
	in := []Value{b.one(NewDense(&b.target, b.weights(c*wide), b.weights(wide), c, wide, relu().(*activation).Activation), x)}
	if r.Masked {
		in = append(in, b.mask(x))
	}
	out, err := b.Add("random", NewRecurrent(&b.target, r), in...)
	require.NoError(b.t, err)
	if r.Sequences {
		b.keep(out[0], b.lengths[x])
		out = out[1:]
	}
	b.running = append(b.running, out...)
}

// head adds a pooling of all steps, and something behind it.
func (b *builderOfStreams) head(x Value) {
	c := b.Shape(x).Last()
	in := []Value{x}
	mean := b.IntN(2) == 0
	if mean && b.IntN(2) == 0 {
		in = append(in, b.mask(x))
	}
	v := b.node(NewGlobalPool(mean, b.IntN(2) == 0), in...)
	b.running = append(b.running, v, b.node(NewDense(&b.target, b.weights(c*3), nil, c, 3, b.activation()), v))
	if len(b.Shape(v)) == 3 {
		b.running = append(b.running, b.node(NewUpSampling(3), v), b.node(NewFlatten(), b.node(NewRepeat(2), v)))
	}
}

// streamInputs are random, and indices where the input is one of an Embedding.
func streamInputs(p *Program, random *rand.Rand, steps int) (list [][]float32) {
	for i := range p.inputs {
		shape := p.InputShape(i)
		x := make([]float32, steps)
		for j := range x {
			x[j] = float32(random.IntN(5))
		}
		if len(shape) == 3 {
			x = make([]float32, steps*shape[2])
			for j := range x {
				x[j] = float32(random.NormFloat64())
			}
		}
		list = append(list, x)
	}
	return list
}

// hearing compares what a stream gives with what a run of the whole gave.
type hearing struct {
	t      testing.TB
	stream *Stream
	inputs [][]float32
	steps  int
	want   [][]float32 // nil if the run was an error
	shapes []Shape
	from   int
	given  []int
}

func (h *hearing) width(i int) int { return h.stream.tracks[h.stream.program.outputs[i]].width() }

func (h *hearing) outputs(count func(i int) int) (list [][]float32) {
	for i := range h.stream.Outputs() {
		list = append(list, make([]float32, count(i)*h.width(i)))
	}
	return list
}

func (h *hearing) chunk(n int) (list [][]float32) {
	for _, x := range h.inputs {
		width := len(x) / h.steps
		list = append(list, x[h.from*width:(h.from+n)*width])
	}
	return list
}

// push pushes n steps; before it sees that Peek gives the same and changes nothing.
func (h *hearing) push(n int, peek bool) {
	outputs := h.outputs(func(i int) int { return h.stream.Steps(i, n) })
	if peek {
		before := h.stream.AppendState(nil)
		seen := h.outputs(func(i int) int { return h.stream.Steps(i, n) })
		_, err := h.stream.Push(seen, h.chunk(n), false)
		require.NoError(h.t, err)
		require.Equal(h.t, before, h.stream.AppendState(nil))
		defer func() { require.Equal(h.t, bits(outputs), bits(seen)) }()
	}
	counts, err := h.stream.Push(outputs, h.chunk(n), true)
	require.NoError(h.t, err)
	h.from += n
	h.compare(outputs, counts, false)
}

func (h *hearing) finish(next func() int) {
	for h.from < h.steps {
		h.push(min(next(), h.steps-h.from), false)
	}
	outputs := h.outputs(h.stream.Rest)
	counts, err := h.stream.Flush(outputs)
	if h.want == nil {
		return
	}
	require.NoError(h.t, err)
	h.compare(outputs, counts, true)
	for i, s := range h.shapes {
		if a := h.stream.TimeAxis(i); a > 0 {
			require.Equal(h.t, s[a], h.given[i], "steps of output %d", i)
		}
	}
}

func (h *hearing) compare(outputs [][]float32, counts []int, end bool) {
	if h.want == nil {
		return
	}
	for i, y := range outputs {
		want, n := h.want[i], counts[i]*h.width(i)
		if h.stream.TimeAxis(i) > 0 {
			want = want[h.given[i]*h.width(i):][:n]
			h.given[i] += counts[i]
		} else if !end {
			continue
		}
		require.Equal(h.t, bits([][]float32{want}), bits([][]float32{y}), "output %d, after %d of %d steps", i, h.from, h.steps)
	}
}

// FuzzProgramStream holds random streams to the bits of a run of the whole: with every set
// of kernels and any number of threads, any chunks, and with Reset, Clone, Peek, and export
// to a stream of another set of kernels in between.
func FuzzProgramStream(f *testing.F) {
	for seed := range uint64(12) {
		f.Add(seed, uint8(seed*17))
	}
	f.Fuzz(func(t *testing.T, seed uint64, length uint8) {
		workers.Always(true)
		defer workers.Always(false)
		testStream(t, seed, int(length)+1)
	})
}

func testStream(t testing.TB, seed uint64, steps int) {
	random := rand.New(rand.NewPCG(seed, 3))
	var streams []*Stream
	for _, set := range dispatch.Sets() {
		for _, threads := range []int{1, 2} {
			p := randomStream(t, rand.New(rand.NewPCG(seed, 1)), target(set, threads))
			s, err := p.NewStream(Signal{Known: true, Length: int64(steps)})
			require.NoError(t, err)
			streams = append(streams, s)
		}
	}
	first := streams[0].program
	h := hearing{t: t, stream: streams[0], inputs: streamInputs(first, random, steps), steps: steps, given: make([]int, len(first.outputs))}
	var err error
	lengths := slices.Repeat([]int{steps}, len(first.inputs))
	if h.shapes, err = first.OutputShapes(1, lengths); err == nil {
		for _, s := range h.shapes {
			h.want = append(h.want, make([]float32, s.Elements()))
		}
		require.NoError(t, first.Run(h.want, h.inputs, 1))
	}
	chunks := func() int { return random.IntN(1 << random.IntN(7)) }
	for _, s := range streams {
		each := h
		each.stream, each.given = s, slices.Clone(h.given)
		each.finish(chunks)
		s.Reset()
		each.from, each.given = 0, slices.Clone(h.given)
		each.finish(func() int { return 1 })
		s.Reset()
	}
	for h.from < steps {
		h.push(min(chunks(), steps-h.from), true)
		if random.IntN(8) == 0 {
			clone := h
			clone.stream, clone.given = h.stream.Clone(), slices.Clone(h.given)
			clone.finish(chunks)
		}
		other := streams[random.IntN(len(streams))]
		require.NoError(t, other.SetState(h.stream.AppendState(nil)))
		h.stream = other
	}
	h.finish(chunks)
	require.NoError(t, streams[1].SetState(h.stream.AppendState(nil)))
	require.True(t, streams[1].ended)
}

func TestProgramStreams(t *testing.T) {
	n := uint64(150)
	if testing.Short() {
		n = 30
	}
	for seed := range n {
		testStream(t, seed+1000, 1+int(seed*7)%130)
	}
}
