// Package archive reads members of ZIP archives of unknown origin into memory.
// Nothing is ever extracted to disk, so a member's name is no more than a name.
package archive

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"

	"github.com/sepconv/go/internal/budget"
)

// Errors wrap one of these.
var (
	// ErrFormat: the archive breaks a rule of the format.
	ErrFormat = errors.New("invalid ZIP archive")
	// ErrTooLarge: the archive asks for more memory than allowed.
	ErrTooLarge = errors.New("ZIP archive too large")
	// ErrNotExist: there is no member of that name.
	ErrNotExist = errors.New("no such member")
)

const (
	// maxRatio is the most that deflate reaches.
	maxRatio = 1032
	// memberCost is about what a member takes beside its name: its header, and its
	// places in lists and maps. Opening it to read takes as much again.
	memberCost = 768
)

// Archive is an open archive. What it allocates is spent from its budget.
type Archive struct {
	r       io.ReaderAt
	budget  *budget.Budget
	members map[string]*zip.File
	names   []string
	block   []byte // of a member on its way
}

// Open reads the directory of an archive. Two members of one name are an error,
// since readers disagree about which of them counts.
func Open(r io.ReaderAt, size int64, b *budget.Budget) (*Archive, error) {
	records, err := directoryRecords(r, size)
	if err != nil {
		return nil, err
	}
	limited := &firstBytes{r, maxDirectory(b)}
	if int64(records) > limited.left/directoryHeader {
		return nil, tooLarge(b, fmt.Sprintf("a directory of %d members", records))
	}
	z, err := zip.NewReader(limited, size)
	if err != nil {
		if limited.left < 0 {
			return nil, tooLarge(b, "its directory")
		}
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	limited.left = unlimited
	for _, f := range z.File {
		if !b.Take(1, memberCost+int64(len(f.Name))) {
			return nil, tooLarge(b, fmt.Sprintf("%d members", len(z.File)))
		}
	}
	a := &Archive{r: r, budget: b, members: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		if a.members[f.Name] != nil {
			return nil, fmt.Errorf("%w: member %.80q twice", ErrFormat, f.Name)
		}
		a.members[f.Name] = f
		a.names = append(a.names, f.Name)
	}
	return a, nil
}

// tooLarge is the error of an archive that takes more than the limit.
func tooLarge(b *budget.Budget, what string) error {
	return fmt.Errorf("%w: %w", ErrTooLarge, b.Exceeded(what))
}

// unlimited as the number of bytes left is any number.
const unlimited = 1<<63 - 1

// firstBytes reads no more than left bytes.
type firstBytes struct {
	io.ReaderAt
	left int64
}

func (f *firstBytes) ReadAt(p []byte, at int64) (int, error) {
	if f.left != unlimited {
		if f.left -= int64(len(p)); f.left < 0 {
			return 0, ErrTooLarge
		}
	}
	return f.ReaderAt.ReadAt(p, at)
}

// Names returns the members' names, in the order of the directory.
func (a *Archive) Names() []string { return slices.Clone(a.names) }

// Has reports whether there is a member.
func (a *Archive) Has(name string) bool { return a.members[name] != nil }

// Size returns how many bytes a member is said to have; 0 if there is none.
func (a *Archive) Size(name string) uint64 {
	if f := a.members[name]; f != nil {
		return f.UncompressedSize64
	}
	return 0
}

// Read unpacks a member, whose checksum must be right.
func (a *Archive) Read(name string) ([]byte, error) {
	f := a.members[name]
	if f == nil {
		return nil, fmt.Errorf("%w: %.80q", ErrNotExist, name)
	}
	size, packed := f.UncompressedSize64, f.CompressedSize64
	if size > packed && size/maxRatio > packed {
		return nil, fmt.Errorf("%w: %d bytes are said to unpack to %d", ErrFormat, packed, size)
	}
	if size > uint64(max(0, a.budget.Left())) || !a.budget.Take(1, memberCost+int64(size)) {
		return nil, tooLarge(a.budget, fmt.Sprintf("%d bytes of member %.80q", size, name))
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	defer r.Close()
	data, err := readBlocks(r, int(size))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return data, nil
}

// readBlocks reads n bytes and the end after them. It allocates them at once only
// when the first block has shown that there is something.
func readBlocks(r io.Reader, n int) ([]byte, error) {
	const block = 64 << 10
	first := make([]byte, min(n, block))
	if _, err := io.ReadFull(r, first); err != nil {
		return nil, err
	}
	data := first
	if n > block {
		data = make([]byte, n)
		copy(data, first)
		if _, err := io.ReadFull(r, data[block:]); err != nil {
			return nil, err
		}
	}
	// The checksum is compared at the end.
	switch extra, err := io.CopyN(io.Discard, r, 1); {
	case err != io.EOF && err != nil:
		return nil, err
	case extra > 0:
		return nil, errors.New("more bytes than the directory says")
	}
	return data, nil
}

// Section returns a reader of a member. A member that is stored as it is, as
// Keras writes all, is read from the archive itself; others are unpacked.
func (a *Archive) Section(name string) (io.ReaderAt, int64, error) {
	f := a.members[name]
	if f == nil || f.Method != zip.Store {
		data, err := a.Read(name)
		return bytes.NewReader(data), int64(len(data)), err
	}
	start, err := f.DataOffset()
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	size := int64(f.UncompressedSize64)
	if f.UncompressedSize64 != f.CompressedSize64 || size < 0 {
		return nil, 0, fmt.Errorf("%w: a stored member has %d bytes and %d", ErrFormat, f.CompressedSize64, f.UncompressedSize64)
	}
	if !a.budget.Take(1, memberCost) {
		return nil, 0, tooLarge(a.budget, fmt.Sprintf("member %.80q", name))
	}
	section := io.NewSectionReader(a.r, start, size)
	sum := crc32.NewIEEE()
	if a.block == nil {
		a.block = make([]byte, 32<<10)
	}
	if n, err := io.CopyBuffer(sum, section, a.block); err != nil || n != size {
		return nil, 0, fmt.Errorf("%w: %d of %d bytes: %w", ErrFormat, n, size, orUnexpectedEOF(err))
	}
	if sum.Sum32() != f.CRC32 {
		return nil, 0, fmt.Errorf("%w: %w", ErrFormat, zip.ErrChecksum)
	}
	return section, size, nil
}

func orUnexpectedEOF(err error) error {
	if err == nil {
		return io.ErrUnexpectedEOF
	}
	return err
}
