package hdf5

import "math/bits"

// A fractalHeap holds the links or attributes of one object when there are many.
// Format specification, section III.G.
type fractalHeap struct {
	f  *file
	at int64

	idSize       int
	checksummed  bool  // its direct blocks
	offsetSize   int   // bytes of an offset in the heap
	lengthSize   int   // bytes of an object's length
	hugeIndex    int64 // address of the B-tree of huge objects
	width        int64 // blocks in a row of the doubling table
	start        int64 // size of a block in the first two rows
	largestBlock int64
	root         int64
	rootRows     int // of the root indirect block; 0: the root is a direct block

	direct   map[int64]*cursor // blocks by address
	indirect map[int64]*cursor // entries of blocks by address
	huge     map[uint64]block
}

// fractalHeap reads the header of a heap.
func (f *file) fractalHeap(at int64) (*fractalHeap, error) {
	const what = "fractal heap"
	c, err := f.cursor(what, at, int64(4+1+2+2+1+4+12*f.lengthSize+3*f.offsetSize+2+2+2+2+4))
	if err != nil {
		return nil, err
	}
	h := &fractalHeap{f: f, at: at, direct: map[int64]*cursor{}, indirect: map[int64]*cursor{}}
	c.signature("FRHP")
	c.version(0)
	h.idSize = int(c.uint16())
	if filters := c.uint16(); filters != 0 {
		return nil, c.errorf(ErrUnsupported, 7, "its blocks are filtered")
	}
	h.checksummed = c.uint8()&(1<<1) != 0
	largest := uint64(c.uint32()) // object that is not huge
	c.length()                    // next number of a huge object
	h.hugeIndex = c.address()
	c.length()               // free bytes
	c.address()              // and where they are
	c.skip(8 * f.lengthSize) // sizes and numbers of objects
	pos := c.pos
	h.width = int64(c.uint16())
	h.start = c.length()
	h.largestBlock = c.length()
	heapBits := int(c.uint16())
	c.skip(2) // rows that the root began with
	h.root = c.address()
	h.rootRows = int(c.uint16())
	c.checksum()
	if c.err != nil {
		return nil, c.err
	}
	if !powerOf2(h.width) || !powerOf2(h.start) || !powerOf2(h.largestBlock) || h.start > h.largestBlock || heapBits > 63 || heapBits == 0 {
		return nil, c.errorf(ErrFormat, pos, "a doubling table of width %d, blocks of %d to %d bytes and %d bits",
			h.width, h.start, h.largestBlock, heapBits)
	}
	h.offsetSize = (heapBits + 7) / 8
	h.lengthSize = min((log2(h.largestBlock)+7)/8, bytesOf(largest))
	return h, nil
}

func powerOf2(n int64) bool { return n > 0 && n&(n-1) == 0 }

func log2(n int64) int { return bits.Len64(uint64(n)) - 1 }

// object returns a cursor over the object that the next ID of c names.
func (h *fractalHeap) object(c *cursor, what string) (*cursor, error) {
	const (
		managed = iota
		huge
		tiny
	)
	id := c.sub("heap ID", min(h.idSize, c.left()))
	head := id.uint8()
	if head>>6 != 0 {
		id.errorf(ErrUnsupported, 0, "version is %d, not 0", head>>6)
	}
	if id.err != nil {
		return nil, id.err
	}
	switch kind := head >> 4 & 3; kind {
	case managed:
		return h.managed(id, what)
	case huge:
		return h.hugeObject(id, what)
	case tiny: // for which any link or attribute is too large, if addresses have 4 bytes or more
		return nil, id.errorf(ErrUnsupported, 0, "an object that is in its ID")
	default:
		return nil, id.errorf(ErrFormat, 0, "its kind is %d, not 0 to 2", kind)
	}
}

// managed returns an object in a block of the doubling table.
func (h *fractalHeap) managed(id *cursor, what string) (*cursor, error) {
	offset, size := id.size(h.offsetSize), id.size(h.lengthSize)
	if id.err != nil {
		return nil, id.err
	}
	if h.root == undefined {
		return nil, id.errorf(ErrFormat, 0, "an object in a heap without blocks")
	}
	at, rest, blockSize := h.root, offset, h.start
	if h.rootRows > 0 {
		var err error
		if at, rest, blockSize, err = h.descend(h.root, offset, h.rootRows, 0); err != nil {
			return nil, err
		}
	}
	b, err := h.directBlock(at, blockSize)
	if err != nil {
		return nil, err
	}
	if rest > int64(len(b.data)) || size > int64(len(b.data))-rest {
		return nil, id.errorf(ErrFormat, 0, "an object of %d bytes at %d of a block of %d", size, rest, len(b.data))
	}
	o := *b
	o.pos = int(rest)
	return o.sub(what, int(size)), nil
}

// descend finds the direct block that an offset is in, from an indirect block of
// the given rows; rest is the offset in that block.
func (h *fractalHeap) descend(at, offset int64, rows, depth int) (block, rest, size int64, err error) {
	if depth > maxDepth {
		return 0, 0, 0, h.f.errorf(ErrFormat, at, "%s: it is %d deep", indirectBlock, depth)
	}
	firstBits := log2(h.start) + log2(h.width) // of the size of the first row
	row, size := 0, h.start
	if offset>>firstBits != 0 { // each row begins where its size is the next power of 2
		row = log2(offset) - firstBits + 1
		size = h.start << (row - 1)
		offset -= 1 << log2(offset)
	}
	if row >= rows {
		return 0, 0, 0, h.f.errorf(ErrFormat, at, "%s: row %d of %d", indirectBlock, row, rows)
	}
	entries, err := h.indirectBlock(at, rows)
	if err != nil {
		return 0, 0, 0, err
	}
	entries.pos = int(int64(row)*h.width+offset/size) * h.f.offsetSize
	child := entries.defined("child")
	if entries.err != nil {
		return 0, 0, 0, entries.err
	}
	rest = offset % size
	if size <= h.largestBlock {
		return child, rest, size, nil
	}
	return h.descend(child, rest, log2(size)-firstBits+1, depth+1)
}

const indirectBlock = "indirect block of a fractal heap"

// indirectBlock returns a cursor over the entries of an indirect block, which it
// reads once.
func (h *fractalHeap) indirectBlock(at int64, rows int) (cursor, error) {
	f := h.f
	size := int64(rows) * h.width * int64(f.offsetSize)
	if b := h.indirect[at]; b != nil && int64(len(b.data)) == size {
		return *b, nil
	}
	c, err := f.cursor(indirectBlock, at, int64(4+1+f.offsetSize+h.offsetSize)+size+4)
	if err != nil {
		return cursor{}, err
	}
	c.signature("FHIB")
	c.version(0)
	h.checkOwner(c)
	c.skip(h.offsetSize)
	entries := c.sub(indirectBlock, int(size))
	c.checksum()
	if c.err != nil {
		return cursor{}, c.err
	}
	h.indirect[at] = entries
	return *entries, nil
}

// checkOwner checks that a block belongs to the heap.
func (h *fractalHeap) checkOwner(c *cursor) {
	pos := c.pos
	if owner := c.address(); owner != h.at && c.err == nil {
		c.errorf(ErrFormat, pos, "the block belongs to the heap at address %d, not %d", owner, h.at)
	}
}

// directBlock returns a direct block, which it reads once.
func (h *fractalHeap) directBlock(at, size int64) (*cursor, error) {
	if b := h.direct[at]; b != nil && int64(len(b.data)) == size {
		return b, nil
	}
	c, err := h.f.cursor("direct block of a fractal heap", at, size)
	if err != nil {
		return nil, err
	}
	c.signature("FHDB")
	c.version(0)
	h.checkOwner(c)
	c.skip(h.offsetSize)
	if h.checksummed {
		c.blockChecksum()
	}
	if c.err != nil {
		return nil, c.err
	}
	h.direct[at] = c
	return c, nil
}

// blockChecksum checks the checksum at the cursor, which is that of all the data
// with zeros in the checksum's own place.
func (c *cursor) blockChecksum() {
	pos := c.pos
	got := c.uint32()
	if c.err != nil {
		return
	}
	own := c.data[pos:c.pos]
	kept := [4]byte(own)
	clear(own)
	want := lookup3(c.data)
	copy(own, kept[:])
	if got != want && !ignoreChecksums {
		c.errorf(ErrFormat, pos, "checksum is %#08x, that of the data %#08x", got, want)
	}
}

// hugeObject returns an object that is on its own in the file. Its ID is a number
// that a B-tree leads on from.
func (h *fractalHeap) hugeObject(id *cursor, what string) (*cursor, error) {
	f := h.f
	if h.idSize > f.offsetSize+f.lengthSize { // HDF5 itself gives its heaps shorter ones
		return nil, id.errorf(ErrUnsupported, 0, "an ID of %d bytes, which has room for the object's address", h.idSize)
	}
	number := id.uint(min(f.lengthSize, h.idSize-1))
	if id.err != nil {
		return nil, id.err
	}
	if err := h.readHuge(); err != nil {
		return nil, err
	}
	b, found := h.huge[number]
	if !found {
		return nil, id.errorf(ErrFormat, 0, "there is no huge object %d", number)
	}
	return f.cursor(what, b.at, b.size)
}

// readHuge reads the B-tree of huge objects, once.
func (h *fractalHeap) readHuge() error {
	if h.huge != nil {
		return nil
	}
	huge := map[uint64]block{}
	const numbered = 1
	err := h.f.btree2(h.hugeIndex, numbered, func(record *cursor) error {
		b := block{record.defined("huge object"), record.length()}
		number := record.uint(h.f.lengthSize)
		if record.err != nil {
			return record.err
		}
		huge[number] = b
		return h.f.allocate("huge object", record.at, 1, 64)
	})
	if err == nil {
		h.huge = huge
	}
	return err
}
