package engine

// The gradient of the input is a convolution of du by the taps, flipped: by all of them
// if the stride is 1. With a larger one, inputs whose distance from the first tap leaves
// the same residue by the stride share taps, and are one convolution of stride 1 each.

// residue is such a convolution.
type residue struct {
	base                   // of stride 1, with the residue's taps
	at     int             // the residue
	last   int             // the last tap: the first one in time
	every  int             // taps from one to the one before it
	planes []depthwiseRows // by filters of a channel
}

// newResidues returns the residues that have taps.
func newResidues(b *base, target Target) []residue {
	common := gcd(b.Stride, b.Dilation)
	every := b.Stride / common
	all := make([]residue, min(b.Kernel, every))
	for j := range all {
		r := &all[j]
		taps := tilesOf(b.Kernel-j, every)
		r.base = base{Geometry: Geometry{
			Channels: b.Channels, Filters: 1, Kernel: taps, Stride: 1, Dilation: b.Dilation / common, Multiplier: 1,
		}, set: b.set}
		if err := r.Check(); err != nil {
			panic(err) // smaller than what has been checked
		}
		r.cut = newTiling(&r.Geometry, b.set.Tile, false, 0, target.L1, target.L2)
		r.at, r.last, r.every = j*b.Dilation%b.Stride, j+(taps-1)*every, every
		r.planes = make([]depthwiseRows, b.Multiplier)
		for m := range r.planes {
			r.planes[m] = depthwiseRows{base: &r.base, apart: min(b.Stride, gradientTile), onto: m > 0}
		}
	}
	return all
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// inputGradient is the phase that computes the gradient of the input: a task is some
// steps and channels of a signal.
type inputGradient struct {
	*Training
	split
}

func (p *inputGradient) begin(threads int) int {
	t := p.Training
	width := t.set.Tile.Channels
	p.split.work = work{batch: t.end - t.first, rows: t.steps, filters: t.Channels, threads: threads}
	p.groupFilters = min(t.Channels, roundDown(gradientTile/rowsAtOnce, width))
	p.groups = tilesOf(t.Channels, p.groupFilters)
	most := max(gradientTile/t.tileStride(p.groupFilters), 1)
	p.tileRows = min(most, rowsAtOnce*min(t.Stride, most), t.steps)
	p.tiles = tilesOf(t.steps, p.tileRows)
	return p.tasks()
}

func (p *inputGradient) do(i int, s *scratch) {
	t := p.Training
	n, b := p.task(i)
	n += t.first
	stride := t.tileStride(b.filters)
	tile := s.tile[:b.rows*stride]
	if len(t.residues) < t.Stride { // no tap reaches some inputs
		clear(tile)
	}
	for i := range t.residues {
		t.residues[i].compute(t, s, n, b, stride)
	}
	if t.channelsFirst {
		t.set.Transpose(t.dsrc[(n*t.Channels+b.filter)*t.steps+b.row:], tile, b.rows, b.filters, t.steps, stride)
	} else {
		t.set.Copy(t.dsrc[(n*t.steps+b.row)*t.Channels+b.filter:], tile, b.rows, b.filters, t.Channels, stride)
	}
}

// compute computes the steps of a block that are the residue's.
func (r *residue) compute(t *Training, s *scratch, n int, b block, stride int) {
	zeroth := (r.at - t.left) % t.Stride // the first step of the signal that is the residue's
	if zeroth < 0 {
		zeroth += t.Stride
	}
	before := stepsTo(b.row, zeroth, t.Stride)
	first := zeroth + before*t.Stride
	if first >= b.row+b.rows || first < b.row { // none in the block, or beyond the ints
		return
	}
	rows := tilesOf(b.row+b.rows-first, t.Stride)
	tile := s.tile
	s.tile = tile[(first-b.row)*stride:]
	for m := range r.planes {
		du := t.row(t.du, t.uStride, n*t.outSteps)[m*t.Channels:][:(t.outSteps-1)*t.uStride+t.Channels]
		s.x = signal{operand: operand{du, t.uStride, 1}, steps: t.outSteps, left: -(zeroth + t.left - r.last*t.Dilation) / t.Stride}
		r.planes[m].compute(s, before, rows, b.filter, b.filters)
	}
	s.tile = tile
}
