package safetensors

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/sepconv/go/internal/rawfloat"
	"github.com/sepconv/go/internal/strictjson"
)

// maxHeader bounds the header. It takes about a hundred bytes a tensor.
const maxHeader = 16 << 20

// Sniff tells whether a file that begins with these bytes and has that size may
// be of this format.
func Sniff(prefix []byte, size int64) bool {
	return len(prefix) >= 9 && prefix[8] == '{' && binary.LittleEndian.Uint64(prefix) <= uint64(max(0, size-8))
}

// Read reads all tensors. Those of a float type narrower than float32 or wider,
// and integers, are converted. maxBytes bounds the bytes of all values together.
func Read(r io.ReaderAt, size, maxBytes int64) (*File, error) {
	header, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	start := 8 + int64(len(header))
	file := &File{}
	entries, err := file.decodeHeader(header)
	if err != nil {
		return nil, err
	}
	if err := checkLayout(entries, size-start); err != nil {
		return nil, err
	}
	budget := maxBytes
	for _, e := range entries {
		t, err := e.read(r, start, &budget)
		if err != nil {
			return nil, fmt.Errorf("tensor %.80q: %w", e.name, err)
		}
		file.Tensors = append(file.Tensors, t)
	}
	return file, nil
}

func readHeader(r io.ReaderAt, size int64) ([]byte, error) {
	var prefix [8]byte
	if _, err := r.ReadAt(prefix[:], 0); err != nil {
		return nil, fmt.Errorf("%w: its length of %d bytes leaves no room for a header", ErrFormat, size)
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length > uint64(size-8) {
		return nil, fmt.Errorf("%w: the header is said to have %d bytes in a file of %d", ErrFormat, length, size)
	}
	if length > maxHeader {
		return nil, fmt.Errorf("%w: the header has %d bytes; it may have %d", ErrTooLarge, length, maxHeader)
	}
	header := make([]byte, length)
	if _, err := io.ReadFull(io.NewSectionReader(r, 8, int64(length)), header); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	return header, nil
}

// entry is a tensor of the header.
type entry struct {
	name    string
	DType   string  `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"`
}

// decodeHeader returns the tensors in the order of their data, and keeps the
// metadata.
func (f *File) decodeHeader(header []byte) ([]entry, error) {
	if err := strictjson.Check(header, 3); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(header, &fields); err != nil || fields == nil {
		return nil, fmt.Errorf("%w: the header is not a JSON object", ErrFormat)
	}
	entries := make([]entry, 0, len(fields))
	for name, raw := range fields {
		if name == metadataKey {
			if err := json.Unmarshal(raw, &f.Metadata); err != nil {
				return nil, fmt.Errorf("%w: %s: %w", ErrFormat, metadataKey, err)
			}
			continue
		}
		e := entry{name: name}
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, fmt.Errorf("%w: tensor %.80q: %w", ErrFormat, name, err)
		}
		if len(e.Offsets) != 2 || e.Offsets[0] < 0 || e.Offsets[0] > e.Offsets[1] {
			return nil, fmt.Errorf("%w: tensor %.80q: data_offsets is %.40v; it must be a begin and an end", ErrFormat, name, e.Offsets)
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.Offsets[0], b.Offsets[0]), cmp.Compare(a.Offsets[1], b.Offsets[1]), cmp.Compare(a.name, b.name))
	})
	return entries, nil
}

// checkLayout reports data that overlaps or leaves a hole, as the format forbids:
// it could hide something there.
func checkLayout(entries []entry, size int64) error {
	end := int64(0)
	for _, e := range entries {
		if e.Offsets[0] != end {
			return fmt.Errorf("%w: tensor %.80q begins at byte %d of the data; it must begin at %d, where the one before it ends", ErrFormat, e.name, e.Offsets[0], end)
		}
		end = e.Offsets[1]
	}
	if end != size {
		return fmt.Errorf("%w: the tensors end at byte %d of %d bytes of data", ErrFormat, end, size)
	}
	return nil
}

func (e *entry) read(r io.ReaderAt, start int64, budget *int64) (t Tensor, err error) {
	kind, ok := typeNames[e.DType]
	if !ok {
		return t, fmt.Errorf("%w: dtype is %.20q, which this library does not read", ErrFormat, e.DType)
	}
	n, err := elements(e.Shape)
	if err != nil {
		return t, err
	}
	length := e.Offsets[1] - e.Offsets[0]
	if int64(n)*int64(kind.Size()) != length {
		return t, fmt.Errorf("%w: shape %v of %s needs %d bytes; data_offsets gives %d", ErrFormat, e.Shape, e.DType, int64(n)*int64(kind.Size()), length)
	}
	if *budget -= 4 * int64(n); *budget < 0 {
		return t, fmt.Errorf("%w: the values do not fit the limit", ErrTooLarge)
	}
	values, err := decode(io.NewSectionReader(r, start+e.Offsets[0], length), kind, n)
	return Tensor{Name: e.name, Type: kind, Shape: e.Shape, Values: values}, err
}

// decode reads n numbers, a block at a time.
func decode(r io.Reader, kind rawfloat.Type, n int) ([]float32, error) {
	values := make([]float32, 0, n)
	block := make([]byte, min(n*kind.Size(), 64<<10))
	for len(values) < n {
		part := block[:min(len(block), (n-len(values))*kind.Size())]
		if _, err := io.ReadFull(r, part); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
		values = append(values, rawfloat.Decode(kind, binary.LittleEndian, part)...)
	}
	return values, nil
}
