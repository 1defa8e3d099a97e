package generic

// elu returns x for x >= 0 and alpha*(e^x - 1) below. Error below 2 ulp, 0.88 for
// alpha = 1.
func elu(x, alpha float32) float32 {
	if x < 0 {
		return alpha * expm1(x)
	}
	return x
}

// selu returns scale * elu(x, alpha) with the constants of Klambauer et al.,
// "Self-Normalizing Neural Networks" (2017). As in TensorFlow scale*alpha is one
// constant. Error below 1.8 ulp.
func selu(x float32) float32 {
	if x < 0 {
		return seluScaleAlpha * expm1(x)
	}
	return seluScale * x
}

const (
	seluScale      = 0x1.0cfabep+00 // 1.0507009873554804934193349852946
	seluScaleAlpha = 0x1.c212ccp+00 // 1.6732632423543772848170429916717 times that
)

// celu returns x for x >= 0 and alpha*(e^(x/alpha) - 1) below. Error below 2.6 ulp,
// 0.88 for alpha = 1, beside what a subnormal x/alpha loses: |alpha| * 2^-150. As in
// Keras alpha may be negative; then the rounding of x/alpha adds x/alpha + 2 ulp,
// and e^(x/alpha) may overflow first.
func celu(x, alpha float32) float32 {
	if x < 0 {
		return alpha * expm1(x/alpha)
	}
	return x
}
