package elementary

import "math"

// CosTurn returns cos(2*pi*n/d), and SinTurn sin(2*pi*n/d). The angle is a
// fraction of a turn, so that it is reduced exactly; d is positive.
func CosTurn(n, d int64) float64 {
	n %= d
	if n < 0 {
		n = -n // cos is even
	}
	if n > d-n {
		n = d - n
	}
	// Now 0 <= n/d <= 1/2.
	if n > d/4 && 4*n > d {
		return -cosQuarter(d-2*n, 2*d)
	}
	return cosQuarter(n, d)
}

func SinTurn(n, d int64) float64 { return CosTurn(4*(n%d)-d, 4*d) }

// cosQuarter is CosTurn for 0 <= n/d <= 1/4.
func cosQuarter(n, d int64) float64 {
	if 8*n <= d {
		return cosSmall(float64(float64(2*math.Pi)*float64(n)) / float64(d))
	}
	return sinSmall(float64(float64(math.Pi/2)*float64(d-4*n)) / float64(d))
}

// cosSmall and sinSmall are Taylor's series, for 0 <= x <= pi/4.
func cosSmall(x float64) float64 {
	x2 := float64(x * x)
	sum := 1.0
	for k := 18; k > 0; k -= 2 {
		sum = 1 - float64(sum*x2)/float64(k*(k-1))
	}
	return sum
}

func sinSmall(x float64) float64 {
	x2 := float64(x * x)
	sum := 1.0
	for k := 18; k > 0; k -= 2 {
		sum = 1 - float64(sum*x2)/float64(k*(k+1))
	}
	return float64(x * sum)
}
