package conformance

import (
	"math"
	"math/rand/v2"
)

// values is a kind of numbers that kernels are tested with.
type values struct {
	name string
	draw func(rng *rand.Rand) float32
	pool []float32
}

var kinds = []*values{
	{name: "normal", draw: normal},
	{name: "ties", draw: short},
	{name: "special", draw: rarelySpecial},
	{name: "tiny", draw: tiny},
	{name: "vanishing", draw: vanishing},
	{name: "bits", draw: anyBits},
	{name: "near ties", draw: nearTies},
	{name: "tiny near ties", draw: tinyNearTies},
}

func normal(rng *rand.Rand) float32 { return float32(rng.NormFloat64()) }

// short has few significand bits: products and sums often lie midway between two
// float32, or cancel to zero.
func short(rng *rand.Rand) float32 {
	x := math.Float32frombits(rng.Uint32()&0x80fff000 | 0x3f000000) // from 1/2 to 2
	if rng.IntN(4) == 0 {
		x *= 0x1p-12
	}
	return x
}

func rarelySpecial(rng *rand.Rand) float32 {
	switch rng.IntN(256) {
	case 0, 1:
		return special[rng.IntN(len(special))]
	case 2, 3, 4, 5:
		return special[rng.IntN(finite)]
	}
	return normal(rng)
}

// special begins with the finite numbers.
var special = []float32{
	0, float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32, -0x1.fffffep-127, 0x1p-126, -1, 0x1p24,
	math.MaxFloat32, -math.MaxFloat32, 0x1p64, -0x1p-75, 1 + 0x1p-23,
	float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
}

const finite = 12

// tiny has products around the smallest normal number, and zeros of both signs.
func tiny(rng *rand.Rand) float32 {
	if rng.IntN(8) == 0 {
		return special[rng.IntN(2)]
	}
	return float32(math.Ldexp(rng.NormFloat64(), -60-rng.IntN(16)))
}

// vanishing has products that round to zero, and so sums that are -0 or +0 as the
// last product was.
func vanishing(rng *rand.Rand) float32 {
	if rng.IntN(2) == 0 {
		return special[rng.IntN(2)]
	}
	return float32(rng.NormFloat64() * 0x1p-90)
}

func anyBits(rng *rand.Rand) float32 { return math.Float32frombits(rng.Uint32()) }

// nearTies makes sums that lie 2^-47 or so beside the middle of two float32, where
// float64, in which package generic adds, puts them right into it. Few products are
// like that: here of 1+2^-23 and 1-2^-23, met by sums of 2^24 and more.
func nearTies(rng *rand.Rand) float32 {
	if rng.IntN(4) == 0 {
		return short(rng) * 0x1p12
	}
	x := []float32{1 + 0x1p-23, 1 - 0x1p-23}[rng.IntN(2)]
	return x * float32(1-2*rng.IntN(2))
}

// tinyNearTies is nearTies for subnormal sums.
func tinyNearTies(rng *rand.Rand) float32 {
	if rng.IntN(4) == 0 {
		return short(rng) * 0x1p-64
	}
	x := []float32{0x1p-75 + 0x1p-98, 0x1p-75 - 0x1p-98}[rng.IntN(2)]
	return x * float32(1-2*rng.IntN(2))
}

// fill puts numbers of the kind into x, from anywhere in a pool drawn in advance.
func (v *values) fill(rng *rand.Rand, x []float32) {
	const size = 1 << 13
	if v.pool == nil {
		draws := rand.New(rand.NewPCG(*seed, size))
		for range size {
			v.pool = append(v.pool, v.draw(draws))
		}
	}
	for len(x) > 0 {
		x = x[copy(x, v.pool[rng.IntN(size):]):]
	}
}

// some returns n numbers of the kind.
func (v *values) some(rng *rand.Rand, n int) []float32 {
	x := make([]float32, n)
	v.fill(rng, x)
	return x
}
