//go:build !purego && !noasm

package asm

import "github.com/sepconv/go/internal/kernel"

// gatheredKernel computes blocks of rows of one vector of columns, whose inputs
// are not side by side.
type gatheredKernel func(dst, src, taps *float32, blocks, chunks, rest, dstStride, rowStride, tapStride int, accumulate uint64, lanes *uint32)

// broadcasts tells whether each panel of columns has one input, and a row's inputs
// for all taps stand side by side, as those of a single channel do.
func (v *vectorSet) broadcasts(a *kernel.Depthwise) bool {
	return a.Multiplier%panelWidth == 0 && a.Offset%panelWidth == 0 && a.TapStride == 1
}

// gather computes the columns from q on in blocks of n rows, of
// which r is the first.
func (v *vectorSet) gather(a *kernel.Depthwise, t *taps, r, n, blocks, q int) {
	for ; q < a.Columns; q += panelWidth {
		kernels, chunk := v.gatheredOf(a, q)
		chunks, rest := chunks(a, t, chunk)
		c := (a.Offset + q) / a.Multiplier
		kernels[n](&t.dst[r*t.dstStride+q], &t.src[r*t.rowStride+c], &a.Taps[q/panelWidth*a.PanelStride+t.first*panelWidth], blocks, chunks, rest,
			4*t.dstStride, 4*t.rowStride, 4*a.TapStride, t.flags(), &a.Scratch[0])
	}
}

// gatheredOf returns the kernels for the columns from q on, and how many taps they
// take at once.
func (v *vectorSet) gatheredOf(a *kernel.Depthwise, q int) ([]gatheredKernel, int) {
	columns := min(panelWidth, a.Columns-q)
	phase := (a.Offset + q) % a.Multiplier // of the first among the columns of its channel
	inputs := (phase+columns-1)/a.Multiplier + 1
	switch {
	case inputs == 1:
		return neonSingle, v.chunk
	case inputs == 2 && a.Multiplier == 2 && phase == 0:
		return neonTwice, v.chunk
	}
	gatherLanes(a.Scratch[:], a.Multiplier, phase, columns, inputs)
	return v.gathered, v.gatheredChunk
}

// gatherLanes says where the columns find their inputs when two of these have been
// loaded, and then the last two: for each column the numbers of four of the bytes,
// then how far the second pair is behind the first. Columns that do not exist have
// the last one's input.
func gatherLanes(lanes []uint32, multiplier, phase, columns, inputs int) {
	for i := range panelWidth {
		at := (phase + min(i, columns-1)) / multiplier
		if at >= 2 {
			at += 4 - (inputs - 2) // the second pair's register follows the first's, of 4 floats
		}
		const eachByte = 0x01010101
		lanes[i] = uint32(4*at)*eachByte + 0x03020100
	}
	lanes[panelWidth] = uint32(4 * (inputs - 2))
}
