package hdf5

import (
	"bytes"
	"encoding/binary"
	"math"
)

// A cursor decodes a piece of the file from its beginning. After the first error
// it returns zeros; err is looked at once a structure has been decoded.
type cursor struct {
	f    *file
	what string // what the piece is, for errors
	at   int64  // address of data[0]
	data []byte
	pos  int
	err  error
}

// cursor reads n bytes from an address for decoding.
func (f *file) cursor(what string, at, n int64) (*cursor, error) {
	data, err := f.read(what, at, n)
	if err != nil {
		return nil, err
	}
	return &cursor{f: f, what: what, at: at, data: data}, nil
}

// errorf makes the cursor fail, unless it has failed already, and returns its
// error, which is about the byte at pos.
func (c *cursor) errorf(cause error, pos int, format string, args ...any) error {
	if c.err == nil {
		err := c.f.errorf(cause, c.at+int64(pos), format, args...).(*Error)
		err.Detail = c.what + ": " + err.Detail
		c.err = err
	}
	return c.err
}

func (c *cursor) left() int { return len(c.data) - c.pos }

// bytes returns the next n bytes; nil if there are not as many.
func (c *cursor) bytes(n int) []byte {
	if c.err != nil {
		return nil
	}
	if n < 0 || n > c.left() {
		c.errorf(ErrFormat, c.pos, "ends %d bytes on, where %d are expected", c.left(), uint(n))
		return nil
	}
	c.pos += n
	return c.data[c.pos-n : c.pos : c.pos]
}

func (c *cursor) skip(n int) { c.bytes(n) }

// align skips to the next multiple of 8, counted from where the piece begins.
func (c *cursor) align() { c.skip(-c.pos & 7) }

// cursorCost is what a cursor takes.
const cursorCost = 96

// sub returns a cursor over the next n bytes.
func (c *cursor) sub(what string, n int) *cursor {
	at := c.at + int64(c.pos)
	if c.err == nil {
		c.err = c.f.allocate(what, at, 1, cursorCost)
	}
	return &cursor{f: c.f, what: what, at: at, data: c.bytes(n), err: c.err}
}

// uint returns the next n bytes as a little-endian integer, n being at most 8.
func (c *cursor) uint(n int) uint64 {
	var b [8]byte
	copy(b[:], c.bytes(n))
	return binary.LittleEndian.Uint64(b[:])
}

func (c *cursor) uint8() uint8   { return uint8(c.uint(1)) }
func (c *cursor) uint16() uint16 { return uint16(c.uint(2)) }
func (c *cursor) uint32() uint32 { return uint32(c.uint(4)) }

// size returns the next n bytes as a number that must fit int64.
func (c *cursor) size(n int) int64 {
	pos := c.pos
	v := c.uint(n)
	if v > math.MaxInt64 {
		c.errorf(ErrFormat, pos, "a size of %d, the largest is %d", v, int64(math.MaxInt64))
		return 0
	}
	return int64(v)
}

// length returns the next number of the size that the superblock gives lengths.
func (c *cursor) length() int64 { return c.size(c.f.lengthSize) }

// address returns the next address, which may be undefined.
func (c *cursor) address() int64 {
	pos, n := c.pos, c.f.offsetSize
	v := c.uint(n)
	if v == math.MaxUint64>>(64-8*n) {
		return undefined
	}
	if v > math.MaxInt64 {
		c.errorf(ErrFormat, pos, "address %#x is beyond any file", v)
		return undefined
	}
	return int64(v)
}

// defined returns the next address, which must not be undefined.
func (c *cursor) defined(what string) int64 {
	pos := c.pos
	a := c.address()
	if a == undefined && c.err == nil {
		c.errorf(ErrFormat, pos, "the address of the %s is undefined", what)
	}
	return a
}

// text returns the bytes up to the next NUL, which it skips.
func (c *cursor) text() string {
	n := bytes.IndexByte(c.data[c.pos:], 0)
	if n < 0 {
		c.errorf(ErrFormat, c.pos, "a name does not end")
		return ""
	}
	s := string(c.bytes(n))
	c.skip(1)
	return s
}

// signature checks the four letters that a structure begins with.
func (c *cursor) signature(want string) {
	pos := c.pos
	if got := c.bytes(len(want)); got != nil && string(got) != want {
		c.errorf(ErrFormat, pos, "signature is %q, not %q", got, want)
	}
}

// version decodes a version, which must be one of want.
func (c *cursor) version(want ...uint8) uint8 {
	pos := c.pos
	v := c.uint8()
	if c.err == nil && !bytes.Contains(want, []byte{v}) {
		cause := ErrUnsupported
		if v == 0 { // which has been left out, where it is not wanted
			cause = ErrFormat
		}
		c.errorf(cause, pos, "version is %d, not one of %d", v, want)
	}
	return v
}

// ignoreChecksums lets tests damage files and see what else notices.
var ignoreChecksums = false

// checksum checks the four bytes that follow all those before them.
func (c *cursor) checksum() {
	pos := c.pos
	want := lookup3(c.data[:pos])
	if got := c.uint32(); c.err == nil && got != want && !ignoreChecksums {
		c.errorf(ErrFormat, pos, "checksum is %#08x, that of the data %#08x", got, want)
	}
}
