//go:build !purego && !noasm

package asm

import "testing"

// watchOthers replaces the gathering kernels that are in no set, until the test ends.
func (w *watcher) watchOthers(t testing.TB) {
	single, twice := neonSingle, neonTwice
	t.Cleanup(func() { neonSingle, neonTwice = single, twice })
	neonSingle = w.gatheredCalls("single", single, w.chunk)
	neonTwice = w.gatheredCalls("twice", twice, w.chunk)
}

// watchRolls would replace kernels that roll.
func (w *watcher) watchRolls(*vectorSet) {}

func (w *watcher) gatheredCalls(name string, kernels []gatheredKernel, chunk int) []gatheredKernel {
	return wrap(kernels, func(n int) gatheredKernel {
		return func(dst, src, taps *float32, blocks, chunks, rest, dstStride, rowStride, tapStride int, accumulate uint64, lanes *uint32) {
			rows, numTaps := n*blocks, chunks*chunk+rest
			w.tell(name, n, rows*numTaps, 0, grid(rows, numTaps, rowStride, tapStride, 4*w.lanes)+grid(1, numTaps, 0, 4*panelWidth, 4*w.lanes))
		}
	})
}
