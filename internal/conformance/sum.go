package conformance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
)

// Sum tests the kernel of that name.
func Sum(t *testing.T, s *kernel.Set) { sample(t, s, 2, newSumSampler) }

func newSumSampler(t testing.TB, s *kernel.Set, rng *rand.Rand) sampler {
	rows, columns, gaps := []int{1, 2, 3, 7, 40}, upTo(35, 63, 64, 70), []int{0, 1, 5, 16}
	c := sumCase{TB: t, set: s, rng: rng, src: guard.NewBuffer(t, "src", 1<<13)}
	return sampler{
		sizes: []int{len(rows), len(columns), len(gaps), len(kinds)},
		on:    func(t testing.TB) { c.TB = t },
		run: func(pick []int) {
			c.rows, c.columns, c.gap = rows[pick[0]], columns[pick[1]], gaps[pick[2]]
			c.run(kinds[pick[3]])
		},
	}
}

// sumCase is rows to be summed, and their memory.
type sumCase struct {
	testing.TB
	set *kernel.Set
	rng *rand.Rand
	src *guard.Buffer

	rows, columns, gap int
}

// run compares what set and oracle make of sums that have begun, and of what stands
// before and after them.
func (c *sumCase) run(v *values) {
	c.Helper()
	const around = 3
	stride := c.columns + c.gap
	at := guard.Somewhere(c.rng)
	describe := func() string {
		return fmt.Sprintf("%s, sum: rows %d, columns %d, stride %d; %s values, src at %v", c.set.Name, c.rows, c.columns, stride, v.name, at)
	}
	x := v.some(c.rng, (c.rows-1)*stride+c.columns)
	src := c.src.ReadOnly(x, at)
	got := make([]float64, c.columns+2*around)
	for i, s := range v.some(c.rng, len(got)) {
		got[i] = float64(s) / 3
	}
	want := append([]float64(nil), got...)
	oracle.Sum(want[around:][:c.columns], x, c.rows, stride)
	guard.Check(c, describe, func() { c.set.Sum(got[around:][:c.columns], src, c.rows, stride) })
	for i, w := range want {
		if g := got[i]; math.Float64bits(w) != math.Float64bits(g) && (w == w || g == g) {
			c.Fatalf("%s: sum %d is %v, generic's is %v", describe(), i-around, g, w)
		}
	}
}
