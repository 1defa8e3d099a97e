package keras

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/sepconv"
)

// assignment is which arrays of a file the layers of a model get. Until it is
// committed nothing of the model changes.
type assignment struct {
	model   *Model
	shapes  map[*Layer][]int     // of the layers' inputs
	weights map[*Layer][]*Tensor // of the layers that are in the file
	parts   map[*Layer][]*Layer  // what the configuration does not list in a layer
	// unbuilt are the layers that may have no arrays though their class needs some,
	// because the model was saved before it was built.
	unbuilt map[*Layer]bool
	// twins are places that are one object with another one, of which only the file
	// of weights says it.
	twins map[*Layer]*Layer
	saved saved
}

// assign finds which arrays the layers get, and holds all to their configurations.
// A whole file may be of a model that was never built.
func (m *Model) assign(s store, whole bool) (*assignment, error) {
	a := &assignment{
		model:   m,
		shapes:  shapesOf(m),
		weights: map[*Layer][]*Tensor{},
		parts:   map[*Layer][]*Layer{},
		unbuilt: map[*Layer]bool{},
		twins:   map[*Layer]*Layer{},
		saved:   saved{only: candidates{}, prints: fingerprints{}},
	}
	if whole {
		a.findUnbuilt(m.Class, m.Layers)
	}
	m.unite(nil)
	if err := s.assign(a); err != nil {
		m.unite(m.twins)
		return nil, err
	}
	return a, nil
}

// findUnbuilt notes the layers of a Sequential model that knows nothing of its
// input: Keras builds it when it sees one.
func (a *assignment) findUnbuilt(class string, layers []*Layer) {
	open := class == "Sequential" && len(layers) > 0 && a.shapes[layers[0]] == nil
	for _, l := range layers {
		if open && l.builtShape() == nil && l.declaredShape() == nil {
			a.unbuilt[l] = true
			if l.wrapper {
				a.unbuilt[l.Layers[0]] = true
			}
		}
		if l.graph != nil && !l.wrapper {
			a.findUnbuilt(l.Class, l.Layers)
		}
	}
}

// give gives a layer its own arrays, after holding them to its configuration.
func (a *assignment) give(l *Layer, tensors []*Tensor) error {
	if err := a.hold(l, tensors); err != nil {
		return l.about(err)
	}
	a.weights[l] = tensors
	return nil
}

// hold reports arrays of a layer, with those of the parts in it, that are not those
// of its configuration. The arrays of a class that is not known must be like those
// that the layer had.
func (a *assignment) hold(l *Layer, tensors []*Tensor) error {
	if len(tensors) == 0 && a.unbuilt[l] {
		return nil
	}
	v, ok := l.known(a.shapes[l], tensors)
	if ok {
		return checkArrays(v.flat(), tensors)
	}
	if len(l.Weights) == 0 {
		return nil
	}
	return checkArrays(l.before(), tensors)
}

// before are the arrays that the layer has, as variables.
func (l *Layer) before() []variable {
	list := make([]variable, len(l.Weights))
	for i, t := range l.Weights {
		if t != nil {
			list[i] = variable{name: "array " + t.Name, shape: t.Shape}
		}
	}
	return list
}

// commit changes the model.
func (a *assignment) commit() {
	a.model.twins = a.twins
	a.model.unite(a.twins)
	for l := range a.model.All() {
		l.Weights = slices.Clone(a.weights[l]) // the store keeps its own list
		switch {
		case l.graph == nil:
			l.Layers = nil
		case l.wrapper:
			l.Layers = l.Layers[:1:1]
		}
	}
	for l, parts := range a.parts {
		l.Layers = append(l.Layers, parts...)
	}
	for l := range a.weights {
		l.nameWeights()
	}
}

// slot is the place of one array in the row of all arrays of a layer, in which the
// old format has those of the layers in it, too.
type slot struct {
	layer   *Layer
	trained bool
}

// row returns the places of a layer's arrays. ok is false if the class of one of the
// layers in it is not known, and with it the number of its arrays. A layer that is
// there twice has them once.
func (l *Layer) row() (row []slot, ok bool) {
	return l.appendRow(nil, true, map[*Layer]bool{})
}

func (l *Layer) appendRow(row []slot, trained bool, seen map[*Layer]bool) ([]slot, bool) {
	if seen[l.first()] {
		return row, true
	}
	seen[l.first()] = true
	trained = trained && configuration(members(l.Config)).flag("trainable", true)
	if inner, ok := l.nested(); ok {
		for _, i := range inner {
			if row, ok = i.appendRow(row, trained, seen); !ok {
				return nil, false
			}
		}
		return row, true
	}
	v, ok := l.variables(input{channels: -1})
	for _, each := range v.flat() {
		row = append(row, slot{l, trained && !each.frozen})
	}
	return row, ok
}

// nested returns the layers in a layer that has no arrays of its own.
func (l *Layer) nested() (inner []*Layer, ok bool) {
	switch {
	case !l.IsKeras():
		return nil, false
	case l.wrapper:
		return l.Layers[:1], l.is("TimeDistributed")
	}
	return l.Layers, l.graph != nil
}

// inFileOrder puts what is trained before the rest, as Keras does.
func inFileOrder(row []slot) []slot {
	sorted := slices.Clone(row)
	slices.SortStableFunc(sorted, func(a, b slot) int {
		switch {
		case a.trained == b.trained:
			return 0
		case a.trained:
			return -1
		}
		return 1
	})
	return sorted
}

// giveRow gives a layer and those in it their arrays out of a row of them.
func (a *assignment) giveRow(l *Layer, row []slot, tensors []*Tensor) error {
	if len(row) != len(tensors) {
		return l.about(fmt.Errorf("%w: the file has %d arrays of it; with the layers in it, it needs %d", sepconv.ErrWeights, len(tensors), len(row)))
	}
	each := map[*Layer][]*Tensor{}
	for i, s := range inFileOrder(row) {
		each[s.layer] = append(each[s.layer], tensors[i])
	}
	for i, s := range row {
		if i > 0 && row[i-1].layer == s.layer {
			continue
		}
		if err := a.give(s.layer, each[s.layer]); err != nil {
			return err
		}
	}
	return nil
}

// separableNames are Keras' names of the layer's weights, in its order.
var separableNames = []string{"depthwise_kernel", "pointwise_kernel", "bias"}

// nameWeights gives the weights of known classes the names that they have in
// Keras; the files of Keras 3 only number them.
func (l *Layer) nameWeights() {
	names := separableNames
	switch {
	case l.is("BatchNormalization"):
		names = batchNormNames(l.Config)
	case !l.IsSeparableConv1D():
		return
	}
	for i, t := range l.Weights {
		if i < len(names) {
			t.Name = names[i]
		}
	}
}
