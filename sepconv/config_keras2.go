package sepconv

import (
	"fmt"
	"math"
	"slices"

	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/param"
	"github.com/sepconv/go/sepconv/custom"
	"github.com/sepconv/go/sepconv/initializers"
)

// MarshalKeras2 writes the configuration as get_config of Keras 2 (TensorFlow
// 2.4 to 2.15, and tf_keras) does, from whose from_config it makes the same
// layer. Arguments out of their range, and what Keras 2 does not know, such as
// hard_sigmoid of Keras 3, axes of an initializer or strides and dilation both
// more than 1, are errors.
func (c Config) MarshalKeras2() ([]byte, error) {
	c = c.withDefaults()
	w := configWriter{keras2: true, err: c.check()}
	w.add("name", param.TextOr(c.Name, "separable_conv1d"), nil)
	w.add("trainable", !c.Frozen, nil)
	w.add("dtype", policyOfKeras2(c.DType), nil)
	w.add("filters", c.Filters, nil)
	w.add("kernel_size", []int{c.KernelSize}, nil)
	w.add("strides", []int{c.Strides}, nil)
	w.add("padding", c.Padding, nil)
	w.add("data_format", c.DataFormat, nil)
	var err error
	if c.Strides > 1 && c.DilationRate > 1 {
		err = fmt.Errorf("%w: Keras 2 does not allow strides of %d with a dilation rate of %d", ErrConfig, c.Strides, c.DilationRate)
	}
	w.add("dilation_rate", []int{c.DilationRate}, err)
	// The layer inherits groups and kernel_* from Conv, and uses none of them.
	w.add("groups", 1, nil)
	w.call("activation", func() (any, error) { return activationConfigKeras2(c.Activation) })
	w.add("use_bias", !c.NoBias, nil)
	w.initializer("kernel_initializer", initializers.GlorotUniform{})
	w.initializer("bias_initializer", c.BiasInitializer)
	w.add("kernel_regularizer", nil, nil)
	w.regularizer("bias_regularizer", c.BiasRegularizer)
	w.regularizer("activity_regularizer", c.ActivityRegularizer)
	w.add("kernel_constraint", nil, nil)
	w.constraint("bias_constraint", c.BiasConstraint)
	w.add("depth_multiplier", c.DepthMultiplier, nil)
	w.initializer("depthwise_initializer", c.DepthwiseInitializer)
	w.initializer("pointwise_initializer", c.PointwiseInitializer)
	w.regularizer("depthwise_regularizer", c.DepthwiseRegularizer)
	w.regularizer("pointwise_regularizer", c.PointwiseRegularizer)
	w.constraint("depthwise_constraint", c.DepthwiseConstraint)
	w.constraint("pointwise_constraint", c.PointwiseConstraint)
	return w.text()
}

// policyOfKeras2 is a word unless the policy mixes two types.
func policyOfKeras2(dtype string) any {
	switch dtype {
	case "":
		return "float32"
	case "mixed_float16", "mixed_bfloat16":
		return kerasjson.Object{Module: "keras.mixed_precision", ClassName: "Policy", Config: kerasjson.Config{{Key: "name", Value: dtype}}}
	}
	return dtype
}

// keras2Activations are the functions that tf_keras knows by name, without those
// that it calls otherwise.
var keras2Activations = []StandardActivation{
	Linear, ReLU, ReLU6, LeakyReLU, ELU, SELU, Exponential, Sigmoid, Tanh, GELU, Mish, Softplus, Softsign, Softmax, LogSoftmax,
}

// activationConfigKeras2 returns what is marshalled to Keras 2's JSON.
func activationConfigKeras2(a Activation) (any, error) {
	switch a := a.(type) {
	case custom.Object:
		return rawJSON(a.MarshalKeras2())
	case suppliedActivation:
		return rawJSON(a.object.MarshalKeras2())
	case StandardActivation:
		switch {
		case a == SiLU:
			return "swish", nil
		case a == HardSigmoidKeras2:
			return "hard_sigmoid", nil
		case slices.Contains(keras2Activations, a):
			return a.Name(), nil
		}
	case withParameters:
		if class, config := a.layerKeras2(); class != "" {
			if err := a.checkLayer(class, true); err != nil {
				return nil, err
			}
			return activationLayer(class, "float32", nil, config), nil
		}
	}
	return nil, noForm(a, "Keras 2")
}

// layerKeras2 returns the class of Keras 2's layers that computes a, and its
// parameters, which Keras 2 holds as float32; "" if there is none.
func (a withParameters) layerKeras2() (class string, config kerasjson.Config) {
	number := func(x float32) kerasjson.Float { return kerasjson.Float(float64(x)) }
	switch {
	case a.Func == kernel.LeakyReLU:
		return "LeakyReLU", kerasjson.Config{{Key: "alpha", Value: number(a.A)}}
	case a.Func == kernel.ELU:
		return "ELU", kerasjson.Config{{Key: "alpha", Value: number(a.A)}}
	case a.Func == kernel.Threshold && a.B == 0:
		return "ThresholdedReLU", kerasjson.Config{{Key: "theta", Value: number(a.A)}}
	case a.Func == kernel.GeneralReLU:
		var maximum any
		if !math.IsInf(float64(a.A), 1) {
			maximum = number(a.A)
		}
		return "ReLU", kerasjson.Config{{Key: "max_value", Value: maximum}, {Key: "negative_slope", Value: number(a.B)}, {Key: "threshold", Value: number(a.C)}}
	}
	return "", nil
}
