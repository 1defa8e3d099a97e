// Package inside is what package sepconv lets other packages of this library know of
// its types, and its users not.
package inside

import "github.com/sepconv/go/internal/engine"

// Compilation is what options of Compile and Train set.
type Compilation struct {
	Kernel   string // "" for the best
	Threads  int    // 0 for all
	MaxBytes int64  // that a run of a model may take beside weights; 0 for the default

	// Of Train alone:

	Training  bool // one of these was given
	Recompute bool
	Undivided bool
}

// Activation returns what the engine knows of a sepconv.Activation; of nil the linear
// one. Package sepconv sets it.
var Activation func(a any) (engine.Activation, error)

// Streams is what is known of a sepconv.Plan that is computed chunk by chunk. Package
// sepconv sets it.
var Streams struct {
	// Feed returns what streams of it are pushed to; their length may be known.
	Feed func(plan any, known bool, length int64) (*engine.Feed, error)
	// Fingerprint tells a layer and its weights from others.
	Fingerprint func(plan any) (layer, weights [16]byte)
}
