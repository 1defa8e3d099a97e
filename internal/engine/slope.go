package engine

import "github.com/sepconv/go/internal/kernel"

// slope is the phase that makes g of Z and of the gradient by the output: a task is some
// rows of the part, or, in channels_first, some filters of a signal.
type slope struct{ *Training }

// rowsAtOnce is how many rows a task has that needs no more than them.
const rowsAtOnce = 128

func (p *slope) begin(int) int {
	if p.channelsFirst {
		return (p.end - p.first) * tilesOf(p.Filters, turnedAtOnce)
	}
	return p.rowTasks()
}

func (p *slope) do(i int, s *scratch) {
	if p.channelsFirst {
		p.filters(i, s)
		return
	}
	row, rows := p.rowTask(i)
	if p.signed {
		p.ofSigns(p.row(p.z, p.Filters, row)[:rows*p.Filters], row, rows)
		return
	}
	p.activation.pullback(p.set, s, p.row(p.z, p.Filters, row), p.ddst[row*p.kept():], rows, p.Filters)
}

// keepsSigns reports whether the signs of Z are all that Backward needs of it: a
// sixteenth of the memory.
func (t *Training) keepsSigns() bool {
	return !t.Recompute && t.fused.Func == kernel.ReLU && t.set.Signs != nil && t.Filters%kernel.SignLanes == 0
}

// signsOf returns the signs from a row of the batch on.
func (t *Training) signsOf(row, rows int) []uint32 {
	words := t.Filters / kernel.SignLanes
	return t.signs[row*words:][:rows*words]
}

// ofSigns makes g of rows of the signs of Z.
func (t *Training) ofSigns(g []float32, row, rows int) {
	t.set.SignsPullback(g, t.ddst[row*t.Filters:][:len(g)], t.signsOf(row, rows))
}

// filters makes g of some lines, and puts it into rows.
func (p *slope) filters(i int, s *scratch) {
	n, f, filters := p.filterGroup(i)
	lines := p.ddst[(n*p.Filters+f)*p.keptSteps():]
	if !p.linear() {
		dy := lines
		lines = p.linesOf(n, f)
		p.activation.pullback(p.set, s, lines, dy, filters, p.outSteps)
	}
	p.set.Transpose(p.row(p.z, p.Filters, n*p.outSteps)[f:], lines, filters, p.outSteps, p.Filters, p.outSteps)
}

// rowTasks returns how many tasks of rowsAtOnce rows the part has.
func (t *Training) rowTasks() int {
	first, end := t.rows()
	return tilesOf(end-first, rowsAtOnce)
}

// rowTask returns the rows of such a task.
func (t *Training) rowTask(i int) (row, rows int) {
	first, end := t.rows()
	row = first + i*rowsAtOnce
	return row, min(rowsAtOnce, end-row)
}

// pullback makes rows of z the gradient by them, of the gradient by the activation's
// results.
func (a *Activation) pullback(set *kernel.Set, s *scratch, z, dy []float32, rows, length int) {
	if !a.alongAxis() {
		n := rows * length
		set.Pullback[a.Func](z[:n], dy[:n], &a.Activation)
		return
	}
	results := length
	if a.Func == kernel.GLU {
		results /= 2
	}
	for r := range rows {
		z, dy := z[r*length:][:length:length], dy[r*results:][:results:results]
		if a.Custom == nil {
			set.Pullback[a.Func](z, dy, &a.Activation)
			continue
		}
		line := grown(s.training.line, length)
		s.training.line = line
		copy(line, dy)
		a.CustomPullback(line, z)
		copy(z, line)
	}
}
