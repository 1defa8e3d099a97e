package engine

import (
	"github.com/sepconv/go/internal/cache"
	"github.com/sepconv/go/internal/kernel"
)

// pointwiseGradient is the phase that adds U' G to the gradient of the pointwise kernel,
// block by block of rows, and the sums of G's columns to that of the bias. A task is
// some columns and some filters, and goes through all blocks, so that no two tasks add to
// the same element, and none waits for another.
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
		b.add(p.Training, s, p.row(p.u, p.uStride, row)[b.column:], p.gradientRow(row)[b.filter:])
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

// add adds the block to the gradients of the pointwise kernel and, with the first
// columns, of the bias.
func (b *pointwiseBlock) add(t *Training, s *scratch, u, g []float32) {
	var bias []float32
	if b.column == 0 && t.gradients.Bias != nil {
		bias = t.gradients.Bias[b.filter:][:b.filters]
	}
	dst := t.gradients.Pointwise[b.column*t.Filters+b.filter:]
	d := &s.training.product
	*d = kernel.PointwiseGradient{
		Dst: dst, U: u, G: g, Bias: bias, Rows: b.rows, Columns: b.columns, Filters: b.filters,
		DstStride: t.Filters, UStride: b.uStride, GStride: t.Filters, Ahead: b.ahead,
	}
	if t.packsG {
		b.pack(t, s, g)
		b.panels(t, s, d)
	} else {
		t.set.PointwiseGradient(d)
	}
	*d = kernel.PointwiseGradient{}
}

// crowdedRows reports whether rows of g fall on so few sets of the first-level cache that
// they and those of u drive each other out: then g is packed into panels. (Measured on
// Zen 5, backward of 1024 filters 0.91 of the time, of 512 1.00, of 256 1.01 to 1.04.)
func (b *base) crowdedRows(l1 int) bool {
	const enough = 32
	return cache.Rows(b.Filters, cache.Ways(l1)) < enough
}

// panels takes one panel after the other for g.
func (b *pointwiseBlock) panels(t *Training, s *scratch, d *kernel.PointwiseGradient) {
	width := t.set.Tile.Filters
	all := *d
	d.GStride = width
	for f := 0; f < b.filters; f += width {
		d.Filters = min(width, b.filters-f)
		d.Dst, d.G = all.Dst[f:], s.training.panels[f*kernel.Block:]
		if all.Bias != nil {
			d.Bias = all.Bias[f:]
		}
		d.Ahead = share(all.Ahead, f, f+d.Filters, b.filters)
		t.set.PointwiseGradient(d)
	}
}

// pack makes panels of the block's filters of g.
func (b *pointwiseBlock) pack(t *Training, s *scratch, g []float32) {
	width := t.set.Tile.Filters
	stride := kernel.Block * width
	for i := 0; i < b.filters; i += width {
		panel, n := s.training.panels[i/width*stride:], min(width, b.filters-i)
		if n < width {
			clear(panel[:b.rows*width])
		}
		t.set.Copy(panel, g[i:], b.rows, n, width, t.Filters)
	}
}
