package engine

import "github.com/sepconv/go/internal/kernel"

// In channels_first with stride 1 nothing is transposed: the vectors of both
// convolutions run along time. The tile is then panels of steps, the roles of the
// pointwise product's factors are exchanged, and the bias is one of its rows.

// alongTime tells whether a plan works so.
func (p *Plan) alongTime() bool {
	return p.ChannelsFirst && p.Stride == 1 && p.set.DepthwiseLines != nil
}

// packLines lays out weights as lines: taps by column, and pointwise weights by
// filter.
func packLines(w []float32, rows, columns int) []float32 {
	lines := make([]float32, rows*columns)
	for r := range rows {
		for c, x := range w[r*columns:][:columns] {
			lines[c*rows+r] = x
		}
	}
	return lines
}

// sumsAlongTime is sums for lines.
func (p *Plan) sumsAlongTime(s *scratch, y view, x signal, b block, w *bank, a kernel.Activation) {
	width := p.set.Tile.Filters
	pw := &s.pointwise
	*pw = kernel.Pointwise{
		Panels: s.tile, Scratch: s.scratch, BiasOfRows: true,
		Filters: b.rows, RowStride: y.filterStride, FilterStride: y.rowStride, UStride: p.columns,
	}
	for q := 0; q < p.columns; q += p.cut.columns {
		n := min(p.cut.columns, p.columns-q)
		p.depthwiseLines(s, x, b.row, b.rows, q, n)
		pw.Depth, pw.PanelStride = n, n*width
		pw.Accumulate = q > 0
		if q+n == p.columns {
			pw.Activation = a
		}
		// As many filters at a time as stay near the core until all panels have met
		// them.
		for f := 0; f < b.filters; f += p.cut.lines {
			pw.Rows = min(p.cut.lines, b.filters-f)
			pw.Dst, pw.Bias = y.data[f*y.filterStride:], w.bias[b.filter+f:]
			pw.U = w.panels[(b.filter+f)*p.columns+q:]
			p.set.Pointwise(pw)
		}
	}
}

// depthwiseLines computes columns q to q+n of some output steps into the scratch
// tile.
func (p *Plan) depthwiseLines(s *scratch, x signal, row, rows, q, n int) {
	width := p.set.Tile.Filters
	panels := tilesOf(rows, width)
	s.lines = kernel.DepthwiseLines{
		Columns: n, Multiplier: p.Multiplier, PanelStride: n * width,
		TapStride: p.Dilation, TapsStride: p.Kernel,
	}
	// The panels of which every input is inside the signal. For Offset and slices to
	// be right the signal must be longer than the kernel reaches.
	first, last := panels, panels
	if x.steps-width >= p.reach {
		first = min(tilesOf(max(x.left-row, 0)+width, width)-1, panels)
		last = min(max((x.steps-p.reach+x.left-row)/width, first), panels)
	}
	p.copiedPanels(s, x, 0, first, row, q, n)
	p.directPanels(s, x, first, last, row, q, n)
	p.copiedPanels(s, x, last, panels, row, q, n)
}

// directPanels computes panels of the tile that begins at row, reading the signal
// itself.
func (p *Plan) directPanels(s *scratch, x signal, first, end, row, q, n int) {
	if first >= end {
		return
	}
	width := p.set.Tile.Filters
	d := &s.lines
	d.Dst = s.tile[first*d.PanelStride:]
	d.Src = x.data[q/p.Multiplier*x.steps+row+first*width-x.left:]
	d.Taps = p.taps[q*p.Kernel:]
	d.Steps, d.Columns, d.Offset = (end-first)*width, n, q%p.Multiplier
	d.NumTaps, d.LineStride, d.Accumulate = p.Kernel, x.steps, false
	d.Ahead = x.stepsAhead
	p.set.DepthwiseLines(d)
}

// copiedPanels computes panels of the tile that begins at row from a copy of their
// input, with zeros where the signal has ended: of as many panels and channels as
// the window holds, or else of one panel, channel and so many taps.
func (p *Plan) copiedPanels(s *scratch, x signal, first, end, row, q, n int) {
	width := p.set.Tile.Filters
	for first < end {
		panels := min(end-first, max((p.cut.windowFloats-p.reach)/width, 1))
		positions := panels*width + p.reach
		if p.reach > len(s.window)-width {
			panels, positions = 1, 0
		}
		channels := 1
		if positions > 0 {
			channels = max(p.cut.windowFloats/positions, 1)
		}
		for k := q; k < q+n; {
			c := k / p.Multiplier
			next := min((c+channels)*p.Multiplier, q+n)
			d := &s.lines
			d.Dst = s.tile[first*d.PanelStride+(k-q)*width:]
			d.Steps, d.Columns, d.Offset = panels*width, next-k, k%p.Multiplier
			d.Ahead = 0
			from := row + first*width - x.left
			if positions > 0 {
				p.copiedLines(s, x, c, (next-1)/p.Multiplier+1-c, positions, from, k)
			} else {
				p.copiedTaps(s, x, c, from, k)
			}
			k = next
		}
		first += panels
	}
}

// copiedLines computes columns from k on from copies of their channels' inputs.
func (p *Plan) copiedLines(s *scratch, x signal, c, channels, positions, from, k int) {
	w := s.window[:channels*positions]
	begin := min(max(-from, 0), positions)
	end := max(min(x.steps-from, positions), begin)
	if begin > 0 || end < positions {
		clear(w)
	}
	if begin < end {
		p.set.Copy(w[begin:], x.data[c*x.steps+from+begin:], channels, end-begin, positions, x.steps)
	}
	d := &s.lines
	d.Src, d.Taps = s.window, p.taps[k*p.Kernel:]
	d.NumTaps, d.LineStride, d.TapStride, d.Accumulate = p.Kernel, positions, p.Dilation, false
	p.set.DepthwiseLines(d)
}

// copiedTaps computes columns from k on, all of one channel, whose taps reach too
// far: their inputs are copied tap by tap.
func (p *Plan) copiedTaps(s *scratch, x signal, c, from, k int) {
	width := p.set.Tile.Filters
	d := &s.lines
	d.Src, d.LineStride, d.TapStride = s.window, 0, width
	most := len(s.window) / width
	for j := 0; j < p.Kernel; j += most {
		d.NumTaps = min(most, p.Kernel-j)
		for i := range d.NumTaps {
			x.copyLine(s.window[i*width:][:width], c, from+(j+i)*p.Dilation)
		}
		d.Taps, d.Accumulate = p.taps[k*p.Kernel+j:], j > 0
		p.set.DepthwiseLines(d)
	}
	d.TapStride = p.Dilation
}

// copyLine copies steps of a channel from a position on; those outside the signal
// are +0.
func (x *signal) copyLine(dst []float32, channel, from int) {
	begin := min(max(-from, 0), len(dst))
	end := max(min(x.steps-from, len(dst)), begin)
	clear(dst[:begin])
	clear(dst[end:])
	if begin < end {
		copy(dst[begin:end], x.data[channel*x.steps+from+begin:])
	}
}
