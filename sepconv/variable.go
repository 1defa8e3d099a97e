package sepconv

// A Variable is an array that training changes, with its gradient. The slices are those of
// the variable's owner, such as a Trainer, not copies.
type Variable struct {
	// Name tells the variable from the others that are trained with it, such as
	// "separable_conv1d/bias". What is kept for a variable, such as an optimizer's
	// momentum, is kept under its name.
	Name string

	// Shape is that of Value, which is row-major. nil is one dimension.
	Shape []int

	// Value is what is trained, and Gradient, of the same length, the derivative of the
	// loss by each of its elements. Gradients add up over the calls of Backward: the loop
	// sets them to 0 once in each step.
	Value, Gradient []float32
}

// A Trainable has variables to train: a Trainer, or Variables of several.
type Trainable interface {
	// Variables returns the variables that are to be trained: in each step the same ones,
	// in the same order. To allocate nothing, return the same slice each time.
	Variables() []Variable
}

// Variables are a Trainable: for example those of several Trainers together.
type Variables []Variable

// Variables returns v.
func (v Variables) Variables() []Variable { return v }
