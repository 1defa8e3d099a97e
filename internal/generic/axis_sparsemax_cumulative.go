package generic

import "math"

// sparsemaxCumulative is what Keras up to 3.15.1 calls sparsemax
// (keras-team/keras#23425). With z sorted in descending order and k elements in
// the support, its threshold is
//
//	tau = (c[1] + ... + c[k] - 1) / k,  c[i] = z[1] + ... + z[i]
//
// where sparsemax has (c[k] - 1) / k. Everything is relative to the maximum h:
// with z = h + d the sum of the c is h*k*(k+1)/2 plus the cumulative sums of d.
func sparsemaxCumulative(y []float32) {
	highest := maximum(y)
	if math.IsInf(float64(highest), 0) || hasNaN(y) {
		fill(y, float32(math.NaN()))
		return
	}
	least := leastOfSupport(y, highest)
	s := support(y, highest, least, highest)
	k := float64(s.size)
	cumulative := cumulativeSums(y, highest, ordinal(least), ordinal(highest), s)
	// (h*k*(k+1)/2 + cumulative - 1)/k - h
	tau := float64(float64(highest)*((k-1)/2)) + (cumulative-1)/k
	exceed(y, highest, tau)
}

// cumulativeSums returns the sum of all cumulative sums of s, the elements of y
// with ordinals from least to most, in descending order. That is the sum over all
// pairs of elements, an element with itself included, of the greater one, so that
// nothing has to be sorted: a range too large to go through its pairs is halved,
// and each element above the middle is the greater one of a pair with each below.
func cumulativeSums(y []float32, highest float32, least, most int64, s part) float64 {
	const few = 256
	switch {
	case s.size == 0:
		return 0
	case least == most:
		n := float64(s.size)
		return s.sum * ((n + 1) / 2)
	case s.size <= few:
		var d [few]float64
		n := 0
		for _, z := range y {
			if o := ordinal(z); o >= least && o <= most {
				d[n] = float64(z) - float64(highest)
				n++
			}
		}
		return greaterOfPairs(d[:n])
	}
	middle := least + (most-least)/2
	below := support(y, highest, fromOrdinal(least), fromOrdinal(middle))
	above := part{s.size - below.size, s.sum - below.sum}
	return cumulativeSums(y, highest, least, middle, below) + cumulativeSums(y, highest, middle+1, most, above) +
		float64(float64(below.size)*above.sum)
}

// greaterOfPairs returns the sum of the greater one of each pair.
func greaterOfPairs(d []float64) float64 {
	sum := 0.0
	for i, a := range d {
		for _, b := range d[:i+1] {
			if b > a {
				sum += b
			} else {
				sum += a
			}
		}
	}
	return sum
}
