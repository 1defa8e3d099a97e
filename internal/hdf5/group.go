package hdf5

import (
	"fmt"
	"strings"
)

// A Kind is what a name in a group stands for.
type Kind uint8

// The kinds of names. Only groups and data sets can be opened.
const (
	KindMissing      Kind = iota // no such name, or no way to it
	KindGroup                    // a group
	KindDataset                  // a data set
	KindType                     // a type that data sets share
	KindSoftLink                 // another path, which is not followed
	KindExternalLink             // a path in another file, which is not followed
	KindUserLink                 // a link that only the program that made it understands
	KindUnreadable               // an object whose header is damaged or unsupported
)

var kindNames = [...]string{"missing", "group", "data set", "named type", "soft link", "external link", "user-defined link", "unreadable object"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("Kind(%d)", k)
}

// A Group holds named objects, and attributes.
type Group struct {
	node
	parent *Group // nil for the root
}

// A node is what groups and data sets have in common.
type node struct {
	object *object
	path   string
}

const nodeCost = 128

// Path returns the path that the group was opened by, from the root: "/" or "/a/b".
func (g *Group) Path() string { return g.path }

// AttributeNames returns the names of the attributes in the order of their bytes.
func (g *Group) AttributeNames() []string { return g.attributeNames() }

// Attribute returns the attribute of the given name.
func (g *Group) Attribute(name string) (*Value, error) { return g.attribute(name) }

func (n *node) attributeNames() []string {
	names := make([]string, len(n.object.attributes))
	for i, a := range n.object.attributes {
		names[i] = a.name
	}
	return names
}

func (n *node) attribute(name string) (*Value, error) {
	a := n.object.findAttribute(name)
	if a == nil {
		return nil, in(n.path, errorf(ErrNotExist, "no attribute %q; there are %d others", name, len(n.object.attributes)))
	}
	path := n.path + "@" + name
	if err := n.object.f.allocate("attribute", a.body.at, 1, nodeCost+int64(len(path))); err != nil {
		return nil, in(path, err)
	}
	v, err := a.value(path)
	return v, in(path, err)
}

// root returns the root group, whose header is at an address.
func (f *file) root(at int64) (*Group, error) {
	o, err := f.object(at)
	if err == nil && o.kind() != KindGroup {
		err = f.errorf(ErrFormat, at, "the root is a %v", o.kind())
	}
	if err == nil {
		err = o.decode()
	}
	if err != nil {
		return nil, in("/", err)
	}
	return &Group{node: node{o, "/"}}, nil
}

// kind tells what an object is from the messages it has.
func (o *object) kind() Kind {
	switch {
	case o.has(messageSymbolTable, messageLinkInfo, messageLink, messageGroupInfo):
		return KindGroup
	case o.has(messageLayout, messageDataspace):
		return KindDataset
	case o.has(messageDatatype):
		return KindType
	}
	return KindUnreadable
}

// decode reads the names of an object's links and attributes, once.
func (o *object) decode() error {
	if o.decoded {
		return nil
	}
	o.links, o.attributes = nil, nil // of an attempt that failed
	if o.kind() == KindGroup {
		if err := o.decodeLinks(); err != nil {
			return err
		}
	}
	if err := o.decodeAttributes(); err != nil {
		return err
	}
	o.decoded = true
	return nil
}

// Names returns the names of what the group holds, in the order of their bytes.
func (g *Group) Names() []string {
	names := make([]string, len(g.object.links))
	for i, l := range g.object.links {
		names[i] = l.name
	}
	return names
}

// Kind tells what a path stands for. Like all paths it counts from the group or,
// if it begins with a slash, from the root.
func (g *Group) Kind(path string) Kind {
	parent, name, err := g.walk(path)
	if err != nil {
		return KindMissing
	}
	if name == "" {
		return KindGroup
	}
	l := parent.object.findLink(name)
	switch {
	case l == nil:
		return KindMissing
	case l.kind != 0:
		return l.kind
	}
	o, err := g.object.f.object(l.at)
	if err != nil {
		return KindUnreadable
	}
	return o.kind()
}

// Has reports whether a path stands for anything; it may not be possible to open
// it.
func (g *Group) Has(path string) bool { return g.Kind(path) != KindMissing }

// Group opens the group of the given path.
func (g *Group) Group(path string) (*Group, error) {
	parent, name, err := g.walk(path)
	if err != nil || name == "" {
		return parent, err
	}
	return parent.child(name)
}

// Dataset opens the data set of the given path. It reads no values yet.
func (g *Group) Dataset(path string) (*Dataset, error) {
	parent, name, err := g.walk(path)
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, in(parent.path, errorf(ErrNotExist, "no data set; there is a group"))
	}
	n, err := parent.open(name, KindDataset)
	if err != nil {
		return nil, err
	}
	d, err := newDataset(n)
	return d, in(n.path, err)
}

// walk opens all groups of a path but the last, whose name it returns; "" if the
// path ends at the group it returns.
func (g *Group) walk(path string) (parent *Group, name string, err error) {
	if strings.HasPrefix(path, "/") {
		for g.parent != nil {
			g = g.parent
		}
	}
	for {
		path = strings.TrimLeft(path, "/")
		next, rest, more := strings.Cut(path, "/")
		if strings.Trim(rest, "/") == "" {
			more = false
		}
		if !more {
			return g, next, nil
		}
		if g, err = g.child(next); err != nil {
			return nil, "", err
		}
		path = rest
	}
}

// child opens a group in the group.
func (g *Group) child(name string) (*Group, error) {
	n, err := g.open(name, KindGroup)
	if err != nil {
		return nil, err
	}
	child := &Group{node: n, parent: g}
	depth := 0
	for a := g; a != nil; a = a.parent {
		if a.object == n.object {
			return nil, in(n.path, errorf(ErrFormat, "the group is its own ancestor %s", a.path))
		}
		if depth++; depth > maxDepth {
			return nil, in(n.path, errorf(ErrTooLarge, "groups are nested more than %d deep", maxDepth))
		}
	}
	return child, nil
}

// open reads the header of an object in the group, which must be of the given
// kind.
func (g *Group) open(name string, want Kind) (node, error) {
	path := strings.TrimSuffix(g.path, "/") + "/" + name
	l := g.object.findLink(name)
	if l == nil {
		return node{}, in(path, errorf(ErrNotExist, "no %v; the group holds %d other names", want, len(g.object.links)))
	}
	if l.kind != 0 {
		return node{}, in(path, errorf(ErrUnsupported, "this is a %v, and links are not followed", l.kind))
	}
	f := g.object.f
	o, err := f.object(l.at)
	if err != nil {
		return node{}, in(path, err)
	}
	if kind := o.kind(); kind != want {
		cause := ErrNotExist
		if kind == KindUnreadable {
			cause = ErrUnsupported
		}
		return node{}, in(path, f.errorf(cause, l.at, "no %v; there is a %v", want, kind))
	}
	if err := f.allocate("path", l.at, 1, nodeCost+int64(len(path))); err != nil {
		return node{}, in(path, err)
	}
	return node{o, path}, in(path, o.decode())
}
