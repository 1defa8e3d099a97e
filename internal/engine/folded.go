package engine

// depthwiseFolded is the depthwise convolution of rows of few channels: several steps of
// them fill the columns of a panel, as one row of a layer of that many channels does whose
// taps repeat. With C channels,
//
//	u[t*C+c] = sum over j of x[(t + j*dilation)*C + c] * w[j, c]
//
// does not tell channels from steps but for w. The tile is rows of C columns side by side.
type depthwiseFolded struct {
	*depthwiseRows
	steps int // of a panel
}

// folds returns how many steps fill a panel of depthwise columns, or 0 if the layer cannot
// be folded: with strides, the steps of one row do not stand side by side.
func folds(g *Geometry, panel int) int {
	if g.Stride > 1 || g.Multiplier > 1 || 2*g.columns > panel || panel%g.columns != 0 {
		return 0
	}
	return panel / g.columns
}

// newDepthwiseFolded lays the taps out as a single panel of them lies.
func newDepthwiseFolded(b *base, weights []float32, steps int) *depthwiseFolded {
	taps := make([]float32, 0, b.Kernel*b.set.Tile.Channels)
	for j := range b.Kernel {
		for range steps {
			taps = append(taps, weights[j*b.columns:][:b.columns]...)
		}
	}
	return &depthwiseFolded{&depthwiseRows{base: b, taps: taps, apart: 1}, steps}
}

func (p *depthwiseFolded) compute(s *scratch, row, rows, _, _ int) {
	d := &s.depthwise
	panel := p.set.Tile.Channels
	d.Columns, d.Multiplier, d.Offset = panel, 1, 0
	d.DstStride, d.RowStride, d.PanelStride = panel, panel, p.Kernel*panel
	first, last := p.inside(&s.x, row, row+rows)
	if last-first < p.steps {
		first, last = row+rows, row+rows
	}
	p.copied(s, row, first, row)
	p.direct(s, first, last, row)
	p.copied(s, last, row+rows, row)
}

// direct computes rows from first to end of the tile that begins at row, reading the
// signal itself. The steps that fill no panel are computed with some before them once more,
// since there may be nothing to read behind them.
func (p *depthwiseFolded) direct(s *scratch, first, end, row int) {
	if first >= end {
		return
	}
	d := &s.depthwise
	d.NumTaps, d.Accumulate, d.TapStride = p.Kernel, false, p.Dilation*p.columns
	d.Taps = p.taps
	whole := (end - first) / p.steps
	p.from(s, first, row, whole)
	if first+whole*p.steps < end {
		p.from(s, end-p.steps, row, 1)
	}
}

// from computes so many panels of steps from one on.
func (p *depthwiseFolded) from(s *scratch, first, row, panels int) {
	d := &s.depthwise
	d.Src = s.x.from(first-s.x.left, 0).data
	d.Dst = s.tile[(first-row)*p.columns:]
	d.Rows = panels
	p.set.Depthwise(d)
}

// copied computes rows from first to end of the tile that begins at row from a copy of
// their input. What fills the last panel is of no meaning: the rows behind it are computed
// later, or there are none.
func (p *depthwiseFolded) copied(s *scratch, first, end, row int) {
	d := &s.depthwise
	for first < end {
		var w window
		w.fit(&p.Geometry, end-first, len(s.window)/p.columns-p.steps)
		d.Src, d.Dst = s.window, s.tile[(first-row)*p.columns:]
		d.Rows, d.TapStride = (w.rows+p.steps-1)/p.steps, w.tapStride*p.columns
		for j := 0; j < p.Kernel; j += w.taps {
			d.NumTaps, d.Accumulate = min(w.taps, p.Kernel-j), j > 0
			d.Taps = p.taps[j*d.Columns:]
			p.fill(s, &w, first-s.x.left+j*p.Dilation, d.NumTaps, 0, p.columns)
			p.set.Depthwise(d)
		}
		first += w.rows
	}
}
