package engine

// depthwiseLines is the depthwise convolution of channels whose steps stand side by
// side: vectors run along time, and the tile is panels of steps.
type depthwiseLines struct {
	*base
	taps []float32 // by column
	sum  bool      // all columns are summed up, to one
}

func newDepthwiseLines(b *base, weights []float32) *depthwiseLines {
	return &depthwiseLines{base: b, taps: transposed(weights, b.Kernel, b.columns)}
}

func (p *depthwiseLines) compute(s *scratch, row, rows, q, n int) {
	width := p.set.Tile.Filters
	panels := tilesOf(rows, width)
	d := &s.lines
	d.Multiplier, d.PanelStride, d.Sum = p.Multiplier, n*width, p.sum
	if p.sum {
		d.PanelStride = width
	}
	d.TapStride, d.TapsStride = p.Dilation, p.Kernel
	first, last := p.inside(&s.x, row, panels)
	p.copied(s, 0, first, row, q, n)
	p.direct(s, first, last, row, q, n)
	p.copied(s, last, panels, row, q, n)
}

// inside returns the range of the panels, of those that begin at row, of which every
// input is inside the signal. For Offset and slices to be right the signal must be
// longer than the kernel reaches.
func (p *depthwiseLines) inside(x *signal, row, panels int) (first, last int) {
	width := p.set.Tile.Filters
	if x.steps-width < p.reach {
		return panels, panels
	}
	first = min(tilesOf(max(x.left-row, 0)+width, width)-1, panels)
	last = min(max((x.steps-p.reach+x.left-row)/width, first), panels)
	return first, last
}

// direct computes panels of the tile that begins at row, reading the signal itself.
func (p *depthwiseLines) direct(s *scratch, first, end, row, q, n int) {
	if first >= end {
		return
	}
	width := p.set.Tile.Filters
	x, d := &s.x, &s.lines
	d.Dst = s.tile[first*d.PanelStride:]
	d.Src = x.from(row+first*width-x.left, q/p.Multiplier).data
	d.Taps = p.taps[q*p.Kernel:]
	d.Steps, d.Columns, d.Offset = (end-first)*width, n, q%p.Multiplier
	d.NumTaps, d.LineStride, d.Accumulate = p.Kernel, x.channel, false
	d.Ahead = x.stepsAhead
	p.set.DepthwiseLines(d)
}

// copied computes panels of the tile that begins at row from a copy of their input,
// with zeros where the signal has ended: of as many panels and channels
// as the window holds, or else of one panel, channel and so many taps.
func (p *depthwiseLines) copied(s *scratch, first, end, row, q, n int) {
	width := p.set.Tile.Filters
	for first < end {
		panels := min(end-first, max((p.cut.windowFloats-p.reach)/width, 1))
		length := panels*width + p.reach
		if p.reach > len(s.window)-width {
			panels, length = 1, 0
		}
		channels := 1
		if length > 0 {
			channels = max(p.cut.windowFloats/length, 1)
		}
		for k := q; k < q+n; {
			c := k / p.Multiplier
			next := min((c+channels)*p.Multiplier, q+n)
			d := &s.lines
			d.Dst = s.tile[first*d.PanelStride:]
			if !p.sum {
				d.Dst = d.Dst[(k-q)*width:]
			}
			d.Steps, d.Columns, d.Offset = panels*width, next-k, k%p.Multiplier
			d.Ahead, d.Accumulate = 0, p.sum && k > q
			from := row + first*width - s.x.left
			if length > 0 {
				p.copiedLines(s, c, (next-1)/p.Multiplier+1-c, positions{from, 1, length}, k)
			} else {
				p.copiedTaps(s, c, from, k)
			}
			k = next
		}
		first += panels
	}
}

// copiedLines computes columns from k on from copies of their channels' inputs.
func (p *depthwiseLines) copiedLines(s *scratch, c, channels int, of positions, k int) {
	s.x.copyLines(p.set, s.window, of, c, channels, of.n)
	d := &s.lines
	d.Src, d.Taps = s.window, p.taps[k*p.Kernel:]
	d.NumTaps, d.LineStride, d.TapStride = p.Kernel, of.n, p.Dilation
	p.set.DepthwiseLines(d)
}

// copiedTaps computes columns from k on, all of one channel, whose taps reach too
// far: their inputs are copied tap by tap.
func (p *depthwiseLines) copiedTaps(s *scratch, c, from, k int) {
	width := p.set.Tile.Filters
	d := &s.lines
	d.Src, d.LineStride, d.TapStride = s.window, 0, width
	most := len(s.window) / width
	for j := 0; j < p.Kernel; j += most {
		d.NumTaps = min(most, p.Kernel-j)
		for i := range d.NumTaps {
			s.x.copyLines(p.set, s.window[i*width:], positions{from + (j+i)*p.Dilation, 1, width}, c, 1, width)
		}
		d.Taps = p.taps[k*p.Kernel+j:]
		p.set.DepthwiseLines(d)
		d.Accumulate = true
	}
	d.TapStride = p.Dilation
}
