package keras

import (
	"encoding/json"

	"github.com/sepconv/go/internal/strictjson"
)

// graph tells how the layers of one model are connected.
type graph struct {
	byName    map[string]*Layer
	consumers map[string][]*Layer // for each output taken, who takes it
	outputs   map[string]bool     // of the model
}

// newGraph connects layers: one after the other, or by their calls.
func newGraph(layers []*Layer, outputs []string, sequential bool) *graph {
	g := &graph{byName: map[string]*Layer{}, consumers: map[string][]*Layer{}, outputs: map[string]bool{}}
	for _, name := range outputs {
		g.outputs[name] = true
	}
	for i, l := range layers {
		g.byName[l.Name] = l
		l.parent = g
		if sequential {
			l.calls = [][]string{nil}
			if i > 0 {
				l.calls[0] = []string{layers[i-1].Name}
			}
		}
		taken := map[string]bool{}
		for _, inputs := range l.calls {
			for _, name := range inputs {
				g.consumers[name] = append(g.consumers[name], l)
				if !taken[name] {
					taken[name] = true
					l.Inputs = append(l.Inputs, name)
				}
			}
		}
	}
	return g
}

// next returns the layer that alone takes the output of l, and takes nothing else;
// nil if there is none such.
func (g *graph) next(l *Layer) *Layer {
	if g == nil || g.byName[l.Name] != l || len(l.calls) != 1 || g.outputs[l.Name] || len(g.consumers[l.Name]) != 1 {
		return nil
	}
	n := g.consumers[l.Name][0]
	if len(n.calls) != 1 || len(n.calls[0]) != 1 {
		return nil
	}
	return n
}

// previous returns the layer whose next is l; nil if there is none.
func (g *graph) previous(l *Layer) *Layer {
	if g == nil || len(l.calls) != 1 || len(l.calls[0]) != 1 {
		return nil
	}
	p := g.byName[l.calls[0][0]]
	if p == nil || g.next(p) != l {
		return nil
	}
	return p
}

// calls returns, for each call of a layer of a Functional model, the names of the
// layers whose outputs it takes.
func calls(inbound json.RawMessage) (list [][]string) {
	for _, node := range strictjson.Elements(inbound) {
		list = append(list, names(node))
	}
	return list
}

// names returns the names in all references to outputs in a text: [name, node,
// tensor], with keywords behind them in Keras 2, in "keras_history" in Keras 3.
func names(text json.RawMessage) (list []string) {
	elements := strictjson.Elements(text)
	if len(elements) >= 3 && isInteger(elements[1]) && isInteger(elements[2]) {
		if name, ok := word(elements[0]); ok {
			list, elements = append(list, name), elements[3:]
		}
	}
	for _, e := range elements {
		list = append(list, names(e)...)
	}
	for _, m := range strictjson.Members(text) {
		list = append(list, names(m.Value)...)
	}
	return list
}

func isInteger(text json.RawMessage) bool {
	for _, b := range text {
		if b < '0' || b > '9' {
			return false
		}
	}
	return len(text) > 0
}
