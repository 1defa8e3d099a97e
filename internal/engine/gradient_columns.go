package engine

// columnsGradient is the phase that takes g back through the pointwise convolution: a
// task is some rows of the part. The columns of the result are those of the first filter
// of each channel, then those of the second: so channels stand side by side in what the
// depthwise kernels read next, whatever the multiplier.
type columnsGradient struct{ *Training }

func (p *columnsGradient) begin(int) int { return p.rowTasks() }

func (p *columnsGradient) do(i int, s *scratch) {
	row, rows := p.rowTask(i)
	f := factor{&p.turned, p.zeros, p.Filters, p.Filters, p.columns}
	p.multiply(s, p.row(p.du, p.uStride, row), p.uStride, p.gradientRow(row), f, rows)
}
