package sepconv

// A Variable is an array that training changes, with what it is changed by. Its slices
// are those of whoever has the variable, not copies.
type Variable struct {
	// Name tells the variable from the others that are trained with it, such as
	// "separable_conv1d/bias". What is kept for a variable, such as an optimizer's
	// momentum, is kept under its name.
	Name string

	// Shape is that of Value, which is row-major. nil is one dimension.
	Shape []int

	// Value is what is trained, and Gradient, of the same length, the derivative of the
	// loss by each of its elements. Gradients are added up: whoever has the variable, or
	// the loop that trains it, sets them to 0 after a step.
	Value, Gradient []float32
}

// A Trainable is what has variables: a layer, a model of layers, or a program's own.
type Trainable interface {
	// Variables returns the variables that are to be trained: in each step the same ones,
	// in the same order. To allocate nothing, return the same slice each time.
	Variables() []Variable
}

// Variables are a Trainable: those of several others together, or a program's own.
type Variables []Variable

// Variables returns v.
func (v Variables) Variables() []Variable { return v }
