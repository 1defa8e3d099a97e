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
		a.Taps = kernel.PackDepthwise(nil, randoms(rng, allTaps*a.Columns), allTaps, a.Columns, width)
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
		a.Panels = kernel.PackPointwise(kernel.Packed{}, randoms(rng, allDepth*a.Filters), allDepth, a.Filters, width)
		a.Bias = kernel.PackBias(nil, randoms(rng, a.Filters), a.Filters, width)
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
					y = FMA(a.U[r*a.UStride+q], a.Panels.F32[f/width*a.Panels.Stride+q*width+f%width], y)
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

// A hot loop takes the slow path for one chain without disturbing the others, and
// whenever it must: sums of about 2^24 meet products that lie beside a tie by less
// than float64 can tell, normal and subnormal ones.
func TestChainsWithTies(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	slow := [width]int{}
	for i := range 2000 {
		const depth = 20
		draw := func() float32 {
			x := nearTie(rng, 1)
			if rng.IntN(4) == 0 {
				x = float32(1+rng.IntN(1<<12)) * 2
			}
			if i%2 == 1 {
				x *= 0x1p-75
			}
			return x
		}
		some := func(n int) []float32 {
			x := make([]float32, n)
			for i := range x {
				x[i] = draw()
			}
			return x
		}
		u, w := some(depth), some(depth*width)
		want := make([]float32, width)
		for f := range want {
			for q := range u {
				s := float64(u[q])*float64(w[q*width+f]) + float64(want[f])
				want[f] = FMA(u[q], w[q*width+f], want[f])
				if !sameBits(want[f], float32(s)) {
					slow[f]++
				}
			}
		}
		dst := make([]float32, width)
		pointwise(&kernel.Pointwise{
			Rows: 1, Depth: depth, Filters: width, RowStride: width, FilterStride: 1, UStride: depth,
			Dst: dst, U: u, Panels: kernel.Packed{F32: w, Width: width, Stride: depth * width}, Bias: make([]float32, width),
		})
		requireSameBits(t, want, dst)
		depthwise(&kernel.Depthwise{
			Rows: 1, Columns: width, NumTaps: depth, Multiplier: width, TapStride: 1, DstStride: width, PanelStride: depth * width,
			Dst: dst, Src: u, Taps: w,
		})
		requireSameBits(t, want, dst)

		// Lines: each column has one tap for the steps; the inputs are what differs.
		depthwiseLines(&kernel.DepthwiseLines{
			Steps: width, Columns: 1, NumTaps: depth, Multiplier: 1, PanelStride: width, LineStride: depth * width, TapStride: width, TapsStride: depth,
			Dst: dst, Src: w, Taps: u,
		})
		requireSameBits(t, want, dst)
	}
	for f, n := range slow {
		require.Greater(t, n, 100, "steps of chain %d that need the slow path", f)
	}
}

func TestPackedPanelsArePadded(t *testing.T) {
	want := kernel.Packed{F32: []float32{1, 2, 3, 4, 6, 7, 8, 9, 5, 0, 0, 0, 10, 0, 0, 0}, Width: 4, Stride: 8}
	weights := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	got := kernel.PackPointwise(kernel.Packed{}, weights, 2, 5, 4)
	require.Equal(t, want, got)
	var view kernel.Packed
	view.View(&got, 1, 1)
	require.Equal(t, kernel.Packed{F32: []float32{10, 0, 0, 0}, Width: 4, Stride: 8}, view)

	// Again, into memory that has held others.
	for i := range got.F32 {
		got.F32[i] = -1
	}
	again := kernel.PackPointwise(got, weights, 2, 5, 4)
	require.Equal(t, want, again)
	require.Same(t, &got.F32[0], &again.F32[0])

	require.Equal(t, []float32{1, 2, 3, 0}, kernel.PackBias([]float32{9, 9, 9, 9, 9}, []float32{1, 2, 3}, 3, 4))
	require.Equal(t, []float32{0, 0, 0, 0}, kernel.PackBias([]float32{9, 9, 9, 9}, nil, 3, 4))
	for n := 1; n < 10; n++ {
		require.Equal(t, int(math.Ceil(float64(n)/4)), kernel.Panels(n, 4), fmt.Sprint(n))
	}
}
