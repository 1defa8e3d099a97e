package hdf5

import (
	"slices"
	"strings"
)

// A link is a name in a group and what it stands for.
type link struct {
	name string
	kind Kind  // of links that lead nowhere: KindSoftLink, KindExternalLink, KindUserLink; else 0
	at   int64 // address of the object, if kind is 0
}

const linkCost = 64

// decodeLinks reads all links of a group, in whichever of the three ways they are
// stored.
func (o *object) decodeLinks() error {
	for i := range o.messages {
		m := &o.messages[i]
		var err error
		switch m.kind {
		case messageSymbolTable:
			err = o.symbolTable(m.decoder("symbol table message"))
		case messageLink:
			err = o.linkMessage(m.decoder("link message"))
		case messageLinkInfo:
			err = o.linkInfo(m.decoder("link info message"))
		}
		if err != nil {
			return err
		}
	}
	slices.SortFunc(o.links, func(a, b link) int { return strings.Compare(a.name, b.name) })
	for i := 1; i < len(o.links); i++ {
		if o.links[i].name == o.links[i-1].name {
			return o.f.errorf(ErrFormat, o.at, "two links of the name %q in one group", o.links[i].name)
		}
	}
	return nil
}

// addLink keeps a link. An empty name, or one with a slash, could not be asked for.
func (o *object) addLink(c *cursor, l link) error {
	if c.err != nil {
		return c.err
	}
	if l.name == "" || l.name == "." || strings.Contains(l.name, "/") {
		return c.errorf(ErrFormat, 0, "%q as the name of a link", l.name)
	}
	if err := o.f.allocate("link", c.at, 1, linkCost+2*int64(len(l.name))); err != nil {
		return err
	}
	o.links = append(o.links, l)
	return nil
}

// findLink returns the link of a name, or nil.
func (o *object) findLink(name string) *link {
	i, found := slices.BinarySearchFunc(o.links, name, func(l link, name string) int { return strings.Compare(l.name, name) })
	if !found {
		return nil
	}
	return &o.links[i]
}

// linkMessage decodes a link of a compact or dense group. Format specification,
// section IV.A.2.g.
func (o *object) linkMessage(c *cursor) error {
	const (
		hard     = 0
		soft     = 1
		external = 64
	)
	c.version(1)
	flags, kind := c.uint8(), uint8(hard)
	if flags&(1<<3) != 0 {
		kind = c.uint8()
	}
	if flags&(1<<2) != 0 {
		c.skip(8) // order of creation
	}
	if flags&(1<<4) != 0 {
		c.skip(1) // character set
	}
	length := c.size(1 << (flags & 3))
	l := link{name: string(c.bytes(int(min(length, int64(len(c.data)+1)))))}
	switch kind {
	case hard:
		l.at = c.defined("object")
	case soft:
		l.kind = KindSoftLink
	case external:
		l.kind = KindExternalLink
	default:
		l.kind = KindUserLink
	}
	return o.addLink(c, l)
}

// linkInfo reads the links of a dense group; a compact one has no heap. Format
// specification, section IV.A.2.c.
func (o *object) linkInfo(c *cursor) error {
	c.version(0)
	if c.uint8()&1 != 0 {
		c.skip(8) // largest order of creation
	}
	heap, index := c.address(), c.address()
	if c.err != nil || heap == undefined {
		return c.err
	}
	h, err := o.f.fractalHeap(heap)
	if err != nil {
		return err
	}
	const byName = 5
	return o.f.btree2(index, byName, func(record *cursor) error {
		record.skip(4) // hash
		c, err := h.object(record, "link message")
		if err != nil {
			return err
		}
		return o.linkMessage(c)
	})
}
