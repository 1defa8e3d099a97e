package kernel

// Packed weights are cut into panels as wide as the set's tile, so that a
// microkernel reads them in order; columns past the last are zero.

// Panels returns how many panels of the given width hold n columns.
func Panels(n, width int) int { return (n-1)/width + 1 }

// PackDepthwise lays out Keras' depthwise_kernel (taps, columns), where column
// c*M+m is filter m of channel c, as panels of (taps, width).
func PackDepthwise(w []float32, taps, columns, width int) []float32 {
	return pack(w, taps, columns, width)
}

// PackPointwise lays out Keras' pointwise_kernel (1, depth, filters) as panels
// of (depth, width).
func PackPointwise(p []float32, depth, filters, width int) []float32 {
	return pack(p, depth, filters, width)
}

// PackBias pads the bias with zeros to whole panels; without a bias it is all
// +0, where sums then start.
func PackBias(b []float32, filters, width int) []float32 {
	packed := make([]float32, Panels(filters, width)*width)
	copy(packed, b)
	return packed
}

func pack(w []float32, rows, columns, width int) []float32 {
	packed := make([]float32, Panels(columns, width)*rows*width)
	for first, panel := 0, packed; first < columns; first += width {
		n := min(width, columns-first)
		for r := range rows {
			copy(panel[r*width:r*width+n], w[r*columns+first:])
		}
		panel = panel[rows*width:]
	}
	return packed
}
