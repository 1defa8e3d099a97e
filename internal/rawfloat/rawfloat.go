// Package rawfloat turns the numbers of a file into float32.
package rawfloat

import (
	"encoding/binary"
	"math"
)

// Type is how a file stores a number.
type Type uint8

const (
	Float32 Type = iota
	Float16
	BFloat16
	Float64
	Int8
	Int16
	Int32
	Int64
	Uint8
	Uint16
	Uint32
	Uint64
	Bool
)

// types are the sizes in bytes and NumPy's names.
var types = [...]struct {
	size int
	name string
}{
	Float32: {4, "float32"}, Float16: {2, "float16"}, BFloat16: {2, "bfloat16"}, Float64: {8, "float64"},
	Int8: {1, "int8"}, Int16: {2, "int16"}, Int32: {4, "int32"}, Int64: {8, "int64"},
	Uint8: {1, "uint8"}, Uint16: {2, "uint16"}, Uint32: {4, "uint32"}, Uint64: {8, "uint64"}, Bool: {1, "bool"},
}

// Size returns the number of bytes of a number.
func (t Type) Size() int { return types[t].size }

// String returns NumPy's name of the type.
func (t Type) String() string { return types[t].name }

// Decode returns the numbers in raw, rounded to the nearest float32. Bytes that
// are left over at its end are no number.
func Decode(t Type, order binary.ByteOrder, raw []byte) []float32 {
	return Append(make([]float32, 0, len(raw)/t.Size()), t, order, raw)
}

// Append appends what Decode returns.
func Append(dst []float32, t Type, order binary.ByteOrder, raw []byte) []float32 {
	size := t.Size()
	for ; len(raw) >= size; raw = raw[size:] {
		dst = append(dst, t.decode(order, raw))
	}
	return dst
}

func (t Type) decode(order binary.ByteOrder, b []byte) float32 {
	switch t {
	case Float32:
		return math.Float32frombits(order.Uint32(b))
	case Float16:
		return half(order.Uint16(b))
	case BFloat16:
		return math.Float32frombits(uint32(order.Uint16(b)) << 16)
	case Float64:
		return float32(math.Float64frombits(order.Uint64(b)))
	case Int8:
		return float32(int8(b[0]))
	case Int16:
		return float32(int16(order.Uint16(b)))
	case Int32:
		return float32(int32(order.Uint32(b)))
	case Int64:
		return float32(int64(order.Uint64(b)))
	case Uint16:
		return float32(order.Uint16(b))
	case Uint32:
		return float32(order.Uint32(b))
	case Uint64:
		return float32(order.Uint64(b))
	}
	return float32(b[0]) // Uint8, Bool
}

// half returns the value of an IEEE 754 binary16, all of which float32 holds.
func half(b uint16) float32 {
	sign := uint32(b>>15) << 31
	exponent, fraction := uint32(b>>10&0x1f), uint32(b&0x3ff)
	switch exponent {
	case 0: // zero or subnormal: fraction * 2^-24
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 0x1f: // infinity or NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
