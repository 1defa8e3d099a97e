package asm

import "unsafe"

func (k *Kernels) copy(dst, src []float32, rows, columns, dstStride, srcStride int) {
	if columns == 0 {
		return
	}
	const line = 64 / 4
	most, lines := rows, columns/line+1
	if rows*lines > maxLines {
		most = max(1, maxLines/lines)
	}
	for r := 0; r < rows; r += most {
		k.Copy(&dst[r*dstStride], &src[r*srcStride], min(most, rows-r), columns, 4*dstStride, 4*srcStride)
	}
}

// copyPast copies past the caches where rows begin and end as one of its kernels wants it.
func (k *Kernels) copyPast(dst, src []float32, rows, columns, dstStride, srcStride int) {
	if columns == 0 {
		return
	}
	const line = 64 / 4
	most := max(1, maxLines/(columns/line+1))
	for _, past := range k.CopiesPast {
		if columns%past.Lanes != 0 || dstStride%past.Lanes != 0 || uintptr(unsafe.Pointer(&dst[0]))%uintptr(4*past.Lanes) != 0 {
			continue
		}
		for r := 0; r < rows; r += most {
			past.Run(&dst[r*dstStride], &src[r*srcStride], min(most, rows-r), columns/past.Lanes, 4*dstStride, 4*srcStride)
		}
		return
	}
	k.copy(dst, src, rows, columns, dstStride, srcStride)
}

// block is the rows and columns that the transpose kernel takes at once.
const block = 8

// transpose cuts an array into bands of 8 rows. Of what is left at the ends it
// takes some rows or columns once more, if there are 8.
func (k *Kernels) transpose(dst, src []float32, rows, columns, dstStride, srcStride int) {
	if rows < block || columns < block {
		transposeFew(dst, src, rows, columns, dstStride, srcStride)
		return
	}
	for r := 0; r < rows; r += block {
		r := min(r, rows-block)
		for b := 0; b < columns/block; b += maxBlocks {
			k.Transpose(&dst[b*block*dstStride+r], &src[r*srcStride+b*block], min(maxBlocks, columns/block-b), 4*dstStride, 4*srcStride)
		}
		if columns%block != 0 {
			c := columns - block
			k.Transpose(&dst[c*dstStride+r], &src[r*srcStride+c], 1, 4*dstStride, 4*srcStride)
		}
	}
}

// transposeFew transposes rows by fours, then one by one.
func transposeFew(dst, src []float32, rows, columns, dstStride, srcStride int) {
	r := 0
	for ; r+4 <= rows; r += 4 {
		x0 := src[r*srcStride:][:columns]
		x1, x2, x3 := src[(r+1)*srcStride:][:len(x0)], src[(r+2)*srcStride:][:len(x0)], src[(r+3)*srcStride:][:len(x0)]
		for c := range x0 {
			y := dst[c*dstStride+r:][:4]
			y[0], y[1], y[2], y[3] = x0[c], x1[c], x2[c], x3[c]
		}
	}
	for ; r < rows; r++ {
		for c, x := range src[r*srcStride:][:columns] {
			dst[c*dstStride+r] = x
		}
	}
}
