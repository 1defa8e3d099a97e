package hdf5

import (
	"encoding/binary"
	"math"
	"strings"
)

// Float16s are numbers of IEEE 754 binary16, as their bits.
type Float16s []uint16

// Opaque is data of elements that HDF5 does not look into, such as the bfloat16
// of Keras, which are elements of 2 bytes of a data set that has an attribute
// dtype of "bfloat16".
type Opaque struct {
	Size int // bytes of an element
	Data []byte
}

// values are what is to be written: their type as it is encoded, how many there
// are, and the bytes of those from i to j.
type values struct {
	datatype []byte
	count    int
	encode   func(b []byte, i, j int) []byte
	text     *string // a string of variable length, which is elsewhere
}

// size returns the bytes of an element.
func (v *values) size() int {
	if v.datatype == nil {
		return 0
	}
	return int(binary.LittleEndian.Uint32(v.datatype[4:]))
}

// numbers returns the values of a slice of numbers.
func numbers[T any](datatype []byte, s []T) values {
	return values{datatype, len(s), func(b []byte, i, j int) []byte {
		b, _ = binary.Append(b, binary.LittleEndian, s[i:j]) // it can only fail for a T of no fixed size
		return b
	}, nil}
}

// singleValue returns what is written for a value that is no slice.
func singleValue(value any) (v values, ok bool) {
	switch x := value.(type) {
	case string:
		return variableString(x, 1), true
	case []byte:
		return variableString(string(x), 0), true
	case bool:
		var b int8
		if x {
			b = 1
		}
		return numbers(boolType, []int8{b}), true
	case int:
		value = []int64{int64(x)}
	case int8:
		value = []int8{x}
	case int16:
		value = []int16{x}
	case int32:
		value = []int32{x}
	case int64:
		value = []int64{x}
	case uint8:
		value = []uint8{x}
	case uint16:
		value = []uint16{x}
	case uint32:
		value = []uint32{x}
	case uint64:
		value = []uint64{x}
	case float32:
		value = []float32{x}
	case float64:
		value = []float64{x}
	default:
		return v, false
	}
	v, err := valuesOf(value)
	return v, err == nil
}

// valuesOf returns what is written for a slice.
func valuesOf(data any) (values, error) {
	switch s := data.(type) {
	case []float32:
		return numbers(float32Type, s), nil
	case []float64:
		return numbers(float64Type, s), nil
	case Float16s:
		return numbers(float16Type, s), nil
	case []int8:
		return numbers(integerType(1, true), s), nil
	case []int16:
		return numbers(integerType(2, true), s), nil
	case []int32:
		return numbers(integerType(4, true), s), nil
	case []int64:
		return numbers(integerType(8, true), s), nil
	case []uint8:
		return numbers(integerType(1, false), s), nil
	case []uint16:
		return numbers(integerType(2, false), s), nil
	case []uint32:
		return numbers(integerType(4, false), s), nil
	case []uint64:
		return numbers(integerType(8, false), s), nil
	case []string:
		return fixedStrings(s)
	case Opaque:
		return opaque(s)
	}
	return values{}, errorf(ErrArgument, "data of the Go type %T", data)
}

// fixedStrings returns strings padded to the length of the longest.
func fixedStrings(s []string) (values, error) {
	if len(s) == 0 {
		return numbers(float64Type, []float64{}), nil
	}
	size := 1
	for i, x := range s {
		if strings.ContainsRune(x, 0) {
			return values{}, errorf(ErrArgument, "string %d, %q, has a NUL, with which strings are padded", i, x)
		}
		size = max(size, len(x))
	}
	if size > math.MaxInt32 {
		return values{}, errorf(ErrArgument, "a string of %d bytes, the longest is %d", size, math.MaxInt32)
	}
	return values{stringType(size), len(s), func(b []byte, i, j int) []byte {
		for _, x := range s[i:j] {
			b = append(b, x...)
			b = append(b, make([]byte, size-len(x))...)
		}
		return b
	}, nil}, nil
}

// opaque returns elements that are bytes.
func opaque(o Opaque) (values, error) {
	if o.Size <= 0 || o.Size > math.MaxInt32 || len(o.Data)%o.Size != 0 {
		return values{}, errorf(ErrArgument, "%d bytes in elements of %d", len(o.Data), o.Size)
	}
	return values{opaqueType(o.Size), len(o.Data) / o.Size, func(b []byte, i, j int) []byte {
		return append(b, o.Data[i*o.Size:j*o.Size]...)
	}, nil}, nil
}

// variableString returns one string of variable length.
func variableString(s string, charset uint8) values {
	return values{variableStringType(charset), 1, nil, &s}
}
