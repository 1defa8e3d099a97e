package asmtest

import (
	"fmt"
	"unsafe"

	"github.com/sepconv/go/internal/asm"
	"github.com/sepconv/go/internal/kernel"
)

// Call is what one call of an assembly function does at most.
type Call struct {
	Kernel   string
	Size     int // rows or panels that the kernel takes, or the activation
	Vectors  int // multiply-adds of vectors
	Elements int // that go through an activation
	Lines    int // cache lines that may come from memory; scratch tiles do not
}

// watch returns a set with every assembly function replaced by one that only tells
// what it is called for.
func watch(k *asm.Kernels, see func(Call)) kernel.Set {
	w := &watcher{k, see}
	watched := w.watched()
	return watched.Set()
}

type watcher struct {
	*asm.Kernels
	see func(Call)
}

func (w *watcher) watched() asm.Kernels {
	k := *w.Kernels
	k.Pointwise = wrap(k.Pointwise, w.pointwiseCall)
	k.Products.Whole = wrap(k.Products.Whole, w.productCall)
	k.Products.Edges = wrap(k.Products.Edges, w.productEdgeCall)
	k.Gradients = wrap(k.Gradients, w.gradientCalls)
	k.Strided = wrap(k.Strided, w.stridedCall)
	k.Edges.ByVectors = wrap(k.Edges.ByVectors, func(vectors int) []asm.EdgeKernel {
		return wrap(w.Edges.ByVectors[vectors], func(n int) asm.EdgeKernel { return w.edgeCall(vectors, n) })
	})
	k.Shallow.ByDepth = wrap(k.Shallow.ByDepth, w.shallowCall)
	k.Windows = wrap(k.Windows, w.windowCall)
	k.Lines = wrap(k.Lines, w.linesCall)
	k.Rolls = wrap(k.Rolls, func(stride int) []asm.RollKernel {
		return wrap(w.Rolls[stride], func(taps int) asm.RollKernel { return w.rollCall(stride, taps) })
	})
	switch g := k.Gather.(type) {
	case *asm.Masks:
		k.Gather = w.masks(*g)
	case *asm.Tables:
		k.Gather = w.tables(*g)
	}
	k.Wide = append([]asm.Wide(nil), k.Wide...)
	for rows, wide := range k.Wide {
		if wide.Run != nil {
			k.Wide[rows].Run = w.wideCall(rows, wide)
		}
	}
	k.Copy = func(dst, src *float32, rows, columns, dstStride, srcStride int) {
		w.tell("copy", 0, 0, 0, grid(rows, 1, srcStride, 0, 4*columns)+grid(rows, 1, dstStride, 0, 4*columns))
	}
	k.CopiesPast = wrap(k.CopiesPast, w.copyPast)
	if k.Fence != nil {
		k.Fence = func() {}
	}
	k.Transpose = wrap(k.Transpose, func(n int) asm.TransposeKernel {
		return func(dst, src *float32, bands, blocks, dstStride, srcStride int) {
			w.tell("transpose", n, 0, 0, grid(n*bands, 1, srcStride, 0, 32*blocks)+grid(8*blocks, 1, dstStride, 0, 4*n*bands))
		}
	})
	k.Maximum = func(dst, src *float32, windows, rows, columns, dstStride, windowStride, rowStride int) {
		w.tell("maximum", 0, 0, 0, grid(windows, rows, windowStride, rowStride, 4*columns)+grid(windows, 1, dstStride, 0, 4*columns))
	}
	k.Sum = func(sums *float64, src *float32, rows, columns, rowStride int) {
		w.tell("sum", 0, 0, 0, grid(rows, 1, rowStride, 0, 4*columns)+grid(1, 1, 0, 0, 8*columns))
	}
	for f := range k.Activations.Plain {
		if k.Activations.Plain[f] != nil {
			k.Activations.Plain[f] = func(y *float32, n int) { w.tell("activation", f, 0, n, 0) }
		}
		if k.Activations.WithA[f] != nil {
			k.Activations.WithA[f] = func(y *float32, n int, a float32) { w.tell("activation", f, 0, n, 0) }
		}
	}
	for f := range k.Activations.PlainPullbacks {
		if k.Activations.PlainPullbacks[f] != nil {
			k.Activations.PlainPullbacks[f] = func(z, dy *float32, n int) { w.tell("pullback", f, 0, n, 0) }
		}
		if k.Activations.PullbacksWithA[f] != nil {
			k.Activations.PullbacksWithA[f] = func(z, dy *float32, n int, a float32) { w.tell("pullback", f, 0, n, 0) }
		}
	}
	k.Activations.Gate = func(a, b *float32, n int) { w.tell("gate", 0, 0, n, 0) }
	if k.Activations.Signs != nil {
		k.Activations.Signs = func(signs *uint32, y *float32, words int) { w.tell("signs", 0, 0, words, 0) }
		k.Activations.SignsPullback = func(g, dy *float32, signs *uint32, words int) { w.tell("pullback of signs", 0, 0, words, 0) }
	}
	return k
}

// wrap replaces kernels, each of which is at its number of rows, panels or taps.
func wrap[K any](kernels []K, with func(n int) K) []K {
	if kernels == nil {
		return nil
	}
	wrapped := make([]K, len(kernels))
	for n := range kernels {
		wrapped[n] = with(n)
	}
	return wrapped
}

func (w *watcher) tell(kernel string, n, vectors, elements, lines int) {
	w.see(Call{kernel, n, vectors, elements, lines})
}

func (w *watcher) copyPast(n int) asm.CopyPast {
	lanes := w.CopiesPast[n].Lanes
	return asm.CopyPast{Lanes: lanes, Run: func(dst, src *float32, rows, vectors, dstStride, srcStride int) {
		bytes := 4 * lanes * vectors
		w.tell("copy past the caches", lanes, 0, 0, grid(rows, 1, srcStride, 0, bytes)+grid(rows, 1, dstStride, 0, bytes))
	}}
}

func (w *watcher) pointwiseCall(n int) asm.PointwiseKernel {
	return func(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride, panels, panelStride int, ahead *float32, aheadStep int, flags uint64) {
		bytes := 4 * 2 * w.Lanes
		w.tell("pointwise", n, 2*n*blocks*depth*panels, 0, grid(panels, depth, panelStride, bytes, bytes)+grid(n*blocks, 1, dstStride, 0, bytes*panels))
	}
}

func (w *watcher) productCall(n int) asm.ProductKernel {
	return func(dst, u, g *float32, blocks, rows, dstStride, uStride, gStride int, ahead *float32, aheadStep int) {
		w.product("product", n, blocks, rows, dstStride, uStride, gStride)
	}
}

func (w *watcher) productEdgeCall(n int) asm.ProductEdge {
	return func(dst, u, g *float32, rows, dstStride, uStride, gStride int, ahead *float32, aheadStep int, bias *float32, lanes, lastLanes *uint32) {
		w.product("product edge", n, 1, rows, dstStride, uStride, gStride)
	}
}

func (w *watcher) product(kernel string, n, blocks, rows, dstStride, uStride, gStride int) {
	bytes := 4 * 2 * w.Lanes
	w.tell(kernel, n, 2*n*blocks*rows, 0, grid(rows, 1, gStride, 0, bytes)+grid(rows, 1, uStride, 0, 4*n*blocks)+grid(n*blocks, 1, dstStride, 0, bytes))
}

func (w *watcher) gradientCalls(taps int) asm.Gradient {
	call := func(vectors int) asm.GradientKernel {
		return func(dst, src, du *float32, counts *int, offset, dstStride, tapStride, rowStride, duStride int) {
			rows := 0
			for _, n := range unsafe.Slice(counts, 2*taps-1) {
				rows += n
			}
			bytes := 4 * w.Lanes * vectors
			w.tell("gradient", taps, rows*taps*vectors, 0, grid(rows, taps, rowStride, tapStride, bytes)+grid(rows, 1, duStride, 0, bytes))
		}
	}
	var g asm.Gradient
	for vectors, run := range w.Gradients[taps].ByVectors {
		of := call(vectors)
		if run == nil {
			of = nil
		}
		g.ByVectors = append(g.ByVectors, of)
	}
	g.Edge = func(dst, src, du *float32, rows *int, offset, dstStride, tapStride, rowStride, duStride int, _ *uint32) {
		call(1)(dst, src, du, rows, offset, dstStride, tapStride, rowStride, duStride)
	}
	return g
}

func (w *watcher) edgeCall(vectors, n int) asm.EdgeKernel {
	return func(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride int, ahead *float32, aheadStep int, lanes *uint32, flags uint64) {
		bytes := 4 * vectors * w.Lanes
		w.tell("edge", n, vectors*n*blocks*depth, 0, grid(1, depth, 0, 8*w.Lanes, bytes)+grid(n*blocks, 1, dstStride, 0, bytes))
	}
}

func (w *watcher) wideCall(n int, k asm.Wide) asm.WideKernel {
	return func(dst, u, panels, bias *float32, depth, dstStride, uStride, panelStride int, flags uint64) {
		bytes := 4 * 2 * w.Lanes
		w.tell("wide", n, 2*n*depth*k.Panels, 0, grid(k.Panels, depth, panelStride, bytes, bytes)+grid(n, 1, dstStride, 0, bytes*k.Panels))
	}
}

func (w *watcher) shallowCall(depth int) asm.ShallowKernel {
	panels, bytes := w.Shallow.Panels, 8*w.Lanes
	return func(dst, u, _, bias *float32, rows, dstStride, uStride, panelStride int, flags uint64) {
		w.tell("shallow", depth, 2*panels*rows*depth, 0, grid(panels, depth, panelStride, bytes, bytes)+grid(rows, 1, dstStride, 0, bytes*panels))
	}
}

func (w *watcher) stridedCall(n int) asm.StridedKernel {
	return func(dst, u, panel, bias *float32, blocks, depth, dstStride, uStride, uStep int, flags uint64) {
		w.tell("strided", n, n*blocks*depth*w.Panel/w.Lanes, 0, grid(n*blocks, depth, uStride, uStep, 4)+grid(depth, 1, 4*w.Panel, 0, 4*w.Panel))
	}
}

func (w *watcher) windowCall(n int) asm.WindowKernel {
	return func(dst, src, taps *float32, blocks, panels, chunks, rest, dstStride, rowStride, tapStride, panelStride int, accumulate uint64) {
		rows, numTaps := n*blocks, chunks*w.Chunk+rest
		bytes := 4 * w.Panel
		w.tell("window", n, rows*numTaps*panels*w.Panel/w.Lanes, 0,
			grid(rows, numTaps, rowStride, tapStride, bytes*panels)+grid(panels, numTaps, panelStride, bytes, bytes))
	}
}

func (w *watcher) linesCall(n int) asm.LinesKernel {
	return func(dst, src, taps *float32, lines, numTaps, panelStride, dstStep, lineStride, tapStride, tapsStep, ahead int, accumulate uint64) {
		steps := n * 2 * w.Lanes
		w.tell("lines", n, lines*numTaps*steps/w.Lanes, 0, lines*(grid(1, numTaps, 0, tapStride, 4*steps)+grid(1, numTaps, 0, 4, 4)))
	}
}

func (w *watcher) masks(m asm.Masks) *asm.Masks {
	m.Windows = wrap(m.Windows, func(n int) asm.MaskedKernel {
		return func(dst, src, taps *float32, chunks, rest, dstStride, rowStride, tapStride int, accumulate uint64, lanes *uint32) {
			w.gathered("gathered", n, chunks*m.Chunk+rest, n, rowStride, tapStride)
		}
	})
	rolls := m.Rolls
	m.Rolls = wrap(rolls, func(stride int) []asm.MaskedRollKernel {
		return wrap(rolls[stride], func(taps int) asm.MaskedRollKernel {
			return func(dst, src, weights *float32, singles, turns, dstStride, rowStride int, lanes *uint32) {
				w.roll("gathered roll", stride, taps, singles, turns, 1, rowStride, 0)
			}
		})
	})
	return &m
}

func (w *watcher) tables(g asm.Tables) *asm.Tables {
	with := func(name string, k *asm.TableKernels) {
		k.Windows = wrap(k.Windows, func(n int) asm.TableKernel {
			return func(dst, src, taps *float32, blocks, chunks, rest, dstStride, rowStride, tapStride int, accumulate uint64, lanes *uint32) {
				w.gathered(name, n, chunks*k.Chunk+rest, n*blocks, rowStride, tapStride)
			}
		})
		rolls := k.Rolls
		k.Rolls = wrap(rolls, func(stride int) []asm.TableRollKernel {
			return wrap(rolls[stride], func(taps int) asm.TableRollKernel {
				return func(dst, src, weights *float32, singles, turns, dstStride, rowStride int, lanes *uint32) {
					w.roll(name+" roll", stride, taps, singles, turns, 1, rowStride, 0)
				}
			})
		})
	}
	with("gathered", &g.Any)
	with("single", &g.Single)
	with("twice", &g.Twice)
	return &g
}

func (w *watcher) gathered(name string, n, numTaps, rows, rowStride, tapStride int) {
	w.tell(name, n, rows*numTaps, 0, grid(rows, numTaps, rowStride, tapStride, 4*w.Lanes)+grid(1, numTaps, 0, 4*w.Panel, 4*w.Lanes))
}

func (w *watcher) rollCall(stride, taps int) asm.RollKernel {
	return func(dst, src, weights *float32, singles, turns, vectors, dstStride, rowStride, panelStride int) {
		w.roll("roll", stride, taps, singles, turns, vectors, rowStride, panelStride)
	}
}

func (w *watcher) roll(name string, stride, taps, singles, turns, vectors, rowStride, panelStride int) {
	ring := asm.Ring(taps, stride)
	rows := ring - 1 + singles + turns*asm.RowsOfTurn(ring)
	bytes := 4 * w.Lanes * vectors
	w.tell(fmt.Sprintf("%s by %d", name, stride), taps, rows*taps*vectors, 0,
		grid(1, (rows-1)*stride+taps, 0, rowStride, bytes)+grid((vectors-1)*w.Lanes/w.Panel+1, taps, panelStride, 4*w.Panel, 4*w.Panel))
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
