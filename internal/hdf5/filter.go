package hdf5

import (
	"errors"
	"fmt"
	"math"
)

// A filter is a step that chunks have been through. Format specification, section
// IV.A.2.l.
type filter struct {
	id     uint16
	values []uint32 // that it was given
}

type filters []filter

// Filters that can be undone. lzf is h5py's own.
const (
	filterDeflate    = 1
	filterShuffle    = 2
	filterFletcher32 = 3
	filterLZF        = 32000
)

// otherFilters are the names under which users know some that cannot.
var otherFilters = map[uint16]string{
	4: "szip", 5: "nbit", 6: "scaleoffset",
	307: "bzip2", 32001: "blosc", 32004: "lz4", 32008: "bitshuffle", 32013: "zfp", 32015: "zstd", 32026: "blosc2",
}

// maxFilters is the largest number of filters that the format allows.
const maxFilters = 32

// filters decodes the filters of a data set.
func (l layout) filters() (list filters, err error) {
	m := l.object.find(messageFilters)
	if m == nil {
		return nil, nil
	}
	c, err := m.shared("filters")
	if err != nil {
		return nil, err
	}
	version := c.version(1, 2)
	count := int(c.uint8())
	if version == 1 {
		c.skip(6)
	}
	if count > maxFilters {
		return nil, c.errorf(ErrFormat, 1, "%d filters, there are at most %d", count, maxFilters)
	}
	for range count {
		f := c.filter(version)
		if c.err != nil {
			return nil, c.err
		}
		list = append(list, f)
	}
	return list, c.err
}

// check reports a chunk that is not in the file, and then one that has been
// through a filter which cannot be undone.
func (g *grid) check(chunks []chunk) error {
	f := g.a.f
	for _, c := range chunks {
		size := c.size
		if !g.filtered(c.cell) {
			size = g.bytes
		}
		if err := f.within("chunk", c.at, size); err != nil {
			return err
		}
	}
	for _, c := range chunks {
		if !g.filtered(c.cell) {
			continue
		}
		for i, filter := range g.filters {
			if c.mask&(1<<i) == 0 && !filter.known() {
				return f.errorf(ErrFilter, c.at, "%v; deflate, shuffle, fletcher32 and lzf can be undone", filter)
			}
		}
	}
	return nil
}

// known reports whether the filter can be undone.
func (f filter) known() bool {
	switch f.id {
	case filterDeflate, filterShuffle, filterFletcher32, filterLZF:
		return true
	}
	return false
}

func (f filter) String() string {
	if name := otherFilters[f.id]; name != "" {
		return fmt.Sprintf("%d (%s)", f.id, name)
	}
	return fmt.Sprint(f.id)
}

// filter decodes one filter.
func (c *cursor) filter(version uint8) (f filter) {
	f.id = c.uint16()
	const firstNamed = 256 // in version 2
	nameSize := 0
	if version == 1 || f.id >= firstNamed {
		nameSize = int(c.uint16())
	}
	c.skip(2) // whether it may be left out
	count := int(c.uint16())
	if version == 1 {
		nameSize = (nameSize + 7) &^ 7
	}
	c.skip(nameSize)
	if count > c.left()/4 {
		c.errorf(ErrFormat, c.pos, "%d values of a filter", count)
		return f
	}
	f.values = make([]uint32, count)
	for i := range f.values {
		f.values[i] = c.uint32()
	}
	if version == 1 && count%2 != 0 {
		c.skip(4)
	}
	return f
}

// undo returns what the data of a chunk were before the filters, which should be
// size bytes.
func (list filters) undo(f *file, c chunk, data []byte, size int64) ([]byte, error) {
	buffer := 0 // that data is in
	for i := len(list) - 1; i >= 0; i-- {
		if c.mask&(1<<i) != 0 {
			continue
		}
		if list[i].id == filterFletcher32 { // which needs no other buffer
			var err error
			if data, err = checkFletcher32(data); err != nil {
				return nil, f.errorf(ErrFormat, c.at, "chunk of %d bytes: %v", c.size, err)
			}
			continue
		}
		buffer = (buffer + 1) % len(f.scratch)
		dst, err := f.scratch.grow(f, buffer, max(int64(len(data)), size+int64(fletcher32Size*len(list))))
		if err != nil {
			return nil, err
		}
		n := 0
		switch list[i].id {
		case filterDeflate:
			var z *inflater
			if z, err = f.inflater(); err != nil {
				return nil, err
			}
			n, err = z.inflate(dst, data)
		case filterShuffle:
			n = unshuffle(dst, data, list[i].elementSize())
		case filterLZF:
			n, err = unlzf(dst, data)
		}
		if err != nil {
			return nil, f.errorf(ErrFormat, c.at, "chunk of %d bytes: %v", c.size, err)
		}
		data = dst[:n]
	}
	return data, nil
}

// elementSize returns the value that shuffle was given.
func (f *filter) elementSize() int {
	if len(f.values) == 0 || f.values[0] > math.MaxInt32 {
		return 1
	}
	return int(f.values[0])
}

// unshuffle gathers the bytes of each element, the first bytes of all being
// followed by the second bytes of all and so on. What is left over at the end
// was not shuffled.
func unshuffle(dst, src []byte, size int) int {
	if size < 2 || len(src) < size {
		return copy(dst, src)
	}
	n := len(src) / size
	for i := range size {
		for j, b := range src[i*n : (i+1)*n] {
			dst[j*size+i] = b
		}
	}
	copy(dst[n*size:], src[n*size:])
	return len(src)
}

var errTooLong = errors.New("it unfolds to more than it should")
