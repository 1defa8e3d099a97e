package asm

import "github.com/sepconv/go/internal/kernel"

func (k *Kernels) depthwiseLines(a *kernel.DepthwiseLines) {
	panels := a.Steps / k.filters()
	for p := 0; p < panels; {
		n := len(k.Lines) - 1
		for n > panels-p {
			n /= 2
		}
		for j := 0; j < a.NumTaps; j += maxTaps {
			k.lineTaps(a, p, n, j, min(maxTaps, a.NumTaps-j))
		}
		p += n
	}
}

// lineTaps computes n panels of steps from panel p on, and of their taps those from
// j to j+taps. Columns that are the same filter of their channels make one call.
func (k *Kernels) lineTaps(a *kernel.DepthwiseLines, p, n, j, taps int) {
	width := k.filters()
	var accumulate uint64
	if a.Accumulate || j > 0 {
		accumulate = 1
	}
	most := maxMACs
	if a.TapStride > width {
		most = maxApart
	}
	perCall := max(1, most/(n*width*taps)) // lines
	for m := range min(a.Multiplier, a.Columns) {
		for q := m; q < a.Columns; q += perCall * a.Multiplier {
			lines := min(perCall, (a.Columns-1-q)/a.Multiplier+1)
			src := (a.Offset+q)/a.Multiplier*a.LineStride + p*width + j*a.TapStride
			k.Lines[n](&a.Dst[p*a.PanelStride+q*width], &a.Src[src], &a.Taps[q*a.TapsStride+j], lines, taps,
				4*a.PanelStride, 4*a.Multiplier*width, 4*a.LineStride, 4*a.TapStride, 4*a.Multiplier*a.TapsStride, 4*a.Ahead, accumulate)
		}
	}
}
