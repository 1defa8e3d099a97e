package engine

import "github.com/sepconv/go/internal/kernel"

// What a thread may use for gradients, in floats.
const (
	gradientTile    = 32 << 10 // rows of the input's gradient on their way to it
	gradientFilters = 256      // filters of g that are packed at once
	gradientColumns = 512      // columns of u that it is multiplied with
	tapsColumns     = 64       // columns whose taps are summed up at once,
	fewTapsColumns  = 128      // or so many if a column has
	fewTaps         = 3        // no more taps than that
	tapsAtOnce      = 128      // taps that are summed up at once
)

// trainingScratch is what one thread needs beside for gradients.
type trainingScratch struct {
	panels []float32 // a block of g, or of du, packed
	turned []float32 // lines of the gradient by the input
	sums   []float32 // of taps, of one block
	totals []float32 // of taps
	ones   []float32
	line   []float32 // of the gradient by the output, for a user's activation

	gradient kernel.DepthwiseGradient
	product  kernel.PointwiseGradient

	// Of a sweep:

	rows []float32 // of U, and then of du
	g    []float32 // a block of it
	taps []float32 // the gradient of the depthwise kernel
	task tapsTask  // some of those
	read uint32    // bits that are of no meaning: see translate
}

func newTrainingScratch(b *base) *scratch {
	t := &b.set.Tile
	taps := roundUp(tapsColumns, t.Channels) * tapsAtOnce
	ones := make([]float32, roundUp(max(tapsColumns, fewTapsColumns), t.Channels))
	for i := range ones {
		ones[i] = 1
	}
	return &scratch{
		tile:      make([]float32, max(gradientTile, t.Channels)),
		window:    make([]float32, maxWindow),
		scratch:   make([]float32, t.Scratch),
		depthwise: kernel.Depthwise{Scratch: make([]uint32, t.Indices)},
		training: trainingScratch{
			panels: make([]float32, kernel.Block*roundUp(max(gradientFilters, tapsColumns), max(t.Filters, t.Channels))),
			turned: make([]float32, gradientTile),
			sums:   make([]float32, taps), totals: make([]float32, taps), ones: ones,
			gradient: kernel.DepthwiseGradient{Scratch: make([]int, t.Ranges)},
		},
	}
}

// floats is about the size of the scratch.
func (s *scratch) floats() int {
	t := &s.training
	return len(s.tile) + len(s.window) + len(s.scratch) + len(s.depthwise.Scratch) +
		len(t.panels) + len(t.turned) + len(t.sums) + len(t.totals) + len(t.ones) + cap(t.line) + cap(t.rows) + cap(t.g) + cap(t.taps)
}
