package peak

import (
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/stretchr/testify/require"
)

// Each set of assembly has a loop, and Run does what it says.
func TestRun(t *testing.T) {
	for _, s := range dispatch.Sets() {
		if s.Name != "generic" {
			require.Contains(t, loops, s.Name)
		}
		for _, n := range []int{1, 1000, 3_000_000} {
			done := Run(s, n)
			require.GreaterOrEqual(t, done, n, s.Name)
			require.Less(t, done, n+10_000, s.Name)
		}
	}
}
