package kerasjson

import (
	"bytes"
	"fmt"
	"math"
	"strconv"

	"github.com/sepconv/go/internal/fault"
)

// A Float is written as Python writes a float: the shortest digits that read
// back the same, always with a point or an exponent.
type Float float64

// MarshalJSON follows Python's repr, which takes the exponent outside 1e-4 to 1e16.
func (f Float) MarshalJSON() ([]byte, error) {
	return pythonFloat(float64(f), 64)
}

// A Float32 is a Float with the digits that a float32 needs.
type Float32 float32

// MarshalJSON is that of [Float].
func (f Float32) MarshalJSON() ([]byte, error) {
	return pythonFloat(float64(f), 32)
}

func pythonFloat(x float64, bits int) ([]byte, error) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil, fmt.Errorf("%w: %v is not a number of JSON", fault.ErrConfig, x)
	}
	if size := math.Abs(x); size != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.AppendFloat(nil, x, 'e', -1, bits), nil
	}
	text := strconv.AppendFloat(nil, x, 'f', -1, bits)
	if !bytes.ContainsRune(text, '.') {
		text = append(text, ".0"...)
	}
	return text, nil
}
