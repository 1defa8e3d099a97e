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
	for node := range strictjson.EachElement(inbound) {
		if c, ok := keras3Call(node); ok {
			calls = append(calls, c)
		} else if node[0] == '[' || node[0] == '{' {
			calls = append(calls, keras2Call(node))
		}
	}
	return calls
}

// keras3Call reads {"args": [...], "kwargs": {...}}.
func keras3Call(node json.RawMessage) (c Call, ok bool) {
	var positional json.RawMessage
	var keywords []strictjson.Member
	for _, m := range strictjson.Members(node) {
		switch m.Key {
		case "args":
			positional = m.Value
		case "kwargs":
			keywords, ok = strictjson.Members(m.Value), bytes.HasPrefix(m.Value, []byte("{"))
		}
	}
	if !ok || !bytes.HasPrefix(positional, []byte("[")) {
		return c, false
	}
	n := len(keywords)
	for range strictjson.EachElement(positional) {
		n++
	}
	c = Call{Arguments: make([]Argument, 0, n), keras3: true}
	for v := range strictjson.EachElement(positional) {
		c.Arguments = append(c.Arguments, Argument{Value: v, Outputs: kerasTensors(nil, v)})
	}
	for _, m := range keywords {
		c.Arguments = append(c.Arguments, Argument{Name: m.Key, Value: m.Value, Outputs: kerasTensors(nil, m.Value)})
	}
	return c, true
}

// kerasTensors appends the outputs that Keras 3 has in a value.
func kerasTensors(list []Output, value json.RawMessage) []Output {
	for e := range strictjson.EachElement(value) {
		list = kerasTensors(list, e)
	}
	members := strictjson.Members(value)
	for _, m := range members {
		if m.Key == "class_name" && string(m.Value) == `"__keras_tensor__"` {
			history := member(member(value, "config"), "keras_history")
			if head, n := firstElements(history); n == 3 {
				list, _ = appendReference(list, &head)
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
func keras2Call(node json.RawMessage) Call {
	var first json.RawMessage
	outputs := references(nil, node, &first)
	keywords := strictjson.Members(first)
	c := Call{Arguments: make([]Argument, 0, 1+len(keywords))}
	c.Arguments = append(c.Arguments, Argument{Value: node, Outputs: outputs})
	for _, m := range keywords {
		c.Arguments = append(c.Arguments, Argument{Name: m.Key, Value: m.Value, Outputs: references(nil, m.Value, nil)})
	}
	return c
}

// references appends the outputs that are [layer, node, tensor] in a value, and
// finds the keywords after the first. A constant is ["_CONSTANT_VALUE", -1, value].
func references(list []Output, value json.RawMessage, keywords *json.RawMessage) []Output {
	if head, n := firstElements(value); n == 3 || n == 4 {
		longer, isReference := appendReference(list, &head)
		if isReference {
			if n == 4 && keywords != nil && *keywords == nil {
				*keywords = head[3]
			}
			return longer
		}
	}
	for e := range strictjson.EachElement(value) {
		list = references(list, e, keywords)
	}
	for _, m := range strictjson.Members(value) {
		list = references(list, m.Value, keywords)
	}
	return list
}

// firstElements returns the first elements of an array, and how many it has; 5 are
// any number more than 4.
func firstElements(value json.RawMessage) (head [4]json.RawMessage, n int) {
	for e := range strictjson.EachElement(value) {
		if n++; n > len(head) {
			break
		}
		head[n-1] = e
	}
	return head, n
}

// appendReference appends the output [layer, node, tensor]. isReference reports
// whether the elements are those of one as far as Keras looks: they begin with a
// name.
func appendReference(list []Output, head *[4]json.RawMessage) (longer []Output, isReference bool) {
	name, isReference := word(head[0])
	if !isReference {
		return list, false
	}
	node, errNode := strconv.Atoi(string(head[1]))
	tensor, errTensor := strconv.Atoi(string(head[2]))
	if errNode == nil && errTensor == nil && node >= 0 && tensor >= 0 {
		list = append(list, Output{name, node, tensor})
	}
	return list, true
}
