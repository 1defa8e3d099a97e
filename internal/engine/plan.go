// Package engine runs a layer: it packs the weights for one set of kernels, cuts
// the output into tiles of time, computes the depthwise rows of a tile into a
// scratch tile and multiplies that by all pointwise weights while it is in the
// cache, and shares the tiles among threads.
//
// A Plan is stages, chosen once. Its run is phases, each of tasks that threads
// share, and files call those below them:
//
//	plan.go                  NewPlan picks the stages
//	feed.go, stream.go       signals that come in chunks
//	run.go                   a run: its phases one after the other
//	team.go                  the threads that share a phase
//	tiles.go, alongtime.go   the phases: tiles of the output; the activation along time
//	split.go, tiling.go      how work is cut, for some threads and for the caches
//	pastcaches.go            whether the output is too large for them
//	epilogue.go, gate.go     the end of a block: activations, the gated linear unit
//	separable.go             a block of sums: the two convolutions, tile by tile
//	pointwise.go             the stages of the pointwise convolution
//	turned.go                rows that are turned to lines
//	rows.go, lines.go        the stages of the depthwise convolution
//	folded.go, phases.go     the same for few channels: by rows of several steps, and by lines with strides
//	window.go                the copy of inputs that cannot be read where they are
//	scratch.go, call.go, operand.go, geometry.go   what all of these know
//
// A Training is a layer that computes gradients, by phases of its own and the same
// stages: training.go has the list.
//
// The engine trusts its caller: package sepconv checks every shape and length. It is
// told which set of kernels to use and how large the caches are.
package engine

import (
	"github.com/sepconv/go/internal/freelist"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/workers"
)

// Target is what a plan is made for.
type Target struct {
	Set    *kernel.Set
	L1, L2 int // bytes of data cache that a core has at the first and second level
	L3     int // bytes of the last-level cache; 0 if that is not known
	// Threads is how many goroutines may work on a run; 0 stands for GOMAXPROCS.
	Threads int
}

// Plan is a layer packed for one set of kernels. It does not change: any number
// of goroutines may run it.
type Plan struct {
	base
	threads int

	convolution convolution
	epilogue    epilogue // nil if nothing is left to do
	activation  Activation
	kept        int // filters that are written to the output
	way         way
	// Other ways, or nil: rows for runs of up to so few output steps, nearby for others of up
	// to so many floats of input and output together.
	rows, nearby *Plan
	few, near    int
	far          int // floats of input and output from which on it is written past the caches

	trial     workers.Trial // whether to share runs
	scratches freelist.List[scratch]
	runs      freelist.List[run]
}

// NewPlan packs the weights, which are in Keras' layouts and of the sizes that
// the geometry, already checked, tells. bias may be nil. With GLU along the
// filters their number must be even.
func NewPlan(g Geometry, depthwise, pointwise, bias []float32, a Activation, t Target) *Plan {
	in := func(w way) *Plan { return newPlan(g, depthwise, pointwise, bias, a, t, w) }
	if !g.ChannelsFirst || t.Set.DepthwiseLines == nil {
		return in(byRows)
	}
	near, few := transposes(&g, t)
	if g.Stride > 1 {
		p := in(byRows)
		if hasPhases(&g, t.Set.Tile.Filters, p.cut.windowFloats) {
			lines := in(byLines)
			lines.rows, lines.few = p, fewSteps(t)
			return lines
		}
		if near > 0 && turns(&g, t) {
			p.nearby, p.near, p.rows, p.few = in(turned), near, p, few
		}
		return p
	}
	p := in(byLines)
	if near > 0 || few > 0 && 4*g.pointWeights <= t.L1 {
		p.rows, p.few = in(byRows), few
	}
	if p.nearby, p.near = p.rows, near; near > 0 && turns(&g, t) {
		p.nearby = in(turned)
		p.nearby.filters().hold(p.filters())
	}
	return p
}

// filters returns the pointwise stage of a plan in which that is by lines. A gated unit
// along time has no other.
func (p *Plan) filters() *pointwiseLines {
	return p.convolution.(*separable).pointwise.(*pointwiseLines)
}

// way is how the stages of a plan lay out vectors.
type way uint8

const (
	byRows  way = iota // across channels; channels_first is transposed on its way in and out
	byLines            // along time
	turned             // the depthwise convolution by rows, the pointwise one by lines
)

// newPlan is NewPlan for stages of one way.
func newPlan(g Geometry, depthwise, pointwise, bias []float32, a Activation, t Target, w way) *Plan {
	p := &Plan{base: base{Geometry: g, set: t.Set}, threads: t.Threads, activation: a, way: w}
	p.kept = p.Filters
	if a.Func == kernel.GLU && !p.ChannelsFirst {
		p.kept /= 2
	}
	gated := 0
	if a.Func == kernel.GLU {
		gated = p.kept
	}
	p.far = far(&p.Geometry, w != byRows, t)
	p.cut = newTiling(&p.Geometry, t.Set.Tile, w != byRows, gated, t.L1, t.L2)
	switch panel := t.Set.Tile.Channels; {
	case w == turned:
		p.cut.turn(t.Set.Tile)
	case w == byRows && folds(&p.Geometry, panel) > 0:
		p.cut.fold(p.columns, panel)
	}

	newPointwise := func(first int) pointwiseStage {
		f := &filters{pointwise: pointwise, bias: bias, all: p.Filters, first: first, n: p.kept}
		if w == byRows {
			return newPointwiseRows(&p.base, f)
		}
		return newPointwiseLines(&p.base, f)
	}
	c := &separable{base: &p.base, depthwise: newDepthwise(&p.base, depthwise, w), pointwise: newPointwise(0)}
	p.convolution = c
	switch {
	case a.Func == kernel.GLU:
		gates := *c
		if p.kept < p.Filters {
			gates.pointwise = newPointwise(p.kept)
		}
		p.epilogue = &gate{&p.base, &gates}
	case a.Custom == nil && t.Set.Epilogue[a.Func]:
		c.fused = a.Activation
	case a.Custom == nil && a.Func == kernel.Linear || p.endsAlongTime():
	default:
		p.epilogue = &activate{&p.base, a}
	}
	return p
}

// transposes returns for how many floats of input and output, and for how many output
// steps, channels_first is better transposed than computed by lines; 0 is for none. Few
// channels are slow to transpose, since their lines are many calls of little work.
//
// A tap by lines is a load that is not aligned, which costs more the longer vectors are,
// and transposing costs the same whatever the number of taps, if all is near. (Measured on
// Zen 5, 64 to 256 channels: up to 4 MB 0.70 to 1.07 of the time by lines, with 10 MB and
// more 0.85 to 1.3.) With strides there is nothing else, but for hasPhases.
//
// Few steps leave vectors along time empty. That they are few is not known beforehand:
// only weights that are held by rows anyway, or take little memory, serve. (32 and 64
// channels, 1 to 12 steps, 5 taps: 0.32 to 0.90.)
func transposes(g *Geometry, t Target) (near, few int) {
	const fewChannels, nearCaches = 32, 4
	taps := t.Set.TransposeTaps
	if taps == 0 || g.Channels < fewChannels {
		return 0, 0
	}
	if g.Stride > 1 || g.Kernel*g.Channels > taps*(g.Channels+g.Filters) {
		near = nearCaches * t.L2 / 4
	}
	return near, fewSteps(t)
}

// fewSteps is less than one of a panel's two vectors.
func fewSteps(t Target) int { return t.Set.Tile.Filters/2 - 1 }

// turns reports whether it is better to transpose what is between the two convolutions
// than what is after them. (Measured on Zen 5 with AVX-512: 64 columns and 128 or 256
// filters 0.93, 256 and 256 0.98, 512 and 512 0.95 to 1.02, 128 and 64 1.01, 1024 and 1024
// 1.02 to 1.04: a filter's weights are then a multiple of 4 KiB apart.) Tiles of whole
// panels of steps do not come out even for several threads. (Two: 256 columns, 800 steps
// 1.19; 512, 200 steps 1.14; 64, 500 steps 1.07.)
func turns(g *Geometry, t Target) bool { return t.Threads == 1 && g.columns <= min(g.Filters, 512) }

func newDepthwise(b *base, weights []float32, w way) depthwiseStage {
	switch {
	case w == byLines && b.Stride > 1:
		return newDepthwisePhases(b, weights)
	case w == byLines:
		return newDepthwiseLines(b, weights)
	case w == turned:
		return &depthwiseTurned{newDepthwiseRows(b, weights)}
	}
	if steps := folds(&b.Geometry, b.set.Tile.Channels); steps > 0 {
		return newDepthwiseFolded(b, weights, steps)
	}
	return newDepthwiseRows(b, weights)
}

// ByRows returns a plan of the layer whose vectors run across channels: p, or one that it
// has beside it, or nil. Along time as many steps are computed as a vector has, however few
// there are.
func (p *Plan) ByRows() *Plan {
	if p.way == byRows {
		return p
	}
	return p.rows
}

// Kept returns the number of filters that are written to the output: half of them with
// GLU along the filters.
func (p *Plan) Kept() int { return p.kept }

// Set returns the set of kernels that the plan uses.
func (p *Plan) Set() *kernel.Set { return p.set }
