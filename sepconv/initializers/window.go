package initializers

import (
	"math"
	"strings"

	"github.com/sepconv/go/internal/elementary"
)

// window1D returns a window of scipy.signal.get_window, by name, or nil if
// there is none of this name. A periodic window is the symmetric one of
// length+1 samples without its last.
func window1D(name string, length int, periodic bool) []float64 {
	if base, ok := strings.CutSuffix(name, "_symmetric"); ok {
		name, periodic = base, false
	} else if base, ok := strings.CutSuffix(name, "_periodic"); ok {
		name, periodic = base, true
	}
	sample := windowOf(name)
	if sample == nil {
		return nil
	}
	if length <= 1 {
		return constantWindow(length, 1)
	}
	total := length
	if periodic {
		total++
	}
	window := make([]float64, length)
	for t := range window {
		window[t] = sample(int64(t), int64(total))
	}
	return window
}

// constantWindow returns length times the value.
func constantWindow(length int, value float64) []float64 {
	window := make([]float64, length)
	for t := range window {
		window[t] = value
	}
	return window
}

// windowOf returns sample n of the symmetric window of m >= 2 samples, as a
// function, or nil for an unknown name. These are the windows of SciPy that
// need no parameter, by all the names SciPy gives them.
func windowOf(name string) func(n, m int64) float64 {
	name = strings.TrimSuffix(strings.TrimSuffix(name, "_symmetric"), "_periodic")
	switch name {
	case "boxcar", "box", "ones", "rect", "rectangular":
		return func(n, m int64) float64 { return 1 }
	case "hann", "han":
		return cosineSum(0.5, 0.5)
	case "hamming", "hamm", "ham":
		return cosineSum(0.54, 0.46)
	case "blackman", "black", "blk":
		return cosineSum(0.42, 0.50, 0.08)
	case "nuttall", "nutl", "nut":
		return cosineSum(0.3635819, 0.4891775, 0.1365995, 0.0106411)
	case "blackmanharris", "blackharr", "bkh":
		return cosineSum(0.35875, 0.48829, 0.14128, 0.01168)
	case "flattop", "flat", "flt":
		return cosineSum(0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368)
	case "triangle", "triang", "tri":
		return triangleWindow
	case "bartlett", "bart", "brt":
		return func(n, m int64) float64 { return 1 - fromCentre(n, m) }
	case "barthann", "brthan", "bth":
		return barthannWindow
	case "bohman", "bman", "bmn":
		return bohmanWindow
	case "cosine", "halfcosine":
		return func(n, m int64) float64 { return elementary.SinTurn(2*n+1, 4*m) }
	case "exponential", "poisson":
		return func(n, m int64) float64 { return power(expMinusHalf, magnitude(2*n-(m-1))) }
	case "lanczos", "sinc":
		return lanczosWindow
	case "parzen", "parz", "par":
		return parzenWindow
	case "taylor", "taylorwin":
		return taylorWindow
	case "tukey", "tuk":
		return tukeyWindow
	}
	return nil
}

// cosineSum returns a[0] - a[1]*cos(x) + a[2]*cos(2x) - ..., x going once around.
func cosineSum(a ...float64) func(n, m int64) float64 {
	return func(n, m int64) float64 {
		sum, sign := 0.0, 1.0
		for k, coefficient := range a {
			sum += float64(float64(sign*coefficient) * elementary.CosTurn(int64(k)*n, m-1))
			sign = -sign
		}
		return sum
	}
}

// magnitude is |n|.
func magnitude(n int64) int64 { return max(n, -n) }

// fromCentre goes from 1 at the ends of the window to 0 at its centre.
func fromCentre(n, m int64) float64 { return float64(magnitude(2*n-(m-1))) / float64(m-1) }

func triangleWindow(n, m int64) float64 {
	if m%2 == 0 {
		return float64(m-magnitude(2*n-(m-1))) / float64(m)
	}
	return float64(m+1-magnitude(2*n-(m-1))) / float64(m+1)
}

func barthannWindow(n, m int64) float64 {
	return 0.62 - float64(0.24*fromCentre(n, m)) - float64(0.38*elementary.CosTurn(n, m-1))
}

func bohmanWindow(n, m int64) float64 {
	if n == 0 || n == m-1 {
		return 0
	}
	far := magnitude(2*n - (m - 1))
	return float64((1-fromCentre(n, m))*elementary.CosTurn(far, 2*(m-1))) + float64(1/math.Pi*elementary.SinTurn(far, 2*(m-1)))
}

func lanczosWindow(n, m int64) float64 {
	far := magnitude(2*n - (m - 1))
	if far == 0 {
		return 1
	}
	return elementary.SinTurn(far, 2*(m-1)) / float64(math.Pi*fromCentre(n, m))
}

func parzenWindow(n, m int64) float64 {
	far := magnitude(2*n - (m - 1))
	x := float64(far) / float64(m)
	if 2*far <= m-1 {
		return 1 - float64(float64(6*float64(x*x))*(1-x))
	}
	return float64(2*float64((1-x)*(1-x))) * (1 - x)
}

// taylorWindow has the defaults of SciPy, nbar=4 and sll=30, and is 1 at its centre.
func taylorWindow(n, m int64) float64 {
	// F_1 to F_3 for these defaults: Carrara and Goodman, Spotlight Synthetic
	// Aperture Radar, 1995.
	terms := [...]float64{0.2926560110171551, -0.01578375064105314, 0.0021810393128200286}
	value, centre := 1.0, 1.0
	for i, f := range terms {
		value += float64(float64(2*f) * elementary.CosTurn(int64(i+1)*(2*n-m+1), 2*m))
		centre += 2 * f
	}
	return value / centre
}

// tukeyWindow has the default of SciPy, alpha=0.5: a quarter of a cosine's
// period at each end.
func tukeyWindow(n, m int64) float64 {
	n = min(n, m-1-n)
	if width := (m - 1) / 4; n > width {
		return 1
	}
	return 0.5 - float64(0.5*elementary.CosTurn(2*n, m-1))
}

// expMinusHalf is exp(-1/2).
const expMinusHalf = 0.60653065971263342360379953499118

// power returns x to the n-th, by squaring.
func power(x float64, n int64) float64 {
	result := 1.0
	for ; n > 0; n /= 2 {
		if n%2 == 1 {
			result *= x
		}
		x *= x
	}
	return result
}
