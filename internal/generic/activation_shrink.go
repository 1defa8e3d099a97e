package generic

// hardShrink returns 0 for |x| <= threshold, otherwise x. Unlike in Keras, NaN
// stays NaN.
func hardShrink(x, threshold float32) float32 {
	if abs(x) <= threshold {
		return 0
	}
	return x
}

// softShrink returns x moved towards 0 by threshold, and 0 where it would pass
// it. Unlike in Keras, NaN stays NaN: the first comparison fails for it.
func softShrink(x, threshold float32) float32 {
	y := x + threshold
	if x >= -threshold {
		y = 0
	}
	if x > threshold {
		y = x - threshold
	}
	return y
}
