//go:build !purego && !noasm

package asm

import "testing"

// watchOthers would replace kernels that are in no set.
func (w *watcher) watchOthers(testing.TB) {}

func (w *watcher) gatheredCalls(name string, kernels []gatheredKernel, chunk int) []gatheredKernel {
	return wrap(kernels, func(n int) gatheredKernel {
		return func(dst, src, taps *float32, chunks, rest, dstStride, rowStride, tapStride int, accumulate uint64, lanes *uint32) {
			numTaps := chunks*chunk + rest
			w.tell(name, n, n*numTaps, 0, grid(n, numTaps, rowStride, tapStride, 4*w.lanes)+grid(1, numTaps, 0, 4*panelWidth, 4*w.lanes))
		}
	})
}
