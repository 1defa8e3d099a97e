package engine

// depthwisePhases is the depthwise convolution by lines for strides: a line becomes one
// for each phase of the stride, in which the inputs that a tap has of neighbouring outputs
// stand side by side. With a stride of s, taps a*s to a*s+s-1 are those of s phases, a
// steps on.
type depthwisePhases struct {
	*base
	taps []float32 // by column
	ends int       // steps from an output's first input of a phase to its last
	most int       // rows at once, of which the window holds the input of a channel
}

func newDepthwisePhases(b *base, weights []float32) *depthwisePhases {
	ends := b.reach / b.Stride
	return &depthwisePhases{
		base: b, taps: transposed(weights, b.Kernel, b.columns),
		ends: ends, most: roundDown(b.cut.windowFloats/b.Stride-ends, b.set.Tile.Filters),
	}
}

// hasPhases reports whether depthwisePhases can compute a layer and is good at it: few
// columns leave the vectors of rows empty, the transpose kernels take the phases, and the
// window holds those of a panel of steps. (Measured on Zen 5, 2 to 6 channels, 9 to 64 taps,
// strides of 8 to 16, 64 filters, 4000 steps: 0.36 to 0.68 of the time by rows. 12 channels
// 0.74 to 0.98; but 7 and more, and few steps more than a panel, 1.1 to 1.5.)
func hasPhases(g *Geometry, width, windowFloats int) bool {
	const fewColumns, phases = 6, 8
	return g.byChannel() && g.columns <= fewColumns && g.Dilation == 1 &&
		g.Stride >= phases && g.Stride <= windowFloats && (width+g.reach/g.Stride)*g.Stride <= windowFloats
}

func (p *depthwisePhases) compute(s *scratch, row, rows, q, n int) {
	s.lines.Multiplier, s.lines.PanelStride = p.Multiplier, n*p.set.Tile.Filters
	s.lines.TapsStride, s.lines.Ahead = p.Kernel, 0
	for first := 0; first < rows; first += p.most {
		p.panels(s, s.tile[first*n:], row+first, min(p.most, rows-first), q, n)
	}
}

// panels computes rows whose inputs of a channel the window holds.
func (p *depthwisePhases) panels(s *scratch, dst []float32, row, rows, q, n int) {
	width := p.set.Tile.Filters
	d := &s.lines
	d.Steps = roundUp(rows, width)
	d.TapStride = d.Steps + p.ends
	d.LineStride = p.Stride * d.TapStride
	at := positions{row*p.Stride - s.x.left, 1, (rows-1)*p.Stride + p.reach + 1}
	channels := p.Channels
	if channels*d.LineStride > p.cut.windowFloats { // rarely, and a division takes some nanoseconds
		channels = p.cut.windowFloats / d.LineStride
	}
	for k := q; k < q+n; {
		c, offset := divide(k, p.Multiplier)
		next := min((c+channels)*p.Multiplier, q+n)
		end, _ := divide(next-1, p.Multiplier)
		p.copyPhases(s, at, c, end+1-c, d.TapStride)
		d.Dst, d.Columns, d.Offset = dst[(k-q)*width:], next-k, offset
		d.Src, d.Taps = s.window, p.taps[k*p.Kernel:]
		for left := p.Kernel; left > 0; left -= p.Stride {
			d.NumTaps, d.Accumulate = min(p.Stride, left), left < p.Kernel
			p.set.DepthwiseLines(d)
			if left > p.Stride {
				d.Src, d.Taps = d.Src[1:], d.Taps[p.Stride:]
			}
		}
		k = next
	}
}

// copyPhases copies a range of positions of each channel as lines of its phases, of the
// given length. What is behind the positions ends in no output.
func (p *depthwisePhases) copyPhases(s *scratch, at positions, c, channels, length int) {
	const unit = 8 // steps that Transpose is quick with
	_, first, end := s.x.parts(at)
	whole, last := stepsTo(first, 0, p.Stride), end/p.Stride // steps of which all phases are inside
	last = max(last, whole)
	rounded := min(roundUp(last-whole, unit), length-whole)
	for i := range channels {
		dst, line := s.window[i*p.Stride*length:], s.x.data[(c+i)*s.x.channel:]
		if whole < last {
			steps := rounded
			if at.from+(whole+steps)*p.Stride > len(line) {
				steps = last - whole
			}
			p.set.Transpose(dst[whole:], line[at.from+whole*p.Stride:], steps, p.Stride, length, p.Stride)
		}
		p.copyEach(dst, line, at, 0, whole, first, end, length)
		p.copyEach(dst, line, at, last, tilesOf(at.n, p.Stride), first, end, length)
	}
}

// copyEach copies steps of a line, from one to another, phase by phase. Positions before
// first and from end on are zeros.
func (p *depthwisePhases) copyEach(dst, line []float32, at positions, from, to, first, end, length int) {
	for t := from; t < to; t++ {
		i, dst := t*p.Stride, dst[t:]
		a := min(max(first-i, 0), p.Stride)
		b := min(max(end-i, a), p.Stride)
		for phase := range a {
			dst[phase*length] = 0
		}
		for phase := a; phase < b; phase++ {
			dst[phase*length] = line[at.from+i+phase]
		}
		for phase := b; phase < p.Stride; phase++ {
			dst[phase*length] = 0
		}
	}
}
