package engine

import "github.com/sepconv/go/internal/kernel"

// pointwiseGradient is the phase that adds U' G to the gradient of the pointwise kernel,
// block by block of rows, and the sums of G's columns to that of the bias. A task is
// some columns and some filters, and goes through all blocks, so that no two tasks add to
// the same element, and none waits for another.
//
// The kernel is that of the pointwise convolution: the rows of its product are columns
// of U, which is transposed for that, and its depth is the rows of a block. The bias is
// the gradient of a column of ones.
type pointwiseGradient struct {
	*Training
	columns, filters int // of a task
}

func (p *pointwiseGradient) begin(threads int) int {
	t := &p.set.Tile
	p.columns, p.filters = min(p.base.columns, gradientColumns), min(p.Filters, gradientFilters)
	for p.tasks() < 2*threads && threads > 1 {
		switch {
		case p.columns > 4*t.Rows && p.columns >= p.filters/2:
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
	q, f := i/groups*p.columns, i%groups*p.filters
	columns, filters := min(p.columns, p.base.columns-q), min(p.filters, p.Filters-f)
	d := &s.pointwise
	d.RowStride, d.FilterStride = p.Filters, 1
	d.Bias, d.BiasOfRows, d.Add, d.Accumulate, d.PastCaches = p.zeros, false, true, false, false
	d.Filters = filters
	d.Activation, d.Scratch, d.Ahead, d.Streamed = kernel.Activation{}, s.scratch, nil, false
	for row, end := p.origin, p.blocksEnd(); row < end; row += kernel.Block {
		rows := min(kernel.Block, end-row)
		d.Depth = rows
		p.pack(s, row, rows, f, filters)
		p.set.Transpose(s.training.turned, p.row(p.u, p.uStride, row)[q:], rows, columns, gradientStride, p.uStride)
		d.Dst, d.U, d.UStride, d.Rows = p.gradients.Pointwise[q*p.Filters+f:], s.training.turned, gradientStride, columns
		p.set.Pointwise(d)
		if q == 0 && p.gradients.Bias != nil {
			d.Dst, d.U, d.UStride, d.Rows = p.gradients.Bias[f:], s.training.ones, kernel.Block, 1
			p.set.Pointwise(d)
		}
	}
}

// pack makes panels of some filters of a block of g.
func (p *pointwiseGradient) pack(s *scratch, row, rows, f, filters int) {
	width := p.set.Tile.Filters
	panels := s.training.panels
	stride := kernel.Block * width
	g := p.gradientRow(row)[f:]
	for i := 0; i < filters; i += width {
		panel, n := panels[i/width*stride:], min(width, filters-i)
		if n < width {
			clear(panel[:rows*width])
		}
		p.set.Copy(panel, g[i:], rows, n, width, p.Filters)
	}
	s.pointwise.Panels = kernel.Packed{F32: panels, Width: width, Stride: stride}
}
