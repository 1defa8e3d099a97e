// Package kernel is the contract that every instruction set fulfils: the
// arithmetic, the layouts of packed weights, the signatures of the kernels and
// the table row that binds them. It computes nothing but layouts.
//
// # The arithmetic
//
// The same weights and input give the same bits from every set, with any tiling
// and any number of threads, because vectors run across outputs and never across
// a sum. With x the input, w and p the weights, s the stride, d the dilation and
// every fma one IEEE-754 binary32 fused multiply-add (round to nearest even,
// subnormals kept):
//
//	depthwise   u[t, c*M+m] = +0;   for j = 0..k-1:   u = fma(x[t*s+j*d-left, c], w[j,c,m], u)
//	pointwise   y[t, f]     = b[f]; for q = 0..C*M-1: y = fma(u[t,q], p[q,f], y)
//
// Taps that fall into the padding are steps too, with x = +0. A chain may be cut
// anywhere and go on from the stored float32: storing changes nothing. NaN stays
// NaN (its payload is free); infinities and signed zeros follow IEEE-754.
//
// Activations are formulas in binary32 steps, written once in package generic;
// what another set computes must be equal bit for bit. Sums along an axis
// (softmax and its kin) have one fixed shape, stated there too.
//
// # The order of the sums of gradients
//
// With dy the derivative of the loss by the output, z what the activation is applied
// to, and g, du, dx, dp, db and dw its derivatives by z, u, x, p, b and w:
//
//	g[r, f] = dy[r, f] * activation'(z[r, f])
//	du[r, q] = +0;        for f = 0..F-1:                            du = fma(g[r,f], p[q,f], du)
//	dx[i, c] = +0;        for m = 0..M-1: for t ascending:           dx = fma(du[t, c*M+m], w[j,c,m], dx)
//	dp[q, f]:             of each block of rows: s = +0; for r in it:  s = fma(u[r,q], g[r,f], s);             dp += s
//	db[f]:                of each block of rows: s = +0; for r in it:  s += g[r,f];                            db += s
//	dw[j, c, m]:          of each block of rows: s = +0; for r in it:  s = fma(x[t*s+j*d-left, c], du[r,c*M+m], s); dw += s
//
// Rows r are the steps of all signals of a batch, (n, t), one signal after the other. A
// block is [Block] rows, counted from the first row of the batch, or those that are left.
// Blocks are taken in ascending order, and each adds its sum to the gradient by one
// rounded addition: so sums over a thousand rows have the error of some hundred steps,
// and gradients of several calls add up. In dw, a tap whose input would be in the padding
// is no step.
//
// In dx the taps are those j whose t = (i + left - j*d)/s is a whole number, the last tap
// first, so that t ascends. An output that does not exist, with t < 0 or after the last,
// is a step too, with du = +0, as the padding is in forward. An input that no tap
// reaches has dx = +0.
package kernel

// SignLanes is how many elements have their signs in one word: see Set.Signs.
const SignLanes = 16

// Block is how many rows are summed before the sum is added to a gradient.
const Block = 256

// A Set is one instruction set's row of the table: all that the rest of the
// program sees of it. Kernels read and write only inside the slices they are
// given, and do nothing for a block that has no rows. They may be called from any
// number of goroutines; the argument structs are the caller's and are not kept.
type Set struct {
	// Name is how users ask for the set: "generic", "avx2", ...
	Name string
	// Requires names what the CPU must have, in the words of the assembler's
	// documentation: "AVX2", "FMA3". Only package dispatch looks at it.
	Requires []string
	// Tile holds the sizes that the kernels are built for.
	Tile Tile
	// Rate is the number of multiply-accumulates one core does in a microsecond,
	// roughly: it decides when a second thread pays.
	Rate int

	Depthwise         func(*Depthwise)
	Pointwise         func(*Pointwise)
	PointwiseGradient func(*PointwiseGradient)
	// DepthwiseGradient is for multipliers of 1. For a set that has none, the engine uses
	// Depthwise, with the roles of rows and taps exchanged.
	DepthwiseGradient func(*DepthwiseGradient)
	// PackDepthwise and PackPointwise lay out weights, given as Keras shapes them
	// (taps, columns) and (depth, filters), for the set's kernels. They use the memory
	// of dst if that is enough.
	PackDepthwise func(dst, w []float32, taps, columns int) []float32
	PackPointwise func(dst Packed, w []float32, depth, filters int) Packed
	// PackTransposed lays out the transpose of weights given as (columns, depth), for
	// Pointwise. Column c*multiplier+m becomes filter m*columns/multiplier+c.
	PackTransposed func(dst Packed, w []float32, depth, columns, multiplier int) Packed
	// DepthwiseLines is for channels_first. A set that has none gets its input
	// transposed.
	DepthwiseLines func(*DepthwiseLines)
	// TransposeTaps is the ratio of taps, kernel size * channels, to inputs and outputs of a
	// step, channels + filters, from which on it is better to transpose these than to use
	// DepthwiseLines. 0 stands for never.
	TransposeTaps int

	// Copy does dst[r*dstStride+c] = src[r*srcStride+c] for rows r and columns c.
	// CopyPast does the same, if it can past the caches: for a dst that would be gone from
	// them before it is read. Other threads may see it after a Fence of this one.
	Copy, CopyPast func(dst, src []float32, rows, columns, dstStride, srcStride int)
	// Fence waits for what CopyPast has written, which goes on behind what follows it.
	Fence func()
	// Transpose does dst[c*dstStride+r] = src[r*srcStride+c] for rows r and columns
	// c: it is between channels_first and the rows of channels that kernels want.
	Transpose func(dst, src []float32, rows, columns, dstStride, srcStride int)

	// Maximum does dst[w*columns+c] = the largest of src[w*stride + r*columns + c] for r
	// from 0 to rows-1, of which there is one at least, in windows w: as Go's max, NaN if
	// one is NaN, and +0 if the largest are zeros of both signs.
	Maximum func(dst, src []float32, windows, rows, columns, stride int)

	// Sum does sums[c] += float64(src[r*stride+c]) for each c, for r from 0 to rows-1 in that
	// order.
	Sum func(sums []float64, src []float32, rows, stride int)

	// Activate holds for each Func the kernel that applies it to y in place: to
	// each element, or along y where Func.Axis says so. GLU has none: see Gate.
	// A set leaves nil what package generic shall do for it.
	Activate [Funcs]func(y []float32, a *Activation)
	// Gate is the gated linear unit: a = a * sigmoid(b), of equal lengths.
	Gate func(a, b []float32)
	// Pullback holds for each Func the kernel that takes a derivative back through it. z is
	// what the function f was applied to, dy the derivative of the loss by its result; z
	// becomes the derivative by z, dy * f'(z). Where Func.Axis says so z is a line; for GLU
	// it is the two halves one after the other, and dy is half as long. Linear has none. A
	// set leaves nil what package generic shall do for it.
	Pullback [Funcs]func(z, dy []float32, a *Activation)
	// Signs keeps what ReLU's pullback needs of y, which is what ReLU was applied to, or its
	// result. A word of signs is for SignLanes elements: its low bits say which are greater
	// than 0, the lowest bit for the first, and the bits above which are NaN. SignsPullback
	// is the pullback made of them, g = dy * slope. y and g are SignLanes times as long as
	// signs. A set may have neither.
	Signs         func(signs []uint32, y []float32)
	SignsPullback func(g, dy []float32, signs []uint32)
	// Epilogue lists the activations that Pointwise applies before it stores.
	// For every other one the caller follows up with Activate.
	Epilogue [Funcs]bool
}

// Tile holds the sizes that a set's kernels are built for.
type Tile struct {
	Rows     int // rows a pointwise microkernel computes at once
	Window   int // rows a depthwise microkernel computes at once
	Filters  int // width of the panels that Pointwise takes
	Channels int // width of a packed panel of depthwise weights
	Scratch  int // floats that Pointwise needs for itself
	Indices  int // words that Depthwise needs for itself
	Ranges   int // ints that DepthwiseGradient needs for itself
}

// Depthwise is one block of a depthwise convolution: Rows outputs of Columns
// columns from NumTaps taps.
//
//	for r, q: u := Accumulate ? Dst[r*DstStride+q] : +0
//		for j: u = fma(Src[r*RowStride + j*TapStride + (Offset+q)/Multiplier], tap(j, q), u)
//		Dst[r*DstStride+q] = u
//
// where tap(j, q) = Taps[q/W*PanelStride + j*W + q%W] and W = Tile.Channels: see
// PackDepthwise. Rows of Dst have room for whole panels, DstStride being at least
// Columns rounded up to W, and the columns past the last may be written.
type Depthwise struct {
	Dst, Src, Taps []float32
	Rows           int
	Columns        int
	NumTaps        int
	Multiplier     int // columns that a channel of Src feeds: Keras' depth_multiplier
	Offset         int // of the first column among those of its channel
	DstStride      int // floats between rows of Dst
	RowStride      int // floats between the inputs of neighbouring outputs
	TapStride      int // floats between the inputs of neighbouring taps
	PanelStride    int // floats between panels of Taps
	Accumulate     bool
	Scratch        []uint32 // Tile.Indices words, of no meaning before and after
}

// DepthwiseGradient is what one block of rows adds to the sums of the gradient of a
// depthwise kernel: NumTaps taps of Columns columns.
//
//	for j, q: s := Dst[j*DstStride+q]
//		for r: p := First + r*RowStep + j*TapStep
//			if 0 <= p < Positions: s = fma(Src[p*SrcStride+q], DU[r*DUStride+q], s)
//		Dst[j*DstStride+q] = s
type DepthwiseGradient struct {
	Dst, Src, DU []float32
	Rows         int
	Columns      int
	NumTaps      int
	Positions    int   // of Src; a tap at any other is no step
	First        int   // position of the first row's first tap
	RowStep      int   // positions from the input of a row to that of the next
	TapStep      int   // and from tap to tap
	DstStride    int   // floats between taps of Dst
	SrcStride    int   // floats between positions of Src
	DUStride     int   // floats between rows of DU
	Scratch      []int // Tile.Ranges ints, of no meaning before and after
}

// PointwiseGradient is what one block of rows adds to the gradients of a pointwise kernel,
// of Columns columns by Filters filters, and, unless Bias is nil, of the bias.
//
//	for q, f: s := +0
//		for r: s = fma(U[r*UStride+q], G[r*GStride+f], s)
//		Dst[q*DstStride+f] += s
//	for f: s := +0
//		for r: s += G[r*GStride+f]
//		Bias[f] += s
type PointwiseGradient struct {
	Dst, U, G []float32
	Bias      []float32
	Rows      int
	Columns   int
	Filters   int
	DstStride int       // floats between columns of Dst
	UStride   int       // floats between rows of U
	GStride   int       // floats between rows of G
	Ahead     []float32 // what will be read soon and may not be in a cache yet: a hint
}

// DepthwiseLines is one block of a depthwise convolution of stride 1 whose input
// has a channel's steps side by side: Steps outputs, a multiple of W = Tile.Filters,
// of Columns columns. The outputs are panels as Pointwise takes them, with columns
// as their depth and steps in the place of filters.
//
//	for q, t: u := Accumulate ? Dst(q, t) : +0
//		for j: u = fma(Src[(Offset+q)/Multiplier*LineStride + t + j*TapStride], Taps[q*TapsStride+j], u)
//		Dst(q, t) = u
//
// where Dst(q, t) = Dst[t/W*PanelStride + q*W + t%W].
//
// With Sum, for which Multiplier is 1, there is one output for all columns, in the place
// of the first: what a column ends with is what the next one begins with.
type DepthwiseLines struct {
	Dst, Src, Taps []float32
	Steps          int
	Columns        int
	NumTaps        int
	Multiplier     int // columns that a line of Src feeds: Keras' depth_multiplier
	Offset         int // of the first column among those of its line
	PanelStride    int // floats between panels of Dst
	LineStride     int // floats between lines of Src
	TapStride      int // floats between the inputs of neighbouring taps
	TapsStride     int // floats between the taps of neighbouring columns
	Accumulate     bool
	Sum            bool

	// Ahead is a hint, which a set may ignore: how many floats after those of Src the
	// inputs are that will be read next, or 0.
	Ahead int
}

// Pointwise is one block of a pointwise convolution, a matrix product of Rows x
// Depth by Depth x Filters.
//
//	for r, f: y := Accumulate ? Dst[r*RowStride+f*FilterStride] : Bias[BiasOfRows ? r : f]
//		for q: y = fma(U[r*UStride+q], weight(q, f), y)
//		Dst[r*RowStride+f*FilterStride] = Epilogue[Activation.Func] ? activation(y) : y
//
// where weight(q, f) is that of Panels, which are Tile.Filters wide. Either RowStride or
// FilterStride is 1.
//
// For channels_first the roles may be exchanged: filters are the rows of U, steps
// the filters of panels that DepthwiseLines made, and the bias is one of rows.
type Pointwise struct {
	Dst, U       []float32
	Panels       Packed
	Bias         []float32 // as PackBias lays it out, from the block's first filter on; or of rows
	Rows         int
	Depth        int
	Filters      int
	RowStride    int       // floats of Dst between rows
	FilterStride int       // floats of Dst between filters
	UStride      int       // floats between rows of U
	Scratch      []float32 // Tile.Scratch floats, of no meaning before and after
	Accumulate   bool
	BiasOfRows   bool
	Activation   Activation // Linear unless this block holds the end of the sum

	// Hints, which a set may ignore.

	Ahead    []float32 // what will be read next, and may not be in a cache yet
	Streamed bool      // the panels are not in the core's own caches
	// PastCaches says that Dst would be gone from the caches before it is read.
	PastCaches bool
}
