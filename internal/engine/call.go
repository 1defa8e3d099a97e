package engine

// Span is the part of a signal that a run computes.
type Span struct {
	Steps    int // of the input that are at hand, of each signal of the batch
	OutSteps int // of the output that are to be computed
	// Left is by how many steps the first tap of the first output is before the first
	// step at hand; negative if it is after it.
	// What is before those at hand, and what comes after them, is 0.
	Left int
}

// call is the arguments of a run.
type call struct {
	dst, src []float32
	batch    int
	Span
	sections      []section // of several signals, in the place of src and a batch
	channelsFirst bool      // of the output
}

// A section is the rows of an output that come from one signal of a gathered run, in
// which those of all signals follow each other.
type section struct {
	x         signal
	row, rows int // of the whole output
}

// input makes x signal n of the batch, without hints.
func (c *call) input(x *signal, g *Geometry, n int) {
	size := c.Steps * g.Channels
	first := g.byChannel()
	x.data = c.src[n*size:][:size]
	x.step, x.channel = strides(c.Steps, g.Channels, first)
	x.steps, x.left, x.pastSteps = c.Steps, c.Left, 0
}

// output returns output n of the batch, of so many rows and filters, from a row and
// filter on.
func (c *call) output(n, rows, filters, row, filter int) operand {
	size := rows * filters
	step, channel := strides(rows, filters, c.channelsFirst)
	return operand{c.dst[n*size:][:size][row*step+filter*channel:], step, channel}
}
