//go:build (amd64 || arm64) && !purego && !noasm

package asm

import (
	"testing"

	"github.com/sepconv/go/internal/kernel"
)

// Call is what one call of an assembly function does at most.
type Call struct {
	Set      string
	Kernel   string
	Size     int // rows or panels that the kernel takes, or the activation
	Vectors  int // multiply-adds of vectors
	Elements int // that go through an activation
	Lines    int // cache lines that may come from memory; scratch tiles do not
}

// Watch returns the table with every assembly function replaced by one that only
// tells what it is called for.
func Watch(t testing.TB, see func(Call)) []kernel.Set {
	rows := sets()
	for i, r := range rows {
		w := watcher{r.Name, vectorSets[r.Name], see}
		w.watchOthers(t)
		rows[i] = w.watched().row(r.Name, r.Rate, r.Requires...)
	}
	return rows
}

type watcher struct {
	name string
	*vectorSet
	see func(Call)
}

func (w *watcher) watched() *vectorSet {
	v := *w.vectorSet
	v.pointwise = wrap(v.pointwise, w.pointwiseCall)
	v.strided = wrap(v.strided, w.stridedCall)
	v.columns = wrap(v.columns, w.columnsCall)
	v.lines = wrap(v.lines, w.linesCall)
	v.gathered = w.gatheredCalls("gathered", v.gathered, v.gatheredChunk)
	w.watchRolls(&v)
	v.wide = append([]wide(nil), v.wide...)
	for rows, k := range v.wide {
		if k.run != nil {
			v.wide[rows].run = w.wideCall(rows, k)
		}
	}
	v.peak = func(iterations int) { w.tell("peak", 0, iterations*peakChains, 0, 0) }
	v.copy = func(dst, src *float32, rows, columns, dstStride, srcStride int) {
		w.tell("copy", 0, 0, 0, grid(rows, 1, srcStride, 0, 4*columns)+grid(rows, 1, dstStride, 0, 4*columns))
	}
	v.band = func(dst, src *float32, blocks, dstStride, srcStride int) {
		w.tell("transpose", 8, 0, 0, grid(8, 1, srcStride, 0, 32*blocks)+grid(8*blocks, 1, dstStride, 0, 32))
	}
	for f := range v.activations.plain {
		if v.activations.plain[f] != nil {
			v.activations.plain[f] = func(y *float32, n int) {
				w.tell("activation", f, 0, n, 0)
			}
		}
	}
	for f := range v.activations.withA {
		if v.activations.withA[f] != nil {
			v.activations.withA[f] = func(y *float32, n int, a float32) {
				w.tell("activation", f, 0, n, 0)
			}
		}
	}
	v.activations.gate = func(a, b *float32, n int) {
		w.tell("gate", 0, 0, n, 0)
	}
	return &v
}

// wrap replaces kernels, which stand by their number of rows or panels.
func wrap[K any](kernels []K, with func(n int) K) []K {
	wrapped := make([]K, len(kernels))
	for n := range kernels {
		wrapped[n] = with(n)
	}
	return wrapped
}

func (w *watcher) tell(kernel string, n, vectors, elements, lines int) {
	w.see(Call{w.name, kernel, n, vectors, elements, lines})
}

func (w *watcher) pointwiseCall(n int) pointwiseKernel {
	return func(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride, panels, panelStride int, ahead *float32, aheadStep int, flags uint64) {
		bytes := 4 * w.filters()
		w.tell("pointwise", n, 2*n*blocks*depth*panels, 0, grid(panels, depth, panelStride, bytes, bytes)+grid(n*blocks, 1, dstStride, 0, bytes*panels))
	}
}

func (w *watcher) wideCall(n int, k wide) wideKernel {
	return func(dst, u, panels, bias *float32, depth, dstStride, uStride, panelStride int, flags uint64) {
		bytes := 4 * w.filters()
		w.tell("wide", n, 2*n*depth*k.panels, 0, grid(k.panels, depth, panelStride, bytes, bytes)+grid(n, 1, dstStride, 0, bytes*k.panels))
	}
}

func (w *watcher) stridedCall(n int) stridedKernel {
	return func(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride, uStep int, flags uint64) {
		w.tell("strided", n, n*blocks*depth*panelWidth/w.lanes, 0, grid(n*blocks, depth, uStride, uStep, 4)+grid(depth, 1, 4*panelWidth, 0, 4*panelWidth))
	}
}

func (w *watcher) columnsCall(n int) columnsKernel {
	return func(dst, src, taps *float32, blocks, panels, chunks, rest, dstStride, rowStride, tapStride, panelStride int, accumulate uint64) {
		rows, numTaps := n*blocks, chunks*w.chunk+rest
		bytes := 4 * panelWidth
		w.tell("columns", n, rows*numTaps*panels*panelWidth/w.lanes, 0,
			grid(rows, numTaps, rowStride, tapStride, bytes*panels)+grid(panels, numTaps, panelStride, bytes, bytes))
	}
}

func (w *watcher) linesCall(n int) linesKernel {
	return func(dst, src, taps *float32, lines, numTaps, panelStride, dstStep, lineStride, tapStride, tapsStep, ahead int, accumulate uint64) {
		steps := n * w.filters()
		w.tell("lines", n, lines*numTaps*steps/w.lanes, 0, lines*(grid(1, numTaps, 0, tapStride, 4*steps)+grid(1, numTaps, 0, 4, 4)))
	}
}

// grid returns how many cache lines rows by columns pieces of memory touch at most
// that stand so many bytes apart.
func grid(rows, columns, rowStride, columnStride, bytes int) int {
	const line = 64
	lines := func(bytes int) int { return bytes/line + 1 }
	pieces := rows * columns
	if rowStride == columnStride {
		pieces = rows + columns - 1
	}
	span := (rows-1)*rowStride + (columns-1)*columnStride + bytes
	if span < 0 { // strides beyond any array
		return pieces * lines(bytes)
	}
	return min(pieces*lines(bytes), lines(span))
}
