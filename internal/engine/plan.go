// Package engine runs a layer: it packs the weights for one set of kernels, cuts
// the output into tiles of time, computes the depthwise rows of a tile into a
// scratch tile and multiplies that by all pointwise weights while it is in the
// cache, and shares the tiles among threads. The tensor between the two
// convolutions never exists as a whole.
//
// The engine trusts its caller: package sepconv checks every shape and length.
package engine

import (
	"github.com/sepconv/go/internal/dispatch"
	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/workers"
)

// Plan is a layer packed for one set of kernels. It does not change: any number
// of goroutines may run it.
type Plan struct {
	Geometry
	set        *kernel.Set
	threads    int
	activation Activation

	taps []float32 // packed depthwise weights
	main bank      // the filters that are written to the output
	gate bank      // for GLU, those that gate them
	cut  tiling

	trial     workers.Trial // whether to share runs
	scratches freelist[scratch]
	jobs      freelist[job]
}

// Activation is what ends a layer: one of the kernels' functions, or Custom,
// which is given each row along the output's last axis to change in place.
type Activation struct {
	kernel.Activation
	Custom func(y []float32)
}

// alongAxis tells whether the activation needs whole rows of the last axis.
func (a *Activation) alongAxis() bool { return a.Custom != nil || a.Func.Axis() }

// bank is a packed set of filters: in panels, or along time in lines.
type bank struct {
	panels, bias []float32
	filters      int
}

// NewPlan packs the weights, which are in Keras' layouts and of the sizes that
// the geometry, already checked, tells. bias may be nil. With GLU along the
// filters their number must be even. At most the given number of threads work on
// a run; 0 stands for GOMAXPROCS.
func NewPlan(g Geometry, depthwise, pointwise, bias []float32, a Activation, set *kernel.Set, threads int) *Plan {
	p := &Plan{Geometry: g, set: set, threads: threads, activation: a}
	if p.alongTime() {
		p.taps = packLines(depthwise, g.Kernel, g.columns)
	} else {
		p.taps = kernel.PackDepthwise(depthwise, g.Kernel, g.columns, set.Tile.Channels)
	}
	kept := g.Filters
	if p.gatesFilters() {
		kept /= 2
	}
	p.main = p.packBank(pointwise, bias, 0, kept)
	if a.Func == kernel.GLU {
		p.gate = p.main
		if p.gatesFilters() {
			p.gate = p.packBank(pointwise, bias, kept, kept)
		}
	}
	l1, l2 := dispatch.Caches()
	p.cut = newTiling(&p.Geometry, set.Tile, p.alongTime(), p.gate.filters, l1, l2)
	return p
}

// gatesFilters tells whether GLU halves the filters; in channels_first it halves
// the time.
func (p *Plan) gatesFilters() bool {
	return p.activation.Func == kernel.GLU && !p.ChannelsFirst
}

func (p *Plan) packBank(pointwise, bias []float32, first, n int) bank {
	w := pointwise
	if n < p.Filters {
		w = make([]float32, p.columns*n)
		for q := range p.columns {
			copy(w[q*n:][:n], pointwise[q*p.Filters+first:])
		}
	}
	if bias != nil {
		bias = bias[first:][:n]
	}
	width := p.set.Tile.Filters
	if p.alongTime() {
		b := bank{panels: packLines(w, p.columns, n), bias: make([]float32, n), filters: n}
		copy(b.bias, bias)
		return b
	}
	return bank{
		panels:  kernel.PackPointwise(w, p.columns, n, width),
		bias:    kernel.PackBias(bias, n, width),
		filters: n,
	}
}

// Set returns the set of kernels that the plan uses.
func (p *Plan) Set() *kernel.Set { return p.set }
