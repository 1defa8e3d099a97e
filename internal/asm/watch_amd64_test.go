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

// watchRolls replaces the kernels that roll.
func (w *watcher) watchRolls(v *vectorSet) {
	tell := func(name string, taps, singles, turns, vectors, rowStride, panelStride int) {
		rows := taps - 1 + singles + turns*rowsOfTurn(taps)
		bytes := 4 * w.lanes * vectors
		w.tell(name, taps, rows*taps*vectors, 0,
			grid(rows, taps, rowStride, rowStride, bytes)+grid((vectors-1)*w.lanes/panelWidth+1, taps, panelStride, 4*panelWidth, 4*panelWidth))
	}
	v.rollKernels = wrap(v.rollKernels, func(taps int) rollKernel {
		return func(dst, src, weights *float32, singles, turns, vectors, dstStride, rowStride, panelStride int) {
			tell("roll", taps, singles, turns, vectors, rowStride, panelStride)
		}
	})
	v.gatheredRolls = wrap(v.gatheredRolls, func(taps int) gatheredRollKernel {
		return func(dst, src, weights *float32, singles, turns, dstStride, rowStride int, lanes *uint32) {
			tell("gathered roll", taps, singles, turns, 1, rowStride, 0)
		}
	})
}
