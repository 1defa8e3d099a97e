package generic

import (
	"math"

	"github.com/sepconv/go/internal/kernel"
)

func keepSigns(signs []uint32, y []float32) {
	for i := range signs {
		signs[i] = 0
		for l, x := range y[i*kernel.SignLanes:][:kernel.SignLanes] {
			if x > 0 {
				signs[i] |= 1 << l
			}
			if x != x {
				signs[i] |= 1 << (kernel.SignLanes + l)
			}
		}
	}
}

// signsPullback is reluPullback by the signs of z.
func signsPullback(g, dy []float32, signs []uint32) {
	for i, word := range signs {
		g, dy := g[i*kernel.SignLanes:][:kernel.SignLanes], dy[i*kernel.SignLanes:][:kernel.SignLanes]
		for l := range g {
			s := float32(word >> l & 1)
			if word>>(kernel.SignLanes+l)&1 != 0 {
				s = float32(math.NaN())
			}
			g[l] = dy[l] * s
		}
	}
}
