package generic

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/stretchr/testify/require"
)

// canary fills what a kernel must not write.
const canary = -98765.5

func canaries(n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = canary
	}
	return x
}

// The kernels are the loops in the comments of package kernel, in slices that
// end where the last element they may touch ends.
func TestDepthwise(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		a := kernel.Depthwise{
			Rows: 1 + rng.IntN(6), Columns: 1 + rng.IntN(14), NumTaps: 1 + rng.IntN(7), Multiplier: 1 + rng.IntN(4),
			RowStride: rng.IntN(9), TapStride: rng.IntN(9), Accumulate: rng.IntN(2) == 0,
		}
		a.Offset = rng.IntN(a.Multiplier)
		a.DstStride = a.Columns + rng.IntN(3)
		allTaps := a.NumTaps + rng.IntN(3)
		a.PanelStride = allTaps * width
		a.Taps = kernel.PackDepthwise(randoms(rng, allTaps*a.Columns), allTaps, a.Columns, width)
		a.Src = randoms(rng, (a.Rows-1)*a.RowStride+(a.NumTaps-1)*a.TapStride+(a.Offset+a.Columns-1)/a.Multiplier+1)
		a.Dst = canaries((a.Rows-1)*a.DstStride + a.Columns)
		want := canaries(len(a.Dst))
		for r := range a.Rows {
			for q := range a.Columns {
				u := float32(0)
				if a.Accumulate {
					u = want[r*a.DstStride+q]
				}
				for j := range a.NumTaps {
					w := a.Taps[q/width*a.PanelStride+j*width+q%width]
					u = FMA(a.Src[r*a.RowStride+j*a.TapStride+(a.Offset+q)/a.Multiplier], w, u)
				}
				want[r*a.DstStride+q] = u
			}
		}
		depthwise(&a)
		requireSameBits(t, want, a.Dst)
	}
}

func TestPointwise(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		a := kernel.Pointwise{
			Rows: 1 + rng.IntN(6), Depth: 1 + rng.IntN(14), Filters: 1 + rng.IntN(14),
			Accumulate: rng.IntN(2) == 0,
		}
		a.UStride = a.Depth + rng.IntN(3)
		a.RowStride, a.FilterStride = a.Filters+rng.IntN(3), 1
		if rng.IntN(2) == 0 {
			a.RowStride, a.FilterStride = 1, a.Rows+rng.IntN(3)
		}
		allDepth := a.Depth + rng.IntN(3)
		a.PanelStride = allDepth * width
		a.Panels = kernel.PackPointwise(randoms(rng, allDepth*a.Filters), allDepth, a.Filters, width)
		a.Bias = kernel.PackBias(randoms(rng, a.Filters), a.Filters, width)
		a.U = randoms(rng, (a.Rows-1)*a.UStride+a.Depth)
		a.Dst = canaries((a.Rows-1)*a.RowStride + (a.Filters-1)*a.FilterStride + 1)
		want := canaries(len(a.Dst))
		for r := range a.Rows {
			for f := range a.Filters {
				at := r*a.RowStride + f*a.FilterStride
				y := a.Bias[f]
				if a.Accumulate {
					y = want[at]
				}
				for q := range a.Depth {
					y = FMA(a.U[r*a.UStride+q], a.Panels[f/width*a.PanelStride+q*width+f%width], y)
				}
				want[at] = y
			}
		}
		pointwise(&a)
		requireSameBits(t, want, a.Dst)
	}
}

func requireSameBits(t *testing.T, want, got []float32) {
	t.Helper()
	require.Equal(t, len(want), len(got))
	for i := range want {
		if !sameBits(want[i], got[i]) {
			t.Fatalf("element %d is %x, the loop gives %x", i, got[i], want[i])
		}
	}
}

// A hot loop takes the slow path for one chain without disturbing the others.
func TestChainsWithTies(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 1000 {
		const depth = 20
		a := kernel.Pointwise{
			Rows: 1, Depth: depth, Filters: width, RowStride: width, FilterStride: 1, UStride: depth, PanelStride: depth * width,
			Dst: make([]float32, width), U: make([]float32, depth), Panels: make([]float32, depth*width), Bias: make([]float32, width),
		}
		for q := range a.U {
			a.U[q], _, _ = fmaOperands(rng)
		}
		for i := range a.Panels {
			_, a.Panels[i], _ = fmaOperands(rng)
		}
		want := make([]float32, width)
		for f := range want {
			for q := range a.U {
				want[f] = FMA(a.U[q], a.Panels[q*width+f], want[f])
			}
		}
		pointwise(&a)
		requireSameBits(t, want, a.Dst)
	}
}

func TestPackedPanelsArePadded(t *testing.T) {
	got := kernel.PackPointwise([]float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 2, 5, 4)
	require.Equal(t, []float32{1, 2, 3, 4, 6, 7, 8, 9, 5, 0, 0, 0, 10, 0, 0, 0}, got)
	require.Equal(t, []float32{1, 2, 3, 0}, kernel.PackBias([]float32{1, 2, 3}, 3, 4))
	for n := 1; n < 10; n++ {
		require.Equal(t, int(math.Ceil(float64(n)/4)), kernel.Panels(n, 4), fmt.Sprint(n))
	}
}
