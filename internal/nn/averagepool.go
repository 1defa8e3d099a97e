package nn

// Average makes dst (batch, Steps(steps), channels) the means over the windows of src
// (batch, steps, channels). In room are channels elements, of no meaning before and after.
func (p Pool) Average(dst, src []float32, batch, steps, channels int, room []float64) {
	sums := room[:channels]
	p.windows(batch, steps, func(row, from, to int) {
		clear(sums)
		for t := from; t < to; t++ {
			for c, x := range src[t*channels:][:channels] {
				sums[c] += float64(x)
			}
		}
		for c, sum := range sums {
			dst[row*channels+c] = float32(sum / float64(to-from))
		}
	})
}

// AverageBack makes dsrc the derivative by src: the shares of the windows that a step is
// in, added in float32, the first window first.
func (p Pool) AverageBack(dsrc, ddst []float32, batch, steps, channels int) {
	clear(dsrc)
	p.windows(batch, steps, func(row, from, to int) {
		dy := ddst[row*channels:][:channels]
		for t := from; t < to; t++ {
			dx := dsrc[t*channels:][:channels]
			for c, d := range dy {
				dx[c] += float32(float64(d) / float64(to-from))
			}
		}
	})
}

// GlobalAverage is Keras' GlobalAveragePooling1D: the mean over all steps, of which there
// is one at least. dst is (batch, channels).
func GlobalAverage(dst, src []float32, batch, steps, channels int, room []float64) {
	Pool{Size: steps, Stride: steps}.Average(dst, src, batch, steps, channels, room)
}

// GlobalAverageBack makes dsrc the derivative by src: each step has its share of ddst.
func GlobalAverageBack(dsrc, ddst []float32, batch, steps, channels int) {
	Pool{Size: steps, Stride: steps}.AverageBack(dsrc, ddst, batch, steps, channels)
}
