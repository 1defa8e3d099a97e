// Package graph runs a model, which is a graph of operations: it knows which takes the
// output of which, the shapes of all tensors, and where in one block of memory each
// tensor lies while it is needed.
//
//	graph.go                 what an operation is: Op, Step, Tensor
//	builder.go               a model is put together
//	program.go, run.go       the model, and a run of it
//	layout.go                shapes and places of all tensors, for inputs of given shapes
//	stream.go                the model for a signal that comes in chunks
//	stream_state.go          states of streams in bytes
//	stream_spans.go          delays and receptive fields
//	stream_stage.go          the chunk of one node
//	stream_plan.go           which tensors have time, and the flow of each node
//	stream_count.go          how many steps each tensor has; stream_track.go: a tensor in a stream
//	flow.go, flow_*.go       operations chunk by chunk
//	fingerprint.go           hashes that tell models, and weights, from others
//	hands.go                 the threads that share a step
//	shape.go, scratch.go     what the operations share
//	product.go               sums of products, by the kernels of package kernel
//	and a file for each operation
//
// An operation computes the same bits with every set of kernels, any number of
// threads and any split of the batch: a sum is one chain, in an order that its file
// states, and what runs side by side are different results. Sums over time run from
// the first step to the last.
//
// The package trusts its caller that weights fit their operations. Shapes it checks
// itself, since they come with each run.
package graph

import "github.com/sepconv/go/internal/engine"

// Target is what a program is made for.
type Target = engine.Target

// Tensor is a row-major array.
type Tensor struct {
	Data  []float32
	Shape Shape
}

// An Op is an operation with its weights. It does not change: any number of runs may
// use it.
type Op interface {
	// Shapes returns the shapes of the outputs for inputs of the given shapes, whose
	// lengths may be Open.
	Shapes(in []Shape) ([]Shape, error)
	// NewStep returns the operation for one run at a time, or nil if there is nothing to
	// do, since the output is the first input under another shape.
	NewStep() Step
}

// A Step computes an operation, for one run at a time.
type Step interface {
	// Begin prepares the computation of out, cut into tasks that do not depend on
	// each other. An error leaves out as it was.
	Begin(out, in []Tensor) (Tasks, error)
	// Do does task i.
	Do(i int, s *Scratch)
}

// Tasks is how many tasks a step has, and about how long they take one thread
// together, in microseconds.
type Tasks struct {
	N      int
	Micros float64
}

// InPlace is an Op that computes each element of its output from the elements of
// its inputs at that place, so that the output may take an input's memory.
type InPlace interface {
	// IsInPlace reports whether the output may be where input i is.
	IsInPlace(i int) bool
}

// Fallible is an Op whose Begin may return an error because of values, not of shapes
// alone.
type Fallible interface{ IsFallible() bool }
