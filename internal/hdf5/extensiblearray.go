package hdf5

import "math/bits"

// extensibleArrayIndex is an array of where each chunk is, of a data set that may
// grow without limit along one dimension. Format specification, section VII.D.
type extensibleArrayIndex struct {
	*grid
	at int64
}

// An extensibleArray has its first entries in an index block, more in data blocks
// that the index block leads to, and the rest in data blocks that super blocks
// lead to. A super block and its data blocks have a level; each level has about
// twice as many entries as the one before.
type extensibleArray struct {
	extensibleArrayIndex
	arrayHead
	set          uint64 // entries that may have been written
	indexEntries uint64 // in the index block
	smallest     uint64 // entries in the smallest data block
	levels       int
	indexLevels  int // levels that need no super block
	pageSize     uint64
	blockOffset  int // bytes of a block's offset in the array

	entries     *cursor // of the index block
	dataBlocks  []int64 // that the index block leads to
	superBlocks []int64

	// What has been read. Addresses would not do as keys: a damaged file may have one
	// block at two places, where its size should differ.
	read  map[arrayBlock]*pages
	super map[int]*superBlock // by level
}

// An arrayBlock is a data block's level, and its number there.
type arrayBlock struct{ level, block int }

// A superBlock leads to data blocks of one level.
type superBlock struct {
	dataBlocks []int64
	written    []byte // a bit for each page of each data block
}

func (x extensibleArrayIndex) chunks() ([]chunk, error) {
	if x.at == undefined {
		return nil, nil
	}
	dim := notUnlimited
	for i, limit := range x.a.space.limit {
		if limit == unlimited {
			dim = i
			break
		}
	}
	if dim == notUnlimited {
		return nil, x.a.f.errorf(ErrFormat, x.at, "an extensible array for a data set that cannot grow without limit")
	}
	e, err := x.header()
	if err != nil || e == nil {
		return nil, err
	}
	return x.enumerate(dim, e.find)
}

// header reads the header and the index block; nil if nothing was ever written.
func (x extensibleArrayIndex) header() (*extensibleArray, error) {
	f := x.a.f
	c, err := f.cursor("extensible array", x.at, int64(4+1+1+1+5+6*f.lengthSize+f.offsetSize+4))
	if err != nil {
		return nil, err
	}
	e := &extensibleArray{extensibleArrayIndex: x, read: map[arrayBlock]*pages{}, super: map[int]*superBlock{}}
	e.arrayHead = x.arrayHead(c, "EAHD")
	pos := c.pos
	maxBits := int(c.uint8())
	e.indexEntries = uint64(c.uint8())
	e.smallest = uint64(c.uint8())
	pointers := int64(c.uint8())
	pageBits := c.uint8()
	c.skip(4 * f.lengthSize) // numbers of blocks and their sizes
	e.set = uint64(c.length())
	c.length() // entries that there is space for
	at := c.address()
	c.checksum()
	if c.err != nil || at == undefined {
		return nil, c.err
	}
	if maxBits > 63 || pageBits > maxPageBits || !powerOf2(int64(e.smallest)) || !powerOf2(pointers) || pointers < 2 ||
		maxBits < log2(int64(e.smallest)) {
		return nil, c.errorf(ErrFormat, pos, "2^%d entries, %d in a block, %d pointers, pages of 2^%d", maxBits, e.smallest, pointers, pageBits)
	}
	e.pageSize = 1 << pageBits
	e.levels = 1 + maxBits - log2(int64(e.smallest))
	e.indexLevels = min(e.levels, 2*log2(pointers))
	e.blockOffset = (maxBits + 7) / 8
	return e, e.indexBlock(at, int(2*(pointers-1)))
}

// indexBlock reads the index block.
func (e *extensibleArray) indexBlock(at int64, dataBlocks int) error {
	f := e.a.f
	superBlocks := e.levels - e.indexLevels
	entries := int(e.indexEntries) * e.entrySize
	size := 4 + 1 + 1 + f.offsetSize + entries + (dataBlocks+superBlocks)*f.offsetSize + 4
	c, err := f.cursor("index block of an extensible array", at, int64(size))
	if err != nil {
		return err
	}
	e.blockHead(c, "EAIB", e.extensibleArrayIndex.at)
	e.entries = c.sub(c.what, entries)
	e.dataBlocks = c.addresses(dataBlocks)
	e.superBlocks = c.addresses(superBlocks)
	c.checksum()
	return c.err
}

// addresses decodes n addresses.
func (c *cursor) addresses(n int) []int64 {
	if c.err == nil {
		c.err = c.f.allocate(c.what, c.at, int64(n), 8)
	}
	if c.err != nil {
		return nil
	}
	a := make([]int64, n)
	for i := range a {
		a[i] = c.address()
	}
	return a
}

// find finds the entry of a chunk.
func (e *extensibleArray) find(index uint64) (chunk, error) {
	switch {
	case index >= e.set:
		return notWritten, nil
	case index < e.indexEntries:
		return e.entryAt(e.entries, int(index)*e.entrySize, e.entrySize)
	}
	index -= e.indexEntries
	level := bits.Len64(index/e.smallest+1) - 1
	if level >= e.levels {
		return notWritten, e.a.f.errorf(ErrFormat, e.extensibleArrayIndex.at, "an extensible array of %d levels for chunk %d", e.levels, index)
	}
	index -= (1<<level - 1) * e.smallest // entries of the levels before
	perBlock := e.smallest << ((level + 1) / 2)
	block := int(index / perBlock)
	p, err := e.dataBlock(level, block, int64(perBlock))
	if err != nil || p == nil {
		return notWritten, err
	}
	return p.entry(e.grid, int64(index%perBlock))
}

// dataBlock returns a data block, which it reads once; nil if it was not written.
func (e *extensibleArray) dataBlock(level, block int, entries int64) (*pages, error) {
	key := arrayBlock{level, block}
	if p := e.read[key]; p != nil {
		return p, nil
	}
	p, err := e.locateBlock(level, block, entries)
	if err == nil && p != nil {
		e.read[key] = p
	}
	return p, err
}

// locateBlock finds and reads a data block.
func (e *extensibleArray) locateBlock(level, block int, entries int64) (*pages, error) {
	if level < e.indexLevels {
		i := blocksBefore(level) + block
		if i >= len(e.dataBlocks) {
			return nil, e.a.f.errorf(ErrFormat, e.extensibleArrayIndex.at, "an index block of %d data blocks has no number %d", len(e.dataBlocks), i)
		}
		return e.readBlock(e.dataBlocks[i], entries, nil, 0)
	}
	s, err := e.superBlock(level, entries)
	if err != nil || s == nil {
		return nil, err
	}
	return e.readBlock(s.dataBlocks[block], entries, s.written, int64(block)*(entries/int64(e.pageSize)))
}

// blocksBefore returns how many data blocks the levels before one have: 1, 1, 2,
// 2, 4, 4 and so on.
func blocksBefore(level int) int {
	n := 2 * (1<<(level/2) - 1)
	if level%2 != 0 {
		n += 1 << (level / 2)
	}
	return n
}

// superBlock returns the super block of a level, which it reads once; nil if it
// was not written.
func (e *extensibleArray) superBlock(level int, entries int64) (*superBlock, error) {
	f := e.a.f
	at := e.superBlocks[level-e.indexLevels]
	if at == undefined {
		return nil, nil
	}
	if s := e.super[level]; s != nil {
		return s, nil
	}
	n := int64(1) << (level / 2)
	written := int64(0)
	if pages := entries / int64(e.pageSize); pages > 1 {
		written = product(n, ceilDiv(pages, 8))
	}
	const what = "super block of an extensible array"
	c, err := f.cursor(what, at, int64(4+1+1+f.offsetSize+e.blockOffset)+written+product(n, int64(f.offsetSize))+4)
	if err != nil {
		return nil, err
	}
	e.blockHead(c, "EASB", e.extensibleArrayIndex.at)
	c.skip(e.blockOffset)
	s := &superBlock{written: c.bytes(int(written))}
	s.dataBlocks = c.addresses(int(n))
	c.checksum()
	if c.err != nil {
		return nil, c.err
	}
	e.super[level] = s
	return s, nil
}

// readBlock reads a data block; written says from bit first on which of its pages
// have been, if it has any.
func (e *extensibleArray) readBlock(at, entries int64, written []byte, first int64) (*pages, error) {
	const what, checksum = "data block of an extensible array", 4
	f := e.a.f
	if at == undefined {
		return nil, nil
	}
	pageSize := int64(e.pageSize)
	paged := entries > pageSize
	size := int64(4 + 1 + 1 + f.offsetSize + e.blockOffset)
	if !paged {
		size += product(entries, int64(e.entrySize))
	}
	c, err := f.cursor(what, at, size+checksum)
	if err != nil {
		return nil, err
	}
	e.blockHead(c, "EADB", e.extensibleArrayIndex.at)
	c.skip(e.blockOffset)
	p := &pages{e.entrySize, entries, []*cursor{c.sub(what, c.left()-checksum)}}
	c.checksum()
	if c.err != nil {
		return nil, c.err
	}
	if paged {
		p, err = f.readPages(what, at+int64(c.pos), entries, pageSize, e.entrySize, func(page int64) bool {
			return written == nil || bit(written, first+page)
		})
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}
