package safetensors

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/rawfloat"
	"github.com/sepconv/go/internal/strictjson"
)

// maxHeader bounds the header. It takes about a hundred bytes a tensor.
const maxHeader = 16 << 20

// Sniff reports whether a file that begins with these bytes and has that size may
// be of this format.
func Sniff(prefix []byte, size int64) bool {
	return len(prefix) >= 9 && prefix[8] == '{' && binary.LittleEndian.Uint64(prefix) <= uint64(max(0, size-8))
}

// Read reads all tensors. Those of a float type narrower than float32 or wider,
// and integers, are converted; those of a type that is not read say so, and do not
// bar the others. What the header and all values take is spent from the budget.
func Read(r io.ReaderAt, size int64, left *budget.Budget) (*File, error) {
	header, err := readHeader(r, size, left)
	if err != nil {
		return nil, err
	}
	start := 8 + int64(len(header))
	file := &File{}
	entries, err := file.decodeHeader(header, left)
	if err != nil {
		return nil, err
	}
	if err := checkLayout(entries, size-start); err != nil {
		return nil, err
	}
	file.Tensors = make([]Tensor, 0, len(entries))
	for _, e := range entries {
		t, err := e.read(r, start, left)
		if err != nil {
			return nil, fmt.Errorf("tensor %.80q: %w", e.name, err)
		}
		file.Tensors = append(file.Tensors, t)
	}
	return file, nil
}

// headerCost is how many bytes one of the header can turn into: "0," is an int of
// a shape in a slice that grows, "a":"", an entry in two maps.
const headerCost = 16

func readHeader(r io.ReaderAt, size int64, left *budget.Budget) ([]byte, error) {
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
	if err := spend(left, "the header", int64(length), headerCost); err != nil {
		return nil, err
	}
	header := make([]byte, length)
	if _, err := io.ReadFull(io.NewSectionReader(r, 8, int64(length)), header); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	return header, nil
}

// entry is a tensor of the header.
type entry struct {
	name  string
	dtype string
	shape []int
	begin int64
	end   int64
}

// entryCost is what an entry, the Tensor made of it, and a layer that its owner may
// make of that take.
const entryCost = 1024

// decodeHeader returns the tensors in the order of their data, and keeps the
// metadata.
func (f *File) decodeHeader(header []byte, left *budget.Budget) ([]entry, error) {
	if err := strictjson.Check(header, 3); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	if header[0] != '{' {
		return nil, fmt.Errorf("%w: the header is not a JSON object", ErrFormat)
	}
	fields := strictjson.Members(header)
	if err := spend(left, "the list of tensors", int64(len(fields)), entryCost); err != nil {
		return nil, err
	}
	entries := make([]entry, 0, len(fields))
	for _, m := range fields {
		if m.Key == metadataKey {
			if err := json.Unmarshal(m.Value, &f.Metadata); err != nil {
				return nil, fmt.Errorf("%w: %s: %w", ErrFormat, metadataKey, err)
			}
			continue
		}
		e, err := decodeEntry(m)
		if err != nil {
			return nil, fmt.Errorf("%w: tensor %.80q: %w", ErrFormat, m.Key, err)
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(a.end, b.end), cmp.Compare(a.name, b.name))
	})
	return entries, nil
}

// decodeEntry reads what the header says of a tensor. Only the exact keys count:
// "DTYPE" is another than "dtype".
func decodeEntry(m strictjson.Member) (e entry, err error) {
	e.name = m.Key
	var offsets []int64
	for _, field := range strictjson.Members(m.Value) {
		switch field.Key {
		case "dtype":
			err = json.Unmarshal(field.Value, &e.dtype)
		case "shape":
			err = json.Unmarshal(field.Value, &e.shape)
		case "data_offsets":
			err = json.Unmarshal(field.Value, &offsets)
		}
		if err != nil {
			return e, fmt.Errorf("%s: %w", field.Key, err)
		}
	}
	if e.dtype == "" || e.shape == nil {
		return e, errors.New("it must have a dtype and a shape")
	}
	if len(offsets) != 2 || offsets[0] < 0 || offsets[0] > offsets[1] {
		return e, fmt.Errorf("data_offsets is %v; it must be a begin and an end", offsets[:min(len(offsets), 3)])
	}
	e.begin, e.end = offsets[0], offsets[1]
	return e, nil
}

// checkLayout reports data that overlaps or leaves a hole, as the format forbids:
// it could hide something there.
func checkLayout(entries []entry, size int64) error {
	end := int64(0)
	for _, e := range entries {
		if e.begin != end {
			return fmt.Errorf("%w: tensor %.80q begins at byte %d of the data; it must begin at %d, where the one before it ends", ErrFormat, e.name, e.begin, end)
		}
		end = e.end
	}
	if end != size {
		return fmt.Errorf("%w: the tensors end at byte %d of %d bytes of data", ErrFormat, end, size)
	}
	return nil
}

func (e *entry) read(r io.ReaderAt, start int64, left *budget.Budget) (t Tensor, err error) {
	t = Tensor{Name: e.name, DType: e.dtype, Shape: e.shape}
	n, err := elements(e.shape)
	if err != nil {
		return t, err
	}
	kind, known := dtypes[e.dtype]
	length := e.end - e.begin
	if want := bytesOf(n, kind.bits); known && want != length {
		return t, fmt.Errorf("%w: shape %v of %s needs %d bytes; data_offsets gives %d", ErrFormat, e.shape, e.dtype, want, length)
	}
	if !kind.read {
		t.Err = fmt.Errorf("%w: %.20q", ErrUnsupported, e.dtype)
		return t, nil
	}
	if err := spend(left, "the values", int64(n), 4); err != nil {
		return t, err
	}
	t.Type = kind.kind
	t.Values, err = decode(io.NewSectionReader(r, start+e.begin, length), t.Type, n)
	return t, err
}

// bytesOf returns how many bytes n elements take; -1 if they end within one, which
// the format forbids. It does not overflow for what elements returns.
func bytesOf(n, bits int) int64 {
	if bits%8 == 0 {
		return int64(n) * int64(bits/8)
	}
	if int64(n)*int64(bits)%8 != 0 {
		return -1
	}
	return int64(n) * int64(bits) / 8
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

// spend spends n elements of the given size before they are allocated.
func spend(b *budget.Budget, what string, n, size int64) error {
	if err := b.Spend(what, n, size); err != nil {
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return nil
}
