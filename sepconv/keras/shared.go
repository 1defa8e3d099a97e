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

// unite finds the places that are one object, as far as the configuration says.
func (m *Model) unite() {
	byID, said := map[string]*Layer{}, false
	for l := range m.All() {
		l.same, l.others, l.found = nil, nil, false
		said = said || l.shared != ""
	}
	if !said {
		return
	}
	without := candidates{}
	prints := fingerprints{}
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

// recognize finds the places that are one object by what the file of weights has:
// in the group of a model there is one for each layer, but for those that were saved
// before, elsewhere. Such a layer is the one of the same name and configuration in
// another model, if there is only one.
func (m *Model) recognize() {
	missing := func(l *Layer) bool {
		return !l.found && l.same == nil && l.parent != nil && (l.parent == m.graph || l.parent.owner.isFound())
	}
	some := false
	for l := range m.All() {
		some = some || missing(l)
	}
	if !some {
		return
	}
	saved, prints := candidates{}, fingerprints{}
	for l := range m.All() {
		switch {
		case l.found && l.same == nil && l.holdsWeights():
			saved.add(prints.of(l), l)
		case missing(l):
			if only := saved[prints.of(l)]; only != nil && only.parent != l.parent {
				l.unite(only)
			}
		}
	}
}

func (l *Layer) isFound() bool { return l != nil && l.found }

// holdsWeights reports whether there are weights in the layer or in those in it.
func (l *Layer) holdsWeights() bool {
	return !visit([]*Layer{l}, func(l *Layer) bool { return len(l.Weights) == 0 })
}

// share gives the weights of an object to those of its places that have none, and
// with them the parts that only the weights list.
func (m *Model) share() error {
	sources, parts := map[*Layer]*Layer{}, map[*Layer]int{}
	for l := range m.All() {
		if first := l.first(); (l.found || len(l.Weights) > 0) && sources[first] == nil {
			sources[first] = l
			visit(l.Layers[l.configured():], func(*Layer) bool { parts[l]++; return true })
		}
	}
	left := maxObjects
	for l := range m.All() {
		source := sources[l.first()]
		if source == nil || source == l || l.found || len(l.Weights) > 0 {
			continue
		}
		l.Weights = source.Weights
		n := l.configured()
		if parts[source] == 0 || len(l.Layers) > n || source.configured() != n {
			continue
		}
		if left -= parts[source]; left < 0 {
			return fmt.Errorf("layers that are in several places have more than %d parts there", maxObjects)
		}
		l.Layers = append(l.Layers[:n:n], source.Layers[n:]...)
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
