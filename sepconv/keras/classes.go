package keras

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/sepconv/go/internal/strictjson"
)

// class is what this package knows of a class of Keras.
type class struct {
	// variables returns the arrays for an input. ok is false if the configuration does
	// not decide them.
	variables func(c configuration, in input, keras2 bool) (v variables, ok bool)
	// output returns the shape of the output for that of an input; nil if it is not
	// known.
	output func(c configuration, in []int) []int
}

// classes are Keras' own, by name. A class that is not among them may have any
// arrays.
var classes map[string]class

func init() {
	classes = map[string]class{
		"Dense":                  {dense, denseOutput},
		"EinsumDense":            {einsumDense, nil},
		"Embedding":              {embedding, embeddingOutput},
		"BatchNormalization":     {batchNormalization, sameOutput},
		"SyncBatchNormalization": {batchNormalization, sameOutput},
		"LayerNormalization":     {layerNormalization, sameOutput},
		"GroupNormalization":     {groupNormalization, sameOutput},
		"RMSNormalization":       {rmsNormalization, sameOutput},
		"Normalization":          {normalization, sameOutput},
		"PReLU":                  {prelu, sameOutput},
		"RNN":                    {rnn, nil},
		"Bidirectional":          {bidirectional, nil},
		"MultiHeadAttention":     {multiHeadAttention, nil},
		"GroupedQueryAttention":  {groupedQueryAttention, nil},
		"Attention":              {attention, nil},
		"AdditiveAttention":      {additiveAttention, nil},
		"TextVectorization":      {textVectorization, nil},
		"StringLookup":           {lookup, nil},
		"IntegerLookup":          {lookup, nil},
	}
	for i, n := range []string{"1D", "2D", "3D"} {
		d := i + 1
		classes["Conv"+n] = class{convolution(d), convolutionOutput("filters")}
		classes["Conv"+n+"Transpose"] = class{convTransposed(d), convolutionOutput("filters")}
		classes["DepthwiseConv"+n] = class{depthwise(d), nil}
		classes["SeparableConv"+n] = class{separable(d), convolutionOutput("filters")}
		classes["ConvLSTM"+n] = class{convLSTM(d), nil}
		for _, kind := range []string{"Max", "Average"} {
			for _, name := range []string{kind + "Pooling" + n, kind + "Pool" + n, "Adaptive" + kind + "Pooling" + n} {
				classes[name] = class{none, channelsOutput}
			}
			classes["Global"+kind+"Pooling"+n] = class{none, globalOutput}
			classes["Global"+kind+"Pool"+n] = class{none, globalOutput}
		}
		for _, name := range []string{"ZeroPadding", "Cropping", "UpSampling"} {
			classes[name+n] = class{none, channelsOutput}
		}
		classes["SpatialDropout"+n] = class{none, sameOutput}
	}
	for name, gates := range map[string]int{"SimpleRNN": 1, "LSTM": 4, "GRU": 3} {
		classes[name] = class{recurrent(gates), recurrentOutput}
		classes[name+"Cell"] = class{cell(gates), nil}
	}
	classes["StackedRNNCells"] = class{stackedCells, nil}
	for _, name := range []string{
		"Activation", "ReLU", "LeakyReLU", "ELU", "ThresholdedReLU", "Softmax", "UnitNormalization", "Masking", "ActivityRegularization", "Identity",
		"Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "Rescaling",
		"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum",
	} {
		classes[name] = class{none, sameOutput}
	}
	for _, name := range []string{
		"Functional", "Sequential", "TimeDistributed", "InputLayer", "Concatenate", "Dot", "Flatten", "Reshape", "Permute", "RepeatVector", "CategoryEncoding", "Hashing", "HashedCrossing",
		"Resizing", "CenterCrop", "TFOpLambda", "SlicingOpLambda",
	} {
		classes[name] = class{none, nil}
	}
}

func none(configuration, input, bool) (variables, bool) { return variables{}, true }

// withBias adds a bias of a shape to a layer's kernels, if it has one.
func withBias(c configuration, kernels []variable, shape ...int) (variables, bool) {
	if c.flag("use_bias", true) {
		kernels = append(kernels, variable{name: "bias", shape: shape})
	}
	return variables{own: kernels}, true
}

func kernel(name string, shape ...int) []variable { return []variable{{name: name, shape: shape}} }

func dense(c configuration, in input, _ bool) (variables, bool) {
	units := c.number("units")
	return withBias(c, kernel("kernel", in.axis(-1), units), units)
}

// einsumDense follows the letters of the equation. Of one with an ellipsis only the
// number of arrays is known.
func einsumDense(c configuration, in input, _ bool) (variables, bool) {
	left, result, ok := strings.Cut(c.text("equation"), "->")
	from, weight, ok2 := strings.Cut(left, ",")
	if !ok || !ok2 {
		return variables{}, false
	}
	v := variables{own: []variable{{name: "kernel"}}}
	biased := c.given("bias_axes")
	if biased {
		v.own = append(v.own, variable{name: "bias"})
	}
	out := append([]int{-1}, c.numbers("output_shape")...) // after the batch
	if strings.Contains(c.text("equation"), ".") || len(out) != len(result) || len(from) > maxRank || len(weight) > maxRank || len(result) > maxRank {
		return v, true
	}
	lengths := map[rune]int{}
	for i, letter := range result {
		lengths[letter] = out[i]
	}
	for i, letter := range from {
		lengths[letter] = -1
		if in.shape != nil {
			lengths[letter] = in.axis(i)
		}
	}
	shape := func(letters string) []int {
		list := []int{}
		for _, letter := range letters {
			n, ok := lengths[letter]
			if !ok {
				n = -1
			}
			list = append(list, n)
		}
		return list
	}
	v.own[0].shape = shape(weight)
	axes := c.text("bias_axes")
	if first := strings.IndexAny(result, axes); biased && first >= 0 {
		v.own[1].shape = shape(result[first:])
		for i, letter := range result[first:] {
			if !strings.ContainsRune(axes, letter) {
				v.own[1].shape[i] = 1
			}
		}
	}
	return v, true
}

func embedding(c configuration, _ input, _ bool) (variables, bool) {
	return variables{own: kernel("embeddings", c.number("input_dim"), c.number("output_dim"))}, true
}

func convolution(n int) func(configuration, input, bool) (variables, bool) {
	return func(c configuration, in input, _ bool) (variables, bool) {
		channels, filters := in.channelAxis(c), c.number("filters")
		if groups := c.number("groups"); groups > 1 && channels >= 0 && in.shape != nil { // an array tells those of a group
			channels /= groups
		}
		return withBias(c, kernel("kernel", append(c.sizes("kernel_size", n), channels, filters)...), filters)
	}
}

func convTransposed(n int) func(configuration, input, bool) (variables, bool) {
	return func(c configuration, in input, _ bool) (variables, bool) {
		filters := c.number("filters")
		return withBias(c, kernel("kernel", append(c.sizes("kernel_size", n), filters, in.channelAxis(c))...), filters)
	}
}

func depthwise(n int) func(configuration, input, bool) (variables, bool) {
	return func(c configuration, in input, _ bool) (variables, bool) {
		channels, multiplier := in.channelAxis(c), depthMultiplier(c)
		return withBias(c, kernel("depthwise_kernel", append(c.sizes("kernel_size", n), channels, multiplier)...), times(channels, multiplier))
	}
}

func separable(n int) func(configuration, input, bool) (variables, bool) {
	return func(c configuration, in input, _ bool) (variables, bool) {
		channels, multiplier, filters := in.channelAxis(c), depthMultiplier(c), c.number("filters")
		kernels := kernel(separableNames[0], append(c.sizes("kernel_size", n), channels, multiplier)...)
		kernels = append(kernels, variable{name: separableNames[1], shape: append(slices.Repeat([]int{1}, n), times(channels, multiplier), filters)})
		return withBias(c, kernels, filters)
	}
}

func depthMultiplier(c configuration) int {
	if !c.given("depth_multiplier") {
		return 1
	}
	return c.number("depth_multiplier")
}

// lengths returns the shape of the arrays of a normalisation over some axes, the
// last one if none are given.
func lengths(c configuration, in input) []int {
	axes := c.numbers("axis")
	if axes == nil {
		axes = []int{-1}
	}
	if in.shape == nil && len(axes) > 1 || len(axes) > maxRank {
		return nil
	}
	list := make([]int, len(axes))
	for i, a := range axes {
		list[i] = in.axis(a)
	}
	return list
}

// scaled adds the scale and the offset of a normalisation.
func scaled(c configuration, shape []int) (list []variable) {
	if c.flag("scale", true) {
		list = append(list, variable{name: "gamma", shape: shape})
	}
	if c.flag("center", true) {
		list = append(list, variable{name: "beta", shape: shape})
	}
	return list
}

func batchNormalization(c configuration, in input, keras2 bool) (variables, bool) {
	if keras2 && (c.flag("renorm", false) || c.given("virtual_batch_size")) {
		return variables{}, false
	}
	shape := lengths(c, in)
	if len(shape) > 1 { // over several axes they are as long as the input, with 1 for other axes
		shape = nil
	}
	list := scaled(c, shape)
	for _, name := range []string{"moving_mean", "moving_variance"} {
		list = append(list, variable{name, shape, true})
	}
	return variables{own: list}, true
}

func layerNormalization(c configuration, in input, _ bool) (variables, bool) {
	shape := lengths(c, in)
	if c.flag("rms_scaling", false) {
		return variables{own: kernel("gamma", shape...)}, true
	}
	return variables{own: scaled(c, shape)}, true
}

func groupNormalization(c configuration, in input, _ bool) (variables, bool) {
	return variables{own: scaled(c, lengths(c, in))}, true
}

func rmsNormalization(c configuration, in input, _ bool) (variables, bool) {
	return variables{own: []variable{{name: "scale", shape: lengths(c, in)}}}, true
}

func normalization(c configuration, in input, _ bool) (variables, bool) {
	if c.given("mean") {
		return variables{}, true
	}
	shape := []int{}
	if c.given("axis") {
		shape = lengths(c, in)
	}
	return variables{own: []variable{{"mean", shape, true}, {"variance", shape, true}, {"count", []int{}, true}}}, true
}

func prelu(c configuration, in input, _ bool) (variables, bool) {
	if len(in.shape) == 0 {
		return variables{own: []variable{{name: "alpha"}}}, true
	}
	shape := slices.Clone(in.shape[1:])
	for _, a := range c.numbers("shared_axes") {
		if a >= 1 && a <= len(shape) {
			shape[a-1] = 1
		}
	}
	return variables{own: kernel("alpha", shape...)}, true
}

// cell is that of a recurrent layer with so many gates.
func cell(gates int) func(configuration, input, bool) (variables, bool) {
	return func(c configuration, in input, keras2 bool) (variables, bool) {
		units := c.number("units")
		wide := times(units, gates)
		bias := []int{wide}
		if gates == 3 && c.flag("reset_after", true) {
			bias = []int{2, wide}
		}
		if keras2 && gates > 1 { // which also loads the biases of the layers for cuDNN
			bias = nil
		}
		kernels := kernel("kernel", in.axis(-1), wide)
		kernels = append(kernels, variable{name: "recurrent_kernel", shape: []int{units, wide}})
		return withBias(c, kernels, bias...)
	}
}

// inCell are the variables of a recurrent layer, which are its cell's.
func inCell(v variables, ok bool) (variables, bool) {
	return variables{parts: []part{{"cell", v}}}, ok
}

func recurrent(gates int) func(configuration, input, bool) (variables, bool) {
	return func(c configuration, in input, keras2 bool) (variables, bool) {
		return inCell(cell(gates)(c, in, keras2))
	}
}

func convLSTM(n int) func(configuration, input, bool) (variables, bool) {
	return func(c configuration, in input, _ bool) (variables, bool) {
		channels, filters := in.axis(-1), c.number("filters")
		if channelsFirst(c) {
			channels = in.axis(2) // after the batch and the steps
		}
		wide, size := times(filters, 4), c.sizes("kernel_size", n)
		kernels := kernel("kernel", append(slices.Clone(size), channels, wide)...)
		kernels = append(kernels, variable{name: "recurrent_kernel", shape: append(slices.Clone(size), filters, wide)})
		return inCell(withBias(c, kernels, wide))
	}
}

// rnn has the variables of the cell that its configuration holds, or the cells.
func rnn(c configuration, in input, keras2 bool) (variables, bool) {
	if text := c["cell"]; len(text) > 0 && text[0] == '[' {
		return inCell(cells(strictjson.Elements(text), in, keras2))
	}
	v, ok := cellVariables(c["cell"], in, keras2)
	return inCell(v, ok)
}

// cellVariables returns the variables of a cell. A layer in the place of one is
// nothing that Keras takes, and if it were a Bidirectional in each, they would double
// with every level.
func cellVariables(text json.RawMessage, in input, keras2 bool) (v variables, ok bool) {
	if class, _ := word(member(text, "class_name")); !strings.HasSuffix(class, "Cell") && class != "StackedRNNCells" {
		return v, false
	}
	return objectVariables(text, in, keras2)
}

// objectVariables returns the variables of an object in a configuration.
func objectVariables(text json.RawMessage, in input, keras2 bool) (v variables, ok bool) {
	o, ok := parseObject(text)
	if !ok || o.registered != "" && o.registered != o.class || strings.Contains(o.class, ">") {
		return v, false
	}
	v, ok = variablesOf(o.class, o.config, in, keras2)
	if ok && !configuration(o.fields).flag("trainable", true) {
		v = v.untrained()
	}
	return v, ok
}

func stackedCells(c configuration, in input, keras2 bool) (variables, bool) {
	return cells(strictjson.Elements(c["cells"]), in, keras2)
}

// cells are in groups named as layers of a model are, each with the units of the
// one before for its input.
func cells(list []json.RawMessage, in input, keras2 bool) (v variables, ok bool) {
	numbers := map[string]int{}
	container := part{attribute: "cells"}
	for _, text := range list {
		one, ok := cellVariables(text, in, keras2)
		if !ok {
			return v, false
		}
		o, _ := parseObject(text)
		container.parts = append(container.parts, part{numbered(snakeCase(canonical(o.class)), numbers), one})
		in = input{shape: []int{-1, configuration(o.fields).number("units")}}
	}
	return variables{parts: []part{container}}, true
}

// bidirectional has a layer for each direction. Without a configuration for the one
// back in time it is the other's.
func bidirectional(c configuration, in input, keras2 bool) (v variables, ok bool) {
	for _, key := range []string{"layer", "backward_layer"} {
		text := c[key]
		if !c.given(key) {
			text = c["layer"]
		}
		// Keras takes none of its own class, of which each would double the arrays.
		if class, _ := word(member(text, "class_name")); class == "Bidirectional" {
			return variables{}, false
		}
		one, ok := objectVariables(text, in, keras2)
		if !ok {
			return variables{}, false
		}
		v.parts = append(v.parts, part{directions[key], one})
	}
	return v, true
}

// directions are the attributes for the keys of a configuration.
var directions = map[string]string{"layer": "forward_layer", "backward_layer": "backward_layer"}

// projection is a layer that an attention makes for itself.
func projection(c configuration, attribute string, kernelShape []int, biasShape ...int) part {
	v, _ := withBias(c, kernel("kernel", kernelShape...), biasShape...)
	return part{attribute, v}
}

// attended returns the channels of what an attention looks at, which Keras 3 notes
// as it was built and Keras 2 in the configuration. Without keys the values are the
// keys.
func attended(c configuration, in input, key string) int {
	noted := member(in.built, "shapes_dict")
	for _, text := range []json.RawMessage{c[key], member(noted, key), c["value_shape"], member(noted, "value_shape")} {
		if shape := shapeOf(text); shape != nil {
			return shape[len(shape)-1]
		}
	}
	return -1
}

func multiHeadAttention(c configuration, in input, _ bool) (variables, bool) {
	heads, wide, valueWide := c.number("num_heads"), c.number("key_dim"), c.number("value_dim")
	if !c.given("value_dim") {
		valueWide = wide
	}
	query := in.axis(-1)
	out := c.numbers("output_shape")
	if out == nil {
		out = []int{query}
	}
	if len(out) > maxRank {
		return variables{}, false
	}
	return variables{parts: []part{
		projection(c, "query_dense", []int{query, heads, wide}, heads, wide),
		projection(c, "key_dense", []int{attended(c, in, "key_shape"), heads, wide}, heads, wide),
		projection(c, "value_dense", []int{attended(c, in, "value_shape"), heads, valueWide}, heads, valueWide),
		projection(c, "output_dense", append([]int{heads, valueWide}, out...), out...),
	}}, true
}

func groupedQueryAttention(c configuration, in input, _ bool) (variables, bool) {
	heads, groups, wide, channels := c.number("num_query_heads"), c.number("num_key_value_heads"), c.number("head_dim"), in.axis(-1)
	return variables{parts: []part{
		projection(c, "query_dense", []int{channels, heads, wide}, heads, wide),
		projection(c, "key_dense", []int{attended(c, in, "key_shape"), groups, wide}, groups, wide),
		projection(c, "value_dense", []int{attended(c, in, "value_shape"), groups, wide}, groups, wide),
		projection(c, "output_dense", []int{heads, wide, channels}, channels),
	}}, true
}

func attention(c configuration, _ input, _ bool) (v variables, ok bool) {
	if c.flag("use_scale", false) {
		v.own = append(v.own, variable{name: "scale", shape: []int{}})
	}
	if c.text("score_mode") == "concat" {
		v.own = append(v.own, variable{name: "concat_score_weight", shape: []int{}})
	}
	return v, true
}

func additiveAttention(c configuration, in input, _ bool) (v variables, ok bool) {
	if c.flag("use_scale", true) {
		v.own = kernel("scale", in.axis(-1))
	}
	return v, true
}

// lookup has its vocabulary among the assets, and the frequencies of words only for
// tf-idf.
func lookup(c configuration, _ input, _ bool) (variables, bool) {
	return variables{}, c.text("output_mode") != "tf_idf" && c.text("output_mode") != "tf-idf"
}

func textVectorization(c configuration, in input, keras2 bool) (variables, bool) {
	return lookup(c, in, keras2)
}

// numbered returns the name of the next group of a class: without a number for the
// first, then with 1, 2, ...
func numbered(name string, counts map[string]int) string {
	n := counts[name]
	counts[name]++
	return groupName(name, n)
}
