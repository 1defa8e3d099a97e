package main

import (
	"fmt"

	"github.com/sepconv/go/gen/a64"
)

// wide writes the tiles for fewer rows than keep the multiply-add units busy with
// one panel: they take several panels, so that there are 16 sums, as many as four
// units with a latency of four cycles can work on, or nearly. With so few rows the
// weights come from afar and are used once, and what counts is to have several
// streams of them under way.
func (g *generator) wide() {
	for _, t := range []struct{ rows, panels int }{{4, 2}, {3, 2}, {2, 4}, {1, 4}} {
		newWideTile(g, t.rows, t.panels).write()
	}
}

// wideTile has the weights of some vectors of a step in registers, in rotation.
type wideTile struct {
	pointwiseTile
	panels []a64.R
	loaded []a64.V
}

func newWideTile(g *generator, rows, panels int) *wideTile {
	t := &wideTile{panels: make([]a64.R, panels)}
	t.generator, t.height, t.vectors = g, rows, panels*panelVectors
	behind := a64.V(0)
	for range rows {
		t.sums = append(t.sums, a64.Vectors(behind, behind+a64.V(t.vectors)-1))
		behind += a64.V(t.vectors)
	}
	t.inputs = a64.Vectors(behind, behind+a64.V(rows)-1)
	behind += a64.V(rows)
	t.loaded = a64.Vectors(behind, behind+7)
	return t
}

func (t *wideTile) write() {
	width := panelVectors * lanes
	filters := width * len(t.panels)
	t.kernel(fmt.Sprintf("pointwise%dx%d%s", t.height, filters, suffix),
		"(dst, u, panels, bias *float32, depth, dstStride, uStride, panelStride int, flags uint64)",
		fmt.Sprintf("for %d panels, with strides in bytes", len(t.panels)),
		fmt.Sprintf("for r in 0..%d, f in 0..%d: y := flags&1 != 0 ? dst[r*dstStride + f] : bias[f]", t.height-1, filters-1),
		fmt.Sprintf("\tfor q in 0..depth-1: y = fma(u[r*uStride + 4*q], panels[f/%d*panelStride + q*%d + f%%%d], y)", width, width, width),
		"\tdst[r*dstStride + f] = flags&2 != 0 ? max(y, 0) : y")
	t.dst, t.dstStride, t.bias = t.Param("dst"), t.Param("dstStride"), t.Param("bias")
	t.startSums()
	stride := t.Param("uStride")
	t.u = t.rows(t.Param("u"), stride, t.height)
	panelStride := t.Param("panelStride")
	t.panels = t.rows(t.Param("panels"), panelStride, len(t.panels))

	depth, turns := t.Param("depth"), t.R()
	t.LSR(2, depth, turns) // by turn
	t.repeatIfAny("turns", turns, func() { t.steps(turn, t.LoadQ) })
	t.ANDImm(turn-1, depth, depth)
	t.repeatIfAny("rest", depth, func() { t.steps(1, t.LoadS) })
	t.finishSums()
	t.RET()
}

// steps does n steps of the depth, for which load loads a row's inputs.
func (t *wideTile) steps(n int, load func(m a64.Mem, v a64.V)) {
	for r, row := range t.u {
		load(a64.At(row), t.inputs[r])
		t.ADDImm(4*n, row, row)
	}
	for step := range n {
		for p, panel := range t.panels {
			w := t.loaded[p*panelVectors%len(t.loaded):][:panelVectors]
			t.LD1Next(panel, w...)
			for v, w := range w {
				for r := range t.sums {
					t.VFMLALane(t.inputs[r].S(step), w, t.sums[r][p*panelVectors+v])
				}
			}
		}
	}
}
