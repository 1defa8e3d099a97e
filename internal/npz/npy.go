package npz

import (
	"encoding/binary"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/rawfloat"
)

// dtype is how an array's numbers are stored.
type dtype struct {
	code   string // "<f4"
	kind   rawfloat.Type
	order  binary.ByteOrder
	size   int  // of an element, in bytes
	unread bool // it is none of kinds
}

// name is NumPy's name of the type, or its code if it is not read.
func (d dtype) name() string {
	if d.unread {
		return d.code
	}
	return d.kind.String()
}

// kinds are NumPy's codes of the types.
var kinds = map[string]rawfloat.Type{
	"f4": rawfloat.Float32, "f2": rawfloat.Float16, "f8": rawfloat.Float64,
	"i1": rawfloat.Int8, "i2": rawfloat.Int16, "i4": rawfloat.Int32, "i8": rawfloat.Int64,
	"u1": rawfloat.Uint8, "u2": rawfloat.Uint16, "u4": rawfloat.Uint32, "u8": rawfloat.Uint64,
	"b1": rawfloat.Bool,
}

// codePattern is a byte order, a kind and a size: of complex numbers, bytes, text
// and times, too, which are not read but have a size. NumPy writes "=" for the order
// of the machine, which only a pickle in memory has.
var codePattern = regexp.MustCompile(`^([<>|])([bBiufcSUVmM])([0-9]{1,9})$`)

// parseDType reads a code such as "<f4".
func parseDType(code string) (dtype, error) {
	parts := codePattern.FindStringSubmatch(code)
	if parts == nil {
		return dtype{}, fmt.Errorf("%w: dtype is %.40q; it must be a number", ErrUnsupported, code)
	}
	var order binary.ByteOrder = binary.LittleEndian
	if parts[1] == ">" {
		order = binary.BigEndian
	}
	kind, known := kinds[parts[2]+parts[3]]
	size, err := strconv.Atoi(parts[3])
	if parts[2] == "U" { // of characters, not of bytes
		size *= 4
	}
	return dtype{code, kind, order, size, !known}, err
}

// header is that of a .npy file.
type header struct {
	dtype   dtype
	pickled bool
	fortran bool
	shape   []int
}

// headerPattern is the dictionary that numpy.lib.format writes.
var headerPattern = regexp.MustCompile(
	`^\{'descr': '([^']{2,20})', 'fortran_order': (True|False), 'shape': \(([0-9, ]*)\), \} *\n?$`)

// readHeader returns the header of a .npy file and what comes after it.
func readHeader(data []byte) (h header, body []byte, err error) {
	const magic = "\x93NUMPY"
	if len(data) < 10 || string(data[:6]) != magic || data[6] < 1 || data[6] > 3 {
		return h, nil, fmt.Errorf("%w: it begins with %.8q; it must be a .npy file of version 1 to 3", ErrFormat, data[:min(len(data), 8)])
	}
	start, length := 10, uint64(binary.LittleEndian.Uint16(data[8:]))
	if data[6] > 1 {
		if len(data) < 12 {
			return h, nil, fmt.Errorf("%w: its header is cut off", ErrFormat)
		}
		start, length = 12, uint64(binary.LittleEndian.Uint32(data[8:]))
	}
	if length > uint64(len(data)-start) || length > 1<<16 {
		return h, nil, fmt.Errorf("%w: its header is said to have %d bytes", ErrFormat, length)
	}
	text, body := data[start:start+int(length)], data[start+int(length):]
	fields := headerPattern.FindSubmatch(text)
	if fields == nil {
		return h, nil, fmt.Errorf("%w: its header is %.120q", ErrFormat, text)
	}
	h.fortran = string(fields[2]) == "True"
	if h.shape, err = parseShape(string(fields[3])); err != nil {
		return h, nil, err
	}
	if code := string(fields[1]); code == "|O" {
		h.pickled = true
	} else if h.dtype, err = parseDType(code); err != nil {
		return h, nil, err
	}
	return h, body, nil
}

// parseShape reads the inside of a Python tuple of integers.
func parseShape(text string) ([]int, error) {
	if n := strings.Count(text, ","); n > maxRank {
		return nil, tooManyDimensions(n)
	}
	shape := []int{}
	for _, word := range strings.Split(text, ",") {
		if word = strings.TrimSpace(word); word == "" {
			continue
		}
		d, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("%w: shape is (%.80s)", ErrFormat, text)
		}
		shape = append(shape, d)
	}
	return shape, nil
}

// ndarray is an array as it is stored.
type ndarray struct {
	shape   []int
	dtype   dtype
	raw     []byte
	fortran bool
}

// maxRank is NumPy's.
const maxRank = 64

func tooManyDimensions(n int) error {
	return fmt.Errorf("%w: it has %d dimensions; it may have %d", ErrFormat, n, maxRank)
}

// float32s converts the numbers and spends what they need.
func (a *ndarray) float32s(b *budget.Budget) ([]float32, error) {
	if len(a.shape) > maxRank {
		return nil, tooManyDimensions(len(a.shape))
	}
	n := 1
	if slices.Contains(a.shape, 0) {
		n = 0
	}
	for _, d := range a.shape {
		if d < 0 || n > 0 && n > math.MaxInt/8/max(d, 1) {
			return nil, fmt.Errorf("%w: shape %v", ErrFormat, a.shape)
		}
		n *= d
	}
	if size := a.dtype.size; size == 0 && len(a.raw) != 0 || size != 0 && (len(a.raw)%size != 0 || len(a.raw)/size != n) {
		return nil, fmt.Errorf("%w: it has %d bytes; shape %v of %s needs %d elements of %d", ErrFormat, len(a.raw), a.shape, a.dtype.name(), n, size)
	}
	if a.dtype.unread {
		return nil, fmt.Errorf("%w: numbers of dtype %q", ErrUnsupported, a.dtype.code)
	}
	if a.fortran && len(a.shape) > 1 {
		return nil, fmt.Errorf("%w: its values are in Fortran order", ErrUnsupported)
	}
	if err := b.Spend("values", int64(n), 4); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return rawfloat.Decode(a.dtype.kind, a.dtype.order, a.raw), nil
}
