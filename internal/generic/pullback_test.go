package generic

import (
	"math"
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/truth"
	"github.com/stretchr/testify/require"
)

// slopeSlack is what the slopes of functions may err: so many ulp, and, where terms of
// either sign meet, so many times 2^-24.
func slopeSlack(f kernel.Func) (ulp, absolute float64) {
	switch f {
	case kernel.SiLU, kernel.GELU, kernel.GELUTanh, kernel.Mish:
		return 0, 5
	case kernel.HardSiLU:
		return 0, 2
	case kernel.Exponential, kernel.ELU, kernel.SELU:
		return 3, 0
	case kernel.CELU:
		return 110, 0 // of the rounding of x/alpha, up to -x/alpha half of them
	}
	return 5, 0
}

// TestSlopeAccuracy holds the slopes to the true derivatives.
func TestSlopeAccuracy(t *testing.T) {
	for _, j := range judgedActivations() {
		t.Run(j.name, func(t *testing.T) {
			ulp, absolute := slopeSlack(j.act.Func)
			slope := truth.Derivative(j.act)
			pullback := pullbacks()[j.act.Func]
			dy := make([]float32, 1<<12)
			for i := range dy {
				dy[i] = 1
			}
			var z [1 << 12]float32
			var found, far worst // beyond what is absolute, and altogether
			arguments(func(block []float32) {
				z := z[:copy(z[:], block)]
				pullback(z, dy[:len(z)], &j.act)
				for i, x := range block {
					want := slope(float64(x))
					if want > math.MaxFloat32 {
						continue
					}
					err := math.Abs(float64(z[i]) - want)
					far.add(x, err*0x1p24)
					err -= absolute * 0x1p-24
					found.add(x, max(err, 0)/truth.ULP(want))
				}
			})
			if testing.Verbose() {
				t.Logf("%-16s %.2f ulp at %v, %.2f * 2^-24 at %v", j.name, found.err, found.at, far.err, far.at)
			}
			found.require(t, "ulp of the slope", max(ulp, 0.01))
			for _, x := range []float32{nan, inf, -inf, 0, minus0} {
				z := []float32{x}
				pullback(z, dy, &j.act)
				want := slope(float64(x))
				like := sameBits(z[0], float32(want)) || math.Abs(float64(z[0])-want) <= 1e-6
				require.True(t, like, "at %v: %v, not %v", x, z[0], want)
			}
		})
	}
}
