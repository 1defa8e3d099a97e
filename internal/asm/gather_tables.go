package asm

import "github.com/sepconv/go/internal/kernel"

// Tables is the gathering of NEON: two pairs of inputs are loaded, from whose bytes a
// table lookup picks those of each lane. Vectors of columns that have one input, and
// those of which every two have one, have kernels of their own.
type Tables struct {
	Windows       []TableKernel // by rows
	Chunk         int           // taps that Windows take at once
	Single, Twice []TableKernel // by rows, with the Chunk of Kernels
}

// TableKernel is a WindowKernel for one vector of columns.
type TableKernel func(dst, src, taps *float32, blocks, chunks, rest, dstStride, rowStride, tapStride int, accumulate uint64, lanes *uint32)

// tableLanes is the lanes of a vector, which a panel of taps is as wide as.
const tableLanes = 4

func (g *Tables) words(*Kernels) int { return tableLanes + 1 } // see gatherLanes

// Nothing rolls but whole vectors of columns. If what is left is part of one, it does not
// keep the others from it.
func (g *Tables) rolls(a *kernel.Depthwise, _ int) bool { return a.Multiplier == 1 }

func (g *Tables) rollColumns(k *Kernels, a *kernel.Depthwise, t taps, _, q int) { k.windows(a, &t, q) }

// The inputs of a row for all taps have to stand side by side, as those of a single
// channel do.
func (g *Tables) broadcasts(a *kernel.Depthwise, panel int) bool {
	return a.TapStride == 1 && a.Multiplier%panel == 0 && a.Offset%panel == 0
}

func (g *Tables) columns(k *Kernels, a *kernel.Depthwise, t taps, r, n, blocks, q int) {
	for ; q < a.Columns; q += tableLanes {
		kernels, chunk := g.kernels(k, a, q)
		chunks, rest := chunks(a, &t, chunk)
		c := (a.Offset + q) / a.Multiplier
		kernels[n](&t.dst[r*t.dstStride+q], &t.src[r*t.rowStride+c], &a.Taps[q/tableLanes*a.PanelStride+t.first*tableLanes], blocks, chunks, rest,
			4*t.dstStride, 4*t.rowStride, 4*a.TapStride, t.flags(), &a.Scratch[0])
	}
}

// kernels returns the kernels for the columns from q on, and how many taps they take
// at once.
func (g *Tables) kernels(k *Kernels, a *kernel.Depthwise, q int) ([]TableKernel, int) {
	columns := min(tableLanes, a.Columns-q)
	phase := (a.Offset + q) % a.Multiplier // of the first among the columns of its channel
	inputs := (phase+columns-1)/a.Multiplier + 1
	switch {
	case inputs == 1:
		return g.Single, k.Chunk
	case inputs == 2 && a.Multiplier == 2 && phase == 0:
		return g.Twice, k.Chunk
	}
	gatherLanes(a.Scratch, a.Multiplier, phase, columns, inputs)
	return g.Windows, g.Chunk
}

// gatherLanes says where the columns find their inputs when two of these have been
// loaded, and then the last two: for each column the numbers of four of the bytes,
// then how far the second pair is after the first. Columns that do not exist have
// the last one's input.
func gatherLanes(lanes []uint32, multiplier, phase, columns, inputs int) {
	for i := range tableLanes {
		at := (phase + min(i, columns-1)) / multiplier
		if at >= 2 {
			at += 4 - (inputs - 2) // the second pair's register follows the first's, of 4 floats
		}
		const eachByte = 0x01010101
		lanes[i] = uint32(4*at)*eachByte + 0x03020100
	}
	lanes[tableLanes] = uint32(4 * (inputs - 2))
}
