package hdf5

import "encoding/binary"

// A heapWriter appends strings to collections of the global heap. Format
// specification, section III.E.
type heapWriter struct {
	encoder
	start int64 // address of the first collection
	open  int   // where in b the current collection begins, if count is not 0
	count uint32
}

const (
	collectionSize = 4096 // the least that the format allows
	collectionHead = 16
	objectHead     = 16
)

// add appends a string and returns where it is.
func (h *heapWriter) add(s string) reference {
	size := objectHead + (len(s)+7)&^7
	if h.count > 0 && len(h.b)-h.open+size > collectionSize {
		h.finish()
	}
	if h.count == 0 {
		h.open = len(h.b)
		h.text("GCOL")
		h.uint8(1, 0, 0, 0)
		h.uint64(0) // the size, which finish sets
	}
	h.count++
	h.uint16(uint16(h.count))
	h.zeros(2 + 4) // references, which HDF5 does not count
	h.uint64(uint64(len(s)))
	h.text(s)
	h.align()
	return reference{h.start + int64(h.open), h.count}
}

// finish closes the current collection.
func (h *heapWriter) finish() {
	if h.count == 0 {
		return
	}
	if free := collectionSize - (len(h.b) - h.open); free > 0 {
		if free >= objectHead {
			h.zeros(8)
			h.uint64(uint64(free))
		}
		h.zeros(h.open + collectionSize - len(h.b))
	}
	binary.LittleEndian.PutUint64(h.b[h.open+8:], uint64(len(h.b)-h.open))
	h.count = 0
}
