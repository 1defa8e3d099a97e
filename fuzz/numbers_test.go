package fuzz

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

var every = flag.Int("every", 16, "hold each such row of the outputs of the layers of real models to the sum in float64: 1 is all of them")

// TestNumbers holds the layers of real models, before their activation, to the same
// sums in float64: the error is at most what package sepconv documents. With -v it
// prints the figures that are documented there.
//
//	go test ./fuzz -run TestNumbers -v -every 1
//
// All sets of kernels give the same bits, so one does.
func TestNumbers(t *testing.T) {
	var all figures
	for _, kind := range []string{"uniform", "normal"} {
		for i, l := range suiteLayers(t) {
			if kind == "normal" {
				l.makeNormal(uint64(i))
			}
			if testing.Short() {
				l.cut(16)
			}
			l.config.Activation = nil
			dst, ok := l.run(t, l.batch, l.src)
			require.True(t, ok, "%s", l)
			found := l.judge(t, dst, *every)
			t.Logf("%-8s %s\n\t%v", kind, l.sizes(), &found)
			require.Positive(t, found.outputs)
			require.LessOrEqual(t, found.ofBound, 1., "%s: the largest error, as a share of the bound", l)
			all.merge(&found)
		}
	}
	t.Logf("all: %v\n%s", &all, all.histogram())

	// What the documentation of package sepconv says of all outputs.
	require.LessOrEqual(t, all.largest, 8.5)
	require.LessOrEqual(t, all.ofBound, 0.125)
	require.InDelta(t, 0.39, all.rms(), documentedSlack())
	require.GreaterOrEqual(t, all.below(1), 0.97-documentedSlack())
	require.GreaterOrEqual(t, all.below(2), 0.997-documentedSlack())
}

// documentedSlack is how far the figures of a sample may be from those of all
// outputs, which are rounded to two digits. The edges of a signal, where there are
// fewer terms, count for more in a sample of short ones.
func documentedSlack() float64 {
	if *every == 1 && !testing.Short() {
		return 0.005
	}
	return 0.1
}

// makeNormal draws weights and input anew, each normally distributed and of the
// size that keeps a signal as large as it is.
func (l *layer) makeNormal(seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 4))
	draw := func(x []float32, terms int) {
		deviation := 1 / math.Sqrt(float64(terms))
		for i := range x {
			x[i] = float32(deviation * rng.NormFloat64())
		}
	}
	draw(l.weights.Depthwise, l.config.KernelSize)
	draw(l.weights.Pointwise, l.channels*l.config.DepthMultiplier)
	draw(l.weights.Bias, 1)
	draw(l.src, 1)
}

// cut leaves one signal of so many steps that about n outputs see no padding.
func (l *layer) cut(n int) {
	c := &l.config
	l.batch, l.steps = 1, min(l.steps, (c.KernelSize-1)*c.DilationRate+1+(n-1)*c.Strides)
	l.src = l.src[:l.steps*l.channels]
}

func (l *layer) sizes() string {
	c := &l.config
	return fmt.Sprintf("%d taps, %d*%d channels, %d filters, %d*%d steps", c.KernelSize, l.channels, c.DepthMultiplier, c.Filters, l.batch, l.steps)
}

// figures are of errors in units of 2^-24 * sum of |terms|, which a sum rounded
// once is within, or of the bound.
type figures struct {
	outputs int
	largest float64
	ofBound float64 // the largest, as a share of the bound of its layer
	ofRMS   float64 // the largest, as a multiple of the root mean square of its layer
	squares float64
	bins    [10]int // errors below lowest * 2^i, the last one those beyond
}

const lowest = 0x1p-5

func (f *figures) rms() float64 { return math.Sqrt(f.squares / float64(f.outputs)) }

func (f *figures) add(err float64) {
	f.outputs++
	f.largest = max(f.largest, err)
	f.squares += err * err
	i := 0
	for i < len(f.bins)-1 && err >= math.Ldexp(lowest, i) {
		i++
	}
	f.bins[i]++
}

func (f *figures) merge(g *figures) {
	f.outputs += g.outputs
	f.largest, f.ofBound, f.ofRMS = max(f.largest, g.largest), max(f.ofBound, g.ofBound), max(f.ofRMS, g.ofRMS)
	f.squares += g.squares
	for i, n := range g.bins {
		f.bins[i] += n
	}
}

func (f *figures) String() string {
	return fmt.Sprintf("%d outputs: the largest error is %.3f * 2^-24 * sum|terms|, %.2g of the bound and %.1f times the root mean square, %.4f",
		f.outputs, f.largest, f.ofBound, f.ofRMS, f.rms())
}

// below returns the share of the outputs whose error is below a power of two.
func (f *figures) below(limit float64) float64 {
	n := 0
	for i, bin := range f.bins[:len(f.bins)-1] {
		if math.Ldexp(lowest, i) <= limit {
			n += bin
		}
	}
	return float64(n) / float64(f.outputs)
}

// histogram shows how many outputs have which error.
func (f *figures) histogram() string {
	var s strings.Builder
	s.WriteString("error / (2^-24 * sum|terms|), outputs, and how many are below\n")
	below := 0
	for i, n := range f.bins {
		below += n
		limit := fmt.Sprintf("< %g", math.Ldexp(lowest, i))
		if i == len(f.bins)-1 {
			limit = "more"
		}
		share := func(n int) float64 { return float64(n) / float64(f.outputs) }
		fmt.Fprintf(&s, "%-9s %10d %9.5f %%  %s\n", limit, n, 100*share(below), strings.Repeat("#", int(math.Ceil(60*share(n)))))
	}
	return s.String()
}

// judge compares each nth row of the output with the float64 sum.
func (l *layer) judge(t *testing.T, dst []float32, n int) figures {
	var f figures
	filters := l.config.Filters
	terms := float64(l.config.KernelSize + l.channels*l.config.DepthMultiplier + 2)
	sums, sizes := make([]float64, filters), make([]float64, filters)
	for row := 0; row < len(dst)/filters; row += n {
		l.row(row, sums, sizes)
		for i, y := range dst[row*filters:][:filters] {
			if err := math.Abs(float64(y) - sums[i]); sizes[i] > 0 {
				f.add(err / (0x1p-24 * sizes[i]))
			} else {
				require.Zero(t, err)
			}
		}
	}
	f.ofBound, f.ofRMS = f.largest/terms, f.largest/f.rms()
	return f
}

// row computes one row of the output of all signals, in channels_last, in float64:
// the sums before the activation, and the sums of the sizes of their terms.
func (l *layer) row(row int, sums, sizes []float64) {
	c := &l.config
	columns, span := l.channels*c.DepthMultiplier, (c.KernelSize-1)*c.DilationRate+1
	out, left := (l.steps+c.Strides-1)/c.Strides, 0
	switch c.Padding {
	case sepconv.Valid:
		out = (l.steps-span)/c.Strides + 1
	case sepconv.Causal:
		left = span - 1
	default:
		left = max((out-1)*c.Strides+span-l.steps, 0) / 2
	}
	signal, first := row/out, row%out*c.Strides-left
	for f := range sums {
		sums[f], sizes[f] = 0, 0
		if l.weights.Bias != nil {
			sums[f] = float64(l.weights.Bias[f])
			sizes[f] = math.Abs(sums[f])
		}
	}
	for q := range columns {
		var u, size float64
		for j := range c.KernelSize {
			if step := first + j*c.DilationRate; step >= 0 && step < l.steps {
				product := float64(l.src[(signal*l.steps+step)*l.channels+q/c.DepthMultiplier]) * float64(l.weights.Depthwise[j*columns+q])
				u += product
				size += math.Abs(product)
			}
		}
		for f, p := range l.weights.Pointwise[q*c.Filters:][:c.Filters] {
			sums[f] += u * float64(p)
			sizes[f] += size * math.Abs(float64(p))
		}
	}
}
