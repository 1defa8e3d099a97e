package engine

import (
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/internal/dispatch"
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

// Each element of the output is in one task.
func TestSplitCoversAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		c, w := randomTiling(rng), randomWork(rng)
		s := splitOf(w, &c)
		times := make([]uint8, w.batch*w.rows*w.filters)
		for i := range s.tasks() {
			n, b := s.task(i)
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
				t.Fatalf("%+v, %+v: element %d is in %d tasks", c, w, i, n)
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
		for i := range s.tasks() {
			_, b := s.task(i)
			require.Zero(t, b.filter%c.groupUnit)
			if c.wholeUnits {
				require.Zero(t, b.row%c.unit)
			}
		}
	}
}

// Threads get something to do where there is enough: a task each, and three if that
// takes no tile below a unit of rows.
func TestSplitIsForAllThreads(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	for range 5000 {
		c, w := randomTiling(rng), randomWork(rng)
		w.fixed, c.streamed = 0, false
		s := splitOf(w, &c)
		if w.threads == 1 {
			require.Equal(t, w.batch*tilesOf(w.rows, s.tileRows), s.tasks(), "filters are split for no other thread")
			continue
		}
		if units := w.batch * tilesOf(w.rows, c.unit); units >= 6*w.threads {
			require.GreaterOrEqual(t, s.tasks(), w.threads, "%+v, %+v", c, w)
		}
	}
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
		for i := range one.tasks() {
			_, b := one.task(i)
			require.Zero(t, b.row%w.fixed)
			require.True(t, b.rows == w.fixed || b.row+b.rows == w.rows)
		}
	}
}
