package asm

// sum goes down as many rows and columns a call as touch no more cache lines than
// maxLines, beside those of the sums.
func (k *Kernels) sum(sums []float64, src []float32, rows, stride int) {
	const line = 64 / 4
	const width = maxLines / 4 * line
	for c := 0; c < len(sums); c += width {
		n := min(width, len(sums)-c)
		most := maxLines / (n/line + 2)
		for r := 0; r < rows; r += most {
			k.Sum(&sums[c], &src[r*stride+c], min(most, rows-r), n, 4*stride)
		}
	}
}
