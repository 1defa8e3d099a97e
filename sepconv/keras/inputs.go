package keras

import (
	"slices"
	"strings"

	flow "github.com/sepconv/go/internal/graph"
)

// declareInputs adds the inputs of the model.
func (c *compiler) declareInputs() ([]tensor, error) {
	m := c.model
	shapes := shapesOf(m)
	layers := []*Layer{}
	for _, o := range m.graph.Inputs {
		if l := m.graph.byName[o.Layer]; l != nil {
			layers = append(layers, l)
		}
	}
	if len(layers) == 0 {
		layers = append(layers, m.Layers[0])
	}
	var list []tensor
	for i, l := range layers {
		s := shapes[l]
		if s == nil && l.graph != nil && !l.wrapper && len(l.Layers) > 0 {
			s = shapes[l.Layers[0]]
		}
		t, err := c.declare(l, s, i)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
		if l.is("InputLayer") && t.text == nil {
			c.note(l, list[len(list)-1:])
		}
	}
	return list, nil
}

// isText reports whether an input layer takes strings.
func (l *Layer) isText() bool { return strings.Contains(string(member(l.Config, "dtype")), `"string"`) }

// declare adds the model's input of a number, of a shape. One of text becomes those of the
// layers that read it.
func (c *compiler) declare(l *Layer, s []int, source int) (t tensor, err error) {
	if len(s) == 0 {
		return t, l.refuse("the file does not say the shape of its input, which is that of the model: build the model before saving it, or give it an Input")
	}
	shape := flow.Shape{flow.Open}
	for _, n := range s[1:] {
		shape = append(shape, max(n, flow.Open))
	}
	if l.is("InputLayer") && l.isText() {
		return tensor{text: &textInput{shape: shape, source: source}}, nil
	}
	integer := strings.Contains(string(member(l.Config, "dtype")), "int")
	t.value, err = c.newInput(l, shape, Port{Integer: integer, source: source})
	return t, err
}

// newInput adds an input of the program.
func (c *compiler) newInput(l *Layer, shape flow.Shape, port Port) (flow.Value, error) {
	open := 0
	for _, n := range shape[1:] {
		if n == flow.Open {
			open++
		}
	}
	if open > 1 {
		return 0, l.unsupported("its shape %v leaves %d lengths open beside the batch; one may be", shape, open)
	}
	port.Name, port.Shape = l.Name, shape
	c.ports = append(c.ports, port)
	return c.builder.Input(shape), nil
}

// orderInputs puts the inputs in the order of the model: those of texts were added where a
// layer reads them.
func (c *compiler) orderInputs() {
	order := make([]int, len(c.ports))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return c.ports[i].source - c.ports[j].source })
	ports := make([]Port, len(order))
	for i, j := range order {
		ports[i] = c.ports[j]
	}
	c.ports = ports
	c.builder.OrderInputs(order)
}
