package engine

// Span is the part of a signal that a run computes.
type Span struct {
	Steps    int // of the input that are at hand, of each signal of the batch
	OutSteps int // of the output that are to be computed
	// Left is by how many steps the first tap of the first output is before the first
	// step at hand; negative if it is after it.
	Left int
	// History holds the steps right before those at hand, in the input's layout, and
	// of each signal as many. What was before them, and what comes after those at
	// hand, is 0.
	History []float32
}

// call is the arguments of a run.
type call struct {
	dst, src []float32
	batch    int
	Span
}

// input returns signal n of the batch.
func (c *call) input(g *Geometry, n int) signal {
	size := c.Steps * g.Channels
	x := signal{
		operand: newOperand(c.src[n*size:][:size], c.Steps, g.Channels, g.ChannelsFirst),
		steps:   c.Steps,
		left:    c.Left,
	}
	if len(c.History) > 0 {
		size := len(c.History) / c.batch
		x.pastSteps = size / g.Channels
		x.past = newOperand(c.History[n*size:][:size], x.pastSteps, g.Channels, g.ChannelsFirst)
	}
	return x
}

// output returns output n of the batch, of so many rows and filters.
func (c *call) output(g *Geometry, n, rows, filters int) operand {
	size := rows * filters
	return newOperand(c.dst[n*size:][:size], rows, filters, g.ChannelsFirst)
}
