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
	return p.blocks()
}

func (p *inputGradient) do(i int, s *scratch) {
	t := p.Training
	n, b := p.block(i)
	n += t.first
	stride := t.tileStride(b.filters)
	if stride == t.Channels && !t.channelsFirst { // whole panels, as the kernel wants them
		p.compute(s, t.dsrc[(n*t.steps+b.row)*stride:], n, b, stride)
		return
	}
	p.compute(s, s.tile, n, b, stride)
	if t.channelsFirst {
		t.set.Transpose(t.dsrc[(n*t.Channels+b.filter)*t.steps+b.row:], s.tile, b.rows, b.filters, t.steps, stride)
	} else {
		t.set.Copy(t.dsrc[(n*t.steps+b.row)*t.Channels+b.filter:], s.tile, b.rows, b.filters, t.Channels, stride)
	}
}

// compute computes a block into rows of dst.
func (p *inputGradient) compute(s *scratch, dst []float32, n int, b block, stride int) {
	if len(p.residues) < p.Stride { // no tap reaches some inputs
		clear(dst[:b.rows*stride])
	}
	for i := range p.residues {
		p.residues[i].compute(p.Training, s, dst, n, b, stride)
	}
}

// compute computes the steps of a block that are the residue's.
func (r *residue) compute(t *Training, s *scratch, dst []float32, n int, b block, stride int) {
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
	s.tile = dst[(first-b.row)*stride:]
	signals := t.row(t.du, t.uStride, n*t.outSteps)[:(t.outSteps-1)*t.uStride+t.columns]
	for m := range r.planes {
		du := operand{signals[m*t.planeStep:], t.uStride, t.channelStep}
		s.x = signal{operand: du, steps: t.outSteps, left: -(zeroth + t.left - r.last*t.Dilation) / t.Stride}
		r.planes[m].compute(s, before, rows, b.filter, b.filters)
	}
	s.tile = tile
}
