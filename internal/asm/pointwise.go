package asm

import "github.com/sepconv/go/internal/kernel"

// scratchRows is how many rows of a panel are computed aside when dst is not laid
// out in rows of whole panels.
const scratchRows = 48

func (k *Kernels) pointwise(a *kernel.Pointwise) {
	if a.Rows == 0 {
		return
	}
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
	if a.PastCaches && k.Bypass && a.Filters%k.Lanes == 0 {
		flags |= flagPastCaches
	}
	i, width := 0, k.filters() // panels that are done, and how wide they are
	switch {
	case a.Rows < len(k.Wide):
		i = k.wide(a, flags)
	case a.Depth < len(k.Shallow.ByDepth):
		i = k.shallow(a, flags)
	}
	if i*width >= a.Filters {
		return
	}
	var p product
	p.u, p.uStride = a.U, a.UStride
	p.dstStride, p.depth, p.flags = a.RowStride, a.Depth, flags
	height := k.height()
	cut := k.cut(a.Rows, height)
	together := max(1, smallPanels/(a.Depth*width))
	panels := a.Filters / width
	for ; i*width < a.Filters; i += p.panels {
		f, whole := i*width, panels-i
		p.panels, p.panelStride = max(1, min(together, whole)), a.Panels.Stride
		p.dst, p.panel, p.bias = a.Dst[f*a.FilterStride:], &a.Panels.F32[i*a.Panels.Stride], a.Bias
		if !a.BiasOfRows {
			p.bias = a.Bias[f:]
		}
		p.ahead = ahead(a, f, f+p.panels*width)
		switch {
		case a.FilterStride > 1, whole == 0 && len(k.Edges.ByVectors) == 0:
			p.panels = 1
			k.aside(a, min(width, a.Filters-f), &p)
		case whole == 0:
			k.edge(&p, a.Filters-f, a.Rows, height)
		default:
			k.multiply(&p, cut)
		}
	}
}

// edge computes the last panel, of so many filters.
func (k *Kernels) edge(p *product, filters, rows, height int) {
	vectors := (filters-1)/k.Lanes + 1
	if vectors == 1 { // of few rows it would be too few sums
		height = k.tallest()
	}
	p.edge, p.lanes = k.Edges.ByVectors[vectors], k.Edges.Lanes[filters-(vectors-1)*k.Lanes]
	k.multiply(p, k.cut(rows, height))
}

// smallPanels is how many weights one call of a kernel goes through in panel after
// panel: so few that they stay in the first-level cache for the next call, if rows
// are of two heights.
const smallPanels = 4 << 10

// wide computes the first panels of a block with few rows, as many as there is
// a kernel for, and returns how many that were.
func (k *Kernels) wide(a *kernel.Pointwise, flags uint64) int {
	if a.FilterStride > 1 || a.BiasOfRows {
		return 0
	}
	w := &k.Wide[a.Rows]
	width := k.filters()
	i := 0
	for ; (i+w.Panels)*width <= a.Filters; i += w.Panels {
		f := i * width
		w.Run(&a.Dst[f], &a.U[0], &a.Panels.F32[i*a.Panels.Stride], &a.Bias[f], a.Depth, 4*a.RowStride, 4*a.UStride, 4*a.Panels.Stride, flags)
	}
	return i
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
	dstStride, uStride, uStep int       // in floats; uStep, between the inputs of a row, is 0 if they are side by side
	panels, panelStride       int       // how many, and floats between them
	aheadStep                 int       // bytes of ahead for each step of the depth
	apart                     bool      // the panel is one of depthwise taps
	flags                     uint64

	// Of a panel of fewer filters than it can hold:

	edge  []EdgeKernel
	lanes *uint32 // of the last vector
}

// cut is how rows make blocks of a height, of which the first higher have a row
// more.
type cut struct{ blocks, height, higher int }

// cut shares rows evenly among as few blocks as may be of a height, or leaves them
// together if there is a tile for that.
func (k *Kernels) cut(rows, height int) cut {
	if rows <= k.tallest() {
		return cut{blocks: 1, height: rows}
	}
	return cutInto(rows, height)
}

// cutInto cuts rows into blocks of so many at most.
func cutInto(rows, most int) cut {
	n := kernel.Panels(rows, most)
	return cut{n, rows / n, rows % n}
}

// tallest is the rows of the largest tile.
func (k *Kernels) tallest() int { return len(k.Pointwise) - 1 }

// height returns how many rows to take at once of a product that has more than a tile can
// take.
func (k *Kernels) height() int {
	if k.Height > 0 {
		return k.Height
	}
	return k.tallest()
}

// multiply computes the rows of a product.
func (k *Kernels) multiply(p *product, c cut) {
	p.look(c.blocks)
	if c.higher > 0 {
		k.call(p, 0, c.height+1, c.higher)
	}
	k.call(p, c.higher*(c.height+1), c.height, c.blocks-c.higher)
}

// looks returns how often the kernel of some blocks asks for a line ahead: for each
// step of the depth, in turns of several.
func (p *product) looks(blocks int) int {
	const turn = 4
	return p.panels * blocks * (p.depth / turn * turn)
}

// look spreads what p asks for over its blocks, up to a line each time.
func (p *product) look(blocks int) {
	looks := p.looks(blocks)
	if len(p.ahead) == 0 || looks == 0 {
		p.ahead, p.aheadStep = p.dst[:1], 0
		return
	}
	const line = 64
	p.aheadStep = min((4*len(p.ahead)-1)/looks+1, line)
}

// call computes blocks of a height from a row on, as many at a time as one call of
// a kernel may take.
func (k *Kernels) call(p *product, row, height, blocks int) {
	vectors := 2 * max(p.panels, 1) * height * p.depth
	for blocks > 1 && blocks*vectors > maxVectors {
		n := max(1, maxVectors/vectors)
		k.callOnce(p, row, height, n)
		row, blocks = row+n*height, blocks-n
	}
	k.callOnce(p, row, height, blocks)
}

func (k *Kernels) callOnce(p *product, row, height, blocks int) {
	dst, u, bias := &p.dst[row*p.dstStride], &p.u[row*p.uStride], &p.bias[0]
	if p.apart {
		k.Strided[height](dst, u, p.panel, bias, blocks, p.depth, 4*p.dstStride, 4*p.uStride, 4*p.uStep, p.flags)
		return
	}
	if p.flags&flagBiasOfRows != 0 {
		bias = &p.bias[row]
	}
	switch {
	case p.edge != nil:
		p.edge[height](dst, u, p.panel, bias, blocks, p.depth, 4*p.dstStride, 4*p.uStride, &p.ahead[0], p.aheadStep, p.lanes, p.flags)
	default:
		k.Pointwise[height](dst, u, p.panel, bias, blocks, p.depth, 4*p.dstStride, 4*p.uStride, p.panels, 4*p.panelStride, &p.ahead[0], p.aheadStep, p.flags)
	}
	p.looked(blocks)
}

// looked leaves away of ahead what some blocks have asked for.
func (p *product) looked(blocks int) {
	p.ahead = p.ahead[min(p.looks(blocks)*p.aheadStep/4, len(p.ahead)-1):]
}

// aside computes a panel that has fewer filters than a panel can hold, or that
// goes to an array of another layout, in the scratch memory.
func (k *Kernels) aside(a *kernel.Pointwise, n int, p *product) {
	width := k.filters()
	for row := 0; row < a.Rows; row += scratchRows {
		rows := min(scratchRows, a.Rows-row)
		dst := p.dst[row*a.RowStride:]
		if a.Accumulate {
			if a.RowStride == 1 {
				k.transpose(a.Scratch, dst, n, rows, width, a.FilterStride)
			} else {
				k.copy(a.Scratch, dst, rows, n, width, a.RowStride)
			}
		}
		q := *p
		q.dst, q.dstStride, q.u = a.Scratch, width, a.U[row*a.UStride:]
		if a.BiasOfRows {
			q.bias = a.Bias[row:]
		}
		k.multiply(&q, k.cut(rows, k.height()))
		if a.RowStride == 1 {
			k.transpose(dst, a.Scratch, rows, n, a.FilterStride, width)
		} else {
			k.copy(dst, a.Scratch, rows, n, a.RowStride, width)
		}
	}
}
