package main

import (
	"fmt"

	"github.com/sepconv/go/gen/a64"
)

// mostGradients is how many taps of a gradient are summed up at once.
const mostGradients = 15

// depthwiseGradient writes the kernels that sum up the gradient of 1 to mostGradients
// taps: of as many vectors of columns side by side as registers allow, of one, and of
// the first columns of one.
func (g *generator) depthwiseGradient() {
	for taps := 1; taps <= mostGradients; taps++ {
		if v := gradientVectors(taps); v > 1 {
			newGradientKernel(g, taps, v).columns()
		}
		newGradientKernel(g, taps, 1).columns()
		newGradientKernel(g, taps, 1).edge()
	}
}

// gradientVectors is how many vectors of columns the kernel for so many taps takes side
// by side.
func gradientVectors(taps int) int {
	v := 4
	for v*gradientRegisters(taps) > allRegisters {
		v /= 2
	}
	return v
}

// gradientRegisters is those of a vector of columns: sums, inputs and two rows of du.
func gradientRegisters(taps int) int { return taps + gradientRing(taps) + 2 }

// gradientRing is how many inputs of a column are in registers: those of a row, and with
// one tap that of the next row.
func gradientRing(taps int) int { return max(taps, 2) }

// gradientKernel is the mirror of the depthwise window: it keeps the sums of taps in
// registers while it goes down the rows of du.
//
//	for each row r:  for each tap j:  sum[j] += x[r*rowStride + j*tapStride] * du[r]
//
// There is a loop for the rows of each range of taps: at the start of a signal the last tap
// has an input first, and at its end the first tap has one last. Each loads all inputs of a
// row.
//
// Most rows have all taps. If there a row's next tap is where the next row's tap is, as
// with stride 1, the inputs of a row are those of the row before but for one, which alone
// is loaded: input i stays in x[i%ring] as long as it has taps. The loop for that is
// unrolled to whole turns of the ring. It loads what the row after the turn begins with,
// and so leaves at least one row, and at most a turn, to the loop for all strides.
type gradientKernel struct {
	*generator
	taps, vectors int

	sums [][]a64.V // of each tap
	x    [][]a64.V // the ring
	du   [][]a64.V // of two rows, and of a third one if registers are left

	load  func(m a64.Mem, v a64.V) // a vector, or its first lane alone
	store func(v a64.V, m a64.Mem)

	src                 []a64.R // the row's first input, of each vector
	from                a64.R   // the row of du
	ranges, left        a64.R   // the rows of each range, and those of one that are left
	rowStride, duStride a64.R
	strides             []a64.R // strides[j] is j times that of taps; there is no strides[0]
}

func newGradientKernel(g *generator, taps, vectors int) *gradientKernel {
	k := &gradientKernel{generator: g, taps: taps, vectors: vectors}
	free := a64.Vectors(0, allRegisters-1)
	take := func(n int) (rows [][]a64.V) {
		for ; n > 0 && len(free) >= vectors; n-- {
			rows, free = append(rows, free[:vectors]), free[vectors:]
		}
		return rows
	}
	k.sums, k.x, k.du = take(taps), take(gradientRing(taps)), take(3)
	return k
}

func (k *gradientKernel) begin(name, parameters string) {
	k.kernel(fmt.Sprintf("depthwiseGradient%s%dx%d%s", name, k.taps, k.vectors*lanes, suffix),
		"(dst, src, du *float32, rows *int, offset, dstStride, tapStride, rowStride, duStride int"+parameters+")",
		"with strides in bytes and src offset bytes further",
		fmt.Sprintf("for j in 0..%d, i in 0..%d: s := dst[j*dstStride + i]", k.taps-1, k.vectors*lanes-1),
		"\tfor r in the rows of tap j: s = fma(src[r*rowStride + j*tapStride + i], du[r*duStride + i], s)",
		"\tdst[j*dstStride + i] = s")
	k.Doc("", fmt.Sprintf("Of the rows, the first rows[0] are those of tap %d alone, and the next rows[n] those", k.taps-1),
		fmt.Sprintf("of taps max(%d-n, 0) to min(%d-n, %d).", k.taps-1, 2*(k.taps-1), k.taps-1))
	k.rowStride, k.duStride = k.Param("rowStride"), k.Param("duStride")
	k.strides = []a64.R{-1, k.Param("tapStride")}
	for len(k.strides) < k.taps {
		next := k.R()
		k.ADD(k.strides[1], k.strides[len(k.strides)-1], next)
		k.strides = append(k.strides, next)
	}
	k.src, k.from, k.ranges, k.left = k.Rs(k.vectors), k.R(), k.R(), k.R()
}

// columns writes the kernel for whole vectors.
func (k *gradientKernel) columns() {
	k.begin("", "")
	k.load, k.store = k.LoadQ, k.StoreQ
	k.down()
	k.RET()
}

// edge writes the kernel for the first columns of a vector, which takes one after the
// other.
func (k *gradientKernel) edge() {
	k.begin("Edge", ", lanes *uint32")
	k.Doc("", "It does as many columns as lanes says.")
	k.load, k.store = k.LoadS, k.StoreS
	columns := k.Param("lanes")
	k.LoadWord(a64.At(columns), columns)
	k.repeat("column", columns, func() {
		k.down()
		for _, name := range []string{"dst", "src", "du"} {
			k.LoadParam(name, k.left)
			k.ADDImm(4, k.left, k.left)
			k.StoreParam(k.left, name)
		}
	})
	k.RET()
}

// down goes down all rows.
func (k *gradientKernel) down() {
	k.eachSum(k.load)
	k.LoadParam("src", k.src[0])
	k.LoadParam("offset", k.left)
	k.ADD(k.left, k.src[0], k.src[0])
	k.LoadParam("du", k.from)
	k.LoadParam("rows", k.ranges)
	k.spread()
	for n := range 2*k.taps - 1 {
		k.LoadInt(a64.At(k.ranges).Plus(8*n), k.left)
		if n == k.taps-1 {
			k.slide()
			k.spread()
		}
		k.repeatIfAny(fmt.Sprintf("range_%d", n), k.left, func() {
			k.row(max(k.taps-1-n, 0), min(2*(k.taps-1)-n, k.taps-1))
		})
	}
	k.eachSum(func(m a64.Mem, s a64.V) { k.store(s, m) })
}

// eachSum visits the sums with their places in dst.
func (k *gradientKernel) eachSum(visit func(m a64.Mem, s a64.V)) {
	at, stride := k.Param("dst"), k.Param("dstStride")
	for _, row := range k.sums {
		for v, s := range row {
			visit(a64.At(at).Plus(vectorBytes*v), s)
		}
		k.ADD(stride, at, at)
	}
	k.Free(at, stride)
}

// spread makes the first inputs of all vectors those after the first one's.
func (k *gradientKernel) spread() {
	for v, src := range k.src[1:] {
		k.ADDImm(vectorBytes*(v+1), k.src[0], src)
	}
}

// turn is the rows of the loop that slides: whole turns of the ring, and enough of them
// that the jump counts for little.
func (k *gradientKernel) turn() int {
	const enough = 4
	return (enough + len(k.x) - 1) / len(k.x) * len(k.x)
}

// slide goes down the rows of all taps, but for the last ones, loading each input once, if
// it can.
func (k *gradientKernel) slide() {
	turn, ahead := k.turn(), k.R() // the next row's last input
	k.CMP(k.strides[1], k.rowStride)
	k.BNE("apart")
	k.SUBSImm(turn+1, k.left, k.left)
	k.BLT("few")
	k.MOVD(k.src[0], ahead)
	for _, x := range k.x[:k.taps] {
		k.loadRow(ahead, x)
		k.ADD(k.rowStride, ahead, ahead)
	}
	k.loadRow(k.from, k.du[0])
	k.ADD(k.duStride, k.from, k.from)
	k.Label("turn")
	for i := range turn {
		k.slideRow(i, ahead)
	}
	k.SUBSImm(turn, k.left, k.left)
	k.BGE("turn")
	// From what was loaded ahead back to the row.
	k.SUB(k.rowStride, ahead, k.src[0])
	if k.taps > 1 {
		k.SUB(k.strides[k.taps-1], k.src[0], k.src[0])
	}
	k.SUB(k.duStride, k.from, k.from)
	k.Label("few")
	k.ADDImm(turn+1, k.left, k.left)
	k.Label("apart")
	k.Free(ahead)
}

// slideRow does a row of the turn, and loads what the next one needs: its last input when
// the register is free.
func (k *gradientKernel) slideRow(i int, ahead a64.R) {
	products := k.taps * k.vectors
	var beside []errand
	load := func(free int, at a64.R, row []a64.V, step a64.R) {
		for v, x := range row {
			beside = append(beside, errand{free + v, func() { k.load(a64.At(at).Plus(vectorBytes*v), x) }})
		}
		beside = append(beside, errand{free + len(row), func() { k.ADD(step, at, at) }})
	}
	du, next, free := k.duOf(i), k.duOf(i+1), 0
	if du[0] == next[0] {
		free = products
	}
	load(free, k.from, next, k.duStride)
	free = 0
	if k.taps == len(k.x) { // after the first tap
		free = k.vectors
	}
	load(free, ahead, k.x[(i+k.taps)%len(k.x)], k.rowStride)
	amid(products, beside, func(n int) {
		j, v := n/k.vectors, n%k.vectors
		k.VFMLA(k.x[(i+j)%len(k.x)][v], du[v], k.sums[j][v])
	})
}

// duOf returns the registers of a row of the turn, or of the one after it. If a turn has
// an odd number of rows, its last one would share them with the first.
func (k *gradientKernel) duOf(i int) []a64.V {
	turn := k.turn()
	if i == turn-1 && turn%2 != 0 && len(k.du) > 2 {
		return k.du[2]
	}
	return k.du[i%turn%2]
}

// loadRow loads a row's vectors.
func (k *gradientKernel) loadRow(at a64.R, row []a64.V) {
	for v, x := range row {
		k.load(a64.At(at).Plus(vectorBytes*v), x)
	}
}

// row does a row of taps first to last, with any strides.
func (k *gradientKernel) row(first, last int) {
	du := k.du[0]
	k.loadRow(k.from, du)
	var all []product
	for j := first; j <= last; j++ {
		for v := range k.vectors {
			all = append(all, product{v, j})
		}
	}
	loads := ahead(all, func(p product) int { return (p.tap-first)*k.vectors + p.output }, len(all), func(i int) {
		j, v := all[i].tap, all[i].output
		at := a64.At(k.src[v])
		if j > 0 {
			at = a64.AtIndex(k.src[v], k.strides[j])
		}
		k.load(at, k.x[j][v])
	})
	amid(len(all), loads, func(i int) {
		j, v := all[i].tap, all[i].output
		k.VFMLA(k.x[j][v], du[v], k.sums[j][v])
	})
	for _, src := range k.src {
		k.ADD(k.rowStride, src, src)
	}
	k.ADD(k.duStride, k.from, k.from)
}
