package main

import (
	"math/bits"
	"math/rand/v2"
)

// random draws the same numbers from the same seed on every machine. (The methods of
// rand.Rand may change with Go, those of PCG may not.)
type random struct{ *rand.PCG }

func newRandom(seed uint64) random { return random{rand.NewPCG(seed, 0x73657063)} }

// unit returns a number from 0 to below 1.
func (r random) unit() float64 { return float64(r.Uint64()>>11) * 0x1p-53 }

// between returns a number from low to high.
func (r random) between(low, high float64) float64 { return low + float64((high-low)*r.unit()) }

// below returns an integer from 0 to below n.
func (r random) below(n int) int {
	high, _ := bits.Mul64(r.Uint64(), uint64(n))
	return int(high)
}

// bell returns a number whose distribution is nearly normal, with mean 0 and variance 1:
// the sum of four numbers of 16 bits.
func (r random) bell() float64 {
	u := r.Uint64()
	sum := u&0xffff + u>>16&0xffff + u>>32&0xffff + u>>48
	const deviation = 37837.2 // of the sum: 2^16 * sqrt(4/12)
	return (float64(sum) - 2*0xffff) / deviation
}

// order returns the numbers below n in random order (Fisher and Yates).
func (r random) order(n int) []int {
	order := make([]int, n)
	for i := range order {
		j := r.below(i + 1)
		order[i], order[j] = order[j], i
	}
	return order
}
