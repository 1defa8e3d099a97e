//go:build !purego && !noasm

package asm

import "github.com/sepconv/go/internal/kernel"

// maxTaps bounds the taps of one call, so that none lasts longer than some 50 us:
// assembly cannot be preempted.
const maxTaps = 1 << 10

func (v *vectorSet) runDepthwise(a *kernel.Depthwise) {
	for j := 0; j < a.NumTaps; j += maxTaps {
		t := taps{
			first: j, n: min(maxTaps, a.NumTaps-j),
			dst: a.Dst, src: a.Src[j*a.TapStride:], rows: a.Rows,
			dstStride: a.DstStride, rowStride: a.RowStride,
			accumulate: a.Accumulate || j > 0,
		}
		if a.Multiplier%panelWidth == 0 && a.Offset%panelWidth == 0 {
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

// zeros is where sums without a bias start.
var zeros [panelWidth]float32

// broadcast computes columns of which each panel has one input: a product of the
// inputs, a row of u being a window of the signal, and the taps.
func (v *vectorSet) broadcast(a *kernel.Depthwise, t taps) {
	var flags uint64
	if t.accumulate {
		flags = flagAccumulate
	}
	for q := 0; q < a.Columns; q += panelWidth {
		v.multiply(&product{
			dst: t.dst[q:], dstStride: t.dstStride,
			u: t.src[(a.Offset+q)/a.Multiplier:], uStride: t.rowStride, uStep: a.TapStride,
			panel: &a.Taps[q/panelWidth*a.PanelStride+t.first*panelWidth], bias: &zeros[0], depth: t.n, flags: flags,
		}, t.rows)
	}
}

// slide computes any block. Outputs that are a dilation apart slide along the same
// inputs, so that with dilation they are computed in phases.
func (v *vectorSet) slide(a *kernel.Depthwise, t taps) {
	d := phases(a)
	for p := range d {
		phase := t
		phase.dst, phase.src = t.dst[p*t.dstStride:], t.src[p*t.rowStride:]
		phase.rows = (t.rows - p + d - 1) / d
		phase.dstStride, phase.rowStride = d*t.dstStride, d*t.rowStride
		v.rows(a, phase)
	}
}

// phases returns in how many phases rows slide along the taps: 1 if they do not,
// or if the phases are too short to gain by it.
func phases(a *kernel.Depthwise) int {
	const worthwhile = 8
	if a.RowStride == 0 || a.TapStride%a.RowStride != 0 || a.TapStride < a.RowStride {
		return 1
	}
	d := a.TapStride / a.RowStride
	if a.Rows/d < worthwhile {
		return 1
	}
	return d
}

// rows computes blocks of as many rows as a kernel has, then what is left.
func (v *vectorSet) rows(a *kernel.Depthwise, t taps) {
	most := len(v.columns) - 1
	r := 0
	for ; r+most <= t.rows; r += most {
		v.block(a, t, r, most)
	}
	if r > 0 && r < t.rows && !t.accumulate { // some rows once more
		v.block(a, t, t.rows-most, most)
		return
	}
	for n := most / 2; n > 0; n /= 2 {
		if t.rows-r >= n {
			v.block(a, t, r, n)
			r += n
		}
	}
}

// block computes n rows from r on.
func (v *vectorSet) block(a *kernel.Depthwise, t taps, r, n int) {
	dst, src := t.dst[r*t.dstStride:], t.src[r*t.rowStride:]
	var accumulate uint64
	if t.accumulate {
		accumulate = 1
	}
	whole := 0
	if a.Multiplier == 1 {
		whole = a.Columns / panelWidth
	}
	if whole > 0 {
		chunks, rest := chunks(a, t, v.chunk)
		v.columns[n](&dst[0], &src[0], &a.Taps[t.first*panelWidth], whole, chunks, rest,
			4*t.dstStride, 4*t.rowStride, 4*a.TapStride, 4*a.PanelStride, accumulate)
	}
	for q := whole * panelWidth; q < a.Columns; q += v.lanes {
		chunks, rest := chunks(a, t, v.gatheredChunk)
		w := &a.Taps[q/panelWidth*a.PanelStride+t.first*panelWidth+q%panelWidth]
		v.gathered[n](&dst[q], &src[(a.Offset+q)/a.Multiplier], w, chunks, rest,
			4*t.dstStride, 4*t.rowStride, 4*a.TapStride, accumulate, v.gather(a, q))
	}
}

// chunks cuts the taps into as many as the kernel takes at once, if it can slide.
func chunks(a *kernel.Depthwise, t taps, chunk int) (chunks, rest int) {
	if t.rowStride != a.TapStride {
		return 0, t.n
	}
	return t.n / chunk, t.n % chunk
}

// gather says where the inputs of the columns from q on stand: a mask of which to
// load, then for each column which of those is its own.
func (v *vectorSet) gather(a *kernel.Depthwise, q int) *uint32 {
	n := min(v.lanes, a.Columns-q)
	phase := (a.Offset + q) % a.Multiplier
	loaded := (phase+n-1)/a.Multiplier + 1
	mask, index := a.Scratch[:v.lanes], a.Scratch[v.lanes:][:v.lanes]
	for i := range mask {
		mask[i] = 0
		if i < loaded {
			mask[i] = 1 << 31
		}
		index[i] = uint32((phase + min(i, n-1)) / a.Multiplier)
	}
	return &a.Scratch[0]
}
