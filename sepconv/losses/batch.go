package losses

import (
	"fmt"
	"slices"
	"sync"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/overlap"
)

// batch is the arguments that all losses have, checked.
type batch struct {
	dst, src       []float32 // dst may be nil
	weights        []float32 // may be nil
	width, samples int
	divisor        float64 // of the weighted sum
}

// newBatch checks the arguments of a class' Compute; name is what it calls src.
func newBatch(class, name string, dst, src, weights []float32, width int, reduction Reduction) (batch, error) {
	samples, err := countSamples(class, name, src, width)
	switch {
	case err != nil:
		return batch{}, err
	case dst != nil && len(dst) != len(src):
		return batch{}, badLength(class, "d"+name, len(dst), len(src))
	case weights != nil && len(weights) != samples:
		return batch{}, badLength(class, "weights", len(weights), samples)
	case overlap.Slices(dst, src):
		return batch{}, shared(class, name, name)
	case overlap.Slices(dst, weights):
		return batch{}, shared(class, name, "weights")
	}
	divisor, err := reduction.divisor(class, weights, samples)
	return batch{dst, src, weights, width, samples, divisor}, err
}

// countSamples returns how many rows of the width an array has.
func countSamples(class, name string, src []float32, width int) (int, error) {
	if width < 1 {
		return 0, fmt.Errorf("%w: %s: the width of %s is %d, it must be 1 or more", fault.ErrShape, class, name, width)
	}
	if len(src)%width != 0 {
		return 0, fmt.Errorf("%w: %s: %s has %d elements, it must have a multiple of the width, %d", fault.ErrShape, class, name, len(src), width)
	}
	return len(src) / width, nil
}

// badLength says how long an array must be.
func badLength(class, name string, length, want int) error {
	return fmt.Errorf("%w: %s: %s has %d elements, it must have %d", fault.ErrShape, class, name, length, want)
}

// shared says that the gradient and another array overlap.
func shared(class, name, other string) error {
	return fmt.Errorf("%w: %s: d%s and %s share memory; give d%s memory of its own", fault.ErrOverlap, class, name, other, name)
}

// checkTargets reports targets that are not one for each element of src.
func (b *batch) checkTargets(class, name string, targets []float32) error {
	if len(targets) != len(b.src) {
		return badLength(class, "targets", len(targets), len(b.src))
	}
	if overlap.Slices(b.dst, targets) {
		return shared(class, name, "targets")
	}
	return nil
}

// A sample computes the loss of sample i from its row of src, and writes share times the
// derivative by that row to d. The share is the factor of the sample's loss in that of the
// batch.
type sample func(d, src []float32, i int, share float64) (loss float64)

// compute returns the loss of the batch.
func (b *batch) compute(f sample) (loss float64) {
	if b.samples == 0 {
		return 0
	}
	row := func(i int) []float32 { return b.dst[i*b.width:][:b.width] }
	if b.dst == nil {
		room := rooms.Get().(*[]float32)
		defer rooms.Put(room)
		*room = slices.Grow((*room)[:0], b.width)[:b.width]
		row = func(int) []float32 { return *room }
	}
	for i := range b.samples {
		share := b.share(i)
		loss += float64(share * f(row(i), b.src[i*b.width:][:b.width], i, share))
	}
	return loss
}

// rooms are rows for gradients that the caller does not want.
var rooms = sync.Pool{New: func() any { return new([]float32) }}

// share returns the weight of a sample over the divisor, or 0 if that is 0.
func (b *batch) share(i int) float64 {
	switch {
	case b.divisor == 0:
		return 0
	case b.weights == nil:
		return 1 / b.divisor
	}
	return float64(b.weights[i]) / b.divisor
}
