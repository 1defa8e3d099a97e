package conformance

import (
	"fmt"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
)

// NoRows tests that blocks without rows do nothing, given slices of nothing.
func NoRows(t *testing.T, s *kernel.Set) {
	nothing := func(name string, f func()) {
		t.Helper()
		guard.Check(t, func() string { return fmt.Sprintf("%s, no rows: %s", s.Name, name) }, f)
	}
	for _, filters := range []int{1, s.Tile.Filters, 5*s.Tile.Filters + 1} {
		const depth = 5
		p := kernel.Pointwise{
			Panels: s.PackPointwise(kernel.Packed{}, make([]float32, depth*filters), depth, filters),
			Bias:   kernel.PackBias(nil, nil, filters, s.Tile.Filters),
			Depth:  depth, Filters: filters, UStride: depth, Scratch: make([]float32, s.Tile.Scratch),
		}
		for kind := range 4 {
			p := p
			p.Accumulate, p.RowStride, p.FilterStride = kind&1 != 0, filters, 1
			if kind&2 != 0 {
				p.RowStride, p.FilterStride = 1, 1
			}
			nothing(fmt.Sprintf("pointwise, %d filters, kind %d", filters, kind), func() { s.Pointwise(&p) })
		}
	}
	for _, multiplier := range []int{1, 2, 3, s.Tile.Channels} {
		for _, taps := range []int{1, 3, 300} {
			for _, rowStride := range []int{1, 2, 7} {
				columns := 2 * s.Tile.Channels
				d := kernel.Depthwise{
					Taps: s.PackDepthwise(nil, make([]float32, taps*columns), taps, columns), Columns: columns, NumTaps: taps, Multiplier: multiplier,
					DstStride: columns, RowStride: rowStride * columns, TapStride: columns, PanelStride: taps * s.Tile.Channels, Scratch: make([]uint32, s.Tile.Indices),
				}
				nothing(fmt.Sprintf("depthwise, %d taps, multiplier %d, stride %d", taps, multiplier, rowStride), func() { s.Depthwise(&d) })
			}
		}
	}
	sums := []float32{1, 2, 3, 4, 5, 6}
	nothing("pointwise gradient", func() {
		s.PointwiseGradient(&kernel.PointwiseGradient{Dst: sums, Bias: sums, Columns: 2, Filters: 3, DstStride: 3, UStride: 2, GStride: 3})
	})
	nothing("depthwise gradient", func() {
		s.DepthwiseGradient(&kernel.DepthwiseGradient{
			Dst: sums, Columns: 2, NumTaps: 3, Positions: 5, RowStep: 1, TapStep: 1, DstStride: 2, SrcStride: 2, DUStride: 2, Scratch: make([]int, s.Tile.Ranges),
		})
	})
	if differ([]float32{1, 2, 3, 4, 5, 6}, sums) >= 0 {
		t.Fatalf("%s, no rows: the gradients are %v", s.Name, sums)
	}
	for name, f := range map[string]mover{"copy": s.Copy, "copy past the caches": s.CopyPast, "transpose": s.Transpose} {
		nothing(name, func() { f(nil, nil, 0, 16, 16, 16) })
	}
	nothing("maximum", func() { s.Maximum(nil, nil, 0, 3, 16, 16) })
	nothing("signs", func() { s.Signs(nil, nil) })
	nothing("pullback by signs", func() { s.SignsPullback(nil, nil, nil) })
}
