package budget

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBudget(t *testing.T) {
	b := New(100, "")
	require.True(t, b.Take(9, 10))
	require.False(t, b.Take(3, 4))
	require.Equal(t, int64(10), b.Left(), "what is refused is not spent")
	require.True(t, b.Take(10, 1))
	require.True(t, b.Take(0, math.MaxInt64))
	require.True(t, b.Take(math.MaxInt64, 0))
	require.Zero(t, b.Left())
	err := b.Spend("names", 1, 1)
	require.ErrorIs(t, err, ErrExceeded)
	require.EqualError(t, err, "too much memory: with names the file takes more than the limit of 100 bytes")
	require.EqualError(t, New(5, "keras.WithMaxBytes").Spend("names", 6, 1),
		"too much memory: with names the file takes more than the limit of 5 bytes (keras.WithMaxBytes)")
	require.NoError(t, b.Spend("names", 0, 1))
	require.Equal(t, int64(100), b.Limit())
}

// Sizes come from files: none overflows, and no negative one gives anything back.
func TestHostileSizes(t *testing.T) {
	b := New(100, "")
	for _, sizes := range [][2]int64{{math.MaxInt64, 2}, {1 << 32, 1 << 32}, {-1, 1}, {1, -1}, {-1, -1}, {101, 1}, {1, 101}} {
		require.False(t, b.Take(sizes[0], sizes[1]), sizes)
	}
	require.Equal(t, int64(100), b.Left())
	require.False(t, New(-1, "").Take(1, 1))
}

func TestNil(t *testing.T) {
	var b *Budget
	require.True(t, b.Take(math.MaxInt64, 1))
	require.False(t, b.Take(-1, 1))
	require.NoError(t, b.Spend("names", 1<<40, 1<<20))
}
