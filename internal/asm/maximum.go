package asm

// maximum begins with the first row of each window and goes on with the others, by as
// many windows, rows and columns a call as touch no more cache lines than maxLines.
func (k *Kernels) maximum(dst, src []float32, windows, rows, columns, stride int) {
	k.copy(dst, src, windows, columns, columns, stride)
	if columns == 0 || rows == 1 {
		return
	}
	const line = 64 / 4
	width := min(columns, maxLines/4*line)
	for c := 0; c < columns; c += width {
		n := min(width, columns-c)
		down := maxLines / (n/line + 2) // rows of all windows, and of dst
		most, beside := min(down, rows-1), max(1, down/rows)
		for w := 0; w < windows; w += beside {
			for r := 1; r < rows; r += most {
				k.Maximum(&dst[w*columns+c], &src[w*stride+r*columns+c], min(beside, windows-w), min(most, rows-r), n, 4*columns, 4*stride, 4*columns)
			}
		}
	}
}
