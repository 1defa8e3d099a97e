package engine

import "github.com/sepconv/go/internal/kernel"

// scratch is what one thread needs to compute blocks. The arguments of kernels are
// here because they would otherwise be allocated for every call. Stages set their
// fields one by one: see operand.set.
type scratch struct {
	tile    []float32 // depthwise rows on their way to the pointwise convolution
	window  []float32 // copied input
	turn    []float32 // depthwise rows on their way to the tile, which is lines
	gate    []float32 // of GLU
	scratch []float32 // the pointwise kernel's own

	training trainingScratch

	x        signal    // that the block is computed from
	sections []section // or, in a gathered run, those of the output
	rows     int       // of the whole output
	// pastCaches says that no cache holds the output until somebody reads it.
	pastCaches bool

	depthwise kernel.Depthwise
	lines     kernel.DepthwiseLines
	pointwise kernel.Pointwise
}

func newScratch(b *base) *scratch {
	if b.trains {
		return newTrainingScratch(b)
	}
	n := b.scratchSizes()
	return &scratch{
		tile:      make([]float32, n.tile),
		window:    make([]float32, n.window),
		turn:      make([]float32, n.turn),
		gate:      make([]float32, n.gate),
		scratch:   make([]float32, n.scratch),
		depthwise: kernel.Depthwise{Scratch: make([]uint32, b.set.Tile.Indices)},
	}
}

// scratchSizes are the lengths of the slices of that name.
type scratchSizes struct{ tile, window, turn, gate, scratch int }

func (b *base) scratchSizes() scratchSizes {
	c := &b.cut
	return scratchSizes{c.rows*c.columns + c.spare, maxWindow, c.rows * c.turned, c.rows * c.filters, b.set.Tile.Scratch}
}

// release lets go of the caller's slices, which the plan must not keep alive.
func (s *scratch) release() {
	s.x.data, s.x.past.data, s.x.ahead, s.sections = nil, nil, nil, nil
	s.depthwise.Src, s.lines.Src = nil, nil
	s.depthwise.Dst, s.pointwise.U = nil, nil
	s.pointwise.Dst, s.pointwise.Ahead = nil, nil
}
