package keras

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
)

// variable is an array that a layer of Keras makes when it is built.
type variable struct {
	name string
	// shape has a negative number for a length that depends on an input of which the
	// file does not tell the shape; it is nil if not even the rank is known.
	shape  []int
	frozen bool // never trained, such as a moving mean
}

// variables are those of an object: its own, and those of the objects in it that
// are not among the layers of a configuration, such as the cell of a recurrent
// layer.
type variables struct {
	own   []variable
	parts []part
}

// part is an object in a layer, which the files of Keras 3 hold in a group named
// after the attribute.
type part struct {
	attribute string
	variables
}

// flat are all variables in the order of the layer's weights: those that are trained
// before the others.
func (v variables) flat() []variable {
	list := slices.Clone(v.own)
	for _, p := range v.parts {
		list = append(list, p.flat()...)
	}
	slices.SortStableFunc(list, func(a, b variable) int {
		switch {
		case a.frozen == b.frozen:
			return 0
		case b.frozen:
			return -1
		}
		return 1
	})
	return list
}

// untrained are the same variables of an object that is not to be trained.
func (v variables) untrained() variables {
	v.own, v.parts = slices.Clone(v.own), slices.Clone(v.parts)
	for i := range v.own {
		v.own[i].frozen = true
	}
	for i := range v.parts {
		v.parts[i].variables = v.parts[i].untrained()
	}
	return v
}

// input is the shape of what a layer takes, with the batch; nil if nothing is known
// of it. channels then is the length of the axis that the layer looks at, as far
// as its first array tells it.
type input struct {
	shape    []int
	channels int
	built    json.RawMessage // what Keras 3 notes of all inputs
}

// axis returns the length of an axis, which may be counted from the end.
func (in input) axis(i int) int {
	if in.shape == nil {
		return in.channels
	}
	if i < 0 {
		i += len(in.shape)
	}
	if i < 0 || i >= len(in.shape) {
		return -1
	}
	return in.shape[i]
}

// channelAxis returns the length of the axis that is not time or space.
func (in input) channelAxis(c configuration) int {
	if channelsFirst(c) {
		return in.axis(1)
	}
	return in.axis(-1)
}

// configuration is that of a layer, by key.
type configuration map[string]json.RawMessage

func (c configuration) text(key string) string {
	s, _ := word(c[key])
	return s
}

func (c configuration) flag(key string, otherwise bool) bool {
	switch string(c[key]) {
	case "true":
		return true
	case "false":
		return false
	}
	return otherwise
}

// given reports whether there is a value other than null.
func (c configuration) given(key string) bool {
	v := string(c[key])
	return v != "" && v != "null"
}

// number returns an integer; -1 if there is none.
func (c configuration) number(key string) int { return integer(c[key]) }

func integer(text json.RawMessage) int {
	n, err := strconv.Atoi(string(text))
	if err != nil {
		return -1
	}
	return n
}

// numbers returns a list of integers, or the one that there is instead; of what is
// not given nil.
func (c configuration) numbers(key string) []int {
	switch text := c[key]; {
	case !c.given(key):
		return nil
	case text[0] == '[':
		list := []int{}
		for _, e := range strictjson.Elements(text) {
			list = append(list, integer(e))
		}
		return list
	default:
		return []int{integer(text)}
	}
}

// sizes returns the n lengths of a window, of which one stands for all.
func (c configuration) sizes(key string, n int) []int {
	list := c.numbers(key)
	if len(list) == n {
		return list
	}
	length := -1
	if len(list) == 1 {
		length = list[0]
	}
	return slices.Repeat([]int{length}, n)
}

// times multiplies lengths, of which one may not be known.
func times(a, b int) int {
	if a < 0 || b < 0 || b > 0 && a > math.MaxInt32/b {
		return -1
	}
	return a * b
}

// maxRank bounds the shapes that are followed. No layer of Keras has an input of
// more axes than 6.
const maxRank = 12

// variables returns what arrays the layer has for an input; ok is false if that is
// not known, because its class is not Keras' own or its numbers are of another
// kind.
func (l *Layer) variables(in input) (v variables, ok bool) {
	if !l.IsKeras() {
		return v, false
	}
	in.built = l.built
	return variablesOf(l.Class, l.Config, in, l.keras2)
}

func variablesOf(class string, config json.RawMessage, in input, keras2 bool) (v variables, ok bool) {
	k, ok := classes[canonical(class)]
	if !ok || k.variables == nil {
		return v, false
	}
	c := configuration(members(config))
	if c.given("lora_rank") || c.given("quantization_config") || quantized(c["dtype"]) {
		return v, false
	}
	return k.variables(c, in, keras2)
}

// canonical returns the name of a class of which Keras has two.
func canonical(class string) string {
	switch class {
	case "Model":
		return "Functional"
	case "GroupQueryAttention":
		return "GroupedQueryAttention"
	}
	return strings.Replace(class, "Convolution", "Conv", 1)
}

// quantized reports whether a policy is one of integers or float8, for which a
// layer has other arrays.
func quantized(policy json.RawMessage) bool {
	if name, ok := word(policy); ok {
		return strings.Contains(name, "_from_") // "int8_from_float32"
	}
	class, _ := word(member(policy, "class_name"))
	return strings.HasPrefix(class, "Quantized") || class == "DTypePolicyMap"
}

// checkArrays reports arrays that are not those that a layer has.
func checkArrays(want []variable, tensors []*Tensor) error {
	if len(tensors) != len(want) {
		return fmt.Errorf("%w: %s; the layer needs %s", sepconv.ErrWeights, describeTensors(tensors), describeVariables(want))
	}
	for i, v := range want {
		if !sameShape(v.shape, tensors[i].Shape) {
			return fmt.Errorf("%w: %s has shape %v in the file; the layer needs %s", sepconv.ErrWeights, v.name, tensors[i].Shape, shapeText(v.shape))
		}
	}
	return nil
}

func sameShape(want, got []int) bool {
	if want == nil {
		return true
	}
	return slices.EqualFunc(want, got, func(a, b int) bool { return a < 0 || a == b })
}

func describeTensors(tensors []*Tensor) string {
	switch len(tensors) {
	case 0:
		return "the file has no arrays of it"
	case 1:
		return fmt.Sprintf("the file has 1 array of it, of shape %v", tensors[0].Shape)
	}
	const most = 6
	text := fmt.Sprintf("the file has %d arrays of it, of shapes", len(tensors))
	for i, t := range tensors {
		if i == most {
			return text + " ..."
		}
		text += fmt.Sprintf(" %v", t.Shape)
	}
	return text
}

func describeVariables(want []variable) string {
	if len(want) == 0 {
		return "none"
	}
	const most = 6
	text := fmt.Sprintf("%d:", len(want))
	for i, v := range want {
		if i == most {
			return text + " ..."
		}
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(" %s of shape %s", v.name, shapeText(v.shape))
	}
	return text
}

// shapeText writes a shape with ? for what is not known.
func shapeText(shape []int) string {
	if shape == nil {
		return "?"
	}
	parts := make([]string, len(shape))
	for i, n := range shape {
		if parts[i] = "?"; n >= 0 {
			parts[i] = strconv.Itoa(n)
		}
	}
	return "[" + strings.Join(parts, " ") + "]"
}

// known returns the variables with what their first array tells of an input whose
// shape is not known.
func (l *Layer) known(in []int, tensors []*Tensor) (v variables, ok bool) {
	v, ok = l.variables(input{shape: in, channels: -1})
	if !ok || in != nil || len(tensors) == 0 {
		return v, ok
	}
	first := v.flat()
	if len(first) == 0 || len(first[0].shape) != len(tensors[0].Shape) {
		return v, ok
	}
	if i := slices.IndexFunc(first[0].shape, func(n int) bool { return n < 0 }); i >= 0 {
		return l.variables(input{channels: tensors[0].Shape[i]})
	}
	return v, ok
}

func channelsFirst(c configuration) bool {
	return c.text("data_format") == string(sepconv.ChannelsFirst)
}
