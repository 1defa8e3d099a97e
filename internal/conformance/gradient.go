package conformance

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
)

// gradientDimensions is what blocks of the depthwise kernel's gradient are made of.
type gradientDimensions struct {
	columns, rows, taps, rowSteps, tapSteps, gaps []int
	before, after                                 []int // positions that the block would need and Src lacks
}

func newGradientDimensions() gradientDimensions {
	return gradientDimensions{
		columns: upTo(35, 63, 64, 65, 130), rows: []int{1, 2, 3, 4, 7, 20, 64, 256}, taps: upTo(14, 24, 25, 29, 75),
		rowSteps: []int{1, 2, 3}, tapSteps: []int{1, 2, 3, 7}, gaps: []int{0, 1, 16},
		before: []int{0, 1, 2, 5, 30, 100}, after: []int{0, 1, 2, 5, 30, 100},
	}
}

// DepthwiseGradient tests the kernel of that name, if there is one.
func DepthwiseGradient(t *testing.T, s *kernel.Set) { sample(t, s, 2, newGradientSampler) }

func newGradientSampler(t testing.TB, s *kernel.Set, rng *rand.Rand) sampler {
	if s.DepthwiseGradient == nil {
		t.Skip("Depthwise does that")
	}
	of := newGradientDimensions()
	c := gradientCase{
		TB: t, set: s, rng: rng, dst: guard.NewBuffer(t, "Dst", 1<<14),
		src: guard.NewBuffer(t, "Src", 1<<18), du: guard.NewBuffer(t, "DU", 1<<16),
	}
	c.block.Scratch = make([]int, s.Tile.Ranges)
	return sampler{
		sizes: []int{
			len(of.columns), len(of.rows), len(of.taps), len(of.rowSteps), len(of.tapSteps),
			len(of.gaps), len(of.gaps), len(of.gaps), len(of.before), len(of.after), len(kinds),
		},
		on: func(t testing.TB) { c.TB = t },
		run: func(pick []int) {
			d := &c.block
			d.Columns, d.Rows, d.NumTaps = of.columns[pick[0]], of.rows[pick[1]], of.taps[pick[2]]
			d.RowStep, d.TapStep = of.rowSteps[pick[3]], of.tapSteps[pick[4]]
			d.DstStride, d.SrcStride, d.DUStride = d.Columns+of.gaps[pick[5]], d.Columns+of.gaps[pick[6]], d.Columns+of.gaps[pick[7]]
			d.First = -of.before[pick[8]]
			d.Positions = max((d.Rows-1)*d.RowStep+(d.NumTaps-1)*d.TapStep+1+d.First-of.after[pick[9]], 1)
			c.run(kinds[pick[10]])
		},
	}
}

// gradientCase is a block, and the memory of one after the other.
type gradientCase struct {
	testing.TB
	set          *kernel.Set
	rng          *rand.Rand
	dst, src, du *guard.Buffer
	block        kernel.DepthwiseGradient
}

// run compares what set and oracle make of the block, and of what lies between its rows.
func (c *gradientCase) run(v *values) {
	c.Helper()
	want := c.block
	atDst, atSrc, atDU := guard.Somewhere(c.rng), guard.Somewhere(c.rng), guard.Somewhere(c.rng)
	describe := func() string {
		d := want
		d.Dst, d.Src, d.DU, d.Scratch = nil, nil, nil, nil
		return fmt.Sprintf("%s: %+v; %s values, Dst at %v, Src at %v, DU at %v", c.set.Name, d, v.name, atDst, atSrc, atDU)
	}
	want.Dst = v.some(c.rng, (want.NumTaps-1)*want.DstStride+want.Columns)
	want.Src = v.some(c.rng, (want.Positions-1)*want.SrcStride+want.Columns)
	want.DU = v.some(c.rng, (want.Rows-1)*want.DUStride+want.Columns)
	got := want
	got.Dst = c.dst.Floats(len(want.Dst), atDst)
	copy(got.Dst, want.Dst)
	got.Src, got.DU = c.src.ReadOnly(want.Src, atSrc), c.du.ReadOnly(want.DU, atDU)
	oracle.DepthwiseGradient(&want)
	given := got
	guard.Check(c, describe, func() { c.set.DepthwiseGradient(&got) })
	if name := changed(given, got); name != "" {
		c.Fatalf("%s: argument %s was changed", describe(), name)
	}
	if i := differ(want.Dst, got.Dst); i >= 0 {
		c.Fatalf("%s: tap %d, column %d of Dst is %s, generic's is %s", describe(), i/want.DstStride, i%want.DstStride, show(got.Dst[i]), show(want.Dst[i]))
	}
	if stray := c.dst.Stray(); stray != "" {
		c.Fatalf("%s: %s", describe(), stray)
	}
}
