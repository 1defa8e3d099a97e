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
	missing []*Layer             // of which a file of Keras 3 has no group
	// unbuilt are the layers that may have no arrays though their class needs some,
	// because the model was saved before it was built.
	unbuilt map[*Layer]bool
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
	}
	if whole {
		a.findUnbuilt(m.Class, m.Layers)
	}
	if err := s.assign(a); err != nil {
		return nil, err
	}
	return a, nil
}

// findUnbuilt notes the layers of a Sequential model that knows nothing of its
// input: Keras builds it when it sees one.
func (a *assignment) findUnbuilt(class string, layers []*Layer) {
	open := class == "Sequential" && len(layers) > 0 && a.shapes[layers[0]] == nil
	for _, l := range layers {
		if open && l.statedShape() == nil {
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

// holdMissing reports layers of which the file has no group though they need arrays,
// and that are not one object with others either, which have them.
func (a *assignment) holdMissing() error {
	for _, l := range a.missing {
		if l.shared != "" || a.has(l) {
			continue
		}
		if err := a.hold(l, nil); err != nil {
			return l.about(err)
		}
	}
	return nil
}

// give gives a layer its own arrays, after holding them to its configuration.
func (a *assignment) give(l *Layer, tensors []*Tensor) error {
	if err := a.hold(l, tensors); err != nil {
		return l.about(err)
	}
	a.weights[l] = tensors
	return nil
}

// about says which layer an error is about.
func (l *Layer) about(err error) error { return fmt.Errorf("layer %.80q: %w", l.Path, err) }

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

// share gives the places of one object in several models the arrays that the file
// has for the first of them.
func (a *assignment) share() {
	saved := map[string]*Layer{}
	for l := range a.model.All() {
		if l.shared != "" && saved[l.shared] == nil && a.has(l) {
			saved[l.shared] = l
		}
	}
	for l := range a.model.All() {
		if same := saved[l.shared]; same != nil && same != l && !a.has(l) {
			a.shareWith(l, same)
		}
	}
}

// has reports whether the layer or one in it got arrays.
func (a *assignment) has(l *Layer) bool {
	return len(a.weights[l]) > 0 || len(a.parts[l]) > 0 || slices.ContainsFunc(l.Layers, a.has)
}

func (a *assignment) shareWith(l, same *Layer) {
	a.weights[l] = a.weights[same]
	if parts := a.parts[same]; parts != nil {
		a.parts[l] = parts
	}
	if len(l.Layers) == len(same.Layers) {
		for i := range l.Layers {
			a.shareWith(l.Layers[i], same.Layers[i])
		}
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
	return l.appendRow(nil, true, map[string]bool{})
}

func (l *Layer) appendRow(row []slot, trained bool, seen map[string]bool) ([]slot, bool) {
	if l.shared != "" {
		if seen[l.shared] {
			return row, true
		}
		seen[l.shared] = true
	}
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
	case l.Registered != "":
		return nil, false
	case l.wrapper:
		return l.Layers[:1], l.Class == "TimeDistributed"
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
