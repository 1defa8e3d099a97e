package generic

import "github.com/sepconv/go/internal/kernel"

func depthwise(a *kernel.Depthwise) {
	for q := 0; q < a.Columns; q += width {
		panel := a.Taps[q/width*a.PanelStride:][:a.NumTaps*width]
		n := min(width, a.Columns-q)
		// The channels of the panel's columns; those of its padding repeat the last.
		var c [width]int
		for i := range c {
			c[i] = (a.Offset + q + min(i, n-1)) / a.Multiplier
		}
		for r := range a.Rows {
			dst := a.Dst[r*a.DstStride+q:][:n]
			var u [width]float32
			if a.Accumulate {
				copy(u[:], dst)
			}
			addTaps(&u, a.Src[r*a.RowStride+c[0]:], a.TapStride, c[1]-c[0], c[2]-c[0], c[3]-c[0], panel)
			copy(dst, u[:])
		}
	}
}

// addTaps adds a panel's taps to four chains. The inputs of tap j stand at
// x[j*stride] and d1, d2 and d3 further on.
func addTaps(u *[width]float32, x []float32, stride, d1, d2, d3 int, panel []float32) {
	u0, u1, u2, u3 := u[0], u[1], u[2], u[3]
	for at := 0; len(panel) >= width; at += stride {
		w, x := panel[:width], x[at:]
		s0 := float64(x[0])*float64(w[0]) + float64(u0)
		s1 := float64(x[d1])*float64(w[1]) + float64(u1)
		s2 := float64(x[d2])*float64(w[2]) + float64(u2)
		s3 := float64(x[d3])*float64(w[3]) + float64(u3)
		if delicate(s0) || delicate(s1) || delicate(s2) || delicate(s3) {
			u0, u1, u2, u3 = FMA(x[0], w[0], u0), FMA(x[d1], w[1], u1), FMA(x[d2], w[2], u2), FMA(x[d3], w[3], u3)
		} else {
			u0, u1, u2, u3 = float32(s0), float32(s1), float32(s2), float32(s3)
		}
		panel = panel[width:]
	}
	*u = [width]float32{u0, u1, u2, u3}
}
