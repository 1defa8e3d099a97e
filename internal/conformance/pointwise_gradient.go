package conformance

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
)

// productDimensions is what blocks of the pointwise kernel's gradient are made of.
type productDimensions struct{ rows, columns, filters, gaps, ahead []int }

func newProductDimensions(t kernel.Tile) productDimensions {
	return productDimensions{
		rows:    upTo(9, 15, 16, 17, 64, 255, 256),
		columns: upTo(2*t.Rows+2, 3*t.Rows-1, 3*t.Rows, 3*t.Rows+1, 64), // beyond two tiles
		filters: upTo(2*t.Filters+1, 3*t.Filters, 4*t.Filters+3),        // and beyond two panels
		gaps:    []int{0, 1, 5},
		ahead:   []int{0, 1, 100, 1 << 14},
	}
}

// PointwiseGradient tests the kernel of that name.
func PointwiseGradient(t *testing.T, s *kernel.Set) {
	sample(t, s, 3, newProductSampler)
	if s.Name != oracle.Name {
		productEdges(t, s)
	}
}

// productEdges tests every number of filters with every number of columns, with and
// without a bias, with nothing between rows: kernels for fewer filters than whole vectors
// have code for each number of columns.
func productEdges(t *testing.T, s *kernel.Set) {
	rng := rand.New(rand.NewPCG(*seed, 2))
	p := newProductSampler(t, s, rng)
	of := newProductDimensions(s.Tile)
	for columns := range of.columns {
		for filters := range of.filters {
			for bias := range 2 {
				p.run([]int{rng.IntN(len(of.rows)), columns, filters, 0, 0, 0, bias, rng.IntN(len(of.ahead)), rng.IntN(len(kinds))})
			}
		}
	}
}

func newProductSampler(t testing.TB, s *kernel.Set, rng *rand.Rand) sampler {
	of := newProductDimensions(s.Tile)
	c := productCase{
		TB: t, set: s, rng: rng, dst: guard.NewBuffer(t, "Dst", 1<<14), u: guard.NewBuffer(t, "U", 1<<15),
		g: guard.NewBuffer(t, "G", 1<<16), bias: guard.NewBuffer(t, "Bias", 1<<9), ahead: guard.NewBuffer(t, "Ahead", 1<<14),
	}
	return sampler{
		sizes: []int{
			len(of.rows), len(of.columns), len(of.filters), len(of.gaps), len(of.gaps), len(of.gaps), 2, len(of.ahead), len(kinds),
		},
		on: func(t testing.TB) { c.TB = t },
		run: func(pick []int) {
			d := &c.block
			d.Rows, d.Columns, d.Filters = of.rows[pick[0]], of.columns[pick[1]], of.filters[pick[2]]
			d.DstStride, d.UStride, d.GStride = d.Filters+of.gaps[pick[3]], d.Columns+of.gaps[pick[4]], d.Filters+of.gaps[pick[5]]
			d.Ahead = c.ahead.Floats(of.ahead[pick[7]], guard.End)
			c.run(kinds[pick[8]], pick[6] == 1)
		},
	}
}

// productCase is a block, and the memory of one after the other.
type productCase struct {
	testing.TB
	set                   *kernel.Set
	rng                   *rand.Rand
	dst, u, g, bias       *guard.Buffer
	ahead                 *guard.Buffer // may be asked for, but not read
	block                 kernel.PointwiseGradient
	atDst, atU, atG, atDB guard.Place
}

// run compares what set and oracle make of the block, and of what lies between its rows.
func (c *productCase) run(v *values, bias bool) {
	c.Helper()
	want := c.block
	c.atDst, c.atU, c.atG, c.atDB = guard.Somewhere(c.rng), guard.Somewhere(c.rng), guard.Somewhere(c.rng), guard.Somewhere(c.rng)
	want.Dst = v.some(c.rng, (want.Columns-1)*want.DstStride+want.Filters)
	want.U = v.some(c.rng, (want.Rows-1)*want.UStride+want.Columns)
	want.G = v.some(c.rng, (want.Rows-1)*want.GStride+want.Filters)
	got := want
	got.Dst = c.dst.Floats(len(want.Dst), c.atDst)
	copy(got.Dst, want.Dst)
	if bias {
		want.Bias = v.some(c.rng, want.Filters)
		got.Bias = c.bias.Floats(want.Filters, c.atDB)
		copy(got.Bias, want.Bias)
	}
	got.U, got.G = c.u.ReadOnly(want.U, c.atU), c.g.ReadOnly(want.G, c.atG)
	oracle.PointwiseGradient(&want)
	given := got
	describe := func() string { return c.describe(v, given) }
	guard.Check(c, describe, func() { c.set.PointwiseGradient(&got) })
	if name := changed(given, got); name != "" {
		c.Fatalf("%s: argument %s was changed", describe(), name)
	}
	if i := differ(want.Dst, got.Dst); i >= 0 {
		c.Fatalf("%s: column %d, filter %d of Dst is %s, generic's is %s", describe(), i/want.DstStride, i%want.DstStride, show(got.Dst[i]), show(want.Dst[i]))
	}
	if i := differ(want.Bias, got.Bias); i >= 0 {
		c.Fatalf("%s: filter %d of Bias is %s, generic's is %s", describe(), i, show(got.Bias[i]), show(want.Bias[i]))
	}
	for _, b := range []*guard.Buffer{c.dst, c.bias, c.ahead} {
		if stray := b.Stray(); stray != "" {
			c.Fatalf("%s: %s", describe(), stray)
		}
	}
}

func (c *productCase) describe(v *values, d kernel.PointwiseGradient) string {
	return fmt.Sprintf("%s, pointwise gradient: rows %d, columns %d, filters %d, strides: dst %d, u %d, g %d; bias %t, %d floats ahead, %s values, Dst at %v, U at %v, G at %v, Bias at %v",
		c.set.Name, d.Rows, d.Columns, d.Filters, d.DstStride, d.UStride, d.GStride, d.Bias != nil, len(d.Ahead), v.name, c.atDst, c.atU, c.atG, c.atDB)
}
