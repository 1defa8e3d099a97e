package keras

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/sepconv/go/sepconv"
)

// kept is what a model was when its weights were read, so that Save can tell what
// the caller has changed since.
type kept struct {
	layers []keptLayer
	places map[*Tensor][]place // of the arrays of the file
}

type keptLayer struct {
	layer  *Layer
	name   string
	class  string
	config []byte
	arrays int
}

// place is where an array of the file is among the layers' weights.
type place struct {
	layer *Layer
	index int
	shape []int
}

// keep keeps the weights as they are in the file, to write them there again.
func (m *Model) keep(s store) {
	m.store = s
	m.kept = &kept{places: map[*Tensor][]place{}}
	for l := range m.All() {
		m.kept.layers = append(m.kept.layers, keptLayer{l, l.Name, l.Class, l.Config, len(l.Weights)})
		for i, t := range l.Weights {
			m.kept.places[t] = append(m.kept.places[t], place{l, i, slices.Clone(t.Shape)})
		}
	}
}

// unchanged reports layers that are not those that were read, up to the values of
// their weights: the configuration is written as it was.
func (m *Model) unchanged() error {
	if m.kept == nil {
		return nil
	}
	n := 0
	var err error
	visitAll(m.Layers, func(l *Layer) bool {
		if n == len(m.kept.layers) || m.kept.layers[n].layer != l {
			err = fmt.Errorf("%w: the layers are not those that were read; Save writes the configuration as it was", sepconv.ErrConfig)
			return false
		}
		k := m.kept.layers[n]
		n++
		switch {
		case l.Name != k.name || l.Class != k.class || !bytes.Equal(l.Config, k.config):
			err = l.about(fmt.Errorf("%w: its name, class or configuration is not what was read; Save writes it as it was", sepconv.ErrConfig))
		case len(l.Weights) != k.arrays:
			err = l.about(fmt.Errorf("%w: it has %d arrays; it was read with %d", sepconv.ErrWeights, len(l.Weights), k.arrays))
		}
		return err == nil
	})
	if err == nil && n < len(m.kept.layers) {
		err = fmt.Errorf("%w: layer %.80q is missing; Save writes the configuration as it was", sepconv.ErrConfig, m.kept.layers[n].name)
	}
	return err
}

// visitAll is visit for layers that may be nil, for which it calls yield too.
func visitAll(layers []*Layer, yield func(*Layer) bool) bool {
	for _, l := range layers {
		if !yield(l) || l != nil && !visitAll(l.Layers, yield) {
			return false
		}
	}
	return true
}

// current returns what has taken the place of an array of the file.
func (m *Model) current(t *Tensor) (*Tensor, error) {
	if m.kept == nil {
		return t, t.check()
	}
	now := t
	for i, p := range m.kept.places[t] {
		if p.index >= len(p.layer.Weights) {
			return nil, p.layer.about(fmt.Errorf("%w: it has %d arrays; one is missing", sepconv.ErrWeights, len(p.layer.Weights)))
		}
		w := p.layer.Weights[p.index]
		switch {
		case w == nil:
			return nil, p.layer.about(fmt.Errorf("%w: array %d is nil", sepconv.ErrWeights, p.index))
		case !slices.Equal(w.Shape, p.shape):
			return nil, p.layer.about(fmt.Errorf("%w: array %.80q has shape %v; it was read with %v", sepconv.ErrWeights, w.Name, w.Shape, p.shape))
		case i > 0 && w != now && !slices.Equal(w.Values, now.Values):
			return nil, p.layer.about(fmt.Errorf("%w: array %.80q is not that of layer %.80q, which is the same object", sepconv.ErrWeights, w.Name, m.kept.places[t][0].layer.Path))
		}
		if err := w.check(); err != nil {
			return nil, p.layer.about(err)
		}
		if i == 0 {
			now = w
		}
	}
	return now, nil
}

// check reports an array whose values are not as many as its shape says.
func (t *Tensor) check() error {
	n := 1
	for _, length := range t.Shape {
		if n = times(n, length); n < 0 {
			return fmt.Errorf("%w: array %.80q has shape %v", sepconv.ErrWeights, t.Name, t.Shape)
		}
	}
	if t.Values != nil && len(t.Values) != n {
		return fmt.Errorf("%w: array %.80q has %d values; shape %v needs %d", sepconv.ErrWeights, t.Name, len(t.Values), t.Shape, n)
	}
	return nil
}

// integers returns the values of an array of integers, those that the caller has
// changed included; nil of any other array.
func (t *Tensor) integers() ([]int64, error) {
	if len(t.ints) != len(t.Values) {
		return nil, nil
	}
	var changed []int64
	for i, v := range t.Values {
		if float32(t.ints[i]) == v {
			continue
		}
		if v != float32(int64(v)) {
			return nil, fmt.Errorf("%w: array %.80q is of integers in the file; %g is none", sepconv.ErrWeights, t.Name, v)
		}
		if changed == nil {
			changed = slices.Clone(t.ints)
		}
		changed[i] = int64(v)
	}
	if changed != nil {
		return changed, nil
	}
	return t.ints, nil
}

// dialect is a form in which Keras writes the configuration of a model. Each
// generation reads only its own.
type dialect int

const (
	bareDialect   dialect = iota // what get_config returns, without the class
	keras3Objects                // of .keras and to_json of Keras 3
	keras3Legacy                 // of .h5 of Keras 3
	keras2Objects                // of .keras of Keras 2
	keras2Legacy                 // of .h5 and to_json of Keras 2
)

// dialectOf tells the form of a model's configuration.
func (m *Model) dialectOf(config []byte) dialect {
	objects := member(config, "module") != nil
	switch {
	case member(config, "class_name") == nil:
		return bareDialect
	case objects && m.keras2:
		return keras2Objects
	case objects:
		return keras3Objects
	case strings.HasPrefix(m.Version, "3."):
		return keras3Legacy
	}
	return keras2Legacy
}

// writtenBy returns the version of Keras to note in a file: the one that wrote the
// configuration, if it is of that generation.
func (m *Model) writtenBy(k Keras) string {
	if m.Version != "" && strings.HasPrefix(m.Version, "3.") == (k == Keras3) {
		return m.Version
	}
	return versions[k]
}

// generation is that of the Keras that the configuration is of.
func (d dialect) generation() Keras {
	if d == keras2Objects || d == keras2Legacy {
		return Keras2
	}
	return Keras3
}
