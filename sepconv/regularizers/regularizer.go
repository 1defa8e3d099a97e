// Package regularizers holds the penalties of keras.regularizers, under their names: for
// the fields of [sepconv.Config] that end in Regularizer, and for programs that train.
//
//	regularizers.L2{}                          // keras.regularizers.L2(), whose factor is 0.01
//	regularizers.L2{Factor: 1e-4}
//	regularizers.L2{Factor: sepconv.Zero}      // keras.regularizers.L2(0.0)
package regularizers

import (
	"cmp"
	"math"

	"github.com/sepconv/go/internal/param"
)

// A Regularizer adds a penalty on a weight, or on the layer's output, to the loss. The
// types of this package carry Keras' names and formulas, and the zero value of each
// field is Keras' default; [sepconv.Zero] is a factor of 0 where that is another. A
// program's own regularizer is any type with these methods.
//
// The factors must be finite and not negative, and are rounded to float32, as in
// Keras. Sums are kept in float64 and have a fixed order, so that the same array
// gives the same bits on every CPU: the norms of L1, L2 and L1L2 are four sums, of every
// fourth element each, that meet as (0 + 1) + (2 + 3); the products of
// OrthogonalRegularizer are summed from the first element and the first pair on.
// An element of a gradient is computed in float64 with what is added to, and rounded once.
//
// Errors wrap [sepconv.ErrConfig] if a field of the regularizer is wrong,
// [sepconv.ErrShape] if arrays and shape do not fit each other or the regularizer, and
// [sepconv.ErrOverlap] if dw and w share memory. The methods may be called by several
// goroutines at once.
type Regularizer interface {
	// Name is Keras' class name, such as "L2".
	Name() string

	// Loss returns the penalty on w, a row-major array of the given shape.
	Loss(w []float32, shape []int) (float64, error)

	// AddGradient adds the derivative of Loss by each element of w to dw, which is as
	// long as w. If there is an error, dw is left as it was. A regularizer that has no
	// derivative returns one that wraps [sepconv.ErrConfig]: it can be kept and written,
	// but nothing can be trained with it.
	AddGradient(dw, w []float32, shape []int) error
}

// L1 is Factor * sum(|w|), with the derivative Factor * sign(w), which is 0 at
// 0. Keras: L1(l1=0.01), "l1".
type L1 struct {
	// Factor is the weight of the penalty. 0 stands for 0.01.
	Factor float64
}

// Name returns "L1".
func (L1) Name() string { return "L1" }

// Loss returns Factor * sum(|w|).
func (r L1) Loss(w []float32, shape []int) (float64, error) {
	if err := cmp.Or(r.Validate(shape), param.CheckWeight(r.Name(), w, shape)); err != nil {
		return 0, err
	}
	return param.Round32(r.factor()) * sumAbs(w), nil
}

// AddGradient adds Factor * sign(w) to dw.
func (r L1) AddGradient(dw, w []float32, shape []int) error {
	if err := cmp.Or(r.Validate(shape), param.CheckGradient(r.Name(), dw, w, shape)); err != nil {
		return err
	}
	addGradient(dw, w, r.factor(), 0)
	return nil
}

// Validate reports a wrong factor or shape.
func (r L1) Validate(shape []int) error { return validateFactor(r.Name(), "Factor", r.Factor, shape) }

func (r L1) factor() float64 { return param.Or(r.Factor, defaultFactor) }

// L2 is Factor * sum(w^2), with the derivative 2 * Factor * w. Keras: L2(l2=0.01), "l2".
type L2 struct {
	// Factor is the weight of the penalty. 0 stands for 0.01.
	Factor float64
}

// Name returns "L2".
func (L2) Name() string { return "L2" }

// Loss returns Factor * sum(w^2).
func (r L2) Loss(w []float32, shape []int) (float64, error) {
	if err := cmp.Or(r.Validate(shape), param.CheckWeight(r.Name(), w, shape)); err != nil {
		return 0, err
	}
	return param.Round32(r.factor()) * param.SumSquares(w), nil
}

// AddGradient adds 2 * Factor * w to dw.
func (r L2) AddGradient(dw, w []float32, shape []int) error {
	if err := cmp.Or(r.Validate(shape), param.CheckGradient(r.Name(), dw, w, shape)); err != nil {
		return err
	}
	addGradient(dw, w, 0, r.factor())
	return nil
}

// Validate reports a wrong factor or shape.
func (r L2) Validate(shape []int) error { return validateFactor(r.Name(), "Factor", r.Factor, shape) }

func (r L2) factor() float64 { return param.Or(r.Factor, defaultFactor) }

// L1L2 is L1 * sum(|w|) + L2 * sum(w^2). Keras: L1L2(l1=0.0, l2=0.0), "L1L2".
// The name "l1_l2" of Keras 2 means L1L2{0.01, 0.01}.
type L1L2 struct {
	// L1 and L2 are the weights of the two penalties. Default 0: unlike [L1]
	// and [L2], the zero value has no penalty.
	L1, L2 float64
}

// Name returns "L1L2".
func (L1L2) Name() string { return "L1L2" }

// Loss returns L1 * sum(|w|) + L2 * sum(w^2). A factor of 0 leaves its sum out,
// even if that is infinite.
func (r L1L2) Loss(w []float32, shape []int) (float64, error) {
	if err := cmp.Or(r.Validate(shape), param.CheckWeight(r.Name(), w, shape)); err != nil {
		return 0, err
	}
	loss := 0.0
	if l1 := param.Or(r.L1, 0); l1 != 0 {
		loss += float64(param.Round32(l1) * sumAbs(w))
	}
	if l2 := param.Or(r.L2, 0); l2 != 0 {
		loss += float64(param.Round32(l2) * param.SumSquares(w))
	}
	return loss, nil
}

// AddGradient adds L1 * sign(w) + 2 * L2 * w to dw.
func (r L1L2) AddGradient(dw, w []float32, shape []int) error {
	if err := cmp.Or(r.Validate(shape), param.CheckGradient(r.Name(), dw, w, shape)); err != nil {
		return err
	}
	addGradient(dw, w, param.Or(r.L1, 0), param.Or(r.L2, 0))
	return nil
}

// Validate reports a wrong factor or shape.
func (r L1L2) Validate(shape []int) error {
	if err := validateFactor(r.Name(), "L1", r.L1, shape); err != nil {
		return err
	}
	return validateFactor(r.Name(), "L2", r.L2, shape)
}

// defaultFactor is that of L1, L2 and OrthogonalRegularizer.
const defaultFactor = 0.01

// validateFactor is what Keras 3 asks of a factor. (Keras 2 lets a negative one pass.)
func validateFactor(class, field string, factor float64, shape []int) error {
	if err := param.CheckFloat32(class, field, factor); err != nil {
		return err
	}
	if factor < 0 {
		return param.BadField(class, field, factor, "0 or more")
	}
	_, err := param.Elements(class, shape)
	return err
}

// sumAbs returns the sum of |x|: four running sums, of every fourth element
// each, that meet at the end.
func sumAbs(w []float32) float64 {
	var a, b, c, d float64
	for ; len(w) >= 4; w = w[4:] {
		a += math.Abs(float64(w[0]))
		b += math.Abs(float64(w[1]))
		c += math.Abs(float64(w[2]))
		d += math.Abs(float64(w[3]))
	}
	for _, x := range w {
		a += math.Abs(float64(x))
	}
	return (a + b) + (c + d)
}

// addGradient adds l1*sign(w) + 2*l2*w to dw.
func addGradient(dw, w []float32, l1, l2 float64) {
	l1, l2 = param.Round32(l1), 2*param.Round32(l2)
	for i, x := range w {
		sum := float64(dw[i])
		if l1 != 0 {
			sum += float64(l1 * sign(float64(x)))
		}
		if l2 != 0 {
			sum += float64(l2 * float64(x))
		}
		dw[i] = float32(sum)
	}
}

// sign is -1, 0 or 1, and NaN for NaN.
func sign(x float64) float64 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x // 0 or NaN
}
