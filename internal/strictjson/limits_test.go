package strictjson

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/stretchr/testify/require"
)

// many joins n parts.
func many(n int, part func(i int) string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = part(i)
	}
	return strings.Join(parts, ",")
}

// multiplying are texts of which taking them apart costs a multiple.
func multiplying(n int) map[string]string {
	return map[string]string{
		"keys":           `{` + many(n, func(i int) string { return fmt.Sprintf(`"%x":0`, i) }) + `}`,
		"escaped keys":   `{` + many(n, func(i int) string { return fmt.Sprintf(`"\n%x":0`, i) }) + `}`,
		"empty objects":  `[` + many(n, func(int) string { return `{"":0}` }) + `]`,
		"elements":       `[` + many(n, func(int) string { return `0` }) + `]`,
		"empty arrays":   `[` + many(n, func(int) string { return `[]` }) + `]`,
		"nested objects": strings.Repeat(`{"a":[`, 40) + many(n, func(i int) string { return fmt.Sprintf(`{"%x":[0,0]}`, i) }) + strings.Repeat(`]}`, 40),
		"key twice":      `{` + many(n, func(int) string { return `"a":0` }) + `}`,
		"long key":       `{"` + strings.Repeat("k", 4*n) + `":0}`,
		"long string":    `["` + strings.Repeat(`\u00e9`, n) + `"]`,
	}
}

// takeApart reads all parts of all parts.
func takeApart(text []byte) {
	for _, m := range Members(text) {
		String(m.Value)
		takeApart(m.Value)
	}
	for _, e := range Elements(text) {
		String(e)
		takeApart(e)
	}
}

// What is taken apart within a limit keeps to it, and what does not fit is told so
// before much is allocated.
func TestLimits(t *testing.T) {
	for name, text := range multiplying(20000) {
		text := []byte(text)
		b := budget.New(1<<40, "")
		if CheckWithin(b, text, 100) != nil {
			b = budget.New(1<<40, "") // of an error: what it took to find it
			require.Error(t, CheckWithin(b, text, 100), name)
		}
		needed := b.Limit() - b.Left()
		budgettest.Bounded(t, name, needed, func() {
			if CheckWithin(budget.New(needed, ""), text, 100) == nil {
				takeApart(text)
			}
		})
		budgettest.Bounded(t, name, 0, func() {
			require.ErrorIs(t, CheckWithin(budget.New(needed-1, ""), text, 100), budget.ErrExceeded, name)
		})
	}
}
