package keras

import (
	"slices"
	"strconv"
)

// tree returns the weights as .keras has them.
func (t *translation) tree() (*tree, error) {
	root := &node{isLayer: true, title: t.model.Name}
	return &tree{root: root}, root.fill(t.model.Layers, map[*Layer]bool{})
}

// fill adds the groups of a model's layers. A layer that was in another model before
// has none, but its class is counted.
func (n *node) fill(layers []*Layer, seen map[*Layer]bool) error {
	groups, counts := n.descend("layers"), map[string]int{}
	for _, l := range layers {
		name := numbered(snakeCase(canonical(l.Class)), counts)
		if !seen[l.first()] {
			if err := groups.descend(name).fillLayer(l, seen); err != nil {
				return err
			}
		}
	}
	return nil
}

// fillLayer gives a group the arrays of a layer and the groups of those in it.
func (n *node) fillLayer(l *Layer, seen map[*Layer]bool) error {
	seen[l.first()] = true
	n.isLayer, n.title = true, l.Name
	switch {
	case l.is(modelClasses...):
		return n.fill(l.Layers, seen)
	case l.is("TimeDistributed") && l.wrapper:
		if inner := l.Layers[0]; !seen[inner.first()] {
			return n.descend("layer").fillLayer(inner, seen)
		}
	case len(l.Weights) > 0:
		v, ok := l.variables(input{channels: -1})
		if !ok || len(v.flat()) != len(l.Weights) {
			return l.refuse("it has %d arrays, whose places in Keras 3 are not known", len(l.Weights))
		}
		n.spread(v, l.Weights)
	}
	return nil
}

// home is the group of an array.
type home struct {
	group  *node
	frozen bool
}

// spread gives a group and those of its parts the arrays of a row, in which those that
// are trained come before the others.
func (n *node) spread(v variables, row []*Tensor) {
	homes := n.homes(v, nil)
	slices.SortStableFunc(homes, func(a, b home) int {
		switch {
		case a.frozen == b.frozen:
			return 0
		case b.frozen:
			return -1
		}
		return 1
	})
	for i, t := range row {
		g, moved := homes[i].group, *t
		moved.key = strconv.Itoa(len(g.tensors))
		g.tensors = append(g.tensors, &moved)
	}
}

func (n *node) homes(v variables, list []home) []home {
	for _, own := range v.own {
		list = append(list, home{n, own.frozen})
	}
	for _, p := range v.parts {
		part := n.descend(p.attribute)
		part.isLayer = true
		list = part.homes(p.variables, list)
	}
	return list
}
