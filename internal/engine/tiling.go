package engine

import (
	"github.com/sepconv/go/internal/cache"
	"github.com/sepconv/go/internal/kernel"
)

// What a thread may use for its scratch, in floats: with the kernel's own together
// less than 512 KiB, whatever the layer.
const (
	maxTile   = 48 << 10 // depthwise rows waiting for the pointwise kernel
	maxWindow = 32 << 10 // input rows copied next to zeros, or transposed
	maxGate   = 16 << 10 // the half of GLU's input that is not output
)

// Rows of a tile that is turned, and columns that are at once: what the first-level cache
// holds.
const turnedRows, turnedColumns = 192, 32

// tiling is how a plan cuts its work.
type tiling struct {
	rows    int // rows of an output tile
	columns int // depthwise columns computed before the pointwise kernel runs; all, if they fit
	filters int // filters gated at once

	unit       int  // rows that tiles are best a multiple of
	wholeUnits bool // and must be, since part of a unit costs as much
	groupUnit  int  // filters that groups of them are a multiple of
	lines      int  // filters that meet the tile at once, if it runs along time

	turned       int // columns that are turned at once
	spare        int // floats that may be written behind a tile
	leastColumns int // depthwise columns whose input is copied at once, if no more fit
	windowFloats int // floats of the window that stay in the first-level cache
	// crowded says that the rows a depthwise window reads fall on so few sets of
	// the first-level cache that they drive each other out, and that the kernel
	// cannot avoid it by computing fewer rows at once.
	crowded bool
	// streamed says that the pointwise weights do not stay in the second-level
	// cache from tile to tile.
	streamed bool
}

// newTiling fits a tile of depthwise rows into half of the second-level cache:
// the other half is for the weights and the input that stream by. A panel of
// pointwise weights, which every row of the tile is multiplied with, is at most as
// large as the first level: it need not stay there, since the kernel reads it in
// order. Columns that are more are cut into equal parts. (Measured on Zen 3, 512
// columns by 96 rows and more: 3 % over half the panel and two thirds the rows.)
func newTiling(g *Geometry, t kernel.Tile, byLines bool, gated, l1, l2 int) tiling {
	usefulRows := 384
	switch {
	case byLines && gated == 0: // each channel's are a run of memory
		usefulRows = 768
	case g.ChannelsFirst && !byLines: // whose lines are copied by so many steps
		usefulRows = 128
	}
	floats := min(l2/2/4, maxTile)
	if gated > 0 {
		floats = min(floats, maxGate)
	}
	var c tiling
	most := roundDown(min(floats/max(t.Rows, t.Filters), l1/4/t.Filters), t.Channels)
	parts := (g.columns-1)/most + 1
	c.columns = roundUp((g.columns-1)/parts+1, t.Channels)
	c.unit, c.groupUnit = t.Rows, t.Filters
	if byLines {
		c.unit, c.wholeUnits = t.Filters, true
	}
	c.rows = roundDown(min(floats/c.columns, usefulRows), c.unit)
	c.lines = roundDown(l2/4/4/c.columns, t.Rows)
	c.leastColumns = min(c.columns, roundUp(16, t.Channels))
	c.windowFloats = min(l1/2/4, maxWindow)
	c.crowded = g.Kernel > cache.FewWays && t.Window+g.Kernel-1 > cache.Rows(g.Channels*g.Dilation, cache.Ways(l1))
	c.streamed = g.columns*g.Filters > l2/2/4
	if gated > 0 {
		c.filters = min(gated, roundDown(max(floats/c.rows, t.Filters), t.Filters))
	}
	return c
}

// turn is for tiles that are computed by rows and turned to lines, some columns at a time.
func (c *tiling) turn(t kernel.Tile) {
	c.rows = roundDown(min(c.rows, turnedRows), c.unit)
	c.turned = min(c.columns, roundDown(turnedColumns, t.Channels))
}

// fold is for tiles whose rows stand side by side, and are written a panel at a time.
func (c *tiling) fold(columns, panel int) { c.columns, c.spare = columns, panel }

// roundDown returns the largest multiple of unit up to n, but at least unit.
func roundDown(n, unit int) int { return max(n/unit, 1) * unit }

// roundUp returns the smallest multiple of unit from n on.
func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }
