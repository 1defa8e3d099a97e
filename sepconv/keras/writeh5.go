package keras

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sepconv/go/internal/hdf5"
)

// write writes the groups of the layers.
func (t *tree) write(w *hdf5.Writer, m *Model) error {
	root := t.root
	if m.config != nil && !m.keras2 {
		root = root.renumbered()
	}
	return root.write(w.Root(), m)
}

// renumbered returns the groups as Keras 3 names those of a model's layers, of which
// Keras 2.12 has other numbers and another container.
func (n *node) renumbered() *node {
	same := *n
	same.children = make([]*node, len(n.children))
	for i, c := range n.children {
		same.children[i] = c.renumbered()
	}
	if n.byName["layers"] != nil {
		return &same
	}
	for _, c := range same.children {
		if c.name != oldContainer {
			continue
		}
		c.name = "layers"
		c.children = c.inOrder()
		numbers := map[string]int{}
		for _, l := range c.children {
			class, _ := splitNumber(l.name)
			l.name = numbered(class, numbers)
		}
	}
	return &same
}

func (n *node) write(g *hdf5.GroupWriter, m *Model) error {
	if n.isLayer {
		vars := g.Group(varsName)
		if n.title != "" {
			vars.Attribute("name", n.title)
		}
		for _, t := range n.tensors {
			if err := m.writeTensor(vars, t); err != nil {
				return fmt.Errorf("group %.80q: %w", n.name, err)
			}
		}
	}
	for _, c := range n.children {
		if err := c.write(g.Group(c.name), m); err != nil {
			return err
		}
	}
	return nil
}

// writeTensor writes what has taken the place of an array: floating-point numbers as
// float32, to which they were converted, and integers as int64.
func (m *Model) writeTensor(g *hdf5.GroupWriter, t *Tensor) error {
	now, err := m.current(t)
	if err != nil {
		return err
	}
	if now.Err != nil {
		return fmt.Errorf("array %.80q of %s cannot be written: %w", t.key, now.DType, now.Err)
	}
	if now.Values == nil && !slices.Contains(now.Shape, 0) {
		return fmt.Errorf("array %.80q of %s holds no numbers and cannot be written", t.key, now.DType)
	}
	ints, err := now.integers()
	if err != nil {
		return err
	}
	if ints != nil {
		g.Dataset(t.key, now.Shape, ints)
	} else {
		g.Dataset(t.key, now.Shape, now.Values)
	}
	return nil
}

// write writes the groups of the layers as Keras 2 does, with the configuration if
// there is one.
func (s *legacy) write(w *hdf5.Writer, m *Model) error {
	g, version := w.Root(), m.Version
	if m.config != nil {
		version = m.writtenBy(m.dialect.generation())
		g.Attribute("backend", "tensorflow")
		g.Attribute("keras_version", version)
		g.Attribute("model_config", []byte(m.config))
		g = g.Group("model_weights")
	}
	names := make([]string, len(s.groups))
	for i, group := range s.groups {
		names[i] = group.name
	}
	attributeList(g, "layer_names", names)
	g.Attribute("backend", []byte("tensorflow"))
	if version != "" { // without one it is read as of Keras 1
		g.Attribute("keras_version", []byte(version))
	}
	sorted := slices.SortedFunc(slices.Values(s.groups), func(a, b legacyGroup) int { return strings.Compare(a.name, b.name) })
	if !slices.Contains(names, topName) {
		sorted = append(sorted, legacyGroup{topName, s.top})
	}
	for _, group := range sorted {
		if err := group.write(g.Group(group.name), m); err != nil {
			return fmt.Errorf("layer %.80q: %w", group.name, err)
		}
	}
	return nil
}

func (l *legacyGroup) write(g *hdf5.GroupWriter, m *Model) error {
	names := make([]string, len(l.tensors))
	for i, t := range l.tensors {
		names[i] = t.key
		if err := m.writeTensor(g, t); err != nil {
			return err
		}
	}
	attributeList(g, "weight_names", names)
	return nil
}

// attributeList writes a list of strings, in several attributes if it is long for
// one, as Keras and NumPy's array_split divide it.
func attributeList(g *hdf5.GroupWriter, name string, list []string) {
	width := 1
	for _, s := range list {
		width = max(width, len(s))
	}
	if len(list)*width <= hdf5.MaxFixedAttribute {
		g.Attribute(name, list)
		return
	}
	parts := 2
	for (len(list)+parts-1)/parts*width > hdf5.MaxFixedAttribute && parts < len(list) {
		parts++
	}
	for i := range parts {
		n := len(list) / (parts - i)
		if len(list)%(parts-i) != 0 {
			n++
		}
		g.Attribute(fmt.Sprint(name, i), list[:n])
		list = list[n:]
	}
}

// legacy is the weights as .h5 of Keras 2 has them.
func (s *plain) legacy() *legacy {
	out := &legacy{}
	for _, l := range s.layers {
		tensors := l.tensors(func(i int) string { return l.name + "/" + separableNames[i] + ":0" })
		out.groups = append(out.groups, legacyGroup{l.name, tensors})
	}
	return out
}
