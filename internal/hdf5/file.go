package hdf5

import (
	"fmt"
	"io"
	"math"

	"github.com/sepconv/go/internal/budget"
)

// undefined is the address that says that there is nothing.
const undefined = -1

// A file is what all objects of one file share. Addresses count from base, where
// the superblock is; what comes before is the user's.
type file struct {
	r          io.ReaderAt
	base, size int64 // size counts from base
	offsetSize int   // bytes of an address in the file
	lengthSize int   // bytes of a length in the file

	memory *budget.Budget // all that was ever allocated for the file's sake
	work   *budget.Budget // what bounds the time: bytes that chunks ever unfolded to, and the like

	objects map[int64]*object
	heaps   map[int64]*collection
	scratch scratch
	zlib    *inflater
}

// errorf returns an error about the given address.
func (f *file) errorf(cause error, at int64, format string, args ...any) error {
	err := errorf(cause, format, args...).(*Error)
	if at >= 0 {
		err.Offset = f.base + at
	}
	return err
}

// within checks that the file has n bytes at an address.
func (f *file) within(what string, at, n int64) error {
	if at < 0 || at > f.size {
		return f.errorf(ErrFormat, at, "%s lies outside the file, which has %d bytes", what, f.base+f.size)
	}
	if n < 0 || n > f.size-at {
		return f.errorf(ErrFormat, at, "%s takes %d bytes, and the file has %d more", what, uint64(n), f.size-at)
	}
	return nil
}

// readInto fills b from an address.
func (f *file) readInto(what string, b []byte, at int64) error {
	if err := f.within(what, at, int64(len(b))); err != nil {
		return err
	}
	n, err := f.r.ReadAt(b, f.base+at)
	if n == len(b) {
		return nil
	}
	if err == io.EOF || err == nil {
		err = io.ErrUnexpectedEOF
	}
	return f.errorf(err, at, "%s: %d of %d bytes could be read", what, n, len(b))
}

// readCost is what reading a piece takes beside its bytes.
const readCost = 128

// read returns n bytes from an address.
func (f *file) read(what string, at, n int64) ([]byte, error) {
	if err := f.within(what, at, n); err != nil {
		return nil, err
	}
	if err := f.allocate(what, at, n+readCost, 1); err != nil {
		return nil, err
	}
	b := make([]byte, n)
	return b, f.readInto(what, b, at)
}

// product returns a*b for sizes, or a size that no file has.
func product(a, b int64) int64 {
	const none = math.MaxInt64 / 2
	if b != 0 && a > none/b {
		return none
	}
	return a * b
}

// allocate charges n elements of the given size, which are about to be
// allocated for what was found at an address.
func (f *file) allocate(what string, at, n, size int64) error {
	if f.memory.Take(n, size) {
		return nil
	}
	return f.errorf(errLimit{}, at, "%s", f.memory.Reason(fmt.Sprintf("%d elements of %d bytes for the %s", uint64(n), size, what)))
}
