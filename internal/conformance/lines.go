package conformance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
)

// linesDimensions is what depthwise blocks of lines are made of.
type linesDimensions struct {
	panels, columns, taps, lineGaps, tapsGaps, panelGaps, ahead []int
	tapStrides                                                  []int
	filters                                                     []filters
}

func newLinesDimensions() linesDimensions {
	return linesDimensions{
		panels:     upTo(9),
		columns:    upTo(19, 33),
		taps:       []int{1, 2, 3, 4, 5, 9, 16, 17, 31, 87, 600}, // the last is cut in calls
		tapStrides: []int{0, 1, 2, 3, 16, 17, 64, 100},
		filters:    everyOffset(1, 2, 3, 5),
		lineGaps:   []int{0, 1, 7, 16}, // floats between lines beyond what one has
		tapsGaps:   []int{0, 1, 5},     // floats between columns' taps
		panelGaps:  []int{0, 1, 3},     // columns of the panels that are not the block's
		ahead:      []int{0, 16, 1 << 20},
	}
}

func (d *linesDimensions) sizes() []int {
	return []int{
		len(d.panels), len(d.columns), len(d.taps), len(d.tapStrides), len(d.filters),
		len(d.lineGaps), len(d.tapsGaps), len(d.panelGaps), len(d.ahead), 2, 2, len(kinds),
	}
}

// DepthwiseLines tests the kernel of that name, if there is one.
func DepthwiseLines(t *testing.T, s *kernel.Set) {
	sample(t, s, 3, newLinesSampler)
}

func newLinesSampler(t testing.TB, s *kernel.Set, rng *rand.Rand) sampler {
	if s.DepthwiseLines == nil {
		t.Skip("it has its input transposed")
	}
	c := newLinesCase(t, s, rng)
	return samplerOf(c.dimensions.sizes(), &c.TB, c.shape, c.run)
}

// linesCase is a block, and the memory of one after the other.
type linesCase struct {
	testing.TB
	set            *kernel.Set
	rng            *rand.Rand
	dimensions     linesDimensions
	dst, src, taps *guard.Buffer

	kernel.DepthwiseLines                       // as the set gets it
	want                  kernel.DepthwiseLines // as the oracle gets it
	panelColumns          int                   // of a whole panel of Dst
	values                *values
	places                [3]guard.Place
}

func newLinesCase(t testing.TB, s *kernel.Set, rng *rand.Rand) *linesCase {
	return &linesCase{
		TB: t, set: s, rng: rng, dimensions: newLinesDimensions(),
		dst: guard.NewBuffer(t, "Dst", 1<<15), src: guard.NewBuffer(t, "Src", 1<<22), taps: guard.NewBuffer(t, "Taps", 1<<16),
	}
}

// shape makes the block that was picked.
func (c *linesCase) shape(pick []int) {
	of := &c.dimensions
	d := kernel.DepthwiseLines{
		Steps: of.panels[pick[0]] * c.set.Tile.Filters, Columns: of.columns[pick[1]], NumTaps: of.taps[pick[2]],
		TapStride:  of.tapStrides[pick[3]],
		Multiplier: of.filters[pick[4]].multiplier, Offset: of.filters[pick[4]].offset,
		Ahead: of.ahead[pick[8]], Accumulate: pick[9] == 1, Sum: pick[10] == 1,
	}
	if d.Sum {
		d.Multiplier, d.Offset = 1, 0
	}
	c.values = kinds[pick[11]]
	reach := d.Steps + (d.NumTaps-1)*d.TapStride
	d.LineStride = reach + of.lineGaps[pick[5]]
	d.TapsStride = d.NumTaps + of.tapsGaps[pick[6]]
	c.DepthwiseLines, c.want = d, d
	c.panelColumns = c.outputs() + of.panelGaps[pick[7]]

	for i := range c.places {
		c.places[i] = guard.Somewhere(c.rng)
	}
	lines := (d.Offset+d.Columns-1)/d.Multiplier + 1
	c.want.Src = c.values.some(c.rng, (lines-1)*d.LineStride+reach)
	c.Src = c.src.ReadOnly(c.want.Src, c.places[1])
	c.want.Taps = c.values.some(c.rng, (d.Columns-1)*d.TapsStride+d.NumTaps)
	c.Taps = c.taps.ReadOnly(c.want.Taps, c.places[2])
	c.destination()
}

// outputs is how many columns of Dst are the block's.
func (c *linesCase) outputs() int {
	if c.Sum {
		return 1
	}
	return c.Columns
}

// destination makes Dst as long as the block needs. The panels of the oracle have
// another width.
func (c *linesCase) destination() {
	floats := func(d *kernel.DepthwiseLines, width int) int {
		d.PanelStride = c.panelColumns * width
		return (d.Steps/width-1)*d.PanelStride + c.outputs()*width
	}
	c.Dst = c.dst.Floats(floats(&c.DepthwiseLines, c.set.Tile.Filters), c.places[0])
	c.want.Dst = make([]float32, floats(&c.want, oracle.Tile.Filters))
	if !c.Accumulate {
		return
	}
	for q := range c.outputs() {
		for t, x := range c.values.some(c.rng, c.Steps) {
			*element(&c.DepthwiseLines, c.set, q, t) = x
			*element(&c.want, &oracle, q, t) = x
		}
	}
}

// element returns where a block's output is.
func element(d *kernel.DepthwiseLines, s *kernel.Set, q, t int) *float32 {
	width := s.Tile.Filters
	return &d.Dst[t/width*d.PanelStride+q*width+t%width]
}

// run compares what set and oracle make of the block.
func (c *linesCase) run() {
	c.Helper()
	oracle.DepthwiseLines(&c.want)
	given := c.DepthwiseLines
	guard.Check(c, c.describe, func() { c.set.DepthwiseLines(&c.DepthwiseLines) })
	if name := changed(given, c.DepthwiseLines); name != "" {
		c.Fatalf("%s: argument %s was changed", c.describe(), name)
	}
	for q := range c.outputs() {
		for t := range c.Steps {
			want, got := *element(&c.want, &oracle, q, t), *element(&c.DepthwiseLines, c.set, q, t)
			if !same(want, got) {
				c.Fatalf("%s: column %d, step %d is %s, generic's is %s", c.describe(), q, t, show(got), show(want))
			}
		}
	}
	c.onlyTheBlock()
	if stray := c.dst.Stray(); stray != "" {
		c.Fatalf("%s: %s", c.describe(), stray)
	}
}

// onlyTheBlock checks that the columns of panels that are not the block's were
// left alone.
func (c *linesCase) onlyTheBlock() {
	c.Helper()
	width := c.set.Tile.Filters
	for at := 0; at+c.PanelStride <= len(c.Dst); at += c.PanelStride {
		for i, x := range c.Dst[at:][c.outputs()*width : c.PanelStride] {
			if math.Float32bits(x) != guard.Canary {
				c.Fatalf("%s: float %d of the panel at %d, outside the block, was written", c.describe(), c.outputs()*width+i, at)
			}
		}
	}
}

func (c *linesCase) describe() string {
	return fmt.Sprintf("%s, depthwise lines: steps %d, columns %d, taps %d, multiplier %d, offset %d, strides: panel %d, line %d, tap %d, taps %d; accumulate %t, sum %t, ahead %d, %s values, dst at %v, src at %v, taps at %v",
		c.set.Name, c.Steps, c.Columns, c.NumTaps, c.Multiplier, c.Offset, c.PanelStride, c.LineStride, c.TapStride, c.TapsStride,
		c.Accumulate, c.Sum, c.Ahead, c.values.name, c.places[0], c.places[1], c.places[2])
}
