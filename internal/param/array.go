package param

import "unsafe"

// SumSquares returns the sum of x^2: four running sums, of every fourth element each,
// that meet at the end. The squares are exact.
func SumSquares(w []float32) float64 {
	var a, b, c, d float64
	for ; len(w) >= 4; w = w[4:] {
		a += Square(w[0])
		b += Square(w[1])
		c += Square(w[2])
		d += Square(w[3])
	}
	for _, x := range w {
		a += Square(x)
	}
	return (a + b) + (c + d)
}

// Overlap reports whether two arrays share memory.
func Overlap(a, b []float32) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	firstA, firstB := uintptr(unsafe.Pointer(&a[0])), uintptr(unsafe.Pointer(&b[0]))
	return firstA < firstB+uintptr(len(b))*4 && firstB < firstA+uintptr(len(a))*4
}
