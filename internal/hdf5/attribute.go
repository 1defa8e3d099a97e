package hdf5

import (
	"slices"
	"strings"
)

// An attribute is the name of an attribute and its message, not yet decoded.
type attribute struct {
	name string
	body cursor
}

const attributeCost = 192

// decodeAttributes reads the names of all attributes of an object.
func (o *object) decodeAttributes() error {
	for i := range o.messages {
		m := &o.messages[i]
		var err error
		switch m.kind {
		case messageAttribute:
			if m.flags&messageShared != 0 {
				return m.body.errorf(ErrUnsupported, 0, "an attribute in the heap of shared messages")
			}
			err = o.addAttribute(m.decoder("attribute"))
		case messageAttrInfo:
			err = o.attributeInfo(m.decoder("attribute info message"))
		}
		if err != nil {
			return err
		}
	}
	slices.SortFunc(o.attributes, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
	for i := 1; i < len(o.attributes); i++ {
		if o.attributes[i].name == o.attributes[i-1].name {
			return o.f.errorf(ErrFormat, o.at, "two attributes of the name %q", o.attributes[i].name)
		}
	}
	return nil
}

// attributeInfo reads the names of dense attributes; if they are compact there is
// no heap. Format specification, section IV.A.2.v.
func (o *object) attributeInfo(c *cursor) error {
	c.version(0)
	if c.uint8()&1 != 0 {
		c.skip(2) // largest order of creation
	}
	heap, index := c.address(), c.address()
	if c.err != nil || heap == undefined {
		return c.err
	}
	h, err := o.f.fractalHeap(heap)
	if err != nil {
		return err
	}
	const byName = 8
	return o.f.btree2(index, byName, func(record *cursor) error {
		id := record.sub("heap ID", 8)
		flags := record.uint8()
		if record.err != nil {
			return record.err
		}
		if flags&messageShared != 0 {
			return record.errorf(ErrUnsupported, 0, "an attribute in the heap of shared messages")
		}
		c, err := h.object(id, "attribute")
		if err != nil {
			return err
		}
		return o.addAttribute(c)
	})
}

// addAttribute keeps an attribute.
func (o *object) addAttribute(c *cursor) error {
	head := *c
	h := head.attributeHead()
	if head.err != nil {
		return head.err
	}
	if err := o.f.allocate("attribute", c.at, 1, attributeCost+int64(len(h.name))); err != nil {
		return err
	}
	o.attributes = append(o.attributes, attribute{h.name, *c})
	return nil
}

// findAttribute returns the attribute of a name, or nil.
func (o *object) findAttribute(name string) *attribute {
	i, found := slices.BinarySearchFunc(o.attributes, name, func(a attribute, name string) int { return strings.Compare(a.name, name) })
	if !found {
		return nil
	}
	return &o.attributes[i]
}

// An attributeHead is the beginning of an attribute message. Format
// specification, section IV.A.2.m.
type attributeHead struct {
	version             uint8
	flags               uint8
	name                string
	typeSize, spaceSize int
}

// attributeHead decodes up to the type.
func (c *cursor) attributeHead() (h attributeHead) {
	h.version = c.version(1, 2, 3)
	h.flags = c.uint8()
	nameSize := int(c.uint16())
	h.typeSize, h.spaceSize = int(c.uint16()), int(c.uint16())
	if h.version == 1 {
		h.flags = 0
	}
	if h.version == 3 {
		c.skip(1) // character set
	}
	name := c.sub(c.what, nameSize)
	if c.err != nil {
		return h
	}
	h.name = name.text()
	c.err = name.err
	c.alignVersion1(h.version)
	return h
}

// alignVersion1 skips the padding that only attributes of version 1 have.
func (c *cursor) alignVersion1(version uint8) {
	if version == 1 {
		c.align()
	}
}

// value decodes the attribute.
func (a *attribute) value(path string) (*Value, error) {
	c := a.body
	h := c.attributeHead()
	datatype := c.sub("datatype", h.typeSize)
	c.alignVersion1(h.version)
	space := c.sub("dataspace", h.spaceSize)
	c.alignVersion1(h.version)
	if c.err != nil {
		return nil, c.err
	}
	const (
		sharedType  = 1 << 0
		sharedSpace = 1 << 1
	)
	if h.flags&sharedSpace != 0 {
		return nil, c.errorf(ErrUnsupported, 1, "a shared dataspace")
	}
	if h.flags&sharedType != 0 {
		var err error
		if datatype, err = datatype.followShared(messageDatatype, "datatype"); err != nil {
			return nil, err
		}
	}
	t, err := datatype.datatype()
	if err != nil {
		return nil, err
	}
	s, err := space.dataspace()
	if err != nil {
		return nil, err
	}
	v := &Value{array{f: c.f, path: path, kind: t, space: s}}
	size, err := v.bytes(c.at + int64(c.pos))
	if err != nil {
		return nil, err
	}
	if size > int64(c.left()) {
		return nil, c.errorf(ErrFormat, c.pos, "%v of shape %v takes %d bytes, and there are %d", t, s.shape, size, c.left())
	}
	v.storage = stored{c.at + int64(c.pos), c.bytes(int(size))}
	return v, nil
}
