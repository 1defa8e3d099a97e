package engine

// work is what is to be split into tasks.
type work struct {
	batch, rows, filters int
	threads              int  // that share it
	wholeRows            bool // a task computes all filters of its rows
	// fixed is the rows of a task where the order of a sum hangs on that: the split is
	// then the same for any number of threads. 0 leaves it to split.
	fixed int
}

// A split is how work is cut into tasks: each signal into tiles of time, and those
// into groups of filters, for each of which the depthwise rows are computed again.
type split struct {
	work
	tileRows, tiles      int
	groupFilters, groups int
}

// split cuts work into tiles of time, shorter than the tiling's if that gives each
// thread three; or, where rows are too few for that, or for each thread to fetch all
// weights from afar, into groups of filters.
func (c *tiling) split(w work) split {
	s := split{work: w, tileRows: c.rows, groups: 1, groupFilters: w.filters}
	if w.fixed > 0 {
		s.tileRows = w.fixed
		s.tiles = tilesOf(w.rows, w.fixed)
		return s
	}
	fewRows := c.streamed && w.batch*w.rows < 4*c.unit*w.threads && !w.wholeRows
	if wanted := 3 * w.threads; w.threads > 1 && !fewRows && w.batch*tilesOf(w.rows, c.rows) < wanted {
		s.tileRows = min(roundUp(tilesOf(w.rows, tilesOf(wanted, w.batch)), c.unit), c.rows)
	}
	s.tiles = tilesOf(w.rows, s.tileRows)
	s.tileRows = tilesOf(w.rows, s.tiles) // alike: a short last tile would be slow
	if c.wholeUnits {
		s.tileRows = roundUp(s.tileRows, c.unit)
		s.tiles = tilesOf(w.rows, s.tileRows)
	}
	if signals := w.batch * s.tiles; signals < w.threads && !w.wholeRows {
		s.groupFilters = roundUp((w.filters*signals+w.threads-1)/w.threads, c.groupUnit)
		s.groups = tilesOf(w.filters, s.groupFilters)
	}
	return s
}

// tasks returns how many tasks there are.
func (s *split) tasks() int { return s.batch * s.tiles * s.groups }

// task returns the signal of task i and its block.
func (s *split) task(i int) (signal int, b block) {
	group := i % s.groups
	tile := i / s.groups % s.tiles
	b = block{row: tile * s.tileRows, filter: group * s.groupFilters}
	b.rows = min(s.tileRows, s.rows-b.row)
	b.filters = min(s.groupFilters, s.filters-b.filter)
	return i / s.groups / s.tiles, b
}

// tilesOf returns how many tiles of the given size n makes, n > 0.
func tilesOf(n, size int) int { return (n-1)/size + 1 }
