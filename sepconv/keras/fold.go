package keras

import (
	"math"

	"github.com/sepconv/go/internal/inside"
	"github.com/sepconv/go/sepconv"
)

// foldAfter folds the layers that follow a linear one into its weights: a
// BatchNormalization of its channels, and an activation, each if nothing else takes its
// input. Products of weights are in float64, rounded once.
func (b *building) foldAfter(w *weighted, filters int) {
	if !isLinear(w.activation) || b.l.first() != b.l || len(b.l.others) > 0 {
		return
	}
	format := sepconv.ChannelsLast
	if channelsFirst(b.c) {
		format = sepconv.ChannelsFirst
	}
	n := b.foldable(b.l)
	if n != nil && n.is("BatchNormalization") && !n.normalizesBatch() && len(b.shape(0)) == 3 && n.onChannels(format) {
		if norm, err := n.BatchNorm(); err == nil && foldInto(w, norm, filters) {
			b.folded[n] = true
			n = b.foldable(n)
		}
	}
	if n == nil || n.InTraining() {
		return
	}
	a := n.activation()
	if a == nil {
		return
	}
	if e, err := inside.Activation(a); err == nil {
		w.activation = e
		b.folded[n] = true
	}
}

// foldable returns the layer that alone takes the output of l, apart from layers that do
// nothing; nil if there is none.
func (b *building) foldable(l *Layer) *Layer {
	n := l.parent.next(l)
	for n != nil && n.isIdentity() {
		n = n.parent.next(n)
	}
	if n == nil || n.same != nil || len(n.others) > 0 {
		return nil
	}
	return n
}

// foldInto scales and shifts the outputs of weights. ok is false, and nothing is
// changed, if they are not as many or would not be finite.
func foldInto(w *weighted, norm sepconv.BatchNorm, filters int) (ok bool) {
	scale, shift, ok := affineOf(norm, filters)
	if !ok {
		return false
	}
	weights, bias := make([]float32, len(w.weights)), make([]float32, filters)
	finite := func(x float32) bool { return !math.IsInf(float64(x), 0) && x == x }
	for i, x := range w.weights {
		weights[i] = float32(float64(x) * scale[i%filters])
		ok = ok && finite(weights[i])
	}
	for f := range bias {
		sum := shift[f]
		if w.bias != nil {
			sum += float64(scale[f] * float64(w.bias[f]))
		}
		bias[f] = float32(sum)
		ok = ok && finite(bias[f])
	}
	if ok {
		w.weights, w.bias = weights, bias
	}
	return ok
}

// affineOf returns a trained normalization as y = scale*x + shift for n channels.
func affineOf(norm sepconv.BatchNorm, n int) (scale, shift []float64, ok bool) {
	for _, a := range [][]float32{norm.Gamma, norm.Beta, norm.Mean, norm.Variance} {
		if a != nil && len(a) != n {
			return nil, nil, false
		}
	}
	if norm.Mean == nil || norm.Variance == nil {
		return nil, nil, false
	}
	epsilon := norm.Epsilon
	switch epsilon {
	case 0:
		epsilon = kerasEpsilon
	case sepconv.Zero:
		epsilon = 0
	}
	scale, shift = make([]float64, n), make([]float64, n)
	for c := range scale {
		scale[c] = 1 / math.Sqrt(float64(norm.Variance[c])+epsilon)
		if norm.Gamma != nil {
			scale[c] *= float64(norm.Gamma[c])
		}
		shift[c] = -float64(float64(norm.Mean[c]) * scale[c])
		if norm.Beta != nil {
			shift[c] += float64(norm.Beta[c])
		}
	}
	return scale, shift, true
}
