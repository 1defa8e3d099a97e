package engine

import "github.com/sepconv/go/internal/kernel"

// signal is one input of the batch.
type signal struct {
	data       []float32
	steps      int
	left       int       // zeros before the first step
	ahead      []float32 // input of a later tile, as far as it is one run of memory
	stepsAhead int       // how much further that tile's steps are
}

// view is a block of rows and filters of an array: y[r, f] stands at
// data[r*rowStride + f*filterStride].
type view struct {
	data                    []float32
	rowStride, filterStride int
}

func (v view) from(row, filter int) view {
	v.data = v.data[row*v.rowStride+filter*v.filterStride:]
	return v
}

// block is a range of output rows and of filters.
type block struct{ row, rows, filter, filters int }

// Run computes the layer for a batch of inputs of the given steps. The lengths
// of dst and src are what OutputShape and the geometry say.
func (p *Plan) Run(dst, src []float32, batch, steps int) {
	if batch == 0 || len(dst) == 0 {
		return
	}
	outSteps, left, err := p.OutputSteps(steps)
	if err != nil {
		panic(err) // the caller's check was wrong
	}
	j := p.jobs.get()
	if j == nil {
		j = p.newJob()
	}
	j.dst, j.src = dst, src
	j.batch, j.steps, j.left, j.outSteps = batch, steps, left, outSteps
	j.run()
	j.dst, j.src = nil, nil
	j.own.release()
	p.jobs.put(j)
}

// tile computes a block of one output y for the input x, all but an activation
// along time.
func (p *Plan) tile(s *scratch, y view, x signal, b block, outSteps int) {
	a := p.activation.Activation
	wholeSum := p.set.Epilogue[a.Func] && p.activation.Custom == nil
	if !wholeSum {
		a = kernel.Activation{}
	}
	p.sums(s, y, x, b, &p.main, a)
	switch {
	case p.activation.Func == kernel.GLU:
		p.gateTile(s, y, x, b, outSteps)
	case wholeSum || p.activation.alongAxis() && p.ChannelsFirst:
	default:
		p.activate(y, b)
	}
}

// gateTile multiplies a block of GLU's kept half by the sigmoid of the other
// half, which is further filters in channels_last and later steps in
// channels_first.
func (p *Plan) gateTile(s *scratch, y view, x signal, b block, outSteps int) {
	later := 0
	if p.ChannelsFirst {
		later = outSteps / 2
	}
	for f := 0; f < b.filters; f += p.cut.filters {
		n := min(p.cut.filters, b.filters-f)
		gate := view{data: s.gate, rowStride: n, filterStride: 1}
		if p.ChannelsFirst {
			gate.rowStride, gate.filterStride = 1, b.rows
		}
		p.sums(s, gate, x, block{b.row + later, b.rows, b.filter + f, n}, &p.gate, kernel.Activation{})
		kept := y.from(0, f)
		lines, length := lines(kept, b.rows, n)
		for i := range lines {
			p.set.Gate(line(kept, i, length), line(gate, i, length))
		}
	}
}

// activate applies the activation to a block of y in place.
func (p *Plan) activate(y view, b block) {
	if p.activation.Func == kernel.Linear && p.activation.Custom == nil {
		return
	}
	lines, length := lines(y, b.rows, b.filters)
	if y.filterStride == 1 && length == y.rowStride && !p.activation.alongAxis() { // the rows are one line
		lines, length = 1, lines*length
	}
	for i := range lines {
		p.activateLine(line(y, i, length))
	}
}

func (p *Plan) activateLine(y []float32) {
	if p.activation.Custom != nil {
		p.activation.Custom(y)
		return
	}
	p.set.Activate[p.activation.Func](y, &p.activation.Activation)
}

// lines tells how many contiguous lines make up a block, and their length: its
// rows in channels_last, its filters in channels_first.
func lines(v view, rows, filters int) (n, length int) {
	if v.filterStride == 1 {
		return rows, filters
	}
	return filters, rows
}

// line returns line i of a block.
func line(v view, i, length int) []float32 {
	if v.filterStride == 1 {
		return v.data[i*v.rowStride:][:length:length]
	}
	return v.data[i*v.filterStride:][:length:length]
}

// sums computes a block of y, whose first element is the block's: depthwise rows
// into the scratch tile, then the pointwise product. Where not all columns fit
// the tile, the sums continue in y.
func (p *Plan) sums(s *scratch, y view, x signal, b block, w *bank, a kernel.Activation) {
	if p.alongTime() {
		p.sumsAlongTime(s, y, x, b, w, a)
		return
	}
	width := p.set.Tile.Filters
	pw := &s.pointwise
	ahead := x.ahead
	*pw = kernel.Pointwise{
		Dst: y.data, U: s.tile, Bias: w.bias[b.filter:], Scratch: s.scratch,
		Rows: b.rows, Filters: b.filters,
		RowStride: y.rowStride, FilterStride: y.filterStride, PanelStride: p.columns * width,
		Streamed: p.cut.streamed,
	}
	panels := w.panels[b.filter/width*pw.PanelStride:]
	for q := 0; q < p.columns; q += p.cut.columns {
		n := min(p.cut.columns, p.columns-q)
		stride := roundUp(n, p.set.Tile.Channels)
		p.depthwise(s, x, b.row, b.rows, q, n, stride)
		pw.Panels, pw.Depth, pw.UStride = panels[q*width:], n, stride
		pw.Accumulate = q > 0
		pw.Ahead = ahead[q*len(ahead)/p.columns : (q+n)*len(ahead)/p.columns]
		if q+n == p.columns {
			pw.Activation = a
		}
		p.set.Pointwise(pw)
	}
}
