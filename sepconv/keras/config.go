package keras

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/strictjson"
)

const (
	// maxJSON bounds a configuration; a layer takes about a kilobyte.
	maxJSON = 16 << 20
	// maxDepth bounds its nesting; a model in a model takes four levels.
	maxDepth = 128
)

// errNoConfig: the JSON is of something else.
var errNoConfig = errors.New("it is the configuration of neither a model nor a layer: there is no class_name")

// parseConfig reads the JSON of a model or of a layer into m.
func (m *Model) parseConfig(text []byte) error {
	if len(text) > maxJSON {
		return fmt.Errorf("it has %d bytes; a configuration may have %d", len(text), maxJSON)
	}
	original := text
	if err := m.budget.Spend("its configuration", int64(len(text)), 1); err != nil {
		return err
	}
	text = withoutNaN(text)
	if err := strictjson.CheckWithin(m.budget, text, maxDepth); err != nil {
		return err
	}
	if version, ok := word(member(text, "keras_version")); ok && m.Version == "" { // of to_json of Keras 2
		m.Version = version
	}
	o, ok := parseObject(text)
	if !ok {
		if o, ok = bareConfig(text); !ok {
			if member(text, "weight_map") != nil {
				return errors.New("it is the index of weights in several files, which are not opened on its word; give the files themselves to LoadWeights of a model")
			}
			return errNoConfig
		}
	}
	m.keras2 = m.isKeras2(text)
	m.dialect = m.dialectOf(text)
	p := parser{m.keras2, m.budget}
	if _, isModel := o.modelLayers(); !isModel {
		layer, err := p.layer(o, "")
		if err == nil {
			m.Layers = []*Layer{layer}
			m.graph = newGraph(nil, m.Layers, nil, nil)
			m.inheritTraining()
			m.unite(nil)
		}
		return err
	}
	top := p.describe(o)
	if err := p.place(top, ""); err != nil {
		return err
	}
	if err := p.layersIn(top, o, ""); err != nil {
		return err
	}
	m.Name, m.Class, m.config = top.Name, top.Class, original
	m.Layers, m.graph = top.Layers, top.graph
	m.inheritTraining()
	m.unite(nil)
	return nil
}

// isKeras2 reports whether names that the versions understand differently are those
// of Keras 2.
func (m *Model) isKeras2(text []byte) bool {
	if m.Version != "" {
		return strings.HasPrefix(m.Version, "2.") || strings.HasPrefix(m.Version, "1.")
	}
	return bytes.Contains(text, []byte(`"batch_input_shape"`)) // Keras 3 has batch_shape
}

// bareConfig recognises what get_config returns without the class it is of.
func bareConfig(text []byte) (o object, ok bool) {
	o.config, o.fields = text, members(text)
	has := func(key string) bool { return o.fields[key] != nil }
	switch {
	case has("filters") && has("kernel_size") && (has("depth_multiplier") || has("depthwise_initializer")):
		o.class = "SeparableConv1D"
	case has("layers") && has("output_layers"):
		o.class = "Functional"
	case has("layers"):
		o.class = "Sequential"
	default:
		return o, false
	}
	return o, true
}

// parser turns configurations into layers.
type parser struct {
	keras2 bool
	budget *budget.Budget
}

// layer reads a layer, and those in it. prefix is the path of the model it is in.
func (p *parser) layer(o object, prefix string) (*Layer, error) {
	l := p.describe(o)
	if err := p.place(l, prefix); err != nil {
		return nil, err
	}
	return l, p.layersIn(l, o, l.Path+"/")
}

// describe reads what there is of the layer itself.
func (p *parser) describe(o object) *Layer {
	l := &Layer{Config: o.config, built: o.built, keras2: p.keras2, shared: o.shared}
	l.Class = o.class[strings.LastIndexByte(o.class, '>')+1:]
	l.Module, _ = word(o.module)
	l.foreign = o.module != nil && !isKerasModule(l.Module)
	switch {
	case o.registered != "" && o.registered != l.Class: // Keras 2 registers its own Functional
		l.Registered = o.registered
	case o.class != l.Class:
		l.Registered = o.class
	}
	l.Name, _ = word(o.fields["name"])
	if l.Name == "" {
		l.Name = o.name
	}
	return l
}

// layerCost is about what a layer takes, with its places in lists and maps.
const layerCost = 2048

// place sets the path of a layer, in which all names above it are: a long one above
// many layers takes more than the text it is in.
func (p *parser) place(l *Layer, prefix string) error {
	const copies = 2 // the path, and the prefix of the layers in it
	if !p.budget.Take(1, layerCost) || !p.budget.Take(copies, int64(len(prefix)+len(l.Name))) {
		return p.budget.Exceeded("the layers and their paths, each with all names above it,")
	}
	l.Path = prefix + l.Name
	return nil
}

// modelLayers returns the configurations of a model's layers; ok is false of any
// other layer.
func (o *object) modelLayers() (layers []json.RawMessage, ok bool) {
	list := o.fields["layers"]
	if list == nil && o.class == "Sequential" {
		list = o.config // of Keras before 2.2
	}
	return strictjson.Elements(list), len(list) > 0 && list[0] == '['
}

// layersIn reads the layers in a layer: those of a model, or the one of a wrapper.
// Their paths begin with prefix.
func (p *parser) layersIn(l *Layer, o object, prefix string) error {
	list, isModel := o.modelLayers()
	if !isModel {
		inner, ok := parseObject(o.fields["layer"])
		if !ok {
			return nil
		}
		layer, err := p.layer(inner, prefix)
		if err != nil {
			return err
		}
		l.wrapper, l.Layers = true, []*Layer{layer}
		l.graph = newGraph(l, l.Layers, nil, nil)
		return nil
	}
	for i, text := range list {
		inner, ok := parseObject(text)
		if !ok {
			return fmt.Errorf("layer %d of model %.80q has no class_name", i, l.Name)
		}
		layer, err := p.layer(inner, prefix)
		if err != nil {
			return err
		}
		layer.Calls = callsOf(inner.inbound)
		l.Layers = append(l.Layers, layer)
	}
	outputs := o.fields["output_layers"]
	l.functional = outputs != nil
	l.graph = newGraph(l, l.Layers, o.fields["input_layers"], outputs)
	return nil
}
