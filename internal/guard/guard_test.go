package guard

import (
	"fmt"
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func TestSlicesAreWhatWasAskedFor(t *testing.T) {
	b := NewBuffer(t, "b", 3000)
	require.Empty(t, b.Stray())
	for _, n := range []int{0, 1, 70, 2985} {
		for away := range 16 {
			for _, at := range []Place{Start.Away(away), End.Away(away)} {
				x := b.Floats(n, at)
				require.Len(t, x, n)
				require.Equal(t, n, cap(x))
				for i := range x {
					if bits := math.Float32bits(x[i]); bits != Canary {
						t.Fatalf("float %d of %d at %v is %#08x, not a canary", i, n, at, bits)
					}
					x[i] = float32(i)
				}
				require.Empty(t, b.Stray())
				require.Equal(t, x, b.ReadOnly(append([]float32{}, x...), at))
				require.Empty(t, b.Stray())
			}
		}
	}
	require.PanicsWithValue(t, fmt.Sprintf("guard: %d floats asked of buffer b, which has room for %d", len(b.writable)+1, len(b.writable)-2*border), func() {
		b.Floats(len(b.writable)+1, End)
	})
}

func TestStrayWritesAreFound(t *testing.T) {
	b := NewBuffer(t, "b", 1000)
	b.Floats(10, End.Away(5))
	b.writable[b.end+4] = 1
	require.Equal(t, "b: 0x3f800000 was written in float 5 past the slice", b.Stray())
	b.Floats(10, Start.Away(5))
	b.writable[b.first-2] = -1
	require.Equal(t, "b: 0xbf800000 was written 2 floats before the slice", b.Stray())

	// Also one that adds nothing to what is there.
	b.Floats(10, Start)
	b.writable[b.end] += zero
	require.Contains(t, b.Stray(), "in float 1 past the slice")
}

var zero float32

func TestPlaceNamesItself(t *testing.T) {
	require.Equal(t, "start end start+3 end+15", fmt.Sprint(Start, End, Start.Away(3), End.Away(15)))
}

// failures is a testing.TB that keeps the message instead of failing.
type failures struct {
	testing.TB
	message string
}

func (f *failures) Helper() {}

func (f *failures) Fatalf(format string, arguments ...any) {
	f.message = fmt.Sprintf(format, arguments...)
}

// failure returns the message that Check fails with.
func failure(t *testing.T, f func()) string {
	kept := &failures{TB: t}
	Check(kept, func() string { return "this shape" }, f)
	return kept.message
}

func TestCheckTellsOfPanics(t *testing.T) {
	require.Empty(t, failure(t, func() {}))
	require.Equal(t, "this shape: no", failure(t, func() { panic("no") }))
	x := Floats(t, 3, End)
	require.Contains(t, failure(t, func() { x[len(x)-int(zero)]++ }), "this shape: runtime error: index out of range")
}

// at returns float i counted from the start of x, be it in x or not.
func at(x []float32, i int) *float32 {
	return (*float32)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(x)), 4*i))
}
