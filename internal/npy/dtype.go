package npy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"unicode/utf8"

	"github.com/sepconv/go/internal/rawfloat"
)

// DType is how the elements of an array are stored.
type DType struct {
	Code string // NumPy's: "<f4"
	Size int    // of an element, in bytes

	order  binary.ByteOrder
	kind   byte // NumPy's letter: 'f', 'i', 'U', ...
	number rawfloat.Type
	known  bool // it is one of numbers
}

// numbers are NumPy's codes of the types that are read as numbers.
var numbers = map[string]rawfloat.Type{
	"f4": rawfloat.Float32, "f2": rawfloat.Float16, "f8": rawfloat.Float64,
	"i1": rawfloat.Int8, "i2": rawfloat.Int16, "i4": rawfloat.Int32, "i8": rawfloat.Int64,
	"u1": rawfloat.Uint8, "u2": rawfloat.Uint16, "u4": rawfloat.Uint32, "u8": rawfloat.Uint64,
	"b1": rawfloat.Bool,
}

// codePattern is a byte order, a kind and a size; kinds are also complex numbers, bytes, text
// and times. (NumPy writes "=", the order of the machine, only into pickles in memory.)
var codePattern = regexp.MustCompile(`^([<>|])([bBiufcSUVmM])([0-9]{1,9})$`)

// ParseDType parses a code such as "<f4".
func ParseDType(code string) (DType, error) {
	parts := codePattern.FindStringSubmatch(code)
	if parts == nil {
		return DType{}, fmt.Errorf("%w: dtype is %.40q; it must be a number", ErrUnsupported, code)
	}
	d := DType{Code: code, order: binary.LittleEndian, kind: parts[2][0]}
	if parts[1] == ">" {
		d.order = binary.BigEndian
	}
	var err error
	d.number, d.known = numbers[parts[2]+parts[3]]
	d.Size, err = strconv.Atoi(parts[3])
	if err == nil && d.kind == 'U' { // of characters, not of bytes
		if d.Size > math.MaxInt/utf32Bytes {
			return DType{}, fmt.Errorf("%w: dtype is %.40q, whose elements are larger than memory here", ErrUnsupported, code)
		}
		d.Size *= utf32Bytes
	}
	return d, err
}

const utf32Bytes = 4

// String returns NumPy's name of a type of numbers, such as float32, or the code of another.
func (d DType) String() string {
	if !d.known {
		return d.Code
	}
	return d.number.String()
}

// IsNumber reports whether Append reads the elements.
func (d DType) IsNumber() bool { return d.known }

// IsText reports whether Text reads the elements.
func (d DType) IsText() bool { return d.kind == 'U' || d.kind == 'S' }

// Append appends the numbers in raw, rounded to the nearest float32.
func (d DType) Append(dst []float32, raw []byte) []float32 {
	return rawfloat.Append(dst, d.number, d.order, raw)
}

// Text returns the text of one element, without the zeros that fill it up.
func (d DType) Text(raw []byte) string {
	if d.kind == 'S' {
		return string(bytes.TrimRight(raw, "\x00"))
	}
	var text []byte
	zeros := 0
	for ; len(raw) >= utf32Bytes; raw = raw[utf32Bytes:] {
		r := d.order.Uint32(raw)
		if r == 0 {
			zeros++
			continue
		}
		for ; zeros > 0; zeros-- {
			text = append(text, 0)
		}
		text = utf8.AppendRune(text, rune(min(r, utf8.MaxRune+1))) // what is no character becomes U+FFFD
	}
	return string(text)
}
