// Package npy reads and writes the .npy format: one array of NumPy, a header in Python's
// notation and the elements as they are in memory.
package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Errors wrap one of these.
var (
	// ErrFormat: the file breaks a rule of its format.
	ErrFormat = errors.New("invalid .npy file")
	// ErrUnsupported: the array holds something else than numbers and text.
	ErrUnsupported = errors.New("unsupported .npy file")
)

// MaxRank is the most dimensions that an array of NumPy has.
const MaxRank = 64

// Header is what a file says of its array.
type Header struct {
	DType   DType
	Pickled bool // the elements are objects of Python, in a pickle; DType is the zero value
	Fortran bool // elements along the first axis are side by side, not those along the last
	Shape   []int
}

// headerPattern is the dictionary that numpy.lib.format writes.
var headerPattern = regexp.MustCompile(
	`^\{'descr': '([^']{2,20})', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\), \} *\n?$`)

// maxHeader is the longest header, which has some hundred bytes.
const maxHeader = 1 << 16

// ReadHeader reads the header; the elements follow it in r.
func ReadHeader(r io.Reader) (h Header, err error) {
	const magic = "\x93NUMPY"
	var start [12]byte
	n, err := io.ReadFull(r, start[:10])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return h, err
	}
	if n < 10 || string(start[:6]) != magic || start[6] < 1 || start[6] > 3 {
		return h, fmt.Errorf("%w: it begins with %.8q; it must be a .npy file of version 1 to 3", ErrFormat, start[:min(n, 8)])
	}
	length := uint64(binary.LittleEndian.Uint16(start[8:]))
	if start[6] > 1 {
		if _, err := io.ReadFull(r, start[10:]); err != nil {
			return h, fmt.Errorf("%w: its header is cut off", ErrFormat)
		}
		length = uint64(binary.LittleEndian.Uint32(start[8:]))
	}
	if length > maxHeader {
		return h, fmt.Errorf("%w: its header is said to have %d bytes; it may have %d", ErrFormat, length, maxHeader)
	}
	text := make([]byte, length)
	if n, err := io.ReadFull(r, text); err != nil {
		return h, fmt.Errorf("%w: its header is said to have %d bytes; there are %d", ErrFormat, length, n)
	}
	return parseHeader(text)
}

func parseHeader(text []byte) (h Header, err error) {
	fields := headerPattern.FindSubmatch(text)
	if fields == nil {
		return h, fmt.Errorf("%w: its header is %.120q; it must be the dictionary that numpy.save writes, of an array that is not structured", ErrFormat, text)
	}
	h.Fortran = string(fields[2]) == "True"
	if h.Shape, err = parseShape(string(fields[3])); err != nil {
		return h, err
	}
	if code := string(fields[1]); code == "|O" {
		h.Pickled = true
	} else {
		h.DType, err = ParseDType(code)
	}
	return h, err
}

// parseShape reads the inside of a Python tuple of integers.
func parseShape(text string) ([]int, error) {
	if n := strings.Count(text, ","); n > MaxRank {
		return nil, tooManyDimensions(n)
	}
	shape := []int{}
	for _, word := range strings.Split(text, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		d, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("%w: its shape is (%.80s); lengths must be numbers that an int can hold", ErrFormat, text)
		}
		shape = append(shape, d)
	}
	return shape, nil
}

func tooManyDimensions(n int) error {
	return fmt.Errorf("%w: it has %d dimensions; it may have %d", ErrFormat, n, MaxRank)
}

// Elements returns how many elements an array of a shape has. Shapes come from strangers:
// negative lengths, too many axes, or more elements than memory can hold are an error.
func Elements(shape []int) (int, error) {
	if len(shape) > MaxRank {
		return 0, tooManyDimensions(len(shape))
	}
	n := 1
	if slices.Contains(shape, 0) {
		n = 0
	}
	for _, d := range shape {
		if d < 0 || n > 0 && n > math.MaxInt/8/max(d, 1) {
			return 0, fmt.Errorf("%w: its shape %v is negative, or more than memory can hold", ErrFormat, shape)
		}
		n *= d
	}
	return n, nil
}

// AppendHeader appends the header of a file of float32, little-endian in C order.
func AppendHeader(b []byte, shape []int) []byte {
	text := "{'descr': '<f4', 'fortran_order': False, 'shape': ("
	for i, d := range shape {
		if text += strconv.Itoa(d); i == 0 || i < len(shape)-1 {
			text += ","
		}
		if i < len(shape)-1 {
			text += " "
		}
	}
	text += "), }"
	// As NumPy has it, the elements begin at a multiple of 64.
	const before, align = 10, 64
	pad := align - (before+len(text)+1)%align
	text += strings.Repeat(" ", pad%align) + "\n"
	b = append(b, "\x93NUMPY\x01\x00"...)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(text)))
	return append(b, text...)
}
