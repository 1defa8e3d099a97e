package hdf5

// fixedArrayIndex is an array of where each chunk is. Format specification, section
// VII.C.
type fixedArrayIndex struct {
	*grid
	at int64
}

// An arrayHead is what the headers of fixed and extensible arrays begin with.
type arrayHead struct {
	client    uint8 // 1 if chunks are filtered
	entrySize int
}

// arrayHead decodes the beginning of a header.
func (g *grid) arrayHead(c *cursor, signature string) (h arrayHead) {
	c.signature(signature)
	c.version(0)
	pos := c.pos
	h.client = c.uint8()
	want := uint8(0)
	if len(g.filters) > 0 {
		want = 1
	}
	if h.client != want {
		c.errorf(ErrFormat, pos, "its kind is %d, not %d", h.client, want)
	}
	pos = c.pos
	h.entrySize = int(c.uint8())
	if len(g.filters) == 0 && h.entrySize != g.a.f.offsetSize || h.entrySize == 0 {
		c.errorf(ErrFormat, pos, "entries of %d bytes", h.entrySize)
	}
	return h
}

// blockHead decodes the beginning of a block that belongs to the array at an
// address.
func (h arrayHead) blockHead(c *cursor, signature string, owner int64) {
	c.signature(signature)
	c.version(0)
	pos := c.pos
	if client := c.uint8(); client != h.client {
		c.errorf(ErrFormat, pos, "its kind is %d, not %d", client, h.client)
	}
	pos = c.pos
	if found := c.address(); found != owner {
		c.errorf(ErrFormat, pos, "the block belongs to the array at address %d, not %d", found, owner)
	}
}

// entryAt decodes the entry at an offset of a block.
func (g *grid) entryAt(block *cursor, offset, size int) (chunk, error) {
	e := *block
	e.pos = offset
	c := g.entry(&e, size)
	return c, e.err
}

// maxPageBits bounds the size of pages; HDF5 writes 10.
const maxPageBits = 24

func (x fixedArrayIndex) chunks() ([]chunk, error) {
	const what = "fixed array"
	f := x.a.f
	if x.at == undefined {
		return nil, nil
	}
	c, err := f.cursor(what, x.at, int64(4+1+1+1+1+f.lengthSize+f.offsetSize+4))
	if err != nil {
		return nil, err
	}
	h := x.arrayHead(c, "FAHD")
	pos := c.pos
	pageBits := c.uint8()
	if pageBits > maxPageBits {
		c.errorf(ErrFormat, pos, "pages of 2^%d entries", pageBits)
	}
	count := c.length()
	data := c.address()
	c.checksum()
	if c.err != nil || data == undefined {
		return nil, c.err
	}
	p, err := x.pages(h, data, count, 1<<pageBits)
	if err != nil {
		return nil, err
	}
	return x.enumerate(notUnlimited, func(index uint64) (chunk, error) {
		if index >= uint64(count) {
			return notWritten, f.errorf(ErrFormat, x.at, "an array of %d entries for chunk %d", count, index)
		}
		return p.entry(x.grid, int64(index))
	})
}

// Pages are the entries of a block, in pages of which some may not have been
// written.
type pages struct {
	entrySize int
	size      int64 // entries in a page
	pages     []*cursor
}

// pages reads the data block of a fixed array.
func (x fixedArrayIndex) pages(h arrayHead, at, count, pageSize int64) (*pages, error) {
	const what, checksum = "data block of a fixed array", 4
	f := x.a.f
	head := int64(4 + 1 + 1 + f.offsetSize)
	if count <= pageSize {
		c, err := f.cursor(what, at, head+product(count, int64(h.entrySize))+checksum)
		if err != nil {
			return nil, err
		}
		h.blockHead(c, "FADB", x.at)
		entries := c.sub(what, int(count)*h.entrySize)
		c.checksum()
		return &pages{h.entrySize, pageSize, []*cursor{entries}}, c.err
	}
	n := ceilDiv(count, pageSize)
	c, err := f.cursor(what, at, head+ceilDiv(n, 8)+checksum)
	if err != nil {
		return nil, err
	}
	h.blockHead(c, "FADB", x.at)
	written := c.bytes(int(ceilDiv(n, 8)))
	c.checksum()
	if c.err != nil {
		return nil, c.err
	}
	return f.readPages(what, at+int64(c.pos), count, pageSize, h.entrySize, func(page int64) bool { return bit(written, page) })
}

// bit returns a bit of a bit map, which begins at the highest bit of a byte.
func bit(b []byte, i int64) bool { return b[i/8]&(0x80>>(i%8)) != 0 }

// readPages reads the pages that follow each other from an address, each with a
// checksum; those that were not written take space all the same.
func (f *file) readPages(what string, at, count, pageSize int64, entrySize int, written func(page int64) bool) (*pages, error) {
	const checksum, pageCost = 4, 16
	n := ceilDiv(count, pageSize)
	if err := f.allocate(what, at, n, pageCost); err != nil {
		return nil, err
	}
	p := &pages{entrySize, pageSize, make([]*cursor, n)}
	for i := range p.pages {
		size := min(pageSize, count-int64(i)*pageSize) * int64(entrySize)
		if written(int64(i)) {
			c, err := f.cursor(what, at, size+checksum)
			if err != nil {
				return nil, err
			}
			c.skip(int(size))
			c.checksum()
			if c.err != nil {
				return nil, c.err
			}
			p.pages[i] = c
		}
		at += size + checksum
	}
	return p, nil
}

// entry decodes an entry.
func (p *pages) entry(g *grid, index int64) (chunk, error) {
	page := p.pages[index/p.size]
	if page == nil {
		return notWritten, nil
	}
	return g.entryAt(page, int(index%p.size)*p.entrySize, p.entrySize)
}
