package fuzz

import (
	"math"
	"math/rand/v2"
)

// source reads decisions from the fuzzer's bytes; when they are used up, all are 0.
// What takes many values, weights and signals, comes from a generator that the
// bytes seed, so that the fuzzer's changes are to decisions.
type source struct {
	bytes []byte
}

func (s *source) byte() byte {
	if len(s.bytes) == 0 {
		return 0
	}
	b := s.bytes[0]
	s.bytes = s.bytes[1:]
	return b
}

// below returns a number from 0 to n-1.
func (s *source) below(n int) int {
	if n > 256 {
		return (int(s.byte())<<8 | int(s.byte())) % n
	}
	return int(s.byte()) % n
}

// size returns a number from 1 to most. Half of the time it is one at which
// kernels change their ways: next to a power of two, or to a multiple of what they
// compute at once.
func (s *source) size(most int) int {
	b := int(s.byte())
	n := b >> 1
	if b&1 != 0 {
		n = edges[n%len(edges)] + n/len(edges)%3 - 1
	} else if most > 128 {
		n = n<<8 | int(s.byte())
	}
	return 1 + (n+most-1)%most
}

// edges are sizes of vectors, tiles, windows and panels, and of the blocks that
// drivers make of them.
var edges = []int{4, 5, 6, 8, 12, 14, 16, 24, 28, 32, 48, 64, 96, 128}

// one returns one of the values.
func one[T any](s *source, values ...T) T { return values[s.below(len(values))] }

// floats returns n values of a kind that the bytes choose.
func (s *source) floats(n int) []float32 {
	value := one(s, moderate, moderate, special, tiny, huge, anyBits)
	rng := rand.New(rand.NewPCG(uint64(s.byte()), 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = value(rng)
	}
	return x
}

// moderate returns a number between -2 and 2. Only exact operations make it, so
// that it is the same on every CPU.
func moderate(rng *rand.Rand) float32 { return float32(rng.IntN(1<<24)-1<<23) / (1 << 22) }

// special is now and then a value that arithmetic treats differently.
func special(rng *rand.Rand) float32 {
	if rng.IntN(4) > 0 {
		return moderate(rng)
	}
	return specials[rng.IntN(len(specials))]
}

var specials = []float32{
	0, float32(math.Copysign(0, -1)), 1, -1,
	float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN()),
	math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32, 0x1p-126, -0x1.fffffcp-127,
}

// tiny makes products and sums that are subnormal.
func tiny(rng *rand.Rand) float32 { return float32(math.Ldexp(rng.Float64()-0.5, -60-rng.IntN(90))) }

// huge makes products and sums that overflow.
func huge(rng *rand.Rand) float32 { return float32(math.Ldexp(rng.Float64()-0.5, 40+rng.IntN(80))) }

func anyBits(rng *rand.Rand) float32 { return math.Float32frombits(rng.Uint32()) }

// seedBytes returns the bytes of an input to begin with.
func seedBytes(i int) []byte {
	rng := rand.New(rand.NewPCG(uint64(i), 2))
	b := make([]byte, 24)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}
