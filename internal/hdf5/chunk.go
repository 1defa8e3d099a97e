package hdf5

import (
	"cmp"
	"math"
	"slices"
)

// A grid is the way a data set is cut into chunks, all of one shape; those at the
// edge reach beyond the data set.
type grid struct {
	a       *array
	dims    []int // shape of a chunk
	counts  []int // chunks that the data set has along each dimension
	bytes   int64 // of a chunk, before it is filtered
	filters filters
	edges   bool // whether chunks at the edge are filtered too

	origin, extent []int // of the chunk that is being put
}

// A chunk is where one chunk is.
type chunk struct {
	cell int // which one it is, in C order of the grid
	at   int64
	size int64  // as it is stored
	mask uint32 // filters that were left out
}

const chunkCost = 64

// chunked values are in chunks, each of which was filtered on its own.
func (l layout) chunked(a *array, c *cursor, version uint8) (elements, error) {
	if err := l.unfolds(a); err != nil {
		return nil, err
	}
	g := &grid{a: a, edges: true}
	var err error
	if g.filters, err = l.filters(); err != nil {
		return nil, err
	}
	decode := g.layout3
	if version == 4 {
		decode = g.layout4
	}
	index, err := decode(c)
	if err != nil {
		return nil, err
	}
	chunks, err := index.chunks()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(chunks, func(a, b chunk) int { return cmp.Compare(a.cell, b.cell) })
	for i := 1; i < len(chunks); i++ {
		if chunks[i].cell == chunks[i-1].cell {
			return nil, a.f.errorf(ErrFormat, chunks[i].at, "chunk %d is there twice", chunks[i].cell)
		}
	}
	if err := g.check(chunks); err != nil {
		return nil, err
	}
	if len(chunks) == g.cells() {
		return func(put put) error { return g.elements(chunks, put) }, nil
	}
	fill, err := l.fill(a)
	return func(put put) error {
		if err := fill(put); err != nil {
			return err
		}
		return g.elements(chunks, put)
	}, err
}

// elements puts the elements of chunks.
func (g *grid) elements(chunks []chunk, put put) error {
	for _, c := range chunks {
		data, err := g.read(c)
		if err != nil {
			return err
		}
		if err := g.put(c, data, put); err != nil {
			return err
		}
	}
	return nil
}

// dimensions decodes the shape of a chunk, each number having n bytes, the size of
// an element being the last.
func (g *grid) dimensions(c *cursor, rank, n int) error {
	a := g.a
	if want := len(a.space.shape) + 1; rank != want {
		return c.errorf(ErrFormat, c.pos, "chunks of %d dimensions, not %d", rank-1, want-1)
	}
	if rank == 1 {
		return c.errorf(ErrFormat, c.pos, "chunks of a single value")
	}
	g.dims, g.counts = make([]int, rank-1), make([]int, rank-1)
	g.origin, g.extent = make([]int, rank-1), make([]int, rank-1)
	g.bytes = int64(a.kind.Size)
	for i := range g.dims {
		pos := c.pos
		v := c.size(n)
		if c.err != nil {
			return c.err
		}
		if v == 0 || v > math.MaxInt || g.bytes > math.MaxInt/v {
			return c.errorf(ErrTooLarge, pos, "chunks that are %d long in dimension %d", v, i)
		}
		g.dims[i] = int(v)
		g.counts[i] = ceilDiv(a.space.shape[i], int(v))
		g.bytes *= v
	}
	pos := c.pos
	if size := c.size(n); c.err == nil && size != int64(a.kind.Size) {
		c.errorf(ErrFormat, pos, "elements of %d bytes in the chunks of %v", size, a.kind)
	}
	return c.err
}

func ceilDiv[T int | int64](a, b T) T { return a/b + min(1, a%b) }

// cells returns how many chunks there may be: at most as many as elements.
func (g *grid) cells() int {
	n := 1
	for _, count := range g.counts {
		n *= count
	}
	return n
}

// place sets origin and extent to those of a cell.
func (g *grid) place(cell int) {
	for i := len(g.dims) - 1; i >= 0; i-- {
		g.origin[i] = cell % g.counts[i] * g.dims[i]
		g.extent[i] = min(g.dims[i], g.a.space.shape[i]-g.origin[i])
		cell /= g.counts[i]
	}
}

// filtered reports whether a chunk has been through the filters.
func (g *grid) filtered(cell int) bool {
	if len(g.filters) == 0 || g.edges {
		return len(g.filters) > 0
	}
	g.place(cell)
	return slices.Equal(g.extent, g.dims)
}

// add keeps a chunk, unless it was never written.
func (g *grid) add(chunks []chunk, c chunk) ([]chunk, error) {
	if c.at == undefined {
		return chunks, nil
	}
	return append(chunks, c), g.a.f.allocate("chunk", c.at, 1, chunkCost)
}

// read returns the bytes of a chunk, without what filters did to them.
func (g *grid) read(c chunk) ([]byte, error) {
	f, filters := g.a.f, g.filters
	if !g.filtered(c.cell) {
		filters, c.size = nil, g.bytes
	}
	if g.bytes/unfolding > c.size {
		return nil, f.errorf(ErrTooLarge, c.at, "a chunk of %d bytes unfolds to %d, more than %d times as much", c.size, g.bytes, unfolding)
	}
	if err := f.within("chunk", c.at, c.size); err != nil {
		return nil, err
	}
	if !f.work.Take(g.bytes, 1) {
		return nil, f.errorf(errLimit{}, c.at,
			"all chunks that were read unfold to more than %d times the limit of %d bytes", workRatio, f.memory.Limit())
	}
	data, err := f.scratch.grow(f, 0, c.size)
	if err != nil {
		return nil, err
	}
	if err := f.readInto("chunk", data, c.at); err != nil {
		return nil, err
	}
	if data, err = filters.undo(f, c, data, g.bytes); err != nil {
		return nil, err
	}
	if int64(len(data)) != g.bytes {
		return nil, f.errorf(ErrFormat, c.at, "a chunk unfolds to %d bytes, not %d", len(data), g.bytes)
	}
	return data, nil
}

// put puts the rows of a chunk that are inside the data set.
func (g *grid) put(c chunk, data []byte, put put) error {
	g.place(c.cell)
	return g.rows(0, 0, 0, func(from, to, n int) error {
		size := g.a.kind.Size
		return put(to, data[from*size:(from+n)*size], c.at)
	})
}

// rows calls row for each run of elements from a dimension on; from and to are
// where they begin in the chunk and in the data set, in units of the dimension
// before.
func (g *grid) rows(dim, from, to int, row func(from, to, n int) error) error {
	from *= g.dims[dim]
	to = to*g.a.space.shape[dim] + g.origin[dim]
	if dim == len(g.dims)-1 {
		return row(from, to, g.extent[dim])
	}
	for i := range g.extent[dim] {
		if err := g.rows(dim+1, from+i, to+i, row); err != nil {
			return err
		}
	}
	return nil
}
