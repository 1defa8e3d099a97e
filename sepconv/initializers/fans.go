package initializers

import (
	"fmt"
	"math"
	"slices"

	"github.com/sepconv/go/internal/param"
)

// fans returns how many inputs and outputs Keras counts for a weight of this
// shape: the product of the dimensions of inputAxes and that of outputAxes if
// both are given, and otherwise by rank
//
//	0: 1 and 1;  1: n and n;  2: rows and columns;  3 or more: the last but one dimension, and the last, each times all the others
//
// so (k, C, M) has k*C and k*M, whatever the depthwise convolution really sums over.
func fans(class string, shape, inputAxes, outputAxes []int) (in, out float64, err error) {
	if inputAxes != nil && outputAxes != nil {
		if in, err = fanOf(class, "InputAxes", shape, inputAxes); err != nil {
			return 0, 0, err
		}
		out, err = fanOf(class, "OutputAxes", shape, outputAxes)
		return in, out, err
	}
	switch n := len(shape); n {
	case 0:
		return 1, 1, nil
	case 1:
		return float64(shape[0]), float64(shape[0]), nil
	case 2:
		return float64(shape[0]), float64(shape[1]), nil
	default:
		field := slices.Clone(shape[:n-2])
		if in, err = fanProduct(class, shape, append(field, shape[n-2])); err != nil {
			return 0, 0, err
		}
		out, err = fanProduct(class, shape, append(field, shape[n-1]))
		return in, out, err
	}
}

// fanOf multiplies the dimensions of some axes; a negative axis counts from the end.
func fanOf(class, field string, shape, axes []int) (float64, error) {
	dims := make([]int, 0, len(axes))
	for _, axis := range axes {
		if axis < -len(shape) || axis >= len(shape) {
			return 0, param.BadField(class, field, slices.Clone(axes),
				fmt.Sprintf("axes from %d to %d for a weight of %d dimensions", -len(shape), len(shape)-1, len(shape)))
		}
		if axis < 0 {
			axis += len(shape)
		}
		dims = append(dims, shape[axis])
	}
	return fanProduct(class, shape, dims)
}

// fanProduct multiplies dims, which are those of some axes of shape, and
// reports an overflow.
func fanProduct(class string, shape, dims []int) (float64, error) {
	if slices.Contains(dims, 0) {
		return 0, nil
	}
	n := int64(1)
	for _, dim := range dims {
		if n > math.MaxInt64/int64(dim) {
			return 0, param.BadShape(class, shape, "whose number of inputs or outputs is above 2^63")
		}
		n *= int64(dim)
	}
	return float64(n), nil
}
