package asm

import "github.com/sepconv/go/internal/kernel"

// Tables is the gathering of NEON: two pairs of inputs are loaded, from whose bytes a
// table lookup picks those of each lane. Vectors of columns that have one input, and
// those of which every two have one, have kernels of their own.
type Tables struct {
	Any, Single, Twice TableKernels // with Rolls for the same strides and numbers of taps
}

// TableKernels is the kernels for vectors of columns whose inputs are found alike.
type TableKernels struct {
	Windows []TableKernel       // by rows
	Chunk   int                 // taps that Windows take at once
	Rolls   [][]TableRollKernel // by stride, then by taps
}

type (
	// TableKernel is a WindowKernel for one vector of columns.
	TableKernel func(dst, src, taps *float32, blocks, chunks, rest, dstStride, rowStride, tapStride int, accumulate uint64, lanes *uint32)
	// TableRollKernel is a RollKernel for one vector of columns.
	TableRollKernel func(dst, src, taps *float32, singles, turns, dstStride, rowStride int, lanes *uint32)
)

// tableLanes is the lanes of a vector, which a panel of taps is as wide as.
const tableLanes = 4

func (g *Tables) words(*Kernels) int { return tableLanes + 1 } // see gatherLanes

// If what is left is part of a vector, it does not keep the whole ones from rolling.
func (g *Tables) rolls(a *kernel.Depthwise, stride, taps int) bool {
	return a.Multiplier == 1 || has(g.Any.Rolls, stride, taps)
}

func (g *Tables) rollColumns(k *Kernels, a *kernel.Depthwise, t taps, r rolling, n, q int) {
	if !has(g.Any.Rolls, r.stride, t.n) {
		k.windows(a, &t, q)
		return
	}
	for ; q < a.Columns; q += tableLanes {
		kernels := g.kernels(a, q)
		c := (a.Offset + q) / a.Multiplier
		for i := range n {
			b := r.band(i, n)
			kernels.Rolls[r.stride][t.n](&t.dst[b.first*t.dstStride+q], &t.src[b.first*t.rowStride+c], &a.Taps[q/tableLanes*a.PanelStride+t.first*tableLanes],
				b.singles, b.turns, 4*t.dstStride, 4*r.inputStride, &a.Scratch[0])
		}
	}
}

// The inputs of a row for all taps have to stand side by side, as those of a single
// channel do.
func (g *Tables) broadcasts(a *kernel.Depthwise, panel int) bool {
	return a.TapStride == 1 && a.Multiplier%panel == 0 && a.Offset%panel == 0
}

func (g *Tables) columns(k *Kernels, a *kernel.Depthwise, t taps, r, n, blocks, q int) {
	for ; q < a.Columns; q += tableLanes {
		kernels := g.kernels(a, q)
		chunks, rest := chunks(a, &t, kernels.Chunk)
		c := (a.Offset + q) / a.Multiplier
		kernels.Windows[n](&t.dst[r*t.dstStride+q], &t.src[r*t.rowStride+c], &a.Taps[q/tableLanes*a.PanelStride+t.first*tableLanes], blocks, chunks, rest,
			4*t.dstStride, 4*t.rowStride, 4*a.TapStride, t.flags(), &a.Scratch[0])
	}
}

// kernels returns the kernels for the columns from q on.
func (g *Tables) kernels(a *kernel.Depthwise, q int) *TableKernels {
	columns := min(tableLanes, a.Columns-q)
	phase := (a.Offset + q) % a.Multiplier // of the first among the columns of its channel
	inputs := (phase+columns-1)/a.Multiplier + 1
	switch {
	case inputs == 1:
		return &g.Single
	case inputs == 2 && a.Multiplier == 2 && phase == 0:
		return &g.Twice
	}
	gatherLanes(a.Scratch, a.Multiplier, phase, columns, inputs)
	return &g.Any
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
