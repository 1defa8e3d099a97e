package keras

import (
	"strings"

	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/internal/inside"
	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
)

// Functions of keras.ops are in a graph of Keras 3 as layers are: what Python writes
// a+b, and the masks that Keras makes.

// arithmetic are those of two operands, of which one may be a number.
var arithmetic = map[string]flow.Merge{
	"Add": flow.Add, "Subtract": flow.Subtract, "Multiply": flow.Multiply,
	"Divide": flow.Divide, "TrueDivide": flow.Divide, "Maximum": flow.Maximum, "Minimum": flow.Minimum,
}

// functions are those that are an activation.
var functions = map[string]string{
	"Relu": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "Tanh": "tanh", "Silu": "silu", "Softplus": "softplus", "Softsign": "softsign",
	"Exp": "exponential", "HardSigmoid": "hard_sigmoid", "HardSilu": "hard_silu", "LogSigmoid": "log_sigmoid", "Selu": "selu", "Mish": "mish",
}

// isOperation reports whether the layer is such a function. In .h5 nothing says so but
// that layers have more in their configurations.
func (b *building) isOperation(isLayer bool) bool {
	if b.l.keras2 || b.l.Module != "" || b.c["trainable"] != nil || b.c["dtype"] != nil {
		return false
	}
	_, number := b.constant(1)
	if !number {
		_, number = b.constant(0)
	}
	_, isArithmetic := arithmetic[b.l.Class]
	return !isLayer && b.call != nil && len(b.call.Arguments) > 0 && b.call.Arguments[0].Value != nil && refusedClasses[b.l.Class] == "" || isArithmetic && number
}

// buildOperation adds a function of keras.ops; ok is false of anything else.
func (b *building) buildOperation() (out []tensor, ok bool, err error) {
	if !strings.HasPrefix(b.l.Module, "keras.src.ops.") && !strings.HasPrefix(b.l.Module, "keras.ops") {
		return nil, false, nil
	}
	return b.operation()
}

// operation adds a function of keras.ops.
func (b *building) operation() (out []tensor, ok bool, err error) {
	for _, t := range b.in {
		if t.text != nil {
			return nil, true, unsupportedf("its input is text; TextVectorization and StringLookup read that")
		}
	}
	if m, isArithmetic := arithmetic[b.l.Class]; isArithmetic {
		out, err = b.arithmetic(m)
		return out, true, err
	}
	if name := functions[b.l.Class]; name != "" && len(b.in) == 1 {
		a, err := sepconv.UnmarshalActivation([]byte(`"` + name + `"`))
		if err != nil {
			return nil, true, err
		}
		out, err := b.ownFunction(a)
		return out, true, err
	}
	switch b.l.Class {
	case "NotEqual":
		if value, isNumber := b.constant(1); isNumber && len(b.in) == 1 {
			out, err = b.chain(flow.NewNotEqual(float32(value)))
			return out, true, err
		}
	case "Any":
		if axis, isInt := strictjson.Int(b.c["axis"]); isInt && axis == -1 && !b.flag("keepdims", false) && len(b.in) == 1 {
			out, err = b.chain(flow.NewAnyNotEqual(0))
			return out, true, err
		}
	}
	return nil, true, unsupportedf("the function keras.ops of this name is not computed with these arguments; write it as a layer of Keras")
}

// ownFunction adds an activation.
func (b *building) ownFunction(a sepconv.Activation) ([]tensor, error) {
	e, err := inside.Activation(a)
	if err != nil {
		return nil, err
	}
	return b.function(e)
}

// constant returns the number that is argument i of the call.
func (b *building) constant(i int) (float64, bool) {
	if i >= len(b.call.Arguments) || len(b.call.Arguments[i].Outputs) > 0 {
		return 0, false
	}
	return strictjson.Float(b.call.Arguments[i].Value)
}

// arithmetic adds a merge of two tensors, or of a tensor and a number.
func (b *building) arithmetic(m flow.Merge) ([]tensor, error) {
	if len(b.in) == 2 {
		v, err := b.add(flow.NewMerge(m), b.in[0].value, b.in[1].value)
		return []tensor{{value: v}}, err
	}
	first, isFirst := b.constant(0)
	second, isSecond := b.constant(1)
	if len(b.in) != 1 || isFirst == isSecond {
		return nil, unsupportedf("it is called with other than two tensors, or a tensor and a number")
	}
	scale, shift := 1.0, 0.0
	switch {
	case m == flow.Add:
		shift = first + second // one of which is 0
	case m == flow.Subtract && isSecond:
		shift = -second
	case m == flow.Subtract:
		scale, shift = -1, first
	case m == flow.Multiply && isFirst:
		scale = first
	case m == flow.Multiply:
		scale = second
	case m == flow.Divide && isSecond:
		scale = 1 / second
	default:
		return nil, unsupportedf("it is called with a number, with which it is not computed")
	}
	return b.chain(b.affine(0, []float64{scale}, []float64{shift}))
}
