package initializers

import (
	"math"
	"math/rand/v2"

	"github.com/sepconv/go/internal/param"
)

// A sampler draws the random numbers of the initializers. The same seed gives
// the same numbers on every machine and in every version of this package:
//
//   - the bits come from the PCG-DXSM generator of math/rand/v2, whose 128 bits of state are SplitMix64 of the seed and
//     SplitMix64 of that, so that neighbouring seeds share no part of the state;
//   - a uniform number is the top 53 bits of one output, times 2^-53;
//   - a normal number comes from Marsaglia's polar method, its logarithm from [logOf];
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
		scale := math.Sqrt(float64(-2*logOf(q)) / q)
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

// logOf returns the natural logarithm of x, which is normal and positive, to
// within 2 ulp. math.Log is no use here: it is assembly on some CPUs and fused
// on others. With x = m * 2^e and m in [sqrt(1/2), sqrt(2)),
//
//	log x = e*log 2 + 2*atanh(r),  r = (m-1)/(m+1),  atanh(r) = r + r^3/3 + r^5/5 + ...
func logOf(x float64) float64 {
	m, e := math.Frexp(x)
	if m < math.Sqrt2/2 {
		m *= 2
		e--
	}
	r := (m - 1) / (m + 1)
	r2 := float64(r * r)
	series := 0.0
	for _, c := range atanhTerms {
		series = float64(series*r2) + c
	}
	atanh := r + float64(r*float64(series*r2))
	// log 2 in two parts: the first has 32 bits, so that its product with e is exact.
	const high, low = 0x1.62e42feep-1, 0x1.a39ef35793c76p-33
	return float64(float64(e)*high) + (float64(2*atanh) + float64(float64(e)*low))
}

// atanhTerms are the coefficients of r^23, r^21, ..., r^3. The first one left
// out is below 2^-66 where |r| <= 0.172.
var atanhTerms = [...]float64{1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3}

// cosTurn returns cos(2*pi*n/d), and sinTurn sin(2*pi*n/d). The angle is a
// fraction of a turn, so that it is reduced exactly; d is positive.
func cosTurn(n, d int64) float64 {
	n %= d
	if n < 0 {
		n = -n // cos is even
	}
	if n > d-n {
		n = d - n
	}
	// Now 0 <= n/d <= 1/2.
	if n > d/4 && 4*n > d {
		return -cosQuarter(d-2*n, 2*d)
	}
	return cosQuarter(n, d)
}

func sinTurn(n, d int64) float64 { return cosTurn(4*(n%d)-d, 4*d) }

// cosQuarter is cosTurn for 0 <= n/d <= 1/4.
func cosQuarter(n, d int64) float64 {
	if 8*n <= d {
		return cosSmall(float64(float64(2*math.Pi)*float64(n)) / float64(d))
	}
	return sinSmall(float64(float64(math.Pi/2)*float64(d-4*n)) / float64(d))
}

// cosSmall and sinSmall are Taylor's series, for 0 <= x <= pi/4.
func cosSmall(x float64) float64 {
	x2 := float64(x * x)
	sum := 1.0
	for k := 18; k > 0; k -= 2 {
		sum = 1 - float64(sum*x2)/float64(k*(k-1))
	}
	return sum
}

func sinSmall(x float64) float64 {
	x2 := float64(x * x)
	sum := 1.0
	for k := 18; k > 0; k -= 2 {
		sum = 1 - float64(sum*x2)/float64(k*(k+1))
	}
	return float64(x * sum)
}
