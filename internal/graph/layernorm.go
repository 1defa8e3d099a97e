package graph

import (
	"fmt"
	"math"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/generic"
)

// layerNorm normalizes lines along the last axes, of n elements:
//
//	y = (x - mean) / sqrt(variance + epsilon) * gamma + beta
//
// in float64, rounded once. Sums have the shape of those along an axis in package
// generic: element i is added to lane i mod 8. Of RMS scaling the mean is 0, but the
// variance about the mean, as Keras has it; of unit length y = x / sqrt(sum of x^2).
type layerNorm struct {
	n           int // elements of a line; Open of any number
	axes        int // that it is along
	epsilon     float64
	kind        Normalization
	gamma, beta []float32
}

// Normalization is a kind of it.
type Normalization uint8

const (
	LayerNorm  Normalization = iota
	RMSOfLayer               // LayerNormalization with rms_scaling: x / sqrt(variance + epsilon)
	RMSNorm                  // x / sqrt(mean of x^2 + epsilon)
	UnitNorm                 // x / sqrt(max(sum of x^2, epsilon))
)

// NewLayerNorm returns a normalization along the last axes. gamma and beta may be nil.
func NewLayerNorm(axes, n int, kind Normalization, epsilon float64, gamma, beta []float32) Op {
	return &layerNorm{n: n, axes: axes, epsilon: epsilon, kind: kind, gamma: gamma, beta: beta}
}

func (l *layerNorm) IsInPlace(int) bool { return true }

func (l *layerNorm) Shapes(in []Shape) ([]Shape, error) {
	if err := wantInputs(in, 1); err != nil {
		return nil, err
	}
	s := in[0]
	if err := wantRankAtLeast(s, l.axes+1); err != nil {
		return nil, err
	}
	if last, err := merged(s, len(s)-l.axes); err != nil || l.n != Open && last.Last() != l.n {
		return nil, fmt.Errorf("%w: its input has shape %v; its weights are for %d elements along the last %d axes", fault.ErrShape, s, l.n, l.axes)
	}
	return one(s), nil
}

func (l *layerNorm) NewStep() Step { return &layerNormStep{layerNorm: l} }

type layerNormStep struct {
	*layerNorm
	out, in []float32
	width   int
	lines   span
}

func (l *layerNormStep) Begin(out, in []Tensor) (Tasks, error) {
	l.out, l.in = out[0].Data, in[0].Data
	if len(l.out) == 0 {
		return Tasks{}, nil
	}
	l.width = in[0].Shape[len(in[0].Shape)-l.axes:].Elements()
	return l.lines.cut(len(l.out)/l.width, 1, 8*moveMicros*float64(l.width)), nil
}

func (l *layerNormStep) Do(i int, _ *Scratch) {
	first, end := l.lines.task(i)
	for ; first < end; first++ {
		l.line(l.out[first*l.width:][:l.width], l.in[first*l.width:][:l.width])
	}
}

func (l *layerNorm) line(y, x []float32) {
	mean := 0.0
	if l.kind == LayerNorm || l.kind == RMSOfLayer {
		var sum generic.Lanes
		for i, v := range x {
			sum.Add(i, float64(v))
		}
		mean = sum.Sum() / float64(len(x))
	}
	var squares generic.Lanes
	for i, v := range x {
		d := float64(v) - mean
		squares.Add(i, float64(d*d))
	}
	factor := 1 / math.Sqrt(squares.Sum()/float64(len(x))+l.epsilon)
	switch l.kind {
	case UnitNorm:
		factor = 1 / math.Sqrt(max(squares.Sum(), l.epsilon))
	case RMSOfLayer:
		mean = 0
	}
	for i, v := range x {
		z := float64((float64(v) - mean) * factor)
		if l.gamma != nil {
			z = float64(z * float64(l.gamma[i]))
		}
		if l.beta != nil {
			z += float64(l.beta[i])
		}
		y[i] = float32(z)
	}
}
