package sepconv

import "math"

// ExplicitZero returns the 0 that is meant as such in a field whose Go zero value stands for Keras' default:
//
//	sepconv.L2{}                                    // factor 0.01, as keras.regularizers.L2()
//	sepconv.L2{Factor: sepconv.ExplicitZero()}      // factor 0, as keras.regularizers.L2(0.0)
//
// It is the negative zero of IEEE 754, which Go's -0.0 is not.
func ExplicitZero() float64 { return math.Copysign(0, -1) }

// valueOr is the meaning of a field: the default if it was left at its zero value.
func valueOr(value, otherwise float64) float64 {
	switch {
	case value != 0:
		return value
	case math.Signbit(value):
		return 0
	default:
		return otherwise
	}
}

// textOr is valueOr for words.
func textOr(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}
