package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/generic"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

// step is what a step of training computes.
type step struct {
	dst, dsrc []float32
	Weights   // their gradients
}

func (s *step) arrays() [][]float32 {
	return [][]float32{s.dst, s.dsrc, s.Depthwise, s.Pointwise, s.Bias}
}

var stepNames = []string{"dst", "dsrc", "the depthwise kernel's gradient", "the pointwise kernel's gradient", "the bias' gradient"}

// blocks adds the sums of terms to a gradient as package kernel says. Terms are given
// by their rows, in ascending order.
type blocks struct {
	total *float32
	sum   float32
	block int
}

func (b *blocks) add(row int, x, y float32) {
	if block := row / kernel.Block; block != b.block {
		b.end()
		b.block, b.sum = block, 0
	}
	b.sum = generic.FMA(x, y, b.sum)
}

// end adds the last block. A block without steps has the sum +0, which is added too.
func (b *blocks) end() { *b.total += b.sum }

// formula is the order of sums in package kernel's documentation word by word. g is
// what gradients are added to, and is changed.
func (l *layer) formula(src, ddst []float32, g Weights, batch, steps int) *step {
	out, left, _ := l.OutputSteps(steps)
	s := &step{Weights: g}
	s.dst = l.reference(src, batch, steps)
	linear := *l
	linear.activation = Activation{}
	z := linear.reference(src, batch, steps)
	at := func(n, step, channel, steps, channels int) int {
		if l.ChannelsFirst {
			return (n*channels+channel)*steps + step
		}
		return (n*steps+step)*channels + channel
	}
	l.pullback(z, ddst, out)

	rows := batch * out
	u, du := make([]float32, rows*l.columns), make([]float32, rows*l.columns)
	row := func(r, f int) float32 { return z[at(r/out, r%out, f, out, l.Filters)] }
	for r := range rows {
		for q := range l.columns {
			for j := range l.Kernel {
				x := float32(0)
				if pos := r%out*l.Stride + j*l.Dilation - left; pos >= 0 && pos < steps {
					x = src[at(r/out, pos, q/l.Multiplier, steps, l.Channels)]
				}
				u[r*l.columns+q] = generic.FMA(x, l.depthwise[j*l.columns+q], u[r*l.columns+q])
			}
			for f := range l.Filters {
				du[r*l.columns+q] = generic.FMA(row(r, f), l.pointwise[q*l.Filters+f], du[r*l.columns+q])
			}
		}
	}
	for f := range l.Filters {
		b := blocks{total: &g.Bias[f]}
		for r := range rows {
			b.add(r, 1, row(r, f))
		}
		b.end()
		for q := range l.columns {
			b := blocks{total: &g.Pointwise[q*l.Filters+f]}
			for r := range rows {
				b.add(r, u[r*l.columns+q], row(r, f))
			}
			b.end()
		}
	}
	for q := range l.columns {
		for j := range l.Kernel {
			total := &g.Depthwise[j*l.columns+q]
			for first := 0; first < rows; first += kernel.Block {
				sum := float32(0)
				for r := first; r < min(first+kernel.Block, rows); r++ {
					if pos := r%out*l.Stride + j*l.Dilation - left; pos >= 0 && pos < steps {
						sum = generic.FMA(src[at(r/out, pos, q/l.Multiplier, steps, l.Channels)], du[r*l.columns+q], sum)
					}
				}
				*total += sum
			}
		}
	}
	s.dsrc = make([]float32, len(src))
	for n := range batch {
		for i := range steps {
			for c := range l.Channels {
				dx := float32(0)
				for m := range l.Multiplier {
					q := c*l.Multiplier + m
					for j := l.Kernel - 1; j >= 0; j-- {
						if (i+left-j*l.Dilation)%l.Stride != 0 {
							continue
						}
						d := float32(0)
						if t := (i + left - j*l.Dilation) / l.Stride; t >= 0 && t < out {
							d = du[(n*out+t)*l.columns+q]
						}
						dx = generic.FMA(d, l.depthwise[j*l.columns+q], dx)
					}
				}
				s.dsrc[at(n, i, c, steps, l.Channels)] = dx
			}
		}
	}
	return s
}

// pullback makes z the gradient by it.
func (l *layer) pullback(z, ddst []float32, out int) {
	line := l.Filters
	if l.ChannelsFirst {
		line = out
	}
	results := line
	if l.activation.Func == kernel.GLU {
		results /= 2
	}
	for i := range len(z) / max(line, 1) {
		z, dy := z[i*line:][:line], ddst[i*results:][:results]
		switch {
		case l.activation.Custom != nil:
			line := slices.Clone(dy)
			l.activation.CustomPullback(line, z)
			copy(z, line)
		case l.activation.Func == kernel.Linear:
			copy(z, dy)
		default:
			reference.Pullback[l.activation.Func](z, dy, &l.activation.Activation)
		}
	}
}

// startingWeights are gradients that are there already.
func (l *layer) startingWeights(rng *rand.Rand) Weights {
	return Weights{randoms(rng, len(l.depthwise)), randoms(rng, len(l.pointwise)), randoms(rng, l.Filters)}
}

func (w Weights) clone() Weights {
	return Weights{slices.Clone(w.Depthwise), slices.Clone(w.Pointwise), slices.Clone(w.Bias)}
}

// trainingWay is how what Backward needs is had.
type trainingWay string

const (
	kept       trainingWay = "kept"
	swept      trainingWay = "in a sweep where that can be"
	recomputed trainingWay = "recomputed"
)

var trainingWays = []trainingWay{kept, swept, recomputed}

// lastLevel is the cache that a way is for.
func (w trainingWay) lastLevel(l3 int) int {
	if w == swept {
		return 1 // beyond which everything is
	}
	return l3
}

// checkTraining holds a step of every set, number of threads and way to the formula.
func (l *layer) checkTraining(t testing.TB, rng *rand.Rand, batch, steps int) {
	t.Helper()
	src := randoms(rng, batch*steps*l.Channels)
	out, filters, err := l.OutputShape(l.activation.Func, steps)
	require.NoError(t, err)
	ddst := randoms(rng, batch*out*filters)
	start := l.startingWeights(rng)
	want := l.formula(src, ddst, start.clone(), batch, steps)
	l1, l2, l3 := dispatch.Caches()
	for _, set := range dispatch.Sets() {
		for _, threads := range []int{1, 2, 7} {
			for _, way := range trainingWays {
				training := NewTraining(l.Geometry, l.activation, TrainingOptions{Recompute: way == recomputed}, Target{set, l1, l2, way.lastLevel(l3), threads})
				got := &step{dst: make([]float32, len(want.dst)), dsrc: make([]float32, len(src)), Weights: start.clone()}
				for i := range got.dst {
					got.dst[i] = float32(math.NaN())
				}
				for i := range got.dsrc {
					got.dsrc[i] = float32(math.NaN())
				}
				training.Forward(got.dst, src, Weights{l.depthwise, l.pointwise, l.bias}, batch, steps)
				training.Backward(got.dsrc, ddst, got.Weights)
				want.equal(t, got, fmt.Sprintf("%s, %d threads, %s, %+v, %+v, batch %d, steps %d", set.Name, threads, way, l.Geometry, l.activation.Activation, batch, steps))
			}
		}
	}
}

func (s *step) equal(t testing.TB, got *step, what string) {
	t.Helper()
	for i, want := range s.arrays() {
		for j, x := range got.arrays()[i] {
			if !sameBits(x, want[j]) {
				t.Fatalf("%s: element %d of %d of %s is %x, the formula gives %x", what, j, len(want), stepNames[i], x, want[j])
			}
		}
	}
}

// Small layers of every kind.
func TestTrainingMatchesFormula(t *testing.T) {
	runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0)))
	rng := rand.New(rand.NewPCG(16, 1))
	functions := []kernel.Activation{{}, {}, {Func: kernel.ReLU}, {Func: kernel.Tanh}, {Func: kernel.LeakyReLU, A: 0.2}, {Func: kernel.Softmax}, {Func: kernel.GLU}}
	n := 400
	if testing.Short() {
		n = 60
	}
	for range n {
		g := Geometry{
			Channels: 1 + rng.IntN(20), Filters: 1 + rng.IntN(40), Kernel: 1 + rng.IntN(12),
			Stride: 1 + rng.IntN(4)*rng.IntN(2), Dilation: 1 + rng.IntN(5)*rng.IntN(2), Multiplier: 1 + rng.IntN(4)*rng.IntN(2),
			Padding: Padding(rng.IntN(3)), ChannelsFirst: rng.IntN(2) == 0,
		}
		a := functions[rng.IntN(len(functions))]
		steps := rng.IntN(150)
		if rng.IntN(8) == 0 {
			steps += 400
		}
		if out, _, err := g.withSizes(t).OutputShape(a.Func, steps); err != nil || out < 0 {
			continue
		}
		newLayer(t, rng, g, a).checkTraining(t, rng, rng.IntN(5), steps)
	}
}

// Layers that do not fit a tile, a window or a block in one of their dimensions.
func TestTrainingMatchesFormulaAtTheLimits(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 2))
	for _, c := range []struct {
		name         string
		g            Geometry
		f            kernel.Func
		batch, steps int
	}{
		{"many columns", Geometry{Channels: 3, Filters: 2, Kernel: 2, Stride: 1, Dilation: 1, Multiplier: 3001, Padding: Same}, kernel.ReLU, 1, 5},
		{"many channels", Geometry{Channels: 40011, Filters: 1, Kernel: 2, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Causal}, kernel.Linear, 1, 3},
		{"many taps", Geometry{Channels: 2, Filters: 2, Kernel: 70001, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Linear, 1, 9},
		{"taps in ranges", Geometry{Channels: 19, Filters: 3, Kernel: 301, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Linear, 2, 300},
		{"dilation beyond any signal", Geometry{Channels: 5, Filters: 3, Kernel: 3, Stride: 1, Dilation: math.MaxInt / 4, Multiplier: 1, Padding: Same}, kernel.Linear, 2, 70},
		{"causal dilation beyond any signal", Geometry{Channels: 5, Filters: 3, Kernel: 4, Stride: 1, Dilation: math.MaxInt / 4, Multiplier: 2, Padding: Causal}, kernel.Linear, 2, 70},
		{"stride beyond any signal", Geometry{Channels: 5, Filters: 3, Kernel: 3, Stride: math.MaxInt, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Linear, 2, 70},
		{"strides and dilation", Geometry{Channels: 4, Filters: 3, Kernel: 5, Stride: 70, Dilation: 90, Multiplier: 1, Padding: Same}, kernel.Linear, 1, 2001},
		{"stride beyond the kernel", Geometry{Channels: 4, Filters: 3, Kernel: 2, Stride: 7, Dilation: 1, Multiplier: 1, Padding: Valid, ChannelsFirst: true}, kernel.ReLU, 3, 201},
		{"many filters", Geometry{Channels: 20, Filters: 1001, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.ReLU, 1, 20},
		{"columns and filters in parts", Geometry{Channels: 301, Filters: 301, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Causal}, kernel.ReLU, 1, 40},
		{"one long line", Geometry{Channels: 1, Filters: 3, Kernel: 30, Stride: 1, Dilation: 1, Multiplier: 3, Padding: Same, ChannelsFirst: true}, kernel.ReLU, 1, 5000},
		{"reach beyond a block", Geometry{Channels: 70, Filters: 40, Kernel: 5, Stride: 1, Dilation: 70, Multiplier: 1, Padding: Same}, kernel.ReLU, 2, 700},
		{"reach beyond a block, causal", Geometry{Channels: 33, Filters: 9, Kernel: 3, Stride: 1, Dilation: 200, Multiplier: 1, Padding: Causal}, kernel.Linear, 2, 900},
		{"reach beyond a block, valid", Geometry{Channels: 40, Filters: 33, Kernel: 4, Stride: 1, Dilation: 90, Multiplier: 1, Padding: Valid}, kernel.Tanh, 2, 801},
		{"a last block of one row", Geometry{Channels: 70, Filters: 40, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Tanh, 1, 257},
		{"signals across blocks", Geometry{Channels: 100, Filters: 70, Kernel: 7, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.GLU, 9, 100},
		{"signs", Geometry{Channels: 40, Filters: 48, Kernel: 5, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.ReLU, 5, 170},
		{"signs of many filters", Geometry{Channels: 20, Filters: 1008, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.ReLU, 2, 33},
		{"a last row of sums by tiles of 14", Geometry{Channels: 20, Filters: 1008, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Tanh, 1, 57},
		{"a last row of sums by tiles of 6", Geometry{Channels: 20, Filters: 1008, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Tanh, 1, 31},
		{"taps enough to keep U", Geometry{Channels: 100, Filters: 70, Kernel: 25, Stride: 1, Dilation: 2, Multiplier: 1, Padding: Same}, kernel.Tanh, 3, 200},
		{"taps enough to keep U, and signs", Geometry{Channels: 300, Filters: 64, Kernel: 24, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Causal}, kernel.ReLU, 3, 150},
		{"crowded rows", Geometry{Channels: 512, Filters: 2, Kernel: 30, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Linear, 2, 60},
		{"many parts", Geometry{Channels: 3, Filters: 2, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 2, Padding: Same}, kernel.ReLU, 60, 301},
		{"many parts, channels first", Geometry{Channels: 3, Filters: 2, Kernel: 3, Stride: 2, Dilation: 1, Multiplier: 1, Padding: Same, ChannelsFirst: true}, kernel.Softmax, 60, 301},
	} {
		t.Run(c.name, func(t *testing.T) {
			newLayer(t, rng, c.g, kernel.Activation{Func: c.f}).checkTraining(t, rng, c.batch, c.steps)
		})
	}
}

// What a user's derivative costs is not known, so that no two tasks call it for a row.
func TestPullbackOfARowIsCalledOnce(t *testing.T) {
	runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0)))
	rng := rand.New(rand.NewPCG(16, 5))
	for _, channels := range []int{70, 300} {
		l := newLayer(t, rng, Geometry{Channels: channels, Filters: 5, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}, kernel.Activation{})
		var calls atomic.Int64
		l.activation = Activation{Custom: func([]float32) {}, CustomPullback: func(_, _ []float32) { calls.Add(1) }}
		const batch, steps = 3, 301
		src, ddst := randoms(rng, batch*steps*channels), randoms(rng, batch*steps*l.Filters)
		for _, way := range trainingWays {
			for _, threads := range []int{1, 2, 4} {
				training := NewTraining(l.Geometry, l.activation, TrainingOptions{Recompute: way == recomputed}, Target{dispatch.Sets()[0], 32 << 10, 1 << 20, way.lastLevel(0), threads})
				calls.Store(0)
				training.Forward(make([]float32, len(ddst)), src, Weights{l.depthwise, l.pointwise, l.bias}, batch, steps)
				training.Backward(make([]float32, len(src)), ddst, l.startingWeights(rng))
				require.EqualValues(t, batch*steps, calls.Load(), "%d channels, %s, %d threads", channels, way, threads)
			}
		}
	}
}

// NaN, infinities and signed zeros.
func TestTrainingSpecialValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 3))
	special := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0, float32(math.Copysign(0, -1)), math.MaxFloat32, math.SmallestNonzeroFloat32}
	for i := range 80 {
		g := Geometry{Channels: 3, Filters: 5, Kernel: 4, Stride: 1 + i%2, Dilation: 1, Multiplier: 1 + i%3, Padding: Padding(i % 3), ChannelsFirst: i%4 < 2}
		if i%4 == 3 { // signs are kept in a sweep
			g.Channels, g.Filters, g.Stride, g.Multiplier = 20, 32, 1, 1
		}
		l := newLayer(t, rng, g, kernel.Activation{Func: kernel.ReLU})
		for _, w := range [][]float32{l.depthwise, l.pointwise} {
			w[rng.IntN(len(w))] = special[rng.IntN(len(special))]
		}
		l.checkTraining(t, rng, 1, 20)
	}
}

func TestTrainingDoesNotAllocate(t *testing.T) {
	for _, first := range []bool{false, true} {
		for _, way := range trainingWays {
			for _, filters := range []int{24, 32} { // of 32 signs can be kept
				trainWithoutAllocating(t, filters, first, way)
			}
		}
	}
}

func trainWithoutAllocating(t *testing.T, filters int, first bool, way trainingWay) {
	rng := rand.New(rand.NewPCG(16, 4))
	g := Geometry{Channels: 64, Filters: filters, Kernel: 5, Stride: 1, Dilation: 2, Multiplier: 1, Padding: Same, ChannelsFirst: first}
	l := newLayer(t, rng, g, kernel.Activation{Func: kernel.ReLU})
	l1, l2, l3 := dispatch.Caches()
	training := NewTraining(l.Geometry, l.activation, TrainingOptions{Recompute: way == recomputed}, Target{dispatch.Sets()[0], l1, l2, way.lastLevel(l3), 2})
	src, dst := randoms(rng, 40*100*64), make([]float32, 40*100*filters)
	dsrc, w := slices.Clone(src), l.startingWeights(rng)
	run := func() {
		training.Forward(dst, src, Weights{l.depthwise, l.pointwise, l.bias}, 40, 100)
		training.Backward(dsrc, dst, w)
	}
	run()
	require.Zero(t, testing.AllocsPerRun(5, run))
}

// What more rows take beside the scratch is what is kept of them.
func TestTrainingMemory(t *testing.T) {
	rng := rand.New(rand.NewPCG(16, 5))
	const channels, filters, steps, batch = 40, 48, 300, 20
	g := Geometry{Channels: channels, Filters: filters, Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1, Padding: Same}
	l1, l2, _ := dispatch.Caches()
	for _, set := range dispatch.Sets() {
		for _, f := range []kernel.Func{kernel.Linear, kernel.ReLU, kernel.Tanh} {
			for _, way := range []trainingWay{kept, swept} {
				l := newLayer(t, rng, g, kernel.Activation{Func: f})
				training := NewTraining(l.Geometry, l.activation, TrainingOptions{}, Target{set, l1, l2, way.lastLevel(0), 1})
				memory := func(batch int) int {
					src, dst, w := randoms(rng, batch*steps*channels), make([]float32, batch*steps*filters), l.startingWeights(rng)
					training.Forward(dst, src, Weights{l.depthwise, l.pointwise, l.bias}, batch, steps)
					training.Backward(src, dst, w)
					return training.Memory()
				}
				row := 0
				if way == kept {
					row += 4 * training.uStride
				}
				switch {
				case f == kernel.ReLU && set.Signs != nil && set.Epilogue[f]:
					row += filters / 4
				case f != kernel.Linear:
					row += 4 * filters
				}
				first := memory(1)
				require.Equal(t, (batch-1)*steps*row, memory(batch)-first, "%s, function %d, %s", set.Name, f, way)
			}
		}
	}
}
