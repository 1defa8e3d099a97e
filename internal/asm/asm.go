// Package asm holds what all sets of assembly share: the Go that cuts the blocks of
// package kernel into what one call of an assembly function computes. The packages
// below it, one for each set, hold the generated functions and the table of them that
// is handed to this one.
package asm

import "github.com/sepconv/go/internal/kernel"

// Kernels is the assembly functions of a set, and all that is particular to it. By
// rows, taps, depth or panels means that the slice holds at i the function for i of them, and
// nil where there is none. Strides are in bytes. What a function computes, its own
// documentation says.
type Kernels struct {
	Name     string
	Requires []string // of the CPU, in the words of the assembler's documentation
	Rate     int      // multiply-accumulates that a core does in a microsecond, roughly

	Lanes int // float32 in a vector. A panel of pointwise weights has two vectors
	Panel int // columns of a panel of depthwise taps, a multiple of Lanes

	Pointwise []PointwiseKernel // by rows
	// Height is the rows of a block of Pointwise, or of Edges, of two vectors, where there
	// are several blocks; 0 stands for as many as there is a kernel for.
	Height  int
	Wide    []Wide          // by rows, for few of them
	Shallow Shallow         // of little depth; a set may have none
	Strided []StridedKernel // by rows, of one panel of taps
	Edges   Edges           // of the first filters of a panel; a set may have none
	Bypass  bool            // Pointwise and Edges can write past the caches

	Windows []WindowKernel // by rows, of whole panels of columns
	Chunk   int            // taps that Windows take at once if rows slide
	Rolls   [][]RollKernel // by stride, then by taps; a set may have none
	Gather  Gathering      // of other columns
	// Gradients are by taps; a set may have none.
	Gradients []Gradient
	Products  Products      // of the gradient of the pointwise kernel
	Lines     []LinesKernel // by panels; a set may have none
	// TransposeTaps is that of kernel.Set.
	TransposeTaps int

	Copy        CopyKernel
	CopiesPast  []CopyPast        // by falling length of their vectors; a set may have none
	Fence       func()            // waits for what CopiesPast wrote; nil if there are none
	Transpose   []TransposeKernel // by rows: 8, and it may be 4 and 2
	Maximum     MaximumKernel
	Sum         SumKernel
	Activations Activations

	zeros []float32 // where sums without a bias start
}

type (
	PointwiseKernel func(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride, panels, panelStride int, ahead *float32, aheadStep int, flags uint64)
	WideKernel      func(dst, u, panels, bias *float32, depth, dstStride, uStride, panelStride int, flags uint64)
	ShallowKernel   func(dst, u, panels, bias *float32, rows, dstStride, uStride, panelStride int, flags uint64)
	EdgeKernel      func(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride int, ahead *float32, aheadStep int, lanes *uint32, flags uint64)
	StridedKernel   func(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride, uStep int, flags uint64)
	WindowKernel    func(dst, src, taps *float32, blocks, panels, chunks, rest, dstStride, rowStride, tapStride, panelStride int, accumulate uint64)
	LinesKernel     func(dst, src, taps *float32, lines, numTaps, panelStride, dstStep, lineStride, tapStride, tapsStep, ahead int, accumulate uint64)
	GradientKernel  func(dst, src, du *float32, rows *int, offset, dstStride, tapStride, rowStride, duStride int)
	ProductKernel   func(dst, u, g *float32, blocks, rows, dstStride, uStride, gStride int, ahead *float32, aheadStep int)
	ProductEdge     func(dst, u, g *float32, rows, dstStride, uStride, gStride int, ahead *float32, aheadStep int, bias *float32, lanes, lastLanes *uint32)
	CopyKernel      func(dst, src *float32, rows, columns, dstStride, srcStride int)
	// CopyPast is a kernel that copies columns of whole vectors past the caches.
	CopyPast struct {
		Lanes int
		Run   func(dst, src *float32, rows, vectors, dstStride, srcStride int)
	}
	TransposeKernel func(dst, src *float32, bands, blocks, dstStride, srcStride int)
	MaximumKernel   func(dst, src *float32, windows, rows, columns, dstStride, windowStride, rowStride int)
	SumKernel       func(sums *float64, src *float32, rows, columns, rowStride int)

	// RollKernel goes down ring-1 + singles + turns*RowsOfTurn(ring) rows of vectors of
	// columns, where ring is Ring(taps, stride), one vector after the other or several side
	// by side. There are fewer singles than rows of a turn.
	RollKernel func(dst, src, taps *float32, singles, turns, vectors, dstStride, rowStride, panelStride int)
)

// Gradient is the kernels of the gradient of some taps: by vectors of columns side by
// side, nil where there is none, and of the first columns of one.
type Gradient struct {
	ByVectors []GradientKernel
	Edge      func(dst, src, du *float32, rows *int, offset, dstStride, tapStride, rowStride, duStride int, lanes *uint32)
}

// Products is the kernels of the gradient of the pointwise kernel, by columns: of two
// vectors of filters, and of the first filters of both, which have the bias as well and
// one column less.
type Products struct {
	Whole []ProductKernel
	Edges []ProductEdge
}

// Wide is a pointwise kernel that takes several panels at once.
type Wide struct {
	Panels int
	Run    WideKernel
}

// Shallow is the pointwise kernels that keep all weights of some panels in registers. They
// do not accumulate, nor write past the caches.
type Shallow struct {
	Panels  int
	ByDepth []ShallowKernel
}

// Edges is the pointwise kernels for a panel of fewer filters than it can hold. They
// read and write, of the last vector, only so many first lanes.
type Edges struct {
	ByVectors [][]EdgeKernel // by vectors of filters, then by rows
	Lanes     []*uint32      // by how many they are: LanesByWord, LanesByBit or LanesByNumber
}

// How kernels are told of the first lanes of a vector: LanesByWord are masks of 8 lanes,
// with a word for each; LanesByBit of 16, with a bit; LanesByNumber say how many of 4.
var LanesByWord, LanesByBit, LanesByNumber = firstLanes()

func firstLanes() (words, bits, numbers []*uint32) {
	var window [16]uint32 // 8 lanes that are set, 8 that are not
	for i := range 8 {
		window[i] = ^uint32(0)
	}
	for n := range 9 {
		words = append(words, &window[8-n])
	}
	for n := range 17 {
		mask := uint32(1)<<n - 1
		bits = append(bits, &mask)
	}
	for n := range uint32(5) {
		numbers = append(numbers, &n)
	}
	return words, bits, numbers
}

// Flags of the pointwise kernels, as the generators know them.
const (
	flagAccumulate = 1 << iota
	flagReLU
	flagBiasOfRows
	flagPastCaches
)

// Set returns the row of the table.
func (k *Kernels) Set() kernel.Set {
	k.zeros = make([]float32, k.Panel)
	s := kernel.Set{
		Name:     k.Name,
		Requires: k.Requires,
		Rate:     k.Rate,
		Tile: kernel.Tile{
			Rows: len(k.Pointwise) - 1, Filters: k.filters(),
			Window: len(k.Windows) - 1, Channels: k.Panel,
			Scratch: scratchRows * k.filters(), Indices: k.Gather.words(k), Ranges: max(2*len(k.Gradients)-3, 0),
		},
		Depthwise:         k.depthwise,
		Pointwise:         k.pointwise,
		PointwiseGradient: k.pointwiseGradient,
		PackDepthwise: func(dst, w []float32, taps, columns int) []float32 {
			return kernel.PackDepthwise(dst, w, taps, columns, k.Panel)
		},
		PackPointwise: func(dst kernel.Packed, w []float32, depth, filters int) kernel.Packed {
			return kernel.PackPointwise(dst, w, depth, filters, k.filters())
		},
		PackTransposed: func(dst kernel.Packed, w []float32, depth, columns, multiplier int) kernel.Packed {
			return kernel.PackTransposed(dst, w, depth, columns, multiplier, k.filters(), k.transpose)
		},
		Copy:      k.copy,
		CopyPast:  k.copyPast,
		Fence:     k.Fence,
		Transpose: k.transpose,
		Maximum:   k.maximum,
		Sum:       k.sum,
	}
	if k.Fence == nil {
		s.Fence = func() {}
	}
	if k.Gradients != nil {
		s.DepthwiseGradient = k.depthwiseGradient
	}
	if k.Lines != nil {
		s.DepthwiseLines, s.TransposeTaps = k.depthwiseLines, k.TransposeTaps
	}
	s.Epilogue[kernel.Linear], s.Epilogue[kernel.ReLU] = true, true
	k.Activations.fill(&s)
	return s
}

// filters is the width of packed panels of pointwise weights.
func (k *Kernels) filters() int { return 2 * k.Lanes }
