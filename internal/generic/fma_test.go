package generic

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/asmtest"
	"github.com/stretchr/testify/require"
)

// fmaOperands returns triples that reach every rounding: any bit pattern, sums
// near a tie, results around the smallest normal and the largest finite number.
func fmaOperands(rng *rand.Rand) (x, y, z float32) {
	bits := func() float32 { return math.Float32frombits(rng.Uint32()) }
	exp := func(lo, hi int) float32 {
		m := math.Float32frombits(rng.Uint32()&0x807fffff | 0x3f800000)
		return float32(math.Ldexp(float64(m), lo+rng.IntN(hi-lo+1)))
	}
	switch rng.IntN(8) {
	case 0:
		return bits(), bits(), bits()
	case 1: // short significands: exact ties are frequent
		short := func() float32 { return math.Float32frombits(math.Float32bits(exp(-3, 3)) &^ (1<<12 - 1)) }
		return short(), short(), exp(-30, 30)
	case 2: // results and addends around 2^-126 and below
		return exp(-80, -50), exp(-80, -50), exp(-150, -120)
	case 3: // a product far below a tie's worth of z
		z = exp(-20, 20)
		return exp(-60, -20), exp(-20, 0), z
	case 4: // around overflow
		return exp(60, 64), exp(60, 64), exp(120, 127)
	case 5: // beside a tie by so little that float64 does not see it
		return nearTie(rng, 1), nearTie(rng, 1), exp(23, 25)
	case 6: // also where the result is subnormal
		return nearTie(rng, 0x1p-75), nearTie(rng, 0x1p-75), exp(-135, -124)
	default: // cancellation
		x, y = exp(-10, 10), exp(-10, 10)
		return x, y, -(x * y)
	}
}

// nearTie returns one of the few float32 whose products are a power of two but for
// 46 bits further down. Random operands do not come that near to a tie.
func nearTie(rng *rand.Rand, scale float32) float32 {
	x := []float32{1 + 0x1p-23, 1 - 0x1p-23}[rng.IntN(2)] * scale
	return x * float32(1-2*rng.IntN(2))
}

var fmaSpecial = []float32{
	0, float32(math.Copysign(0, -1)), 1, -1, math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32,
	0x1p-126, -0x1p-126, 0x1p-127, 0x1.fffffep-127, 1 + 0x1p-23, 1 - 0x1p-24, 0x1p24, 0x1p24 + 2,
	math.MaxFloat32, -math.MaxFloat32, 0x1p-75, 0x1p-76, 0x1.8p-75,
	float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
}

func TestFMAMatchesHardware(t *testing.T) {
	const block = 1 << 14
	x, y, z := make([]float32, block), make([]float32, block), make([]float32, block)
	want := make([]float32, block)
	if !asmtest.FMA(want[:1], x[:1], y[:1], z[:1]) {
		t.Skip("no float32 fma instruction here; TestFMAMatchesExactArithmetic stands for it")
	}
	blocks := 12_000_000/block + 1
	if testing.Short() {
		blocks /= 10
	}
	check := func(n int) {
		asmtest.FMA(want[:n], x[:n], y[:n], z[:n])
		for i, w := range want[:n] {
			if got := FMA(x[i], y[i], z[i]); !sameBits(got, w) {
				t.Fatalf("FMA(%x, %x, %x) = %x, the processor says %x", x[i], y[i], z[i], got, w)
			}
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range blocks {
		for i := range x {
			x[i], y[i], z[i] = fmaOperands(rng)
		}
		check(block)
	}
	for _, a := range fmaSpecial {
		for _, b := range fmaSpecial {
			for _, c := range fmaSpecial {
				x[0], y[0], z[0] = a, b, c
				check(1)
			}
		}
	}
}

// The exact sum by math/big, rounded once by it: the judge on every machine.
func TestFMAMatchesExactArithmetic(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		x, y, z := fmaOperands(rng)
		if isSpecial(x) || isSpecial(y) || isSpecial(z) {
			continue
		}
		exact := new(big.Float).SetPrec(0).SetMode(big.ToNearestEven)
		exact.SetPrec(700).Mul(big.NewFloat(float64(x)), big.NewFloat(float64(y)))
		exact.Add(exact, big.NewFloat(float64(z)))
		want, _ := exact.Float32()
		got := FMA(x, y, z)
		if want == 0 { // big.Float keeps no IEEE sign for an exact zero
			require.Zero(t, got)
			continue
		}
		require.Equal(t, math.Float32bits(want), math.Float32bits(got), "FMA(%x, %x, %x)", x, y, z)
	}
}

func isSpecial(x float32) bool {
	return math.IsNaN(float64(x)) || math.IsInf(float64(x), 0)
}

// sameBits is == on bits, but any NaN equals any other.
func sameBits(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}
