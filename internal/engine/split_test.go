package engine

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/suite"
	"github.com/stretchr/testify/require"
)

func randomTiling(rng *rand.Rand) tiling {
	g := Geometry{Channels: 1 + rng.IntN(300), Filters: 1 + rng.IntN(500), Kernel: 3, Stride: 1, Dilation: 1, Multiplier: 1}
	if err := g.Check(); err != nil {
		panic(err)
	}
	set := oneOf(rng, dispatch.Sets()...)
	return newTiling(&g, set.Tile, rng.IntN(2) == 0, g.Filters*rng.IntN(2), 1<<(11+rng.IntN(6)), 1<<(13+rng.IntN(8)))
}

func randomWork(rng *rand.Rand) work {
	return work{
		batch: 1 + rng.IntN(4), rows: 1 + rng.IntN(1<<rng.IntN(10)), filters: 1 + rng.IntN(300),
		threads: 1 + rng.IntN(16), wholeRows: rng.IntN(3) == 0, fixed: rng.IntN(2) * rng.IntN(60),
	}
}

func splitOf(w work, c *tiling) split {
	s := split{work: w}
	s.cut(c)
	return s
}

// Each element of the output is in one block.
func TestSplitCoversAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		c, w := randomTiling(rng), randomWork(rng)
		s := splitOf(w, &c)
		times := make([]uint8, w.batch*w.rows*w.filters)
		for i := range s.blocks() {
			n, b := s.block(i)
			require.Positive(t, b.rows)
			require.Positive(t, b.filters)
			for r := b.row; r < b.row+b.rows; r++ {
				for f := b.filter; f < b.filter+b.filters; f++ {
					times[(n*w.rows+r)*w.filters+f]++
				}
			}
			if w.wholeRows {
				require.Equal(t, w.filters, b.filters)
			}
		}
		for i, n := range times {
			if n != 1 {
				t.Fatalf("%+v, %+v: element %d is in %d blocks", c, w, i, n)
			}
		}
	}
}

// Tiles fit the scratch, and begin where the kernels would have them begin.
func TestSplitKeepsToTheTiling(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	for range 5000 {
		c, w := randomTiling(rng), randomWork(rng)
		w.fixed = 0
		s := splitOf(w, &c)
		require.LessOrEqual(t, s.tileRows, c.rows)
		for i := range s.blocks() {
			_, b := s.block(i)
			require.Zero(t, b.filter%c.groupUnit)
			if c.wholeUnits {
				require.Zero(t, b.row%c.unit)
			}
		}
	}
}

// Threads get something to do where there is enough: a block each, and three if that
// takes no tile below a unit of rows.
func TestSplitIsForAllThreads(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for range 5000 {
		c, w := randomTiling(rng), randomWork(rng)
		w.fixed, c.streamed = 0, false
		s := splitOf(w, &c)
		if w.threads == 1 {
			require.Equal(t, w.batch*tilesOf(w.rows, s.tileRows), s.blocks(), "filters are split for no other thread")
			continue
		}
		if units := w.batch * tilesOf(w.rows, c.unit); units >= 6*w.threads {
			require.GreaterOrEqual(t, s.blocks(), w.threads, "%+v, %+v", c, w)
		}
	}
}

// Blocks that take long are handed out one by one, short ones together, but enough times
// for each thread.
func TestBlocksOfTask(t *testing.T) {
	require.Equal(t, 1, blocksOfTask(128, 2, 3000))
	require.Equal(t, 1, blocksOfTask(2, 2, 1))
	require.Equal(t, 12, blocksOfTask(420, 2, 700))
	require.Equal(t, 4, blocksOfTask(100, 3, 100))
}

func TestFixedSplitIsTheSameForAnyThreads(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for range 1000 {
		c, w := randomTiling(rng), randomWork(rng)
		w.fixed = 1 + rng.IntN(80)
		w.threads = 1
		one := splitOf(w, &c)
		for threads := 2; threads < 9; threads++ {
			w.threads = threads
			s := splitOf(w, &c)
			s.threads = 1
			require.Equal(t, one, s)
		}
		for i := range one.blocks() {
			_, b := one.block(i)
			require.Zero(t, b.row%w.fixed)
			require.True(t, b.rows == w.fixed || b.row+b.rows == w.rows)
		}
	}
}

// The layers of real models that threads are for are shared evenly by few of them: no
// thread has more than 1.1 times the mean of the work, if each takes the next task
// when it is done.
func TestSplitIsEven(t *testing.T) {
	var layers []struct {
		ID                                                                    string
		Batch, Steps, Channels, Kernel, Stride, Dilation, Multiplier, Filters int
	}
	require.NoError(t, json.Unmarshal(suite.JSON, &layers))
	checked := 0
	for _, l := range layers {
		g := Geometry{Channels: l.Channels, Filters: l.Filters, Kernel: l.Kernel, Stride: l.Stride, Dilation: l.Dilation, Multiplier: l.Multiplier, Padding: Same}
		require.NoError(t, g.Check())
		rows, _, err := g.OutputSteps(l.Steps)
		require.NoError(t, err)
		perRow := func(filters int) float64 { return float64(g.columns) * float64(l.Kernel+filters) }
		if 2*float64(l.Batch*rows)*perRow(l.Filters) < 20e6 {
			continue
		}
		for _, set := range dispatch.Sets() {
			c := newTiling(&g, set.Tile, false, 0, 48<<10, 1<<20)
			for threads := 2; threads <= 4; threads++ {
				s := splitOf(work{batch: l.Batch, rows: rows, filters: l.Filters, threads: threads}, &c)
				load, total := make([]float64, threads), 0.0
				for i := range s.blocks() {
					_, b := s.block(i)
					least := slices.Index(load, slices.Min(load))
					load[least] += float64(b.rows) * perRow(b.filters)
					total += float64(b.rows) * perRow(b.filters)
				}
				require.LessOrEqual(t, slices.Max(load), 1.1*total/float64(threads), "%s, %s, %d threads: %d tiles, %d groups", l.ID, set.Name, threads, s.tiles, s.groups)
				checked++
			}
		}
	}
	require.Greater(t, checked, 30)
}
