package keras

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/hdf5"
)

// tree is the weights as .keras and .weights.h5 have them: a group for each layer,
// with the weights in its group vars, numbered, and the layers in it in groups
// named after the attributes of the Python object: "layers" of a model, "layer" of
// a wrapper. In "layers" each group has the name of the layer's class in snake
// case, with a number if the class occurs more than once; newer files add the
// layer's own name as an attribute of vars.
type tree struct {
	root   *node
	budget *budget.Budget // of the file
}

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

	nodeCost   = 1024 // about what a node takes, and a layer made of it
	tensorCost = 512  // and a Tensor, with its places in lists and maps
)

// allowance is what the groups of a file may still take.
type allowance struct {
	objects int
	memory  *budget.Budget
}

// take spends one object, of which a name makes so many groups.
func (a *allowance) take(groups int) error {
	if a.objects--; a.objects < 0 {
		return fmt.Errorf("more than %d groups and data sets", maxObjects)
	}
	return a.memory.Spend("the groups", int64(groups), nodeCost)
}

// spendPaths spends what the paths of all layers may take: each has all names above
// it in it, twice where the names of the groups are others than those of the layers.
func (t *tree) spendPaths() error {
	if !t.budget.Take(t.root.pathBytes(0), 2) {
		return t.budget.Exceeded("the paths of the layers, each with all names above it,")
	}
	return nil
}

// pathBytes returns how long the paths of the groups in a group are together, if
// its own takes prefix bytes.
func (n *node) pathBytes(prefix int64) (sum int64) {
	for _, c := range n.children {
		path := prefix + int64(max(len(c.name), len(c.title))) + 1
		sum += path + c.pathBytes(path)
	}
	return sum
}

// count returns how many groups there are in a group.
func (n *node) count() int {
	sum := len(n.children)
	for _, c := range n.children {
		sum += c.count()
	}
	return sum
}

// varsName is the group of a layer's own weights.
const varsName = "vars"

// read reads a group and what is in it.
func (n *node) read(g *hdf5.Group, depth int, left *allowance) error {
	for _, name := range g.Names() {
		groups := 1 + strings.Count(name, `\`)
		if err := left.take(groups); err != nil {
			return err
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
		if depth < groups {
			return fmt.Errorf("groups are nested more than %d deep", maxGroups)
		}
		if name == varsName {
			err = n.readVars(child, left)
		} else {
			err = n.descend(name).read(child, depth-groups, left)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// onlyTraining tells that a group of the root holds what only training needs.
func onlyTraining(name string) bool { return name == "optimizer" || name == "metrics" }

// notFollowed is the error about what is neither a group nor a data set.
func notFollowed(g *hdf5.Group, name string, kind hdf5.Kind) error {
	if kind == hdf5.KindUnreadable {
		if _, err := g.Group(name); err != nil {
			return err // which knows why
		}
	}
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

func (n *node) readVars(g *hdf5.Group, left *allowance) error {
	n.isLayer = true
	var err error
	if n.title, err = text(g, "name"); err != nil {
		return err
	}
	for _, name := range g.Names() {
		if err := left.take(0); err != nil {
			return err
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
// are not part of a layer's path. Keras 2 and 3.0 do not note the layers' names:
// then the path is that of the group, "layers/separable_conv1d_5", which is the
// sixth layer of that class whatever it is called.
func (t *tree) layers() []*Layer {
	list := t.root.layersIn("", "", false)
	if len(t.root.tensors) > 0 { // of a subclass of Model
		list = append([]*Layer{{Path: t.root.title, Name: t.root.title, Weights: slices.Clone(t.root.tensors)}}, list...)
	}
	return list
}

// inOrder returns the groups in a group by class and number.
func (n *node) inOrder() []*node {
	children := slices.Clone(n.children)
	slices.SortStableFunc(children, func(a, b *node) int {
		nameA, x := splitNumber(a.name)
		nameB, y := splitNumber(b.name)
		return cmp.Or(strings.Compare(nameA, nameB), cmp.Compare(x, y))
	})
	return children
}

// layersIn lists what has weights in a group. Of a layer's parts the groups are the
// names, those of attributes, where there are no others.
func (n *node) layersIn(prefix, group string, parts bool) (list []*Layer) {
	for _, c := range n.inOrder() {
		path := group + c.name
		switch {
		case c.empty():
		case c.isLayer:
			l := &Layer{Name: c.title, Path: prefix + c.title, Weights: slices.Clone(c.tensors)}
			switch {
			case c.title != "":
			case parts:
				l.Name, l.Path = c.name, prefix+c.name
			default:
				l.Path = path
			}
			l.Layers = c.layersIn(l.Path+"/", path+"/", parts)
			list = append(list, l)
		default:
			list = append(list, c.layersIn(prefix, path+"/", parts)...)
		}
	}
	return list
}

// assign finds the groups of a model's layers. A layer that is in several places is
// saved at the first of them.
func (t *tree) assign(a *assignment) error {
	if err := t.assignModel(a, a.model.Layers, t.root, map[*Layer]bool{}); err != nil {
		return err
	}
	if err := a.share(); err != nil {
		return err
	}
	for l := range a.model.All() {
		if _, there := a.weights[l]; there || l.graph != nil || l.parent == nil || l.isPattern() {
			continue
		}
		if err := t.hold(a, l, &node{}); err != nil {
			return l.about(err)
		}
	}
	return nil
}

// assignModel finds the groups of the layers of one model, which is a group; nil if
// the file has none of it. seen are the layers, by their first places, that have
// been there.
func (t *tree) assignModel(a *assignment, layers []*Layer, model *node, seen map[*Layer]bool) error {
	groups := model.groups()
	counts := map[string]int{}
	for _, l := range layers {
		class := snakeCase(l.Class)
		if l.IsKeras() {
			class = snakeCase(canonical(l.Class))
		}
		if l.keras2 && seen[l.first()] { // which Keras 3 counts nevertheless
			continue
		}
		group := groups.of(class, counts[class])
		counts[class]++
		if group == nil && model != nil && a.recognize(l) {
			continue
		}
		if err := t.take(a, l, group, seen); err != nil {
			return err
		}
	}
	return nil
}

// groupName is the name of the group of a class's layer number n of a model.
func groupName(class string, n int) string {
	if n == 0 {
		return class
	}
	return class + "_" + strconv.Itoa(n)
}

// groups are those of a model's layers.
type groups struct {
	container *node
	// ordered are the groups of each class in order, for Keras 2.12 and 2.13, whose
	// numbers have gaps.
	ordered map[string][]*node
}

// oldContainer is the attribute in which Keras 2.12 and 2.13 keep the layers.
const oldContainer = "_layer_checkpoint_dependencies"

// groups returns the groups in the attribute in which the model keeps its layers.
func (n *node) groups() groups {
	if n == nil {
		return groups{}
	}
	if c := n.byName["layers"]; c != nil {
		return groups{container: c}
	}
	old := n.byName[oldContainer]
	if old == nil {
		return groups{}
	}
	g := groups{ordered: map[string][]*node{}}
	for _, c := range old.inOrder() {
		class, _ := splitNumber(c.name)
		g.ordered[class] = append(g.ordered[class], c)
	}
	return g
}

// of returns the group of the layer number n of a class; nil if there is none.
func (g groups) of(class string, n int) *node {
	switch {
	case g.container != nil:
		return g.container.byName[groupName(class, n)]
	case n < len(g.ordered[class]):
		return g.ordered[class][n]
	}
	return nil
}

// take finds the arrays of a layer and of those in it in its group; nil if the file
// has none of it. What the configuration does not list becomes a layer in it if it
// has weights, such as the cell of a recurrent layer.
func (t *tree) take(a *assignment, l *Layer, group *node, seen map[*Layer]bool) error {
	model := group
	if group == nil {
		group = &node{}
	}
	seen[l.first()] = true
	if group.empty() && (l.same != nil || len(l.others) > 0) {
		return nil // it is saved at another place
	}
	if err := t.hold(a, l, group); err != nil {
		return l.about(err)
	}
	a.weights[l] = group.tensors
	a.saved.pending = append(a.saved.pending, l)
	if l.graph != nil && !l.wrapper {
		return t.assignModel(a, l.Layers, model, seen)
	}
	for _, c := range group.children {
		if l.wrapper && c.name == "layer" && !l.Layers[0].isPattern() {
			if err := t.take(a, l.Layers[0], c, seen); err != nil {
				return err
			}
			continue
		}
		if c.empty() {
			continue
		}
		inner := &node{name: c.name, children: []*node{c}}
		const copies = 3 // the path, and the prefixes of what is in it
		if err := t.budget.Spend("the paths of the parts of layers", copies*int64(1+c.count()), int64(len(l.Path)+1)); err != nil {
			return l.about(err)
		}
		a.parts[l] = append(a.parts[l], inner.layersIn(l.Path+"/", "", true)...)
	}
	if l.is("TimeDistributed") && l.wrapper && group.byName["layer"] == nil && !a.recognize(l.Layers[0]) {
		return t.take(a, l.Layers[0], nil, seen)
	}
	return nil
}

// isPattern reports whether the layer is the one in a Bidirectional, which has no
// weights: it is the pattern of two others.
func (l *Layer) isPattern() bool {
	return l.parent != nil && l.parent.owner != nil && l.parent.owner.wrapper && l.parent.owner.Class == "Bidirectional"
}

// hold reports a group whose arrays are not those of the layer's configuration.
func (t *tree) hold(a *assignment, l *Layer, group *node) error {
	if a.unbuilt[l] && group.empty() {
		return nil
	}
	v, ok := l.variables(input{shape: a.shapes[l], channels: -1})
	if !ok {
		return a.hold(l, group.tensors)
	}
	if first := group.first(v); first != nil {
		v, _ = l.known(a.shapes[l], []*Tensor{first})
	}
	return group.hold(v)
}

// first returns the first array that the variables have; nil if it is not there.
func (n *node) first(v variables) *Tensor {
	if n == nil {
		return nil
	}
	if len(v.own) > 0 || len(v.parts) == 0 {
		if len(n.tensors) == 0 {
			return nil
		}
		return n.tensors[0]
	}
	return n.part(v.parts[0].attribute).first(v.parts[0].variables)
}

// part returns the group of an attribute, which is private in some versions.
func (n *node) part(attribute string) *node {
	if c := n.byName[attribute]; c != nil {
		return c
	}
	return n.byName["_"+attribute]
}

// hold reports arrays that are not those that an object and the parts of it have.
func (n *node) hold(v variables) error {
	if err := checkArrays(v.own, n.tensors); err != nil {
		return err
	}
	for _, p := range v.parts {
		c := n.part(p.attribute)
		if c == nil {
			c = &node{}
		}
		if err := c.hold(p.variables); err != nil {
			return fmt.Errorf("%s: %w", p.attribute, err)
		}
	}
	return nil
}

var (
	notWord   = regexp.MustCompile(`[^\p{L}\p{N}_]+`) // Python's \W+
	wordStart = regexp.MustCompile(`(.)([A-Z][a-z]+)`)
	upperCase = regexp.MustCompile(`([a-z])([A-Z])`)
)

// snakeCase is Keras' to_snake_case: "SeparableConv1D" is "separable_conv1d".
func snakeCase(class string) string {
	class = notWord.ReplaceAllString(class, "")
	class = wordStart.ReplaceAllString(class, "${1}_$2")
	return strings.ToLower(upperCase.ReplaceAllString(class, "${1}_$2"))
}

// add adds another file with weights of the same model: a piece of a sharded
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
