package generic

import "github.com/sepconv/go/internal/kernel"

func pointwiseGradient(a *kernel.PointwiseGradient) {
	if a.Rows == 0 {
		return
	}
	for f := 0; f < a.Filters; f += width {
		n := min(width, a.Filters-f)
		for q := range a.Columns {
			sums := [width]float32{}
			for r := range a.Rows {
				u := a.U[r*a.UStride+q]
				for i, g := range a.G[r*a.GStride+f:][:n] {
					sums[i] = FMA(u, g, sums[i])
				}
			}
			addTo(a.Dst[q*a.DstStride+f:][:n], sums)
		}
		if a.Bias == nil {
			continue
		}
		sums := [width]float32{}
		for r := range a.Rows {
			for i, g := range a.G[r*a.GStride+f:][:n] {
				sums[i] += g
			}
		}
		addTo(a.Bias[f:][:n], sums)
	}
}

func addTo(dst []float32, sums [width]float32) {
	for i := range dst {
		dst[i] += sums[i]
	}
}
