//go:build !purego && !noasm

package asm

import "github.com/sepconv/go/internal/kernel"

// Kernels that roll go down taps-1 + singles + turns*rowsOfTurn(taps) rows of a
// vector of columns: of several vectors, one after the other, or of one whose inputs
// need not be side by side.
type (
	rollKernel         func(dst, src, taps *float32, singles, turns, vectors, dstStride, rowStride, panelStride int)
	gatheredRollKernel func(dst, src, taps *float32, singles, turns, dstStride, rowStride int, lanes *uint32)
)

// rowsOfTurn is how many rows the loop of a kernel that rolls computes at once, as
// the generator knows it: whole turns of its ring of sums.
func rowsOfTurn(taps int) int {
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
func (v *vectorSet) roll(a *kernel.Depthwise, t *taps) bool {
	if t.rowStride != a.TapStride || t.accumulate || t.rows < t.n-1 {
		return false
	}
	sideBySide := a.Multiplier == 1 && a.Columns%v.lanes == 0
	if !sideBySide && t.n >= len(v.gatheredRolls) || t.n >= len(v.rollKernels) {
		return false
	}
	n := bands(a, t)
	if n == 0 {
		return false
	}
	whole := 0 // vectors
	if a.Multiplier == 1 {
		whole = a.Columns / v.lanes
	}
	for i := range n {
		v.rollWhole(a, t, t.band(i, n), whole)
	}
	v.rollGathered(a, t, n, whole*v.lanes)
	return true
}

// bands returns in how many bands to roll, one after the other, or 0 for not at all.
//
// Bands are as high as stays in the first-level cache, but at least as high as a
// window: down more rows, lines that have neighbours in the next vector of columns
// are gone before. Gathered vectors, each of which is a call, want bands as high as
// they can be without crowding. No band has fewer rows than there are taps.
func bands(a *kernel.Depthwise, t *taps) int {
	const cache = 32 << 10 / 4 // of every CPU with AVX2, in floats
	const window = 16
	fit := cache / (t.rowStride + t.dstStride)
	rows := maxMACs / (t.n * panelWidth) // of one call
	if t.rows > fit {
		least := min(max(t.n, window), t.rows)
		rows = min(rows, uncrowded(t.rowStride)-t.n+1, uncrowded(t.dstStride))
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
	b.turns = b.singles / rowsOfTurn(t.n)
	b.singles -= b.turns * rowsOfTurn(t.n)
	return b
}

// rollWhole computes whole vectors of columns of a band.
func (v *vectorSet) rollWhole(a *kernel.Depthwise, t *taps, b band, vectors int) {
	most := panelWidth / v.lanes * max(1, maxMACs/(b.rows*panelWidth*t.n)) // of one call
	for p := 0; p < vectors; p += most {
		q := p * v.lanes
		v.rollKernels[t.n](&t.dst[b.first*t.dstStride+q], &t.src[b.first*t.rowStride+q], &a.Taps[q/panelWidth*a.PanelStride+t.first*panelWidth],
			b.singles, b.turns, min(most, vectors-p), 4*t.dstStride, 4*t.rowStride, 4*a.PanelStride)
	}
}

// rollGathered computes the columns from q on of n bands, each for all columns if they
// are gathered alike, else for one panel after the other, since it takes time to write
// how to gather.
func (v *vectorSet) rollGathered(a *kernel.Depthwise, t *taps, n, q int) {
	together := panelWidth
	if v.lanes%a.Multiplier == 0 {
		together = a.Columns
	}
	var g gathering
	for q < a.Columns {
		end := min((q/together+1)*together, a.Columns)
		for i := range n {
			b := t.band(i, n)
			for q := q; q < end; q += v.lanes {
				lanes := v.lanesOf(a, q, &g)
				c := (a.Offset + q) / a.Multiplier
				w := &a.Taps[q/panelWidth*a.PanelStride+t.first*panelWidth+q%panelWidth]
				v.gatheredRolls[t.n](&t.dst[b.first*t.dstStride+q], &t.src[b.first*t.rowStride+c], w,
					b.singles, b.turns, 4*t.dstStride, 4*t.rowStride, lanes)
			}
		}
		q = end
	}
}
