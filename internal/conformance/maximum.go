package conformance

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
)

// Maximum tests the kernel of that name.
func Maximum(t *testing.T, s *kernel.Set) { sample(t, s, 2, newMaximumSampler) }

func newMaximumSampler(t testing.TB, s *kernel.Set, rng *rand.Rand) sampler {
	windows, rows, columns := []int{1, 2, 3, 9}, []int{1, 2, 3, 5, 40}, upTo(35, 63, 64, 70)
	strides := []int{0, 1, 2, 5} // in rows
	c := maximumCase{TB: t, set: s, rng: rng, dst: guard.NewBuffer(t, "dst", 1<<10), src: guard.NewBuffer(t, "src", 1<<13)}
	return sampler{
		sizes: []int{len(windows), len(rows), len(columns), len(strides), len(kinds)},
		on:    func(t testing.TB) { c.TB = t },
		run: func(pick []int) {
			c.windows, c.rows, c.columns, c.stride = windows[pick[0]], rows[pick[1]], columns[pick[2]], strides[pick[3]]
			c.run(kinds[pick[4]])
		},
	}
}

// maximumCase is windows of an array, and the memory of one after the other.
type maximumCase struct {
	testing.TB
	set      *kernel.Set
	rng      *rand.Rand
	dst, src *guard.Buffer

	windows, rows, columns, stride int
}

// run compares what set and oracle make of the windows.
func (c *maximumCase) run(v *values) {
	c.Helper()
	stride := c.stride * c.columns
	atDst, atSrc := guard.Somewhere(c.rng), guard.Somewhere(c.rng)
	describe := func() string {
		return fmt.Sprintf("%s, maximum: windows %d, rows %d, columns %d, stride %d; %s values, dst at %v, src at %v",
			c.set.Name, c.windows, c.rows, c.columns, stride, v.name, atDst, atSrc)
	}
	x := v.some(c.rng, (c.windows-1)*stride+c.rows*c.columns)
	src := c.src.ReadOnly(x, atSrc)
	dst := c.dst.Floats(c.windows*c.columns, atDst)
	want := append([]float32(nil), dst...)
	oracle.Maximum(want, x, c.windows, c.rows, c.columns, stride)
	guard.Check(c, describe, func() { c.set.Maximum(dst, src, c.windows, c.rows, c.columns, stride) })
	if i := differ(want, dst); i >= 0 {
		c.Fatalf("%s: window %d, column %d of dst is %s, generic's is %s", describe(), i/c.columns, i%c.columns, show(dst[i]), show(want[i]))
	}
	if stray := c.dst.Stray(); stray != "" {
		c.Fatalf("%s: %s", describe(), stray)
	}
}
