package keras

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sepconv/go/internal/strictjson"
)

// nodes returns the calls of a layer in a Functional model as Keras 3 writes them.
func (t *translation) nodes(l *Layer, g *graph) (string, error) {
	list := make([]string, len(l.Calls))
	for i := range l.Calls {
		var err error
		c := &l.Calls[i]
		if c.keras3 {
			list[i] = keras3Node(c)
		} else if list[i], err = t.node(l, c, g); err != nil {
			return "", err
		}
	}
	return jsonList(list), nil
}

// keras3Node returns a call as it was read.
func keras3Node(c *Call) string {
	var positional, keywords []string
	for _, a := range c.Arguments {
		if a.Name == "" {
			positional = append(positional, string(a.Value))
		} else {
			keywords = append(keywords, jsonMember(a.Name, string(a.Value)))
		}
	}
	return jsonObject(jsonMember("args", jsonList(positional)), jsonMember("kwargs", jsonObject(keywords...)))
}

// recurrentClasses are those whose first state Keras 2 writes as inputs, after the
// signal.
var recurrentClasses = []string{"SimpleRNN", "GRU", "LSTM", "Bidirectional"}

// node returns a call of Keras 2 in the notation of Keras 3.
func (t *translation) node(l *Layer, c *Call, g *graph) (string, error) {
	if l.is("InputLayer") || len(c.Arguments) == 0 {
		return "", errors.New("it is called without an input")
	}
	first := c.Arguments[0]
	for e := range strictjson.EachElement(first.Value) {
		if head, n := firstElements(e); n < 3 || n > 4 || !isTensorOf(g, head[0]) {
			return "", fmt.Errorf("its input %.80s is not the output of a layer; Keras 3 has no notation for it", e)
		}
	}
	var tensors, keywords []string
	for _, o := range first.Outputs {
		tensors = append(tensors, t.tensor(o, g))
	}
	if len(tensors) == 0 {
		return "", errors.New("it is called without an input")
	}
	argument := tensors[0]
	switch {
	case len(tensors) > 1 && l.is(recurrentClasses...):
		keywords = append(keywords, jsonMember("initial_state", jsonList(tensors[1:])))
	case len(tensors) > 1:
		argument = jsonList(tensors)
	}
	for _, a := range c.Arguments[1:] {
		value, err := t.keyword(&a, g)
		if err != nil {
			return "", err
		}
		if value != "" {
			keywords = append(keywords, jsonMember(a.Name, value))
		}
	}
	return jsonObject(jsonMember("args", "["+argument+"]"), jsonMember("kwargs", jsonObject(keywords...))), nil
}

// isTensorOf reports whether a value is the name of a layer of the model.
func isTensorOf(g *graph, value []byte) bool {
	name, ok := word(value)
	return ok && g.byName[name] != nil
}

// keyword returns the value of an argument; "" if it says nothing.
func (t *translation) keyword(a *Argument, g *graph) (string, error) {
	_, isFlag := strictjson.Bool(a.Value)
	var tensors []string
	for _, o := range a.Outputs {
		tensors = append(tensors, t.tensor(o, g))
	}
	switch {
	case strictjson.IsNull(a.Value):
		return "", nil
	case a.Name == "training" && isFlag:
		return string(a.Value), nil
	case a.Name == "mask" && len(tensors) == 1:
		return tensors[0], nil
	case a.Name == "initial_state" && len(tensors) > 0:
		return jsonList(tensors), nil
	}
	return "", fmt.Errorf("it is called with %.80s = %.80s, for which there is no translation to Keras 3", a.Name, a.Value)
}

// tensor returns an output of a layer.
func (t *translation) tensor(o Output, g *graph) string {
	l := g.byName[o.Layer]
	shape := "[null]"
	if x := t.traced(l, o); x != nil {
		shape = shapeJSON(x.shape)
	}
	return jsonObject(jsonMember("class_name", `"__keras_tensor__"`), jsonMember("config", jsonObject(
		jsonMember("shape", shape), jsonMember("dtype", pythonString(t.dtype(l, g, 0))),
		jsonMember("keras_history", fmt.Sprintf("[%s, %d, %d]", pythonString(o.Layer), o.Node, o.Tensor)))))
}

// traced returns an output of a layer; nil if no layer takes it.
func (t *translation) traced(l *Layer, o Output) *traced {
	if l == nil {
		return nil
	}
	if l.is("InputLayer") {
		if shape := l.declaredShape(); shape != nil {
			return &traced{shape: shape}
		}
		return nil
	}
	if o.Node < len(l.Calls) {
		if out := t.traces.out[&l.Calls[o.Node]]; o.Tensor < len(out) {
			return &out[o.Tensor]
		}
	}
	return nil
}

// movers are the classes whose output has the type of their input: integers stay integers.
var movers = strings.Fields(`Flatten Reshape Permute RepeatVector Concatenate Identity Cropping1D ZeroPadding1D UpSampling1D
	Add Subtract Multiply Maximum Minimum`)

// dtype returns the type of a layer's output. A file may claim a graph with a cycle, hence
// the bound on depth.
func (t *translation) dtype(l *Layer, g *graph, depth int) string {
	const float = "float32"
	switch {
	case l == nil || depth > maxDepth:
		return float
	case l.is("InputLayer"):
		if name, ok := word(member(l.Config, "dtype")); ok {
			return name
		}
		return float
	case l.is("TextVectorization", "StringLookup", "IntegerLookup", "Hashing"):
		if mode := configuration(members(l.Config)).text("output_mode"); mode == "" || mode == "int" {
			return "int64"
		}
		return float
	case l.is(movers...) && len(l.Inputs) > 0:
		if from := t.dtype(g.byName[l.Inputs[0]], g, depth+1); strings.Contains(from, "int") {
			return from
		}
	}
	if strings.Contains(string(member(l.Config, "dtype")), "mixed_float16") {
		return "float16"
	}
	return float
}

// ends returns the inputs or outputs of a model. To Keras a Functional model in the
// model is its own first call, which is counted here and not in calls.
func (t *translation) ends(l *Layer, key string, outputs []Output) (string, error) {
	if value := member(l.Config, key); len(value) == 0 || value[0] != '[' {
		return "", l.refuse("its %s are not a list but %.80s, for which there is no translation to Keras 3", key, value)
	}
	list := make([]string, len(outputs))
	for i, o := range outputs {
		node := o.Node
		if inner := l.graph.byName[o.Layer]; inner != nil && inner.functional {
			node++
		}
		list[i] = fmt.Sprintf("[%s, %d, %d]", pythonString(o.Layer), node, o.Tensor)
	}
	if len(list) == 1 { // so that Keras 3 takes and gives a tensor, and no list of one
		return list[0], nil
	}
	return jsonList(list), nil
}
