package keras

import (
	"github.com/sepconv/go/internal/dispatch"
	flow "github.com/sepconv/go/internal/graph"
)

// Summary returns the table of Program.Summary, of a model that Compile refuses, too: what
// nobody can say without the layers before, or without weights, is "?". Of a file that has
// no configuration it is a table of the arrays.
func (m *Model) Summary() string {
	if m.check() != nil {
		return ""
	}
	if m.checkConfigured() != nil || m.graph == nil || m.unlisted || len(m.Layers) == 0 {
		return m.arraySummary()
	}
	set, err := dispatch.Pick("")
	if err != nil {
		return m.arraySummary()
	}
	c := newCompiler(m, flow.Target{Set: set})
	// What came before the layer that it refuses has been noted.
	_, _ = c.program(DefaultMaxMemory)
	return c.summary()
}
