package initializers

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/internal/param"
)

// Zeros sets every element to 0. Keras: Zeros(), "zeros".
type Zeros struct{}

// Name returns "Zeros".
func (Zeros) Name() string { return "Zeros" }

// Initialize fills w with 0.
func (z Zeros) Initialize(w []float32, shape []int, _ uint64) error {
	if err := param.CheckWeight(z.Name(), w, shape); err != nil {
		return err
	}
	clear(w)
	return nil
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (z Zeros) Validate(shape []int) error {
	_, err := param.Elements(z.Name(), shape)
	return err
}

// Ones sets every element to 1. Keras: Ones(), "ones".
type Ones struct{}

// Name returns "Ones".
func (Ones) Name() string { return "Ones" }

// Initialize fills w with 1.
func (o Ones) Initialize(w []float32, shape []int, _ uint64) error {
	if err := param.CheckWeight(o.Name(), w, shape); err != nil {
		return err
	}
	param.Fill(w, 1)
	return nil
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (o Ones) Validate(shape []int) error {
	_, err := param.Elements(o.Name(), shape)
	return err
}

// Constant sets every element to Value, or w to the array Values. Keras:
// Constant(value=0.0), "constant".
type Constant struct {
	// Value is what every element is set to. Default 0.
	Value float32

	// Values, if not nil, takes the place of Value: a row-major array.
	Values []float32

	// Shape is the shape of Values. It is broadcast to the shape of the weight
	// by NumPy's rule: aligned at the last axis, and an axis that is missing or
	// 1 is repeated. If Shape is nil, Values must have as many elements as the
	// weight.
	Shape []int
}

// Name returns "Constant".
func (Constant) Name() string { return "Constant" }

// Initialize fills w with Value or Values. The error wraps [sepconv.ErrShape]
// if Values cannot be broadcast to shape.
func (c Constant) Initialize(w []float32, shape []int, _ uint64) error {
	if err := param.CheckWeight(c.Name(), w, shape); err != nil {
		return err
	}
	if err := c.Validate(shape); err != nil {
		return err
	}
	switch {
	case c.Values == nil:
		param.Fill(w, c.Value)
	case c.Shape == nil:
		copy(w, c.Values)
	default:
		axes := len(shape) - len(c.Shape)
		repeated := make([]bool, len(shape))
		for i := range shape {
			repeated[i] = i < axes || c.Shape[i-axes] == 1
		}
		param.NewGrouping(shape, repeated).Each(func(i, from int) { w[i] = c.Values[from] })
	}
	return nil
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (c Constant) Validate(shape []int) error {
	n, err := param.Elements(c.Name(), shape)
	if err != nil {
		return err
	}
	if c.Values == nil {
		return c.checkValue()
	}
	if c.Shape == nil {
		if len(c.Values) != n {
			return param.BadShape(c.Name(), shape, fmt.Sprintf("which needs %d Values, not %d", n, len(c.Values)))
		}
		return nil
	}
	if err := c.checkValues(); err != nil {
		return err
	}
	if !c.broadcasts(shape) {
		return param.BadShape(c.Name(), shape, fmt.Sprintf("to which Values of shape %v cannot be broadcast", slices.Clone(c.Shape)))
	}
	return nil
}

// checkValue reports a wrong Value, or a Shape without Values.
func (c Constant) checkValue() error {
	if c.Shape != nil {
		return param.BadField(c.Name(), "Shape", slices.Clone(c.Shape), "nil, as Values is nil")
	}
	return param.CheckFloat32(c.Name(), "Value", float64(c.Value))
}

// checkValues reports a Shape that does not describe Values.
func (c Constant) checkValues() error {
	own, err := param.Elements(c.Name(), c.Shape)
	if err != nil || own != len(c.Values) {
		return param.BadField(c.Name(), "Shape", slices.Clone(c.Shape), fmt.Sprintf("that of the %d Values", len(c.Values)))
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

// Identity sets a square or rectangular matrix to Gain on its diagonal and to 0
// elsewhere. Keras: Identity(gain=1.0), "identity".
//
// It serves matrices only, and no weight of SeparableConv1D is one: it is here
// so that every name of Keras can be read, and for programs that initialize
// arrays of their own.
type Identity struct {
	// Gain is the value on the diagonal. 0 stands for 1.
	Gain float64
}

// Name returns "Identity".
func (Identity) Name() string { return "Identity" }

// Initialize fills w with the identity times Gain. The error wraps
// [sepconv.ErrShape] if shape has not two dimensions.
func (d Identity) Initialize(w []float32, shape []int, _ uint64) error {
	if err := param.CheckWeight(d.Name(), w, shape); err != nil {
		return err
	}
	if err := d.Validate(shape); err != nil {
		return err
	}
	clear(w)
	rows, cols := shape[0], shape[1]
	for i := range min(rows, cols) {
		w[i*cols+i] = float32(param.Or(d.Gain, 1))
	}
	return nil
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (d Identity) Validate(shape []int) error {
	if err := param.CheckFloat32(d.Name(), "Gain", d.Gain); err != nil {
		return err
	}
	if len(shape) != 2 {
		return param.BadShape(d.Name(), shape, "it must have two dimensions")
	}
	_, err := param.Elements(d.Name(), shape)
	return err
}
