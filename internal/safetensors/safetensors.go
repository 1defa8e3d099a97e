// Package safetensors reads and writes the file format of Hugging Face's library
// of that name, in which PyTorch's weights are often kept: the length of a header
// in eight bytes, the header as JSON, and the tensors one after the other, in C
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
	// ErrUnsupported: numbers of a type that this package does not read.
	ErrUnsupported = errors.New("unsupported type of numbers")
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
	DType  string // the format's word: "F32"
	Type   rawfloat.Type
	Shape  []int
	Values []float32 // in C order; nil if Err is not
	// Err is why there are no Values: numbers of a type that is not read, such as
	// F8_E4M3. Type means nothing then. It wraps ErrUnsupported.
	Err error
}

// dtype is one of the format's types.
type dtype struct {
	bits int // of an element; those of F4 and F6 are packed
	kind rawfloat.Type
	read bool // whether this package reads it, as kind
}

// dtypes are the format's words for its types: those of version 0.7 of the
// library. Every one that is not read has its size nevertheless, so that a tensor
// that lies about its shape is found out.
var dtypes = map[string]dtype{
	"F32": {32, rawfloat.Float32, true}, "F16": {16, rawfloat.Float16, true}, "BF16": {16, rawfloat.BFloat16, true}, "F64": {64, rawfloat.Float64, true},
	"I8": {8, rawfloat.Int8, true}, "I16": {16, rawfloat.Int16, true}, "I32": {32, rawfloat.Int32, true}, "I64": {64, rawfloat.Int64, true},
	"U8": {8, rawfloat.Uint8, true}, "U16": {16, rawfloat.Uint16, true}, "U32": {32, rawfloat.Uint32, true}, "U64": {64, rawfloat.Uint64, true},
	"BOOL": {8, rawfloat.Bool, true},

	"F4": {bits: 4}, "F6_E2M3": {bits: 6}, "F6_E3M2": {bits: 6},
	"F8_E4M3": {bits: 8}, "F8_E5M2": {bits: 8}, "F8_E8M0": {bits: 8}, "F8_E4M3FNUZ": {bits: 8}, "F8_E5M2FNUZ": {bits: 8},
	"C64": {bits: 64},
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
