package engine

import (
	"math"

	"github.com/sepconv/go/internal/freelist"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/workers"
)

// Training is a layer that computes gradients, in the order of sums that package
// kernel states. It is used by one goroutine at a time. With rows (n, t) of the batch and
// steps, C channels, C*M columns and F filters:
//
//	X          the input
//	U          columns: the depthwise convolution of X
//	Z          filters: U times the pointwise kernel, and the bias
//	Y          the activation of Z, the output
//	g          the derivative of the loss by Z
//	du         by U
//	dP, db     by the pointwise kernel, and by the bias
//	dw         by the depthwise kernel
//	dx         by X
//
//	training.go            what it keeps; parts of a batch, one after the other
//	training_scratch.go    what a thread needs
//	training_pack.go       the weights, packed anew for each Forward
//	training_forward.go    U, Z and Y
//	training_backward.go   from the derivative by Y to all others, in phases:
//	slope.go               g, through the activation
//	gradient_sweep.go      all of the following, block by block, on one thread or where arrays are far
//	gradient_pointwise.go  dP and db
//	gradient_columns.go    du, through the pointwise convolution
//	gradient_taps.go       dw
//	gradient_input.go      dx
//
// Channels stand side by side in all that it keeps. In channels_first inputs and
// outputs are transposed on their way.
type Training struct {
	base
	team
	TrainingOptions
	activation    Activation
	fused         kernel.Activation // applied by the product itself: then z holds Y
	channelsFirst bool
	threads       int
	lastLevel     int  // bytes of the last-level cache
	depthAtOnce   int  // terms of a product that are summed at a time: their panel stays in the first-level cache
	packsG        bool // into panels, for the gradient of the pointwise kernel

	// The weights, packed.

	depthwise *depthwiseRows
	panels    kernel.Packed
	bias      []float32
	turned    kernel.Packed // panels of the transposed pointwise kernel
	residues  []residue     // the depthwise kernel, flipped, for dx
	flipped   []float32     // taps of a residue, for packing
	zeros     []float32     // in the place of a bias

	pass
	part

	// By rows of the part, from its origin on.

	u       []float32 // U, uStride floats a row
	du      []float32 // in the memory of u, if U is not needed any more, or else of apart
	apart   []float32
	z       []float32 // Z, and then g
	signs   []uint32  // of Y for the whole batch, from Forward to Backward instead of z: see keepsSigns
	lines   []float32 // z by lines, in channels_first
	duLines []float32 // du by lines, if there are few channels
	x       []float32 // X of the whole batch transposed, in channels_first

	uStride int
	far     bool // all arrays together are
	swept   bool // Backward goes block by block
	keepsU  bool // u is kept from Forward to Backward, or for a part; otherwise a sweep computes it again
	signed  bool // signs are kept, and z is not
	// Floats of du from a column to that of the same channel and the next m, and to that of the
	// next channel: see columnsGradient.
	planeStep, channelStep int

	crew     int  // threads that share the call
	wake     bool // sleeping helpers are woken for it
	helpers  freelist.List[scratch]
	forward  workers.Trial
	backward workers.Trial
	phases   trainingPhases
}

// TrainingOptions are what a caller may choose.
type TrainingOptions struct {
	Recompute bool // U and Z in Backward, instead of keeping them
	Frozen    bool // no gradients of the weights
}

// pass is the arguments of Forward, and those of Backward.
type pass struct {
	dst, src, dsrc, ddst []float32
	weights              Weights
	gradients            Weights
	batch, steps         int
	outSteps, left       int
}

// Weights are a layer's arrays, or their gradients, in Keras' layouts. Bias may be nil.
type Weights struct{ Depthwise, Pointwise, Bias []float32 }

// part is the signals that are worked on together: all, or with Recompute so few that U and Z
// stay small.
type part struct {
	first, end int // signals
	origin     int // the row that buffers begin with: the first of a block
	signals    int // of a part, at most
}

// partRows is about how many rows a part has where nothing is kept.
const partRows = 1024

// NewTraining prepares the training of a layer. Its activation must have a derivative.
func NewTraining(g Geometry, a Activation, o TrainingOptions, target Target) *Training {
	t := &Training{
		base: base{Geometry: g, set: target.Set, trains: true}, TrainingOptions: o,
		activation: a, channelsFirst: g.ChannelsFirst, threads: target.Threads,
	}
	t.ChannelsFirst = false
	if t.lastLevel = target.L3; t.lastLevel == 0 {
		t.lastLevel = math.MaxInt
	}
	t.cut = newTiling(&t.Geometry, t.set.Tile, false, 0, target.L1, target.L2)
	t.depthAtOnce = roundDown(target.L1/4/t.set.Tile.Filters, 4)
	t.packsG = t.crowdedRows(target.L1)
	t.uStride = t.tileStride(t.columns)
	if a.Custom == nil && a.Func == kernel.ReLU && t.set.Epilogue[kernel.ReLU] && !t.channelsFirst {
		t.fused = a.Activation // its derivative needs no more than Y: y > 0 where z > 0
	}
	t.planeStep, t.channelStep = t.Channels, 1
	if t.Multiplier > 1 && t.Channels < t.set.Tile.Channels {
		t.planeStep, t.channelStep = 1, t.Multiplier
	}
	t.depthwise = &depthwiseRows{base: &t.base, apart: 1}
	t.residues = newResidues(&t.base, target)
	t.zeros = make([]float32, roundUp(max(t.Filters, t.columns), t.set.Tile.Filters))
	t.team = team{base: &t.base, scratches: &t.helpers, own: newScratch(&t.base)}
	t.phases = newTrainingPhases(t)
	return t
}

// linear reports whether there is no activation, so that g is the derivative by Y.
func (t *Training) linear() bool {
	return t.activation.Custom == nil && t.activation.Func == kernel.Linear
}

// direct reports whether g is the caller's ddst as it is.
func (t *Training) direct() bool { return t.linear() && !t.channelsFirst }

// row returns a buffer of the part from a row of the batch on.
func (t *Training) row(of []float32, stride, row int) []float32 { return of[(row-t.origin)*stride:] }

// gradientRow returns g from a row on.
func (t *Training) gradientRow(row int) []float32 {
	if t.direct() {
		return t.ddst[row*t.Filters:]
	}
	return t.row(t.z, t.Filters, row)
}

// room returns how many signals there are in a part, and how many rows that needs. The
// rows of the batch fit an int.
func (t *Training) room(batch, outSteps int) (signals, rows int) {
	if !t.Recompute {
		return batch, batch * outSteps
	}
	signals = min(max(partRows/outSteps, 1), batch)
	return signals, min(batch*outSteps, kernel.Block-1+signals*outSteps)
}

// Kept returns how many floats Forward would keep of U; ok is false if an int cannot
// tell. The output's elements are such that it can.
func (t *Training) Kept(batch, steps int) (n int, ok bool) {
	outSteps, _, err := t.OutputSteps(steps)
	if err != nil || batch == 0 || outSteps == 0 {
		return 0, err == nil
	}
	_, rows := t.room(batch, outSteps)
	return mul(rows, t.uStride)
}

// Set returns the set of kernels.
func (t *Training) Set() *kernel.Set { return t.set }

// resize makes room for a batch.
func (t *Training) resize() {
	signals, rows := t.room(t.batch, t.outSteps)
	t.signals = signals
	t.far = t.isFar()
	t.swept = t.sweeps()
	t.keepsU = !t.swept || !t.far || t.Kernel >= manyTaps
	t.signed = t.keepsSigns()
	if t.keepsU {
		t.u = grown(t.u, rows*t.uStride)
	}
	if signals < t.batch { // rows of u are carried on to the next part, so du has memory of its own
		t.apart = grown(t.apart, rows*t.uStride)
		t.du = t.apart
	} else {
		t.du = t.u
	}
	if t.signed {
		t.signs = grown(t.signs, rows*t.Filters/kernel.SignLanes)
	}
	if !t.direct() && !(t.signed && t.swept) {
		t.z = grown(t.z, rows*t.Filters)
	}
	if t.channelsFirst {
		t.x = grown(t.x, t.batch*t.steps*t.Channels)
		if !t.linear() {
			t.lines = grown(t.lines, signals*t.outSteps*t.Filters)
		}
	}
}

// grown returns n elements, which are those of a slice if they are enough.
func grown[T float32 | uint32](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}

// begin begins the first part.
func (t *Training) begin() { t.first, t.end, t.origin = 0, min(t.signals, t.batch), 0 }

// rows returns the rows of the batch that the part's signals have.
func (t *Training) rows() (first, end int) { return t.first * t.outSteps, t.end * t.outSteps }

// blocksEnd returns the row at which the last block ends that is complete in the part: another
// may go on in the next part.
func (t *Training) blocksEnd() int {
	_, end := t.rows()
	if t.end == t.batch {
		return end
	}
	return end / kernel.Block * kernel.Block
}

// advance goes to the next part, and carries the rows of an incomplete block there.
func (t *Training) advance() {
	_, end := t.rows()
	next := t.blocksEnd()
	carry := func(of []float32, stride int) {
		if len(of) > 0 {
			copy(of, of[(next-t.origin)*stride:(end-t.origin)*stride])
		}
	}
	carry(t.u, t.uStride)
	carry(t.apart, t.uStride)
	carry(t.z, t.Filters)
	t.origin = next
	t.first, t.end = t.end, min(t.end+t.signals, t.batch)
}

// signal makes x the input n of the batch.
func (t *Training) signal(x *signal, n int) {
	size := t.steps * t.Channels
	all := t.src
	if t.channelsFirst {
		all = t.x
	}
	*x = signal{operand: operand{all[n*size:][:size], t.Channels, 1}, steps: t.steps, left: t.left}
}

// Memory returns the bytes of the buffers that there are now: of packed weights, of
// what is kept, and of the scratch of every thread that has helped.
func (t *Training) Memory() int {
	floats := len(t.zeros) + cap(t.signs)
	for _, b := range [][]float32{
		t.depthwise.taps, t.panels.F32, t.bias, t.turned.F32, t.flipped, t.u, t.apart, t.z, t.lines, t.duLines, t.x,
	} {
		floats += cap(b)
	}
	for i := range t.residues {
		for _, plane := range t.residues[i].planes {
			floats += cap(plane.taps)
		}
		if p := t.residues[i].lines; p != nil {
			floats += cap(p.taps)
		}
	}
	return 4 * (floats + (1+t.helpers.Len())*t.own.floats())
}
