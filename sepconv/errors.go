package sepconv

import (
	"errors"
	"fmt"
)

// Errors say which value was wrong and what would be right, and wrap one of
// these by cause.
var (
	// ErrConfig: an argument of the layer is not allowed, alone or with another.
	ErrConfig = errors.New("sepconv: invalid configuration")
	// ErrShape: an input, an output or a weight has a shape that does not fit.
	ErrShape = errors.New("sepconv: invalid shape")
	// ErrWeights: weights do not fit the layer. Such errors wrap ErrShape as well.
	ErrWeights = fmt.Errorf("%w of weights", ErrShape)
	// ErrOverlap: output and input share memory.
	ErrOverlap = errors.New("sepconv: overlapping slices")
	// ErrFile: a file is broken, or holds what this library does not read or write.
	ErrFile = errors.New("sepconv: invalid file")
	// ErrKernel: this CPU cannot run the kernels that were asked for.
	ErrKernel = errors.New("sepconv: kernel not available")
)
