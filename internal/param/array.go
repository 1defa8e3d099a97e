package param

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
