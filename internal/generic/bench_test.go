package generic

import (
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/kernel"
)

func randoms(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// reportSteps adds the time of one fma step, the figure the contract bounds.
func reportSteps(b *testing.B, steps int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(steps), "ns/step")
}

func BenchmarkDepthwise(b *testing.B) {
	const rows, columns, taps = 48, 64, 9
	rng := rand.New(rand.NewPCG(1, 1))
	a := &kernel.Depthwise{
		Dst: make([]float32, rows*columns), Src: randoms(rng, (rows+taps)*columns), Taps: randoms(rng, taps*columns),
		Rows: rows, Columns: columns, NumTaps: taps, Multiplier: 1,
		DstStride: columns, RowStride: columns, TapStride: columns, PanelStride: taps * width,
	}
	for b.Loop() {
		depthwise(a)
	}
	reportSteps(b, rows*columns*taps)
}

func BenchmarkPointwise(b *testing.B) {
	const rows, depth, filters = 48, 64, 64
	rng := rand.New(rand.NewPCG(1, 1))
	a := &kernel.Pointwise{
		Dst: make([]float32, rows*filters), U: randoms(rng, rows*depth), Panels: kernel.Packed{F32: randoms(rng, depth*filters), Width: width, Stride: depth * width}, Bias: randoms(rng, filters),
		Rows: rows, Depth: depth, Filters: filters,
		RowStride: filters, FilterStride: 1, UStride: depth,
	}
	for b.Loop() {
		pointwise(a)
	}
	reportSteps(b, rows*depth*filters)
}

func BenchmarkFMA(b *testing.B) {
	x := randoms(rand.New(rand.NewPCG(1, 1)), 1024)
	var sum float32
	for b.Loop() {
		for i := range x {
			sum = FMA(x[i], 0.5, sum)
		}
	}
	reportSteps(b, len(x))
}
