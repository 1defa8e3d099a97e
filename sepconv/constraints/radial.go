package constraints

import "github.com/sepconv/go/internal/param"

// RadialConstraint makes square two-dimensional filters constant along squares
// around their centre. Keras 2 only: RadialConstraint(), "radial_constraint".
//
// It serves weights of shape (size, size, channels, filters) only, and
// SeparableConv1D has none: a layer reports an error for it, as Keras does. It
// is here so that every name of Keras can be read. As in tf.keras 2.4 and later
// the values are taken from the diagonal: with h = size/2 rounded down, ring i
// around the centre has the value at (h+i, h+i), and the centre the one at
// (h-1, h-1).
type RadialConstraint struct{}

// Name returns "RadialConstraint".
func (RadialConstraint) Name() string { return "RadialConstraint" }

// Project replaces w. The error wraps [sepconv.ErrShape] if the shape is not
// (size, size, channels, filters), size being 2 or more.
func (r RadialConstraint) Project(w []float32, shape []int) error {
	if err := r.Validate(shape); err != nil {
		return err
	}
	if err := param.CheckWeight(r.Name(), w, shape); err != nil || len(w) == 0 {
		return err
	}
	size := shape[0]
	planes := len(w) / (size * size)
	for plane := range planes {
		projectSquare(w[plane:], size, planes)
	}
	return nil
}

// projectSquare projects one filter of one channel, whose elements are step apart, from
// the border inwards: the value of each ring is then still where it comes from, but for
// that of the centre.
func projectSquare(w []float32, size, step int) {
	half := size / 2
	at := func(row, col int) *float32 { return &w[(row*size+col)*step] }
	inner := *at(half-1, half-1)
	for first, last := 0, size-1; first <= last; first, last = first+1, last-1 {
		value := inner
		if ring := half - 1 - first; ring > 0 || ring == 0 && size%2 == 1 {
			value = *at(half+ring, half+ring)
		}
		for i := first; i <= last; i++ {
			*at(first, i), *at(last, i), *at(i, first), *at(i, last) = value, value, value, value
		}
	}
}

// Validate reports a shape that the constraint does not serve.
func (r RadialConstraint) Validate(shape []int) error {
	if len(shape) != 4 || shape[0] != shape[1] || shape[0] < 2 {
		return param.BadShape(r.Name(), shape, "it must be (size, size, channels, filters) with a size of at least 2")
	}
	_, err := param.Elements(r.Name(), shape)
	return err
}
