package hdf5

import (
	"bytes"
	"encoding/binary"
	"math"
)

// trim returns a string of fixed length without its padding.
func (t Type) trim(b []byte) []byte {
	switch t.padding {
	case nullTerminated:
		if n := bytes.IndexByte(b, 0); n >= 0 {
			return b[:n]
		}
		return b
	case nullPadded:
		return bytes.TrimRight(b, "\x00")
	default:
		return bytes.TrimRight(b, " ")
	}
}

func (t Type) order() binary.ByteOrder {
	if t.BigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// mapElements returns a function that converts one element of the given size at a
// time.
func mapElements[T any](size int, f func(b []byte) T) func(dst []T, b []byte) {
	return func(dst []T, b []byte) {
		for i := range dst {
			dst[i] = f(b[i*size : (i+1)*size])
		}
	}
}

// float32Converter returns what converts elements of a type to float32, to nearest
// with ties to even; nil if they are no numbers.
func float32Converter(t Type) func(dst []float32, b []byte) {
	switch t.format {
	case formatNone:
		return nil
	case formatInteger:
		integer := t.integerReader()
		if t.Signed {
			return mapElements(t.Size, func(b []byte) float32 { return float32(integer(b)) })
		}
		return mapElements(t.Size, func(b []byte) float32 { return float32(uint64(integer(b))) })
	case formatFloat64:
		o := t.order()
		return mapElements(8, func(b []byte) float32 { return float32(math.Float64frombits(o.Uint64(b))) })
	case formatFloat32:
		if !t.BigEndian { // nearly all there is
			return func(dst []float32, b []byte) {
				for i := range dst {
					dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
				}
			}
		}
	}
	return mapElements(t.Size, t.floatReader())
}

// float64Converter is float32Converter for float64.
func float64Converter(t Type) func(dst []float64, b []byte) {
	switch t.format {
	case formatNone:
		return nil
	case formatInteger:
		integer := t.integerReader()
		if t.Signed {
			return mapElements(t.Size, func(b []byte) float64 { return float64(integer(b)) })
		}
		return mapElements(t.Size, func(b []byte) float64 { return float64(uint64(integer(b))) })
	case formatFloat64:
		o := t.order()
		return mapElements(8, func(b []byte) float64 { return math.Float64frombits(o.Uint64(b)) })
	}
	float := t.floatReader()
	return mapElements(t.Size, func(b []byte) float64 { return float64(float(b)) })
}

// floatReader returns what reads one number of a format that float32 has exactly.
func (t Type) floatReader() func(b []byte) float32 {
	o := t.order()
	switch t.format {
	case formatFloat16:
		return func(b []byte) float32 { return float16(o.Uint16(b)) }
	case formatBfloat16:
		return func(b []byte) float32 { return math.Float32frombits(uint32(o.Uint16(b)) << 16) }
	}
	return func(b []byte) float32 { return math.Float32frombits(o.Uint32(b)) }
}

// int64Converter returns what converts elements of an integer type; nil if they
// are of another. Of an unsigned type of 8 bytes it keeps the bits.
func int64Converter(t Type) func(dst []int64, b []byte) {
	if t.format != formatInteger {
		return nil
	}
	return mapElements(t.Size, t.integerReader())
}

// integerReader returns what reads one integer.
func (t Type) integerReader() func(b []byte) int64 {
	o := t.order()
	switch {
	case t.Size == 1 && t.Signed:
		return func(b []byte) int64 { return int64(int8(b[0])) }
	case t.Size == 1:
		return func(b []byte) int64 { return int64(b[0]) }
	case t.Size == 2 && t.Signed:
		return func(b []byte) int64 { return int64(int16(o.Uint16(b))) }
	case t.Size == 2:
		return func(b []byte) int64 { return int64(o.Uint16(b)) }
	case t.Size == 4 && t.Signed:
		return func(b []byte) int64 { return int64(int32(o.Uint32(b))) }
	case t.Size == 4:
		return func(b []byte) int64 { return int64(o.Uint32(b)) }
	}
	return func(b []byte) int64 { return int64(o.Uint64(b)) }
}

// float16 returns the value of an IEEE 754 binary16, which float32 has exactly.
func float16(h uint16) float32 {
	sign, exponent, mantissa := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 31: // infinity and NaN
		return math.Float32frombits(sign | 255<<23 | mantissa<<13)
	case 0: // zero and subnormal numbers: mantissa * 2^-24
		return math.Float32frombits(sign | math.Float32bits(float32(mantissa)*0x1p-24))
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | mantissa<<13)
}
