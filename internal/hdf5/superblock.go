package hdf5

import (
	"io"
	"math"

	"github.com/sepconv/go/internal/budget"
)

// formatSignature begins every superblock. Format specification, section II.A.
const formatSignature = "\x89HDF\r\n\x1a\n"

// defaultMaxBytes is the limit of an Open that names none.
const defaultMaxBytes = 1 << 30

// workRatio bounds the time that goes into chunks which are not there, or mostly
// beyond the edge of a data set: they may unfold to so many times maxBytes in all.
const workRatio = 8

// Open reads the root group of a file of size bytes.
//
// maxBytes bounds what is ever allocated for the sake of the file: its groups and
// attributes, each of which is read once, and every value that is asked for, each
// time it is; 0 stands for 1 GiB. What a file merely declares is checked against
// the file's own size before anything is allocated for it. Compressed data, and
// data that was never written, may unfold to 1032 times as much as is stored,
// which is the most that deflate reaches.
//
// The Group and all that it leads to read from r when they are asked, and must
// not be used by several goroutines at a time.
func Open(r io.ReaderAt, size, maxBytes int64) (*Group, error) {
	if r == nil || size < 0 || maxBytes < 0 {
		return nil, errorf(ErrArgument, "a %T of %d bytes, limit %d", r, size, maxBytes)
	}
	if maxBytes == 0 {
		maxBytes = defaultMaxBytes
	}
	return OpenWithin(r, size, budget.New(maxBytes, ""))
}

// OpenWithin is Open of a file that is a part of another, with what the budget has
// left for it.
func OpenWithin(r io.ReaderAt, size int64, b *budget.Budget) (*Group, error) {
	f := newFile(r, size, b)
	root, err := f.superblock()
	if err != nil {
		return nil, err
	}
	return f.root(root)
}

func newFile(r io.ReaderAt, size int64, b *budget.Budget) *file {
	return &file{
		r: r, size: size,
		memory: b, work: budget.New(product(b.Limit(), workRatio), ""),
		objects: map[int64]*object{}, heaps: map[int64]*collection{},
	}
}

// superblock finds the superblock, sets the fields of f that it gives and returns
// the address of the root group's object header.
func (f *file) superblock() (root int64, err error) {
	at, err := f.findSuperblock()
	if err != nil {
		return 0, err
	}
	f.base, f.size = at, f.size-at
	version := [1]byte{}
	if err := f.readInto("superblock", version[:], int64(len(formatSignature))); err != nil {
		return 0, err
	}
	if version[0] < 2 {
		return f.superblock0()
	}
	return f.superblock2()
}

// findSuperblock returns the offset of the superblock: 0, 512 or a later power of
// two.
func (f *file) findSuperblock() (at int64, err error) {
	b := make([]byte, len(formatSignature))
	for at = 0; at <= f.size-int64(len(b)); at = max(512, 2*at) {
		if err := f.readInto("superblock", b, at); err != nil {
			return 0, err
		}
		if string(b) == formatSignature {
			return at, nil
		}
		if at > math.MaxInt64/2 {
			break
		}
	}
	return 0, errorf(ErrFormat, "no HDF5 signature in %d bytes", f.size)
}

// superblock0 reads versions 0 and 1.
func (f *file) superblock0() (root int64, err error) {
	c, err := f.cursor("superblock", 0, min(f.size, 128))
	if err != nil {
		return 0, err
	}
	c.skip(len(formatSignature))
	version := c.version(0, 1)
	c.version(0) // of the free space
	c.version(0) // of the root's symbol table entry
	c.skip(1)
	c.version(0) // of shared messages
	f.sizes(c)
	c.skip(1 + 2 + 2 + 4) // sizes of group nodes, which say themselves how full they are; flags
	if version == 1 {
		c.skip(2 + 2)
	}
	c.address() // base: wherever the superblock was found
	c.address() // free space
	f.end(c, c.address())
	if c.address() != undefined {
		c.errorf(ErrUnsupported, c.pos, "a file of several parts, which a driver puts together")
	}
	c.skip(f.offsetSize) // the root's name
	return c.defined("root group"), c.err
}

// superblock2 reads versions 2 and 3.
func (f *file) superblock2() (root int64, err error) {
	c, err := f.cursor("superblock", 0, min(f.size, 64))
	if err != nil {
		return 0, err
	}
	c.skip(len(formatSignature))
	version := c.version(2, 3)
	f.sizes(c)
	pos := c.pos
	if flags := c.uint8(); version == 3 && flags&(1<<0|1<<2) != 0 {
		c.errorf(ErrFormat, pos, "flags %#x: the file was not closed by the program that wrote it", flags)
	}
	c.address() // base
	extension := c.address()
	end := c.address()
	root = c.defined("root group")
	c.checksum()
	f.end(c, end)
	if c.err != nil || extension == undefined {
		return root, c.err
	}
	return root, f.superblockExtension(extension)
}

// sizes decodes the sizes of addresses and lengths.
func (f *file) sizes(c *cursor) {
	pos := c.pos
	offset, length := int(c.uint8()), int(c.uint8())
	for _, n := range [...]int{offset, length} {
		if n != 2 && n != 4 && n != 8 {
			c.errorf(ErrUnsupported, pos, "addresses of %d and lengths of %d bytes, not 2, 4 or 8", offset, length)
		}
	}
	f.offsetSize, f.lengthSize = offset, length
	if c.err != nil {
		f.offsetSize, f.lengthSize = 8, 8
	}
}

// end checks that nothing of the file is missing.
func (f *file) end(c *cursor, end int64) {
	if c.err == nil && end != undefined && end > f.base+f.size {
		c.errorf(ErrFormat, 0, "the file ends at %d, and should at %d: it is truncated", f.base+f.size, end)
	}
}

// superblockExtension refuses files that cannot be read without what their
// extension says.
func (f *file) superblockExtension(at int64) error {
	o, err := f.object(at)
	if err != nil {
		return err
	}
	for _, m := range o.messages {
		switch m.kind {
		case messageDriverInfo:
			return m.body.errorf(ErrUnsupported, 0, "a file of several parts, which a driver puts together")
		case messageCacheImage:
			return m.body.errorf(ErrUnsupported, 0, "a file whose metadata is in a cache image")
		}
	}
	return nil
}
