package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// mostGradients is how many taps of a gradient are summed up at once.
const mostGradients = 12

// depthwiseGradient writes the kernels that sum up the gradient of 1 to mostGradients
// taps: of as many vectors of columns side by side as make the sums independent enough
// to fill the pipes, of one, and of the first columns of one.
func (g *generator) depthwiseGradient() {
	for taps := 1; taps <= mostGradients; taps++ {
		if v := GradientVectors(taps); v > 1 {
			g.gradientOf(taps, v, false)
		}
		g.gradientOf(taps, 1, false)
		g.gradientOf(taps, 1, true)
	}
}

// GradientVectors is how many vectors of columns the kernel for so many taps takes side
// by side. With them sums and inputs fit 16 registers.
func GradientVectors(taps int) int {
	switch {
	case taps <= 3:
		return 4
	case taps <= 7:
		return 2
	}
	return 1
}

func (g *generator) gradientOf(taps, vectors int, masked bool) {
	name, lanesParam, of := "depthwiseGradient", "", ""
	if masked {
		name, lanesParam, of = name+"Edge", ", lanes *uint32", "for the columns that lanes has set"
	}
	name = fmt.Sprintf("%s%dx%d%s", name, taps, vectors*g.lanes, g.suffix)
	g.kernel(name, fmt.Sprintf("func(dst, src, du *float32, rows, dstStride, tapStride, rowStride, duStride int%s)", lanesParam))
	doc := []string{
		fmt.Sprintf("%s does, with strides in bytes,", name),
		"",
		fmt.Sprintf("\tfor j in 0..%d, i in 0..%d: s := dst[j*dstStride + i]", taps-1, vectors*g.lanes-1),
		"\t\tfor r in 0..rows-1: s = fma(src[r*rowStride + j*tapStride + i], du[r*duStride + i], s)",
		"\t\tdst[j*dstStride + i] = s",
	}
	if masked {
		doc = append(doc, "", of+".")
	}
	g.Doc(doc...)
	var lanes Op
	if masked {
		lanes = g.firstLanes()
	}

	sums := make([][]reg.VecVirtual, taps)
	for j := range sums {
		sums[j] = g.vectors(vectors)
	}
	each := func(visit func(m Mem, s reg.VecVirtual)) {
		at, stride := g.Load(g.Param("dst"), g.GP64()), g.Load(g.Param("dstStride"), g.GP64())
		for j, row := range sums {
			m := g.row(at, stride, j)
			for v, s := range row {
				visit(m.Offset(v*g.bytes()), s)
			}
		}
	}
	each(func(m Mem, s reg.VecVirtual) {
		if masked {
			g.loadLanes(lanes, m, s)
		} else {
			g.VMOVUPS(m, s)
		}
	})
	x := g.rowPointers("src", "tapStride", taps)
	du := g.Load(g.Param("du"), g.GP64())
	rowStride, duStride := g.Load(g.Param("rowStride"), g.GP64()), g.Load(g.Param("duStride"), g.GP64())
	g.loop("rows", "row", func() {
		d := g.vectors(vectors)
		for v := range d {
			if masked {
				g.loadLanes(lanes, Mem{Base: du}, d[v])
			} else {
				g.VMOVUPS(Mem{Base: du, Disp: v * g.bytes()}, d[v])
			}
		}
		for j := range sums {
			for v := range d {
				if masked {
					y := g.vector()
					g.loadLanes(lanes, x.at(j, 0), y)
					g.VFMADD231PS(y, d[v], sums[j][v])
				} else {
					g.VFMADD231PS(x.at(j, v*g.bytes()), d[v], sums[j][v])
				}
			}
		}
		g.advance(x, rowStride)
		g.ADDQ(duStride, du)
	})
	each(func(m Mem, s reg.VecVirtual) {
		if masked {
			g.storeLanes(s, lanes, m)
		} else {
			g.VMOVUPS(s, m)
		}
	})
	g.VZEROUPPER()
	g.RET()
}
