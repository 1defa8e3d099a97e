package generic

import "github.com/sepconv/go/internal/kernel"

func depthwiseGradient(a *kernel.DepthwiseGradient) {
	for j := range a.NumTaps {
		sums := a.Dst[j*a.DstStride:][:a.Columns]
		for r := range a.Rows {
			p := a.First + r*a.RowStep + j*a.TapStep
			if p < 0 || p >= a.Positions {
				continue
			}
			x, du := a.Src[p*a.SrcStride:][:a.Columns], a.DU[r*a.DUStride:][:a.Columns]
			for q, s := range sums {
				sums[q] = FMA(x[q], du[q], s)
			}
		}
	}
}
