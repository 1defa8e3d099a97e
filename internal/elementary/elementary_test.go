package elementary

import (
	"math"
	"math/big"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLog(t *testing.T) {
	for _, x := range []float64{0x1p-1022, 1e-300, 1e-10, 0.1, 0.25, 0.5, 0.70710678, 0.70710679, 0.999999999, 1, 1.5, 2, 1e9, math.MaxFloat64} {
		assert.InDelta(t, math.Log(x), Log(x), 2*0x1p-52*math.Abs(math.Log(x)), "log %g", x)
	}
	for i := 1; i < 1000; i++ {
		x := float64(i) / 1000
		assert.InDelta(t, math.Log(x), Log(x), 2*0x1p-52*math.Abs(math.Log(x)), "log %g", x)
	}
}

func TestTurns(t *testing.T) {
	for _, d := range []int64{1, 2, 3, 4, 5, 8, 12, 1000, 1 << 30} {
		for _, n := range []int64{0, 1, 2, 3, 7, 499, 500, 1 << 28, -1, -5} {
			sin, cos := math.Sincos(2 * math.Pi * float64(n%d) / float64(d))
			assert.InDelta(t, cos, CosTurn(n, d), 1e-15, "cos of %d/%d of a turn", n, d)
			assert.InDelta(t, sin, SinTurn(n, d), 1e-15, "sin of %d/%d of a turn", n, d)
		}
	}
	assert.Zero(t, CosTurn(1, 4))
	assert.Zero(t, SinTurn(1, 2))
	assert.Equal(t, 1.0, SinTurn(1, 4))
}

func TestExp(t *testing.T) {
	for x := -708.3; x < 709; x += 0.373 { // where math.Exp does not overflow on any CPU
		assert.InDelta(t, 1, ratio(Exp(x), math.Exp(x)), 2*0x1p-52, "exp %g", x)
	}
	assert.Equal(t, 1.0, Exp(0))
	assert.InEpsilon(t, math.Exp(709)*math.Exp(0.75), Exp(709.75), 1e-15)
	assert.Zero(t, Exp(-709))
	assert.Equal(t, math.Inf(1), Exp(710))
	assert.True(t, math.IsNaN(Exp(math.NaN())))
}

func TestPow(t *testing.T) {
	for _, x := range []float64{1e-30, 0.001, 0.5, 0.9, 0.999, 0.9999999, 1, 1.0001, 2, 1e30} {
		for _, y := range []int{0, 1, 2, 3, 10, 1000, 1e6} {
			want := power(x, y)
			if want < 0x1p-1022 { // Exp has no subnormal results
				want = 0
			}
			assert.InDelta(t, 1, ratio(Pow(x, float64(y)), want), 0x1p-40, "%g^%d", x, y)
		}
		assert.InEpsilon(t, math.Sqrt(x), Pow(x, 0.5), 0x1p-44)
	}
	assert.Equal(t, 1.0, Pow(0, 0))
	assert.Zero(t, Pow(0, 2))
}

// power is x^n in 200 bits. That of math.Pow is good to 2^-53*n only.
func power(x float64, n int) float64 {
	result, factor := big.NewFloat(1).SetPrec(200), big.NewFloat(x).SetPrec(200)
	for ; n > 0; n /= 2 {
		if n%2 == 1 {
			result.Mul(result, factor)
		}
		factor.Mul(factor, factor)
	}
	rounded, _ := result.Float64()
	return rounded
}

// ratio is a/b, and 1 of what is equal, such as infinities.
func ratio(a, b float64) float64 {
	if a == b {
		return 1
	}
	return a / b
}
