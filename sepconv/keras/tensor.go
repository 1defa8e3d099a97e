package keras

import (
	"slices"

	"github.com/sepconv/go/sepconv"
)

// weight returns the layer's array of a name; nil if there is none.
func (l *Layer) weight(name string) *Tensor {
	i := slices.IndexFunc(l.Weights, func(t *Tensor) bool { return t != nil && t.Name == name })
	if i < 0 {
		return nil
	}
	return l.Weights[i]
}

// shape is that of an array that may not be there.
func (t *Tensor) shape() []int {
	if t == nil {
		return nil
	}
	return t.Shape
}

// checkArray reports an array that is not read, or not the values that it stands
// for.
func (l *Layer) checkArray(t *Tensor) error {
	switch {
	case t.Err != nil:
		return l.errorf("%w: array %.80q of type %.40s is not read: %w", sepconv.ErrWeights, t.Name, t.DType, t.Err)
	case !t.isWhole():
		return l.errorf("%w: array %.80q has %d values for shape %v", sepconv.ErrWeights, t.Name, len(t.Values), t.Shape)
	}
	return l.checkScale(t)
}

func or(n, otherwise int) int {
	if n != 0 {
		return n
	}
	return otherwise
}

// isWhole reports whether an array has as many values as its shape says.
func (t *Tensor) isWhole() bool {
	n := len(t.Values)
	if slices.Contains(t.Shape, 0) {
		return n == 0
	}
	for _, d := range t.Shape {
		if d < 0 || n%d != 0 {
			return false
		}
		n /= d
	}
	return n == 1
}

// rank is the number of dimensions of an array, which may not be there.
func (t *Tensor) rank() int { return len(t.shape()) }
