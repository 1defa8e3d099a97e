package conformance

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
)

// depthwiseDimensions is what depthwise blocks are made of.
type depthwiseDimensions struct {
	rows, columns, taps, padding, otherTaps []int
	filters                                 []filters
	geometries                              []geometry
}

func newDepthwiseDimensions(t kernel.Tile) depthwiseDimensions {
	return depthwiseDimensions{
		// Beyond two windows, and to where rows a dilation apart are computed in phases.
		rows: upTo(2*t.Window+3, 23, 24, 25, 31, 48, 71, 72, 75, 81),
		// Beyond two panels, and beyond what a kernel takes side by side.
		columns: upTo(max(2*t.Channels+5, 29)),
		// To where one call is cut in two.
		taps:       upTo(mostRolling, 31, 87, 1030),
		filters:    everyOffset(1, 2, 3, 4, 5, 8, 16, 32, 48),
		geometries: geometries(),
		padding:    []int{0, 1, 16}, // floats between rows of Dst beyond whole panels
		otherTaps:  []int{0, 1, 3},  // of the panels before and after those of the block
	}
}

func (d *depthwiseDimensions) sizes() []int {
	return []int{
		len(d.rows), len(d.columns), len(d.taps), len(d.filters), len(d.geometries),
		len(d.padding), len(d.otherTaps), 2, len(kinds),
	}
}

// filters is how columns follow from channels.
type filters struct{ multiplier, offset int }

func everyOffset(multipliers ...int) []filters {
	var all []filters
	for _, m := range multipliers {
		for o := range m {
			all = append(all, filters{m, o})
		}
	}
	return all
}

// mostRolling is beyond the taps that any set has a kernel of their own for.
const mostRolling = 22

// Of the geometries the first ones are those where an output's inputs are the inputs of
// the next output's taps: with strides up to one more than any set has kernels for.
const mostSliding = 5

// geometry returns the strides of rows and taps over the given channels.
type geometry func(rows, channels int) (row, tap int)

func geometries() []geometry {
	convolution := func(stride, dilation int) geometry {
		return func(_, channels int) (int, int) { return stride * channels, dilation * channels }
	}
	var all []geometry
	for stride := 1; stride <= mostSliding; stride++ {
		all = append(all, convolution(stride, 1))
	}
	all = append(all,
		// The inputs of each tap listed by themselves, as the engine copies them.
		func(rows, channels int) (int, int) { return channels, rows * channels },
		// What no convolution has, but the contract allows.
		func(_, channels int) (int, int) { return 0, channels },
		func(_, channels int) (int, int) { return channels, 0 },
		func(_, _ int) (int, int) { return 0, 0 },
		func(_, _ int) (int, int) { return 1, 1 },
		func(_, _ int) (int, int) { return 1, 2 },
		func(_, _ int) (int, int) { return 5, 3 },
	)
	for stride := 1; stride <= 4; stride++ {
		for _, dilation := range []int{2, 3, 9} {
			all = append(all, convolution(stride, dilation))
		}
	}
	return all
}

// Depthwise tests the kernel of that name.
func Depthwise(t *testing.T, s *kernel.Set) {
	sample(t, s, 2, newDepthwiseSampler)
	if s.Name != oracle.Name {
		roll(t, s)
	}
}

// roll tests every number of rows with every number of taps and every stride with which
// outputs slide along the same inputs. Kernels that roll down the rows have code for each
// of them.
func roll(t *testing.T, s *kernel.Set) {
	rng := rand.New(rand.NewPCG(*seed, 1))
	c := newDepthwiseCase(t, s, rng)
	for rows := range c.dimensions.rows {
		for taps := range mostRolling {
			for sliding := range mostSliding {
				c.roll(rows, taps, sliding)
			}
		}
	}
}

// roll tests three blocks of as many rows and taps in a geometry.
func (c *depthwiseCase) roll(rows, taps, geometry int) {
	sizes := c.dimensions.sizes()
	for _, filters := range []int{0, 1, 2 + c.rng.IntN(8)} { // one column for each channel, two, or up to four
		pick := make([]int, len(sizes))
		for d, n := range sizes {
			pick[d] = c.rng.IntN(n)
		}
		pick[0], pick[2], pick[3], pick[4], pick[7] = rows, taps, filters, geometry, 0 // no sums to begin with
		c.shape(pick)
		c.run()
	}
}

func newDepthwiseSampler(t testing.TB, s *kernel.Set, rng *rand.Rand) sampler {
	c := newDepthwiseCase(t, s, rng)
	return samplerOf(c.dimensions.sizes(), &c.TB, c.shape, c.run)
}

// depthwiseCase is a block, and the memory of one after the other.
type depthwiseCase struct {
	testing.TB
	set            *kernel.Set
	rng            *rand.Rand
	dimensions     depthwiseDimensions
	dst, src, taps *guard.Buffer
	scratch        *guard.Buffer

	kernel.Depthwise                  // as the set gets it
	want             kernel.Depthwise // as the oracle gets it
	values           *values
	places           [3]guard.Place
}

func newDepthwiseCase(t testing.TB, s *kernel.Set, rng *rand.Rand) *depthwiseCase {
	return &depthwiseCase{
		TB: t, set: s, rng: rng, dimensions: newDepthwiseDimensions(s.Tile),
		dst: guard.NewBuffer(t, "Dst", 1<<13), src: guard.NewBuffer(t, "Src", 1<<22), taps: guard.NewBuffer(t, "Taps", 1<<16),
		scratch: guard.NewBuffer(t, "Scratch", s.Tile.Indices+16),
	}
}

// shape makes the block that was picked.
func (c *depthwiseCase) shape(pick []int) {
	of := &c.dimensions
	d := kernel.Depthwise{
		Rows: of.rows[pick[0]], Columns: of.columns[pick[1]], NumTaps: of.taps[pick[2]],
		Multiplier: of.filters[pick[3]].multiplier, Offset: of.filters[pick[3]].offset,
		Accumulate: pick[7] == 1,
	}
	c.values = kinds[pick[8]]
	channels := (d.Offset+d.Columns-1)/d.Multiplier + 1
	d.RowStride, d.TapStride = of.geometries[pick[4]](d.Rows, channels)
	size := (d.Rows-1)*d.RowStride + (d.NumTaps-1)*d.TapStride + channels
	c.freeStrides(&d)
	d.DstStride = c.wholePanels(d.Columns) + of.padding[pick[5]]

	c.Depthwise, c.want = d, d
	for i := range c.places {
		c.places[i] = guard.Somewhere(c.rng)
	}
	src := c.values.some(c.rng, size)
	c.Src, c.want.Src = c.src.ReadOnly(src, c.places[1]), src
	c.tapsOf(of.otherTaps[pick[6]])
	c.destination()
	c.indices()
}

// indices is the set's own memory, of words, which hold canaries before.
func (c *depthwiseCase) indices() {
	words := c.scratch.Floats(c.set.Tile.Indices, guard.Somewhere(c.rng))
	c.Scratch = unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(words))), len(words))
}

// freeStrides gives the strides that nothing is reached by any value.
func (c *depthwiseCase) freeStrides(d *kernel.Depthwise) {
	const garbage = math.MaxInt >> 8
	free := []int{d.TapStride, 0, garbage, 1}
	if d.Rows == 1 {
		d.RowStride = free[c.rng.IntN(len(free))]
	}
	if d.NumTaps == 1 {
		d.TapStride = free[c.rng.IntN(len(free))]
	}
}

// wholePanels returns how many columns the panels of n columns have.
func (c *depthwiseCase) wholePanels(n int) int {
	return kernel.Panels(n, c.set.Tile.Channels) * c.set.Tile.Channels
}

// tapsOf packs weights with some other taps before and after those of the block.
func (c *depthwiseCase) tapsOf(others int) {
	all := others + c.NumTaps + others/2
	weights := c.values.some(c.rng, all*c.Columns)
	within := func(d *kernel.Depthwise, s *kernel.Set) []float32 {
		width := s.Tile.Channels
		d.PanelStride = all * width
		packed := s.PackDepthwise(nil, weights, all, d.Columns)
		return packed[others*width:][:(kernel.Panels(d.Columns, width)-1)*d.PanelStride+d.NumTaps*width]
	}
	c.want.Taps = within(&c.want, &oracle)
	c.Taps = c.taps.ReadOnly(within(&c.Depthwise, c.set), c.places[2])
}

// destination leaves canaries where sums do not start from what is there.
func (c *depthwiseCase) destination() {
	c.Dst = c.dst.Floats((c.Rows-1)*c.DstStride+c.wholePanels(c.Columns), c.places[0])
	if c.Accumulate {
		for r := range c.Rows {
			c.values.fill(c.rng, c.Dst[r*c.DstStride:][:c.Columns])
		}
	}
	c.want.Dst = append([]float32(nil), c.Dst...)
}

// run compares what set and oracle make of the block.
func (c *depthwiseCase) run() {
	c.Helper()
	oracle.Depthwise(&c.want)
	given := c.Depthwise
	guard.Check(c, c.describe, func() { c.set.Depthwise(&c.Depthwise) })
	if name := changed(given, c.Depthwise); name != "" {
		c.Fatalf("%s: argument %s was changed", c.describe(), name)
	}
	for r := range c.Rows {
		c.compare(r)
	}
	for _, b := range []*guard.Buffer{c.dst, c.scratch} {
		if stray := b.Stray(); stray != "" {
			c.Fatalf("%s: %s", c.describe(), stray)
		}
	}
}

// compare checks a row and what lies between it and the next one. The columns
// that complete the last panel may hold anything.
func (c *depthwiseCase) compare(row int) {
	c.Helper()
	at := row * c.DstStride
	want, got := c.want.Dst[at:], c.Dst[at:]
	if q := differ(want[:c.Columns], got[:c.Columns]); q >= 0 {
		c.Fatalf("%s: row %d, column %d is %s, generic's is %s", c.describe(), row, q, show(got[q]), show(want[q]))
	}
	if row == c.Rows-1 {
		return
	}
	panels := c.wholePanels(c.Columns)
	if q := differ(want[panels:c.DstStride], got[panels:c.DstStride]); q >= 0 {
		c.Fatalf("%s: %s was written to row %d, column %d, past the last panel", c.describe(), show(got[panels+q]), row, panels+q)
	}
}

func (c *depthwiseCase) describe() string {
	return fmt.Sprintf("%s, depthwise: rows %d, columns %d, taps %d, multiplier %d, offset %d, strides: dst %d, row %d, tap %d, panel %d; accumulate %t, %s values, dst at %v, src at %v, taps at %v",
		c.set.Name, c.Rows, c.Columns, c.NumTaps, c.Multiplier, c.Offset, c.DstStride, c.RowStride, c.TapStride, c.PanelStride,
		c.Accumulate, c.values.name, c.places[0], c.places[1], c.places[2])
}
