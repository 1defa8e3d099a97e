package sepconv

import (
	"fmt"
	"math"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/inside"
	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv/custom"
)

// Activation is the function that ends a layer. The package's own are the
// StandardActivation constants and what functions such as LeakyReLUWith return;
// ActivationFunc makes one of a user's function, and any type with these methods
// is one.
type Activation interface {
	// Name is Keras' name, "relu".
	Name() string
	// Apply changes y in place. A layer calls it for each row along the last axis
	// of its output (filters in channels_last, time in channels_first), from
	// several goroutines at once.
	Apply(y []float32)
}

// StandardActivation is an activation that Keras knows by name. The formulas
// are computed in float32, to the same bits on every CPU; they are in package
// internal/generic. NaN stays NaN, saturation is exact, and at infinities are the
// limits. The greatest errors against the true functions of the float32 argument,
// in units of the last place of the true value (ulp) or otherwise:
//
//	Linear, ReLU, ReLU6                  exact
//	HardTanh, HardShrink, ThresholdWith  exact
//	LeakyReLU, SoftShrink, SparseSigmoid 0.5 ulp
//	Exponential                          0.87 ulp
//	ELU, CELU                            0.88 ulp
//	Tanh                                 1.01 ulp
//	ReLUWith, Softsign                   1.5 ulp
//	SELU                                 1.8 ulp
//	Softplus, LogSigmoid                 1.9 ulp
//	Sigmoid, SparsePlus, ELUWith         2 ulp
//	CELUWith                             2.6 ulp
//	SquarePlus                           2.8 ulp
//	SiLU                                 2.9 ulp
//	TanhShrink                           3.4 ulp
//	Mish                                 4.4 ulp, 3 * 2^-24 |x|
//	GELU, GELUTanh                       3.355 * 2^-24 |x|
//	HardSiLU                             1.9 * 2^-24 |x|
//	HardSigmoid                          1.01 * 2^-24
//	HardSigmoidKeras2                    1 * 2^-24
//
// GELU's is 2e-7 |x|: at most 2.9 ulp from 0 on and 4.3 ulp from -1 on; below, where
// Keras' two halves cancel too, in ulp it is not bounded, and from -5.2 down GELU is 0.
//
// Where an ulp would be smaller than the smallest subnormal, 2^-149, it is that.
// Along an axis, with d the distance from the maximum of the line, results of
// Softmax are within (2 + d/2) * 2^-23 of the truth, relatively, and 1.5 * 2^-149;
// those of LogSoftmax within 0.5 ulp, and the mean of (0.87 + d/2) * 2^-23 weighted
// by Softmax; those of Sparsemax within 2^-24, relatively. GLU has 4.5 ulp, beside
// what a sigmoid below the smallest normal number, 2^-126, loses.
type StandardActivation uint8

const (
	Linear      StandardActivation = StandardActivation(kernel.Linear)      // x
	ReLU        StandardActivation = StandardActivation(kernel.ReLU)        // max(x, 0)
	ReLU6       StandardActivation = StandardActivation(kernel.ReLU6)       // min(max(x, 0), 6)
	LeakyReLU   StandardActivation = StandardActivation(kernel.LeakyReLU)   // x > 0 ? x : 0.2x, the slope of Keras 3's function; see LeakyReLUWith
	ELU         StandardActivation = StandardActivation(kernel.ELU)         // x > 0 ? x : e^x - 1
	SELU        StandardActivation = StandardActivation(kernel.SELU)        // 1.0507 (x > 0 ? x : 1.67326 (e^x - 1))
	CELU        StandardActivation = StandardActivation(kernel.CELU)        // max(x, 0) + min(e^x - 1, 0)
	Exponential StandardActivation = StandardActivation(kernel.Exponential) // e^x
	Sigmoid     StandardActivation = StandardActivation(kernel.Sigmoid)     // 1 / (1 + e^-x)
	Tanh        StandardActivation = StandardActivation(kernel.Tanh)        // tanh x
	SiLU        StandardActivation = StandardActivation(kernel.SiLU)        // x sigmoid(x), also called swish
	GELU        StandardActivation = StandardActivation(kernel.GELU)        // x/2 (1 + erf(x/sqrt 2))
	GELUTanh    StandardActivation = StandardActivation(kernel.GELUTanh)    // x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715x^3))), Keras' gelu with approximate=True
	Mish        StandardActivation = StandardActivation(kernel.Mish)        // x tanh(softplus(x))
	Softplus    StandardActivation = StandardActivation(kernel.Softplus)    // log(1 + e^x)
	Softsign    StandardActivation = StandardActivation(kernel.Softsign)    // x / (1 + |x|)
	LogSigmoid  StandardActivation = StandardActivation(kernel.LogSigmoid)  // -softplus(-x)
	// HardSigmoid is Keras 3's: relu6(x+3)/6.
	HardSigmoid StandardActivation = StandardActivation(kernel.HardSigmoid)
	// HardSigmoidKeras2 is what Keras 2 calls hard_sigmoid: 0.2x + 0.5 clipped to [0, 1].
	HardSigmoidKeras2 StandardActivation = StandardActivation(kernel.HardSigmoid2)
	HardSiLU          StandardActivation = StandardActivation(kernel.HardSiLU)      // x relu6(x+3)/6, also called hard swish
	HardTanh          StandardActivation = StandardActivation(kernel.HardTanh)      // x clipped to [-1, 1]
	TanhShrink        StandardActivation = StandardActivation(kernel.TanhShrink)    // x - tanh x
	HardShrink        StandardActivation = StandardActivation(kernel.HardShrink)    // |x| > 0.5 ? x : 0
	SoftShrink        StandardActivation = StandardActivation(kernel.SoftShrink)    // x moved towards 0 by 0.5
	SquarePlus        StandardActivation = StandardActivation(kernel.SquarePlus)    // (x + sqrt(x^2 + 4)) / 2
	SparsePlus        StandardActivation = StandardActivation(kernel.SparsePlus)    // x <= -1: 0; x < 1: (x+1)^2/4; else x
	SparseSigmoid     StandardActivation = StandardActivation(kernel.SparseSigmoid) // (x+1)/2 clipped to [0, 1]

	// The following act along the last axis of the output: filters in
	// channels_last, time in channels_first, as in Keras.

	Softmax    StandardActivation = StandardActivation(kernel.Softmax)    // e^x / sum of e^x
	LogSoftmax StandardActivation = StandardActivation(kernel.LogSoftmax) // log of Softmax
	Sparsemax  StandardActivation = StandardActivation(kernel.Sparsemax)  // the nearest point of the probability simplex
	// SparsemaxKeras315 is what Keras up to 3.15.1 calls sparsemax; its results
	// sum to 1 only where one of them is 1 (keras-team/keras#23425, since mended).
	SparsemaxKeras315 StandardActivation = StandardActivation(kernel.SparsemaxCumulative)
	GLU               StandardActivation = StandardActivation(kernel.GLU) // first half of the axis * sigmoid(second half); the axis becomes half as long
)

// standardNames are the names by which Keras 3 writes the activations.
var standardNames = [kernel.Funcs]string{
	kernel.Linear: "linear", kernel.ReLU: "relu", kernel.ReLU6: "relu6", kernel.LeakyReLU: "leaky_relu",
	kernel.ELU: "elu", kernel.SELU: "selu", kernel.CELU: "celu", kernel.Exponential: "exponential",
	kernel.Sigmoid: "sigmoid", kernel.Tanh: "tanh", kernel.SiLU: "silu", kernel.GELU: "gelu",
	kernel.GELUTanh: "gelu_tanh", kernel.Mish: "mish", kernel.Softplus: "softplus", kernel.Softsign: "softsign",
	kernel.LogSigmoid: "log_sigmoid", kernel.HardSigmoid: "hard_sigmoid", kernel.HardSigmoid2: "hard_sigmoid_keras2",
	kernel.HardSiLU: "hard_silu", kernel.HardTanh: "hard_tanh", kernel.TanhShrink: "tanh_shrink",
	kernel.HardShrink: "hard_shrink", kernel.SoftShrink: "soft_shrink", kernel.SquarePlus: "squareplus",
	kernel.SparsePlus: "sparse_plus", kernel.SparseSigmoid: "sparse_sigmoid",
	kernel.Softmax: "softmax", kernel.LogSoftmax: "log_softmax", kernel.Sparsemax: "sparsemax",
	kernel.SparsemaxCumulative: "sparsemax_keras315", kernel.GLU: "glu",
}

// valid reports whether a is one of the constants.
func (a StandardActivation) valid() bool {
	return a < StandardActivation(kernel.Funcs) && standardNames[a] != ""
}

// Name returns Keras' name. What Keras has no name of its own for is
// "hard_sigmoid_keras2", "gelu_tanh" or "sparsemax_keras315".
func (a StandardActivation) Name() string {
	if !a.valid() {
		return fmt.Sprintf("StandardActivation(%d)", uint8(a))
	}
	return standardNames[a]
}

// String returns Name.
func (a StandardActivation) String() string { return a.Name() }

// Apply changes y in place. GLU leaves its result in the first half of y. It uses
// the set of kernels that SEPCONV_KERNEL names, as Compile does, or the best one if
// the variable names none that this CPU can run: that is no error here, since the
// bits are the same.
func (a StandardActivation) Apply(y []float32) {
	if a.valid() {
		engine.Activate(dispatch.Default(), a.kernel(), y)
	}
}

// kernel returns the function with the parameters that its name stands for.
func (a StandardActivation) kernel() kernel.Activation {
	k := kernel.Activation{Func: kernel.Func(a)}
	switch a {
	case LeakyReLU:
		k.A = 0.2
	case ELU, CELU:
		k.A = 1
	case HardShrink, SoftShrink:
		k.A = 0.5
	case SquarePlus:
		k.A = 4
	}
	return k
}

// withParameters is an activation whose parameters are the user's.
type withParameters kernel.Activation

func (a withParameters) Name() string {
	switch a.Func {
	case kernel.GeneralReLU:
		return "relu"
	case kernel.Threshold:
		return "threshold"
	}
	return standardNames[a.Func]
}

func (a withParameters) Apply(y []float32) { engine.Activate(dispatch.Default(), a.kernel(), y) }

// kernel returns the function for the kernels, to which no maximum is NaN: any
// other one also holds what is above a negative threshold at 0 or more.
func (a withParameters) kernel() kernel.Activation {
	if a.Func == kernel.GeneralReLU && math.IsInf(float64(a.A), 1) {
		a.A = float32(math.NaN())
	}
	return kernel.Activation(a)
}

// layer returns the class of keras.layers that computes a, and its config; "" if
// there is none in Keras 3.
func (a withParameters) layer() (class string, config kerasjson.Config) {
	switch a.Func {
	case kernel.LeakyReLU:
		return "LeakyReLU", kerasjson.Config{{Key: "negative_slope", Value: kerasjson.Float32(a.A)}}
	case kernel.ELU:
		return "ELU", kerasjson.Config{{Key: "alpha", Value: kerasjson.Float32(a.A)}}
	case kernel.GeneralReLU:
		var maximum any
		if !math.IsInf(float64(a.A), 1) {
			maximum = kerasjson.Float32(a.A)
		}
		return "ReLU", kerasjson.Config{{Key: "max_value", Value: maximum}, {Key: "negative_slope", Value: kerasjson.Float32(a.B)}, {Key: "threshold", Value: kerasjson.Float32(a.C)}}
	}
	return "", nil
}

// ReLUWith is Keras' relu function and ReLU layer: x for x > threshold, but at most
// maximum (+Inf for none), and slope*(x - threshold) from the threshold down. As
// in Keras a maximum also makes what is negative above the threshold 0.
func ReLUWith(maximum, slope, threshold float32) Activation {
	return withParameters{Func: kernel.GeneralReLU, A: maximum, B: slope, C: threshold}
}

// LeakyReLUWith is x > 0 ? x : slope*x. Keras' LeakyReLU layer has slope 0.3.
func LeakyReLUWith(slope float32) Activation {
	return withParameters{Func: kernel.LeakyReLU, A: slope}
}

// ELUWith is x > 0 ? x : alpha*(e^x - 1).
func ELUWith(alpha float32) Activation { return withParameters{Func: kernel.ELU, A: alpha} }

// CELUWith is max(x, 0) + alpha*(e^(min(x, 0)/alpha) - 1). It divides first: a
// quotient below 2^-126 costs an error of up to |alpha| * 2^-150, and with a
// negative alpha, which Keras allows, the error grows by x/alpha + 2 ulp.
func CELUWith(alpha float32) Activation { return withParameters{Func: kernel.CELU, A: alpha} }

// HardShrinkWith is |x| > threshold ? x : 0.
func HardShrinkWith(threshold float32) Activation {
	return withParameters{Func: kernel.HardShrink, A: threshold}
}

// SoftShrinkWith is x moved towards 0 by threshold.
func SoftShrinkWith(threshold float32) Activation {
	return withParameters{Func: kernel.SoftShrink, A: threshold}
}

// ThresholdWith is x > threshold ? x : value; with value 0 Keras 2's
// ThresholdedReLU layer.
func ThresholdWith(threshold, value float32) Activation {
	return withParameters{Func: kernel.Threshold, A: threshold, B: value}
}

// SquarePlusWith is (x + sqrt(x^2 + b)) / 2. Its error is SquarePlus' for b from
// 2^-100 to 2^100 and for 0; beyond, x^2 + b may leave the range of float32.
func SquarePlusWith(b float32) Activation { return withParameters{Func: kernel.SquarePlus, A: b} }

// ActivationFunc is a user's activation: a function with the meaning of
// Activation.Apply. If it panics, the panic reaches the caller of Plan.Run.
type ActivationFunc func(y []float32)

// Name returns "custom".
func (ActivationFunc) Name() string { return "custom" }

// Apply calls f. A nil f, of which no layer is made, sets y to NaN.
func (f ActivationFunc) Apply(y []float32) {
	if f == nil {
		param.Fill(y, float32(math.NaN()))
		return
	}
	f(y)
}

func init() {
	inside.Activation = func(a any) (engine.Activation, error) {
		known, ok := a.(Activation)
		if !ok && a != nil {
			return engine.Activation{}, fmt.Errorf("%w: %T is no activation", ErrConfig, a)
		}
		return engineActivation(known)
	}
}

// engineActivation translates a, of which nil means Linear, for the engine.
func engineActivation(a Activation) (engine.Activation, error) {
	if param.IsNilPointer(a) {
		return engine.Activation{}, fmt.Errorf("%w: activation is a nil %T; leave the field nil for a linear layer", ErrConfig, a)
	}
	switch a := a.(type) {
	case nil:
		return engine.Activation{}, nil
	case custom.Object:
		return engine.Activation{}, errNoCode(a)
	case suppliedActivation:
		if err := a.object.Validate(nil); err != nil {
			return engine.Activation{}, err
		}
		return engineActivation(a.Activation)
	case StandardActivation:
		if !a.valid() {
			return engine.Activation{}, fmt.Errorf("%w: activation is %v, which is none of the constants", ErrConfig, a)
		}
		return engine.Activation{Activation: a.kernel()}, nil
	case withParameters:
		for _, p := range []float32{a.A, a.B, a.C} {
			if math.IsNaN(float64(p)) {
				return engine.Activation{}, fmt.Errorf("%w: activation %s has a parameter that is NaN; it must be a number", ErrConfig, a.Name())
			}
		}
		return engine.Activation{Activation: a.kernel()}, nil
	case ActivationFunc:
		if a == nil {
			return engine.Activation{}, fmt.Errorf("%w: activation is a nil ActivationFunc; leave Activation nil for a linear layer", ErrConfig)
		}
	}
	own := engine.Activation{Custom: a.Apply}
	if a, ok := a.(Differentiable); ok {
		own.CustomPullback = a.Pullback
	}
	return own, nil
}

// WithCode gives an activation of the user's own the code that it has in Python: the
// result computes what a does, and is written to configurations as the object is. A
// nil a is Linear.
func WithCode(o custom.Object, a Activation) Activation {
	if a == nil {
		a = Linear
	}
	return suppliedActivation{a, o}
}

// suppliedActivation computes an activation, and is written as an object of the
// user's.
type suppliedActivation struct {
	Activation
	object custom.Object
}

// Name returns the object's name.
func (a suppliedActivation) Name() string { return a.object.Name() }

// errNoCode says how to supply an activation.
func errNoCode(o custom.Object) error {
	if err := o.Validate(nil); err != nil {
		return err
	}
	name := o.Name()
	return fmt.Errorf("%w: activation %.80q is the user's own, and its code is not in the configuration; supply it: "+
		"keras.WithActivation(%.80q, f) reads a file with it, sepconv.WithCode(object, f) makes one for a Config", ErrConfig, name, name)
}
