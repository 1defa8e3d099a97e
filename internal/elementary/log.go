package elementary

import "math"

// Log returns the natural logarithm of x, which is normal and positive, to
// within 2 ulp. With x = m * 2^e and m in [sqrt(1/2), sqrt(2)),
//
//	log x = e*log 2 + 2*atanh(r),  r = (m-1)/(m+1),  atanh(r) = r + r^3/3 + r^5/5 + ...
func Log(x float64) float64 {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		e--
	}
	r := (m - 1) / (m + 1)
	r2 := float64(r * r)
	series := 0.0
	for _, c := range atanhTerms {
		series = float64(series*r2) + c
	}
	atanh := r + float64(r*float64(series*r2))
	return float64(float64(e)*ln2High) + (float64(2*atanh) + float64(float64(e)*ln2Low))
}

// atanhTerms are the coefficients of r^23, r^21, ..., r^3. The first one left
// out is below 2^-66 where |r| <= 0.172.
var atanhTerms = [...]float64{1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3}
