package keras

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sepconv/go/internal/hdf5"
)

// legacy is the weights as .h5 of Keras 2 has them: a group for each layer of the
// model, with the names of its weights in order as an attribute. A model in the
// model is one layer there, whose weights are all those of its layers, the
// trainable ones before the others.
type legacy struct {
	groups []legacyGroup
	// top are the variables of the model itself.
	top []*Tensor
}

type legacyGroup struct {
	name    string
	tensors []*Tensor // whose keys are Keras' names of the variables: "conv/bias:0"
}

// topName is the group of the model's own variables.
const topName = "top_level_model_weights"

// readLegacy reads the weights, and the configuration of a whole model.
func (m *Model) readLegacy(root *hdf5.Group) (store, string, error) {
	config, err := text(root, "model_config")
	if err != nil {
		return nil, "", err
	}
	g := root
	if root.Has("model_weights") {
		if g, err = root.Group("model_weights"); err != nil {
			return nil, "", err
		}
	}
	for _, group := range []*hdf5.Group{root, g} {
		version, err := text(group, "keras_version")
		if err != nil {
			return nil, "", err
		}
		if m.Version == "" {
			m.Version = version
		}
	}
	s := &legacy{}
	layerNames, err := texts(g, "layer_names")
	if err != nil {
		return nil, "", err
	}
	seen := map[string]bool{}
	for _, name := range layerNames {
		if seen[name] {
			return nil, "", fmt.Errorf("layer %.80q twice", name)
		}
		seen[name] = true
		tensors, err := readLegacyLayer(g, name)
		if err != nil {
			return nil, "", fmt.Errorf("layer %.80q: %w", name, err)
		}
		s.groups = append(s.groups, legacyGroup{name, tensors})
	}
	if g.Has(topName) && !seen[topName] {
		if s.top, err = readLegacyLayer(g, topName); err != nil {
			return nil, "", fmt.Errorf("%s: %w", topName, err)
		}
	}
	return s, config, nil
}

func readLegacyLayer(g *hdf5.Group, name string) (tensors []*Tensor, err error) {
	layer, err := g.Group(name)
	if err != nil {
		return nil, err
	}
	weightNames, err := texts(layer, "weight_names")
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, w := range weightNames {
		if seen[w] {
			return nil, fmt.Errorf("weights %.80q twice", w)
		}
		seen[w] = true
		t, err := readTensor(layer, w)
		if err != nil {
			return nil, err
		}
		_, t.Name = scopeOf(w)
		tensors = append(tensors, t)
	}
	return tensors, nil
}

// texts returns an attribute that is a list of strings. Keras splits a long one
// into attributes with a number behind the name.
func texts(g *hdf5.Group, name string) (list []string, err error) {
	there := map[string]bool{}
	for _, a := range g.AttributeNames() {
		there[a] = true
	}
	parts := []string{name}
	if !there[name] {
		parts = nil
		for i := 0; there[fmt.Sprint(name, i)]; i++ {
			parts = append(parts, fmt.Sprint(name, i))
		}
	}
	for _, part := range parts {
		v, err := g.Attribute(part)
		if err != nil {
			return nil, err
		}
		names, err := v.Strings()
		if err != nil {
			return nil, err
		}
		list = append(list, names...)
	}
	return list, nil
}

// scopeOf splits the name of a variable, "encoder/conv/bias:0", into where it is
// and its own name.
func scopeOf(variable string) (scope, name string) {
	if i := strings.LastIndexByte(variable, ':'); i >= 0 {
		variable = variable[:i]
	}
	i := strings.LastIndexByte(variable, '/')
	return variable[:max(i, 0)], variable[i+1:]
}

// layers lists the layers of the file. Where weights of several are in one, they
// are layers in it, each by its scope.
func (s *legacy) layers() (list []*Layer) {
	groups := s.groups
	if len(s.top) > 0 {
		groups = append(slices.Clone(groups), legacyGroup{topName, s.top})
	}
	for _, g := range groups {
		if len(g.tensors) == 0 {
			continue
		}
		l := &Layer{Path: g.name, Name: g.name}
		scopes, byScope := scopesOf(g.tensors)
		if len(scopes) == 1 {
			l.Weights = g.tensors
		} else {
			for _, scope := range scopes {
				l.Layers = append(l.Layers, &Layer{Path: l.Path + "/" + scope, Name: scope, Weights: byScope[scope]})
			}
		}
		list = append(list, l)
	}
	return list
}

// scopesOf groups variables by their scopes, in the order of the first of each.
func scopesOf(tensors []*Tensor) (scopes []string, byScope map[string][]*Tensor) {
	byScope = map[string][]*Tensor{}
	for _, t := range tensors {
		scope, _ := scopeOf(t.key)
		if byScope[scope] == nil {
			scopes = append(scopes, scope)
		}
		byScope[scope] = append(byScope[scope], t)
	}
	return scopes, byScope
}

// assign gives the layers of a model their weights: by the names of the groups, or
// by their order if those are the names that another instance of the model has. In
// a model in the model the scopes of the variables tell.
func (s *legacy) assign(m *Model) error {
	m.unite()
	layers, err := s.order(m.Layers)
	if err != nil {
		return err
	}
	for i, g := range s.groups {
		if layers[i] == nil {
			continue
		}
		if err := layers[i].takeLegacy(g.tensors); err != nil {
			return err
		}
	}
	return m.share()
}

// order returns the layer of each group; nil for one that has no weights.
func (s *legacy) order(layers []*Layer) ([]*Layer, error) {
	byName := map[string]*Layer{}
	for _, l := range layers {
		byName[l.Name] = l
	}
	found := make([]*Layer, len(s.groups))
	unknown := ""
	for i, g := range s.groups {
		if found[i] = byName[g.name]; found[i] == nil && len(g.tensors) > 0 {
			unknown = g.name
		}
	}
	if unknown == "" {
		return found, nil
	}
	if len(layers) == len(s.groups)+1 && layers[0].is("InputLayer") { // which a Sequential does not list
		layers = layers[1:]
	}
	if len(layers) == len(s.groups) {
		return layers, nil
	}
	return nil, fmt.Errorf("the file has weights of layer %.80q; the model has none of that name, and another number of layers", unknown)
}

// takeLegacy gives a layer weights, which may be those of the layers in it.
func (l *Layer) takeLegacy(tensors []*Tensor) error {
	switch {
	case l.graph == nil || len(tensors) == 0:
		l.Weights = tensors
		l.nameWeights()
		return nil
	case l.wrapper: // whose variables have its own name for their scope
		return l.Layers[0].takeLegacy(tensors)
	}
	scopes, byScope := scopesOf(tensors)
	inside := l.index()
	for _, scope := range scopes {
		inner := inside.find(scope)
		if inner == nil {
			return fmt.Errorf("layer %.80q: none of the layers in it is that of weights %.80q", l.Path, scope)
		}
		if inner.Weights != nil {
			return fmt.Errorf("layer %.80q: two groups of weights are those of layer %.80q in it", l.Path, inner.Name)
		}
		inner.Weights = byScope[scope]
		inner.nameWeights()
	}
	return nil
}

// index finds the layers in a model by what their variables are called.
type index struct {
	byPath map[string][]*Layer // below the model
	byName map[string][]*Layer
}

func (l *Layer) index() index {
	x := index{map[string][]*Layer{}, map[string][]*Layer{}}
	visit(l.Layers, func(inner *Layer) bool {
		target := inner
		if inner.wrapper { // whose variables have its own name for their scope
			target = inner.Layers[0]
		}
		path := strings.TrimPrefix(inner.Path, l.Path+"/")
		x.byPath[path] = append(x.byPath[path], target)
		if inner.graph == nil || inner.wrapper {
			x.byName[inner.Name] = append(x.byName[inner.Name], target)
		}
		return true
	})
	return x
}

// find returns the layer that variables of a scope are of. The scope is the layer's
// name, behind those of the models it is in, of which Keras may leave out some.
func (x *index) find(scope string) *Layer {
	if only := onlyOne(x.byPath[scope]); only != nil {
		return only
	}
	return onlyOne(x.byName[scope[strings.LastIndexByte(scope, '/')+1:]])
}

// onlyOne returns the first place of the only layer that there is; nil if there are
// several or none.
func onlyOne(places []*Layer) *Layer {
	for _, l := range places {
		if l.first() != places[0].first() {
			return nil
		}
	}
	if len(places) == 0 {
		return nil
	}
	return places[0]
}

func (s *legacy) add(other store) error {
	return errors.New("the weights of a model in this format are in one file")
}
