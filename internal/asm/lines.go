package asm

import "github.com/sepconv/go/internal/kernel"

func (k *Kernels) depthwiseLines(a *kernel.DepthwiseLines) {
	panels := a.Steps / k.filters()
	for p := 0; p < panels; {
		n := len(k.Lines) - 1
		for n > panels-p {
			n /= 2
		}
		if a.Sum {
			k.sumLines(a, p, n)
		} else {
			for j := 0; j < a.NumTaps; j += maxTaps {
				k.lineTaps(a, p, n, j, min(maxTaps, a.NumTaps-j))
			}
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
	perCall := k.linesPerCall(a, n, taps)
	for m := range min(a.Multiplier, a.Columns) {
		for q := m; q < a.Columns; q += perCall * a.Multiplier {
			lines := min(perCall, (a.Columns-1-q)/a.Multiplier+1)
			src := (a.Offset+q)/a.Multiplier*a.LineStride + p*width + j*a.TapStride
			k.Lines[n](&a.Dst[p*a.PanelStride+q*width], &a.Src[src], &a.Taps[q*a.TapsStride+j], lines, taps,
				4*a.PanelStride, 4*a.Multiplier*width, 4*a.LineStride, 4*a.TapStride, 4*a.Multiplier*a.TapsStride, 4*a.Ahead, accumulate)
		}
	}
}

// sumLines computes n panels of steps from panel p on, of all columns in one place. Only
// the kernel of the most panels finishes a line before it begins the next.
func (k *Kernels) sumLines(a *kernel.DepthwiseLines, p, n int) {
	width, most := k.filters(), 1
	if n == len(k.Lines)-1 && a.NumTaps <= maxTaps {
		most = k.linesPerCall(a, n, a.NumTaps)
	}
	for q := 0; q < a.Columns; {
		lines := min(most, a.Columns-q)
		if q == 0 && !a.Accumulate {
			lines = 1
		}
		for j := 0; j < a.NumTaps; j += maxTaps {
			var accumulate uint64
			if a.Accumulate || q > 0 || j > 0 {
				accumulate = 1
			}
			src := (a.Offset+q)*a.LineStride + p*width + j*a.TapStride
			k.Lines[n](&a.Dst[p*a.PanelStride], &a.Src[src], &a.Taps[q*a.TapsStride+j], lines, min(maxTaps, a.NumTaps-j),
				4*a.PanelStride, 0, 4*a.LineStride, 4*a.TapStride, 4*a.TapsStride, 4*a.Ahead, accumulate)
		}
		q += lines
	}
}

// linesPerCall returns how many lines of n panels a call may take, for so many taps.
func (k *Kernels) linesPerCall(a *kernel.DepthwiseLines, n, taps int) int {
	most := maxMACs
	if a.TapStride > k.filters() {
		most = maxApart
	}
	return max(1, most/(n*k.filters()*taps))
}
