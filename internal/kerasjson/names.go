package kerasjson

import (
	"slices"
	"strings"
)

// InitializerClass returns the class that a name of Keras 2 or Keras 3 stands for; ""
// if none. Keras' base class Initializer is not among them: it sets no values.
func InitializerClass(name string) string {
	if class, ok := initializerAliases[name]; ok {
		return class
	}
	if class, ok := strings.CutSuffix(name, "V2"); ok && class != "STFT" {
		// The snake_case names have a V2 only where tf.keras.initializers lists them.
		switch class {
		case "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal":
			return initializerAliases[class]
		}
		name = class
	}
	if slices.Contains(initializers, name) {
		return name
	}
	return ""
}

var initializers = []string{
	"Zeros", "Ones", "Constant", "Identity", "RandomUniform", "RandomNormal", "TruncatedNormal", "VarianceScaling",
	"GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal", "Orthogonal", "STFT",
}

// initializerAliases are the names that are not class names, but for those that end in V2.
var initializerAliases = map[string]string{
	"zeros":                 "Zeros",
	"zero":                  "Zeros",
	"ones":                  "Ones",
	"one":                   "Ones",
	"constant":              "Constant",
	"random_uniform":        "RandomUniform",
	"uniform":               "RandomUniform",
	"random_normal":         "RandomNormal",
	"normal":                "RandomNormal",
	"truncated_normal":      "TruncatedNormal",
	"variance_scaling":      "VarianceScaling",
	"glorot_uniform":        "GlorotUniform",
	"glorot_normal":         "GlorotNormal",
	"he_uniform":            "HeUniform",
	"he_normal":             "HeNormal",
	"lecun_uniform":         "LecunUniform",
	"lecun_normal":          "LecunNormal",
	"orthogonal":            "Orthogonal",
	"OrthogonalInitializer": "Orthogonal",
	"identity":              "Identity",
	"IdentityInitializer":   "Identity",
	"stft":                  "STFT",
	"STFTInitializer":       "STFT",
}

// RegularizerClass returns the class that a name stands for; "" if none. Of Keras 2,
// "l1_l2" is a function with other defaults than the class.
func RegularizerClass(name string, keras2 bool) string {
	switch name {
	case "L1", "l1":
		return "L1"
	case "L2", "l2":
		return "L2"
	case "L1L2", "Regularizer":
		return name
	case "OrthogonalRegularizer", "orthogonal_regularizer":
		return "OrthogonalRegularizer"
	}
	switch {
	case keras2 && name == "l1_l2":
		return name
	case !keras2 && name == "l1l2":
		return "L1L2"
	case !keras2 && name == "regularizer":
		return "Regularizer"
	}
	return ""
}

// ConstraintClass returns the class that a name stands for; "" if none.
func ConstraintClass(name string) string {
	switch name {
	case "MaxNorm", "max_norm", "maxnorm":
		return "MaxNorm"
	case "NonNeg", "non_neg", "nonneg":
		return "NonNeg"
	case "UnitNorm", "unit_norm", "unitnorm":
		return "UnitNorm"
	case "MinMaxNorm", "min_max_norm":
		return "MinMaxNorm"
	case "RadialConstraint", "radial_constraint":
		return "RadialConstraint"
	case "Constraint", "constraint":
		return "Constraint"
	}
	return ""
}

// ActivationLayers are the classes of keras.layers that compute an activation.
var ActivationLayers = []string{"LeakyReLU", "ELU", "ReLU", "ThresholdedReLU", "Softmax"}

// Activations are the functions of keras.activations, by all their names in any Keras.
var Activations = []string{
	"linear", "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "exponential", "sigmoid", "tanh", "silu", "swish", "gelu", "mish",
	"softplus", "softsign", "log_sigmoid", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "tanh_shrink", "hard_shrink",
	"soft_shrink", "squareplus", "sparse_plus", "sparse_sigmoid", "softmax", "log_softmax", "sparsemax", "glu",
}

// IsCustomName reports whether Keras can find an object of the user's by a name.
func IsCustomName(name string) bool {
	return !isNameless(name) && (strings.Contains(name, ">") || !IsKeras(name))
}

// IsKeras reports whether some Keras finds an object of its own, of any of these kinds,
// by a name.
func IsKeras(name string) bool {
	return InitializerClass(name) != "" || RegularizerClass(name, true) != "" || RegularizerClass(name, false) != "" ||
		ConstraintClass(name) != "" || slices.Contains(ActivationLayers, name) || slices.Contains(Activations, name)
}
