package asm

import "github.com/sepconv/go/internal/kernel"

// pointwiseGradient takes two vectors of filters at a time through all rows, and cuts the
// columns into blocks.
func (k *Kernels) pointwiseGradient(a *kernel.PointwiseGradient) {
	if a.Rows == 0 {
		return
	}
	width := k.filters()
	for f := 0; f < a.Filters; f += width {
		g := gradientPanel{PointwiseGradient: a, k: k, filter: f, filters: min(width, a.Filters-f)}
		g.dst, g.depth, g.panels = a.Dst, a.Rows, 1
		if n := len(a.Ahead); n > 0 {
			g.ahead = a.Ahead[f*n/a.Filters : (f+g.filters)*n/a.Filters]
		}
		if g.filters == width {
			g.whole()
		} else {
			g.part()
		}
	}
}

// gradientPanel is some filters of a block, and, of a product, what to ask for meanwhile.
type gradientPanel struct {
	*kernel.PointwiseGradient
	product
	k               *Kernels
	filter, filters int
}

// whole computes as many filters as a kernel has. The bias counts as a column: it is summed
// up beside those of the last block.
func (g *gradientPanel) whole() {
	columns := g.Columns
	if g.Bias != nil {
		columns++
	}
	c := cutInto(columns, len(g.k.Products.Whole)-1)
	g.look(c.blocks)
	if g.Bias == nil {
		g.blocks(c)
		return
	}
	c.blocks--
	g.blocks(c)
	g.edge(columns-c.height, c.height-1, g.Bias)
}

// blocks computes whole blocks.
func (g *gradientPanel) blocks(c cut) {
	if c.higher > 0 {
		g.call(0, c.height+1, c.higher)
	}
	if n := c.blocks - c.higher; n > 0 {
		g.call(c.higher*(c.height+1), c.height, n)
	}
}

// call computes blocks of some columns from one on, as many at a time as one call of a
// kernel may take.
func (g *gradientPanel) call(column, columns, blocks int) {
	vectors := 2 * columns * g.Rows
	for most := max(1, maxVectors/vectors); blocks > most; blocks -= most {
		g.callOnce(column, columns, most)
		column += most * columns
	}
	g.callOnce(column, columns, blocks)
}

func (g *gradientPanel) callOnce(column, columns, blocks int) {
	g.k.Products.Whole[columns](&g.Dst[column*g.DstStride+g.filter], &g.U[column], &g.G[g.filter], blocks, g.Rows,
		4*g.DstStride, 4*g.UStride, 4*g.GStride, &g.ahead[0], g.aheadStep)
	g.looked(blocks)
}

// part computes fewer filters than a kernel has.
func (g *gradientPanel) part() {
	c := cutInto(g.Columns, len(g.k.Products.Edges)-1)
	g.look(c.blocks)
	for i, column := 0, 0; i < c.blocks; i++ {
		n, bias := c.height, g.Bias
		if i < c.higher {
			n++
		}
		if i < c.blocks-1 {
			bias = nil
		}
		g.edge(column, n, bias)
		column += n
	}
}

func (g *gradientPanel) edge(column, columns int, bias []float32) {
	var to *float32
	if bias != nil {
		to = &bias[g.filter]
	}
	lanes := g.k.Edges.Lanes
	first := min(g.filters, g.k.Lanes)
	g.k.Products.Edges[columns](&g.Dst[column*g.DstStride+g.filter], &g.U[column], &g.G[g.filter], g.Rows,
		4*g.DstStride, 4*g.UStride, 4*g.GStride, &g.ahead[0], g.aheadStep, to, lanes[first], lanes[g.filters-first])
	g.looked(1)
}
