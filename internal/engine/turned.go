package engine

// depthwiseTurned is the depthwise convolution by rows for a pointwise convolution by
// lines: input in channels_first is transposed on its way into the window and the rows are
// transposed on their way into the tile, so that the sums are stored where they belong.
// Sums by rows would have to be transposed, into lines that are far apart.
type depthwiseTurned struct{ *depthwiseRows }

func (p *depthwiseTurned) compute(s *scratch, row, rows, q, n int) {
	const unit = 8 // rows that Transpose is quick with; those of no output end in no sum
	width, tile := p.set.Tile.Filters, s.tile
	s.tile = s.turn
	for k := 0; k < n; k += p.cut.turned {
		columns := min(p.cut.turned, n-k)
		p.depthwiseRows.compute(s, row, rows, q+k, columns)
		stride := p.tileStride(columns)
		for t := 0; t < rows; t += width {
			panel := tile[(t/width*n+k)*width:]
			p.set.Transpose(panel, s.turn[t*stride:], roundUp(min(width, rows-t), unit), columns, width, stride)
		}
	}
	s.tile = tile
}
