package dispatch

import (
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

func TestRowsAreComplete(t *testing.T) {
	require.NotEmpty(t, Sets())
	require.Equal(t, "generic", Sets()[len(Sets())-1].Name, "the set that every CPU can run comes last")
	for _, s := range Sets() {
		require.Positive(t, s.Tile.Rows)
		require.Positive(t, s.Tile.Filters)
		require.Positive(t, s.Tile.Channels)
		require.Positive(t, s.Rate)
		require.NotNil(t, s.Depthwise)
		require.NotNil(t, s.Pointwise)
		require.NotNil(t, s.Gate)
		for f := range kernel.Funcs {
			if f != kernel.Linear && f != kernel.GLU {
				require.NotNil(t, s.Activate[f], "%s, function %d", s.Name, f)
			}
		}
	}
}

// Also of rows that this CPU cannot run.
func TestRowsAreBestFirst(t *testing.T) {
	rows := rows(detected())
	for i, r := range rows[1:] {
		require.Greater(t, rows[i].Rate, r.Rate, "%s comes before %s", rows[i].Name, r.Name)
	}
}

// What sets require of the CPU is more than what their instructions need today:
// generators may use all of it.
func TestRequirements(t *testing.T) {
	want := map[string][]string{
		"avx512": {"AVX", "AVX2", "FMA3", "AVX512F", "AVX512BW", "AVX512DQ", "AVX512VL"},
		"avx2":   {"AVX", "AVX2", "FMA3"},
		"neon":   {"ASIMD"},
	}
	for _, r := range assembly(detected()) {
		require.ElementsMatch(t, want[r.Name], r.Requires, r.Name)
	}
}

func TestPick(t *testing.T) {
	t.Setenv(Variable, "")
	for _, s := range Sets() {
		got, err := Pick(s.Name)
		require.NoError(t, err)
		require.Same(t, s, got)
	}
	best, err := Pick("")
	require.NoError(t, err)
	require.Same(t, Sets()[0], best)

	_, err = Pick("mmx")
	require.ErrorContains(t, err, `kernel is "mmx"`)
	require.ErrorContains(t, err, "generic")

	t.Setenv(Variable, "generic")
	got, err := Pick("")
	require.NoError(t, err)
	require.Equal(t, "generic", got.Name)

	require.Same(t, got, Default())

	t.Setenv(Variable, "mmx")
	_, err = Pick("")
	require.ErrorContains(t, err, `SEPCONV_KERNEL is "mmx"`)
	require.Same(t, best, Default())
}

func TestCachesAreSane(t *testing.T) {
	l1, l2, l3 := Caches()
	require.GreaterOrEqual(t, l1, 8<<10)
	require.GreaterOrEqual(t, l2, l1)
	require.GreaterOrEqual(t, l3, 0)
}
