//go:build unix

package guard

import (
	"os"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// border is how far from the ends of a view a slice may lie.
const border = 0

// views maps room for n floats or more twice, first to read and write, then to
// read only, both between unreadable pages.
//
// That both are views of one file spares a system call whenever what is to be
// read only is filled anew.
func views(t testing.TB, n int) (writable, readable []float32) {
	t.Helper()
	page := os.Getpagesize()
	size := (4*n+page-1)/page*page + 2*page
	f, err := os.CreateTemp(t.TempDir(), "guard")
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Truncate(int64(size)))
	return view(t, f, size, unix.PROT_READ|unix.PROT_WRITE), view(t, f, size, unix.PROT_READ)
}

func view(t testing.TB, f *os.File, size, protection int) []float32 {
	t.Helper()
	memory, err := unix.Mmap(int(f.Fd()), 0, size, protection, unix.MAP_SHARED)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, unix.Munmap(memory)) })
	page := os.Getpagesize()
	require.NoError(t, unix.Mprotect(memory[:page], unix.PROT_NONE))
	require.NoError(t, unix.Mprotect(memory[size-page:], unix.PROT_NONE))
	return unsafe.Slice((*float32)(unsafe.Pointer(&memory[page])), (size-2*page)/4)
}
