package generic

import "github.com/sepconv/go/internal/kernel"

func pointwise(a *kernel.Pointwise) {
	for f := 0; f < a.Filters; f += width {
		panel := a.Panels.F32[f/width*a.Panels.Stride:][:a.Depth*width]
		n := min(width, a.Filters-f)
		for r := range a.Rows {
			var bias [width]float32
			if b := a.Bias; a.BiasOfRows {
				bias = [width]float32{b[r], b[r], b[r], b[r]}
			} else {
				bias = [width]float32(b[f:])
			}
			pointwise4(a, panel, bias, r, f, n)
		}
	}
}

// pointwise4 computes filters f to f+n-1 of row r, n <= 4, from their biases y: the
// panel's padding makes a short last panel as cheap to compute as to test for.
func pointwise4(a *kernel.Pointwise, panel []float32, y [width]float32, r, f, n int) {
	dst := a.Dst[r*a.RowStride+f*a.FilterStride:]
	if a.Accumulate {
		for i := range n {
			y[i] = dst[i*a.FilterStride]
		}
	}
	y0, y1, y2, y3 := y[0], y[1], y[2], y[3]
	row := a.U[r*a.UStride:][:a.Depth]
	for q, u := range row {
		w := panel[q*width:][:4]
		x := float64(u)
		s0 := x*float64(w[0]) + float64(y0)
		s1 := x*float64(w[1]) + float64(y1)
		s2 := x*float64(w[2]) + float64(y2)
		s3 := x*float64(w[3]) + float64(y3)
		if delicate(s0) || delicate(s1) || delicate(s2) || delicate(s3) {
			y0, y1, y2, y3 = FMA(u, w[0], y0), FMA(u, w[1], y1), FMA(u, w[2], y2), FMA(u, w[3], y3)
		} else {
			y0, y1, y2, y3 = float32(s0), float32(s1), float32(s2), float32(s3)
		}
	}
	y = [width]float32{y0, y1, y2, y3}
	for i := range n {
		dst[i*a.FilterStride] = y[i]
	}
}
