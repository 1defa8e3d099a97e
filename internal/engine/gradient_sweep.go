package engine

import (
	"math"

	"github.com/sepconv/go/internal/kernel"
)

// sweep is the phase that computes all gradients in one pass over the rows, block by
// block: what a block needs is used for everything while it is in the second-level
// cache. A task is some columns, and has nothing to do with those of others: only g,
// which all need, is computed anew by each.
//
//	g  = dy, through the activation       F
//	U, if it is not kept                  columns
//	dP, db, of U and g
//	du, of g, where U was                 columns
//	dx, of du and the rows of it before the block that taps reach back to
//	dw, of du and the input
//
// It is for strides of 1, since with others inputs and outputs do not advance together.
type sweep struct {
	*Training
	columns int // of a task
}

// sweepColumns is how many columns a task has at most where arrays are far: so many that a
// block of U stays in the second-level cache beside g.
const sweepColumns = 256

// Of a sweep of near arrays, enoughColumns is how many columns each of several threads
// needs: with fewer it is too much to make g and its panels in each. Nor are there more than
// mostColumns, since a block of du would not stay in the second-level cache. (Measured on
// Zen 5 with AVX-512, two threads, backward in a sweep by that in phases: 32 columns each
// 1.02 to 1.09, 64 0.99 and 1.05, 128 0.83 and 0.995, 256 and 512 0.82 to 0.97. One thread:
// 64 to 512 columns 0.94 to 0.99, 1024 0.99 to 1.05.)
const enoughColumns, mostColumns = 128, 512

// sweeps reports whether gradients are computed in a sweep.
func (t *Training) sweeps() bool {
	fits := max(t.uStride, t.Filters)*t.set.Tile.Rows <= gradientTile
	switch {
	case !fits || t.Recompute || t.channelsFirst || t.Stride > 1 || t.Multiplier > 1 || t.fewChannels():
		return false
	case t.activation.alongAxis() && t.sweepTasks(t.threads) > 1:
		return false // they would compute g anew, each row by a call
	case t.far:
		return t.crew <= tilesOf(t.base.columns, t.sweepUnit())
	}
	enough := t.threads == 1 || t.base.columns >= enoughColumns*t.threads
	return enough && t.base.columns <= mostColumns*t.threads && t.reach <= kernel.Block
}

// manyTaps is from how many taps on U is kept where arrays are far, and not computed again.
// (Measured on Zen 5 with AVX-512, steps where it is kept by those where it is not: 3 taps
// 1.02 to 1.13, 11 and 13 1.05, 29 0.99, 33 1.00, 75 0.97.)
const manyTaps = 24

// sweepTasks returns how many tasks a sweep is cut into for some threads, if there are
// columns enough.
func (t *Training) sweepTasks(threads int) int {
	if t.far {
		return max(tilesOf(t.base.columns, sweepColumns), threads)
	}
	return threads
}

// isFar reports whether all arrays together are beyond the caches. (Measured on Zen 5 with
// AVX-512, L3 of 32 MB, steps with a sweep that computes U again by those in phases: 8 MB
// 1.07, 12 MB 1.00, 25 MB 0.84, 38 MB and more 0.69 to 0.97.)
func (t *Training) isFar() bool { return t.floats() > t.lastLevel/2/4 }

// floats is the size of the arrays of a step that both passes go through: the input, Z,
// the output and the gradients.
func (t *Training) floats() int {
	return t.batch * (2*t.steps*t.Channels + t.outSteps*(t.Filters+2*t.kept()))
}

// sweepUnit is what the columns of a task are a multiple of, to begin with a panel.
func (t *Training) sweepUnit() int { return max(t.set.Tile.Filters, t.set.Tile.Channels) }

func (p *sweep) begin(threads int) int {
	p.columns = roundUp(tilesOf(p.base.columns, p.sweepTasks(threads)), p.sweepUnit())
	return tilesOf(p.base.columns, p.columns)
}

func (p *sweep) do(i int, s *scratch) {
	t := p.Training
	k := sweeper{Training: t, s: s, column: i * p.columns}
	k.columns = min(p.columns, t.base.columns-k.column)
	k.stride = t.tileStride(k.columns)
	k.carry = min(t.reach, t.outSteps)
	g, most := &s.training, t.tileStride(p.columns) // whatever task comes next
	g.rows = grown(g.rows, t.base.columns+(k.carry+kernel.Block)*most)
	if !t.direct() && !k.inPlace() {
		g.g = grown(g.g, kernel.Block*t.Filters)
	}
	if !t.Frozen {
		g.taps = grown(g.taps, t.Kernel*most)
		k.eachTaps((*tapsTask).load)
	}
	for row, end := 0, t.batch*t.outSteps; row < end; row += kernel.Block {
		k.block(row, min(kernel.Block, end-row))
	}
	t.set.Fence()
	if !t.Frozen {
		k.eachTaps((*tapsTask).store)
	}
}

// sweeper is a task: some columns, from one block of rows to the next. The rows of the
// scratch are carry rows of du from before the block, of which as many are there as the
// block's first signal has, and the block's rows of U, unless that is kept, and then of du.
type sweeper struct {
	*Training
	s               *scratch
	column, columns int
	stride, carry   int
}

// rowsOf returns the scratch's rows from a row of the block on.
func (k *sweeper) rowsOf(row int) []float32 {
	return k.s.training.rows[k.column+(k.carry+row)*k.stride:]
}

func (k *sweeper) block(row, rows int) {
	g := k.gradient(row, rows)
	if k.far {
		k.translate(row, rows)
	}
	if !k.Frozen {
		u, stride := k.sums(row, rows)
		k.ofPointwise(rows, row+rows, u, stride, g)
	}
	k.ofColumns(row, rows, g)
	if k.dsrc != nil {
		k.segments(row, rows, k.ofInput)
	}
	if !k.Frozen {
		k.ofTaps(row, rows)
	}
	if k.dsrc != nil && row+rows < k.batch*k.outSteps {
		copy(k.rowsOf(-k.carry), k.rowsOf(rows - k.carry)[:k.carry*k.stride])
	}
}

// segments visits the signals of a block: the steps from t to end of signal n, the first
// of which is the row at of the block.
func (k *sweeper) segments(row, rows int, visit func(at, n, t, end int)) {
	for at := 0; at < rows; {
		n, t := (row+at)/k.outSteps, (row+at)%k.outSteps
		end := min(k.outSteps, t+rows-at)
		visit(at, n, t, end)
		at += end - t
	}
}

// inPlace reports whether g takes the place of Z: if that is near, and no other task needs it.
func (k *sweeper) inPlace() bool {
	return !k.far && !k.signed && k.columns == k.base.columns
}

// gradient returns g of a block.
func (k *sweeper) gradient(row, rows int) []float32 {
	switch {
	case k.direct():
		return k.ddst[row*k.Filters:]
	case k.signed:
		g := k.s.training.g[:rows*k.Filters]
		k.ofSigns(g, row, rows)
		return g
	}
	z := k.z[row*k.Filters:]
	if !k.inPlace() {
		g := k.s.training.g
		copy(g[:rows*k.Filters], z)
		z = g
	}
	k.activation.pullback(k.set, k.s, z, k.ddst[row*k.kept():], rows, k.Filters)
	return z
}

// sums returns U of a block, and how far its rows are apart.
func (k *sweeper) sums(row, rows int) (u []float32, stride int) {
	if k.keepsU {
		return k.u[row*k.uStride+k.column:], k.uStride
	}
	k.segments(row, rows, func(at, n, t, end int) {
		k.signal(&k.s.x, n)
		k.onto(k.rowsOf(at), k.depthwise, t, end-t)
	})
	return k.rowsOf(0), k.stride
}

// onto computes rows of a depthwise convolution right into an array.
func (k *sweeper) onto(dst []float32, plane *depthwiseRows, row, rows int) {
	tile := k.s.tile
	k.s.tile = dst
	plane.compute(k.s, row, rows, k.column, k.columns)
	k.s.tile = tile
}

// ofPointwise adds to the gradients of the pointwise kernel and the bias. next is the row
// that the next block begins with.
func (k *sweeper) ofPointwise(rows, next int, u []float32, stride int, g []float32) {
	b := pointwiseBlock{rows: rows, uStride: stride}
	if k.hurried() {
		b.ahead = k.rowsOfInput(k.src, next)
	}
	for f := 0; f < k.Filters; f += gradientFilters {
		b.filter, b.filters = f, min(gradientFilters, k.Filters-f)
		for q := 0; q < k.columns; q += gradientColumns {
			b.column, b.columns = k.column+q, min(gradientColumns, k.columns-q)
			b.add(k.Training, k.s, u[q:], g[f:])
			b.ahead = nil
		}
	}
}

// ofColumns takes g back through the pointwise convolution. Meanwhile it asks for what
// the next block begins with, each array during its share of the rows.
func (k *sweeper) ofColumns(row, rows int, g []float32) {
	f := factor{panels: &k.turned, first: k.column / k.turned.Width, bias: k.zeros, stride: k.Filters, depth: k.Filters, filters: k.columns}
	wanted := k.wanted(row + rows)
	floats, asked, from := 0, 0, 0
	for _, x := range wanted {
		floats += len(x)
	}
	for _, x := range wanted {
		end := rows
		if asked += len(x); asked < floats {
			end = min(roundUp(rows*asked/floats, k.set.Tile.Rows), rows)
		}
		if from < end {
			f.ahead = x
			k.multiply(k.s, k.rowsOf(from), k.stride, g[from*k.Filters:], f, end-from)
			from = end
		}
	}
}

// wanted returns what the block from a row on begins with, of the arrays that are far. (Of
// what the product in ofPointwise asks for only half comes in time, on Zen 5.)
func (k *sweeper) wanted(row int) (x [4][]float32) {
	x[0] = stretch(k.ddst, row, kernel.Block, k.kept())
	if !k.direct() && !k.signed {
		x[1] = stretch(k.z, row, kernel.Block, k.Filters)
	}
	if !k.hurried() {
		x[2] = k.rowsOfInput(k.src, row)
	}
	if k.keepsU {
		x[3] = stretch(k.u, row, kernel.Block, k.uStride)
	}
	return x
}

// rowsOfInput returns what of the input, or of its gradient, belongs to the block from a row
// on.
func (k *sweeper) rowsOfInput(of []float32, row int) []float32 {
	return stretch(of, row/k.outSteps*k.steps+row%k.outSteps, kernel.Block, k.Channels)
}

// translate reads an element of each page that will be asked for or written past the caches
// during a block, so that its address is known by then: requests of addresses that are not
// are dropped, and stores wait. (Measured on Zen 5 with pages of 4 KB: 64 KB that had been
// asked for were read at 15 GB/s without this, and at 230 with it.)
func (k *sweeper) translate(row, rows int) {
	for _, x := range k.wanted(row + rows) {
		k.touch(x, 0, pageFloats)
	}
	if k.hurried() {
		k.touch(k.rowsOfInput(k.src, row+rows), 0, pageFloats)
	}
	if k.dsrc != nil {
		k.touch(k.rowsOfInput(k.dsrc, row), k.column, max(pageFloats/k.Channels, 1)*k.Channels)
	}
}

// pageFloats is how many floats there are in the smallest page of memory.
const pageFloats = 4096 / 4

func (k *sweeper) touch(x []float32, first, step int) {
	for i := first; i < len(x); i += step {
		k.s.training.read |= math.Float32bits(x[i])
	}
}

// hurried reports whether computing du takes too little time to ask for all that is far
// meanwhile, at a line in 12 cycles of two vectors of 16 multiply-adds. (Measured on Zen 5
// with AVX-512, backward if ofPointwise asks for the input by that if it does not: 16 and 16
// channels and filters 0.88, 32 and 32 0.89, 32 and 64 0.95, 64 and 32 0.94, 64 and 64 1.00,
// 200 and 64 1.05.)
func (t *Training) hurried() bool {
	const cycles, multiplyAdds, line = 12, 32, 16
	return t.base.columns*t.Filters/multiplyAdds < (t.Channels+t.kept())*cycles/line
}

// eachTaps visits the taps and columns that are summed up together.
func (k *sweeper) eachTaps(visit func(g *tapsTask)) {
	width := k.tapsColumns()
	for q := 0; q < k.columns; q += width {
		for j := 0; j < k.Kernel; j += tapsAtOnce {
			g := &k.s.training.task
			*g = tapsTask{
				Training: k.Training, s: k.s, column: k.column + q, columns: min(width, k.columns-q),
				first: j, end: min(j+tapsAtOnce, k.Kernel),
			}
			g.stride = k.tileStride(g.columns)
			g.totals = k.s.training.taps[q*k.Kernel+j*g.stride:]
			visit(g)
		}
	}
}

// ofTaps adds to the gradient of the depthwise kernel.
func (k *sweeper) ofTaps(row, rows int) {
	k.eachTaps(func(g *tapsTask) { g.block(row, rows, k.rowsOf(0)[g.column-k.column:], k.stride) })
}

// ofInput computes the inputs of a signal whose outputs are all there with those from t
// to end, and were not before.
func (k *sweeper) ofInput(at, n, t, end int) {
	first, last := k.inputsBefore(t), k.inputsBefore(end)
	before := min(t, k.carry) // the steps of du at hand before t
	s := k.s
	du := operand{s.training.rows[(k.carry+at-before)*k.stride:], k.stride, 1} // from column 0
	du.data = du.data[:(end-t+before-1)*k.stride+k.column+k.columns]
	s.x = signal{operand: du, steps: end - t + before, left: k.reach - k.left}
	plane := k.residues[0].planes[0]
	dx, zeroth := k.dsrc[n*k.steps*k.Channels:], t-before
	if !k.far && k.stride == k.Channels { // whole rows
		k.onto(dx[first*k.Channels:], plane, first-zeroth, last-first)
		return
	}
	move := k.set.CopyPast
	if !k.far {
		move = k.set.Copy
	}
	most := roundDown(inputFloats/k.stride, k.set.Tile.Window)
	for i := first; i < last; i += most {
		rows := min(most, last-i)
		plane.compute(s, i-zeroth, rows, k.column, k.columns)
		move(dx[i*k.Channels+k.column:], s.tile, rows, k.columns, k.Channels, k.stride)
	}
}

// inputFloats is how much of the input's gradient waits to be copied to it: so much that it
// is still in the first-level cache, and that memory takes it while the next is computed.
const inputFloats = 4 << 10

// inputsBefore returns how many inputs of a signal no output from t on reads.
func (k *sweeper) inputsBefore(t int) int {
	if t == k.outSteps {
		return k.steps
	}
	return max(min(t-k.left, k.steps), 0)
}
