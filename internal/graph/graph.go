// Package graph runs a model of layers: it knows what follows what, which shapes
// that gives, and where in one block of memory each tensor lies while it is needed.
//
//	graph.go                 what a layer is here: Op, Step, Tensor
//	builder.go               a model is put together
//	layout.go                shapes and places of all tensors, for inputs of some shapes
//	program.go, run.go       the model, and a run of it
//	stream.go                the model for a signal that comes in chunks;
//	stream_plan.go           how that is computed, or which layer prevents it,
//	stream_count.go          how many steps each tensor has,
//	stream_stage.go          a node of it, stream_spans.go what outputs are made of,
//	stream_state.go          where a stream is, in bytes
//	flow.go, flow_*.go       operations chunk by chunk
//	fingerprint.go           what tells models from others
//	hands.go                 the threads that share a step
//	shape.go, scratch.go     what the operations know
//	product.go               sums of products, by the kernels of package kernel
//	and a file for each operation
//
// An operation computes the same bits with every set of kernels, any number of
// threads and any split of the batch: a sum is one chain, in an order that its file
// states, and what runs side by side are different results. Sums over time run from
// the first step to the last.
//
// The package trusts its caller as to weights, which fit their operations; shapes it
// checks itself, since they come with each run.
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
	// Shapes returns the shapes of the outputs for those of the inputs, of which
	// lengths may be Open.
	Shapes(in []Shape) ([]Shape, error)
	// NewStep returns what one run at a time needs; nil if nothing is to be done,
	// since the output is the first input under another shape.
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

// Fallible is an Op whose Begin may return an error that hangs on values, not on
// shapes alone.
type Fallible interface{ IsFallible() bool }
