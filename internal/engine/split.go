package engine

// work is what is to be split into blocks.
type work struct {
	batch, rows, filters int
	threads              int  // that share it
	wholeRows            bool // a block computes all filters of its rows
	// fixed is the rows of a block where the order of a sum hangs on that: the split is
	// then the same for any number of threads. 0 leaves it to split.
	fixed int
}

// A split is how work is cut into blocks: each signal into tiles of time, and those
// into groups of filters, for each of which the depthwise rows are computed again.
type split struct {
	work
	tileRows, tiles      int
	groupFilters, groups int
}

// cut cuts the work into tiles of time, shorter than the tiling's if that gives each
// thread three; or, where rows are too few for that, or for each thread to fetch all
// weights from afar, into groups of filters.
func (s *split) cut(c *tiling) {
	s.groups, s.groupFilters = 1, s.filters
	if s.fixed > 0 {
		s.tileRows = s.fixed
		s.tiles = tilesOf(s.rows, s.fixed)
		return
	}
	s.tileRows = c.rows
	fewRows := c.streamed && s.batch*s.rows < 4*c.unit*s.threads && !s.wholeRows
	if wanted := 3 * s.threads; s.threads > 1 && !fewRows && s.batch*tilesOf(s.rows, c.rows) < wanted {
		s.tileRows = min(roundUp(tilesOf(s.rows, tilesOf(wanted, s.batch)), c.unit), c.rows)
	}
	s.tiles = tilesOf(s.rows, s.tileRows)
	if s.batch == 1 && s.tiles > s.threads {
		s.tiles = min(roundUp(s.tiles, s.threads), s.rows) // as many for each thread
	}
	s.tileRows = tilesOf(s.rows, s.tiles) // alike: a short last tile would be slow
	s.tiles = tilesOf(s.rows, s.tileRows)
	if c.wholeUnits {
		s.tileRows = roundUp(s.tileRows, c.unit)
		s.tiles = tilesOf(s.rows, s.tileRows)
	}
	if signals := s.batch * s.tiles; signals < s.threads && !s.wholeRows {
		s.groupFilters = roundUp((s.filters*signals+s.threads-1)/s.threads, c.groupUnit)
		s.groups = tilesOf(s.filters, s.groupFilters)
	}
}

// blocks returns how many blocks there are.
func (s *split) blocks() int { return s.batch * s.tiles * s.groups }

// block returns the signal of block i, and what it is.
func (s *split) block(i int) (signal int, b block) {
	i, group := divide(i, s.groups)
	signal, tile := divide(i, s.tiles)
	b.row, b.filter = tile*s.tileRows, group*s.groupFilters
	b.rows = min(s.tileRows, s.rows-b.row)
	b.filters = min(s.groupFilters, s.filters-b.filter)
	return signal, b
}

// tilesOf returns how many tiles of the given size n makes, n > 0.
func tilesOf(n, size int) int {
	switch {
	case n <= size: // mostly one of these, and a division takes some nanoseconds
		return 1
	case size == 1:
		return n
	}
	return (n-1)/size + 1
}

// divide returns i/n and i%n.
func divide(i, n int) (quotient, remainder int) {
	if n == 1 { // mostly
		return i, 0
	}
	return i / n, i % n
}
