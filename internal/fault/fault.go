// Package fault holds the errors that all others of this library wrap. It is below
// every package that has some to report; package sepconv hands them on.
package fault

import (
	"errors"
	"fmt"
)

// The causes; see package sepconv.
var (
	ErrConfig  = errors.New("sepconv: invalid configuration")
	ErrShape   = errors.New("sepconv: invalid shape")
	ErrWeights = fmt.Errorf("%w of weights", ErrShape)
	ErrOverlap = errors.New("sepconv: overlapping slices")
	ErrFile    = errors.New("sepconv: invalid file")
	ErrOrder   = errors.New("sepconv: methods called in the wrong order")
	ErrKernel  = errors.New("sepconv: kernel not available")
	ErrState   = errors.New("sepconv: invalid state of a stream")
)
