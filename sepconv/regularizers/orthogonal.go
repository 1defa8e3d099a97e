package regularizers

import (
	"cmp"
	"fmt"
	"math"

	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/param"
)

// OrthogonalRegularizer is the mean |cosine| between the rows of a matrix, or
// between its columns, times Factor:
//
//	Factor * sum(|x_i . x_j|, i < j) / (n*(n-1)/2),  x_i being row i divided by max(its length, 1e-7)
//
// Keras: OrthogonalRegularizer(factor=0.01, mode="rows"), "orthogonal_regularizer".
// Keras 2 divides by max(length, 1e-6). The derivative of |.| at 0 is 0, so that a row
// of zeros has none and adds nothing to others.
//
// It serves matrices only, and neither a weight nor the output of
// SeparableConv1D is one: it is here so that every name of Keras can be read,
// and for programs that regularize arrays of their own.
type OrthogonalRegularizer struct {
	// Factor is the weight of the penalty. 0 stands for 0.01.
	Factor float64

	// Mode is "rows" or "columns". "" stands for "rows".
	Mode string
}

// Name returns "OrthogonalRegularizer".
func (OrthogonalRegularizer) Name() string { return "OrthogonalRegularizer" }

// Validate reports wrong fields, and a shape that is no matrix of at least two vectors.
func (r OrthogonalRegularizer) Validate(shape []int) error {
	if err := r.checkFields(); err != nil {
		return err
	}
	if len(shape) != 2 {
		return param.BadShape(r.Name(), shape, "it must have two dimensions")
	}
	if _, err := param.Elements(r.Name(), shape); err != nil {
		return err
	}
	if count, _ := r.counts(shape); count < 2 {
		return param.BadShape(r.Name(), shape, fmt.Sprintf("it must have at least two %s", param.TextOr(r.Mode, "rows")))
	}
	return nil
}

// checkFields reports wrong parameters.
func (r OrthogonalRegularizer) checkFields() error {
	switch r.Mode {
	case "", "rows", "columns":
	default:
		return param.BadField(r.Name(), "Mode", kerasjson.Quoted(r.Mode), `"rows" or "columns"`)
	}
	return validateFactor(r.Name(), "Factor", r.Factor, nil)
}

// epsilon is the least length that a vector is divided by.
const epsilon = 1e-7

// counts returns how many vectors a matrix has, and how long they are.
func (r OrthogonalRegularizer) counts(shape []int) (count, length int) {
	if r.Mode == "columns" {
		return shape[1], shape[0]
	}
	return shape[0], shape[1]
}

// Loss returns the penalty on w, a matrix of at least two rows (or columns).
func (r OrthogonalRegularizer) Loss(w []float32, shape []int) (float64, error) {
	if err := cmp.Or(r.Validate(shape), param.CheckWeight(r.Name(), w, shape)); err != nil {
		return 0, err
	}
	vectors, _ := r.unitVectors(w, shape)
	sum := 0.0
	for i, x := range vectors {
		for _, y := range vectors[:i] {
			sum += math.Abs(dot(x, y))
		}
	}
	return float64(r.perPair(len(vectors)) * sum), nil
}

// AddGradient adds the derivative of Loss to dw.
func (r OrthogonalRegularizer) AddGradient(dw, w []float32, shape []int) error {
	if err := cmp.Or(r.Validate(shape), param.CheckGradient(r.Name(), dw, w, shape)); err != nil {
		return err
	}
	vectors, inverse := r.unitVectors(w, shape)
	for i, x := range vectors {
		gradient := r.pull(vectors, i)
		along := dot(gradient, x)
		for k := range gradient {
			slope := gradient[k]
			if inverse[i] < 1/epsilon { // the length depends on the elements
				slope -= float64(along * x[k])
			}
			at := r.index(i, k, shape)
			dw[at] = float32(float64(dw[at]) + float64(slope*inverse[i]))
		}
	}
	return nil
}

// pull returns the derivative of the loss by unit vector i, as if its length were free.
func (r OrthogonalRegularizer) pull(vectors [][]float64, i int) []float64 {
	x := vectors[i]
	gradient := make([]float64, len(x))
	for j, y := range vectors {
		if j == i {
			continue
		}
		factor := float64(r.perPair(len(vectors)) * sign(dot(x, y)))
		for k := range gradient {
			gradient[k] += float64(factor * y[k])
		}
	}
	return gradient
}

// perPair is Factor over the number of pairs.
func (r OrthogonalRegularizer) perPair(count int) float64 {
	n := float64(count)
	return param.Round32(param.Or(r.Factor, defaultFactor)) / (float64(n*(n-1)) / 2)
}

// unitVectors returns the rows or columns divided by their lengths, and what
// they were multiplied by.
func (r OrthogonalRegularizer) unitVectors(w []float32, shape []int) (vectors [][]float64, inverse []float64) {
	count, length := r.counts(shape)
	for i := range count {
		x := make([]float64, length)
		for k := range x {
			x[k] = float64(w[r.index(i, k, shape)])
		}
		scale := min(1/math.Sqrt(dot(x, x)), 1/epsilon)
		for k := range x {
			x[k] *= scale
		}
		vectors, inverse = append(vectors, x), append(inverse, scale)
	}
	return vectors, inverse
}

// index is where element k of vector i is in the matrix.
func (r OrthogonalRegularizer) index(i, k int, shape []int) int {
	if r.Mode == "columns" {
		return k*shape[1] + i
	}
	return i*shape[1] + k
}

// dot returns the scalar product, summed in order.
func dot(x, y []float64) float64 {
	sum := 0.0
	for i := range x {
		sum += float64(x[i] * y[i])
	}
	return sum
}
