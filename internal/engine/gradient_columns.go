package engine

// columnsGradient is the phase that takes g back through the pointwise convolution: a
// task is some rows of the part.
//
// The columns of the result are those of the first filter of each channel, then those of
// the second: so channels stand side by side in what the depthwise kernels read next,
// whatever the multiplier. Where channels are fewer than a vector has lanes, they are as
// in u, the filters of a channel side by side.
type columnsGradient struct{ *Training }

func (p *columnsGradient) begin(int) int { return p.rowTasks() }

func (p *columnsGradient) do(i int, s *scratch) {
	row, rows := p.rowTask(i)
	f := factor{panels: &p.turned, bias: p.zeros, stride: p.Filters, depth: p.Filters, filters: p.columns}
	p.multiply(s, p.row(p.du, p.uStride, row), p.uStride, p.gradientRow(row), f, rows)
}
