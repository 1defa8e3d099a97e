package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// depthwiseRolls writes the kernels that roll down the rows, for every number of
// taps whose weights fit the registers beside as many sums.
func (g *generator) depthwiseRolls() {
	for taps := 1; taps <= g.ring; taps++ {
		rollKernel{g, taps}.columns()
	}
	for taps := 1; taps <= g.ring-g.gatheredLess(); taps++ {
		rollKernel{g, taps}.gathered()
	}
}

// rollKernel goes down the rows of one vector of columns if an output's next tap
// is where the next output's tap is, as with stride 1. The weights of all taps stay
// in registers. So do the sums of the outputs that have begun: an input is tap t of
// the output that began t inputs before. It completes one output, whose register
// takes the next input, and begins another, in its own register:
//
//	load x;  for t = taps-1..1: sum[-t] += w[t]*x;  store sum[-(taps-1)];  sum[0] = x = w[0]*x + 0
//
// So each input is loaded once, and no sum is set to zero. The first taps-1 inputs
// complete no output, the last taps-1 begin none. Between them are whole turns of the
// ring of registers, for which the loop is unrolled; what is left of a turn goes
// before, each row with a turn back by moves, which cost nearly nothing.
type rollKernel struct {
	*generator
	taps int
}

// rollState is the registers of a kernel.
type rollState struct {
	dst, src, panel      reg.Register
	dstStride, rowStride reg.Register
	zero                 reg.VecVirtual
	load                 func(m Mem, x reg.VecVirtual)
}

func (k rollKernel) begin(kind, parameters, columns, input string) *rollState {
	name := fmt.Sprintf("depthwiseRoll%s%dx%d%s", kind, k.taps, k.lanes, k.suffix)
	k.kernel(name, "func("+parameters+")")
	k.Doc(
		fmt.Sprintf("%s does, with strides in bytes, %s,", name, columns),
		"",
		fmt.Sprintf("\tfor r in 0..%d+singles+turns*%d-1: u := 0", k.taps-1, k.turn()),
		fmt.Sprintf("\t\tfor j in 0..%d: u = fma(%s, taps[j*%d + i], u)", k.taps-1, input, panelWidth),
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

// columns writes the kernel for whole vectors of columns side by side. (Not for the
// last one under a mask as well: on Zen 5 masked loads that miss the first-level
// cache are slow: 15 % of L2, a whole layer.)
func (k rollKernel) columns() {
	s := k.begin("", "dst, src, taps *float32, singles, turns, vectors, dstStride, rowStride, panelStride int",
		fmt.Sprintf("for vectors of %d columns i, of which %d are a panel whose taps are panelStride bytes from the next one's", k.lanes, panelWidth/k.lanes),
		"src[(r+j)*rowStride + i]")
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
		fmt.Sprintf("for %d columns i", k.lanes), "src[(r+j)*rowStride + lanes.index[i]]")
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
	r := &roll{rollKernel: k, rollState: s, weights: weights, ring: k.vectors(k.taps)}
	src, dst := k.moved(s.src), k.moved(s.dst)
	few := k.taps - 1
	for i := range few {
		r.input(k.row(src, s.rowStride, i), i, 0, i)
	}
	k.rowsGone(src, s.rowStride, few)

	k.loop("singles", "single", func() {
		r.input(Mem{Base: src}, few, 0, few)
		k.ADDQ(s.rowStride, src)
		r.store(few, Mem{Base: dst})
		k.ADDQ(s.dstStride, dst)
		for i := range few {
			k.VMOVAPS(r.ring[i+1], r.ring[i])
		}
	})
	k.loop("turns", "turn", func() {
		for i := range k.turn() {
			r.input(k.row(src, s.rowStride, i), few+i, 0, few)
			r.store(few+i, k.row(dst, s.dstStride, i))
		}
		k.rowsGone(src, s.rowStride, k.turn())
		k.rowsGone(dst, s.dstStride, k.turn())
	})

	for i := range few {
		r.input(k.row(src, s.rowStride, i), few+i, i+1, few)
		r.store(few+i, k.row(dst, s.dstStride, i))
	}
}

// turn is the rows of the loop: whole turns of the ring, and enough of them that the
// jump counts for little.
func (k rollKernel) turn() int {
	const enough = 4
	return (enough + k.taps - 1) / k.taps * k.taps
}

// roll is the sums of a kernel: that of the output that input n begins is in register
// n%taps of the ring.
type roll struct {
	rollKernel
	*rollState
	weights, ring []reg.VecVirtual
}

// input multiplies input n by the weights of the taps from least to most.
func (r *roll) input(m Mem, n, least, most int) {
	x := r.ring[n%r.taps]
	r.load(m, x)
	for t := most; t >= max(least, 1); t-- {
		r.VFMADD231PS(r.weights[t], x, r.ring[(n-t)%r.taps])
	}
	if least == 0 {
		r.VFMADD132PS(r.weights[0], r.zero, x)
	}
}

// store stores the output that input n completes.
func (r *roll) store(n int, m Mem) { r.VMOVUPS(r.ring[(n+1)%r.taps], m) }
