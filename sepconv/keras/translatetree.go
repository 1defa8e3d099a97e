package keras

import (
	"slices"
	"strconv"
)

// tree returns the weights as .keras has them.
func (t *translation) tree() *tree {
	root := &node{isLayer: true, title: t.model.Name}
	root.fill(t.model.Layers, map[*Layer]bool{})
	return &tree{root: root}
}

// fill adds the groups of a model's layers. A layer that was in another model before
// has none, but its class is counted.
func (n *node) fill(layers []*Layer, seen map[*Layer]bool) {
	groups, counts := n.descend("layers"), map[string]int{}
	for _, l := range layers {
		name := numbered(snakeCase(canonical(l.Class)), counts)
		if !seen[l.first()] {
			groups.descend(name).hold3(l, seen)
		}
	}
}

// hold3 gives a group what is in a layer.
func (n *node) hold3(l *Layer, seen map[*Layer]bool) {
	seen[l.first()] = true
	n.isLayer, n.title = true, l.Name
	switch {
	case l.is(modelClasses...):
		n.fill(l.Layers, seen)
	case l.is("TimeDistributed") && l.wrapper:
		if inner := l.Layers[0]; !seen[inner.first()] {
			n.descend("layer").hold3(inner, seen)
		}
	default:
		v, _ := l.variables(input{channels: -1}) // which was compiled, and so has what its class has
		n.spread(v, l.Weights)
	}
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
		if i >= len(homes) {
			return
		}
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
