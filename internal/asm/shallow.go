package asm

import "github.com/sepconv/go/internal/kernel"

// shallow computes the first panels of a block of little depth, as many as there is a
// kernel for, and returns how many that were.
func (k *Kernels) shallow(a *kernel.Pointwise, flags uint64) int {
	if a.Depth == 0 || flags&^flagReLU != 0 || a.FilterStride > 1 {
		return 0
	}
	s := &k.Shallow
	width := k.filters()
	most := maxVectors / (2 * s.Panels * a.Depth)
	i := 0
	for ; (i+s.Panels)*width <= a.Filters; i += s.Panels {
		f := i * width
		for row := 0; row < a.Rows; row += most {
			s.ByDepth[a.Depth](&a.Dst[row*a.RowStride+f], &a.U[row*a.UStride], &a.Panels.F32[i*a.Panels.Stride], &a.Bias[f],
				min(most, a.Rows-row), 4*a.RowStride, 4*a.UStride, 4*a.Panels.Stride, flags)
		}
	}
	return i
}
