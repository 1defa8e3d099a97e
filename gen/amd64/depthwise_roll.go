package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// mostStride is the largest stride with kernels that roll.
const mostStride = 4

// depthwiseRolls writes the kernels that roll down the rows, for every stride and
// every number of taps that fits the registers. One tap is the same with any stride.
func (g *generator) depthwiseRolls() {
	for stride := 1; stride <= mostStride; stride++ {
		for k := (rollKernel{g, min(stride, 2), stride}); k.fits(0); k.taps++ {
			k.columns()
		}
		for k := (rollKernel{g, min(stride, 2), stride}); k.fits(g.gatheredNeeds()); k.taps++ {
			k.gathered()
		}
	}
}

// rollKernel goes down the rows of one vector of columns if outputs begin a stride of
// inputs apart, and each input is where the next tap of an output is. The weights of
// all taps stay in registers. So do the sums of the outputs that have begun. A step is
// the inputs from where one output begins to where the next one does: its input i is
// tap q*stride+i of the output that began q steps before. It completes one output,
// whose register takes the next step's first input, and begins another, in its own
// register:
//
//	load x;  for q = most..1: sum[-q] += w[q*stride]*x;  sum[0] = x = w[0]*x + 0
//	for i in 1..stride-1: load x;  for q = most..0: sum[-q] += w[q*stride+i]*x
//	store sum[-(ring-1)]
//
// where ring is the steps that the taps of an output are in, and most is ring-1, or one
// less where there is no such tap. So each input is loaded once, and no sum is set to
// zero. The first ring-1 steps complete no output, the last ring-1 begin none. Between
// them are whole turns of the ring of registers, for which the loop is unrolled; what is
// left of a turn goes before, each step with a turn back by moves, which cost nearly
// nothing.
type rollKernel struct {
	*generator
	taps, stride int
}

// fits reports whether the registers hold a zero, an input besides a step's first, the
// sums and the weights, and leave so many others.
func (k rollKernel) fits(others int) bool {
	const mostTaps = 20
	needs := 1 + min(k.stride-1, 1) + k.ring() + k.taps + others
	return needs <= k.registers() && k.taps <= mostTaps
}

// ring is how many outputs have begun when one is complete, and package asm knows it.
func (k rollKernel) ring() int { return (k.taps + k.stride - 1) / k.stride }

// rollState is the registers of a kernel.
type rollState struct {
	dst, src, panel      reg.Register
	dstStride, rowStride reg.Register
	zero                 reg.VecVirtual
	load                 func(m Mem, x reg.VecVirtual)
}

func (k rollKernel) begin(kind, parameters, columns, input string) *rollState {
	name := fmt.Sprintf("depthwiseRoll%s%d%sx%d%s", kind, k.taps, k.by(), k.lanes, k.suffix)
	k.kernel(name, "func("+parameters+")")
	k.Doc(
		fmt.Sprintf("%s does, with strides in bytes, %s,", name, columns),
		"",
		fmt.Sprintf("\tfor r in 0..%d+singles+turns*%d-1: u := 0", k.ring()-1, k.turn()),
		fmt.Sprintf("\t\tfor j in 0..%d: u = fma(src[(%s+j)*rowStride + %s], taps[j*%d + i], u)", k.taps-1, k.first(), input, panelWidth),
		"\t\tdst[r*dstStride + i] = u",
	)
	param := func(name string) reg.Register { return k.Load(k.Param(name), k.GP64()) }
	s := &rollState{
		dst: param("dst"), src: param("src"), panel: param("taps"),
		dstStride: param("dstStride"), rowStride: param("rowStride"), zero: k.vector(),
		load: func(m Mem, x reg.VecVirtual) { k.VMOVUPS(m, x) },
	}
	k.VXORPS(s.zero, s.zero, s.zero)
	return s
}

// by is what the names of kernels say of the stride.
func (k rollKernel) by() string {
	if k.stride == 1 {
		return ""
	}
	return fmt.Sprintf("By%d", k.stride)
}

// first is the row of the first input of output r, in the kernel's doc.
func (k rollKernel) first() string {
	if k.stride == 1 {
		return "r"
	}
	return fmt.Sprintf("%d*r", k.stride)
}

// columns writes the kernel for whole vectors of columns side by side. (Not for the
// last one under a mask as well: on Zen 5 masked loads that miss the first-level
// cache are slow: 15 % of L2, a whole layer.)
func (k rollKernel) columns() {
	s := k.begin("", "dst, src, taps *float32, singles, turns, vectors, dstStride, rowStride, panelStride int",
		fmt.Sprintf("for vectors of %d columns i, of which %d are a panel whose taps are panelStride bytes from the next one's", k.lanes, panelWidth/k.lanes),
		"i")
	next := k.nextVector(s)
	k.loop("vectors", "vector", func() {
		k.down(s)
		next()
	})
	k.VZEROUPPER()
	k.RET()
}

// nextVector returns how to move on to the next vector, whose taps are in the same
// panel or in the next one, by turns if a panel is two vectors.
func (k rollKernel) nextVector(s *rollState) func() {
	size := U32(k.bytes())
	later := k.Load(k.Param("panelStride"), k.GP64())
	now := later
	if k.lanes < panelWidth {
		k.SUBQ(size, later)
		now = k.GP64()
		k.MOVQ(size, now)
	}
	return func() {
		k.ADDQ(size, s.dst)
		k.ADDQ(size, s.src)
		k.ADDQ(now, s.panel)
		if now != later {
			k.XCHGQ(now, later)
		}
	}
}

// gathered writes the kernel for one vector of columns, some of which may not
// exist, and whose inputs need not be side by side.
func (k rollKernel) gathered() {
	s := k.begin("Gathered", "dst, src, taps *float32, singles, turns, dstStride, rowStride int, lanes *uint32",
		fmt.Sprintf("for %d columns i", k.lanes), "lanes.index[i]")
	s.load = k.gatheredLoad(k.Load(k.Param("lanes"), k.GP64()))
	k.down(s)
	k.VZEROUPPER()
	k.RET()
}

// down computes one vector of columns of all rows.
func (k rollKernel) down(s *rollState) {
	weights := k.vectors(k.taps)
	for t, w := range weights {
		k.VMOVUPS(Mem{Base: s.panel, Disp: 4 * panelWidth * t}, w)
	}
	r := &roll{rollKernel: k, rollState: s, weights: weights, ring: k.vectors(k.ring())}
	if k.stride > 1 {
		r.x = k.vector()
	}
	src, dst := &cursor{k.generator, k.moved(s.src), s.rowStride, 0}, k.moved(s.dst)
	few := k.ring() - 1
	for i := range few {
		r.step(src, i, i, 0, i)
	}
	src.rowsGone(few * k.stride)

	k.loop("singles", "single", func() {
		r.step(src, 0, few, 0, few)
		src.rowsGone(k.stride)
		r.store(few, Mem{Base: dst})
		k.ADDQ(s.dstStride, dst)
		for i := range few {
			k.VMOVAPS(r.ring[i+1], r.ring[i])
		}
	})
	k.loop("turns", "turn", func() {
		for i := range k.turn() {
			r.step(src, i, few+i, 0, few)
			r.store(few+i, k.row(dst, s.dstStride, i))
		}
		src.rowsGone(k.turn() * k.stride)
		k.rowsGone(dst, s.dstStride, k.turn())
	})

	for i := range few {
		r.step(src, i, few+i, i+1, few)
		r.store(few+i, k.row(dst, s.dstStride, i))
	}
}

// turn is the steps of the loop: whole turns of the ring, and enough of them that the
// jump counts for little.
func (k rollKernel) turn() int {
	const enough = 4
	return (enough + k.ring() - 1) / k.ring() * k.ring()
}

// roll is the sums of a kernel: that of the output that step n begins is in register
// n%ring of the ring.
type roll struct {
	rollKernel
	*rollState
	weights, ring []reg.VecVirtual
	x             reg.VecVirtual // of inputs besides a step's first
}

// step goes through the inputs of step n, which is step at from where the cursor began,
// for the outputs that began from least to most steps before. It leaves out inputs that
// are of none of them.
func (r *roll) step(src *cursor, at, n, least, most int) {
	for i := range min(r.stride, r.taps-least*r.stride) {
		m := src.row(at*r.stride + i)
		if i == 0 {
			r.input(m, r.sum(n), n, 0, max(least, 1), most)
		} else {
			r.input(m, r.x, n, i, least, most)
		}
		if i == 0 && least == 0 {
			r.VFMADD132PS(r.weights[0], r.zero, r.sum(n))
		}
	}
}

// input multiplies input i of step n, which it loads into x, for outputs that began from
// least to most steps before.
func (r *roll) input(m Mem, x reg.VecVirtual, n, i, least, most int) {
	r.load(m, x)
	for q := min(most, (r.taps-1-i)/r.stride); q >= least; q-- {
		r.VFMADD231PS(r.weights[q*r.stride+i], x, r.sum(n-q))
	}
}

func (r *roll) sum(n int) reg.VecVirtual { return r.ring[n%len(r.ring)] }

// store stores the output that step n completes.
func (r *roll) store(n int, m Mem) { r.VMOVUPS(r.sum(n+1), m) }
