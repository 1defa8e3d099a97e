package kernel

// Activation is a function and its parameters. A function without parameters
// ignores them.
type Activation struct {
	Func    Func
	A, B, C float32
}

// Func names an activation function. Its formula is beside its code in package
// generic.
type Func uint8

const (
	Linear Func = iota
	ReLU
	ReLU6
	GeneralReLU // A maximum (NaN: none), B slope below the threshold, C threshold
	LeakyReLU   // A slope for x <= 0
	ELU         // A alpha
	SELU
	CELU // A alpha
	Exponential
	Sigmoid
	Tanh
	SiLU
	GELU
	GELUTanh
	Mish
	Softplus
	Softsign
	LogSigmoid
	HardSigmoid  // relu6(x+3)/6, Keras 3
	HardSigmoid2 // clip(0.2x+0.5, 0, 1), Keras 2
	HardSiLU
	HardTanh
	TanhShrink
	HardShrink // A threshold
	SoftShrink // A threshold
	Threshold  // x > A ? x : B
	SquarePlus // A the constant b under the root
	SparsePlus
	SparseSigmoid

	// The functions from here on act along an axis.

	Softmax
	LogSoftmax
	Sparsemax
	SparsemaxCumulative // the other threshold of Keras up to 3.15.1
	GLU                 // halves the axis; computed by Set.Gate

	Funcs // how many there are
)

// Axis reports whether f looks at all elements along an axis together.
func (f Func) Axis() bool { return f >= Softmax }
