package asm

import (
	"github.com/sepconv/go/internal/cache"
	"github.com/sepconv/go/internal/kernel"
)

// Ring returns how many outputs have begun when one is complete, in a kernel that rolls:
// the steps, each of a stride of inputs, that the taps of one are in.
func Ring(taps, stride int) int { return (taps + stride - 1) / stride }

// RowsOfTurn is how many rows the loop of a kernel that rolls computes at once, as
// the generator knows it: whole turns of its ring of sums.
func RowsOfTurn(ring int) int {
	const enough = 4
	if ring >= enough {
		return ring
	}
	return (enough + ring - 1) / ring * ring
}

// rolling is how rows slide along the same inputs.
type rolling struct {
	rows        int
	stride      int // inputs from where an output begins to where the next one does
	inputStride int // in floats
	ring        int
}

// has reports whether there is a kernel for a stride and a number of taps.
func has[K any](rolls [][]K, stride, taps int) bool {
	return stride < len(rolls) && taps < len(rolls[stride])
}

// slides returns how the rows slide along inputs that are tapStride apart. The stride is
// 0 if they do not.
func (t *taps) slides(tapStride int) rolling {
	r := rolling{rows: t.rows, stride: 1, inputStride: t.rowStride, ring: t.n}
	if t.rowStride == tapStride || t.n == 1 { // one tap is the same with any stride
		return r
	}
	if r.stride = 0; tapStride != 0 && t.rowStride%tapStride == 0 {
		r.stride = max(t.rowStride/tapStride, 0)
	}
	if r.stride > 0 {
		r.inputStride, r.ring = tapStride, Ring(t.n, r.stride)
	}
	return r
}

// roll computes all rows by kernels that roll, and reports whether it did. Where they
// can be used they are best, since a window loads each input several times and does
// not fill the pipes at its beginning and end; but not where the lines that a vector
// of columns has in its rows drive each other out of the first-level cache.
func (k *Kernels) roll(a *kernel.Depthwise, t *taps) bool {
	r := t.slides(a.TapStride)
	if r.stride == 0 || t.accumulate || t.rows < r.ring-1 || !has(k.Rolls, r.stride, t.n) {
		return false
	}
	sideBySide := a.Multiplier == 1 && a.Columns%k.Lanes == 0
	if !sideBySide && !k.Gather.rolls(a, r.stride, t.n) {
		return false
	}
	n := k.bands(a, t, r)
	if n == 0 {
		return false
	}
	whole := 0 // vectors
	if a.Multiplier == 1 {
		whole = a.Columns / k.Lanes
	}
	for i := range n {
		k.rollWhole(a, t, r, r.band(i, n), whole)
	}
	if q := whole * k.Lanes; q < a.Columns {
		k.Gather.rollColumns(k, a, *t, r, n, q)
	}
	return true
}

// bands returns in how many bands to roll, one after the other, or 0 for not at all.
//
// A block that does not stay in the first-level cache is cut into bands that take half
// of it, but are at least as high as a window, or half as high with strides: down more
// rows, lines that have neighbours in the next vector of columns are gone before.
// Gathered vectors, each of which is a call, want bands as high as they can be without
// crowding. No band has fewer rows than the ring.
func (k *Kernels) bands(a *kernel.Depthwise, t *taps, r rolling) int {
	const near = 32 << 10 / 4 // floats of the first-level cache of every CPU, or nearly
	window := 16
	if r.stride > 1 {
		window /= 2
	}
	if t.rows*(t.rowStride+t.dstStride) <= near && t.rows*t.n*k.Panel <= maxMACs {
		return 1 // mostly, and divisions take some nanoseconds
	}
	fit := near / (t.rowStride + t.dstStride)
	rows := maxMACs / (t.n * k.Panel) // of one call
	if t.rows > fit {
		if k.likesWindows(a, t.n, r.stride) {
			return 0
		}
		least := min(max(r.ring, window), t.rows)
		inputs := cache.Rows(r.inputStride, cache.FewWays)
		rows = min(rows, (inputs-t.n+r.stride)/r.stride, cache.Rows(t.dstStride, cache.FewWays))
		if rows < least {
			return 0
		}
		if a.Multiplier == 1 {
			rows = max(fit/2, least)
		}
	}
	if t.rows <= rows {
		return 1
	}
	return min((t.rows+rows-1)/rows, t.rows/r.ring)
}

// likesWindows reports whether windows are better at a block that does not stay in the
// first-level cache: if a roll takes a cache line in parts, a vector at a time, and nearly
// no input is of two outputs. A window takes all of a panel at once, and reads on in rows.
func (k *Kernels) likesWindows(a *kernel.Depthwise, taps, stride int) bool {
	panels := a.Multiplier == 1 && a.Columns%k.Panel == 0
	return panels && k.Lanes < k.Panel && stride > 1 && taps <= stride+1
}

// A band is rows that roll together.
type band struct{ first, rows, singles, turns int }

// band returns the i-th of n bands.
func (r rolling) band(i, n int) band {
	b := band{rows: r.rows}
	if n > 1 {
		b.first = r.rows * i / n
		b.rows = r.rows*(i+1)/n - b.first
	}
	b.singles = b.rows - (r.ring - 1)
	b.turns = b.singles / RowsOfTurn(r.ring)
	b.singles -= b.turns * RowsOfTurn(r.ring)
	return b
}

// rollWhole computes whole vectors of columns of a band.
func (k *Kernels) rollWhole(a *kernel.Depthwise, t *taps, r rolling, b band, vectors int) {
	most := vectors // of one call
	if vectors*b.rows*k.Lanes*t.n > maxMACs {
		most = k.Panel / k.Lanes * max(1, maxMACs/(b.rows*k.Panel*t.n))
	}
	for p := 0; p < vectors; p += most {
		q := p * k.Lanes
		k.Rolls[r.stride][t.n](&t.dst[b.first*t.dstStride+q], &t.src[b.first*t.rowStride+q], &a.Taps[q/k.Panel*a.PanelStride+t.first*k.Panel],
			b.singles, b.turns, min(most, vectors-p), 4*t.dstStride, 4*r.inputStride, 4*a.PanelStride)
	}
}
