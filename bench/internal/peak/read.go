package peak

import "github.com/sepconv/go/internal/kernel"

// ReadBytes is what Read takes a multiple of.
const ReadBytes = 1 << 10

// Read loads an array of whole ReadBytes once, from its beginning to its end, as fast as
// the vectors of a set can, and does nothing with it.
func Read(set *kernel.Set, src []float32) {
	n := len(src) * 4 / ReadBytes
	if n == 0 {
		return
	}
	if read, ok := reads[set.Name]; ok {
		read(&src[0], n)
		return
	}
	addUp(src)
}

// addUp is Read for a set without vectors: Go has no load of which nothing comes.
func addUp(src []float32) {
	var sums [4]float32
	for ; len(src) >= 4; src = src[4:] {
		sums[0] += src[0]
		sums[1] += src[1]
		sums[2] += src[2]
		sums[3] += src[3]
	}
	sink = sums
}

var sink [4]float32
