package conformance

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sepconv/go/internal/guard"
	"github.com/sepconv/go/internal/kernel"
)

// pointwiseDimensions is what pointwise blocks are made of.
type pointwiseDimensions struct {
	rows, filters, depths, otherDepth, gapsOfU []int
	layouts                                    []layout
	hints                                      []hint
}

func newPointwiseDimensions(t kernel.Tile) pointwiseDimensions {
	return pointwiseDimensions{
		// Beyond two tiles, and beyond what is computed aside at once.
		rows: upTo(2*t.Rows+1, 19, 47, 48, 49, 64, 97),
		// Beyond two panels, and beyond four, which rows may be computed with at once.
		filters:    upTo(2*t.Filters+1, 3*t.Filters, 3*t.Filters+2, 4*t.Filters, 5*t.Filters+3, 8*t.Filters),
		depths:     upTo(9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 257),
		layouts:    []layout{rowByRow: {false, 0}, {false, 1}, {false, 5}, {true, 0}, {true, 1}, {true, 5}},
		otherDepth: []int{0, 1, 3}, // of the panels before and after the block's
		gapsOfU:    []int{0, 1, 7}, // floats between rows of U
		hints: []hint{
			{}, {ahead: 1}, {ahead: 100}, {ahead: 1 << 14}, {streamed: true}, {streamed: true, ahead: 3000},
			{pastCaches: true}, {pastCaches: true, ahead: 1 << 14},
		},
	}
}

// hint is what the block says of memory.
type hint struct {
	streamed   bool
	ahead      int
	pastCaches bool
}

func (d *pointwiseDimensions) sizes() []int {
	return []int{
		len(d.rows), len(d.filters), len(d.depths), len(d.layouts),
		len(d.otherDepth), len(d.gapsOfU), len(pointwiseActivations), 2, len(kinds), len(d.hints), 2,
	}
}

// rowByRow is the layout of rows of filters without gaps.
const rowByRow = 0

// layout is how Dst lies: rows of filters or filters of rows, gap floats apart.
type layout struct {
	filterMajor bool
	gap         int
}

func (l layout) strides(rows, filters int) (row, filter int) {
	if l.filterMajor {
		return 1, rows + l.gap
	}
	return filters + l.gap, 1
}

// A block's activation is one of these. Those that the set does not apply are the
// caller's to apply: the set must leave them alone.
var pointwiseActivations = []kernel.Activation{
	{Func: kernel.Linear},
	{Func: kernel.ReLU},
	{Func: kernel.ReLU6},
	{Func: kernel.LeakyReLU, A: 0.25},
	{Func: kernel.Sigmoid},
	{Func: kernel.Softmax},
	{Func: kernel.GLU},
}

// Pointwise tests the kernel of that name.
func Pointwise(t *testing.T, s *kernel.Set) {
	for f, applied := range s.Epilogue {
		tested := func(a kernel.Activation) bool { return a.Func == kernel.Func(f) }
		if applied && !slices.ContainsFunc(pointwiseActivations, tested) {
			t.Errorf("%s applies function %d, which pointwiseActivations lacks", s.Name, f)
		}
	}
	sample(t, s, 5, newPointwiseSampler)
	if s.Name != oracle.Name {
		edges(t, s)
	}
}

// edges tests every number of filters with every number of rows, which nothing lies
// between: kernels for fewer filters than a panel can hold have code for each, of which
// the last row's touches what is not theirs if any does.
func edges(t *testing.T, s *kernel.Set) {
	rng := rand.New(rand.NewPCG(*seed, 1))
	c := newPointwiseCase(t, s, rng)
	sizes := c.dimensions.sizes()
	for rows := range c.dimensions.rows {
		for filters := range c.dimensions.filters {
			for accumulate := range 2 {
				pick := make([]int, len(sizes))
				for d, n := range sizes {
					pick[d] = rng.IntN(n)
				}
				pick[0], pick[1], pick[3], pick[7] = rows, filters, rowByRow, accumulate
				c.shape(pick)
				c.run()
			}
		}
	}
}

func newPointwiseSampler(t testing.TB, s *kernel.Set, rng *rand.Rand) sampler {
	c := newPointwiseCase(t, s, rng)
	return samplerOf(c.dimensions.sizes(), &c.TB, c.shape, c.run)
}

// pointwiseCase is a block, and the memory of one after the other.
type pointwiseCase struct {
	testing.TB
	set                           *kernel.Set
	rng                           *rand.Rand
	dimensions                    pointwiseDimensions
	dst, u, panels, bias, scratch *guard.Buffer
	ahead                         *guard.Buffer // may be asked for, but not read

	kernel.Pointwise                  // as the set gets it
	want             kernel.Pointwise // as the oracle gets it
	values           *values
	places           [4]guard.Place
}

func newPointwiseCase(t testing.TB, s *kernel.Set, rng *rand.Rand) *pointwiseCase {
	return &pointwiseCase{
		TB: t, set: s, rng: rng, dimensions: newPointwiseDimensions(s.Tile),
		dst: guard.NewBuffer(t, "Dst", 1<<15), u: guard.NewBuffer(t, "U", 1<<15),
		panels: guard.NewBuffer(t, "Panels", 1<<17), bias: guard.NewBuffer(t, "Bias", 1<<9),
		scratch: guard.NewBuffer(t, "Scratch", s.Tile.Scratch+16), ahead: guard.NewBuffer(t, "Ahead", 1<<14),
	}
}

// shape makes the block that was picked.
func (c *pointwiseCase) shape(pick []int) {
	of := &c.dimensions
	p := kernel.Pointwise{
		Rows: of.rows[pick[0]], Filters: of.filters[pick[1]], Depth: of.depths[pick[2]],
		Activation: pointwiseActivations[pick[6]], Accumulate: pick[7] == 1, BiasOfRows: pick[10] == 1,
	}
	c.values = kinds[pick[8]]
	p.RowStride, p.FilterStride = of.layouts[pick[3]].strides(p.Rows, p.Filters)
	p.UStride = p.Depth + of.gapsOfU[pick[5]]
	h := of.hints[pick[9]]
	p.Streamed, p.PastCaches, p.Ahead = h.streamed, h.pastCaches, c.ahead.Floats(h.ahead, guard.End)

	c.Pointwise, c.want = p, p
	for i := range c.places {
		c.places[i] = guard.Somewhere(c.rng)
	}
	c.want.U = c.values.some(c.rng, (p.Rows-1)*p.UStride+p.Depth)
	c.U = c.u.ReadOnly(c.want.U, c.places[1])
	c.panelsOf(of.otherDepth[pick[4]])
	c.biases()
	c.destination()
	c.Scratch = c.scratch.Floats(c.set.Tile.Scratch, guard.Somewhere(c.rng))
}

// panelsOf packs weights of a longer sum, of which the block is a part.
func (c *pointwiseCase) panelsOf(others int) {
	all := others + c.Depth + others/2
	weights := c.values.some(c.rng, all*c.Filters)
	within := func(s *kernel.Set) kernel.Packed {
		whole := s.PackPointwise(kernel.Packed{}, weights, all, c.Filters)
		var packed kernel.Packed
		packed.View(&whole, 0, others)
		packed.F32 = packed.F32[:(kernel.Panels(c.Filters, packed.Width)-1)*packed.Stride+c.Depth*packed.Width]
		return packed
	}
	c.want.Panels = within(&oracle)
	c.Panels = within(c.set)
	c.Panels.F32 = c.panels.ReadOnly(c.Panels.F32, c.places[2])
}

func (c *pointwiseCase) biases() {
	if c.BiasOfRows {
		c.want.Bias = c.values.some(c.rng, c.Rows)
		c.Bias = c.bias.ReadOnly(c.want.Bias, c.places[3])
		return
	}
	bias := c.values.some(c.rng, c.Filters)
	c.want.Bias = kernel.PackBias(nil, bias, c.Filters, oracle.Tile.Filters)
	c.Bias = c.bias.ReadOnly(kernel.PackBias(nil, bias, c.Filters, c.set.Tile.Filters), c.places[3])
}

// destination leaves canaries around the block, and in it where sums start from
// the bias.
func (c *pointwiseCase) destination() {
	c.Dst = c.dst.Floats((c.Rows-1)*c.RowStride+(c.Filters-1)*c.FilterStride+1, c.places[0])
	if c.Accumulate {
		start := c.values.some(c.rng, c.Rows*c.Filters)
		for i := range start {
			c.Dst[i/c.Filters*c.RowStride+i%c.Filters*c.FilterStride] = start[i]
		}
	}
	c.want.Dst = append([]float32(nil), c.Dst...)
}

// run compares what set and oracle make of the block.
func (c *pointwiseCase) run() {
	c.Helper()
	oracle.Pointwise(&c.want)
	c.epilogue()
	given := c.Pointwise
	guard.Check(c, c.describe, func() { c.set.Pointwise(&c.Pointwise) })
	if name := changed(given, c.Pointwise); name != "" {
		c.Fatalf("%s: argument %s was changed", c.describe(), name)
	}
	if i := differ(c.want.Dst, c.Dst); i >= 0 {
		c.Fatalf("%s: %s is %s, generic's is %s", c.describe(), c.element(i), show(c.Dst[i]), show(c.want.Dst[i]))
	}
	for _, b := range []*guard.Buffer{c.dst, c.scratch, c.ahead} {
		if stray := b.Stray(); stray != "" {
			c.Fatalf("%s: %s", c.describe(), stray)
		}
	}
}

// epilogue applies to the oracle's block what the set applies by itself. An
// epilogue is never along an axis: a block has not all of it.
func (c *pointwiseCase) epilogue() {
	f := c.Activation.Func
	if !c.set.Epilogue[f] || f == kernel.Linear {
		return
	}
	for r := range c.Rows {
		for i := range c.Filters {
			at := r*c.RowStride + i*c.FilterStride
			oracle.Activate[f](c.want.Dst[at:at+1], &c.Activation)
		}
	}
}

// element names element i of Dst.
func (c *pointwiseCase) element(i int) string {
	row, filter := i%c.FilterStride, i/c.FilterStride
	if c.RowStride >= c.Filters {
		row, filter = i/c.RowStride, i%c.RowStride
	}
	if row >= c.Rows || filter >= c.Filters {
		return fmt.Sprintf("float %d of Dst, which is outside the block,", i)
	}
	return fmt.Sprintf("row %d, filter %d", row, filter)
}

func (c *pointwiseCase) describe() string {
	return fmt.Sprintf("%s, pointwise: rows %d, filters %d, depth %d, strides: row %d, filter %d, u %d, panel %d; function %d, accumulate %t, bias of rows %t, streamed %t, past caches %t, %d floats ahead, %s values, dst at %v, u at %v, panels at %v, bias at %v",
		c.set.Name, c.Rows, c.Filters, c.Depth, c.RowStride, c.FilterStride, c.UStride, c.Panels.Stride, c.Activation.Func,
		c.Accumulate, c.BiasOfRows, c.Streamed, c.PastCaches, len(c.Ahead), c.values.name, c.places[0], c.places[1], c.places[2], c.places[3])
}
