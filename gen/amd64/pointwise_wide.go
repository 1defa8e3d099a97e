package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// wide writes the tiles for fewer rows than keep the FMA units busy with one
// panel: they take several panels, so that there are 8 sums or more, as many as
// two units with a latency of four cycles can work on. With so few rows the
// weights come from afar and are used once, and what counts is to have several
// streams of them under way.
func (g *generator) wide() {
	for _, t := range []struct{ rows, panels int }{{3, 2}, {2, 2}, {1, 4}} {
		wideTile{pointwiseTile{generator: g, height: t.rows, vectors: 2 * t.panels}, t.panels}.write()
	}
}

type wideTile struct {
	pointwiseTile
	panels int
}

func (t wideTile) write() {
	name := fmt.Sprintf("pointwise%dx%d%s", t.height, t.filters(), t.suffix)
	t.kernel(name, "func(dst, u, panels, bias *float32, depth, dstStride, uStride, panelStride int, flags uint64)")
	width := t.filters() / t.panels
	t.Doc(
		fmt.Sprintf("%s does, for %d panels, with strides in bytes,", name, t.panels),
		"",
		fmt.Sprintf("\tfor r in 0..%d, f in 0..%d: y := flags&1 != 0 ? dst[r*dstStride + f] : bias[f]", t.height-1, t.filters()-1),
		fmt.Sprintf("\t\tfor q in 0..depth-1: y = fma(u[r*uStride + 4*q], panels[f/%d*panelStride + q*%d + f%%%d], y)", width, width, width),
		"\t\tdst[r*dstStride + f] = flags&2 != 0 ? max(y, 0) : y",
	)
	dst, dstStride := t.Load(t.Param("dst"), t.GP64()), t.Load(t.Param("dstStride"), t.GP64())
	sums := t.startSums(dst, dstStride)
	u := t.rowPointers("u", "uStride", t.height)
	panels := t.rowPointers("panels", "panelStride", t.panels)
	t.turns("depth", func(steps int) {
		for i := range steps {
			t.multiplyAdd(u, panels, i, sums)
		}
		t.advance(u, Imm(uint64(4*steps)))
		t.advance(panels, U32(uint32(4*width*steps)))
	})
	t.finishSums(dst, dstStride, sums)
	t.VZEROUPPER()
	t.RET()
}

// multiplyAdd adds step i of the depth, counted from the pointers, to the sums.
func (t wideTile) multiplyAdd(u, panels rowPointers, i int, sums [][]reg.VecVirtual) {
	x := t.generator.vectors(t.height)
	for r := range x {
		t.VBROADCASTSS(u.at(r, 4*i), x[r])
	}
	perPanel := len(sums[0]) / t.panels
	for v := range sums[0] {
		m := panels.at(v/perPanel, (i*perPanel+v%perPanel)*t.bytes())
		if t.height == 1 {
			t.VFMADD231PS(m, x[0], sums[0][v])
			continue
		}
		w := t.vector()
		t.VMOVUPS(m, w)
		for r := range x {
			t.VFMADD231PS(w, x[r], sums[r][v])
		}
	}
}
