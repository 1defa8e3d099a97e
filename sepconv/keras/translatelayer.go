package keras

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
)

// arguments3 are the arguments of those classes of Keras 3 that Keras 2 has, too. All have
// name, trainable and dtype beside.
var arguments3 = map[string]string{
	"Activation":             "activation",
	"ReLU":                   "max_value negative_slope threshold",
	"LeakyReLU":              "negative_slope",
	"PReLU":                  "alpha_initializer alpha_regularizer alpha_constraint shared_axes",
	"ELU":                    "alpha",
	"Softmax":                "axis",
	"UnitNormalization":      "axis",
	"Masking":                "mask_value",
	"ActivityRegularization": "l1 l2",
	"Identity":               "",
	"Dropout":                "rate seed noise_shape",
	"SpatialDropout1D":       "rate seed",
	"AlphaDropout":           "rate seed noise_shape",
	"GaussianDropout":        "rate seed",
	"GaussianNoise":          "stddev seed",
	"Rescaling":              "scale offset",
	"Add":                    "",
	"Subtract":               "",
	"Multiply":               "",
	"Average":                "",
	"Maximum":                "",
	"Minimum":                "",
	"Concatenate":            "axis",
	"Dot":                    "axes normalize",
	"Flatten":                "data_format",
	"Reshape":                "target_shape",
	"Permute":                "dims",
	"RepeatVector":           "n",
	"Dense":                  "units activation use_bias activity_regularizer " + trained("kernel bias"),
	"Conv1D":                 convolution3 + " filters groups " + trained("kernel bias"),
	"DepthwiseConv1D":        convolution3 + " depth_multiplier " + trained("depthwise bias"),
	"SeparableConv1D":        convolution3 + " depth_multiplier filters " + trained("depthwise pointwise bias"),
	"Embedding":              "input_dim output_dim activity_regularizer mask_zero " + trained("embeddings"),
	"BatchNormalization":     "axis momentum epsilon center scale synchronized moving_mean_initializer moving_variance_initializer " + trained("beta gamma"),
	"LayerNormalization":     "axis epsilon center scale " + trained("beta gamma"),
	"GroupNormalization":     "groups axis epsilon center scale " + trained("beta gamma"),
	"Normalization":          "axis invert mean variance",
	"SimpleRNN":              recurrent3,
	"LSTM":                   recurrent3 + " recurrent_activation unit_forget_bias",
	"GRU":                    recurrent3 + " recurrent_activation reset_after",
	"Bidirectional":          "merge_mode",
	"TimeDistributed":        "",
	"MaxPooling1D":           "pool_size padding strides data_format",
	"AveragePooling1D":       "pool_size padding strides data_format",
	"GlobalMaxPooling1D":     "data_format keepdims",
	"GlobalAveragePooling1D": "data_format keepdims",
	"ZeroPadding1D":          "padding",
	"Cropping1D":             "cropping",
	"UpSampling1D":           "size",
	"TextVectorization":      "max_tokens standardize split ngrams output_mode output_sequence_length pad_to_max_tokens sparse ragged vocabulary encoding",
	"StringLookup":           lookup3 + " encoding",
	"IntegerLookup":          lookup3 + " vocabulary_dtype",
	"CategoryEncoding":       "num_tokens output_mode",
	"Hashing":                "num_bins salt mask_value output_mode sparse",
}

const (
	convolution3 = "kernel_size strides padding data_format dilation_rate activation use_bias activity_regularizer"
	lookup3      = "invert max_tokens num_oov_indices oov_token mask_token output_mode sparse pad_to_max_tokens vocabulary"
)

var recurrent3 = "units activation use_bias return_sequences return_state go_backwards stateful unroll zero_output_for_mask " +
	"dropout recurrent_dropout seed activity_regularizer " + trained("kernel recurrent bias")

// trained returns the arguments that say how arrays are trained.
func trained(names string) string {
	var list []string
	for _, name := range strings.Fields(names) {
		list = append(list, name+"_initializer", name+"_regularizer", name+"_constraint")
	}
	return strings.Join(list, " ")
}

// idle are arguments of Keras 2 that change no result, whatever their value: they say how to
// compute it, or Keras 2 ignores them, or they are translated elsewhere.
var idle = map[string]string{
	"":                  "batch_input_shape name trainable dtype layer backward_layer",
	"SeparableConv1D":   "groups " + trained("kernel"),
	"DepthwiseConv1D":   "groups filters " + trained("kernel"),
	"Embedding":         "input_length",
	"SimpleRNN":         "implementation",
	"LSTM":              "implementation",
	"GRU":               "implementation",
	"SpatialDropout1D":  "noise_shape", // which is always that of whole channels
	"TextVectorization": "vocabulary_size",
	"StringLookup":      "vocabulary_size",
	"IntegerLookup":     "vocabulary_size",
}

// operationModules are the modules of functions of keras.ops, by their class: an .h5 does not
// tell them.
var operationModules = map[string]string{}

func init() {
	for module, names := range map[string]string{
		"keras.src.ops.numpy": "Add Subtract Multiply Divide TrueDivide Maximum Minimum NotEqual Any LogicalOr OnesLike ZerosLike ExpandDims Concatenate Tanh Exp",
		"keras.src.ops.nn":    "Relu Relu6 Sigmoid Silu Softplus Softsign HardSigmoid HardSilu LogSigmoid Selu",
	} {
		for _, name := range strings.Fields(names) {
			operationModules[name] = module
		}
	}
}

// isOperation reports whether a layer of Keras 3 is a function of keras.ops. Those have no
// "trainable"; of the layers only a few have none.
func (t *translation) isOperation(l *Layer) bool {
	return !t.keras2 && l.graph == nil && member(l.Config, "trainable") == nil && !l.is("InputLayer", "SpatialDropout1D", "Discretization")
}

// policyJSON returns a policy of types.
func policyJSON(name string) string {
	return jsonObject(jsonMember("module", `"keras"`), jsonMember("class_name", `"DTypePolicy"`),
		jsonMember("config", jsonObject(jsonMember("name", pythonString(name)))), jsonMember("registered_name", "null"))
}

// policy translates the type of a layer.
func policy(value json.RawMessage) (string, error) {
	if value == nil || strictjson.IsNull(value) {
		return policyJSON("float32"), nil
	}
	name, ok := word(value)
	if !ok {
		name, ok = word(member(member(value, "config"), "name"))
	}
	if class, _ := word(member(value, "class_name")); !ok || class != "" && class != "Policy" && class != "DTypePolicy" {
		return "", fmt.Errorf("its dtype is %.80s, for which there is no translation to Keras 3", value)
	}
	return policyJSON(name), nil
}

// inputConfig returns the configuration of an input layer.
func inputConfig(name, shape, dtype string) string {
	return jsonObject(jsonMember("batch_shape", shape), jsonMember("dtype", dtype), jsonMember("sparse", "false"), jsonMember("ragged", "false"),
		jsonMember("name", pythonString(name)))
}

// layerMembers translates the configuration of a layer of Keras 2, but for an input layer and
// for the layers in a wrapper.
func (t *translation) layerMembers(l *Layer) ([]string, error) {
	c := configuration(members(l.Config))
	if err := t.refuses(l, c); err != nil {
		return nil, l.refuse("%w", err)
	}
	class := canonical(l.Class)
	allowed, ok := arguments3[class]
	if !ok {
		return nil, l.refuse("Keras 3 has no such class, or there is no translation to it")
	}
	types, err := policy(c["dtype"])
	if err != nil {
		return nil, l.refuse("%w", err)
	}
	out := []string{jsonMember("name", pythonString(l.Name))}
	if class == "SpatialDropout1D" { // which Keras 3 gives its own type, and no say in training
		out = append(out, jsonMember("dtype", types))
	} else {
		out = append(out, jsonMember("trainable", trainable(l)), jsonMember("dtype", types))
	}
	keys, dropped := strings.Fields(allowed), strings.Fields(idle[""]+" "+idle[class])
	for _, m := range strictjson.Members(l.Config) {
		key, value := m.Key, m.Value
		if class == "LeakyReLU" && key == "alpha" {
			key = "negative_slope"
		}
		switch {
		case slices.Contains(dropped, key):
			continue
		case !slices.Contains(keys, key):
			if !inert(value) {
				return nil, l.refuse("its %.80s is %.80s; Keras 3 has no such argument", key, value)
			}
			continue
		case class == "Dense" && key == "activity_regularizer" && strictjson.IsNull(value):
			continue // as Keras 3 writes it
		}
		text, err := t.value(class, key, value)
		if err != nil {
			return nil, l.refuse("its %s: %w", m.Key, err)
		}
		out = append(out, jsonMember(key, text))
	}
	return out, nil
}

// inert reports whether a value, null or false, says that an argument is not used.
func inert(value json.RawMessage) bool {
	yes, isFlag := strictjson.Bool(value)
	return strictjson.IsNull(value) || isFlag && !yes
}

// refuses reports a layer that Keras 3 does not have, or computes otherwise.
func (t *translation) refuses(l *Layer, c configuration) error {
	in := t.traces.in[l]
	switch {
	case l.is("ThresholdedReLU"):
		return fmt.Errorf("Keras 3 has no ThresholdedReLU; save the model in Keras 2 as %s", Archive)
	case l.is("SeparableConv1D", "DepthwiseConv1D") && strings.EqualFold(c.text("padding"), string(sepconv.Causal)):
		return fmt.Errorf("Keras 3 has no causal padding in this class; save the model in Keras 2 as %s", Archive)
	case l.is("Rescaling", "Normalization") && len(in) > 0 && in[0].masked:
		return errors.New("it ends the mask of its input in Keras 2 and hands it on in Keras 3; what follows would compute something else")
	case l.is("BatchNormalization") && len(c.numbers("axis")) > 1:
		return fmt.Errorf("its axis is %s; Keras 3 takes one axis", c["axis"])
	}
	return nil
}

// input translates the configuration of an input layer.
func (t *translation) input(l *Layer) (string, error) {
	c := configuration(members(l.Config))
	for _, key := range []string{"sparse", "ragged", "type_spec"} {
		if !inert(c[key]) && c[key] != nil {
			return "", l.refuse("its %s is %.80s, for which there is no translation to Keras 3", key, c[key])
		}
	}
	shape, dtype := c["batch_input_shape"], c["dtype"]
	if shape == nil {
		shape = c["batch_shape"]
	}
	if dtype == nil || strictjson.IsNull(dtype) {
		dtype = json.RawMessage(`"float32"`)
	}
	return inputConfig(l.Name, string(shape), string(dtype)), nil
}

// value translates an argument.
func (t *translation) value(class, key string, value json.RawMessage) (string, error) {
	switch {
	case strings.HasSuffix(key, "_initializer"):
		return namedObject("keras.initializers", value)
	case strings.HasSuffix(key, "_regularizer"):
		return namedObject("keras.regularizers", value)
	case strings.HasSuffix(key, "_constraint"):
		return namedObject("keras.constraints", value)
	case key == "activation" || key == "recurrent_activation":
		return t.activation(value)
	case class == "BatchNormalization" && key == "axis":
		if list, ok := strictjson.Ints(value); ok && len(list) == 1 {
			return fmt.Sprint(list[0]), nil
		}
	}
	return string(kerasjson.Unwrapped(value)), nil
}

// objects3 are the classes of Keras 3 that have the names and arguments of those of
// Keras 2.
var objects3 = map[string]string{
	"keras.initializers": "GlorotUniform GlorotNormal HeUniform HeNormal LecunUniform LecunNormal RandomUniform RandomNormal TruncatedNormal VarianceScaling " +
		"Orthogonal Identity Zeros Ones Constant",
	"keras.regularizers": "L1 L2 L1L2 OrthogonalRegularizer",
	"keras.constraints":  "MaxNorm NonNeg UnitNorm MinMaxNorm",
}

// namedObject translates an initializer, regularizer or constraint, which may be a name.
func namedObject(module string, value json.RawMessage) (string, error) {
	if strictjson.IsNull(value) {
		return "null", nil
	}
	known := strings.Fields(objects3[module])
	if name, ok := word(value); ok {
		if slices.ContainsFunc(known, func(class string) bool { return class == name || snakeCase(class) == name }) {
			return string(value), nil
		}
		return "", fmt.Errorf("%.80q is none of Keras 3's own %q", name, known)
	}
	o, ok := parseObject(value)
	if !ok || !slices.Contains(known, o.class) || o.registered != "" && o.registered != o.class {
		return "", fmt.Errorf("%.80s is none of Keras 3's own %q", value, known)
	}
	return jsonObject(jsonMember("module", pythonString(module)), jsonMember("class_name", pythonString(o.class)),
		jsonMember("config", jsonObject(without(o.config, "dtype")...)), jsonMember("registered_name", "null")), nil
}

// sameFunctions are the activations that both generations know by the same name.
var sameFunctions = strings.Fields(`linear relu relu6 leaky_relu elu selu softmax log_softmax softplus softsign swish silu gelu tanh sigmoid exponential mish`)

// activation translates an activation: a name, or a layer without weights.
func (t *translation) activation(value json.RawMessage) (string, error) {
	name, isName := word(value)
	switch {
	case strictjson.IsNull(value):
		return "null", nil
	case name == "hard_sigmoid":
		return "", fmt.Errorf("hard_sigmoid is clip(0.2x + 0.5, 0, 1) in Keras 2 and clip(x/6 + 0.5, 0, 1) in Keras 3; save the model in Keras 2 as %s", Archive)
	case isName && slices.Contains(sameFunctions, name):
		return string(value), nil
	case isName:
		return "", fmt.Errorf("%.80q is none of the activations that both Keras have by the same name, which are %q", name, sameFunctions)
	}
	o, ok := parseObject(value)
	l := (&parser{keras2: t.keras2}).describe(o)
	if !ok || !l.is("ReLU", "LeakyReLU", "ELU", "Softmax") {
		return "", fmt.Errorf("%.80s is no function and no layer without weights; there is no translation to Keras 3", value)
	}
	return t.object(l)
}
