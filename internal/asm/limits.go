package asm

// The bounds on one call of an assembly function. Assembly cannot be preempted: while
// a call lasts, a collection of garbage that wants to begin waits for it. So none
// lasts longer than some 50 us on a core that does two or three vector multiply-adds
// in a nanosecond, and 1 ms on a slow one (asmtest.CallsAreShort).
const (
	// maxVectors is multiply-adds of vectors in a pointwise product.
	maxVectors = 1 << 17

	// maxTaps is taps of a depthwise convolution, with the columns that the engine
	// takes at once; maxMACs is its multiply-accumulates if taps share their inputs,
	// maxApart if each may wait for a cache line of its own.
	maxTaps  = 1 << 8
	maxMACs  = 1 << 18
	maxApart = 1 << 16

	// maxElements is elements that go through an activation, on a core that takes 10 ns
	// for each, as small Arm cores do; maxBlocks is the same of blocks of a transpose.
	maxElements = 4 << 10
	maxBlocks   = maxElements / (block * block)

	// maxLines is cache lines that are copied, if each is far from the last and comes
	// from memory.
	maxLines = 512
)
