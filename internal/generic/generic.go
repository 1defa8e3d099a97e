// Package generic is the contract of package kernel in pure Go: the path for
// CPUs without a set of their own, and the oracle that every other set is held
// to bit for bit.
package generic

import "github.com/sepconv/go/internal/kernel"

// width is the number of columns or filters computed side by side: four chains
// hide the latency of an emulated fma (about 14 cycles) and fit the registers.
const width = 4

// Set is the row of the pure-Go kernels.
func Set() kernel.Set {
	return kernel.Set{
		Name:      "generic",
		Tile:      kernel.Tile{Rows: 1, Window: 1, Filters: width, Channels: width},
		Rate:      800,
		Depthwise: depthwise,
		Pointwise: pointwise,
		PackDepthwise: func(dst, w []float32, taps, columns int) []float32 {
			return kernel.PackDepthwise(dst, w, taps, columns, width)
		},
		PackPointwise: func(dst kernel.Packed, w []float32, depth, filters int) kernel.Packed {
			return kernel.PackPointwise(dst, w, depth, filters, width)
		},
		PackTransposed: func(dst kernel.Packed, w []float32, depth, columns, multiplier int) kernel.Packed {
			return kernel.PackTransposed(dst, w, depth, columns, multiplier, width, transpose)
		},
		DepthwiseLines:    depthwiseLines,
		Activate:          activations(),
		Gate:              gate,
		Pullback:          pullbacks(),
		Signs:             keepSigns,
		SignsPullback:     signsPullback,
		DepthwiseGradient: depthwiseGradient,
		PointwiseGradient: pointwiseGradient,
		Copy:              copyRows,
		CopyPast:          copyRows,
		Fence:             func() {},
		Transpose:         transpose,
		Maximum:           maximumDown,
		Sum:               sumDown,
	}
}

func copyRows(dst, src []float32, rows, columns, dstStride, srcStride int) {
	for r := range rows {
		copy(dst[r*dstStride:][:columns], src[r*srcStride:])
	}
}

func transpose(dst, src []float32, rows, columns, dstStride, srcStride int) {
	for r := range rows {
		for c, x := range src[r*srcStride:][:columns] {
			dst[c*dstStride+r] = x
		}
	}
}

func maximumDown(dst, src []float32, windows, rows, columns, stride int) {
	for w := range windows {
		y, x := dst[w*columns:][:columns], src[w*stride:]
		copy(y, x)
		for r := 1; r < rows; r++ {
			for c, v := range x[r*columns:][:columns] {
				y[c] = max(y[c], v)
			}
		}
	}
}

func sumDown(sums []float64, src []float32, rows, stride int) {
	for r := range rows {
		for c, x := range src[r*stride:][:len(sums)] {
			sums[c] += float64(x)
		}
	}
}
