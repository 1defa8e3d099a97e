package generic

import "github.com/sepconv/go/internal/kernel"

// choose is one value or the other, and NaN for NaN.
func choose(x float32, condition bool, yes, no float32) float32 {
	if x != x {
		return x
	}
	if condition {
		return yes
	}
	return no
}

func reluPullback(z, dy []float32, _ *kernel.Activation) {
	dy = dy[:len(z)]
	for i, x := range z {
		s := x
		if x > 0 {
			s = 1
		}
		if x <= 0 {
			s = 0
		}
		z[i] = dy[i] * s
	}
}

func relu6Slope(x float32) float32 { return choose(x, x > 0 && x < 6, 1, 0) }

// generalReLUPullback has the corners of what Keras composes the function of: above
// the threshold and below it nothing passes at the threshold, a clip passes at its
// maximum; without a threshold it is leaky_relu where there is no maximum, and relu6
// where that is 6.
func generalReLUPullback(z, dy []float32, a *kernel.Activation) {
	limit, below, threshold := a.A, a.B, a.C
	unlimited := limit != limit
	dy = dy[:len(z)]
	for i, x := range z {
		s := choose(x, unlimited || x >= 0 && x <= limit, 1, 0)
		if limit == 6 && threshold == 0 && x == 6 {
			s = 0
		}
		if x == threshold {
			s = 0
		}
		if x < threshold || x == 0 && threshold == 0 && unlimited {
			s = below
		}
		z[i] = dy[i] * s
	}
}

func leakyReLUSlope(x, slope float32) float32 { return choose(x, x > 0, 1, slope) }

func thresholdSlope(x, threshold float32) float32 { return choose(x, x > threshold, 1, 0) }

// shrinkSlope is that of both ways to shrink.
func shrinkSlope(x, threshold float32) float32 { return choose(x, abs(x) > threshold, 1, 0) }

func hardSigmoidSlope(x float32) float32 { return choose(x, abs(x) < 3, 1./6, 0) }

func hardSigmoid2Slope(x float32) float32 { return choose(x, abs(x) <= 2.5, 0.2, 0) }

// hardSiLUSlope is (x+3)/6 + x/6 = x/3 + 1/2 between -3 and 3.
func hardSiLUSlope(x float32) float32 {
	s := FMA(x, 1./3, 0.5)
	if x >= 3 {
		s = 1
	}
	if x <= -3 {
		s = 0
	}
	return s
}

func hardTanhSlope(x float32) float32 { return choose(x, abs(x) <= 1, 1, 0) }

// sparsePlusSlope is (x+1)/2 held within [0, 1].
func sparsePlusSlope(x float32) float32 { return sparseSigmoid(x) }

func sparseSigmoidSlope(x float32) float32 { return choose(x, abs(x) < 1, 0.5, 0) }
