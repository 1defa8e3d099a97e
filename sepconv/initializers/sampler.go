package initializers

import (
	"math"
	"math/rand/v2"

	"github.com/sepconv/go/internal/elementary"
	"github.com/sepconv/go/internal/param"
)

// A sampler draws the random numbers of the initializers. The same seed gives
// the same numbers on every machine and in every version of this package:
//
//   - the bits come from the PCG-DXSM generator of math/rand/v2, whose 128 bits of state are SplitMix64 of the seed and
//     SplitMix64 of that, so that neighbouring seeds share no part of the state;
//   - a uniform number is the top 53 bits of one output, times 2^-53;
//   - a normal number comes from Marsaglia's polar method, its logarithm from [elementary.Log];
//   - all of it is float64 arithmetic of + - * / and the square root, which IEEE 754 rounds in one way only, and every
//     product is converted to float64 before it is added to, which forbids the compiler to fuse the two.
type sampler struct {
	bits  *rand.PCG
	spare float64 // the second number of the last pair
	full  bool    // whether spare is still to be used
}

// newSampler starts the stream of one weight: its initializer's own seed if
// there is one, the layer's otherwise.
func newSampler(own, layer uint64) *sampler {
	seed := layer
	switch own {
	case 0:
	case param.Zero:
		seed = 0
	default:
		seed = own
	}
	high := splitMix64(seed)
	return &sampler{bits: rand.NewPCG(high, splitMix64(high))}
}

// splitMix64 is the output of Steele, Lea and Flood's generator for a state. It
// is a bijection.
func splitMix64(state uint64) uint64 {
	z := state + 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// uniform returns a number in [0, 1).
func (s *sampler) uniform() float64 {
	return float64(s.bits.Uint64()>>11) * (1.0 / (1 << 53))
}

// normal returns a number of the standard normal distribution.
func (s *sampler) normal() float64 {
	if s.full {
		s.full = false
		return s.spare
	}
	for {
		x := float64(2*s.uniform()) - 1
		y := float64(2*s.uniform()) - 1
		q := float64(x*x) + float64(y*y)
		if q >= 1 || q == 0 {
			continue
		}
		scale := math.Sqrt(float64(-2*elementary.Log(q)) / q)
		s.spare, s.full = float64(y*scale), true
		return float64(x * scale)
	}
}

// truncatedNormal returns a number of the standard normal distribution that
// lies within two standard deviations.
func (s *sampler) truncatedNormal() float64 {
	for {
		if z := s.normal(); math.Abs(z) < 2 {
			return z
		}
	}
}
