package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/sepconv/go/gen/activation"
)

// A word of signs is of signLanes floats: bits of those greater than 0, and above them
// of those that are NaN.
const signLanes = 16

// signs writes the kernels that keep of floats what relu's derivative needs, and that
// take a gradient back by it.
func (g *generator) signs() {
	g.keepSigns()
	g.pullSigns()
}

func (g *generator) keepSigns() {
	name := "signs" + g.suffix
	g.kernel(name, "func(signs *uint32, y *float32, words int)")
	g.Doc(
		fmt.Sprintf("%s does", name),
		"",
		fmt.Sprintf("\tfor i in 0..words-1, l in 0..%d:", signLanes-1),
		fmt.Sprintf("\t\tbit l of signs[i] = y[%d*i+l] > 0, bit %[1]d+l = y[%[1]d*i+l] is NaN", signLanes),
	)
	signs, y := g.Load(g.Param("signs"), g.GP64()), g.Load(g.Param("y"), g.GP64())
	zero := g.vector()
	g.VXORPS(zero, zero, zero)
	g.loop("words", "word", func() {
		if g.lanes == signLanes {
			x, greater, unordered := g.vector(), g.K(), g.K()
			g.VMOVUPS(Mem{Base: y}, x)
			g.VCMPPS(U8(predicates[activation.Greater]), zero, x, greater)
			g.VCMPPS(Imm(isUnordered), x, x, unordered)
			g.KUNPCKWD(greater, unordered, greater)
			g.KMOVD(greater, Mem{Base: signs})
		} else {
			word := g.GP32()
			for i := range 2 {
				x, m := g.vector(), g.vector()
				g.VMOVUPS(Mem{Base: y, Disp: i * g.bytes()}, x)
				g.VCMPPS(U8(predicates[activation.Greater]), zero, x, m)
				g.bitsInto(word, m, i*g.lanes)
				g.VCMPPS(Imm(isUnordered), x, x, m)
				g.bitsInto(word, m, signLanes+i*g.lanes)
			}
			g.MOVL(word, Mem{Base: signs})
		}
		g.ADDQ(Imm(4), signs)
		g.ADDQ(Imm(4*signLanes), y)
	})
	g.VZEROUPPER()
	g.RET()
}

// bitsInto puts the top bits of a vector's lanes into a word, from a bit on.
func (g *generator) bitsInto(word reg.Register, m reg.VecVirtual, from int) {
	if from == 0 {
		g.VMOVMSKPS(m, word)
		return
	}
	b := g.GP32()
	g.VMOVMSKPS(m, b)
	g.SHLL(Imm(uint64(from)), b)
	g.ORL(b, word)
}

func (g *generator) pullSigns() {
	name := "signsPullback" + g.suffix
	g.kernel(name, "func(grad, dy *float32, signs *uint32, words int)")
	g.Doc(
		fmt.Sprintf("%s does", name),
		"",
		fmt.Sprintf("\tfor i in 0..words-1, l in 0..%d: grad[%d*i+l] = dy[%[2]d*i+l] * slope", signLanes-1, signLanes),
		"",
		fmt.Sprintf("where slope is NaN if bit %d+l of signs[i] is set, 1 if bit l is, and otherwise 0.", signLanes),
	)
	dst, dy := g.Load(g.Param("grad"), g.GP64()), g.Load(g.Param("dy"), g.GP64())
	signs := g.Load(g.Param("signs"), g.GP64())
	one, nan := g.vector(), g.vector()
	g.fill(one, 0x3f800000)
	var bits reg.VecVirtual
	if g.lanes == signLanes {
		g.fill(nan, 0x7fc00000)
	} else {
		bits = g.laneBits()
	}
	g.loop("words", "word", func() {
		if g.lanes == signLanes {
			slope, set, unordered := g.vector(), g.K(), g.K()
			g.KMOVW(Mem{Base: signs}, set)
			g.KMOVW(Mem{Base: signs, Disp: 2}, unordered)
			g.VMOVAPS_Z(one, set, slope)
			g.VMOVAPS(nan, unordered, slope)
			g.VMULPS(Mem{Base: dy}, slope, slope)
			g.VMOVUPS(slope, Mem{Base: dst})
		} else {
			for i := range 2 {
				slope, unordered := g.vector(), g.vector()
				g.whereSet(Mem{Base: signs, Disp: i}, bits, slope)
				g.whereSet(Mem{Base: signs, Disp: 2 + i}, bits, unordered)
				g.VANDPS(one, slope, slope)
				g.VORPS(unordered, slope, slope) // all bits: NaN
				g.VMULPS(Mem{Base: dy, Disp: i * g.bytes()}, slope, slope)
				g.VMOVUPS(slope, Mem{Base: dst, Disp: i * g.bytes()})
			}
		}
		g.ADDQ(Imm(4), signs)
		g.ADDQ(Imm(4*signLanes), dy)
		g.ADDQ(Imm(4*signLanes), dst)
	})
	g.VZEROUPPER()
	g.RET()
}

// fill puts a float32, given by its bits, into every lane.
func (g *generator) fill(v reg.VecVirtual, bits uint32) {
	x := g.GP32()
	g.MOVL(U32(bits), x)
	if g.lanes == 16 {
		g.VPBROADCASTD(x, v)
		return
	}
	low := g.XMM()
	g.VMOVD(x, low)
	g.VBROADCASTSS(low, v)
}

// laneBits returns 1, 2, 4 and so on in the 8 lanes of a vector.
func (g *generator) laneBits() reg.VecVirtual {
	x, low, v := g.GP64(), g.XMM(), g.vector()
	g.MOVQ(U64(0x8040201008040201), x)
	g.VMOVQ(x, low)
	g.VPMOVZXBD(low, v)
	return v
}

// whereSet sets all bits of the lanes whose bit in a byte is set.
func (g *generator) whereSet(b Mem, bits, v reg.VecVirtual) {
	g.VPBROADCASTB(b, v)
	g.VPAND(bits, v, v)
	g.VPCMPEQD(bits, v, v)
}
