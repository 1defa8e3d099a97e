package asm

import "github.com/sepconv/go/internal/kernel"

// Gathering is how a set computes a vector of columns whose inputs do not stand side
// by side, or of which there are fewer than the vector has lanes: Masks or Tables.
type Gathering interface {
	// broadcasts reports whether panels of columns are best computed as a product,
	// since each has one input.
	broadcasts(a *kernel.Depthwise, panel int) bool
	// columns computes the columns from q on, of blocks of n rows from row r on.
	columns(k *Kernels, a *kernel.Depthwise, t taps, r, n, blocks, q int)
	// rolls reports whether rollColumns is good at a block with such a stride and so many
	// taps.
	rolls(a *kernel.Depthwise, stride, taps int) bool
	// rollColumns computes the columns from q on, those before being computed in so many
	// bands of rows.
	rollColumns(k *Kernels, a *kernel.Depthwise, t taps, r rolling, bands, q int)
	// words is the length of kernel.Depthwise.Scratch.
	words(k *Kernels) int
}
