package engine

import "github.com/sepconv/go/internal/kernel"

// Forward computes what Plan.Run does, and keeps what Backward needs: src itself, and U and Z
// unless they are to be computed again. It packs the weights, for Backward too, and does not
// keep w.
func (t *Training) Forward(dst, src []float32, w Weights, batch, steps int) {
	outSteps, left, err := t.OutputSteps(steps)
	if err != nil {
		panic(err) // the caller's check was wrong
	}
	t.pass = pass{dst: dst, src: src, weights: w, batch: batch, steps: steps, outSteps: outSteps, left: left}
	if batch == 0 || outSteps == 0 {
		return
	}
	micros := t.micros(batch, outSteps)
	trial := t.forward.Begin(micros, t.threads)
	defer trial.End()
	t.crew, t.wake = worthThreads(trial, micros), trial.Wake
	t.resize()

	t.share(&t.phases.packing)
	if t.channelsFirst {
		t.share(&t.phases.turnInput)
	}
	for t.begin(); t.first < t.batch; t.advance() {
		t.compute()
	}
	t.dst, t.weights = nil, Weights{}
	t.own.release()
}

func (t *Training) share(ph phase) { t.do(ph, t.crew, t.wake) }

// compute computes U and Z of the part, and the output unless dst is nil.
func (t *Training) compute() {
	t.share(&t.phases.sums)
	if t.channelsFirst && !(t.linear() && t.dst == nil) {
		t.share(&t.phases.outputLines)
	}
}

// turnInput is the phase that puts the channels of the input side by side: a task is
// some channels of a signal.
type turnInput struct{ *Training }

// turnedAtOnce is how many lines are transposed at once.
const turnedAtOnce = 32

func (p *turnInput) begin(int) int { return p.batch * tilesOf(p.Channels, turnedAtOnce) }

func (p *turnInput) do(i int, _ *scratch) {
	groups := tilesOf(p.Channels, turnedAtOnce)
	n, c := i/groups, i%groups*turnedAtOnce
	signal := n * p.steps * p.Channels
	p.set.Transpose(p.x[signal+c:], p.src[signal+c*p.steps:], min(turnedAtOnce, p.Channels-c), p.steps, p.Channels, p.steps)
}

// trainingSums is the phase of both convolutions, and in channels_last of the
// activation: a task is some rows of a signal.
type trainingSums struct {
	*Training
	split
}

func (p *trainingSums) begin(threads int) int {
	p.split.work = work{batch: p.end - p.first, rows: p.outSteps, filters: p.Filters, threads: threads, wholeRows: true}
	p.cut(&p.Training.cut)
	return p.blocks()
}

func (p *trainingSums) do(i int, s *scratch) {
	t := p.Training
	n, b := p.block(i)
	n += t.first
	t.signal(&s.x, n)
	if !t.swept || !t.far {
		t.sums(s, n, b.row, b.rows, t.row(t.u, t.uStride, n*t.outSteps+b.row))
		return
	}
	most := t.rowsOfSums()
	for r := 0; r < b.rows; r += most {
		t.sumsPast(s, n, b.row+r, min(most, b.rows-r))
	}
	t.set.Fence()
}

// sums computes rows of a signal, with U in the given memory.
func (t *Training) sums(s *scratch, n, row, rows int, u []float32) {
	t.firstSums(s, row, rows, u)
	first := n*t.outSteps + row
	if t.direct() {
		if t.dst != nil {
			t.multiply(s, t.dst[first*t.Filters:], t.Filters, u, t.panelsOfSums(), rows)
		}
		return
	}
	if t.signed {
		t.sumsOfSigns(s, first, rows, u, t.panelsOfSums())
		return
	}
	z := t.row(t.z, t.Filters, first)
	t.multiply(s, z, t.Filters, u, t.panelsOfSums(), rows)
	switch {
	case t.dst == nil || t.channelsFirst:
	case t.fused.Func != kernel.Linear:
		copy(t.dst[first*t.Filters:][:rows*t.Filters], z)
	default:
		t.activation.rows(t.set, t.dst[first*t.kept():], z, rows, t.Filters)
	}
}

// sumsOfSigns computes rows of the output, and keeps their signs.
func (t *Training) sumsOfSigns(s *scratch, first, rows int, u []float32, f factor) {
	y := t.dst[first*t.Filters:][:rows*t.Filters]
	t.multiply(s, y, t.Filters, u, f, rows)
	t.set.Signs(t.signsOf(first, rows), y)
}

// firstSums computes U of rows.
func (t *Training) firstSums(s *scratch, row, rows int, u []float32) {
	tile := s.tile
	s.tile = u
	t.depthwise.compute(s, row, rows, 0, t.columns)
	s.tile = tile
}

// rowsOfSums is how many rows sumsPast computes at once: so few that the memory for them,
// prefetched while those before are computed, is still in the cache when they are written.
func (t *Training) rowsOfSums() int {
	const enough = 126
	return roundDown(min(gradientTile/max(t.uStride, t.Filters), enough), t.set.Tile.Rows)
}

// sumsPast computes rows of a signal for a sweep of arrays that are far larger than the
// caches. U, if it is kept, and outputs are written past the caches, except where the signs
// of outputs are kept: for these they are read again. Z is not: a store past the caches waits
// for the memory sooner.
func (t *Training) sumsPast(s *scratch, n, row, rows int) {
	u := s.tile
	t.firstSums(s, row, rows, u)
	first := n*t.outSteps + row
	if t.keepsU {
		t.set.CopyPast(t.u[first*t.uStride:], u, rows, t.uStride, t.uStride, t.uStride)
	}
	f := t.panelsOfSums()
	f.ahead = stretch(t.src, n*t.steps+row+rows, rows, t.Channels)
	if t.direct() {
		f.past = true
		t.multiply(s, t.dst[first*t.Filters:], t.Filters, u, f, rows)
		return
	}
	if t.signed {
		t.sumsOfSigns(s, first, rows, u, f)
		return
	}
	z := t.z[first*t.Filters:][:rows*t.Filters]
	half := t.halfOf(rows)
	t.multiply(s, z, t.Filters, u, f, half)
	if half < rows {
		f.ahead = stretch(t.z, first+rows, rows, t.Filters)
		t.multiply(s, z[half*t.Filters:], t.Filters, u[half*t.uStride:], f, rows-half)
	}
	if t.fused.Func != kernel.Linear {
		t.set.CopyPast(t.dst[first*t.Filters:], z, rows, t.Filters, t.Filters, t.Filters)
	} else {
		t.activation.rows(t.set, t.dst[first*t.kept():], z, rows, t.Filters)
	}
}

// halfOf returns about half of so many rows, in whole tiles and at least one.
func (t *Training) halfOf(rows int) int {
	return min(roundUp((rows+1)/2, t.set.Tile.Rows), rows)
}

// stretch returns the given rows of an array, or as many of them as there are.
func stretch(of []float32, row, rows, columns int) []float32 {
	return of[min(row*columns, len(of)):min((row+rows)*columns, len(of))]
}

// panelsOfSums is the product of the pointwise convolution.
func (t *Training) panelsOfSums() factor {
	return factor{
		panels: &t.panels, bias: t.bias, activation: t.fused,
		stride: t.uStride, depth: t.columns, filters: t.Filters,
	}
}

// factor is the right one of a product: packed weights, what sums start from, and what
// is applied to them.
type factor struct {
	panels                 *kernel.Packed
	first                  int // panel
	bias                   []float32
	activation             kernel.Activation
	stride, depth, filters int // floats between rows of the left factor; the panels' shape

	past  bool      // the product is written past the caches
	ahead []float32 // to prefetch: what will be read next
}

// multiply computes rows of a product, a part of the depth at a time, whose panels stay
// near the core.
func (t *Training) multiply(s *scratch, dst []float32, dstStride int, u []float32, f factor, rows int) {
	d := &s.pointwise
	d.Dst, d.RowStride, d.FilterStride = dst, dstStride, 1
	d.UStride, d.Bias, d.BiasOfRows, d.PastCaches = f.stride, f.bias, false, f.past
	d.Rows, d.Filters = rows, f.filters
	d.Activation, d.Scratch, d.Ahead, d.Streamed = kernel.Activation{}, s.scratch, f.ahead, false
	for q := 0; q < f.depth; q += t.depthAtOnce {
		d.U = u[q:]
		d.Panels.View(f.panels, f.first, q)
		d.Depth, d.Accumulate = min(t.depthAtOnce, f.depth-q), q > 0
		if q+d.Depth == f.depth {
			d.Activation = f.activation
		}
		t.set.Pointwise(d)
		d.Ahead = nil
	}
}

// kept is how many filters there are after the activation, in channels_last.
func (t *Training) kept() int {
	if t.activation.Func == kernel.GLU && !t.channelsFirst {
		return t.Filters / 2
	}
	return t.Filters
}

// keptSteps is how many steps there are after the activation.
func (t *Training) keptSteps() int {
	if t.activation.Func == kernel.GLU && t.channelsFirst {
		return t.outSteps / 2
	}
	return t.outSteps
}

// rows makes y the activation of rows of z, which stay.
func (a *Activation) rows(set *kernel.Set, y, z []float32, rows, length int) {
	switch {
	case a.Func == kernel.GLU:
		half := length / 2
		for r := range rows {
			y, z := y[r*half:][:half:half], z[r*length:][:length]
			copy(y, z)
			set.Gate(y, z[half:])
		}
	case a.alongAxis():
		for r := range rows {
			y := y[r*length:][:length:length]
			copy(y, z[r*length:])
			a.apply(set, y)
		}
	default:
		y = y[:rows*length]
		copy(y, z)
		if a.Func != kernel.Linear {
			a.apply(set, y)
		}
	}
}

// outputLines is the phase that turns Z into lines, in channels_first, and applies the
// activation: a task is some filters of a signal.
type outputLines struct{ *Training }

func (p *outputLines) begin(int) int { return (p.end - p.first) * tilesOf(p.Filters, turnedAtOnce) }

func (p *outputLines) do(i int, _ *scratch) {
	t := p.Training
	n, f, filters := t.filterGroup(i)
	z := t.row(t.z, t.Filters, n*t.outSteps)[f:]
	y := t.dst
	if y != nil {
		y = y[(n*t.Filters+f)*t.keptSteps():]
	}
	lines := y
	if !t.linear() {
		lines = t.linesOf(n, f)
	}
	t.set.Transpose(lines, z, t.outSteps, filters, t.outSteps, t.Filters)
	if y != nil && !t.linear() {
		t.activation.rows(t.set, y, lines, filters, t.outSteps)
	}
}

// filterGroup returns the signal and the filters of a task of lines.
func (t *Training) filterGroup(i int) (n, f, filters int) {
	groups := tilesOf(t.Filters, turnedAtOnce)
	f = i % groups * turnedAtOnce
	return t.first + i/groups, f, min(turnedAtOnce, t.Filters-f)
}

// linesOf returns Z of a signal by lines, from a filter on.
func (t *Training) linesOf(n, f int) []float32 { return t.lines[((n-t.first)*t.Filters+f)*t.outSteps:] }
