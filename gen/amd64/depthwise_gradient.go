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
// to fill the pipes, or of more, whose rows are longer runs of memory, of one, and of the
// first columns of one.
//
// At the start of a signal the last tap has an input first, and at its end the first tap
// has one last: so a kernel has a loop for the rows of each range of taps, and the sums
// stay in registers from one to the next. (Measured on Zen 5, by a call for each range:
// backward 0.93 to 0.97 of the time for signals of 128 steps and 11 to 29 taps.)
func (g *generator) depthwiseGradient() {
	for taps := 1; taps <= mostGradients; taps++ {
		for _, vectors := range g.gradientVectors(taps) {
			g.gradientOf(taps, vectors, false)
		}
		g.gradientOf(taps, 1, true)
	}
}

// gradientVectors is how many vectors of columns the kernels for so many taps take side
// by side, the most first: so many that sums fit the registers beside one of du.
func (g *generator) gradientVectors(taps int) []int {
	switch {
	case taps <= 3 && g.registers() == 32:
		return []int{8, 4, 1}
	case taps <= 3:
		return []int{4, 1}
	case taps <= 7:
		return []int{2, 1}
	}
	return []int{1}
}

func (g *generator) gradientOf(taps, vectors int, masked bool) {
	name, lanesParam, of := "depthwiseGradient", "", ""
	if masked {
		name, lanesParam, of = name+"Edge", ", lanes *uint32", "for the columns that lanes has set"
	}
	name = fmt.Sprintf("%s%dx%d%s", name, taps, vectors*g.lanes, g.suffix)
	g.kernel(name, fmt.Sprintf("func(dst, src, du *float32, rows *int, offset, dstStride, tapStride, rowStride, duStride int%s)", lanesParam))
	doc := []string{
		fmt.Sprintf("%s does, with strides in bytes and src offset bytes further,", name),
		"",
		fmt.Sprintf("\tfor j in 0..%d, i in 0..%d: s := dst[j*dstStride + i]", taps-1, vectors*g.lanes-1),
		"\t\tfor r in the rows of tap j: s = fma(src[r*rowStride + j*tapStride + i], du[r*duStride + i], s)",
		"\t\tdst[j*dstStride + i] = s",
	}
	if masked {
		doc = append(doc, "", of+".")
	}
	doc = append(doc, "", fmt.Sprintf("Of the rows, the first rows[0] are those of tap %d alone, and the next rows[n] those", taps-1),
		fmt.Sprintf("of taps max(%d-n, 0) to min(%d-n, %d).", taps-1, 2*(taps-1), taps-1))
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
	g.advance(x, g.Load(g.Param("offset"), g.GP64()))
	du, rows := g.Load(g.Param("du"), g.GP64()), g.Load(g.Param("rows"), g.GP64())
	rowStride, duStride := g.Load(g.Param("rowStride"), g.GP64()), g.Load(g.Param("duStride"), g.GP64())
	for n := range 2*taps - 1 {
		left := g.GP64()
		g.MOVQ(Mem{Base: rows, Disp: 8 * n}, left)
		g.repeat(fmt.Sprintf("rows%d", n), left, func() {
			for v := range vectors {
				d := g.vector()
				if masked {
					g.loadLanes(lanes, Mem{Base: du}, d)
				} else {
					g.VMOVUPS(Mem{Base: du, Disp: v * g.bytes()}, d)
				}
				for j := max(taps-1-n, 0); j <= min(2*(taps-1)-n, taps-1); j++ {
					if masked {
						y := g.vector()
						g.loadLanes(lanes, x.at(j, 0), y)
						g.VFMADD231PS(y, d, sums[j][v])
					} else {
						g.VFMADD231PS(x.at(j, v*g.bytes()), d, sums[j][v])
					}
				}
			}
			g.advance(x, rowStride)
			g.ADDQ(duStride, du)
		})
	}
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
