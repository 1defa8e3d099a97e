package cache_test

import (
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/cache"
	"github.com/stretchr/testify/require"
)

// fits puts the first lines of rows into a cache of some ways, set by set.
func fits(rows, stride, ways int) bool {
	sets := map[int]map[int]bool{}
	for r := range rows {
		line := 4 * r * stride / 64
		set := line % 64
		if sets[set] == nil {
			sets[set] = map[int]bool{}
		}
		sets[set][line] = true
		if len(sets[set]) > ways {
			return false
		}
	}
	return true
}

// Where each row has a line of its own, Rows is exact.
func TestRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		stride, ways := 16*(1+rng.IntN(1<<rng.IntN(12))), 1+rng.IntN(12)
		n := cache.Rows(stride, ways)
		require.True(t, fits(n, stride, ways), "%d rows, stride %d, %d ways", n, stride, ways)
		require.False(t, fits(n+1, stride, ways), "%d rows, stride %d, %d ways", n+1, stride, ways)
	}
	require.Equal(t, 6, cache.Rows(0, 6), "all on one set")
	require.Equal(t, cache.Rows(48, 6), cache.Rows(-48, 6))
}

func TestCrowded(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for range 2000 {
		stride, rows := 16*(1+rng.IntN(1<<rng.IntN(10))), 1+rng.IntN(200)
		require.Equal(t, rows > cache.Rows(stride, cache.FewWays), cache.Crowded(rows, 1, stride, 0), "%d rows, stride %d", rows, stride)
	}
	require.True(t, cache.Crowded(4, 2, 1024, 4096), "eight on one set")
	require.False(t, cache.Crowded(4, 2, 1024, 16), "four on each of two")
	require.True(t, cache.Crowded(7, 1, -1024, 0), "backwards")
}

func TestWays(t *testing.T) {
	require.Equal(t, 8, cache.Ways(32<<10))
	require.Equal(t, 12, cache.Ways(48<<10))
}
