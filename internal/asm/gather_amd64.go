//go:build !purego && !noasm

package asm

import "github.com/sepconv/go/internal/kernel"

// gatheredKernel computes one vector of columns, whose inputs need not be side by
// side.
type gatheredKernel func(dst, src, taps *float32, chunks, rest, dstStride, rowStride, tapStride int, accumulate uint64, lanes *uint32)

// broadcasts tells whether each panel of columns has one input.
func (v *vectorSet) broadcasts(a *kernel.Depthwise) bool {
	return a.Multiplier%panelWidth == 0 && a.Offset%panelWidth == 0
}

// gather computes the columns from q on in blocks of n rows, of
// which r is the first.
func (v *vectorSet) gather(a *kernel.Depthwise, t *taps, r, n, blocks, q int) {
	var g gathering
	for ; q < a.Columns; q += v.lanes {
		lanes := v.lanesOf(a, q, &g)
		chunks, rest := chunks(a, t, v.gatheredChunk)
		w := &a.Taps[q/panelWidth*a.PanelStride+t.first*panelWidth+q%panelWidth]
		c := (a.Offset + q) / a.Multiplier
		for b := range blocks {
			v.gathered[n](&t.dst[(r+b*n)*t.dstStride+q], &t.src[(r+b*n)*t.rowStride+c], w, chunks, rest,
				4*t.dstStride, 4*t.rowStride, 4*a.TapStride, t.flags(), lanes)
		}
	}
}

// gathering is what columns need of their inputs: how many columns there are, and
// the place of the first among the columns of its channel.
type gathering struct{ columns, phase int }

// lanesOf says where the inputs of the columns from q on stand: a mask of which to
// load, in the top bit of each lane or, with AVX-512, in a word; then for each
// column which of those is its own. It is written anew if it is not what was
// needed last.
func (v *vectorSet) lanesOf(a *kernel.Depthwise, q int, last *gathering) *uint32 {
	g := gathering{min(v.lanes, a.Columns-q), (a.Offset + q) % a.Multiplier}
	if g == *last {
		return &a.Scratch[0]
	}
	*last = g
	loaded := (g.phase+g.columns-1)/a.Multiplier + 1
	mask, index := a.Scratch[:v.lanes], a.Scratch[v.lanes:][:v.lanes]
	for i := range index {
		index[i] = uint32((g.phase + min(i, g.columns-1)) / a.Multiplier)
	}
	if v.lanes == 16 {
		mask[0] = 1<<loaded - 1
		return &a.Scratch[0]
	}
	clear(mask)
	for i := range loaded {
		mask[i] = 1 << 31
	}
	return &a.Scratch[0]
}
