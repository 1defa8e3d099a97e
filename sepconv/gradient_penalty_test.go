package sepconv_test

import (
	"fmt"
	"math"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/regularizers"
)

// penalty is the sum of a layer's losses in Keras, and its gradients: l1 |w| + l2 w^2
// of each element of a weight, and of each output by the size of the batch. Keras 3
// leaves out the weights of a frozen layer.
func (l *judged) penalty(weights bool) (interval, gradients[interval]) {
	loss, dy := l.activityPenalty()
	g := l.backward(dy)
	if weights {
		c := l.config
		loss = plus(loss, addPenalty(g.depthwise, c.DepthwiseRegularizer, l.weights.Depthwise))
		loss = plus(loss, addPenalty(g.pointwise, c.PointwiseRegularizer, l.weights.Pointwise))
		loss = plus(loss, addPenalty(g.bias, c.BiasRegularizer, l.weights.Bias))
	}
	return loss, g
}

func plus(a, b interval) interval { return minus(a, interval{-b.value, b.bound}) }

// factors are what a regularizer multiplies sum|w| and sum(w^2) by.
func factors(r regularizers.Regularizer) (l1, l2 float64) {
	switch r := r.(type) {
	case nil:
		return 0, 0
	case regularizers.L1:
		return factor(r.Factor, 0.01), 0
	case regularizers.L2:
		return 0, factor(r.Factor, 0.01)
	case regularizers.L1L2:
		return factor(r.L1, 0), factor(r.L2, 0)
	}
	panic(fmt.Sprintf("no judge of %#v", r))
}

// factor is what the field of a regularizer stands for.
func factor(field, otherwise float64) float64 {
	switch field {
	case 0:
		return otherwise
	case sepconv.Zero:
		return 0
	}
	return field
}

// addPenalty adds the gradient of a regularizer to that of a weight, and returns its
// loss.
func addPenalty(dw []interval, r regularizers.Regularizer, w []float32) interval {
	l1, l2 := factors(r)
	loss, slope := penalize(l1, l2, exactly(w))
	for i := range dw {
		dw[i] = plus(dw[i], slope[i])
	}
	return loss
}

// activityPenalty is the loss of the activity regularizer, and its gradient by the
// outputs.
func (l *judged) activityPenalty() (interval, []interval) {
	l1, l2 := factors(l.config.ActivityRegularizer)
	n := math.Max(float64(l.batch), 1) // a batch of 0 has nothing to divide
	return penalize(l1/n, l2/n, l.output())
}

// penalize is sum(l1 |w| + l2 w^2), and its derivatives l1 sign(w) + 2 l2 w.
func penalize(l1, l2 float64, w []interval) (interval, []interval) {
	var loss sum
	slope := make([]interval, len(w))
	for i, w := range w {
		size := interval{math.Abs(w.value), w.bound}
		loss.add(interval{l1, l1 * 0x1p-23}, size)
		loss.add(interval{l2, l2 * 0x1p-23}, times(size, size))
		s := through(sign, w)
		slope[i] = interval{l1*s.value + 2*l2*w.value, l1*s.bound + 2*l2*w.bound}
		slope[i].bound += 4 * 0x1p-24 * (l1 + 2*l2*math.Abs(w.high()))
	}
	return loss.rounded(), slope
}

// sign is 0 at 0.
func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}
