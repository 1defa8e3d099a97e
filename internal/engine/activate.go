package engine

import (
	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/kernel"
)

// Activate applies an activation to one line, outside of any layer. GLU leaves
// its result in the first half.
func Activate(a kernel.Activation, y []float32) {
	set := dispatch.Default()
	switch a.Func {
	case kernel.Linear:
	case kernel.GLU:
		half := len(y) / 2
		set.Gate(y[:half], y[half:2*half])
	default:
		set.Activate[a.Func](y, &a)
	}
}
