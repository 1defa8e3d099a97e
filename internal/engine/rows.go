package engine

// depthwiseRows is the depthwise convolution of rows whose channels stand side by
// side: vectors run across channels, and the tile is rows.
type depthwiseRows struct {
	*base
	taps  []float32 // as the set packed them
	apart int       // rows of the tile from one that is computed to the next
	onto  bool      // sums go on from what the tile holds
}

func newDepthwiseRows(b *base, weights []float32) *depthwiseRows {
	return &depthwiseRows{base: b, taps: b.set.PackDepthwise(nil, weights, b.Kernel, b.columns), apart: 1}
}

func (p *depthwiseRows) compute(s *scratch, row, rows, q, n int) {
	d := &s.depthwise
	d.Multiplier, d.DstStride, d.PanelStride = p.Multiplier, p.apart*p.tileStride(n), p.Kernel*p.set.Tile.Channels
	first, last := p.inside(&s.x, row, row+rows)
	p.copied(s, row, first, row, q, n)
	p.direct(s, first, last, row, q, n)
	p.copied(s, last, row+rows, row, q, n)
}

// inside returns the range of the output rows from row to end that can be computed
// from the signal where it is, because all their taps are inside. The rows before
// and after are as many as the kernel computes at once. None are inside if the
// channels do not stand side by side, as the kernel wants them, and if the input is
// crowded.
func (p *depthwiseRows) inside(x *signal, row, end int) (first, last int) {
	if x.channel != 1 || p.cut.crowded || x.steps <= p.reach {
		return end, end
	}
	window := p.set.Tile.Window
	first = stepsTo(0, -x.left, p.Stride) // has its first tap inside
	if first > row {
		first = min(row+roundUp(first-row, window), end)
	}
	first = max(first, row)
	last = stepsTo(x.steps-p.reach, -x.left, p.Stride) // has its last tap outside
	if last < end {
		last = end - roundUp(end-last, window)
	}
	return first, max(min(last, end), first)
}

// direct computes rows from first to end of the tile that begins at row, reading
// the signal itself.
func (p *depthwiseRows) direct(s *scratch, first, end, row, q, n int) {
	if first >= end {
		return
	}
	x, d := &s.x, &s.depthwise
	channel, offset := divide(q, p.Multiplier)
	d.Src = x.from(first*p.Stride-x.left, channel).data
	d.Taps = p.taps[q*p.Kernel:]
	d.Dst = s.tile[(first-row)*d.DstStride:]
	d.Rows, d.Columns, d.Offset = end-first, n, offset
	d.RowStride, d.TapStride = p.Stride*x.step, p.Dilation*x.step
	d.NumTaps, d.Accumulate = p.Kernel, p.onto
	p.set.Depthwise(d)
}

// copied computes rows from first to end of the tile that begins at row from a
// copy of their input: with zeros or the past where the signal has ended, with
// channels side by side, and with rows that do not crowd.
func (p *depthwiseRows) copied(s *scratch, first, end, row, q, n int) {
	for first < end {
		rows := end - first
		columns := p.windowColumns(rows, n)
		for k := 0; k < n; k += columns {
			rows = p.copiedColumns(s, first, rows, s.tile[(first-row)*s.depthwise.DstStride+k:], q+k, min(columns, n-k))
		}
		first += rows
	}
}

// windowColumns returns how many columns, of n, have their input for the given rows in
// the window at once, or the least that is worth a kernel's call.
func (p *depthwiseRows) windowColumns(rows, n int) int {
	if p.Kernel > maxWindow || p.Stride > maxWindow || p.reach > maxWindow {
		return p.cut.leastColumns
	}
	positions := min((rows-1)*p.Stride+p.reach+1, rows*p.Kernel)
	channels := p.cut.windowFloats / positions
	if n <= channels {
		return n
	}
	channels-- // two may be there in part
	return max(roundDown(channels*p.Multiplier, p.set.Tile.Channels), p.cut.leastColumns)
}

// copiedColumns computes columns q to q+n of up to the given rows from first on,
// and returns how many rows fit the window.
func (p *depthwiseRows) copiedColumns(s *scratch, first, rows int, dst []float32, q, n int) int {
	c, offset := divide(q, p.Multiplier)
	last, _ := divide(q+n-1, p.Multiplier)
	channels := last + 1 - c
	var w window
	w.fit(&p.Geometry, rows, len(s.window)/channels)

	d := &s.depthwise
	d.Dst, d.Src = dst, s.window
	d.Rows, d.Columns, d.Offset = w.rows, n, offset
	d.RowStride, d.TapStride = w.rowStride*channels, w.tapStride*channels
	from := first*p.Stride - s.x.left
	for j := 0; j < p.Kernel; j += w.taps {
		d.NumTaps = min(w.taps, p.Kernel-j)
		d.Taps = p.taps[q*p.Kernel+j*p.set.Tile.Channels:]
		d.Accumulate = p.onto || j > 0
		p.fill(s, &w, from+j*p.Dilation, d.NumTaps, c, channels)
		p.set.Depthwise(d)
	}
	return w.rows
}
