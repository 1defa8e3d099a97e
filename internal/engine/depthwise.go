package engine

import "github.com/sepconv/go/internal/kernel"

// depthwise computes columns q to q+n of some output rows into the scratch tile,
// whose rows are then stride floats apart.
func (p *Plan) depthwise(s *scratch, x signal, row, rows, q, n, stride int) {
	d := &s.depthwise
	*d = kernel.Depthwise{
		NumTaps: p.Kernel, Multiplier: p.Multiplier,
		DstStride: stride, PanelStride: p.Kernel * p.set.Tile.Channels,
	}
	first, last := p.inside(x, row, row+rows)
	p.copied(s, x, row, first, row, q, n)
	p.direct(s, x, first, last, row, q, n)
	p.copied(s, x, last, row+rows, row, q, n)
}

// inside returns the range of the output rows from row to end that can be computed
// from the signal where it is, because all their taps are inside. The rows before
// and behind are as many as the kernel computes at once. None are inside in
// channels_first, since the kernel wants channels side by side, and if the input
// is crowded.
func (p *Plan) inside(x signal, row, end int) (first, last int) {
	if p.ChannelsFirst || p.cut.crowded || x.steps <= p.reach {
		return end, end
	}
	window := p.set.Tile.Window
	first = (x.left + p.Stride - 1) / p.Stride // has its first tap inside
	if first > row {
		first = min(row+roundUp(first-row, window), end)
	}
	first = max(first, row)
	last = (x.steps-1-p.reach+x.left)/p.Stride + 1 // has its last tap outside
	if last < end {
		last = end - roundUp(end-last, window)
	}
	return first, max(min(last, end), first)
}

// direct computes rows from first to end of the tile that begins at row, reading
// the signal itself.
func (p *Plan) direct(s *scratch, x signal, first, end, row, q, n int) {
	if first >= end {
		return
	}
	d := &s.depthwise
	d.Src = x.data[(first*p.Stride-x.left)*p.Channels+q/p.Multiplier:]
	d.Taps = p.taps[q*p.Kernel:]
	d.Dst = s.tile[(first-row)*d.DstStride:]
	d.Rows, d.Columns, d.Offset = end-first, n, q%p.Multiplier
	d.RowStride, d.TapStride = p.Stride*p.Channels, p.Dilation*p.Channels
	d.NumTaps, d.Accumulate = p.Kernel, false
	p.set.Depthwise(d)
}

// copied computes rows from first to end of the tile that begins at row from a
// copy of their input: with zeros where the signal has ended, with channels side
// by side, and with rows that do not crowd.
func (p *Plan) copied(s *scratch, x signal, first, end, row, q, n int) {
	for first < end {
		rows := end - first
		columns := p.windowColumns(rows)
		for k := 0; k < n; k += columns {
			rows = p.copiedColumns(s, x, first, rows, s.tile[(first-row)*s.depthwise.DstStride+k:], q+k, min(columns, n-k))
		}
		first += rows
	}
}

// windowColumns returns how many columns have their input for the given rows in
// the window at once, or the least that is worth a kernel's call.
func (p *Plan) windowColumns(rows int) int {
	if p.Kernel > maxWindow || p.Stride > maxWindow || p.reach > maxWindow {
		return p.cut.leastColumns
	}
	positions := min((rows-1)*p.Stride+p.reach+1, rows*p.Kernel)
	channels := p.cut.windowFloats/positions - 1 // two may be there in part
	return max(roundDown(channels*p.Multiplier, p.set.Tile.Channels), p.cut.leastColumns)
}

// copiedColumns computes columns q to q+n of up to the given rows from first on,
// and returns how many rows fit the window.
func (p *Plan) copiedColumns(s *scratch, x signal, first, rows int, dst []float32, q, n int) int {
	c := q / p.Multiplier
	channels := (q+n-1)/p.Multiplier + 1 - c
	positions := len(s.window) / channels
	w := p.newWindow(rows, positions)

	d := &s.depthwise
	d.Dst, d.Src = dst, s.window
	d.Rows, d.Columns, d.Offset = w.rows, n, q%p.Multiplier
	d.RowStride, d.TapStride = w.rowStride*channels, w.tapStride*channels
	from := first*p.Stride - x.left
	for j := 0; j < p.Kernel; j += w.taps {
		d.NumTaps = min(w.taps, p.Kernel-j)
		d.Taps = p.taps[q*p.Kernel+j*p.set.Tile.Channels:]
		d.Accumulate = j > 0
		p.fill(s.window, x, w, from+j*p.Dilation, d.NumTaps, c, channels)
		p.set.Depthwise(d)
	}
	return w.rows
}

// window says how input positions stand in the copy: the input of row r and tap
// j at position r*rowStride + j*tapStride. It holds either every position from
// the first row's first tap to the last row's last, or, where strides or
// dilations leave many of those unused, the positions of each tap, tap by tap.
type window struct {
	rows, taps           int
	rowStride, tapStride int
	dense                bool
}

// newWindow fits as many as possible of the given rows, and all taps if it can,
// into the given number of positions.
func (p *Plan) newWindow(rows, positions int) window {
	taps := min(p.Kernel, positions)
	listed := min(rows, positions/taps)
	if p.reach < positions {
		dense := min(rows, (positions-1-p.reach)/p.Stride+1)
		if dense >= listed && (dense-1)*p.Stride+p.reach+1 <= dense*p.Kernel {
			return window{rows: dense, taps: p.Kernel, rowStride: p.Stride, tapStride: p.Dilation, dense: true}
		}
	}
	return window{rows: listed, taps: taps, rowStride: 1, tapStride: listed}
}

// fill copies the inputs that the window holds of the given channels, from
// position from of the signal on.
func (p *Plan) fill(dst []float32, x signal, w window, from, taps, c, channels int) {
	if w.dense {
		p.copyPositions(dst, x, from, 1, (w.rows-1)*p.Stride+p.reach+1, c, channels)
		return
	}
	for j := range taps {
		p.copyPositions(dst[j*w.rows*channels:], x, from+j*p.Dilation, p.Stride, w.rows, c, channels)
	}
}

// copyPositions copies n positions of the signal, step apart, as rows of
// channels side by side; those outside the signal are +0.
func (p *Plan) copyPositions(dst []float32, x signal, from, step, n, c, channels int) {
	begin := min(stepsTo(0, from, step), n)
	end := max(min(stepsTo(x.steps, from, step), n), begin)
	clear(dst[:begin*channels])
	clear(dst[end*channels : n*channels])
	dst = dst[begin*channels : end*channels]
	if len(dst) == 0 {
		return
	}
	at := from + begin*step
	if !p.ChannelsFirst {
		p.set.Copy(dst, x.data[at*p.Channels+c:], len(dst)/channels, channels, channels, step*p.Channels)
		return
	}
	if step == 1 {
		p.set.Transpose(dst, x.data[c*x.steps+at:], channels, len(dst)/channels, channels, x.steps)
		return
	}
	for i := range channels {
		line := x.data[(c+i)*x.steps:][:x.steps]
		for to, t := i, at; to < len(dst); to, t = to+channels, t+step {
			dst[to] = line[t]
		}
	}
}

// stepsTo returns how many steps lead from a position to the first one that is
// not before limit.
func stepsTo(limit, from, step int) int {
	if from >= limit {
		return 0
	}
	return (limit-from-1)/step + 1
}
