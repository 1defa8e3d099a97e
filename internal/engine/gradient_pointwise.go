package engine

import "github.com/sepconv/go/internal/kernel"

// pointwiseGradient is the phase that adds U' G to the gradient of the pointwise kernel,
// block by block of rows, and the sums of G's columns to that of the bias. A task is
// some columns and some filters, and goes through all blocks, so that no two tasks add to
// the same element, and none waits for another.
//
// The kernel is that of the pointwise convolution: the rows of its product are columns
// of U, which is transposed for that unless the set takes it as it is, and its depth is
// the rows of a block. The bias is the gradient of a column of ones.
type pointwiseGradient struct {
	*Training
	columns, filters int // of a task
}

// begin makes tasks about square, by halving the longer side: what is left beyond whole
// tiles of columns is then small, and tasks of even size.
func (p *pointwiseGradient) begin(threads int) int {
	t := &p.set.Tile
	p.columns, p.filters = min(p.base.columns, gradientColumns), min(p.Filters, gradientFilters)
	for p.tasks() < 2*threads && threads > 1 {
		switch {
		case p.columns > 4*t.Rows && p.columns > p.filters+p.filters/4:
			p.columns = roundUp((p.columns+1)/2, t.Rows)
		case p.filters > t.Filters:
			p.filters = roundUp((p.filters+1)/2, t.Filters)
		default:
			return p.tasks()
		}
	}
	return p.tasks()
}

func (p *pointwiseGradient) tasks() int {
	return tilesOf(p.base.columns, p.columns) * tilesOf(p.Filters, p.filters)
}

func (p *pointwiseGradient) do(i int, s *scratch) {
	groups := tilesOf(p.Filters, p.filters)
	var b pointwiseBlock
	b.column, b.filter = i/groups*p.columns, i%groups*p.filters
	b.columns, b.filters = min(p.columns, p.base.columns-b.column), min(p.filters, p.Filters-b.filter)
	b.uStride = p.uStride
	for row, end := p.origin, p.blocksEnd(); row < end; row += kernel.Block {
		b.rows = min(kernel.Block, end-row)
		p.packGradient(s, &b, p.gradientRow(row)[b.filter:])
		b.add(p.Training, s, p.row(p.u, p.uStride, row)[b.column:])
	}
}

// pointwiseBlock is a block of rows, and the columns and filters whose gradient it is
// added to.
type pointwiseBlock struct {
	rows            int
	column, columns int
	filter, filters int
	uStride         int
	ahead           []float32 // what will be read soon
}

// packGradient makes panels of the block's filters of g.
func (t *Training) packGradient(s *scratch, b *pointwiseBlock, g []float32) {
	width := t.set.Tile.Filters
	panels := s.training.panels
	stride := kernel.Block * width
	for i := 0; i < b.filters; i += width {
		panel, n := panels[i/width*stride:], min(width, b.filters-i)
		if n < width {
			clear(panel[:b.rows*width])
		}
		t.set.Copy(panel, g[i:], b.rows, n, width, t.Filters)
	}
}

// add adds the block to the gradients of the pointwise kernel and, with the first
// columns, of the bias. g has been packed.
func (b *pointwiseBlock) add(t *Training, s *scratch, u []float32) {
	d, turned := &s.pointwise, s.training.turned
	width := t.set.Tile.Filters
	d.Panels = kernel.Packed{F32: s.training.panels, Width: width, Stride: kernel.Block * width}
	d.RowStride, d.FilterStride = t.Filters, 1
	d.Bias, d.BiasOfRows, d.Add, d.Accumulate, d.PastCaches = t.zeros, false, true, false, false
	d.Depth, d.Filters = b.rows, b.filters
	d.Activation, d.Scratch, d.Ahead, d.Streamed = kernel.Activation{}, s.scratch, b.ahead, false
	d.Dst, d.Rows = t.gradients.Pointwise[b.column*t.Filters+b.filter:], b.columns
	if t.set.Across {
		d.U, d.UStride, d.UStep = u, 1, b.uStride
	} else {
		t.set.Transpose(turned, u, b.rows, b.columns, gradientStride, b.uStride)
		d.U, d.UStride = turned, gradientStride
	}
	t.set.Pointwise(d)
	d.Ahead, d.UStep = nil, 0
	if b.column == 0 && t.gradients.Bias != nil {
		d.Dst, d.U, d.UStride, d.Rows = t.gradients.Bias[b.filter:], s.training.ones, kernel.Block, 1
		t.set.Pointwise(d)
	}
}
