package asm

import (
	"github.com/sepconv/go/internal/cache"
	"github.com/sepconv/go/internal/kernel"
)

// RowsOfTurn is how many rows the loop of a kernel that rolls computes at once, as
// the generator knows it: whole turns of its ring of sums.
func RowsOfTurn(taps int) int {
	const enough = 4
	if taps >= enough {
		return taps
	}
	return (enough + taps - 1) / taps * taps
}

// roll computes all rows by kernels that roll, and reports whether it did. Where they
// can be used they are best, since a window loads each input several times and does
// not fill the pipes at its beginning and end; but not where the lines that a vector
// of columns has in its rows drive each other out of the first-level cache.
func (k *Kernels) roll(a *kernel.Depthwise, t *taps) bool {
	if t.rowStride != a.TapStride || t.accumulate || t.rows < t.n-1 {
		return false
	}
	sideBySide := a.Multiplier == 1 && a.Columns%k.Lanes == 0
	if t.n >= len(k.Rolls) || !sideBySide && !k.Gather.rolls(a, t.n) {
		return false
	}
	n := k.bands(a, t)
	if n == 0 {
		return false
	}
	whole := 0 // vectors
	if a.Multiplier == 1 {
		whole = a.Columns / k.Lanes
	}
	for i := range n {
		k.rollWhole(a, t, t.band(i, n), whole)
	}
	if q := whole * k.Lanes; q < a.Columns {
		k.Gather.rollColumns(k, a, *t, n, q)
	}
	return true
}

// bands returns in how many bands to roll, one after the other, or 0 for not at all.
//
// Bands are as high as stays in the first-level cache, but at least as high as a
// window: down more rows, lines that have neighbours in the next vector of columns
// are gone before. Gathered vectors, each of which is a call, want bands as high as
// they can be without crowding. No band has fewer rows than there are taps.
func (k *Kernels) bands(a *kernel.Depthwise, t *taps) int {
	const near = 32 << 10 / 4 // floats of the first-level cache of every CPU, or nearly
	const window = 16
	fit := near / (t.rowStride + t.dstStride)
	rows := maxMACs / (t.n * k.Panel) // of one call
	if t.rows > fit {
		least := min(max(t.n, window), t.rows)
		rows = min(rows, cache.Rows(t.rowStride, cache.FewWays)-t.n+1, cache.Rows(t.dstStride, cache.FewWays))
		if rows < least {
			return 0
		}
		if a.Multiplier == 1 {
			rows = max(fit, least)
		}
	}
	if t.rows <= rows {
		return 1
	}
	return min((t.rows+rows-1)/rows, t.rows/t.n)
}

// A band is rows that roll together.
type band struct{ first, rows, singles, turns int }

// band returns the i-th of n bands.
func (t *taps) band(i, n int) band {
	b := band{first: t.rows * i / n}
	b.rows = t.rows*(i+1)/n - b.first
	b.singles = b.rows - (t.n - 1)
	b.turns = b.singles / RowsOfTurn(t.n)
	b.singles -= b.turns * RowsOfTurn(t.n)
	return b
}

// rollWhole computes whole vectors of columns of a band.
func (k *Kernels) rollWhole(a *kernel.Depthwise, t *taps, b band, vectors int) {
	most := k.Panel / k.Lanes * max(1, maxMACs/(b.rows*k.Panel*t.n)) // of one call
	for p := 0; p < vectors; p += most {
		q := p * k.Lanes
		k.Rolls[t.n](&t.dst[b.first*t.dstStride+q], &t.src[b.first*t.rowStride+q], &a.Taps[q/k.Panel*a.PanelStride+t.first*k.Panel],
			b.singles, b.turns, min(most, vectors-p), 4*t.dstStride, 4*t.rowStride, 4*a.PanelStride)
	}
}
