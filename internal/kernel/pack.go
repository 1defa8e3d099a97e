package kernel

import "slices"

// Packed weights are cut into panels as wide as the set's tile, so that a
// microkernel reads them in order; columns past the last are zero.

// Packed is the weights of a pointwise convolution as a set has packed them, in
// the number format that its kernels read. A format is a field here: the rest of
// the program hands packed weights on and never looks into them.
//
// As float32, the weight of row q and column f is F32[f/Width*Stride + q*Width + f%Width].
type Packed struct {
	F32    []float32
	Width  int // columns of a panel
	Stride int // elements from one panel to the next
}

// View makes p the weights of all from a panel on, and of every panel those from a row on.
func (p *Packed) View(all *Packed, panel, row int) {
	p.F32, p.Width, p.Stride = all.F32[panel*all.Stride+row*all.Width:], all.Width, all.Stride
}

// Panels returns how many panels of the given width hold n columns.
func Panels(n, width int) int { return (n-1)/width + 1 }

// PackDepthwise lays out Keras' depthwise_kernel (taps, columns), where column
// c*M+m is filter m of channel c, as panels of (taps, width). It uses the memory
// of dst if that is enough.
func PackDepthwise(dst, w []float32, taps, columns, width int) []float32 {
	return pack(dst, w, taps, columns, width)
}

// PackPointwise lays out Keras' pointwise_kernel (1, depth, filters) as panels
// of (depth, width) of float32. It uses the memory of dst if that is enough.
func PackPointwise(dst Packed, w []float32, depth, filters, width int) Packed {
	return Packed{F32: pack(dst.F32, w, depth, filters, width), Width: width, Stride: depth * width}
}

// PackTransposed lays out the transpose of weights of shape (columns, depth) as panels
// of (depth, width), its columns in the order that Set.PackTransposed states. transpose
// is a set's Transpose.
func PackTransposed(dst Packed, w []float32, depth, columns, multiplier, width int, transpose func(dst, src []float32, rows, columns, dstStride, srcStride int)) Packed {
	dst = Packed{F32: slices.Grow(dst.F32[:0], Panels(columns, width)*depth*width), Width: width, Stride: depth * width}
	dst.F32 = dst.F32[:cap(dst.F32)][:Panels(columns, width)*depth*width]
	if rest := columns % width; rest > 0 {
		clear(dst.F32[columns/width*dst.Stride:])
	}
	channels := columns / multiplier
	for f := 0; f < columns; {
		m, c := f/channels, f%channels
		n := min(width-f%width, channels-c)
		transpose(dst.F32[f/width*dst.Stride+f%width:], w[(c*multiplier+m)*depth:], n, depth, width, multiplier*depth)
		f += n
	}
	return dst
}

// PackBias pads the bias with zeros to whole panels; without a bias it is all
// +0, where sums then start. It uses the memory of dst if that is enough.
func PackBias(dst, bias []float32, filters, width int) []float32 {
	n := Panels(filters, width) * width
	dst = slices.Grow(dst[:0], n)[:n]
	clear(dst[copy(dst, bias):])
	return dst
}

func pack(dst, w []float32, rows, columns, width int) []float32 {
	n := Panels(columns, width) * rows * width
	dst = slices.Grow(dst[:0], n)[:n]
	for first, panel := 0, dst; first < columns; first += width {
		n := min(width, columns-first)
		for r := range rows {
			row := panel[r*width : (r+1)*width]
			clear(row[copy(row[:n], w[r*columns+first:]):])
		}
		panel = panel[rows*width:]
	}
	return dst
}
