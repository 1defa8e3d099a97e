package keras

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/sepconv/go/internal/dispatch"
	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/sepconv"
)

// translation turns a model of an .h5 into what a .keras of Keras 3 holds: each layer's
// configuration into that of the same class in Keras 3, and the list of its arrays into a
// tree of groups. Keras 3 refuses an argument that it does not know. One of Keras 2 that
// changes nothing is therefore left out; any other is an error.
//
//	translate.go       models: objects, their members, models in models, wrappers
//	translatelayer.go  the configuration of a layer
//	translatecall.go   the calls of the layers, which are the edges of the graph
//	translatetree.go   the arrays
//	translatejson.go   JSON as text
type translation struct {
	model  *Model
	keras2 bool           // the configuration is of Keras 2
	traces *traces        // the tensors between the layers
	shared map[*Layer]int // shared_object_id of layers in several places, by the first place
}

// translated returns the model as one of Keras 3.
func (m *Model) translated() (config []byte, weights *tree, err error) {
	s, isLegacy := m.store.(*legacy)
	if !isLegacy || m.graph == nil || m.graph.owner == nil || m.dialect != keras2Legacy && m.dialect != keras3Legacy {
		return nil, nil, m.errForeign(Archive)
	}
	if err := m.unchanged(); err != nil {
		return nil, nil, err
	}
	for _, g := range s.groups {
		for _, tensor := range g.tensors {
			if _, err := m.current(tensor); err != nil {
				return nil, nil, err
			}
		}
	}
	for l := range m.All() {
		if !l.IsKeras() {
			return nil, nil, l.refuse("it is a class of the user's own, whose configuration is not known to be one that it has in Keras 3")
		}
	}
	t := &translation{model: m, keras2: m.dialect == keras2Legacy, shared: map[*Layer]int{}}
	if t.traces, err = m.trace(); err != nil {
		return nil, nil, fmt.Errorf("a model goes from %s to %s if it can be compiled: %w", H5, Archive, err)
	}
	text, err := t.object(m.graph.owner)
	if err != nil {
		return nil, nil, err
	}
	if config, err = pythonJSON([]byte(text)); err != nil {
		return nil, nil, err
	}
	weights, err = t.tree()
	return config, weights, err
}

// trace compiles the model, to learn the shapes of its tensors and which are masked.
func (m *Model) trace() (*traces, error) {
	set, err := dispatch.Pick("")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sepconv.ErrKernel, err)
	}
	c := newCompiler(m, flow.Target{Set: set})
	c.traces = &traces{map[*Layer][]traced{}, map[*Call][]traced{}}
	_, err = c.program(DefaultMaxMemory)
	return c.traces, err
}

// object returns a layer as an object of Keras 3.
func (t *translation) object(l *Layer) (string, error) {
	members, err := t.members(l)
	return jsonObject(members...), err
}

func (t *translation) members(l *Layer) ([]string, error) {
	if err := checkNumbers(l.Config); err != nil && l.graph == nil {
		return nil, l.refuse("%w", err)
	}
	switch mode, _ := word(member(l.Config, "output_mode")); mode {
	case "tf_idf", "tf-idf":
		return nil, l.refuse("its output_mode is tf_idf, whose frequencies Keras 3 keeps in another way; there is no translation")
	}
	config, err := t.config(l)
	if err != nil {
		return nil, err
	}
	class := canonical(l.Class)
	module, registered := "keras.layers", "null"
	isModel := l.is(modelClasses...)
	switch {
	case class == "Functional":
		module, registered = "keras.src.models.functional", pythonString(class)
	case class == "Sequential":
		module = "keras"
	case t.isOperation(l):
		if module = operationModules[class]; module == "" {
			return nil, l.refuse("it is a function of keras.ops whose module the file does not say")
		}
		registered = pythonString(class)
	}
	members := []string{
		jsonMember("module", pythonString(module)), jsonMember("class_name", pythonString(class)),
		jsonMember("config", config), jsonMember("registered_name", registered),
	}
	if built := t.built(l); built != "" {
		members = append(members, jsonMember("build_config", built))
	}
	if isModel {
		members = append(members, jsonMember("compile_config", "{}"))
	}
	if id := t.identity(l); id != "" {
		members = append(members, jsonMember("shared_object_id", id))
	}
	return members, nil
}

// identity returns the shared_object_id by which Keras knows a layer that is in several
// places again; "" of any other.
func (t *translation) identity(l *Layer) string {
	first := l.first()
	switch {
	case !t.keras2:
		return l.shared
	case l.same == nil && len(l.others) == 0:
		return ""
	case t.shared[first] == 0:
		t.shared[first] = len(t.shared) + 1
	}
	return fmt.Sprint(t.shared[first])
}

// builtAtOnce are the classes that need no input shape to be built: Keras 3 writes no
// build_config for them.
var builtAtOnce = strings.Fields(`InputLayer Activation ReLU LeakyReLU ELU Softmax UnitNormalization Masking
	ActivityRegularization Identity Dropout SpatialDropout1D AlphaDropout GaussianDropout GaussianNoise Reshape
	MaxPooling1D AveragePooling1D GlobalMaxPooling1D GlobalAveragePooling1D`)

// built returns the build_config of a layer, the shape of the input that it was built for;
// "" if it has none.
func (t *translation) built(l *Layer) string {
	class := canonical(l.Class)
	switch {
	case l.built != nil && !t.keras2:
		return string(l.built)
	case class == "Functional":
		return jsonObject(jsonMember("input_shape", "null"))
	case slices.Contains(builtAtOnce, class) || t.isOperation(l):
		return ""
	}
	shape := t.inputShape(l)
	switch {
	case l.is("StringLookup", "IntegerLookup"): // whose input may have any shape
		return "{}"
	case class == "Sequential":
		shape = t.sequentialShape(l)
	}
	if shape == "" {
		return ""
	}
	return jsonObject(jsonMember("input_shape", shape))
}

// sequentialShape returns the shape of what a Sequential model takes. The whole model
// is not called itself.
func (t *translation) sequentialShape(l *Layer) string {
	for _, called := range append([]*Layer{l}, l.Layers[:min(2, len(l.Layers))]...) { // the second is after an input layer
		if shape := t.inputShape(called); shape != "" {
			return shape
		}
	}
	return ""
}

// inputShape returns the shape of a layer's input, or a list of the shapes of several; "" if
// the layer is not called.
func (t *translation) inputShape(l *Layer) string {
	in := t.traces.in[l]
	switch {
	case len(in) == 0:
		return ""
	case len(in) == 1 || l.is(recurrentClasses...):
		return shapeJSON(in[0].shape)
	}
	list := make([]string, len(in))
	for i, x := range in {
		list[i] = shapeJSON(x.shape)
	}
	return jsonList(list)
}

// config returns the configuration of a layer, with those of the layers in it.
func (t *translation) config(l *Layer) (string, error) {
	switch class := canonical(l.Class); {
	case class == "Functional":
		return t.functional(l)
	case class == "Sequential":
		return t.sequential(l)
	case l.wrapper:
		return t.wrapped(l)
	case t.keras2 && l.is("InputLayer"):
		return t.input(l)
	case t.keras2:
		members, err := t.layerMembers(l)
		return jsonObject(members...), err
	}
	return string(l.Config), nil
}

func (t *translation) functional(l *Layer) (string, error) {
	layers := make([]string, len(l.Layers))
	for i, inner := range l.Layers {
		members, err := t.members(inner)
		if err != nil {
			return "", err
		}
		nodes, err := t.nodes(inner, l.graph)
		if err != nil {
			return "", inner.refuse("%w", err)
		}
		members = append(members, jsonMember("name", pythonString(inner.Name)), jsonMember("inbound_nodes", nodes))
		layers[i] = jsonObject(members...)
	}
	list := jsonMember("layers", jsonList(layers))
	if !t.keras2 {
		rest := without(l.Config, "layers")
		return jsonObject(append(rest, list)...), nil
	}
	inputs, err := t.ends(l, "input_layers", l.graph.Inputs)
	if err != nil {
		return "", err
	}
	outputs, err := t.ends(l, "output_layers", l.graph.Outputs)
	if err != nil {
		return "", err
	}
	return jsonObject(jsonMember("name", pythonString(l.Name)), jsonMember("trainable", trainable(l)), list,
		jsonMember("input_layers", inputs), jsonMember("output_layers", outputs)), nil
}

func (t *translation) sequential(l *Layer) (string, error) {
	var layers []string
	shape := t.sequentialShape(l)
	if len(l.Layers) > 0 {
		first := l.Layers[0]
		if t.keras2 && !first.is("InputLayer") && first.graph == nil && shape != "" {
			layers = append(layers, jsonObject(jsonMember("module", `"keras.layers"`), jsonMember("class_name", `"InputLayer"`),
				jsonMember("config", inputConfig(first.Name+"_input", shape, `"float32"`)), jsonMember("registered_name", "null")))
		}
	}
	for _, inner := range l.Layers {
		text, err := t.object(inner)
		if err != nil {
			return "", err
		}
		layers = append(layers, text)
	}
	list := jsonMember("layers", jsonList(layers))
	if !t.keras2 {
		return jsonObject(append(without(l.Config, "layers"), list)...), nil
	}
	members := []string{jsonMember("name", pythonString(l.Name)), jsonMember("trainable", trainable(l)), jsonMember("dtype", policyJSON("float32")), list}
	if shape != "" {
		members = append(members, jsonMember("build_input_shape", shape))
	}
	return jsonObject(members...), nil
}

// wrapped returns the configuration of a wrapper.
func (t *translation) wrapped(l *Layer) (string, error) {
	if !t.keras2 {
		if l.Layers[0].graph == nil {
			return string(l.Config), nil
		}
		inner, err := t.object(l.Layers[0])
		return jsonObject(append(without(l.Config, "layer"), jsonMember("layer", inner))...), err
	}
	members, err := t.layerMembers(l)
	if err != nil {
		return "", err
	}
	if l.is("Bidirectional") {
		forward, backward, err := t.directions(l)
		return jsonObject(append(members, jsonMember("layer", forward), jsonMember("backward_layer", backward))...), err
	}
	inner, err := t.object(l.Layers[0])
	return jsonObject(append(members, jsonMember("layer", inner))...), err
}

// directions returns the two layers of a Bidirectional. Keras 2 writes the second only if it
// was given; Keras 3 writes both, with names of their own.
func (t *translation) directions(l *Layer) (forward, backward string, err error) {
	first := l.Layers[0]
	if forward, err = t.direction(l, first, "forward_", first.Config); err != nil {
		return "", "", err
	}
	if o, ok := parseObject(member(l.Config, "backward_layer")); ok {
		second := (&parser{keras2: t.keras2}).describe(o)
		backward, err = t.direction(l, second, "backward_", second.Config)
		return forward, backward, err
	}
	back := !configuration(members(first.Config)).flag("go_backwards", false)
	turned := append(without(first.Config, "go_backwards"), jsonMember("go_backwards", fmt.Sprint(back)))
	backward, err = t.direction(l, first, "backward_", json.RawMessage(jsonObject(turned...)))
	return forward, backward, err
}

// direction returns one layer of a Bidirectional l, with the given configuration.
func (t *translation) direction(l, inner *Layer, prefix string, config json.RawMessage) (string, error) {
	directed := *inner
	directed.Name = prefix + inner.Name
	zero := configuration(members(config)).flag("return_sequences", false)
	directed.Config = json.RawMessage(jsonObject(append(without(config, "name"),
		jsonMember("name", pythonString(directed.Name)), jsonMember("zero_output_for_mask", fmt.Sprint(zero)))...))
	directed.same, directed.others = nil, nil
	if in := t.traces.in[l]; len(in) > 0 {
		t.traces.in[&directed] = in[:1]
	}
	return t.object(&directed)
}
