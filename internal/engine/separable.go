package engine

import "github.com/sepconv/go/internal/kernel"

// base is what all stages of a plan know.
type base struct {
	Geometry
	set    *kernel.Set
	cut    tiling
	trains bool // the scratch has room for gradients
}

// tileStride is how far rows of n columns are apart in a tile.
func (b *base) tileStride(n int) int {
	if n == b.columns && n <= b.cut.columns { // mostly: they are rounded up already
		return b.cut.columns
	}
	return roundUp(n, b.set.Tile.Channels)
}

// micros is about how long the run of a span takes one thread, in microseconds.
func (b *base) micros(batch, outSteps int) float64 {
	perRow := float64(b.columns) * float64(b.Kernel+b.Filters)
	return perRow * float64(batch) * float64(outSteps) / float64(b.set.Rate)
}

// block is a range of output rows and of filters.
type block struct{ row, rows, filter, filters int }

// A depthwiseStage is the first convolution: it computes columns q to q+n of the
// given rows, from s.x into the scratch tile.
type depthwiseStage interface {
	compute(s *scratch, row, rows, q, n int)
}

// A pointwiseStage is the second convolution, with the weights of some filters: it
// adds to the sums of a block the products of columns q to q+n, which are in the
// scratch tile, and begins with the bias if q is 0. y begins with the block. The
// activation, one of the set's epilogue, is applied to the sums before they are
// stored.
type pointwiseStage interface {
	accumulate(s *scratch, y operand, b block, q, n int, a *kernel.Activation)
}

// A convolution computes a block of sums, with which y begins, from s.x.
type convolution interface {
	sums(s *scratch, y operand, b block)
}

// separable is the two convolutions, fused: each tile of depthwise outputs is
// multiplied while it is in the cache. The tensor between the two never exists as a
// whole.
type separable struct {
	*base
	depthwise depthwiseStage
	pointwise pointwiseStage
	fused     kernel.Activation // of the sums, that the pointwise kernel applies
}

// linear is the activation of sums that go on.
var linear kernel.Activation

// Where not all columns fit the tile, the sums go on in y.
func (c *separable) sums(s *scratch, y operand, b block) {
	most := c.columnsAtOnce(b.rows)
	for q := 0; q < c.columns; q += most {
		n := min(most, c.columns-q)
		if s.sections == nil {
			c.depthwise.compute(s, b.row, b.rows, q, n)
		} else {
			c.gather(s, b, q, n)
		}
		a := &linear
		if q+n == c.columns {
			a = &c.fused
		}
		c.pointwise.accumulate(s, y, b, q, n, a)
	}
}

// columnsAtOnce returns how many columns of so many rows to compute before they are
// multiplied: those of the tiling. But rows that the pointwise kernel takes all together
// meet each panel of weights once, so that nothing is gained by panels that fit the
// first-level cache, and then it is all that the scratch tile holds; or twice as many,
// since one call of a kernel must not take long.
func (c *separable) columnsAtOnce(rows int) int {
	if c.columns <= c.cut.columns { // mostly
		return c.cut.columns
	}
	rows = roundUp(rows, c.cut.unit)
	if rows > c.set.Tile.Rows {
		return c.cut.columns
	}
	held := roundDown(c.cut.rows*c.cut.columns/rows, c.set.Tile.Channels)
	return min(held, 2*c.cut.columns)
}

// gather computes the depthwise rows of a block from the sections that it reaches into,
// so that the pointwise weights meet the rows of all of them at once.
func (c *separable) gather(s *scratch, b block, q, n int) {
	tile, stride := s.tile, c.tileStride(n)
	i := sectionOf(s.sections, b.row)
	for row, end := b.row, b.row+b.rows; row < end; i++ {
		p := &s.sections[i]
		rows := min(p.row+p.rows, end) - row
		s.x, s.tile = p.x, tile[(row-b.row)*stride:]
		c.depthwise.compute(s, row-p.row, rows, q, n)
		row += rows
	}
	s.tile = tile
}

// sectionOf returns the section that has a row of the output.
func sectionOf(sections []section, row int) int {
	first, end := 0, len(sections)
	for end-first > 1 {
		if middle := (first + end) / 2; sections[middle].row <= row {
			first = middle
		} else {
			end = middle
		}
	}
	return first
}
