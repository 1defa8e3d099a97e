//go:build (amd64 || arm64) && !purego && !noasm

package asm

import "github.com/sepconv/go/internal/kernel"

// maxTaps bounds the taps of one call, so that with the columns that the engine
// takes at once none lasts longer than some 50 us: assembly cannot be preempted.
const maxTaps = 1 << 8

func (v *vectorSet) runDepthwise(a *kernel.Depthwise) {
	for j := 0; j < a.NumTaps; j += maxTaps {
		t := &taps{
			first: j, n: min(maxTaps, a.NumTaps-j),
			dst: a.Dst, src: a.Src[j*a.TapStride:], rows: a.Rows,
			dstStride: a.DstStride, rowStride: a.RowStride,
			accumulate: a.Accumulate || j > 0,
		}
		if v.broadcasts(a) {
			v.broadcast(a, t)
		} else {
			v.slide(a, t)
		}
	}
}

// taps is a range of a block's taps, and rows that they make.
type taps struct {
	first, n             int
	dst, src             []float32
	rows                 int
	dstStride, rowStride int // in floats
	accumulate           bool
}

// flags tells kernels whether to accumulate.
func (t *taps) flags() uint64 {
	if t.accumulate {
		return flagAccumulate
	}
	return 0
}

// zeros is where sums without a bias start.
var zeros [panelWidth]float32

// broadcast computes columns of which each panel has one input: a product of the
// inputs, a row of u being a window of the signal, and the taps.
func (v *vectorSet) broadcast(a *kernel.Depthwise, t *taps) {
	cut := v.cut(t.rows)
	for q := 0; q < a.Columns; q += panelWidth {
		v.multiply(&product{
			dst: t.dst[q:], dstStride: t.dstStride,
			u: t.src[(a.Offset+q)/a.Multiplier:], uStride: t.rowStride, uStep: a.TapStride, apart: true,
			panel: &a.Taps[q/panelWidth*a.PanelStride+t.first*panelWidth], bias: zeros[:], depth: t.n, flags: t.flags(),
		}, cut)
	}
}

// slide computes any block. Outputs that are a dilation apart slide along the same
// inputs, so that with dilation they are computed in phases.
func (v *vectorSet) slide(a *kernel.Depthwise, t *taps) {
	d := phases(a)
	if d > 1 && len(v.columns)-1+t.n-1 > uncrowded(a.TapStride) {
		d = 1
	}
	if d == 1 {
		v.rows(a, t)
		return
	}
	for p := range d {
		phase := *t
		phase.dst, phase.src = t.dst[p*t.dstStride:], t.src[p*t.rowStride:]
		phase.rows = (t.rows - p + d - 1) / d
		phase.dstStride, phase.rowStride = d*t.dstStride, d*t.rowStride
		v.rows(a, &phase)
	}
}

// phases returns in how many phases rows slide along the taps: 1 if they do not,
// or if the phases are too short to gain by it.
func phases(a *kernel.Depthwise) int {
	const worthwhile = 8
	if a.RowStride <= 0 || a.TapStride <= a.RowStride || a.TapStride%a.RowStride != 0 {
		return 1
	}
	d := a.TapStride / a.RowStride
	if a.Rows/d < worthwhile {
		return 1
	}
	return d
}

// maxMACs bounds the multiply-accumulates of one call, as maxTaps does, if taps
// share their inputs; maxApart if each may wait for a cache line of its own.
const (
	maxMACs  = 1 << 18
	maxApart = 1 << 16
)

// maxMACs is the bound for rows of the given taps.
func (t *taps) maxMACs(tapStride int) int {
	if t.rowStride == tapStride {
		return maxMACs
	}
	return maxApart
}

// rows computes rows by the kernels that are best for them.
func (v *vectorSet) rows(a *kernel.Depthwise, t *taps) {
	if !v.roll(a, t) {
		v.windows(a, t)
	}
}

// windows computes blocks of as many rows as a kernel has, then what is left.
func (v *vectorSet) windows(a *kernel.Depthwise, t *taps) {
	most := v.rowsAtOnce(a, t)
	perCall := max(1, t.maxMACs(a.TapStride)/(most*a.Columns*t.n)) * most
	r := 0
	for t.rows-r >= most {
		n := min(perCall, (t.rows-r)/most*most)
		v.blocks(a, t, r, most, n/most)
		r += n
	}
	for n := most; n > 0; n /= 2 {
		left := t.rows - r
		if left >= n {
			v.blocks(a, t, r, n, 1)
			r += n
		} else if left > n/2 && r > 0 && !t.accumulate { // some rows once more
			v.blocks(a, t, t.rows-n, n, 1)
			return
		}
	}
}

// rowsAtOnce returns how many rows go through the taps together: as many as there
// is a kernel for; but if the inputs of so few taps that one row's can stay in the
// first-level cache would drive each other out of it, fewer.
func (v *vectorSet) rowsAtOnce(a *kernel.Depthwise, t *taps) int {
	most := len(v.columns) - 1
	if t.rowStride == a.TapStride || t.n > fewTaps {
		return most
	}
	n := most
	for n > 1 && crowd(n, t.n, t.rowStride, a.TapStride) {
		n /= 2
	}
	return n
}

// fewTaps is how many lines may fall on one set of the first-level cache, of the 8
// that all CPUs of today have there at least, and leave room for others.
const fewTaps = 6

// crowd tells whether more than that do, of rows by taps inputs that stand so many
// floats apart. A way of the cache is a page: lines whose addresses differ by a
// multiple of that fall on one set.
func crowd(rows, taps, rowStride, tapStride int) bool {
	const way, line = 4096 / 4, 64 / 4
	var lines [way / line]uint8
	for r := range rows {
		for j := range taps {
			set := &lines[uint(r*rowStride+j*tapStride)%way/line] // unsigned: rows that do not exist may be anywhere
			if *set++; *set > fewTaps {
				return true
			}
		}
	}
	return false
}

// uncrowded returns how many rows that are stride floats apart have lines of which no
// more than fewTaps fall on one set: with one tap, crowd is true of more. The largest
// power of two that divides the stride tells on how many sets they fall.
func uncrowded(stride int) int {
	const way, line = 4096 / 4, 64 / 4
	apart := stride & -stride
	if apart == 0 {
		apart = way
	}
	return fewTaps * (way / min(max(apart, line), way))
}

// blocks computes blocks of n rows from r on.
func (v *vectorSet) blocks(a *kernel.Depthwise, t *taps, r, n, blocks int) {
	dst, src := t.dst[r*t.dstStride:], t.src[r*t.rowStride:]
	whole := 0
	if a.Multiplier == 1 {
		whole = a.Columns / panelWidth
	}
	if whole > 0 {
		chunks, rest := chunks(a, t, v.chunk)
		most := max(1, t.maxMACs(a.TapStride)/(n*blocks*panelWidth*t.n))
		for p := 0; p < whole; p += most {
			q := p * panelWidth
			v.columns[n](&dst[q], &src[q], &a.Taps[p*a.PanelStride+t.first*panelWidth], blocks, min(most, whole-p), chunks, rest,
				4*t.dstStride, 4*t.rowStride, 4*a.TapStride, 4*a.PanelStride, t.flags())
		}
	}
	v.gather(a, t, r, n, blocks, whole*panelWidth)
}

// chunks cuts the taps into as many as the kernel takes at once, if it can slide.
func chunks(a *kernel.Depthwise, t *taps, chunk int) (chunks, rest int) {
	if t.rowStride != a.TapStride {
		return 0, t.n
	}
	return t.n / chunk, t.n % chunk
}
