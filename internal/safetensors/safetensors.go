// Package safetensors reads and writes the file format of Hugging Face's library
// of that name, in which PyTorch's weights are often kept: the length of a header
// in eight bytes, the header as JSON, and the tensors one behind the other, in C
// order and little-endian.
package safetensors

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/sepconv/go/internal/rawfloat"
)

// Errors wrap one of these.
var (
	// ErrFormat: the file breaks a rule of the format.
	ErrFormat = errors.New("invalid safetensors file")
	// ErrTooLarge: the file asks for more memory than allowed.
	ErrTooLarge = errors.New("safetensors file too large")
)

// metadataKey is the entry of the header that is no tensor.
const metadataKey = "__metadata__"

// File is what a file holds.
type File struct {
	Tensors  []Tensor // in the order of their data
	Metadata map[string]string
}

// Tensor is an array of numbers.
type Tensor struct {
	Name   string
	Type   rawfloat.Type
	Shape  []int
	Values []float32 // in C order
}

// typeNames are the format's words for the types.
var typeNames = map[string]rawfloat.Type{
	"F32": rawfloat.Float32, "F16": rawfloat.Float16, "BF16": rawfloat.BFloat16, "F64": rawfloat.Float64,
	"I8": rawfloat.Int8, "I16": rawfloat.Int16, "I32": rawfloat.Int32, "I64": rawfloat.Int64,
	"U8": rawfloat.Uint8, "U16": rawfloat.Uint16, "U32": rawfloat.Uint32, "U64": rawfloat.Uint64, "BOOL": rawfloat.Bool,
}

// maxRank bounds the dimensions of a tensor; PyTorch has 64 at most.
const maxRank = 64

// elements multiplies the dimensions of a shape.
func elements(shape []int) (int, error) {
	if len(shape) > maxRank {
		return 0, fmt.Errorf("%w: a shape has %d dimensions; it may have %d", ErrFormat, len(shape), maxRank)
	}
	if slices.Contains(shape, 0) {
		return 0, nil
	}
	n := 1
	for _, d := range shape {
		if d < 0 || n > math.MaxInt/8/d { // 8: the widest type in bytes
			return 0, fmt.Errorf("%w: shape %v", ErrFormat, shape)
		}
		n *= d
	}
	return n, nil
}
