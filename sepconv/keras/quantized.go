package keras

import (
	"strings"

	"github.com/sepconv/go/sepconv"
)

// Integers are taken for the numbers that they are, as long as nothing says that
// they stand for others: arrays of a scale or a zero point beside them, which every
// tool names in its own way, or a name that no plain weight has.
var (
	scaleNames  = []string{"scale", "scb", "zero_point", "qzeros", "absmax", "quant_map", "quant_state", "weight_format"}
	packedNames = []string{"qweight", "packed", "int_data", "weight_q"}
)

// isAny reports whether a name, in any case, contains one of some words.
func isAny(name string, words []string) bool {
	name = strings.ToLower(name)
	for _, w := range words {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// isInteger reports whether an array is of integers.
func (t *Tensor) isInteger() bool {
	return strings.HasPrefix(t.DType, "int") || strings.HasPrefix(t.DType, "uint")
}

// checkScale reports integers beside an array that scales them.
func (l *Layer) checkScale(t *Tensor) error {
	if !t.isInteger() || isAny(t.Name, scaleNames) {
		return nil
	}
	for _, other := range l.Weights {
		if other != t && other != nil && isAny(other.Name, scaleNames) {
			return l.errQuantized(t.Name+" of "+t.DType, other.Name)
		}
	}
	return nil
}

func (l *Layer) errQuantized(what, scale string) error {
	return l.errorf("%w: %.80q is quantized: its numbers are not the weights, %.80q says how to make them; dequantize it where it was made and save it as float32",
		sepconv.ErrWeights, what, scale)
}
