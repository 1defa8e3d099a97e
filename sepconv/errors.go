package sepconv

import "github.com/sepconv/go/internal/fault"

// Errors say which value was wrong and what would be right, and wrap one of
// these by cause.
var (
	// ErrConfig: an argument of the layer is not allowed, alone or with another.
	ErrConfig = fault.ErrConfig
	// ErrShape: an input, an output or a weight has a shape that does not fit.
	ErrShape = fault.ErrShape
	// ErrWeights: weights do not fit the layer. Such errors wrap ErrShape as well.
	ErrWeights = fault.ErrWeights
	// ErrOverlap: output and input share memory.
	ErrOverlap = fault.ErrOverlap
	// ErrOrder: a method was called before the one that it needs.
	ErrOrder = fault.ErrOrder
	// ErrFile: a file is broken, or holds what this library does not read or write.
	ErrFile = fault.ErrFile
	// ErrKernel: this CPU cannot run the kernels that were asked for.
	ErrKernel = fault.ErrKernel
	// ErrState: a signal has ended, or what a stream is to go on from is not a state of
	// this layer with these weights.
	ErrState = fault.ErrState
)
