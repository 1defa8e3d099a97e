package generic

import "github.com/sepconv/go/internal/kernel"

func depthwiseLines(a *kernel.DepthwiseLines) {
	for q := range a.Columns {
		taps := a.Taps[q*a.TapsStride:][:a.NumTaps]
		line := a.Src[(a.Offset+q)/a.Multiplier*a.LineStride:]
		for t := 0; t < a.Steps; t += width {
			dst := a.Dst[t/width*a.PanelStride:]
			if !a.Sum {
				dst = dst[q*width:]
			}
			dst = dst[:width]
			var u [width]float32
			if a.Accumulate || a.Sum && q > 0 {
				copy(u[:], dst)
			}
			addTapsOfLine(&u, line[t:], a.TapStride, taps)
			copy(dst, u[:])
		}
	}
}

// addTapsOfLine adds a column's taps to the chains of four steps.
func addTapsOfLine(u *[width]float32, line []float32, stride int, taps []float32) {
	u0, u1, u2, u3 := u[0], u[1], u[2], u[3]
	for j, tap := range taps {
		x, w := line[j*stride:][:width], float64(tap)
		s0 := float64(x[0])*w + float64(u0)
		s1 := float64(x[1])*w + float64(u1)
		s2 := float64(x[2])*w + float64(u2)
		s3 := float64(x[3])*w + float64(u3)
		if delicate(s0) || delicate(s1) || delicate(s2) || delicate(s3) {
			u0, u1, u2, u3 = FMA(x[0], tap, u0), FMA(x[1], tap, u1), FMA(x[2], tap, u2), FMA(x[3], tap, u3)
		} else {
			u0, u1, u2, u3 = float32(s0), float32(s1), float32(s2), float32(s3)
		}
	}
	*u = [width]float32{u0, u1, u2, u3}
}
