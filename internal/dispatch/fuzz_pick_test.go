package dispatch

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/generic"
	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

// FuzzPick holds the choice of a set to its rules, for any names that are asked
// for and any features of the CPU: on this program's rows, and on rows that the
// fuzzer makes, which there are on every architecture.
func FuzzPick(f *testing.F) {
	own := rows(detected())
	names := []string{"", "mmx", "AVX2", "generic ", "feature", "row0"}
	for _, r := range own {
		names = append(names, r.Name)
	}
	for i, name := range names {
		f.Add(name, names[len(names)-1-i], ^uint16(0)>>i, []byte{0, 1, 3, 7, 0x81, byte(i)})
		f.Add(name, "", ^uint16(1<<i), []byte{byte(1 << (i % 8)), 0})
	}
	f.Fuzz(func(t *testing.T, name, variable string, mask uint16, requires []byte) {
		checkChoice(t, own, masked(own, mask), name, variable)
		made := madeRows(requires)
		checkChoice(t, made, masked(made, mask), name, variable)
	})
}

// madeRows returns a row for each byte, whose bits are what it requires.
func madeRows(requires []byte) []kernel.Set {
	var rows []kernel.Set
	for i, bits := range requires[:min(len(requires), 20)] {
		r := kernel.Set{Name: fmt.Sprintf("row%d", i)}
		for bit := range 8 {
			if bits>>bit&1 != 0 {
				r.Requires = append(r.Requires, fmt.Sprintf("FEATURE%d", bit))
			}
		}
		rows = append(rows, r)
	}
	return append(rows, generic.Set())
}

// masked returns which of the features that rows require are there, by the bits
// of mask, in the order in which they are first required. Where one is not it may
// be missing, as another architecture's is, or false.
func masked(rows []kernel.Set, mask uint16) map[string]bool {
	features, n := map[string]bool{}, 0
	seen := map[string]bool{}
	for _, r := range rows {
		for _, feature := range r.Requires {
			if seen[feature] {
				continue
			}
			seen[feature] = true
			if there := mask>>(n%16)&1 != 0; there || n%2 == 0 {
				features[feature] = there
			}
			n++
		}
	}
	return features
}

// checkChoice checks available and pick.
func checkChoice(t *testing.T, rows []kernel.Set, features map[string]bool, name, variable string) {
	t.Helper()
	var want []string
	for _, r := range rows {
		there := 0
		for _, feature := range r.Requires {
			if features[feature] {
				there++
			}
		}
		if there == len(r.Requires) {
			want = append(want, r.Name)
		}
	}
	sets := available(rows, kernel.CPU{Features: features})
	require.Equal(t, want, namesOf(sets), "of %v", features)
	require.Equal(t, oracle.Name, want[len(want)-1], "the set that every CPU can run comes last")
	for _, s := range sets {
		require.NotNil(t, s.Gate, s.Name)
		require.NotNil(t, s.Activate[kernel.Exponential], s.Name)
	}

	asked, source := name, "kernel"
	if name == "" {
		asked, source = variable, Variable
	}
	got, err := pick(sets, name, variable)
	switch {
	case asked == "":
		require.NoError(t, err)
		require.Same(t, sets[0], got, "the best")
	case slices.Contains(want, asked):
		require.NoError(t, err)
		require.Equal(t, asked, got.Name)
	default:
		require.Nil(t, got)
		require.EqualError(t, err, fmt.Sprintf("%s is %q; this CPU can run %s", source, asked, strings.Join(want, ", ")))
	}
}
