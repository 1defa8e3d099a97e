package archive

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/budget"
	"github.com/stretchr/testify/require"
)

type member struct {
	name   string
	data   []byte
	method uint16
}

func build(t testing.TB, members ...member) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		f, err := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: m.method})
		require.NoError(t, err)
		_, err = f.Write(m.data)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func open(data []byte) (*Archive, error) {
	return Open(bytes.NewReader(data), int64(len(data)), budget.New(1<<30, ""))
}

func openWithin(data []byte, limit int64) (*Archive, error) {
	return Open(bytes.NewReader(data), int64(len(data)), budget.New(limit, "keras.WithMaxBytes"))
}

func section(t *testing.T, a *Archive, name string) []byte {
	r, size, err := a.Section(name)
	require.NoError(t, err)
	data, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	require.NoError(t, err)
	return data
}

func TestRead(t *testing.T) {
	long := bytes.Repeat([]byte("0123456789"), 20000)
	data := build(t, member{"a", []byte("stored"), zip.Store}, member{"b", long, zip.Deflate}, member{"empty", nil, zip.Store})
	a, err := open(data)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "empty"}, a.Names())
	require.True(t, a.Has("a"))
	require.False(t, a.Has("c"))
	for name, want := range map[string][]byte{"a": []byte("stored"), "b": long, "empty": {}} {
		left := a.budget.Left()
		got, err := a.Read(name)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, int64(memberCost+len(want)), left-a.budget.Left())
		require.Equal(t, want, section(t, a, name))
	}
	_, err = a.Read("c")
	require.ErrorIs(t, err, ErrNotExist)
	_, _, err = a.Section("c")
	require.ErrorIs(t, err, ErrNotExist)
	a, err = openWithin(data, int64(len(long))+3*memberCost)
	require.NoError(t, err)
	_, err = a.Read("b")
	require.ErrorIs(t, err, ErrTooLarge)
	require.ErrorIs(t, err, budget.ErrExceeded)
	require.ErrorContains(t, err, `200000 bytes of member "b"`)
	require.ErrorContains(t, err, "the limit of 202304 bytes (keras.WithMaxBytes)")
	require.Equal(t, "stored", string(section(t, a, "a")))
}

// What comes before or after the archive does not count, as for all readers.
func TestBeforeAndBehind(t *testing.T) {
	data := build(t, member{"a", []byte("stored"), zip.Store})
	for _, odd := range [][]byte{append([]byte("#!/bin/sh\n"), data...), append(bytes.Clone(data), "behind"...)} {
		a, err := open(odd)
		if err == nil {
			require.Equal(t, "stored", string(section(t, a, "a")))
		} else {
			require.ErrorIs(t, err, ErrFormat)
		}
	}
}

// zip64 replaces the 32-bit fields of a member's header and of the directory.
func zip64(name string, data []byte) []byte {
	le := binary.LittleEndian
	sum := crc32.ChecksumIEEE(data)
	field := func(b []byte, values ...any) []byte {
		for _, v := range values {
			b, _ = binary.Append(b, le, v)
		}
		return b
	}
	const none = uint32(0xffffffff)
	size := uint64(len(data))
	extra := field(nil, uint16(1), uint16(16), size, size)
	b := field(nil, uint32(0x04034b50), uint16(45), uint16(0), uint16(0), uint32(0), sum, none, none, uint16(len(name)), uint16(len(extra)))
	b = append(append(append(b, name...), extra...), data...)
	start := uint64(len(b))
	extra = field(nil, uint16(1), uint16(24), size, size, uint64(0))
	b = field(b, uint32(0x02014b50), uint16(45), uint16(45), uint16(0), uint16(0), uint32(0), sum, none, none,
		uint16(len(name)), uint16(len(extra)), uint16(0), uint16(0), uint16(0), uint32(0), none)
	b = append(append(b, name...), extra...)
	end := uint64(len(b))
	b = field(b, uint32(0x06064b50), uint64(44), uint16(45), uint16(45), uint32(0), uint32(0), uint64(1), uint64(1), end-start, start)
	b = field(b, uint32(0x07064b50), uint32(0), end, uint32(1))
	return field(b, uint32(0x06054b50), uint16(0), uint16(0), uint16(0xffff), uint16(0xffff), none, none, uint16(0))
}

func TestZip64(t *testing.T) {
	a, err := open(zip64("big", []byte("small")))
	require.NoError(t, err)
	require.Equal(t, "small", string(section(t, a, "big")))
}

func TestHostile(t *testing.T) {
	_, err := open(build(t, member{"a", nil, zip.Store}, member{"b", nil, zip.Store}, member{"a", []byte("x"), zip.Store}))
	require.ErrorIs(t, err, ErrFormat)
	require.ErrorContains(t, err, `"a" twice`)

	var many []member
	for i := range 60000 {
		many = append(many, member{fmt.Sprintf("%060d", i), nil, zip.Store})
	}
	_, err = openWithin(build(t, many...), 16<<20)
	require.ErrorIs(t, err, ErrTooLarge)

	_, err = open([]byte("PK\x03\x04 and nothing more"))
	require.ErrorIs(t, err, ErrFormat)

	// A bomb: a megabyte that unpacks to a gigabyte is within what deflate reaches,
	// and is stopped by the budget before anything is allocated.
	bomb := build(t, member{"bomb", make([]byte, 64<<20), zip.Deflate})
	a, err := openWithin(bomb, 1<<20)
	require.NoError(t, err)
	left := a.budget.Left()
	_, err = a.Read("bomb")
	require.ErrorIs(t, err, ErrTooLarge)
	require.Equal(t, left, a.budget.Left())

	// Sizes in the directory that are lies.
	lie := func(data []byte, packed, unpacked uint32) *Archive {
		data = bytes.Clone(data)
		at := bytes.Index(data, []byte("PK\x01\x02"))
		binary.LittleEndian.PutUint32(data[at+20:], packed)
		binary.LittleEndian.PutUint32(data[at+24:], unpacked)
		a, err := open(data)
		require.NoError(t, err)
		return a
	}
	stored := build(t, member{"a", []byte("twelve bytes"), zip.Store})
	deflated := build(t, member{"a", bytes.Repeat([]byte("ab"), 500), zip.Deflate})
	for want, a := range map[string]*Archive{
		"are said to unpack":  lie(deflated, 10, 1<<30),
		"unexpected EOF":      lie(deflated, 20, 1001),
		"of 1000000 bytes":    lie(stored, 1000000, 1000000),
		"checksum":            lie(stored, 11, 11),
		"a stored member has": lie(stored, 12, 11),
	} {
		_, _, err := a.Section("a")
		require.ErrorIs(t, err, ErrFormat, want)
		require.ErrorContains(t, err, want)
	}
	for _, n := range []uint32{999, 1} {
		_, err := lie(deflated, 20, n).Read("a")
		require.ErrorIs(t, err, ErrFormat, n)
	}
	// A damaged byte.
	flipped := bytes.Replace(stored, []byte("twelve"), []byte("Twelve"), 1)
	a, err = open(flipped)
	require.NoError(t, err)
	_, _, err = a.Section("a")
	require.ErrorContains(t, err, "checksum")
	_, err = a.Read("a")
	require.ErrorContains(t, err, "checksum")
}

// A name that leads out of the archive is a name like any other.
func TestTraversal(t *testing.T) {
	names := []string{"../../etc/passwd", "/etc/passwd", `..\..\windows`, "a/../../b", strings.Repeat("x", 1000)}
	var members []member
	for _, n := range names {
		members = append(members, member{n, []byte(n), zip.Store})
	}
	a, err := open(build(t, members...))
	require.NoError(t, err)
	for _, n := range names {
		require.Equal(t, n, string(section(t, a, n)))
	}
}
