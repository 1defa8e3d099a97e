package keras

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/sepconv/go/internal/strictjson"
)

// Output is one of the tensors that a layer gives: a node of the model's graph, in
// Keras' words, and a tensor of it.
type Output struct {
	Layer string // its name, which is unique in the model
	// Node is the index of the call in the layer's Calls; 0 of an input layer, which
	// is not called. It is counted from 0 also where Keras' files begin at 1, which is
	// in models in the model.
	Node int
	// Tensor is which of the tensors of the call: 0 unless it gives several.
	Tensor int
}

// Call is a call of a layer in the graph of its model. A layer that is called
// several times is shared: its weights are the same in all calls.
type Call struct {
	// Arguments are those of the call, the positional ones first. Keras 2 knows only
	// the first as positional. In a Sequential model there is one, whose Value is nil.
	Arguments []Argument

	keras3 bool // of the notation of Keras 3
}

// Argument is an argument of a call.
type Argument struct {
	// Name is the keyword: "training", "mask", "initial_state"; "" if there is none.
	Name string
	// Value is the argument as the file has it, with the lists and dictionaries that
	// the outputs are in, and constants. An output is {"class_name":
	// "__keras_tensor__", ...} in Keras 3; in Keras 2 it is [layer, node, tensor],
	// followed in the first argument by the call's keywords.
	Value json.RawMessage
	// Outputs are the outputs of layers in Value, in order and with repeats.
	Outputs []Output
}

// Inputs returns the outputs of layers that the call takes in all its arguments, in
// order and with repeats.
func (c Call) Inputs() []Output {
	var list []Output
	for _, a := range c.Arguments {
		list = append(list, a.Outputs...)
	}
	return list
}

// Argument returns the value of a keyword; nil if the call does not have it.
func (c Call) Argument(name string) json.RawMessage {
	for _, a := range c.Arguments {
		if a.Name == name && name != "" {
			return a.Value
		}
	}
	return nil
}

// plain reports whether the call is of one tensor and nothing else counts in it but
// whether it is training.
func (c *Call) plain() bool {
	if len(c.Arguments) == 0 || c.Arguments[0].Name != "" || len(c.Arguments[0].Outputs) != 1 {
		return false
	}
	for _, a := range c.Arguments[1:] {
		if string(a.Value) != "null" && a.Name != "training" || len(a.Outputs) > 0 {
			return false
		}
	}
	return true
}

// callsOf reads the inbound nodes of a layer of a Functional model.
func callsOf(inbound json.RawMessage) (calls []Call) {
	for _, node := range strictjson.Elements(inbound) {
		if c, ok := keras3Call(node); ok {
			calls = append(calls, c)
		} else {
			calls = append(calls, keras2Call(node))
		}
	}
	return calls
}

// keras3Call reads {"args": [...], "kwargs": {...}}.
func keras3Call(node json.RawMessage) (c Call, ok bool) {
	var positional, keywords json.RawMessage
	for _, m := range strictjson.Members(node) {
		switch m.Key {
		case "args":
			positional = m.Value
		case "kwargs":
			keywords = m.Value
		}
	}
	if !bytes.HasPrefix(positional, []byte("[")) || !bytes.HasPrefix(keywords, []byte("{")) {
		return c, false
	}
	c.keras3 = true
	for _, v := range strictjson.Elements(positional) {
		c.Arguments = append(c.Arguments, Argument{Value: v, Outputs: kerasTensors(nil, v)})
	}
	for _, m := range strictjson.Members(keywords) {
		c.Arguments = append(c.Arguments, Argument{Name: m.Key, Value: m.Value, Outputs: kerasTensors(nil, m.Value)})
	}
	return c, true
}

// kerasTensors appends the outputs that Keras 3 has in a value.
func kerasTensors(list []Output, value json.RawMessage) []Output {
	for _, e := range strictjson.Elements(value) {
		list = kerasTensors(list, e)
	}
	members := strictjson.Members(value)
	for _, m := range members {
		if m.Key == "class_name" && string(m.Value) == `"__keras_tensor__"` {
			history := member(member(value, "config"), "keras_history")
			if o, _, ok := reference(strictjson.Elements(history)); ok {
				list = append(list, o)
			}
			return list
		}
	}
	for _, m := range members {
		list = kerasTensors(list, m.Value)
	}
	return list
}

// keras2Call reads [[layer, node, tensor, {keywords}], ...], or references in any
// other structure. All have the same keywords.
func keras2Call(node json.RawMessage) (c Call) {
	first := Argument{Value: node}
	var keywords json.RawMessage
	first.Outputs = references(nil, node, &keywords)
	c.Arguments = append(c.Arguments, first)
	for _, m := range strictjson.Members(keywords) {
		c.Arguments = append(c.Arguments, Argument{Name: m.Key, Value: m.Value, Outputs: references(nil, m.Value, new(json.RawMessage))})
	}
	return c
}

// references appends the outputs that are [layer, node, tensor] in a value, and
// finds the keywords after the first. A constant is ["_CONSTANT_VALUE", -1, value].
func references(list []Output, value json.RawMessage, keywords *json.RawMessage) []Output {
	elements := strictjson.Elements(value)
	if n := len(elements); n == 3 || n == 4 {
		o, isName, ok := reference(elements[:3])
		if ok {
			list = append(list, o)
		}
		if isName {
			if n == 4 && *keywords == nil {
				*keywords = elements[3]
			}
			return list
		}
	}
	for _, e := range elements {
		list = references(list, e, keywords)
	}
	for _, m := range strictjson.Members(value) {
		list = references(list, m.Value, keywords)
	}
	return list
}

// reference reads the elements of [layer, node, tensor]. isName tells that at least
// the first is as in one.
func reference(elements []json.RawMessage) (o Output, isName, ok bool) {
	if len(elements) != 3 {
		return o, false, false
	}
	if o.Layer, isName = word(elements[0]); !isName {
		return o, false, false
	}
	var errNode, errTensor error
	o.Node, errNode = strconv.Atoi(string(elements[1]))
	o.Tensor, errTensor = strconv.Atoi(string(elements[2]))
	return o, true, errNode == nil && errTensor == nil && o.Node >= 0 && o.Tensor >= 0
}
