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
	value := make([]float32, size)
	for plane := range planes {
		for i := range value {
			value[i] = w[(i*size+i)*planes+plane]
		}
		for row := range size {
			for col := range size {
				w[(row*size+col)*planes+plane] = value[radialSource(row, col, size)]
			}
		}
	}
	return nil
}

// radialSource returns the place on the diagonal that element (row, col) takes
// its value from.
func radialSource(row, col, size int) int {
	half := size / 2
	// The ring of the square's border is the last.
	ring := half - 1 - min(row, col, size-1-row, size-1-col)
	if size%2 == 1 && min(row, col, size-1-row, size-1-col) == half {
		return half - 1
	}
	if size%2 == 0 && ring == 0 {
		return half - 1
	}
	return half + ring
}

// Validate reports a shape that the constraint does not serve.
func (r RadialConstraint) Validate(shape []int) error {
	if len(shape) != 4 || shape[0] != shape[1] || shape[0] < 2 {
		return param.BadShape(r.Name(), shape, "it must be (size, size, channels, filters) with a size of at least 2")
	}
	_, err := param.Elements(r.Name(), shape)
	return err
}
