package hdf5

// symbolTable reads the links of a group of the old style: a B-tree of nodes that
// hold the links, and a heap that holds their names. Format specification,
// sections IV.A.2.r and III.B to III.D.
func (o *object) symbolTable(c *cursor) error {
	tree, heap := c.defined("B-tree"), c.defined("local heap")
	if c.err != nil {
		return c.err
	}
	names, err := o.f.localHeap(heap)
	if err != nil {
		return err
	}
	return o.f.btree1(tree, 0, func(_ *cursor, child int64) error { return o.symbolNode(child, names) })
}

// localHeap returns the data segment of a local heap.
func (f *file) localHeap(at int64) (*cursor, error) {
	c, err := f.cursor("local heap", at, int64(8+2*f.lengthSize+f.offsetSize))
	if err != nil {
		return nil, err
	}
	c.signature("HEAP")
	c.version(0)
	c.skip(3)
	size := c.length()
	c.length() // free list
	data := c.defined("data segment")
	if c.err != nil {
		return nil, c.err
	}
	return f.cursor("local heap", data, size)
}

// symbolNode reads the links of one node.
func (o *object) symbolNode(at int64, names *cursor) error {
	const what = "symbol table node"
	f := o.f
	c, err := f.cursor(what, at, 8)
	if err != nil {
		return err
	}
	c.signature("SNOD")
	c.version(1)
	c.skip(1)
	count := int(c.uint16())
	if c.err != nil {
		return c.err
	}
	const (
		scratchSize  = 16
		symbolicLink = 2
	)
	entry := 2*f.offsetSize + 4 + 4 + scratchSize
	c, err = f.cursor(what, at+8, int64(count*entry))
	if err != nil {
		return err
	}
	for range count {
		nameOffset := c.size(f.offsetSize)
		pos := c.pos
		l := link{at: c.address()}
		if c.uint32() == symbolicLink {
			l.kind = KindSoftLink
		} else if l.at == undefined {
			c.errorf(ErrFormat, pos, "the address of an object is undefined")
		}
		c.skip(4 + scratchSize)
		if nameOffset >= int64(len(names.data)) {
			return c.errorf(ErrFormat, pos, "name at %d of a local heap of %d bytes", nameOffset, len(names.data))
		}
		name := *names
		name.pos = int(nameOffset)
		l.name = name.text()
		if name.err != nil {
			return name.err
		}
		if err := o.addLink(c, l); err != nil {
			return err
		}
	}
	return nil
}
