package engine

import "github.com/sepconv/go/internal/kernel"

// tapsGradient is the phase that adds to the gradient of the depthwise kernel, block by
// block of rows. A task is some taps of some columns that stand side by side in du, and
// goes through all blocks.
//
// The kernel is that of the depthwise convolution, whose rows become the taps and whose
// taps the rows of du: each of its windows of rows slides along the input as before.
type tapsGradient struct {
	*Training
	columns, taps int // of a task
}

func (p *tapsGradient) begin(threads int) int {
	width := p.set.Tile.Channels
	p.columns, p.taps = min(p.planeColumns(), p.tapsColumns()), min(p.Kernel, tapsAtOnce)
	for threads > 1 && p.tasks() < 2*threads && p.columns > width {
		p.columns = roundUp((p.columns+1)/2, width)
	}
	return p.tasks()
}

// tapsColumns returns how many columns have their taps summed up at once. If taps are few,
// kernels take many columns, and read the more of a row in one go.
func (t *Training) tapsColumns() int {
	columns := tapsColumns
	if t.Kernel <= fewTaps {
		columns = fewTapsColumns
	}
	return roundUp(columns, t.set.Tile.Channels)
}

// planeColumns returns how many columns of du make a plane: the channels, or all.
func (t *Training) planeColumns() int {
	if t.channelStep > 1 {
		return t.columns
	}
	return t.Channels
}

func (p *tapsGradient) tasks() int {
	planes := p.base.columns / p.planeColumns()
	return planes * tilesOf(p.planeColumns(), p.columns) * tilesOf(p.Kernel, p.taps)
}

func (p *tapsGradient) do(i int, s *scratch) {
	groups, ranges := tilesOf(p.planeColumns(), p.columns), tilesOf(p.Kernel, p.taps)
	q, j := i/ranges%groups*p.columns, i%ranges*p.taps
	g := tapsTask{
		Training: p.Training, s: s, plane: i / ranges / groups, column: q, columns: min(p.columns, p.planeColumns()-q),
		first: j, end: min(j+p.taps, p.Kernel), totals: s.training.totals,
	}
	g.stride = p.tileStride(g.columns)
	g.load()
	for row, end := p.origin, p.blocksEnd(); row < end; row += kernel.Block {
		du := g.row(g.du, g.uStride, row)[g.plane*g.Channels+g.column:]
		g.block(row, min(kernel.Block, end-row), du, g.uStride)
	}
	g.store()
}

// tapsTask is a task: taps first to end of columns of a plane.
type tapsTask struct {
	*Training
	s                      *scratch
	plane, column, columns int
	first, end             int
	totals                 []float32
	stride                 int // floats from a tap to the next in the scratch
	origin                 int // the block's first row
}

// load fetches the gradient, to which blocks add.
func (g *tapsTask) load() {
	for j := range g.end - g.first {
		total, from := g.totals[j*g.stride:], g.gradients.Depthwise[g.at(j):]
		for i := range g.columns {
			total[i] = from[i*g.apart()]
		}
		clear(total[g.columns:g.stride])
	}
}

func (g *tapsTask) store() {
	for j := range g.end - g.first {
		total, to := g.totals[j*g.stride:], g.gradients.Depthwise[g.at(j):]
		for i := range g.columns {
			to[i*g.apart()] = total[i]
		}
	}
}

// at returns where the task's tap j is in the depthwise kernel.
func (g *tapsTask) at(j int) int {
	return (g.first+j)*g.base.columns + g.column*g.apart() + g.plane
}

// apart is how far the task's columns are apart in the depthwise kernel.
func (g *tapsTask) apart() int { return g.Multiplier / g.shared() }

// shared is how many columns of a plane have the same input.
func (g *tapsTask) shared() int { return g.channelStep }

// block adds the sums of a block of rows, whose du is given from the task's column on.
func (g *tapsTask) block(row, rows int, du []float32, stride int) {
	size := (g.end - g.first) * g.stride
	clear(g.s.training.sums[:size])
	if g.Multiplier == 1 && g.set.DepthwiseGradient != nil {
		g.sums(row, rows, du, stride)
		g.finish()
		return
	}
	g.origin = row
	g.pack(rows, du, stride)
	for end := row + rows; row < end; {
		n, t := row/g.outSteps, row%g.outSteps
		steps := min(g.outSteps-t, end-row)
		g.signal(&g.s.x, n)
		g.add(n, t, t+steps, g.first, g.end)
		row += steps
	}
	g.finish()
}

// sums sums up a block by the kernel for that.
func (g *tapsTask) sums(row, rows int, du []float32, stride int) {
	d := &g.s.training.gradient
	d.Dst, d.DstStride, d.Columns, d.NumTaps = g.s.training.sums, g.stride, g.columns, g.end-g.first
	d.RowStep, d.TapStep, d.SrcStride, d.DUStride = g.Stride, g.Dilation, g.Channels, stride
	d.Positions = g.steps
	for at := 0; at < rows; at += d.Rows {
		n, t := (row+at)/g.outSteps, (row+at)%g.outSteps
		d.Rows = min(g.outSteps-t, rows-at)
		g.signal(&g.s.x, n)
		d.Src, d.DU = g.s.x.data[g.column:], du[at*stride:]
		d.First = t*g.Stride - g.left + g.first*g.Dilation
		if !g.near(d) {
			g.set.DepthwiseGradient(d)
		}
	}
	d.Dst, d.Src, d.DU = nil, nil, nil
}

// near computes a block of crowded rows from copies that stay in the first-level cache, a
// panel of columns at a time, if there are so many taps that the kernel goes over them
// several times. It reports whether it did. (Measured on Zen 5, backward of Q4 and Q5 0.97
// and 0.93 of the time; where rows are not crowded up to 1.04.)
func (g *tapsTask) near(d *kernel.DepthwiseGradient) bool {
	const worthwhile = 24 // taps
	first := max(d.First, 0)
	n := min(d.First+(d.Rows-1)*d.RowStep+(d.NumTaps-1)*d.TapStep+1, d.Positions) - first
	width := g.set.Tile.Channels
	if !g.cut.crowded || d.NumTaps < worthwhile || d.RowStep > 1 || n <= 0 || n > len(g.s.window)/width {
		return false
	}
	all, x, du := *d, g.s.window, g.s.training.panels
	for q := 0; q < all.Columns; q += width {
		d.Columns = min(width, all.Columns-q)
		g.set.Copy(x, all.Src[first*all.SrcStride+q:], n, d.Columns, width, all.SrcStride)
		g.set.Copy(du, all.DU[q:], d.Rows, d.Columns, width, all.DUStride)
		d.Dst, d.Src, d.DU, d.SrcStride, d.DUStride = all.Dst[q:], x, du, width, width
		d.First, d.Positions = all.First-first, n
		g.set.DepthwiseGradient(d)
	}
	*d = all
	return true
}

// pack makes panels of the block's rows of du.
func (g *tapsTask) pack(rows int, du []float32, stride int) {
	width := g.set.Tile.Channels
	for i := 0; i < g.columns; i += width {
		g.set.Copy(g.s.training.panels[i*kernel.Block:], du[i:], rows, min(width, g.columns-i), width, stride)
	}
}

// add adds what steps t to end of a signal are to taps from j on. Steps whose input a
// tap lacks, before the signal or after it, are left out. What is left of a triangle, of
// taps and steps, is a rectangle and two smaller triangles.
func (g *tapsTask) add(n, t, end, first, last int) {
	a, b := max(first, g.firstTap(t)), min(last, g.endTap(end-1))
	if a < b {
		g.rectangle(n, t, end, a, b)
	} else {
		a, b = last, last
	}
	if end-t == 1 {
		return
	}
	middle := t + (end-t)/2
	for _, r := range [2][2]int{{first, a}, {b, last}} {
		if r[0] < r[1] && g.firstTap(end-1) < r[1] && g.endTap(t) > r[0] {
			g.add(n, t, middle, r[0], r[1])
			g.add(n, middle, end, r[0], r[1])
		}
	}
}

// firstTap returns the first tap that has an input at a step.
func (g *tapsTask) firstTap(t int) int { return stepsTo(0, t*g.Stride-g.left, g.Dilation) }

// endTap returns the first tap whose input at a step is after the signal.
func (g *tapsTask) endTap(t int) int { return stepsTo(g.steps, t*g.Stride-g.left, g.Dilation) }

// rectangle adds steps t to end to taps a to b, all of whose inputs there are.
func (g *tapsTask) rectangle(n, t, end, a, b int) {
	width := g.set.Tile.Channels
	x, d := &g.s.x, &g.s.depthwise
	d.Dst, d.Src = g.s.training.sums[(a-g.first)*g.stride:], x.from(t*g.Stride+a*g.Dilation-g.left, g.column/g.shared()).data
	d.Taps = g.s.training.panels[(n*g.outSteps+t-g.origin)*width:]
	d.Rows, d.Columns, d.NumTaps, d.Multiplier, d.Offset = b-a, g.columns, end-t, g.shared(), g.column%g.shared()
	d.DstStride, d.RowStride, d.TapStride, d.PanelStride = g.stride, g.Dilation*x.step, g.Stride*x.step, kernel.Block*width
	d.Accumulate = true
	g.set.Depthwise(d)
}

// finish adds the block's sums to the totals: fma(sum, 1, total) is their rounded sum.
func (g *tapsTask) finish() {
	d := &g.s.depthwise
	d.Dst, d.Src, d.Taps = g.totals, g.s.training.sums, g.s.training.ones
	d.Rows, d.Columns, d.NumTaps, d.Multiplier, d.Offset = g.end-g.first, g.stride, 1, 1, 0
	d.DstStride, d.RowStride, d.TapStride, d.PanelStride = g.stride, g.stride, g.stride, g.set.Tile.Channels
	d.Accumulate = true
	g.set.Depthwise(d)
}
