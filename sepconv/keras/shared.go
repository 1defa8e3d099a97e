package keras

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"regexp"
)

// A layer, or a model in the model, that is in several places is one object, whose
// configuration Keras writes at each place and whose weights it saves at the first.
// Which places are one object it says with a shared_object_id, but not everywhere:
// at the first place it is lost if that is in a model in the model, of which Keras
// takes the configuration as it is before there is a second place; and to_json says
// nothing at all. Then the object is known by its name and configuration.

// first returns the first place of the layer.
func (l *Layer) first() *Layer {
	if l.same != nil {
		return l.same
	}
	return l
}

// Places goes through all places where the model has the layer, the first one first:
// those that are one object in Keras. Of a layer that is in one place it is that.
func (l *Layer) Places() iter.Seq[*Layer] {
	return func(yield func(*Layer) bool) {
		if l == nil {
			return
		}
		first := l.first()
		if !yield(first) {
			return
		}
		for _, other := range first.others {
			if !yield(other) {
				return
			}
		}
	}
}

// unite notes that l, which is one object with other so far unknown to be, is in the
// place of other too, and so are the layers in it.
func (l *Layer) unite(other *Layer) {
	first := other.first()
	if l == first || l.same != nil || len(l.others) > 0 {
		return
	}
	l.same = first
	first.others = append(first.others, l)
	if first.object == nil {
		first.object = &oneObject{}
	}
	for i, inner := range l.Layers {
		if i < len(first.Layers) && inner.resembles(first.Layers[i]) {
			inner.unite(first.Layers[i])
		}
	}
}

// resembles reports whether two places may be of one object.
func (l *Layer) resembles(other *Layer) bool {
	return l.Class == other.Class && l.Registered == other.Registered && l.Name == other.Name
}

// unite finds the places that are one object, as far as the configuration says, and
// those that the weights say.
func (m *Model) unite(twins map[*Layer]*Layer) {
	said := false
	for l := range m.All() {
		l.same, l.others = nil, nil
		said = said || l.shared != ""
	}
	if said {
		m.uniteByID()
	}
	for l := range m.All() {
		if twin := twins[l]; twin != nil {
			l.unite(twin)
		}
	}
}

func (m *Model) uniteByID() {
	byID, without, prints := map[string]*Layer{}, candidates{}, fingerprints{}
	for l := range m.All() {
		if l.shared != "" && l.same == nil {
			if first := byID[l.shared]; first != nil && l.resembles(first) {
				l.unite(first)
			} else if first == nil {
				if only := without[prints.of(l)]; only != nil {
					l.unite(only)
				}
			}
		}
		switch {
		case l.shared != "" && byID[l.shared] == nil:
			byID[l.shared] = l.first()
		case l.shared == "" && l.same == nil:
			without.add(prints.of(l), l)
		}
	}
}

// saved are the layers that the file of weights had so far.
type saved struct {
	pending []*Layer // not yet in only
	only    candidates
	prints  fingerprints
}

// recognize finds the object that a layer is one with by what the file has: in the
// group of a model there is one for each layer, but for those that were saved
// before, elsewhere. Such a layer is the one of the same name and configuration in
// another model, if there is only one.
func (a *assignment) recognize(l *Layer) bool {
	if l.same != nil || len(l.others) > 0 {
		return false // as the configuration says
	}
	for _, other := range a.saved.pending {
		if len(a.weights[other]) > 0 || len(a.parts[other]) > 0 || other.graph != nil {
			a.saved.only.add(a.saved.prints.of(other), other)
		}
	}
	a.saved.pending = nil
	only := a.saved.only[a.saved.prints.of(l)]
	if only == nil || only.parent == l.parent {
		return false
	}
	a.twin(l, only)
	return true
}

// twin notes that two places, and those in them, are one object.
func (a *assignment) twin(l, other *Layer) {
	a.twins[l] = other
	for i, inner := range l.Layers {
		if i < len(other.Layers) && inner.resembles(other.Layers[i]) {
			a.twin(inner, other.Layers[i])
		}
	}
}

// object returns the first place of a layer.
func (a *assignment) object(l *Layer) *Layer {
	if twin := a.twins[l]; twin != nil {
		l = twin
	}
	return l.first()
}

// share gives the arrays of an object to those of its places that have none, and
// with them the parts that only the file lists.
func (a *assignment) share() error {
	has := func(l *Layer) bool { return len(a.weights[l]) > 0 || len(a.parts[l]) > 0 }
	sources, parts := map[*Layer]*Layer{}, map[*Layer]int{}
	for l := range a.model.All() {
		if object := a.object(l); has(l) && sources[object] == nil {
			sources[object] = l
			visit(a.parts[l], func(*Layer) bool { parts[l]++; return true })
		}
	}
	left := maxObjects
	for l := range a.model.All() {
		source := sources[a.object(l)]
		if source == nil || has(l) {
			continue
		}
		if left -= parts[source]; left < 0 {
			return fmt.Errorf("layers that are in several places have more than %d parts there", maxObjects)
		}
		a.weights[l] = a.weights[source]
		if parts[source] > 0 {
			a.parts[l] = a.parts[source]
		}
	}
	return nil
}

// configured returns how many of Layers the configuration has; the others, such as
// the cell of a recurrent layer, only the weights have.
func (l *Layer) configured() int {
	switch {
	case l.wrapper:
		return 1
	case l.graph != nil:
		return len(l.Layers)
	}
	return 0
}

// fingerprint is a hash of what a layer is: its class, its name, and its configuration.
type fingerprint [sha256.Size]byte

// candidates are the only layers of their fingerprints; nil if there are several.
type candidates map[fingerprint]*Layer

func (c candidates) add(p fingerprint, l *Layer) {
	if old, seen := c[p]; seen && old != l {
		l = nil
	}
	c[p] = l
}

// fingerprints are those of layers for which they were asked.
type fingerprints map[*Layer]fingerprint

func (known fingerprints) of(l *Layer) fingerprint {
	if p, ok := known[l]; ok {
		return p
	}
	h := sha256.New()
	for _, s := range []string{l.Class, l.Registered, l.Name} {
		h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(s))))
		h.Write([]byte(s))
	}
	if l.graph == nil {
		h.Write(sharedID.ReplaceAll(l.Config, nil))
	} else {
		for _, inner := range l.Layers[:l.configured()] {
			p := known.of(inner)
			h.Write(p[:])
		}
	}
	p := fingerprint(h.Sum(nil))
	known[l] = p
	return p
}

// sharedID is what places of one object have in their configurations and others
// have not. In a string the quotes would come after backslashes.
var sharedID = regexp.MustCompile(`,\s*"shared_object_id":\s*\d+`)
