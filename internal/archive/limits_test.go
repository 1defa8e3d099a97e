package archive

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/stretchr/testify/require"
)

// readAll reads all members within a limit.
func readAll(r io.ReaderAt, size, limit int64) error {
	a, err := Open(r, size, budget.New(limit, ""))
	if err != nil {
		return err
	}
	a = a.Folder("", func(string) bool { return false })
	for _, name := range a.Names() {
		if _, err := a.Read(name); err != nil {
			return err
		}
		if _, _, err := a.Section(name); err != nil {
			return err
		}
	}
	return nil
}

func members(n int, make func(i int) member) (list []member) {
	for i := range n {
		list = append(list, make(i))
	}
	return list
}

// Archives of which the parts multiply keep to any limit.
func TestLimits(t *testing.T) {
	zeros := make([]byte, 1<<20)
	for name, data := range map[string][]byte{
		"many members":     build(t, members(30000, func(i int) member { return member{fmt.Sprint(i), nil, zip.Store} })...),
		"long names":       build(t, members(100, func(i int) member { return member{fmt.Sprintf("%060000d", i), nil, zip.Store} })...),
		"deflated members": build(t, members(20, func(i int) member { return member{fmt.Sprint(i), zeros, zip.Deflate} })...),
		"small deflated":   build(t, members(2000, func(i int) member { return member{fmt.Sprint(i), []byte("x"), zip.Deflate} })...),
		"stored members":   build(t, members(20, func(i int) member { return member{fmt.Sprint(i), zeros[:1<<16], zip.Store} })...),
	} {
		for _, limit := range []int64{0, 1 << 12, 1 << 16, 1 << 20, 4 << 20, 64 << 20} {
			budgettest.Bounded(t, fmt.Sprint(name, " within ", limit), limit, func() {
				if err := readAll(bytes.NewReader(data), int64(len(data)), limit); err != nil {
					require.ErrorIs(t, err, ErrTooLarge, name)
				}
			})
		}
		require.NoError(t, readAll(bytes.NewReader(data), int64(len(data)), 1<<30), name)
	}
}

// sparse is a long file of zeros that ends with some bytes.
type sparse struct {
	size int64
	end  []byte
}

func (s *sparse) ReadAt(p []byte, at int64) (int, error) {
	clear(p)
	for i := range p {
		if j := at + int64(i) - s.size + int64(len(s.end)); j >= 0 && j < int64(len(s.end)) {
			p[i] = s.end[j]
		}
	}
	return len(p), nil
}

// A long file that costs nothing may announce many members in a few bytes.
func TestSparse(t *testing.T) {
	const size, records = 4 << 30, 1 << 27
	end := zip64("a", []byte("x"))
	end = end[bytes.Index(end, []byte("PK\x06\x06")):]
	binary.LittleEndian.PutUint64(end[24:], records)
	binary.LittleEndian.PutUint64(end[32:], records)
	binary.LittleEndian.PutUint64(end[40:], 46)                       // bytes of the directory
	binary.LittleEndian.PutUint64(end[48:], size-uint64(len(end))-46) // where it is
	binary.LittleEndian.PutUint64(end[56+8:], size-uint64(len(end)))  // where its end is
	budgettest.Bounded(t, "sparse", 1<<20, func() {
		_, err := Open(&sparse{size, end}, size, budget.New(1<<20, ""))
		require.ErrorIs(t, err, ErrTooLarge)
		require.ErrorContains(t, err, "a directory of 134217728 members")
	})
}

// Whatever an archive is, it keeps to the limit.
func FuzzRead(f *testing.F) {
	f.Add(build(f, member{"a", []byte("stored"), zip.Store}, member{"b", make([]byte, 10000), zip.Deflate}))
	f.Add(build(f, members(50, func(i int) member { return member{fmt.Sprint(i), nil, zip.Store} })...))
	f.Add(zip64("big", []byte("small")))
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 64 << 10
		budgettest.Bounded(t, "archive", limit, func() {
			if err := readAll(bytes.NewReader(data), int64(len(data)), limit); err != nil && !errors.Is(err, ErrTooLarge) {
				require.ErrorIs(t, err, ErrFormat)
			}
		})
	})
}
