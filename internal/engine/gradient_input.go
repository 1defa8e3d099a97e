package engine

// The gradient of the input is a convolution of du by the taps, flipped: by all of them
// if the stride is 1. With a larger one, inputs whose distance from the first tap leaves
// the same residue by the stride share taps, and are one convolution of stride 1 each.
//
// Where channels are few, vectors of them would be empty for the most part: then they run
// along time, and du is turned into lines for that, whose columns are those of the kernel.

// residue is such a convolution.
type residue struct {
	base                    // of stride 1, with the residue's taps
	at     int              // the residue
	last   int              // the last tap: the first one in time
	every  int              // taps from one to the one before it
	planes []*depthwiseRows // by filters of a channel, whose sums follow one another
	lines  *depthwiseLines  // or, of few channels, all of them
}

// newResidues returns the residues that have taps.
func newResidues(b *base, target Target) []residue {
	common := gcd(b.Stride, b.Dilation)
	every := b.Stride / common
	lines, columns := b.fewChannels(), b.Channels
	if lines {
		columns = b.columns
	}
	all := make([]residue, b.Residues())
	for j := range all {
		r := &all[j]
		taps := tilesOf(b.Kernel-j, every)
		r.base = base{Geometry: Geometry{
			Channels: columns, Filters: 1, Kernel: taps, Stride: 1, Dilation: b.Dilation / common, Multiplier: 1,
		}, set: b.set}
		if err := r.Check(); err != nil {
			panic(err) // smaller than what has been checked
		}
		r.cut = newTiling(&r.Geometry, b.set.Tile, lines, 0, target.L1, target.L2)
		r.at, r.last, r.every = j*b.Dilation%b.Stride, j+(taps-1)*every, every
		if lines {
			r.lines = &depthwiseLines{base: &r.base, sum: b.Multiplier > 1}
			continue
		}
		for m := range b.Multiplier {
			r.planes = append(r.planes, &depthwiseRows{base: &r.base, apart: min(b.Stride, gradientTile), onto: m > 0})
		}
	}
	return all
}

// fewChannels reports whether vectors of channels would be empty for the most part.
func (b *base) fewChannels() bool {
	return b.set.DepthwiseLines != nil && b.Channels <= b.set.Tile.Channels/2
}

// Residues returns how many residues have taps.
func (g *Geometry) Residues() int { return min(g.Kernel, g.Stride/gcd(g.Stride, g.Dilation)) }

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
	most := max(gradientTile/t.rowStride(p.groupFilters), 1)
	p.tileRows = min(most, rowsAtOnce*min(t.Stride, most), t.steps)
	if t.fewChannels() {
		p.tileRows = min(most/2, t.steps)
	}
	p.tiles = tilesOf(t.steps, p.tileRows)
	return p.blocks()
}

func (p *inputGradient) do(i int, s *scratch) {
	t := p.Training
	n, b := p.block(i)
	n += t.first
	stride := t.rowStride(b.filters)
	if stride == t.Channels && !t.channelsFirst {
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

// rowStride is how far rows of the gradient are apart: as far as the kernel wants them.
func (t *Training) rowStride(channels int) int {
	if t.fewChannels() {
		return channels
	}
	return t.tileStride(channels)
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
	x := positions{before, 1, tilesOf(b.row+b.rows-first, t.Stride)}
	left := -(zeroth + t.left - r.last*t.Dilation) / t.Stride
	dst = dst[(first-b.row)*stride:]
	if t.fewChannels() {
		r.alongTime(t, s, dst, n, x, left, stride)
		return
	}
	tile := s.tile
	s.tile = dst
	signals := t.row(t.du, t.uStride, n*t.outSteps)[:(t.outSteps-1)*t.uStride+t.columns]
	for m, plane := range r.planes {
		du := operand{signals[m*t.planeStep:], t.uStride, t.channelStep}
		s.x = signal{operand: du, steps: t.outSteps, left: left}
		plane.compute(s, x.from, x.n, b.filter, b.filters)
	}
	s.tile = tile
}

// alongTime computes steps from the lines of du, and puts them into rows of dst.
func (r *residue) alongTime(t *Training, s *scratch, dst []float32, n int, x positions, left, stride int) {
	tile := s.tile
	s.tile = s.training.turned
	lines := t.duLines[(n-t.first)*t.columns*t.outSteps:][:t.columns*t.outSteps]
	s.x = signal{operand: operand{lines, 1, t.outSteps}, steps: t.outSteps, left: left}
	apart := t.Stride * stride
	if r.lines.sum {
		for c := range t.Channels {
			r.lines.compute(s, x.from, x.n, c*t.Multiplier, t.Multiplier)
			spread(dst[c:], s.tile[:x.n], apart)
		}
	} else {
		r.lines.compute(s, x.from, x.n, 0, t.Channels)
		width := t.set.Tile.Filters
		for i := 0; i < x.n; i += width {
			for c := range t.Channels {
				spread(dst[i*apart+c:], s.tile[(i*t.Channels + c*width):][:min(width, x.n-i)], apart)
			}
		}
	}
	s.tile = tile
}

// spread copies a line to elements that are apart.
func spread(dst, line []float32, apart int) {
	for i, x := range line {
		dst[i*apart] = x
	}
}

// duLines is the phase that turns du into lines, for few channels: a task is some columns
// of a signal.
type duLines struct{ *Training }

func (p *duLines) begin(int) int { return (p.end - p.first) * tilesOf(p.columns, turnedAtOnce) }

func (p *duLines) do(i int, _ *scratch) {
	t := p.Training
	groups := tilesOf(t.columns, turnedAtOnce)
	n, q := i/groups, i%groups*turnedAtOnce
	from := t.row(t.du, t.uStride, (t.first+n)*t.outSteps)[q:]
	t.set.Transpose(t.duLines[(n*t.columns+q)*t.outSteps:], from, t.outSteps, min(turnedAtOnce, t.columns-q), t.outSteps, t.uStride)
}
