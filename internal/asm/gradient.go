package asm

import "github.com/sepconv/go/internal/kernel"

// depthwiseGradient cuts taps into as few groups as kernels allow, and the rows of each
// into ranges with the same taps: at the ends of a signal some have no input. All groups
// go over some vectors of columns before the next ones, which stay in the first-level
// cache meanwhile.
func (k *Kernels) depthwiseGradient(a *kernel.DepthwiseGradient) {
	groups := kernel.Panels(a.NumTaps, len(k.Gradients)-1)
	most := kernel.Panels(a.NumTaps, groups)
	width := k.Gradients[most].Vectors * k.Lanes
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

// rows returns the rows from which on, and until which, a tap has an input.
func (g *gradient) rows(tap int) (first, end int) {
	at := g.First + tap*g.TapStep
	return min(stepsTo(0, at, g.RowStep), g.Rows), min(stepsTo(g.Positions, at, g.RowStep), g.Rows)
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

// taps sums up taps a to b, as many as a kernel takes at most. A later tap's rows begin
// and end earlier.
func (g *gradient) taps(a, b int) {
	first, end := b, b // the taps that have an input in the row
	row, _ := g.rows(b - 1)
	for row < g.Rows {
		next := g.Rows
		for first > a {
			begins, _ := g.rows(first - 1)
			if begins > row {
				next = begins
				break
			}
			first--
		}
		for end > a {
			_, ends := g.rows(end - 1)
			if ends > row {
				next = min(next, ends)
				break
			}
			end--
		}
		if first < end {
			g.call(first, end, row, next-row)
		} else if first == a { // all taps are done
			return
		}
		row = next
	}
}

// call sums up taps in rows in which all of them have inputs.
func (g *gradient) call(a, b, row, rows int) {
	of, k := &g.k.Gradients[b-a], g.k
	src := (g.First+row*g.RowStep+a*g.TapStep)*g.SrcStride + g.column
	dst, du := a*g.DstStride+g.column, row*g.DUStride+g.column
	dstStride, tapStride, rowStride, duStride := 4*g.DstStride, 4*g.TapStep*g.SrcStride, 4*g.RowStep*g.SrcStride, 4*g.DUStride
	for i := 0; i < g.columns; {
		dst, src, du := &g.Dst[dst+i], &g.Src[src+i], &g.DU[du+i]
		switch left := g.columns - i; {
		case of.Many != nil && left >= of.Vectors*k.Lanes:
			of.Many(dst, src, du, rows, dstStride, tapStride, rowStride, duStride)
			i += of.Vectors * k.Lanes
		case left >= k.Lanes:
			of.One(dst, src, du, rows, dstStride, tapStride, rowStride, duStride)
			i += k.Lanes
		default:
			of.Edge(dst, src, du, rows, dstStride, tapStride, rowStride, duStride, k.Edges.Lanes[left])
			i += left
		}
	}
}
