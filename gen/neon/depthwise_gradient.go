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
// If a row's next tap is where the next row's tap is, as with stride 1, the inputs of a
// row are those of the row before but for one, which alone is loaded: input i stays in
// x[i%ring] as long as it has taps. The loop for that is unrolled to whole turns of the
// ring. It loads what the row after the turn begins with, and so leaves at least one row,
// and at most a turn, to the loop for all strides, which loads every input of a row.
type gradientKernel struct {
	*generator
	taps, vectors int

	sums [][]a64.V // of each tap
	x    [][]a64.V // the ring
	du   [][]a64.V // of two rows, and of a third one if registers are left

	src                 []a64.R // the row's first input, of each vector
	from                a64.R   // the row of du
	rows                a64.R
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
		"(dst, src, du *float32, rows, dstStride, tapStride, rowStride, duStride int"+parameters+")", "with strides in bytes",
		fmt.Sprintf("for j in 0..%d, i in 0..%d: s := dst[j*dstStride + i]", k.taps-1, k.vectors*lanes-1),
		"\tfor r in 0..rows-1: s = fma(src[r*rowStride + j*tapStride + i], du[r*duStride + i], s)",
		"\tdst[j*dstStride + i] = s")
	k.src, k.from, k.rows = []a64.R{k.Param("src")}, k.Param("du"), k.Param("rows")
	k.rowStride, k.duStride = k.Param("rowStride"), k.Param("duStride")
	k.strides = []a64.R{-1, k.Param("tapStride")}
}

// columns writes the kernel for whole vectors.
func (k *gradientKernel) columns() {
	k.begin("", "")
	for len(k.strides) < k.taps {
		next := k.R()
		k.ADD(k.strides[1], k.strides[len(k.strides)-1], next)
		k.strides = append(k.strides, next)
	}
	k.eachSum(k.LoadQ)
	k.CMP(k.strides[1], k.rowStride)
	k.BNE("apart")
	k.slide()
	k.Label("apart")
	for v := 1; v < k.vectors; v++ {
		base := k.R()
		k.ADDImm(vectorBytes*v, k.src[0], base)
		k.src = append(k.src, base)
	}
	k.repeat("row", k.rows, k.row)
	k.eachSum(func(m a64.Mem, s a64.V) { k.StoreQ(s, m) })
	k.RET()
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

// turn is the rows of the loop that slides: whole turns of the ring, and enough of them
// that the jump counts for little.
func (k *gradientKernel) turn() int {
	const enough = 4
	return (enough + len(k.x) - 1) / len(k.x) * len(k.x)
}

// slide goes down the rows, but for the last ones, loading each input once.
func (k *gradientKernel) slide() {
	turn, ahead := k.turn(), k.R() // the next row's last input
	k.SUBSImm(turn+1, k.rows, k.rows)
	k.BLT("few")
	for j, x := range k.x[:k.taps] {
		k.MOVD(k.src[0], ahead)
		if j > 0 {
			k.ADD(k.strides[j], ahead, ahead)
		}
		for v, x := range x {
			k.LoadQ(a64.At(ahead).Plus(vectorBytes*v), x)
		}
	}
	k.ADD(k.rowStride, ahead, ahead)
	k.loadDU(k.du[0])
	k.ADD(k.duStride, k.from, k.from)
	k.Label("turn")
	for i := range turn {
		k.slideRow(i, ahead)
	}
	k.SUBSImm(turn, k.rows, k.rows)
	k.BGE("turn")
	// From what was loaded ahead to the row's first input.
	k.SUB(k.rowStride, ahead, k.src[0])
	if k.taps > 1 {
		k.SUB(k.strides[k.taps-1], k.src[0], k.src[0])
	}
	k.SUB(k.duStride, k.from, k.from)
	k.Label("few")
	k.ADDImm(turn+1, k.rows, k.rows)
	k.Free(ahead)
}

// slideRow does a row of the turn, and loads what the next one needs: its last input when
// the register is free.
func (k *gradientKernel) slideRow(i int, ahead a64.R) {
	products := k.taps * k.vectors
	var beside []errand
	load := func(at int, m a64.R, registers []a64.V, step a64.R) {
		for v, x := range registers {
			beside = append(beside, errand{at + v, func() { k.LoadQ(a64.At(m).Plus(vectorBytes*v), x) }})
		}
		beside = append(beside, errand{at + len(registers), func() { k.ADD(step, m, m) }})
	}
	du, next := k.duOf(i), k.duOf(i+1)
	if du[0] == next[0] {
		load(products, k.from, next, k.duStride)
	} else {
		load(0, k.from, next, k.duStride)
	}
	free := 0
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

func (k *gradientKernel) loadDU(du []a64.V) {
	for v, d := range du {
		k.LoadQ(a64.At(k.from).Plus(vectorBytes*v), d)
	}
}

// row does a row of any strides.
func (k *gradientKernel) row() {
	du := k.du[0]
	k.loadDU(du)
	all := make([]product, 0, k.taps*k.vectors)
	for j := range k.taps {
		for v := range k.vectors {
			all = append(all, product{v, j})
		}
	}
	loads := ahead(all, func(p product) int { return p.tap*k.vectors + p.output }, len(all), func(i int) {
		j, v := i/k.vectors, i%k.vectors
		if j == 0 {
			k.LoadQ(a64.At(k.src[v]), k.x[j][v])
		} else {
			k.LoadQ(a64.AtIndex(k.src[v], k.strides[j]), k.x[j][v])
		}
	})
	amid(len(all), loads, func(i int) {
		j, v := all[i].tap, all[i].output
		k.VFMLA(k.x[j][v], du[v], k.sums[j][v])
	})
	for _, base := range k.src {
		k.ADD(k.rowStride, base, base)
	}
	k.ADD(k.duStride, k.from, k.from)
}

// edge writes the kernel for the first columns of a vector.
func (k *gradientKernel) edge() {
	k.begin("Edge", ", lanes *uint32")
	k.Doc("", "for as many columns as lanes says.")
	has := k.Param("lanes")
	k.LoadWord(a64.At(has), has)
	for n := lanes - 1; n > 1; n-- {
		fewer := fmt.Sprintf("below_%d", n)
		k.CMPImm(n, has)
		k.BLT(fewer)
		k.first(n)
		k.Label(fewer)
	}
	k.first(1)
}

// first does all rows of the first n columns.
func (k *gradientKernel) first(n int) {
	at := k.R()
	k.eachSum(func(m a64.Mem, s a64.V) { k.loadFirst(n, m, s) })
	k.repeat(fmt.Sprintf("row_of_%d", n), k.rows, func() {
		du := k.du[0][0]
		k.loadFirst(n, a64.At(k.from), du)
		k.MOVD(k.src[0], at)
		for j := range k.sums {
			k.loadFirst(n, a64.At(at), k.x[j][0])
			k.ADD(k.strides[1], at, at)
		}
		for j, s := range k.sums {
			k.VFMLA(k.x[j][0], du, s[0])
		}
		k.ADD(k.rowStride, k.src[0], k.src[0])
		k.ADD(k.duStride, k.from, k.from)
	})
	k.eachSum(func(m a64.Mem, s a64.V) { k.storeFirst(n, m, s) })
	k.RET()
	k.Free(at)
}
