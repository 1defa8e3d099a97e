package main

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/gen/a64"
)

// panelWidth is the width of a packed panel of depthwise taps: one vector.
const panelWidth = lanes

// largestWindow is how many outputs the largest depthwise kernel keeps in
// registers.
const largestWindow = 16

// depthwise writes the kernels for a window of outputs, and for the fewer rows
// that a signal may end with; each for every way in which columns have inputs.
func (g *generator) depthwise() {
	for outputs := largestWindow; outputs >= 1; outputs /= 2 {
		newDepthwiseKernel(g, outputs, sideBySide).panels()
		newDepthwiseKernel(g, outputs, single).oneVector()
		newDepthwiseKernel(g, outputs, twice).oneVector()
		newDepthwiseKernel(g, outputs, gathered).oneVector()
	}
	g.depthwiseRolls()
}

// depthwiseKernel keeps a window of outputs in registers while it goes through
// the taps. If an output's next tap is where the next output's tap is, as with
// stride 1, it takes several taps at once: then each input is loaded once for all
// pairs of an output and a tap that meet there. Otherwise each tap's weights are
// loaded once for all outputs.
//
// The vector registers from 0 on are the sums, one for each output; those after
// them hold weights, then inputs.
type depthwiseKernel struct {
	*generator
	outputs int
	inputs  inputs
	sums    []a64.V

	dst, src, taps       a64.R // of the vector of columns
	dstStride, tapStride a64.R
	strides              []a64.R  // strides[i] is i times the stride of rows; there is no strides[0]
	bases                [2]a64.R // of each half of the inputs of a chunk of taps
	seconds              [2]a64.R // if gathered, the same for each input's second pair
	distance             a64.R    // from the one to the other
	weights              a64.R    // of the next tap
	count, to            a64.R    // for a while
}

// inputs is how the inputs of a vector of columns stand in memory.
type inputs struct {
	name  string // in names of kernels
	of    string // the place of column i's input in the kernel's doc
	chunk int    // taps taken at once; even
}

var (
	// Each column has its own input, beside that of the column before.
	sideBySide = inputs{name: "", of: " + i", chunk: 12}
	// All columns have the same input. Of columns that do not exist the result does
	// not matter.
	single = inputs{name: "Single", of: "", chunk: 12}
	// Every two columns have one input.
	twice = inputs{name: "Twice", of: " + i/2", chunk: 12}
	// The columns have two to four inputs. Two are loaded, then two more, some of
	// which may be the same, and brought to the columns.
	gathered = inputs{name: "Gathered", of: " + lanes.input[i]", chunk: 8}
)

func newDepthwiseKernel(g *generator, outputs int, in inputs) *depthwiseKernel {
	return &depthwiseKernel{generator: g, outputs: outputs, inputs: in, sums: a64.Vectors(0, a64.V(outputs-1))}
}

// panels writes the kernel for whole panels. A block of rows is computed for all
// panels before the next, so that its input is read in order.
func (k *depthwiseKernel) panels() {
	k.begin("dst, src, taps *float32, blocks, panels, chunks, rest, dstStride, rowStride, tapStride, panelStride int, accumulate uint64",
		fmt.Sprintf("for blocks of rows r and panels of %d columns i whose taps are panelStride bytes apart", panelWidth))
	blocks, panels := k.Param("blocks"), k.R()
	k.repeat("block", blocks, func() {
		k.LoadParam("panels", panels)
		k.LoadParam("taps", k.taps)
		k.repeat("panel", panels, func() {
			k.vectorOfColumns()
			k.ADDImm(vectorBytes, k.dst, k.dst)
			k.ADDImm(vectorBytes, k.src, k.src)
			k.LoadParam("panelStride", k.count)
			k.ADD(k.count, k.taps, k.taps)
		})
		// From past the last panel to the first.
		k.LoadParam("panels", k.count)
		k.LSL(4, k.count, k.count) // by vectorBytes
		k.SUB(k.count, k.dst, k.dst)
		k.SUB(k.count, k.src, k.src)
		k.nextBlock()
	})
	k.RET()
}

// oneVector writes the kernel for one vector of columns, some of which may not
// exist. Only if they are gathered it needs to know how.
func (k *depthwiseKernel) oneVector() {
	parameters := "dst, src, taps *float32, blocks, chunks, rest, dstStride, rowStride, tapStride int, accumulate uint64, lanes *uint32"
	k.begin(parameters, fmt.Sprintf("for blocks of rows r and %d columns i", lanes))
	if k.inputs == gathered {
		k.distance = k.gathering()
		k.seconds = [2]a64.R{k.R(), k.R()}
	}
	blocks := k.Param("blocks")
	k.repeat("block", blocks, func() {
		k.vectorOfColumns()
		k.nextBlock()
	})
	k.RET()
}

// gathering loads the parameter that tells how inputs are gathered, and returns how far
// the second pair is from the first.
func (g *generator) gathering() (distance a64.R) {
	g.Doc("", "lanes is which bytes of two pairs of inputs go to each column, and how far the", "second pair is after the first, in bytes.")
	at := g.Param("lanes")
	g.LoadQ(a64.At(at), gatheredIndex)
	distance = g.R()
	g.LoadWord(a64.At(at).Plus(vectorBytes), distance)
	g.Free(at)
	return distance
}

// begin begins a kernel with what all have.
func (k *depthwiseKernel) begin(parameters, columns string) {
	k.kernel(fmt.Sprintf("depthwise%s%dx%d%s", k.inputs.name, k.outputs, lanes, suffix), "("+parameters+")", "with strides in bytes, "+columns,
		fmt.Sprintf("for r in 0..%d: u := accumulate != 0 ? dst[r*dstStride + i] : 0", k.outputs-1),
		fmt.Sprintf("\tfor j in 0..chunks*%d+rest-1: u = fma(src[r*rowStride + j*tapStride%s], taps[j*%d + i], u)", k.inputs.chunk, k.inputs.of, panelWidth),
		"\tdst[r*dstStride + i] = u")
	k.Doc("", "chunks must be 0 unless rowStride = tapStride.")
	k.dst, k.src, k.taps = k.Param("dst"), k.Param("src"), k.Param("taps")
	k.dstStride, k.tapStride = k.Param("dstStride"), k.Param("tapStride")
	k.strides = []a64.R{-1, k.Param("rowStride")}
	for len(k.strides) < max(k.perBase(), k.inputs.chunk/2+1) {
		next := k.R()
		k.ADD(k.strides[1], k.strides[len(k.strides)-1], next)
		k.strides = append(k.strides, next)
	}
	k.bases = [2]a64.R{k.R(), k.R()}
	k.weights, k.count, k.to = k.R(), k.R(), k.R()
}

// perBase is how many of a chunk's inputs are addressed from the first base. The
// others are from the second.
func (k *depthwiseKernel) perBase() int { return (k.outputs + k.inputs.chunk) / 2 }

// nextBlock moves on by the outputs of a block.
func (k *depthwiseKernel) nextBlock() {
	k.MOVDImm(k.outputs, k.count)
	k.MADD(k.count, k.dst, k.dstStride, k.dst)
	k.MADD(k.count, k.src, k.strides[1], k.src)
}

// vectorOfColumns computes one vector of columns of the window's rows.
func (k *depthwiseKernel) vectorOfColumns() {
	k.startRows()
	last := k.perBase() - 1
	k.MOVD(k.src, k.bases[0])
	k.ADD(k.strides[last], k.src, k.bases[1])
	k.ADD(k.strides[1], k.bases[1], k.bases[1])
	if k.inputs == gathered {
		for i, base := range k.bases {
			k.ADD(k.distance, base, k.seconds[i])
		}
	}
	k.MOVD(k.taps, k.weights)

	k.LoadParam("chunks", k.count)
	k.CBZ(k.count, "no_chunk")
	if k.outputs >= windowOutputs {
		newWindow(k).write()
	} else {
		k.repeat("chunk", k.count, func() { k.chunk(k.inputs.chunk) })
	}
	k.Label("no_chunk")
	k.LoadParam("rest", k.count)
	k.CMP(k.tapStride, k.strides[1])
	k.BNE("apart")
	k.rest()
	k.Label("apart")
	k.repeatIfAny("tap", k.count, k.tap)

	k.Label("store")
	k.storeRows()
}

// storeRows stores the sums. The registers that only the taps needed hold multiples
// of the stride.
func (k *depthwiseKernel) storeRows() {
	stride := []a64.R{-1, k.dstStride, k.bases[0], k.bases[1], k.weights}
	for i := 2; i < len(stride); i++ {
		k.ADD(k.dstStride, stride[i-1], stride[i])
	}
	k.MOVD(k.dst, k.to)
	for r, u := range k.sums {
		switch i := r % 4; {
		case i > 0:
			k.StoreQ(u, a64.AtIndex(k.to, stride[i]))
		case r > 0:
			k.ADD(stride[4], k.to, k.to)
			fallthrough
		default:
			k.StoreQ(u, a64.At(k.to))
		}
	}
}

// startRows sets the sums to zero or to what dst holds.
func (k *depthwiseKernel) startRows() {
	k.LoadParam("accumulate", k.count)
	for _, u := range k.sums {
		k.Zero(u)
	}
	k.CBZ(k.count, "begin")
	k.MOVD(k.dst, k.to)
	for _, u := range k.sums {
		k.LD1Step(k.to, k.dstStride, u)
	}
	k.Label("begin")
}

// rest goes through fewer taps than a chunk has, half of which it takes at once if
// there are as many.
func (k *depthwiseKernel) rest() {
	half := k.inputs.chunk / 2
	k.CMPImm(half, k.count)
	k.BLT("less")
	k.chunk(half)
	k.SUBImm(half, k.count, k.count)
	k.Label("less")
	k.fewer(0, half-1)
}

// fewer goes through count taps at once, of which there are from least to most.
func (k *depthwiseKernel) fewer(least, most int) {
	if least == most {
		if most > 0 {
			k.chunk(most)
		}
		k.B("store")
		return
	}
	middle := (least + most + 1) / 2
	label := fmt.Sprintf("from_%d", middle)
	k.CMPImm(middle, k.count)
	k.BGE(label)
	k.fewer(least, middle-1)
	k.Label(label)
	k.fewer(middle, most)
}

// chunk goes through n taps at once. Within a group of rows it takes one tap after
// the other, so that there are other rows between the multiply-adds of each.
func (k *depthwiseKernel) chunk(n int) {
	const group = 8 // rows: on Cortex-A55, of two units, one row's latency of four cycles
	var all []product
	for first := 0; first < k.outputs; first += group {
		for t := range n {
			for r := first; r < min(first+group, k.outputs); r++ {
				all = append(all, product{r, t})
			}
		}
	}
	weights := a64.Vectors(a64.V(k.outputs), a64.V(k.outputs+n-1))
	x := k.inputRegisters(k.outputs + n)
	loadWeight := func(t int) { k.LoadQ(a64.At(k.weights).Plus(vectorBytes*t), weights[t]) }
	loadInput := func(i int) { k.load(i, x[i%len(x)]) }
	loads := slices.Concat(
		ahead(all, func(p product) int { return p.tap }, len(weights), loadWeight),
		ahead(all, product.input, len(x), loadInput))
	amid(len(all), loads, func(i int) {
		p := all[i]
		k.multiplyAdd(x[p.input()%len(x)], weights[p.tap], k.sums[p.output])
	})
	k.advance(n)
}

// amid does n products, and errands each before the product that it is for.
func amid(n int, beside []errand, product func(i int)) {
	slices.SortStableFunc(beside, func(a, b errand) int { return a.at - b.at })
	for i := range n + 1 {
		for len(beside) > 0 && (beside[0].at <= i || i == n) {
			beside[0].do()
			beside = beside[1:]
		}
		if i < n {
			product(i)
		}
	}
}

// product is an output and a tap that meet.
type product struct{ output, tap int }

// input is the one where they do.
func (p product) input() int { return p.output + p.tap }

// ahead returns the loads of what products need, which rotate through so many
// registers: each some products before it is needed, if its register is free then.
func ahead(all []product, of func(product) int, registers int, load func(i int)) []errand {
	const early = 8
	first, last := map[int]int{}, map[int]int{}
	for at, p := range all {
		if _, seen := first[of(p)]; !seen {
			first[of(p)] = at
		}
		last[of(p)] = at
	}
	var loads []errand
	for i := range len(first) {
		at := max(first[i]-early, 0)
		if i >= registers {
			at = max(at, last[i-registers]+1)
		}
		if at > first[i] {
			panic("too few registers")
		}
		loads = append(loads, errand{at, func() { load(i) }})
	}
	return loads
}

// products returns those that meet at input i of a chunk of n taps.
func (k *depthwiseKernel) products(i, n int) []product {
	var all []product
	for t := min(i, n-1); t >= max(0, i-k.outputs+1); t-- {
		all = append(all, product{i - t, t})
	}
	return all
}

// advance moves on by n taps.
func (k *depthwiseKernel) advance(n int) {
	for _, step := range k.steps(n) {
		step()
	}
}

// steps are the instructions of advance.
func (k *depthwiseKernel) steps(n int) []func() {
	all := []func(){func() { k.ADDImm(vectorBytes*n, k.weights, k.weights) }}
	if n < len(k.strides) {
		return append(all, k.moveBases(k.strides[n])...)
	}
	half := k.moveBases(k.strides[n/2])
	return append(append(all, half...), half...)
}

func (k *depthwiseKernel) moveBases(by a64.R) []func() {
	var all []func()
	move := func(base a64.R) {
		all = append(all, func() { k.ADD(by, base, base) })
	}
	for i := range k.bases {
		move(k.bases[i])
		if k.inputs == gathered {
			move(k.seconds[i])
		}
	}
	return all
}

// tap adds one tap to all rows.
func (k *depthwiseKernel) tap() {
	w := a64.V(k.outputs)
	x := k.inputRegisters(k.outputs + 1)
	x = x[:min(len(x), 8)]
	k.LD1Next(k.weights, w)
	for r := range min(len(x), k.outputs) {
		k.load(r, x[r])
	}
	for r, u := range k.sums {
		k.multiplyAdd(x[r%len(x)], w, u)
		if next := r + len(x); next < k.outputs {
			k.load(next, x[r%len(x)])
		}
	}
	for _, move := range k.moveBases(k.tapStride) {
		move()
	}
}

// inputRegisters returns the registers from first on for inputs.
func (k *depthwiseKernel) inputRegisters(first int) []a64.V {
	return a64.Vectors(a64.V(first), k.inputs.last())
}

// last returns the last register that loading an input does not need.
func (in inputs) last() a64.V {
	if in == gathered {
		return gatheredPair - 1
	}
	return 31
}

// Registers that gathering needs: for the two pairs of inputs, and for where they
// go to.
const (
	gatheredPair  a64.V = 29 // and the next
	gatheredIndex a64.V = 31
)

// load loads an input: of each row for one tap, or of each row and tap of a chunk.
func (k *depthwiseKernel) load(i int, x a64.V) {
	half := i / k.perBase()
	at := func(base a64.R) a64.Mem {
		if multiple := i % k.perBase(); multiple > 0 {
			return a64.AtIndex(base, k.strides[multiple])
		}
		return a64.At(base)
	}
	k.loadInput(k.inputs, at(k.bases[half]), at(k.seconds[half]), x)
}

func (k *depthwiseKernel) multiplyAdd(x, w, sum a64.V) { k.multiplyInput(k.inputs, x, w, sum) }

// loadInput loads the inputs of a vector of columns; if gathered, the second pair from
// second.
func (g *generator) loadInput(in inputs, first, second a64.Mem, x a64.V) {
	switch in {
	case sideBySide:
		g.LoadQ(first, x)
	case single:
		g.LoadS(first, x)
	case twice:
		g.LoadD(first, x)
		g.VZIP1(x, x, x)
	case gathered:
		g.LoadD(first, gatheredPair)
		g.LoadD(second, gatheredPair+1)
		g.VTBL2(gatheredIndex, gatheredPair, x)
	}
}

// multiplyInput multiplies what loadInput has loaded.
func (g *generator) multiplyInput(in inputs, x, w, sum a64.V) {
	if in == single {
		g.VFMLALane(x.S(0), w, sum)
	} else {
		g.VFMLA(x, w, sum)
	}
}
