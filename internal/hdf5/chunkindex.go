package hdf5

import "math/bits"

// A chunkIndex finds the chunks of a data set.
type chunkIndex interface {
	chunks() ([]chunk, error)
}

// layout3 decodes a layout of version 3, whose index is a B-tree of version 1.
// Format specification, section IV.A.2.i.
func (g *grid) layout3(c *cursor) (chunkIndex, error) {
	rank := int(c.uint8())
	at := c.address()
	if err := g.dimensions(c, rank, 4); err != nil {
		return nil, err
	}
	return tree1Index{g, at}, nil
}

// layout4 decodes a layout of version 4, which has an index of one of five kinds.
func (g *grid) layout4(c *cursor) (chunkIndex, error) {
	const (
		edgesUnfiltered = 1 << 0
		singleFiltered  = 1 << 1
	)
	flags := c.uint8()
	rank, size := int(c.uint8()), int(c.uint8())
	if size < 1 || size > 8 {
		c.errorf(ErrFormat, c.pos, "dimensions of %d bytes", size)
	}
	if err := g.dimensions(c, rank, size); err != nil {
		return nil, err
	}
	g.edges = flags&edgesUnfiltered == 0
	const (
		single = iota + 1
		implicit
		fixedArray
		extensibleArray
		tree2
	)
	pos := c.pos
	switch kind := c.uint8(); kind {
	case single:
		one := singleIndex{g: g, chunk: chunk{size: g.bytes}}
		if flags&singleFiltered != 0 {
			one.chunk.size = c.length()
			one.chunk.mask = c.uint32()
		}
		one.chunk.at = c.address()
		return one, c.err
	case implicit:
		return implicitIndex{g, c.address()}, c.err
	case fixedArray:
		c.skip(1)
		return fixedArrayIndex{g, c.address()}, c.err
	case extensibleArray:
		c.skip(5)
		return extensibleArrayIndex{g, c.address()}, c.err
	case tree2:
		c.skip(4 + 1 + 1)
		return tree2Index{g, c.address()}, c.err
	default:
		return nil, c.errorf(ErrUnsupported, pos, "an index of chunks of kind %d, not 1 to 5", kind)
	}
}

// tree1Index is a B-tree of version 1.
type tree1Index struct {
	*grid
	at int64
}

func (x tree1Index) chunks() (chunks []chunk, err error) {
	if x.at == undefined {
		return nil, nil
	}
	err = x.a.f.btree1(x.at, len(x.dims), func(key *cursor, child int64) (err error) {
		c := chunk{at: child, size: int64(key.uint32()), mask: key.uint32()}
		for i, n := range x.dims {
			pos := key.pos
			offset := key.size(8)
			if offset%int64(n) != 0 || offset >= int64(x.a.space.shape[i]) {
				return key.errorf(ErrFormat, pos, "a chunk at %d of dimension %d, which has %d", offset, i, x.a.space.shape[i])
			}
			c.cell = c.cell*x.counts[i] + int(offset/int64(n))
		}
		chunks, err = x.add(chunks, c)
		return err
	})
	return chunks, err
}

// tree2Index is a B-tree of version 2. Format specification, section III.A.2,
// records of kinds 10 and 11.
type tree2Index struct {
	*grid
	at int64
}

func (x tree2Index) chunks() (chunks []chunk, err error) {
	if x.at == undefined {
		return nil, nil
	}
	const (
		unfiltered = 10
		filtered   = 11
	)
	kind := uint8(unfiltered)
	if len(x.filters) > 0 {
		kind = filtered
	}
	err = x.a.f.btree2(x.at, kind, func(record *cursor) (err error) {
		c := x.entry(record, len(record.data)-8*len(x.dims))
		for i := range x.dims {
			pos := record.pos
			scaled := record.size(8)
			if scaled >= int64(x.counts[i]) {
				return record.errorf(ErrFormat, pos, "chunk %d of dimension %d, which has %d", scaled, i, x.counts[i])
			}
			c.cell = c.cell*x.counts[i] + int(scaled)
		}
		if record.err != nil {
			return record.err
		}
		chunks, err = x.add(chunks, c)
		return err
	})
	return chunks, err
}

// entry decodes where a chunk is from n bytes: its address and, if there are
// filters, its size and the filters that were left out.
func (g *grid) entry(c *cursor, n int) chunk {
	at := c.address()
	if len(g.filters) == 0 {
		return chunk{at: at, size: g.bytes}
	}
	const maskSize = 4
	sizeSize := n - g.a.f.offsetSize - maskSize
	if sizeSize < 1 || sizeSize > 8 {
		c.errorf(ErrFormat, c.pos, "an entry of %d bytes", n)
		return notWritten
	}
	return chunk{at: at, size: c.size(sizeSize), mask: c.uint32()}
}

// notWritten is a chunk that is not there.
var notWritten = chunk{at: undefined}

// singleIndex is the one chunk that there is.
type singleIndex struct {
	g     *grid
	chunk chunk
}

func (x singleIndex) chunks() ([]chunk, error) {
	if n := x.g.cells(); n != 1 {
		return nil, x.g.a.f.errorf(ErrFormat, x.chunk.at, "the index of a single chunk, and there are %d", n)
	}
	return x.g.add(nil, x.chunk)
}

// implicitIndex is chunks that follow each other.
type implicitIndex struct {
	*grid
	at int64
}

func (x implicitIndex) chunks() ([]chunk, error) {
	if len(x.filters) > 0 {
		return nil, x.a.f.errorf(ErrFormat, x.at, "an index that gives no sizes, and chunks are filtered")
	}
	if x.at == undefined {
		return nil, nil
	}
	return x.enumerate(notUnlimited, func(index uint64) (c chunk, err error) {
		high, offset := bits.Mul64(index, uint64(x.bytes))
		if limit := uint64(x.a.f.size); high != 0 || offset > limit || uint64(x.at) > limit-offset {
			return c, x.a.f.errorf(ErrFormat, x.at, "chunk %d lies outside the file", index)
		}
		return chunk{at: x.at + int64(offset), size: x.bytes}, nil
	})
}

// cellCost is how many bytes unfold in the time that it takes to look up a chunk.
const cellCost = 16

// notUnlimited stands for the dimension that may grow without limit if there is
// none.
const notUnlimited = -1

// enumerate returns the chunks that find returns for each cell, given its number
// in the largest grid that the data set may grow to: in C order, but for the
// dimension without limit, which comes first.
func (g *grid) enumerate(unlimitedDim int, find func(index uint64) (chunk, error)) ([]chunk, error) {
	strides, err := g.strides(unlimitedDim)
	if err != nil {
		return nil, err
	}
	if f := g.a.f; !f.work.Take(int64(g.cells()), cellCost) {
		return nil, f.errorf(errLimit{}, undefined,
			"a grid of %d chunks takes longer than the limit of %d bytes warrants", g.cells(), f.memory.Limit())
	}
	var chunks []chunk
	for cell := range g.cells() {
		index, rest := uint64(0), cell
		for i := len(g.dims) - 1; i >= 0; i-- {
			index += uint64(rest%g.counts[i]) * strides[i]
			rest /= g.counts[i]
		}
		c, err := find(index)
		if err != nil {
			return nil, err
		}
		c.cell = cell
		if chunks, err = g.add(chunks, c); err != nil {
			return nil, err
		}
	}
	return chunks, nil
}

// strides returns how far apart neighbouring chunks are in the largest grid.
func (g *grid) strides(unlimitedDim int) ([]uint64, error) {
	f, space := g.a.f, g.a.space
	strides := make([]uint64, len(g.dims))
	stride := uint64(1)
	next := func(i int) error {
		strides[i] = stride
		if space.limit[i] == unlimited && i != unlimitedDim {
			return f.errorf(ErrFormat, undefined, "dimension %d may grow without limit, which the index of chunks does not provide for", i)
		}
		if i != unlimitedDim {
			high, low := bits.Mul64(stride, uint64(ceilDiv(space.limit[i], int64(g.dims[i]))))
			if stride = low; high != 0 || low > 1<<62 {
				return f.errorf(ErrTooLarge, undefined, "the number of chunks of a data set that may grow to %v", space.limit)
			}
		}
		return nil
	}
	for i := len(g.dims) - 1; i >= 0; i-- {
		if i != unlimitedDim {
			if err := next(i); err != nil {
				return nil, err
			}
		}
	}
	if unlimitedDim != notUnlimited {
		return strides, next(unlimitedDim)
	}
	return strides, nil
}
