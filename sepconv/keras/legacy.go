package keras

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sepconv/go/internal/hdf5"
	"github.com/sepconv/go/sepconv"
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
		tensors, err := m.readLegacyLayer(g, name)
		if err != nil {
			return nil, "", fmt.Errorf("layer %.80q: %w", name, err)
		}
		s.groups = append(s.groups, legacyGroup{name, tensors})
	}
	if g.Has(topName) && !seen[topName] {
		if s.top, err = m.readLegacyLayer(g, topName); err != nil {
			return nil, "", fmt.Errorf("%s: %w", topName, err)
		}
	}
	return s, config, nil
}

func (m *Model) readLegacyLayer(g *hdf5.Group, name string) (tensors []*Tensor, err error) {
	if err := m.budget.Spend("the list of layers", 1, nodeCost); err != nil {
		return nil, err
	}
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
		// Its scope may be that of a layer in the layer, whose path has both names in it.
		// Strings of a file may be parts of each other, and cost it nothing.
		if err := m.budget.Spend("the paths of the layers", 1, nodeCost+int64(len(name)+len(w))); err != nil {
			return nil, err
		}
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
// into attributes with a number after the name.
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
			l.Weights = slices.Clone(g.tensors)
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

// assign gives the layers that have weights those of the groups that have some, in
// order, as Keras does, whatever the names: those of another instance of the model,
// or of layers that got other names after their variables, are not the same.
func (s *legacy) assign(a *assignment) error {
	if len(s.top) > 0 && classes[canonical(a.model.Class)].variables != nil {
		return fmt.Errorf("%w: the file has %d arrays of the model itself; a %s model has none", sepconv.ErrWeights, len(s.top), a.model.Class)
	}
	var groups []legacyGroup
	for _, g := range s.groups {
		if len(g.tensors) > 0 {
			groups = append(groups, g)
		}
	}
	layers, err := a.withWeights(groups)
	if err != nil {
		return err
	}
	for i, l := range layers {
		if err := a.giveGroup(l, groups[i]); err != nil {
			return err
		}
	}
	return a.share()
}

// withWeights returns the layers of the model that have arrays, one for each group.
// Of those of a class that is not known it is the groups' names or number that tell.
func (a *assignment) withWeights(groups []legacyGroup) (list []*Layer, err error) {
	if len(groups) == 0 && len(a.unbuilt) > 0 {
		return nil, nil
	}
	named := map[string]bool{}
	for _, g := range groups {
		named[g.name] = true
	}
	var all, certain, byName []*Layer
	for _, l := range a.model.Layers {
		row, ok := l.row()
		switch {
		case !ok:
			all = append(all, l)
			if named[l.Name] {
				byName = append(byName, l)
			}
		case len(row) > 0:
			all, certain, byName = append(all, l), append(certain, l), append(byName, l)
		}
	}
	for _, list := range [][]*Layer{byName, all, certain} {
		if len(list) == len(groups) {
			return list, nil
		}
	}
	return nil, fmt.Errorf("%w: the file has %s; the model has %s: Keras loads this format by their order", sepconv.ErrWeights,
		countOf(len(groups), groupNames(groups)), countOf(len(byName), layerNamesOf(byName)))
}

func groupNames(groups []legacyGroup) func(int) string {
	return func(i int) string { return groups[i].name }
}

func layerNamesOf(layers []*Layer) func(int) string {
	return func(i int) string { return layers[i].Name }
}

// countOf tells how many layers have weights, and which.
func countOf(n int, name func(int) string) string {
	const most = 5
	text := fmt.Sprintf("%d layers with weights", n)
	for i := range min(n, most) {
		text += fmt.Sprintf("%s %.40q", map[bool]string{true: ":", false: ","}[i == 0], name(i))
	}
	if n > most {
		text += ", ..."
	}
	return text
}

// giveGroup gives a layer the arrays of a group, and those in it theirs.
func (a *assignment) giveGroup(l *Layer, g legacyGroup) error {
	if row, ok := l.row(); ok {
		return a.giveRow(l, row, g.tensors)
	}
	switch {
	case l.wrapper: // of the user's, which may have arrays of its own
		if row, ok := l.Layers[0].row(); ok && len(row) == len(g.tensors) {
			return a.giveRow(l.Layers[0], row, g.tensors)
		}
	case l.graph != nil:
		return a.giveScopes(l, g.tensors)
	}
	return a.give(l, g.tensors)
}

// giveScopes gives the layers in a model their arrays by the names of the variables.
// That is for models in which the number of arrays of some layer is not known, so
// that their order does not tell; where it contradicts the names, nothing does.
func (a *assignment) giveScopes(l *Layer, tensors []*Tensor) error {
	scopes, byScope := scopesOf(tensors)
	inside := l.index()
	of := map[*Tensor]*Layer{}
	for _, scope := range scopes {
		inner := inside.find(scope)
		if inner == nil {
			return l.about(fmt.Errorf("%w: none of the layers in it is that of weights %.80q", sepconv.ErrWeights, scope))
		}
		if a.weights[inner] != nil {
			return l.about(fmt.Errorf("%w: two groups of weights are those of layer %.80q in it", sepconv.ErrWeights, inner.Name))
		}
		if err := a.give(inner, byScope[scope]); err != nil {
			return err
		}
		for _, t := range byScope[scope] {
			of[t] = inner
		}
	}
	if inner := l.outOfOrder(tensors, of); inner != nil {
		return l.about(fmt.Errorf("%w: the names of the weights say which are those of layer %.80q in it, their order says otherwise; Keras goes by the order, "+
			"which is not known here because of a class that is not Keras' own; save the model as %s", sepconv.ErrWeights, inner.Name, Archive))
	}
	return a.giveNothing(l)
}

// giveNothing reports layers in a layer that need arrays and got none.
func (a *assignment) giveNothing(l *Layer) (err error) {
	visit(l.Layers, func(inner *Layer) bool {
		if _, ok := a.weights[inner]; !ok && inner.graph == nil {
			err = a.give(inner, nil)
		}
		return err == nil
	})
	return err
}

// outOfOrder returns a layer whose arrays are not where they should be in the row of
// those of a model: the layers' trained arrays in their order, then the others in
// theirs. Of a layer of a class that is not known it is not known either which are
// trained: its arrays may be in both halves.
func (l *Layer) outOfOrder(tensors []*Tensor, of map[*Tensor]*Layer) *Layer {
	position, trained := map[*Layer]int{}, map[*Layer][]bool{}
	visit(l.Layers, func(inner *Layer) bool {
		position[inner] = len(position)
		if row, ok := inner.row(); ok {
			for _, s := range inFileOrder(row) {
				trained[inner] = append(trained[inner], s.trained)
			}
		}
		return true
	})
	last := map[bool]int{true: -1, false: -1} // of trained arrays, of others
	frozen, used := false, map[*Layer]int{}
	for _, t := range tensors {
		inner := of[t]
		n, at := used[inner], position[inner]
		used[inner]++
		if known := trained[inner]; known != nil {
			if frozen && known[n] {
				return inner
			}
			frozen = frozen || !known[n]
		} else if !frozen && at < last[true] && n > 0 {
			frozen = true // it has been there with those that are trained
		}
		if at < last[!frozen] {
			return inner
		}
		last[!frozen] = at
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
// name, after those of the models it is in, of which Keras may leave out some.
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
