//go:build (amd64 || arm64) && !purego && !noasm

package asm

import "github.com/sepconv/go/internal/kernel"

// scratchRows is how many rows of a panel are computed aside when dst is not laid
// out in rows of whole panels.
const scratchRows = 48

type (
	pointwiseKernel func(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride, panels, panelStride int, ahead *float32, aheadStep int, flags uint64)
	wideKernel      func(dst, u, panels, bias *float32, depth, dstStride, uStride, panelStride int, flags uint64)
	stridedKernel   func(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride, uStep int, flags uint64)
	columnsKernel   func(dst, src, taps *float32, blocks, panels, chunks, rest, dstStride, rowStride, tapStride, panelStride int, accumulate uint64)
)

// vectorSet is the kernels of one vector width, by their number of rows.
type vectorSet struct {
	lanes                int // float32 in a vector
	chunk, gatheredChunk int // taps that a depthwise kernel takes at once
	pointwise            []pointwiseKernel
	wide                 []wide // for few rows
	strided              []stridedKernel
	columns              []columnsKernel
	lines                []linesKernel // by their number of panels
	gathered             []gatheredKernel
	rollKernels          []rollKernel // by their number of taps
	gatheredRolls        []gatheredRollKernel
	peak                 func(iterations int)
	activations          activations

	// Sets of wider vectors take these from AVX2, which they require as well.

	copy func(dst, src *float32, rows, columns, dstStride, srcStride int)
	band func(dst, src *float32, blocks, dstStride, srcStride int)
}

// filters is the width of packed panels of pointwise weights: two vectors.
func (v *vectorSet) filters() int { return 2 * v.lanes }

// runPeak calls the kernel for some 20 us at a time.
func (v *vectorSet) runPeak(n int) int {
	const most = 5000
	done := 0
	for done < n {
		iterations := min((n-done)/(peakChains*v.lanes)+1, most)
		v.peak(iterations)
		done += iterations * peakChains * v.lanes
	}
	return done
}

func (v *vectorSet) row(name string, rate int, requires ...string) kernel.Set {
	s := kernel.Set{
		Name:     name,
		Requires: requires,
		Tile: kernel.Tile{
			Rows: len(v.pointwise) - 1, Filters: v.filters(),
			Window: len(v.columns) - 1, Channels: panelWidth,
			Scratch: scratchRows * v.filters(),
		},
		Rate:      rate,
		Depthwise: v.runDepthwise,
		Pointwise: v.runPointwise,
		PackDepthwise: func(dst, w []float32, taps, columns int) []float32 {
			return kernel.PackDepthwise(dst, w, taps, columns, panelWidth)
		},
		PackPointwise: func(dst kernel.Packed, w []float32, depth, filters int) kernel.Packed {
			return kernel.PackPointwise(dst, w, depth, filters, v.filters())
		},
		Copy:      v.copyRows,
		Transpose: v.transpose,
		Peak:      v.runPeak,
	}
	if v.lines != nil {
		s.DepthwiseLines = v.runDepthwiseLines
	}
	s.Epilogue[kernel.Linear], s.Epilogue[kernel.ReLU] = true, true
	v.activations.fill(&s)
	return s
}

// Flags of the pointwise kernels, as the generators know them.
const (
	flagAccumulate = 1 << iota
	flagReLU
	flagBiasOfRows
)

func (v *vectorSet) runPointwise(a *kernel.Pointwise) {
	var flags uint64
	if a.Accumulate {
		flags |= flagAccumulate
	}
	if a.Activation.Func == kernel.ReLU {
		flags |= flagReLU
	}
	if a.BiasOfRows {
		flags |= flagBiasOfRows
	}
	width := v.filters()
	p := product{u: a.U, uStride: a.UStride, dstStride: a.RowStride, depth: a.Depth, flags: flags}
	cut := v.cut(a.Rows)
	together := max(1, smallPanels/(a.Depth*width))
	for f := v.runWide(a, flags); f < a.Filters; f += p.panels * width {
		whole := (a.Filters - f) / width
		p.panels, p.panelStride = max(1, min(together, whole)), a.Panels.Stride
		p.dst, p.panel, p.bias = a.Dst[f*a.FilterStride:], &a.Panels.F32[f/width*a.Panels.Stride], a.Bias
		if !a.BiasOfRows {
			p.bias = a.Bias[f:]
		}
		if whole == 0 || a.FilterStride > 1 {
			p.panels = 1
			p.ahead = ahead(a, f, f+width)
			v.aside(a, min(width, a.Filters-f), &p)
			continue
		}
		p.ahead = ahead(a, f, f+p.panels*width)
		v.multiply(&p, cut)
	}
}

// smallPanels is how many weights one call of a kernel goes through in panel after
// panel: so few that they stay in the first-level cache for the next call, if rows
// are of two heights.
const smallPanels = 4 << 10

// wide is a kernel that takes several panels at once.
type wide struct {
	panels int
	run    wideKernel
}

// runWide computes the first panels of a block with few rows, as many as there is
// a kernel for, and returns how many filters that were.
func (v *vectorSet) runWide(a *kernel.Pointwise, flags uint64) int {
	if a.Rows >= len(v.wide) || a.FilterStride > 1 || a.BiasOfRows {
		return 0
	}
	w := &v.wide[a.Rows]
	width := w.panels * v.filters()
	f := 0
	for ; f+width <= a.Filters; f += width {
		w.run(&a.Dst[f], &a.U[0], &a.Panels.F32[f/v.filters()*a.Panels.Stride], &a.Bias[f], a.Depth, 4*a.RowStride, 4*a.UStride, 4*a.Panels.Stride, flags)
	}
	return f
}

// ahead returns what to ask the memory for during the product of the panels of
// some filters: the next one, if they come from far away, or their share of what
// the caller wants.
func ahead(a *kernel.Pointwise, f, end int) []float32 {
	switch {
	case a.Streamed && end < a.Filters:
		width := end - f
		return a.Panels.F32[end/width*a.Panels.Stride:][:a.Depth*width]
	case a.Streamed || len(a.Ahead) == 0:
		return a.Ahead
	}
	n := len(a.Ahead)
	return a.Ahead[f*n/a.Filters : min(end, a.Filters)*n/a.Filters]
}

// product is rows of u times one panel.
type product struct {
	dst, u                    []float32
	panel                     *float32
	bias                      []float32
	depth                     int
	ahead                     []float32 // to ask for meanwhile
	dstStride, uStride, uStep int       // in floats
	panels, panelStride       int       // how many, and floats between them
	aheadStep                 int       // bytes of ahead for each turn of the kernel
	apart                     bool      // u's inputs are uStep apart, of one depthwise panel; else side by side
	flags                     uint64
}

// cut is how rows make blocks of a height, of which the first higher have a row
// more.
type cut struct{ blocks, height, higher int }

// cut shares rows evenly among as few blocks as the largest tile allows, since
// smaller tiles use the FMA units less.
func (v *vectorSet) cut(rows int) cut {
	n := kernel.Panels(rows, len(v.pointwise)-1)
	return cut{n, rows / n, rows % n}
}

// multiply computes the rows of a product.
func (v *vectorSet) multiply(p *product, c cut) {
	p.look(c.blocks)
	if c.higher > 0 {
		v.call(p, 0, c.height+1, c.higher)
	}
	v.call(p, c.higher*(c.height+1), c.height, c.blocks-c.higher)
}

// maxVectors bounds the multiply-adds of vectors in one call: some 50 us on a core
// that does two or three in a nanosecond, 130 us on one that does one.
const maxVectors = 1 << 17

// turn is the steps of depth for each of which a kernel asks for one line ahead.
const turn = 4

// look spreads what p asks for over its blocks, up to a line a turn.
func (p *product) look(blocks int) {
	turns := p.panels * blocks * (p.depth / turn)
	if len(p.ahead) == 0 || turns == 0 {
		p.ahead, p.aheadStep = p.dst[:1], 0
		return
	}
	const line = 64
	p.aheadStep = min((4*len(p.ahead)-1)/turns+1, line)
}

// call computes blocks of a height from a row on, as many at a time as one call of
// a kernel may take.
func (v *vectorSet) call(p *product, row, height, blocks int) {
	vectors := 2 * max(p.panels, 1) * height * p.depth
	for blocks > 1 && blocks*vectors > maxVectors {
		n := max(1, maxVectors/vectors)
		v.callOnce(p, row, height, n)
		row, blocks = row+n*height, blocks-n
	}
	v.callOnce(p, row, height, blocks)
}

func (v *vectorSet) callOnce(p *product, row, height, blocks int) {
	dst, u, bias := &p.dst[row*p.dstStride], &p.u[row*p.uStride], &p.bias[0]
	if p.apart {
		v.strided[height](dst, u, p.panel, bias, blocks, p.depth, 4*p.dstStride, 4*p.uStride, 4*p.uStep, p.flags)
		return
	}
	if p.flags&flagBiasOfRows != 0 {
		bias = &p.bias[row]
	}
	v.pointwise[height](dst, u, p.panel, bias, blocks, p.depth, 4*p.dstStride, 4*p.uStride, p.panels, 4*p.panelStride, &p.ahead[0], p.aheadStep, p.flags)
	p.ahead = p.ahead[min(p.panels*blocks*(p.depth/turn)*p.aheadStep/4, len(p.ahead)-1):]
}

// aside computes a panel that has fewer filters than a panel can hold, or that
// goes to an array of another layout, in the scratch memory.
func (v *vectorSet) aside(a *kernel.Pointwise, n int, p *product) {
	width := v.filters()
	for row := 0; row < a.Rows; row += scratchRows {
		rows := min(scratchRows, a.Rows-row)
		dst := p.dst[row*a.RowStride:]
		if a.Accumulate {
			if a.RowStride == 1 {
				v.transpose(a.Scratch, dst, n, rows, width, a.FilterStride)
			} else {
				v.copyRows(a.Scratch, dst, rows, n, width, a.RowStride)
			}
		}
		q := *p
		q.dst, q.dstStride, q.u = a.Scratch, width, a.U[row*a.UStride:]
		if a.BiasOfRows {
			q.bias = a.Bias[row:]
		}
		v.multiply(&q, v.cut(rows))
		if a.RowStride == 1 {
			v.transpose(dst, a.Scratch, rows, n, a.FilterStride, width)
		} else {
			v.copyRows(dst, a.Scratch, rows, n, a.RowStride, width)
		}
	}
}

// maxLines bounds the cache lines that one call copies: some 50 us if each is far
// from the last and comes from memory.
const maxLines = 512

func (v *vectorSet) copyRows(dst, src []float32, rows, columns, dstStride, srcStride int) {
	if columns == 0 {
		return
	}
	const line = 64 / 4
	most := max(1, maxLines/(columns/line+1))
	for r := 0; r < rows; r += most {
		v.copy(&dst[r*dstStride], &src[r*srcStride], min(most, rows-r), columns, 4*dstStride, 4*srcStride)
	}
}
