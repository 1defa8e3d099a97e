package peak

import (
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/guard"
	"github.com/stretchr/testify/require"
)

// Each set of assembly has a loop, and Run does what it says.
func TestRun(t *testing.T) {
	for _, s := range dispatch.Sets() {
		if s.Name != "generic" {
			require.Contains(t, loops, s.Name)
			require.Contains(t, reads, s.Name)
		}
		for _, n := range []int{1, 1000, 3_000_000} {
			done := Run(s, n)
			require.GreaterOrEqual(t, done, n, s.Name)
			require.Less(t, done, n+10_000, s.Name)
		}
	}
}

// Read stays within its array, up to the last float of it.
func TestRead(t *testing.T) {
	for _, s := range dispatch.Sets() {
		for _, n := range []int{0, 1, 3, 64} {
			for _, at := range []guard.Place{guard.End, guard.Start} {
				src := guard.Floats(t, n*ReadBytes/4, at)
				guard.Check(t, func() string { return s.Name }, func() { Read(s, src) })
			}
		}
	}
}
