// Package inside holds what packages sepconv and keras share of their types and do not
// export: users cannot import it.
package inside

import (
	"fmt"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/fault"
)

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

// Streaming is what options of a stream set.
type Streaming struct {
	Known    bool  // the signal has Length steps, or as many modulo the product of all strides
	Length   int64 // if it is Known
	TimeAxis int   // of the inputs of a model; 0 if none was given
}

// Apply returns the settings that a list of options makes, each of which may refuse.
func Apply[S any, O ~func(*S) error](options []O) (S, error) {
	var settings S
	for _, option := range options {
		if option == nil {
			return settings, fmt.Errorf("%w: an option is nil; leave it out", fault.ErrConfig)
		}
		if err := option(&settings); err != nil {
			return settings, err
		}
	}
	return settings, nil
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
