package hdf5

import "bytes"

// A collection is a part of the global heap, where strings of variable length are.
// Format specification, section III.E.
type collection struct {
	at      int64
	data    string // strings that are read share its memory
	objects map[uint32]heapObject
}

// A heapObject is where an object is in the collection, and how much of it comes
// before the first NUL.
type heapObject struct {
	block
	text int64
}

const collectionCost = 96

// referenceSize returns the bytes of a reference to a string of variable length.
func (f *file) referenceSize() int { return 4 + f.offsetSize + 4 }

// reference decodes a reference to a string of variable length and returns the
// string. Section IV.B: "Variable-length".
func (c *cursor) reference() (string, error) {
	pos := c.pos
	length := int64(c.uint32())
	at, index := c.address(), c.uint32()
	if c.err != nil || length == 0 {
		return "", c.err
	}
	if at == undefined {
		return "", c.errorf(ErrFormat, pos, "the address of a string of %d bytes is undefined", length)
	}
	heap, err := c.f.collection(at)
	if err != nil {
		return "", err
	}
	o, found := heap.objects[index]
	if !found {
		return "", c.errorf(ErrFormat, pos, "the collection at address %d has no object %d", at, index)
	}
	if length > o.size {
		return "", c.errorf(ErrFormat, pos, "a string of %d bytes in an object of %d", length, o.size)
	}
	return heap.data[o.at : o.at+min(length, o.text)], nil
}

// collection returns the collection at an address, which it reads once.
func (f *file) collection(at int64) (*collection, error) {
	if h := f.heaps[at]; h != nil {
		return h, nil
	}
	const what = "global heap"
	head := (8 + f.lengthSize + 7) &^ 7 // of the collection, and of each object
	c, err := f.cursor(what, at, int64(head))
	if err != nil {
		return nil, err
	}
	c.signature("GCOL")
	c.version(1)
	c.skip(3)
	size := c.length()
	if c.err != nil {
		return nil, c.err
	}
	if err := f.within(what, at, size); err != nil {
		return nil, err
	}
	if err := f.allocate(what, at, size, 1); err != nil { // beside what cursor charges
		return nil, err
	}
	c, err = f.cursor(what, at, size)
	if err != nil {
		return nil, err
	}
	h := &collection{at: at, data: string(c.data), objects: map[uint32]heapObject{}}
	c.skip(head)
	for c.left() >= head && c.err == nil {
		index := uint32(c.uint16())
		c.skip(2 + 4) // references
		pos, size := c.pos, c.length()
		c.align()
		if index == 0 { // free space, which comes last
			break
		}
		o := heapObject{block{int64(c.pos), size}, size}
		if size > int64(c.left()) {
			return nil, c.errorf(ErrFormat, pos, "an object of %d bytes, and %d are left", size, c.left())
		}
		if n := bytes.IndexByte(c.bytes(int(size)), 0); n >= 0 {
			o.text = int64(n)
		}
		c.skip(min(c.left(), -c.pos&7))
		if _, twice := h.objects[index]; twice {
			c.errorf(ErrFormat, pos, "two objects of the number %d", index)
		}
		if err := f.allocate(what, at, 1, collectionCost); err != nil {
			return nil, err
		}
		h.objects[index] = o
	}
	if c.err != nil {
		return nil, c.err
	}
	f.heaps[at] = h
	return h, nil
}
