package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// shallow writes the tiles of little depth: all weights and the bias stay in registers,
// and row after row goes by. A block of several rows would spend as long on its beginning
// and its end as on its sums; here nothing but a row's own chain keeps the processor from
// the rows behind it.
func (g *generator) shallow() {
	vectors := g.registers() / 8
	// Besides the weights there are biases, sums, an input and the zero of ReLU.
	for depth := 1; vectors*(depth+2)+2 <= g.registers(); depth++ {
		shallowTile{pointwiseTile{generator: g, vectors: vectors, apart: 2}, depth}.write()
	}
}

type shallowTile struct {
	pointwiseTile
	steps int // of the depth
}

func (t shallowTile) write() {
	name := fmt.Sprintf("pointwiseShallow%dx%d%s", t.steps, t.filters(), t.suffix)
	t.kernel(name, "func(dst, u, panels, bias *float32, rows, dstStride, uStride, panelStride int, flags uint64)")
	width := t.apart * t.lanes
	t.Doc(
		fmt.Sprintf("%s does, with strides in bytes,", name),
		"",
		fmt.Sprintf("\tfor r in 0..rows-1, f in 0..%d: y := bias[f]", t.filters()-1),
		fmt.Sprintf("\t\tfor q in 0..%d: y = fma(u[r*uStride + 4*q], panels[f/%d*panelStride + q*%d + f%%%d], y)", t.steps-1, width, width, width),
		"\t\tdst[r*dstStride + f] = flags&2 != 0 ? max(y, 0) : y",
	)
	dst, dstStride := t.Load(t.Param("dst"), t.GP64()), t.Load(t.Param("dstStride"), t.GP64())
	u, uStride := t.Load(t.Param("u"), t.GP64()), t.Load(t.Param("uStride"), t.GP64())
	rows := t.Load(t.Param("rows"), t.GP64())
	weights, bias := t.weights(), t.generator.vectors(t.vectors)
	from := t.Load(t.Param("bias"), t.GP64())
	for v, b := range bias {
		t.VMOVUPS(Mem{Base: from, Disp: v * t.bytes()}, b)
	}
	row := func(finish func(y []reg.VecVirtual)) {
		y := t.sums(u, weights, bias)
		finish(y)
		for v := range y {
			t.VMOVUPS(y[v], Mem{Base: dst, Disp: v * t.bytes()})
		}
		t.ADDQ(uStride, u)
		t.ADDQ(dstStride, dst)
	}
	t.ifFlag(bitReLU, "relu")
	t.repeat("rows", rows, func() { row(func([]reg.VecVirtual) {}) })
	t.VZEROUPPER()
	t.RET()
	t.Label("relu")
	zero := t.zero()
	t.repeat("relu_rows", rows, func() { row(func(y []reg.VecVirtual) { t.relu(zero, y) }) })
	t.VZEROUPPER()
	t.RET()
}

// weights loads all weights: by step, the vectors of filters.
func (t shallowTile) weights() [][]reg.VecVirtual {
	panels := t.rowPointers("panels", "panelStride", t.vectors/t.apart)
	weights := make([][]reg.VecVirtual, t.steps)
	for q := range weights {
		weights[q] = t.generator.vectors(t.vectors)
		for v, w := range weights[q] {
			t.VMOVUPS(panels.at(v/t.apart, (q*t.apart+v%t.apart)*t.bytes()), w)
		}
	}
	return weights
}

// sums returns those of a row of u.
func (t shallowTile) sums(u reg.Register, weights [][]reg.VecVirtual, bias []reg.VecVirtual) []reg.VecVirtual {
	y := t.generator.vectors(t.vectors)
	for v := range y {
		t.VMOVAPS(bias[v], y[v])
	}
	for q, step := range weights {
		x := t.vector()
		t.VBROADCASTSS(Mem{Base: u, Disp: 4 * q}, x)
		for v, w := range step {
			t.VFMADD231PS(w, x, y[v])
		}
	}
	return y
}
