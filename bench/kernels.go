package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"text/tabwriter"
	"time"

	"github.com/sepconv/go/internal/kernel"
)

// A grid is blocks of one kernel, as the rows and columns of a table.
type grid struct {
	title   string
	columns []string
	rows    []gridRow
}

type gridRow struct {
	name   string
	blocks []block
}

// A block is one call of a kernel of the table, on operands that are in the caches
// if they fit.
type block struct {
	flops float64
	run   func()
}

// grids are the shapes that layers of real models make of blocks, and what is near
// them.
func grids(set *kernel.Set) []grid {
	return []grid{
		depthwiseGrid(set, depthwiseShape{multiplier: 1, stride: 1}, 1, 2, 3, 4, 5, 7, 9, 11, 13, 15, 25, 31, 33, 64, 75),
		depthwiseGrid(set, depthwiseShape{multiplier: 1, stride: 2}, 3, 5, 9, 16, 33),
		depthwiseGrid(set, depthwiseShape{multiplier: 1, stride: 3}, 3, 5, 9, 16, 33),
		depthwiseGrid(set, depthwiseShape{multiplier: 1, stride: 4}, 3, 5, 9, 16, 33),
		depthwiseGrid(set, depthwiseShape{multiplier: 2, stride: 1}, 3, 5, 9, 16, 33),
		depthwiseGrid(set, depthwiseShape{multiplier: 3, stride: 1}, 3, 5, 9, 16, 33),
		depthwiseGrid(set, depthwiseShape{multiplier: 4, stride: 1}, 3, 5, 9, 16, 33),
		pointwiseGrid(set),
	}
}

// depthwiseShape is a block of a convolution whose rows are channels apart.
type depthwiseShape struct{ rows, channels, taps, multiplier, stride int }

func depthwiseGrid(set *kernel.Set, s depthwiseShape, taps ...int) grid {
	g := grid{title: fmt.Sprintf("depthwise, multiplier %d, stride %d", s.multiplier, s.stride)}
	for _, n := range taps {
		g.columns = append(g.columns, count(n, "tap"))
	}
	for _, s.channels = range []int{8, 16, 40, 64, 192, 512} {
		for _, s.rows = range []int{14, 32, 96} {
			row := gridRow{name: fmt.Sprintf("%d rows of %d channels", s.rows, s.channels)}
			for _, s.taps = range taps {
				row.blocks = append(row.blocks, s.block(set))
			}
			g.rows = append(g.rows, row)
		}
	}
	return g
}

func (s depthwiseShape) block(set *kernel.Set) block {
	columns, width := s.channels*s.multiplier, set.Tile.Channels
	d := &kernel.Depthwise{
		Rows: s.rows, Columns: columns, NumTaps: s.taps, Multiplier: s.multiplier, Scratch: make([]uint32, set.Tile.Indices),
		DstStride: kernel.Panels(columns, width) * width, RowStride: s.stride * s.channels, TapStride: s.channels, PanelStride: s.taps * width,
		Src: some(((s.rows-1)*s.stride + s.taps) * s.channels), Taps: set.PackDepthwise(nil, some(s.taps*columns), s.taps, columns),
	}
	d.Dst = make([]float32, s.rows*d.DstStride)
	return block{2 * float64(s.rows*columns*s.taps), func() { set.Depthwise(d) }}
}

func pointwiseGrid(set *kernel.Set) grid {
	depths := []int{4, 16, 64, 128, 256, 512}
	g := grid{title: "pointwise"}
	for _, depth := range depths {
		g.columns = append(g.columns, fmt.Sprintf("depth %d", depth))
	}
	for _, filters := range []int{16, 32, 64, 256} {
		for _, rows := range []int{1, 2, 4, 14, 28, 126} {
			row := gridRow{name: fmt.Sprintf("%d rows, %d filters", rows, filters)}
			for _, depth := range depths {
				row.blocks = append(row.blocks, pointwiseBlock(set, rows, depth, filters))
			}
			g.rows = append(g.rows, row)
		}
	}
	return g
}

func pointwiseBlock(set *kernel.Set, rows, depth, filters int) block {
	p := &kernel.Pointwise{
		Rows: rows, Depth: depth, Filters: filters, RowStride: filters, FilterStride: 1, UStride: depth,
		Dst: make([]float32, rows*filters), U: some(rows * depth), Bias: kernel.PackBias(nil, nil, filters, set.Tile.Filters),
		Panels: set.PackPointwise(kernel.Packed{}, some(depth*filters), depth, filters), Scratch: make([]float32, set.Tile.Scratch),
	}
	return block{2 * float64(rows*depth*filters), func() { set.Pointwise(p) }}
}

// some returns n floats around 1, whose sums of products never come near the
// subnormal numbers, which some CPUs are slow with.
func some(n int) []float32 {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	x := make([]float32, n)
	for i := range x {
		x[i] = 0.5 + rng.Float32()
	}
	return x
}

// gridShares is what the blocks of a grid reach.
type gridShares struct {
	Title   string      `json:"title"`
	Columns []string    `json:"columns"`
	Rows    []rowShares `json:"rows"`
}

type rowShares struct {
	Name   string    `json:"name"`
	Shares []float64 `json:"shares"` // of the peak, by column
}

// measure measures every block of a grid, each for about the given time.
func (g *grid) measure(m *meter, budget time.Duration) gridShares {
	result := gridShares{Title: g.title, Columns: g.columns}
	for _, r := range g.rows {
		row := rowShares{Name: r.name}
		for _, b := range r.blocks {
			row.Shares = append(row.Shares, b.share(m, budget))
		}
		result.Rows = append(result.Rows, row)
	}
	return result
}

// printKernels measures all grids and prints shares of the peak in percent, each
// grid as it is done.
func printKernels(w io.Writer, set *kernel.Set, gs []grid, budget time.Duration) error {
	m := newMeter(set, 1)
	if _, err := fmt.Fprintf(w, "%s, kernel %s: its blocks alone, %% of the peak\n", cpuName(), set.Name); err != nil {
		return err
	}
	for _, g := range gs {
		if err := g.measure(m, budget).print(w); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "\npeak %.1f GFLOP/s\n", quantile(m.bursts, 0.5)/1e9)
	return err
}

func (g gridShares) print(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "\n%s\t", g.Title)
	for _, c := range g.Columns {
		fmt.Fprintf(out, "%s\t", c)
	}
	for _, r := range g.Rows {
		fmt.Fprintf(out, "\n%s\t", r.Name)
		for _, share := range r.Shares {
			fmt.Fprintf(out, "%.1f\t", 100*share)
		}
	}
	fmt.Fprintln(out)
	return out.Flush()
}

// check reports a grid that is no table of shares.
func (g *gridShares) check() error {
	for _, r := range g.Rows {
		if len(r.Shares) != len(g.Columns) || !positive(r.Shares) {
			return fmt.Errorf("row %q of the kernels' grid %q has %d shares for %d columns, or one that is not above 0", r.Name, g.Title, len(r.Shares), len(g.Columns))
		}
	}
	return nil
}

// share measures a block for about the given time, in rounds between which bursts
// tell the peak, and returns the median of the rounds' shares.
func (b block) share(m *meter, budget time.Duration) float64 {
	const rounds = 5
	b.run() // brings the operands into the caches
	runs := 1
	for b.time(runs) < budget/rounds/2 {
		runs *= 2
	}
	var shares []float64
	before := m.burst()
	for range rounds {
		b.run()
		rate := b.flops * float64(runs) / b.time(runs).Seconds()
		after := m.burst()
		shares = append(shares, rate/((before+after)/2))
		before = after
	}
	return quantile(shares, 0.5)
}

func (b block) time(runs int) time.Duration {
	start := time.Now()
	for range runs {
		b.run()
	}
	return time.Since(start)
}
