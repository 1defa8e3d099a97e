package nn

import "math"

// Rectify makes each element max(y, 0), as sepconv.ReLU does. NaN stays NaN.
func Rectify(y []float32) {
	for i, x := range y {
		y[i] = max(x, 0)
	}
}

// RectifyBack takes a gradient back through Rectify, in place: dy becomes dy times the
// slope, which is 1 where y, which Rectify made, is above 0, 0 where it is 0, and NaN
// where it is NaN.
func RectifyBack(dy, y []float32) {
	const one, infinity = 0x3f800000, 0x7f800000 // as bits
	dy = dy[:len(y)]
	for i, y := range y {
		// In integers, for which the compiler has conditional moves: branches on signs
		// that nobody can predict would take longer.
		bits := math.Float32bits(y)
		slope := uint32(one)
		if bits == 0 {
			slope = 0
		}
		if bits > infinity {
			slope = bits
		}
		dy[i] *= math.Float32frombits(slope)
	}
}
