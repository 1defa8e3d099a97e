//go:build !purego && !noasm

package asm

// vectorSets are those of the rows that sets returns.
var vectorSets = []*vectorSet{neon}

func (w *watcher) gatheredCalls(name string, kernels []gatheredKernel, chunk int) []gatheredKernel {
	if name == "gathered" { // the others of its kind, which are in no set
		neonSingle = w.gatheredCalls("single", neonSingle, w.chunk)
		neonTwice = w.gatheredCalls("twice", neonTwice, w.chunk)
	}
	return wrap(kernels, func(n int) gatheredKernel {
		return func(dst, src, taps *float32, blocks, chunks, rest, dstStride, rowStride, tapStride int, accumulate uint64, lanes *uint32) {
			rows, numTaps := n*blocks, chunks*chunk+rest
			w.tell(name, n, rows*numTaps, 0, grid(rows, numTaps, rowStride, tapStride, 4*w.lanes)+grid(1, numTaps, 0, 4*panelWidth, 4*w.lanes))
		}
	})
}
