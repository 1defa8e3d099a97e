package keras

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/sepconv/go/internal/hdf5"
)

// tree is the weights as .keras and .weights.h5 have them: a group for each layer,
// with the weights in its group vars, numbered, and the layers in it in groups
// named after the attributes of the Python object: "layers" of a model, "layer" of
// a wrapper. In "layers" each group has the name of the layer's class in snake
// case, with a number if the class occurs more than once; newer files add the
// layer's own name as an attribute of vars.
type tree struct{ root *node }

type node struct {
	name     string // of the group
	title    string // the layer's own name, if the file says
	isLayer  bool   // it has a group vars
	tensors  []*Tensor
	children []*node
	byName   map[string]*node // the children
}

const (
	maxGroups  = 64      // depth of groups in groups
	maxObjects = 1 << 17 // groups and data sets in a file
)

// varsName is the group of a layer's own weights.
const varsName = "vars"

// read reads a group and what is in it.
func (n *node) read(g *hdf5.Group, depth int, left *int) error {
	for _, name := range g.Names() {
		if *left--; *left < 0 {
			return fmt.Errorf("more than %d groups and data sets", maxObjects)
		}
		if g.Path() == "/" && onlyTraining(name) {
			continue
		}
		switch kind := g.Kind(name); kind {
		case hdf5.KindGroup:
		case hdf5.KindDataset: // of no layer
			continue
		default:
			return notFollowed(g, name, kind)
		}
		child, err := g.Group(name)
		if err != nil {
			return err
		}
		if depth == 0 {
			return fmt.Errorf("groups are nested more than %d deep", maxGroups)
		}
		if name == varsName {
			err = n.readVars(child, left)
		} else {
			err = n.descend(name).read(child, depth-1, left)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// onlyTraining tells that a group of the root holds what only training needs.
func onlyTraining(name string) bool { return name == "optimizer" || name == "metrics" }

func notFollowed(g *hdf5.Group, name string, kind hdf5.Kind) error {
	return fmt.Errorf("%.80q in group %.80q: %v; only groups and data sets are read", name, g.Path(), kind)
}

// descend returns the child of a name, a new one if there is none. Keras on Windows
// joined the names of several groups with backslashes.
func (n *node) descend(name string) *node {
	for _, part := range strings.Split(name, `\`) {
		if part == "" {
			continue
		}
		next := n.byName[part]
		if next == nil {
			next = &node{name: part}
			if n.byName == nil {
				n.byName = map[string]*node{}
			}
			n.byName[part] = next
			n.children = append(n.children, next)
		}
		n = next
	}
	return n
}

func (n *node) readVars(g *hdf5.Group, left *int) error {
	n.isLayer = true
	var err error
	if n.title, err = text(g, "name"); err != nil {
		return err
	}
	for _, name := range g.Names() {
		if *left--; *left < 0 {
			return fmt.Errorf("more than %d groups and data sets", maxObjects)
		}
		if kind := g.Kind(name); kind == hdf5.KindGroup {
			continue // of the user's own making
		} else if kind != hdf5.KindDataset {
			return notFollowed(g, name, kind)
		}
		t, err := readTensor(g, name)
		if err != nil {
			return err
		}
		n.tensors = append(n.tensors, t)
	}
	n.sort()
	return nil
}

func (n *node) sort() {
	slices.SortFunc(n.tensors, func(a, b *Tensor) int { return byNumber(a.key, b.key) })
}

// empty tells that there are no weights in the group nor in those in it.
func (n *node) empty() bool {
	for _, c := range n.children {
		if !c.empty() {
			return false
		}
	}
	return len(n.tensors) == 0
}

// layers lists what has weights. Groups that only hold others, such as "layers",
// are not part of a layer's path.
func (t *tree) layers() []*Layer {
	list := t.root.layersIn("")
	if len(t.root.tensors) > 0 { // of a subclass of Model
		list = append([]*Layer{{Path: t.root.title, Name: t.root.title, Weights: t.root.tensors}}, list...)
	}
	return list
}

func (n *node) layersIn(prefix string) (list []*Layer) {
	children := slices.Clone(n.children)
	slices.SortStableFunc(children, func(a, b *node) int {
		nameA, x := splitNumber(a.name)
		nameB, y := splitNumber(b.name)
		if nameA != nameB {
			return strings.Compare(nameA, nameB)
		}
		return cmp.Compare(x, y)
	})
	for _, c := range children {
		switch {
		case c.empty():
		case c.isLayer:
			l := &Layer{Name: c.title, Weights: c.tensors}
			if l.Name == "" {
				l.Name = c.name
			}
			l.Path = prefix + l.Name
			l.Layers = c.layersIn(l.Path + "/")
			list = append(list, l)
		default:
			list = append(list, c.layersIn(prefix)...)
		}
	}
	return list
}

// assign gives the layers of a model their weights. A layer that is in several
// places is saved at the first of them.
func (t *tree) assign(m *Model) error {
	m.unite()
	assignModel(m.Layers, t.root)
	m.recognize()
	return m.share()
}

// assignModel gives the layers of one model, which is a group, their weights.
func assignModel(layers []*Layer, model *node) {
	for i, slot := range match(layers, model.slots()) {
		if slot != nil {
			layers[i].take(slot)
		}
	}
}

// slots returns the groups of a model's layers: those in the attribute in which the
// model keeps them, the second being that of Keras 2.12 and 2.13.
func (n *node) slots() []*node {
	for _, name := range []string{"layers", "_layer_checkpoint_dependencies"} {
		if c := n.byName[name]; c != nil {
			return c.children
		}
	}
	return nil
}

// take gives a layer the weights of its group, and the layers in it theirs. What
// the configuration does not list becomes a layer in it if it has weights, such as
// the cell of a recurrent layer.
func (l *Layer) take(slot *node) {
	l.found = true
	l.Weights = slot.tensors
	l.nameWeights()
	if l.graph != nil && !l.wrapper {
		assignModel(l.Layers, slot)
		return
	}
	for _, c := range slot.children {
		if l.wrapper && c.name == "layer" {
			l.Layers[0].take(c)
			continue
		}
		if c.empty() {
			continue
		}
		inner := &node{name: c.name, children: []*node{c}}
		l.Layers = append(l.Layers, inner.layersIn(l.Path+"/")...)
	}
}

// match finds the group of each layer of a model, class by class.
func match(layers []*Layer, slots []*node) []*node {
	found := make([]*node, len(layers))
	ofClass := map[string][]int{}
	for i, l := range layers {
		class := snakeCase(l.Class)
		ofClass[class] = append(ofClass[class], i)
	}
	groups := map[string][]*node{}
	for _, s := range slots {
		class, _ := splitNumber(s.name)
		groups[class] = append(groups[class], s)
	}
	for class, indices := range ofClass {
		matchClass(found, layers, indices, groups[class])
	}
	return found
}

// matchClass finds the groups of the layers of one class. They are in the same
// order, as Keras has it: whatever the layers' names, which another instance of
// the model may have other ones of, and whatever the groups' numbers, which Keras
// 2.12 counts otherwise. A layer that is saved at another place has none. If there
// still are not as many groups as layers, only names tell which is which.
func matchClass(found []*node, layers []*Layer, indices []int, slots []*node) {
	if len(slots) < len(indices) {
		indices = slices.DeleteFunc(slices.Clone(indices), func(i int) bool { return layers[i].same != nil })
	}
	if len(slots) == len(indices) {
		slices.SortStableFunc(slots, func(a, b *node) int {
			_, x := splitNumber(a.name)
			_, y := splitNumber(b.name)
			return cmp.Compare(x, y)
		})
		for n, i := range indices {
			found[i] = slots[n]
		}
		return
	}
	byTitle := map[string]*node{}
	for _, s := range slots {
		byTitle[s.title] = s
	}
	for _, i := range indices {
		if name := layers[i].Name; name != "" {
			found[i] = byTitle[name]
		}
	}
}

var (
	notWord   = regexp.MustCompile(`\W+`)
	wordStart = regexp.MustCompile(`(.)([A-Z][a-z]+)`)
	upperCase = regexp.MustCompile(`([a-z])([A-Z])`)
)

// snakeCase is Keras' to_snake_case: "SeparableConv1D" is "separable_conv1d".
func snakeCase(class string) string {
	class = notWord.ReplaceAllString(class, "")
	class = wordStart.ReplaceAllString(class, "${1}_$2")
	return strings.ToLower(upperCase.ReplaceAllString(class, "${1}_$2"))
}

// add takes up another file with weights of the same model: a piece of a sharded
// one, where the arrays of one layer may be in two.
func (t *tree) add(s store) error {
	other, ok := s.(*tree)
	if !ok {
		return errors.New("it is of another format than the file before it")
	}
	return t.root.merge(other.root)
}

func (n *node) merge(other *node) error {
	n.isLayer = n.isLayer || other.isLayer
	if n.title == "" {
		n.title = other.title
	}
	own := map[string]bool{}
	for _, t := range n.tensors {
		own[t.key] = true
	}
	for _, t := range other.tensors {
		if own[t.key] {
			return fmt.Errorf("array %.80q of group %.80q is in two files", t.key, n.name)
		}
		n.tensors = append(n.tensors, t)
	}
	n.sort()
	for _, c := range other.children {
		if err := n.descend(c.name).merge(c); err != nil {
			return err
		}
	}
	return nil
}
