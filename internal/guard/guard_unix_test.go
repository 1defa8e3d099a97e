//go:build unix

package guard

import (
	"testing"

	"github.com/stretchr/testify/require"
)

var sink float32

// One float too far is a fault, and the message says where it was.
func TestPagesAreUnreadable(t *testing.T) {
	for _, n := range []int{1, 17, 1024, 5000} {
		x := Floats(t, n, End)
		require.Empty(t, failure(t, func() { sink = *at(x, 0) + *at(x, n-1) }))
		require.Contains(t, failure(t, func() { sink = *at(x, n) }), "0 bytes past the end of slice slice")
		require.Contains(t, failure(t, func() { *at(x, n) = 1 }), "0 bytes past the end of slice slice")

		x = Floats(t, n, Start)
		require.Empty(t, failure(t, func() { sink = *at(x, 0) + *at(x, n-1) }))
		require.Contains(t, failure(t, func() { sink = *at(x, -1) }), "4 bytes before slice slice")

		x = ReadOnly(t, x, End)
		require.Contains(t, failure(t, func() { sink = *at(x, n) }), "0 bytes past the end of slice slice")
		x = ReadOnly(t, x, Start)
		require.Contains(t, failure(t, func() { sink = *at(x, -1) }), "4 bytes before slice slice")
	}
}

func TestReadOnlyCannotBeWritten(t *testing.T) {
	x := ReadOnly(t, []float32{1, 2, 3}, End)
	require.Contains(t, failure(t, func() { x[1] = 5 }), "this shape: fault at ")
	require.Contains(t, failure(t, func() { x[1] = 5 }), "in float 1 of slice slice, which is read-only")
	require.Equal(t, []float32{1, 2, 3}, x)
}

func TestFaultsElsewhereAreNotExplained(t *testing.T) {
	require.Contains(t, live.locate(64), "not near any slice")
}
