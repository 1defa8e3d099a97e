package graph

import "github.com/sepconv/go/internal/kernel"

// Scratch is what one thread needs to do tasks. The arguments of kernels are here
// because they would otherwise be allocated for every call.
type Scratch struct {
	set       *kernel.Set
	floats    [3][]float32
	doubles   []float64
	line      []float32 // of ones
	kernel    []float32 // the pointwise kernel's own
	pointwise kernel.Pointwise
	depthwise kernel.Depthwise
	function  kernel.Activation
}

func newScratch(set *kernel.Set) *Scratch {
	return &Scratch{
		set: set, kernel: make([]float32, set.Tile.Scratch),
		depthwise: kernel.Depthwise{Scratch: make([]uint32, set.Tile.Indices)},
	}
}

// take returns n floats of any values: those of one of three blocks, which
// are there until it is taken again.
func (s *Scratch) take(block, n int) []float32 {
	if cap(s.floats[block]) < n {
		s.floats[block] = make([]float32, n)
	}
	return s.floats[block][:n]
}

// sums returns n sums that are 0, until they are taken again.
func (s *Scratch) sums(n int) []float64 {
	if cap(s.doubles) < n {
		s.doubles = make([]float64, n)
	}
	clear(s.doubles[:n])
	return s.doubles[:n]
}

// release lets go of the caller's slices.
func (s *Scratch) release() {
	s.pointwise.Dst, s.pointwise.U = nil, nil
	s.depthwise.Dst, s.depthwise.Src = nil, nil
}
