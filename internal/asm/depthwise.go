package asm

import (
	"github.com/sepconv/go/internal/cache"
	"github.com/sepconv/go/internal/kernel"
)

func (k *Kernels) depthwise(a *kernel.Depthwise) {
	if a.Rows == 0 {
		return
	}
	for j := 0; j < a.NumTaps; j += maxTaps {
		t := &taps{
			first: j, n: min(maxTaps, a.NumTaps-j),
			dst: a.Dst, src: a.Src[j*a.TapStride:], rows: a.Rows,
			dstStride: a.DstStride, rowStride: a.RowStride,
			accumulate: a.Accumulate || j > 0,
		}
		if a.Multiplier > 1 && k.Gather.broadcasts(a, k.Panel) {
			k.broadcast(a, t)
		} else {
			k.slide(a, t)
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

// broadcast computes columns of which each panel has one input: a product of the
// inputs, a row of u being a window of the signal, and the taps.
func (k *Kernels) broadcast(a *kernel.Depthwise, t *taps) {
	cut := k.cut(t.rows, k.tallest())
	for q := 0; q < a.Columns; q += k.Panel {
		k.multiply(&product{
			dst: t.dst[q:], dstStride: t.dstStride,
			u: t.src[(a.Offset+q)/a.Multiplier:], uStride: t.rowStride, uStep: a.TapStride, apart: true,
			panel: &a.Taps[q/k.Panel*a.PanelStride+t.first*k.Panel], bias: k.zeros, depth: t.n, flags: t.flags(),
		}, cut)
	}
}

// slide computes any block. Outputs that are a dilation apart slide along the same
// inputs, so that with dilation they are computed in phases.
func (k *Kernels) slide(a *kernel.Depthwise, t *taps) {
	d := phases(a)
	if d > 1 && len(k.Windows)-1+t.n-1 > cache.Rows(a.TapStride, cache.FewWays) {
		d = 1
	}
	if d == 1 {
		k.rows(a, t)
		return
	}
	for p := range d {
		phase := *t
		phase.dst, phase.src = t.dst[p*t.dstStride:], t.src[p*t.rowStride:]
		phase.rows = (t.rows - p + d - 1) / d
		phase.dstStride, phase.rowStride = d*t.dstStride, d*t.rowStride
		k.rows(a, &phase)
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

// maxMACs is the bound for rows of the given taps.
func (t *taps) maxMACs(tapStride int) int {
	if t.rowStride == tapStride {
		return maxMACs
	}
	return maxApart
}

// rows computes rows by the kernels that are best for them.
func (k *Kernels) rows(a *kernel.Depthwise, t *taps) {
	if !k.roll(a, t) {
		k.windows(a, t, 0)
	}
}

// windows computes the columns from q on, which begins a panel, in blocks of as many rows
// as a kernel has, then what is left.
func (k *Kernels) windows(a *kernel.Depthwise, t *taps, q int) {
	most := k.rowsAtOnce(a, t)
	r := 0
	if t.rows >= most {
		perCall := max(1, t.maxMACs(a.TapStride)/(most*(a.Columns-q)*t.n))
		for left := t.rows / most; left > 0; {
			n := min(perCall, left)
			k.blocks(a, t, r, most, n, q)
			r, left = r+n*most, left-n
		}
	}
	for n := most; n > 0; n /= 2 {
		left := t.rows - r
		if left >= n {
			k.blocks(a, t, r, n, 1, q)
			r += n
		} else if left > n/2 && r > 0 && !t.accumulate { // some rows once more
			k.blocks(a, t, t.rows-n, n, 1, q)
			return
		}
	}
}

// rowsAtOnce returns how many rows go through the taps together: as many as there
// is a kernel for; but if the inputs of so few taps that one row's can stay in the
// first-level cache would drive each other out of it, fewer.
func (k *Kernels) rowsAtOnce(a *kernel.Depthwise, t *taps) int {
	most := len(k.Windows) - 1
	if t.rowStride == a.TapStride || t.n > cache.FewWays {
		return most
	}
	n := most
	for n > 1 && cache.Crowded(n, t.n, t.rowStride, a.TapStride) {
		n /= 2
	}
	return n
}

// blocks computes the columns from q on of blocks of n rows from r on.
func (k *Kernels) blocks(a *kernel.Depthwise, t *taps, r, n, blocks, q int) {
	dst, src := t.dst[r*t.dstStride:], t.src[r*t.rowStride:]
	p, whole := q/k.Panel, 0
	if a.Multiplier == 1 {
		whole = a.Columns / k.Panel
	}
	if p < whole {
		chunks, rest := chunks(a, t, k.Chunk)
		most, macs := whole-p, n*blocks*k.Panel*t.n // of a panel
		if limit := t.maxMACs(a.TapStride); most*macs > limit {
			most = max(1, limit/macs)
		}
		for ; p < whole; p += most {
			q := p * k.Panel
			k.Windows[n](&dst[q], &src[q], &a.Taps[p*a.PanelStride+t.first*k.Panel], blocks, min(most, whole-p), chunks, rest,
				4*t.dstStride, 4*t.rowStride, 4*a.TapStride, 4*a.PanelStride, t.flags())
		}
	}
	if q = max(q, whole*k.Panel); q < a.Columns {
		k.Gather.columns(k, a, *t, r, n, blocks, q)
	}
}

// chunks cuts the taps into as many as the kernel takes at once, if it can slide.
func chunks(a *kernel.Depthwise, t *taps, chunk int) (chunks, rest int) {
	if t.rowStride != a.TapStride {
		return 0, t.n
	}
	return t.n / chunk, t.n % chunk
}
