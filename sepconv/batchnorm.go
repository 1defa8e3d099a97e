package sepconv

import (
	"fmt"
	"math"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/param"
)

// BatchNorm is a trained BatchNormalization layer of Keras. With v the variance,
// it computes for each channel c
//
//	y[c] = gamma[c] * (x[c] - mean[c]) / sqrt(v[c] + epsilon) + beta[c]
//
// which FoldBatchNorm and FoldBatchNormBefore let a Layer do at no cost.
type BatchNorm struct {
	Gamma    []float32 // nil is 1 for all (scale=False)
	Beta     []float32 // nil is 0 for all (center=False)
	Mean     []float32 // moving_mean
	Variance []float32 // moving_variance
	// Epsilon is added to the variance; 0 means Keras' default, 1e-3 (PyTorch's is
	// 1e-5). Use Zero for 0.
	Epsilon float64
}

// affine returns the layer as y = scale*x + shift for each of n channels.
func (b *BatchNorm) affine(n int) (scale, shift []float64, err error) {
	for _, a := range []struct {
		name     string
		values   []float32
		optional bool
	}{{"gamma", b.Gamma, true}, {"beta", b.Beta, true}, {"mean", b.Mean, false}, {"variance", b.Variance, false}} {
		if len(a.values) != n && !(a.optional && a.values == nil) {
			return nil, nil, fmt.Errorf("%w: %s of the batch normalization has %d elements; it needs one for each of %d channels",
				ErrWeights, a.name, len(a.values), n)
		}
	}
	scale, shift = make([]float64, n), make([]float64, n)
	epsilon := param.Or(b.Epsilon, 1e-3)
	for c := range scale {
		square := float64(b.Variance[c]) + epsilon
		if !(square > 0) || math.IsInf(square, 0) {
			return nil, nil, fmt.Errorf("%w: variance + epsilon of channel %d is %v; it must be above 0 and finite", ErrWeights, c, square)
		}
		scale[c] = 1 / math.Sqrt(square)
		if b.Gamma != nil {
			scale[c] *= float64(b.Gamma[c])
		}
		shift[c] = -scale[c] * float64(b.Mean[c])
		if b.Beta != nil {
			shift[c] += float64(b.Beta[c])
		}
	}
	return scale, shift, nil
}

// FoldBatchNorm returns a layer that computes what l does followed by b: its
// pointwise kernel is scaled, its bias scaled and shifted, in float64 and rounded
// once. The new layer has a bias, and neither regularizers nor constraints, which
// were about the weights before. l stays as it is.
//
// The activation of l must be Linear, since b comes after it; set the one that
// follows b with WithActivation. The error wraps ErrConfig if it is another, and
// ErrWeights if b does not fit the layer's filters or a folded weight is beyond
// float32.
func (l *Layer) FoldBatchNorm(b BatchNorm) (*Layer, error) {
	if err := l.made(); err != nil {
		return nil, err
	}
	if l.activation.Custom != nil || l.activation.Func != kernel.Linear {
		return nil, fmt.Errorf("%w: the layer's activation is %s; only a linear layer folds in what follows it", ErrConfig, l.config.Activation.Name())
	}
	filters := l.geometry.Filters
	scale, shift, err := b.affine(filters)
	if err != nil {
		return nil, err
	}
	w := l.Weights()
	for i, p := range w.Pointwise {
		w.Pointwise[i] = float32(float64(p) * scale[i%filters])
	}
	old := w.Bias
	w.Bias = make([]float32, filters)
	for f := range w.Bias {
		if old != nil {
			shift[f] += scale[f] * float64(old[f])
		}
		w.Bias[f] = float32(shift[f])
	}
	return l.folded(w)
}

// FoldBatchNormBefore returns a layer that computes what l does preceded by b: its
// depthwise kernel is scaled, and its bias folds in the shift; otherwise it is as
// what FoldBatchNorm returns.
//
// Padding is zeros after b, which a shift before b would not make: a layer that
// pads folds in a b that only scales, and the error for any other wraps ErrConfig.
func (l *Layer) FoldBatchNormBefore(b BatchNorm) (*Layer, error) {
	if err := l.made(); err != nil {
		return nil, err
	}
	g := &l.geometry
	scale, shift, err := b.affine(g.Channels)
	if err != nil {
		return nil, err
	}
	if g.Padding != engine.Valid && g.Kernel > 1 {
		for c, s := range shift {
			if s != 0 {
				return nil, fmt.Errorf("%w: the batch normalization shifts channel %d by %v, and %s padding would not be shifted with it; only %s padding allows that",
					ErrConfig, c, s, l.config.Padding, Valid)
			}
		}
	}
	w := l.Weights()
	columns, filters := g.Columns(), g.Filters
	bias := make([]float64, filters)
	for f := range w.Bias {
		bias[f] = float64(w.Bias[f])
	}
	for q := range columns {
		c := q / g.Multiplier
		constant := 0.0 // what the depthwise convolution makes of the shift
		for j := range g.Kernel {
			d := &w.Depthwise[j*columns+q]
			constant += float64(*d) * shift[c]
			*d = float32(float64(*d) * scale[c])
		}
		for f := range bias {
			bias[f] += constant * float64(w.Pointwise[q*filters+f])
		}
	}
	w.Bias = make([]float32, filters)
	for f := range bias {
		w.Bias[f] = float32(bias[f])
	}
	return l.folded(w)
}

// folded returns the layer with other weights, which were checked to fit but may
// be beyond float32.
func (l *Layer) folded(w Weights) (*Layer, error) {
	other := *l
	other.weights = w
	other.config.NoBias = false
	c := &other.config
	c.DepthwiseRegularizer, c.PointwiseRegularizer, c.BiasRegularizer, c.ActivityRegularizer = nil, nil, nil, nil
	c.DepthwiseConstraint, c.PointwiseConstraint, c.BiasConstraint = nil, nil, nil
	for _, part := range other.parts(&w) {
		for i, v := range *part.values {
			if math.IsInf(float64(v), 0) || v != v {
				return nil, fmt.Errorf("%w: element %d of the %s would be %v with the batch normalization in it", ErrWeights, i, part.name, v)
			}
		}
	}
	return &other, nil
}

// WithActivation returns a layer like l with the same weights and another
// activation; nil is Linear.
func (l *Layer) WithActivation(a Activation) (*Layer, error) {
	if err := l.made(); err != nil {
		return nil, err
	}
	c := l.config
	c.Activation = a
	return NewFromWeights(c, l.geometry.Channels, l.weights)
}
