package nn

// Max makes dst (batch, Steps(steps), channels) the largest elements in the windows of src
// (batch, steps, channels): NaN if one is NaN, and of zeros the first.
func (p Pool) Max(dst, src []float32, batch, steps, channels int) {
	p.windows(batch, steps, func(row, from, to int) {
		for c := range channels {
			dst[row*channels+c] = src[largest(src, from, to, channels, c)]
		}
	})
}

// MaxBack makes dsrc the derivative by src: each window's goes to its largest element, to
// the first of equal ones, as in TensorFlow. Where windows share one, theirs are added in
// float32, the first window first.
func (p Pool) MaxBack(dsrc, ddst, src []float32, batch, steps, channels int) {
	clear(dsrc)
	p.windows(batch, steps, func(row, from, to int) {
		for c := range channels {
			dsrc[largest(src, from, to, channels, c)] += ddst[row*channels+c]
		}
	})
}

// largest returns where the largest element of a channel is in the rows of a window, or
// the first NaN.
func largest(src []float32, from, to, channels, c int) int {
	at := from*channels + c
	for i := at; i < to*channels; i += channels {
		if x, most := src[i], src[at]; x > most || x != x && most == most {
			at = i
		}
	}
	return at
}
