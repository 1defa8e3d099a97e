package fuzz

import (
	"fmt"
	"math"
	"testing"

	"github.com/sepconv/go/sepconv"
)

// layer is a layer with weights and an input, small enough to run in well under
// a millisecond on the slowest set.
type layer struct {
	config       sepconv.Config
	channels     int
	weights      sepconv.Weights
	batch, steps int
	src          []float32
}

// maxWork bounds the multiply-adds of a run, about 2 ns each in pure Go.
const maxWork = 200_000

// newLayer returns the layer that the bytes describe, made smaller where it would
// be too much work.
func newLayer(s *source) *layer {
	l := &layer{
		config: sepconv.Config{
			Filters:         s.size(200),
			KernelSize:      s.size(100),
			Padding:         one(s, sepconv.Same, sepconv.Causal, sepconv.Valid),
			DataFormat:      one(s, sepconv.ChannelsLast, sepconv.ChannelsFirst),
			DepthMultiplier: one(s, 1, 1, 1, 2, 3, 4, 8, 16, 32),
			Strides:         one(s, 1, 1, 1, 2, 3, 5, 16, 1000),
			DilationRate:    one(s, 1, 1, 1, 2, 3, 9, 64, 5000),
			NoBias:          s.below(2) == 1,
			Activation:      one(s, activations...),
			StridedDilation: true,
		},
		channels: s.size(200), batch: s.below(4), steps: s.size(600),
	}
	l.shrink()
	c := &l.config
	columns := l.channels * c.DepthMultiplier
	l.weights = sepconv.Weights{
		Depthwise: s.floats(c.KernelSize * columns),
		Pointwise: s.floats(columns * c.Filters),
	}
	if !c.NoBias {
		l.weights.Bias = s.floats(c.Filters)
	}
	l.src = s.floats(l.batch * l.steps * l.channels)
	return l
}

// shrink halves the largest size until the layer is little enough work.
func (l *layer) shrink() {
	c := &l.config
	for {
		outputs := max(l.batch, 1) * (l.steps/c.Strides + 1) * l.channels * c.DepthMultiplier
		if outputs*(c.KernelSize+c.Filters) <= maxWork {
			return
		}
		largest := &l.steps
		for _, n := range []*int{&l.channels, &c.Filters, &c.KernelSize} {
			if *n > *largest {
				largest = n
			}
		}
		*largest /= 2
	}
}

// activations are the built-in ones that vector code has, and of the others one of
// each kind: along an axis, in pure Go, and a user's.
var activations = []sepconv.Activation{
	sepconv.Linear, sepconv.ReLU, sepconv.ReLU6, sepconv.Sigmoid, sepconv.Tanh, sepconv.SiLU,
	sepconv.GELU, sepconv.GELUTanh, sepconv.SELU, sepconv.Softplus, sepconv.Softsign, sepconv.Exponential,
	sepconv.HardSigmoid, sepconv.HardSiLU, sepconv.HardTanh, sepconv.Mish, sepconv.LogSigmoid,
	sepconv.LeakyReLUWith(0.2), sepconv.ELUWith(0.7), sepconv.CELUWith(1.5), sepconv.SquarePlusWith(3),
	sepconv.Softmax, sepconv.Sparsemax, sepconv.GLU, sepconv.SoftShrinkWith(0.5),
	sepconv.ActivationFunc(func(y []float32) {
		for i := range y {
			y[i] += float32(i % 7)
		}
	}),
}

// run compiles the layer and runs it. ok is false if the configuration or the shape
// is refused, which it must be by every plan alike.
func (l *layer) run(t *testing.T, batch int, src []float32, options ...sepconv.CompileOption) (dst []float32, ok bool) {
	t.Helper()
	compiled, err := sepconv.New(l.config, l.channels)
	if err != nil {
		return nil, false
	}
	if err := compiled.SetWeights(l.weights); err != nil {
		t.Fatalf("%s: %v", l, err)
	}
	plan, err := compiled.Compile(options...)
	if err != nil {
		t.Fatalf("%s: %v", l, err)
	}
	shape, err := plan.OutputShape(batch, l.steps)
	if err != nil {
		return nil, false
	}
	dst = make([]float32, shape[0]*shape[1]*shape[2])
	for i := range dst {
		dst[i] = float32(math.NaN())
	}
	if err := plan.Run(dst, src, batch, l.steps); err != nil {
		t.Fatalf("%s: %v", l, err)
	}
	return dst, true
}

// differ returns the first element that differs in its bits, NaN being like any
// other NaN, or -1.
func differ(want, got []float32) int {
	for i := range want {
		if math.Float32bits(want[i]) != math.Float32bits(got[i]) && !(want[i] != want[i] && got[i] != got[i]) {
			return i
		}
	}
	return -1
}

// String describes the layer for a failure's message; the bytes that made it are
// the fuzzer's to keep.
func (l *layer) String() string {
	c := &l.config
	return fmt.Sprintf("filters %d, kernel %d, stride %d, dilation %d, multiplier %d, %s, %s, activation %s, bias %t; channels %d, batch %d, steps %d",
		c.Filters, c.KernelSize, c.Strides, c.DilationRate, c.DepthMultiplier, c.Padding, c.DataFormat, c.Activation.Name(), !c.NoBias, l.channels, l.batch, l.steps)
}
