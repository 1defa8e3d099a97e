package asm

import (
	"math/bits"
	"unsafe"
)

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
	if rows == 0 || columns == 0 {
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

// block is the rows, at most, and the columns that a transpose kernel takes at once.
const block = 8

// transpose cuts an array into blocks. Of what is left at the ends it takes some rows or
// columns once more, if there are as many as a kernel has.
func (k *Kernels) transpose(dst, src []float32, rows, columns, dstStride, srcStride int) {
	n := block
	for n > 1 && (n > rows || k.Transpose[n] == nil) {
		n /= 2
	}
	if n == 1 || columns < block {
		transposeFew(dst, src, rows, columns, dstStride, srcStride)
		return
	}
	rest := rows & (n - 1)
	k.transposeColumns(n, dst, src, rows>>bits.TrailingZeros(uint(n)), columns, dstStride, srcStride)
	if rest > 0 {
		for n/2 >= rest && k.Transpose[n/2] != nil {
			n /= 2
		}
		r := rows - n
		k.transposeColumns(n, dst[r:], src[r*srcStride:], 1, columns, dstStride, srcStride)
	}
}

// transposeColumns transposes bands of n rows.
func (k *Kernels) transposeColumns(n int, dst, src []float32, bands, columns, dstStride, srcStride int) {
	k.transposeBlocks(n, dst, src, bands, columns/block, dstStride, srcStride)
	if columns%block != 0 {
		c := columns - block
		k.transposeBlocks(n, dst[c*dstStride:], src[c:], bands, 1, dstStride, srcStride)
	}
}

// transposeBlocks transposes whole blocks, as many in a call as one may take: not many
// side by side if there are more below, since then a line of dst, of which each block
// stores a part, would be gone before the next part comes.
func (k *Kernels) transposeBlocks(n int, dst, src []float32, bands, blocks, dstStride, srcStride int) {
	const few = 8
	down, across := bands, blocks
	if bands*blocks > maxBlocks { // rarely, and divisions take some nanoseconds
		across = min(blocks, max(maxBlocks/bands, few))
		down = maxBlocks / across
	}
	for c := 0; c < blocks; c += across {
		for b := 0; b < bands; b += down {
			k.Transpose[n](&dst[c*block*dstStride+b*n], &src[b*n*srcStride+c*block], min(down, bands-b), min(across, blocks-c), 4*dstStride, 4*srcStride)
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
