package asm

import "github.com/sepconv/go/internal/kernel"

// depthwiseGradient cuts taps into as few groups as kernels allow. All groups go over some
// vectors of columns before the next ones, which stay in the first-level cache meanwhile.
func (k *Kernels) depthwiseGradient(a *kernel.DepthwiseGradient) {
	groups := kernel.Panels(a.NumTaps, len(k.Gradients)-1)
	most := kernel.Panels(a.NumTaps, groups)
	width := (len(k.Gradients[most].ByVectors) - 1) * k.Lanes
	for q := 0; q < a.Columns; q += width {
		g := gradient{a, k, q, min(width, a.Columns-q)}
		for i := range groups {
			g.taps(a.NumTaps*i/groups, a.NumTaps*(i+1)/groups)
		}
	}
}

// gradient is some columns of a block.
type gradient struct {
	*kernel.DepthwiseGradient
	k               *Kernels
	column, columns int
}

// begin returns the row from which on a tap has an input, and end the row from which on
// it has none any more. Those of a later tap are not later.
func (g *gradient) begin(tap int) int { return g.rowAt(0, tap) }
func (g *gradient) end(tap int) int   { return g.rowAt(g.Positions, tap) }

// rowAt returns the first row whose input for a tap is not before a position.
func (g *gradient) rowAt(position, tap int) int {
	return min(stepsTo(position, g.First+tap*g.TapStep, g.RowStep), g.Rows)
}

// stepsTo returns how many steps lead from a position to the first one that is not
// before limit.
func stepsTo(limit, from, step int) int {
	switch {
	case from >= limit:
		return 0
	case step == 1:
		return limit - from
	}
	return (limit-from-1)/step + 1
}

// taps sums up taps a to b, as many as a kernel takes at most: of all rows at once if the
// first tap begins before the last one ends.
func (g *gradient) taps(a, b int) {
	first, last := g.begin(a), g.end(b-1)
	if first > last && b-a > 1 {
		middle := (a + b) / 2
		g.taps(a, middle)
		g.taps(middle, b)
		return
	}
	rows := g.Scratch[:2*(b-a)-1] // of ranges of taps, as the kernels take them
	n, zeroth := 0, g.begin(b-1)
	row := zeroth
	until := func(next int) {
		rows[n] = next - row
		n, row = n+1, next
	}
	for j := b - 2; j >= a; j-- {
		until(g.begin(j))
	}
	for j := b - 1; j >= a; j-- {
		until(g.end(j))
	}
	if row > zeroth {
		g.call(a, b, zeroth, &rows[0])
	}
}

// call sums up taps from a row on.
func (g *gradient) call(a, b, row int, rows *int) {
	of, k := &g.k.Gradients[b-a], g.k
	offset := 4 * (g.First + row*g.RowStep + a*g.TapStep) * g.SrcStride // before Src, if tap a begins later
	dst, du := g.Dst[a*g.DstStride+g.column:], g.DU[row*g.DUStride+g.column:]
	src := g.Src[g.column:]
	dstStride, tapStride, rowStride, duStride := 4*g.DstStride, 4*g.TapStep*g.SrcStride, 4*g.RowStep*g.SrcStride, 4*g.DUStride
	for i := 0; i < g.columns; {
		dst, src, du := &dst[i], &src[i], &du[i]
		left := g.columns - i
		if left < k.Lanes {
			of.Edge(dst, src, du, rows, offset, dstStride, tapStride, rowStride, duStride, k.Edges.Lanes[left])
			return
		}
		vectors := min(left/k.Lanes, len(of.ByVectors)-1)
		for of.ByVectors[vectors] == nil {
			vectors--
		}
		of.ByVectors[vectors](dst, src, du, rows, offset, dstStride, tapStride, rowStride, duStride)
		i += vectors * k.Lanes
	}
}
