package hdf5

import "slices"

// Kinds of header messages. Format specification, section IV.A.2.
const (
	messageNil          = 0x00
	messageDataspace    = 0x01
	messageLinkInfo     = 0x02
	messageDatatype     = 0x03
	messageFillOld      = 0x04
	messageFill         = 0x05
	messageLink         = 0x06
	messageExternal     = 0x07
	messageLayout       = 0x08
	messageGroupInfo    = 0x0a
	messageFilters      = 0x0b
	messageAttribute    = 0x0c
	messageContinuation = 0x10
	messageSymbolTable  = 0x11
	messageDriverInfo   = 0x14
	messageAttrInfo     = 0x15
	messageCacheImage   = 0x18
	messageLast         = 0x18
)

// Flags of header messages.
const (
	messageShared      = 1 << 1
	messageFailUnknown = 1 << 7
)

// A message is one part of an object's header.
type message struct {
	kind  uint16
	flags uint8
	body  cursor
}

// decoder returns a cursor over a message's body that is at its beginning.
func (m *message) decoder(what string) *cursor {
	c := m.body
	c.what = what
	return &c
}

// An object is the header of a group, a data set or a named type, and what has
// been decoded of it. Format specification, section IV.A.
type object struct {
	f        *file
	at       int64
	messages []message
	first    [messageLast + 1]int // index of the first message of a kind; -1: there is none

	links      []link // of a group, by name
	attributes []attribute
	decoded    bool // links and attributes are
}

// Approximate bytes of memory that what is decoded takes, beside its contents.
const (
	objectCost  = 512
	messageCost = 128
)

// object returns the object at an address, which it reads once.
func (f *file) object(at int64) (*object, error) {
	if o := f.objects[at]; o != nil {
		return o, nil
	}
	if err := f.allocate("object header", at, 1, objectCost); err != nil {
		return nil, err
	}
	o := &object{f: f, at: at}
	for i := range o.first {
		o.first[i] = -1
	}
	start := [4]byte{}
	if err := f.readInto("object header", start[:], at); err != nil {
		return nil, err
	}
	read := o.readVersion1
	if string(start[:]) == "OHDR" {
		read = o.readVersion2
	}
	if err := read(); err != nil {
		return nil, err
	}
	f.objects[at] = o
	return o, nil
}

// A block is a range of the file.
type block struct{ at, size int64 }

// blocks are the pieces of a header that are yet to be decoded.
type blocks struct {
	list    []block
	visited map[int64]bool
}

func newBlocks(first block) *blocks {
	return &blocks{[]block{first}, map[int64]bool{first.at: true}}
}

// readVersion1 reads a header of section IV.A.1.a.
func (o *object) readVersion1() error {
	c, err := o.f.cursor("object header", o.at, 16)
	if err != nil {
		return err
	}
	c.version(1)
	c.skip(1)
	count := int(c.uint16())
	c.skip(4) // references
	size := int64(c.uint32())
	if c.err != nil {
		return c.err
	}
	blocks := newBlocks(block{o.at + 16, size})
	for i := 0; i < len(blocks.list); i++ {
		c, err := o.f.cursor("object header", blocks.list[i].at, blocks.list[i].size)
		if err != nil {
			return err
		}
		for c.left() >= 8 && c.err == nil {
			kind, size, flags := c.uint16(), c.uint16(), c.uint8()
			c.skip(3)
			o.message(c, kind, flags, int(size), blocks)
			count--
		}
		if c.err != nil {
			return c.err
		}
	}
	if count > 0 {
		return o.f.errorf(ErrFormat, o.at, "object header: %d of its messages are missing", count)
	}
	return nil
}

// readVersion2 reads a header of section IV.A.1.b.
func (o *object) readVersion2() error {
	c, err := o.f.cursor("object header", o.at, min(64, o.f.size-o.at))
	if err != nil {
		return err
	}
	c.signature("OHDR")
	c.version(2)
	flags := c.uint8()
	if flags&(1<<5) != 0 {
		c.skip(16) // times
	}
	if flags&(1<<4) != 0 {
		c.skip(4) // where attributes become dense
	}
	size := c.size(1 << (flags & 3))
	if c.err != nil {
		return c.err
	}
	const checksum = 4
	first := int64(c.pos)
	if err := o.f.within("object header", o.at+first, size); err != nil {
		return err
	}
	blocks := newBlocks(block{o.at, first + size + checksum})
	for i := 0; i < len(blocks.list); i++ {
		c, err := o.f.cursor("object header", blocks.list[i].at, blocks.list[i].size)
		if err != nil {
			return err
		}
		if i == 0 {
			c.skip(int(first))
		} else {
			c.signature("OCHK")
		}
		prefix := 4
		if flags&(1<<2) != 0 {
			prefix = 6
		}
		for c.left() >= prefix+checksum && c.err == nil {
			kind, size, messageFlags := c.uint8(), c.uint16(), c.uint8()
			c.skip(prefix - 4) // order of creation
			o.message(c, uint16(kind), messageFlags, int(size), blocks)
		}
		c.skip(c.left() - checksum) // a gap too small for a message
		c.checksum()
		if c.err != nil {
			return c.err
		}
	}
	return nil
}

// message keeps a message whose body is next, or adds the block that it says the
// header continues in.
func (o *object) message(c *cursor, kind uint16, flags uint8, size int, blocks *blocks) {
	body := c.sub(c.what, size)
	switch {
	case c.err != nil || kind == messageNil:
	case kind == messageContinuation:
		next := block{body.defined("continuation"), body.length()}
		if c.err = body.err; c.err == nil && blocks.visited[next.at] {
			c.errorf(ErrFormat, c.pos, "the continuation at address %d is there twice, or contains itself", next.at)
		}
		blocks.visited[next.at] = true
		blocks.list = append(blocks.list, next)
	case kind <= messageLast:
		if o.first[kind] < 0 {
			o.first[kind] = len(o.messages)
		}
		c.err = o.f.allocate("header message", body.at, 1, messageCost)
		o.messages = append(o.messages, message{kind, flags, *body})
	case flags&messageFailUnknown != 0:
		c.errorf(ErrUnsupported, c.pos, "a message of kind %#x that must be understood", kind)
	}
}

// find returns the first message of a kind, or nil.
func (o *object) find(kind uint16) *message {
	if i := o.first[kind]; i >= 0 {
		return &o.messages[i]
	}
	return nil
}

// has reports whether there is a message of one of the kinds.
func (o *object) has(kinds ...uint16) bool {
	return slices.ContainsFunc(kinds, func(kind uint16) bool { return o.first[kind] >= 0 })
}

// shared follows a message that another object holds, such as a named type.
// Format specification, section IV.A.2: "Shared Message".
func (m *message) shared(what string) (*cursor, error) {
	c := m.decoder(what)
	if m.flags&messageShared == 0 {
		return c, nil
	}
	return c.followShared(m.kind, what)
}

// followShared decodes where a shared message is and returns a cursor over it.
func (c *cursor) followShared(kind uint16, what string) (*cursor, error) {
	switch c.version(1, 2, 3) {
	case 1:
		c.skip(1 + 6)
	case 2:
		c.skip(1)
	default:
		const inObjectHeader = 2
		if pos, where := c.pos, c.uint8(); where != inObjectHeader {
			return nil, c.errorf(ErrUnsupported, pos, "a message in the heap of shared messages (%d)", where)
		}
	}
	at := c.defined("shared message")
	if c.err != nil {
		return nil, c.err
	}
	o, err := c.f.object(at)
	if err != nil {
		return nil, err
	}
	m := o.find(kind)
	if m == nil || m.flags&messageShared != 0 {
		return nil, c.errorf(ErrFormat, 0, "the object at address %d holds no such message", at)
	}
	return m.decoder(what), nil
}
