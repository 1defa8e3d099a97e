package keras

import "encoding/json"

// Graph is where the data enters a model and where it leaves. What is in between,
// Layer.Calls tells. Lists and dictionaries that a model takes or gives are in its
// configuration, as "input_layers" and "output_layers".
type Graph struct {
	// Inputs are the model's, in the order in which it takes them. A Sequential model
	// that does not list its input layer has none; its first layer takes the input.
	Inputs []Output
	// Outputs are the model's, in order and with repeats.
	Outputs []Output
}

// Graph returns the inputs and outputs of the model; none if the file has no
// configuration, or one that does not list the layers.
func (m *Model) Graph() Graph {
	if m == nil || m.graph == nil {
		return Graph{}
	}
	return m.graph.Graph
}

// Graph returns the inputs and outputs of a model in the model. ok is false of any
// other layer.
func (l *Layer) Graph() (g Graph, ok bool) {
	if l == nil || l.graph == nil || l.wrapper {
		return g, false
	}
	return l.graph.Graph, true
}

// Config returns the configuration as the file has it: what to_json of Keras gives.
// It is nil if the file has only weights. NaN and Infinity, which JSON does not
// have, are strings.
func (m *Model) Config() json.RawMessage {
	if m == nil {
		return nil
	}
	return withoutNaN(m.config)
}

// graph tells how the layers of one model, or the one of a wrapper, are connected.
type graph struct {
	Graph
	owner     *Layer // the model
	byName    map[string]*Layer
	consumers map[string][]*Layer // who takes an output of a layer, once for each time
	isOutput  map[string]bool     // of the model
	// opaque: the class of the model is not one of Keras', and may run its layers in
	// any way.
	opaque   bool
	training training // what the calls of the model say
}

// newGraph connects the layers of a model whose configuration has the names of its
// inputs and outputs: of a Functional model, by the calls of its layers; otherwise
// each takes what the one before it gives.
func newGraph(owner *Layer, layers []*Layer, inputs, outputs json.RawMessage) *graph {
	g := &graph{
		owner: owner, byName: map[string]*Layer{}, consumers: map[string][]*Layer{}, isOutput: map[string]bool{},
		opaque: owner != nil && !owner.is(modelClasses...) && !owner.is(wrapperClasses...),
	}
	for _, l := range layers {
		g.byName[l.Name] = l
		l.parent = g
	}
	if outputs == nil {
		g.chain(layers)
	} else {
		g.Inputs = references(nil, inputs, nil)
		g.Outputs = references(nil, outputs, nil)
		g.dropUnknown(layers)
		g.renumber(layers)
	}
	for _, o := range g.Outputs {
		g.isOutput[o.Layer] = true
	}
	for _, l := range layers {
		g.register(l)
	}
	return g
}

// chain connects the layers of a Sequential model.
func (g *graph) chain(layers []*Layer) {
	for i, l := range layers {
		c := Call{Arguments: []Argument{{}}}
		switch {
		case i > 0:
			c.Arguments[0].Outputs = []Output{{Layer: layers[i-1].Name}}
		case l.is("InputLayer"):
			g.Inputs = []Output{{Layer: l.Name}}
			l.Calls = nil
			continue
		}
		l.Calls = []Call{c}
	}
	if n := len(layers); n > 0 {
		g.Outputs = []Output{{Layer: layers[n-1].Name}}
	}
}

// dropUnknown leaves only references to layers of the model in the keywords of
// calls: other lists there may look like references.
func (g *graph) dropUnknown(layers []*Layer) {
	for _, l := range layers {
		for _, c := range l.Calls {
			for i := range c.Arguments {
				a := &c.Arguments[i]
				known := a.Outputs[:0]
				for _, o := range a.Outputs {
					if a.Name == "" || g.byName[o.Layer] != nil {
						known = append(known, o)
					}
				}
				a.Outputs = known
			}
		}
	}
}

// register notes what a layer takes.
func (g *graph) register(l *Layer) {
	taken := map[string]bool{}
	for _, c := range l.Calls {
		for _, a := range c.Arguments {
			for _, o := range a.Outputs {
				g.consumers[o.Layer] = append(g.consumers[o.Layer], l)
				if !taken[o.Layer] {
					taken[o.Layer] = true
					l.Inputs = append(l.Inputs, o.Layer)
				}
			}
		}
	}
}

// span is the lowest and the highest node of a layer that is referred to.
type span struct{ low, high int }

// renumber makes all references to models in the model count their calls from 0. To
// Keras the model itself is their first call, if it has input layers; what is
// written counts it in Keras 2, and in Keras 3 only where it is of the outputs of
// the model around and the one within is Functional. Where what is referred to
// shows that a file counts otherwise, as older ones do, it is taken at its word.
func (g *graph) renumber(layers []*Layer) {
	written3 := false
	var inCalls, ofModel []*Output
	for _, l := range layers {
		for _, c := range l.Calls {
			written3 = written3 || c.keras3
			for _, a := range c.Arguments {
				for j := range a.Outputs {
					if !c.keras3 {
						inCalls = append(inCalls, &a.Outputs[j])
					}
				}
			}
		}
	}
	for _, list := range [][]Output{g.Inputs, g.Outputs} {
		for i := range list {
			ofModel = append(ofModel, &list[i])
		}
	}
	if !written3 {
		g.countFrom0(append(inCalls, ofModel...), func(l *Layer) bool { return l.functional || l.Layers[0].is("InputLayer") })
		return
	}
	g.countFrom0(ofModel, func(l *Layer) bool { return l.functional })
}

// countFrom0 renumbers references; countsItself tells of a model in the model
// whether it should be expected to be its own first call.
func (g *graph) countFrom0(references []*Output, countsItself func(*Layer) bool) {
	spans := map[*Layer]span{}
	for _, o := range references {
		l := g.byName[o.Layer]
		if l == nil || l.graph == nil || l.wrapper || len(l.Layers) == 0 {
			continue
		}
		s, seen := spans[l]
		if !seen {
			s = span{o.Node, o.Node}
		}
		spans[l] = span{min(s.low, o.Node), max(s.high, o.Node)}
	}
	for _, o := range references {
		l := g.byName[o.Layer]
		s, isModel := spans[l]
		if isModel && s.low > 0 && (countsItself(l) || s.high >= len(l.Calls)) {
			o.Node--
		}
	}
}

// next returns the layer that alone takes the output of l, and takes nothing else;
// nil if there is none such.
func (g *graph) next(l *Layer) *Layer {
	if g == nil || g.opaque || g.byName[l.Name] != l || len(l.Calls) != 1 || g.isOutput[l.Name] || len(g.consumers[l.Name]) != 1 {
		return nil
	}
	n := g.consumers[l.Name][0]
	if len(n.Calls) != 1 || !n.Calls[0].plain() {
		return nil
	}
	return n
}

// previous returns the layer whose next is l; nil if there is none.
func (g *graph) previous(l *Layer) *Layer {
	if g == nil || len(l.Calls) != 1 || !l.Calls[0].plain() {
		return nil
	}
	p := g.byName[l.Calls[0].Arguments[0].Outputs[0].Layer]
	if p == nil || g.next(p) != l {
		return nil
	}
	return p
}
