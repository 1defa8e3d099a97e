package sepconv

import (
	"fmt"
	"math"
	"slices"
)

// Zeros sets every element to 0. Keras: Zeros(), "zeros".
type Zeros struct{}

// Name returns "Zeros".
func (Zeros) Name() string { return "Zeros" }

// Initialize fills w with 0.
func (z Zeros) Initialize(w []float32, shape []int, _ uint64) error {
	if err := checkWeight(z.Name(), w, shape); err != nil {
		return err
	}
	clear(w)
	return nil
}

func (z Zeros) validate(shape []int) error {
	_, err := elementCount(z.Name(), shape)
	return err
}

// Ones sets every element to 1. Keras: Ones(), "ones".
type Ones struct{}

// Name returns "Ones".
func (Ones) Name() string { return "Ones" }

// Initialize fills w with 1.
func (o Ones) Initialize(w []float32, shape []int, _ uint64) error {
	if err := checkWeight(o.Name(), w, shape); err != nil {
		return err
	}
	setAll(w, 1)
	return nil
}

func (o Ones) validate(shape []int) error {
	_, err := elementCount(o.Name(), shape)
	return err
}

// Constant sets every element to Value, or w to the array Values. Keras: Constant(value=0.0), "constant".
type Constant struct {
	// Value is what every element is set to. Default 0.
	Value float32

	// Values, if not nil, takes the place of Value: a row-major array.
	Values []float32

	// Shape is the shape of Values. It is broadcast to the shape of the weight by NumPy's rule: aligned at the last axis,
	// and an axis that is missing or 1 is repeated. If Shape is nil, Values must have as many elements as the weight.
	Shape []int
}

// Name returns "Constant".
func (Constant) Name() string { return "Constant" }

// Initialize fills w with Value or Values. The error wraps [ErrShape] if Values cannot be broadcast to shape.
func (c Constant) Initialize(w []float32, shape []int, _ uint64) error {
	if err := checkWeight(c.Name(), w, shape); err != nil {
		return err
	}
	if err := c.validate(shape); err != nil {
		return err
	}
	switch {
	case c.Values == nil:
		setAll(w, c.Value)
	case c.Shape == nil:
		copy(w, c.Values)
	default:
		axes := len(shape) - len(c.Shape)
		repeated := make([]bool, len(shape))
		for i := range shape {
			repeated[i] = i < axes || c.Shape[i-axes] == 1
		}
		newGrouping(shape, repeated).each(func(i, from int) { w[i] = c.Values[from] })
	}
	return nil
}

func (c Constant) validate(shape []int) error {
	n, err := elementCount(c.Name(), shape)
	if err != nil {
		return err
	}
	if c.Values == nil {
		return c.checkValue()
	}
	if c.Shape == nil {
		if len(c.Values) != n {
			return badShape(c.Name(), shape, fmt.Sprintf("which needs %d Values, not %d", n, len(c.Values)))
		}
		return nil
	}
	if err := c.checkValues(); err != nil {
		return err
	}
	if !c.broadcasts(shape) {
		return badShape(c.Name(), shape, fmt.Sprintf("to which Values of shape %v cannot be broadcast", slices.Clone(c.Shape)))
	}
	return nil
}

// checkValue reports a wrong Value, or a Shape without Values.
func (c Constant) checkValue() error {
	if c.Shape != nil {
		return badField(c.Name(), "Shape", slices.Clone(c.Shape), "nil, as Values is nil")
	}
	return checkFloat32(c.Name(), "Value", float64(c.Value))
}

// checkValues reports a Shape that does not describe Values.
func (c Constant) checkValues() error {
	own, err := elementCount(c.Name(), c.Shape)
	if err != nil || own != len(c.Values) {
		return badField(c.Name(), "Shape", slices.Clone(c.Shape), fmt.Sprintf("that of the %d Values", len(c.Values)))
	}
	return nil
}

// broadcasts reports whether Shape can be broadcast to shape.
func (c Constant) broadcasts(shape []int) bool {
	axes := len(shape) - len(c.Shape)
	if axes < 0 {
		return false
	}
	for i, dim := range c.Shape {
		if dim != 1 && dim != shape[axes+i] {
			return false
		}
	}
	return true
}

// Identity sets a square or rectangular matrix to Gain on its diagonal and to 0 elsewhere. Keras: Identity(gain=1.0),
// "identity".
//
// It serves matrices only, and no weight of SeparableConv1D is one: it is here so that every name of Keras can be read, and
// for programs that initialize arrays of their own.
type Identity struct {
	// Gain is the value on the diagonal. 0 stands for 1.
	Gain float64
}

// Name returns "Identity".
func (Identity) Name() string { return "Identity" }

// Initialize fills w with the identity times Gain. The error wraps [ErrShape] if shape has not two dimensions.
func (d Identity) Initialize(w []float32, shape []int, _ uint64) error {
	if err := checkWeight(d.Name(), w, shape); err != nil {
		return err
	}
	if err := d.validate(shape); err != nil {
		return err
	}
	clear(w)
	rows, cols := shape[0], shape[1]
	for i := range min(rows, cols) {
		w[i*cols+i] = float32(valueOr(d.Gain, 1))
	}
	return nil
}

func (d Identity) validate(shape []int) error {
	if err := checkFloat32(d.Name(), "Gain", d.Gain); err != nil {
		return err
	}
	if len(shape) != 2 {
		return badShape(d.Name(), shape, "it must have two dimensions")
	}
	_, err := elementCount(d.Name(), shape)
	return err
}

// setAll sets every element to v.
func setAll(w []float32, v float32) {
	for i := range w {
		w[i] = v
	}
}

// roundsTo32 returns x as the nearest float32, which is what Keras makes of a parameter before it meets a float32 weight.
func roundsTo32(x float64) float64 { return float64(float32(x)) }

// isZero is true of an unset field, but not of [ExplicitZero].
func isZero(x float64) bool { return x == 0 && !math.Signbit(x) }
