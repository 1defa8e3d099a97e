package graph

import (
	"github.com/sepconv/go/internal/cache"
	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/kernel"
)

// product is a matrix of weights, packed for the pointwise kernel: rows of u times
// it, and an activation.
//
//	y[r, f] = bias[f], or what is there; for q = 0..depth-1: y[r, f] = fma(u[r, q], w[q, f], y[r, f])
type product struct {
	set            *kernel.Set
	depth, filters int
	panels         kernel.Packed
	bias           []float32
	most           int  // of the depth at once
	ways           int  // of the first-level cache
	streamed       bool // panels are more than the second-level cache keeps beside rows
	activation     engine.Activation
	fused          kernel.Activation // as much of it as the kernel applies
	rest           engine.Activation // what the kernel does not apply
	hasRest        bool
	digest         digest // of weights and bias
}

// newProduct packs weights of shape (depth, filters). bias may be nil.
func newProduct(t *Target, w, bias []float32, depth, filters int, a engine.Activation) *product {
	p := &product{
		set: t.Set, depth: depth, filters: filters,
		panels: t.Set.PackPointwise(kernel.Packed{}, w, depth, filters),
		bias:   kernel.PackBias(nil, bias, filters, t.Set.Tile.Filters),
		ways:   cache.Ways(t.L1),
		digest: digestOf(w, bias), activation: a,
	}
	p.streamed = 4*len(p.panels.F32) > t.L2/2
	// A panel that every row of a block is multiplied with is as large as the first
	// level of the cache.
	most := max(t.L1/4/t.Set.Tile.Filters, 64)
	parts := (depth-1)/most + 1
	p.most = roundUp((depth-1)/parts+1, 8)
	switch {
	case a.Custom == nil && t.Set.Epilogue[a.Func]:
		p.fused = a.Activation
	case a.Custom != nil || a.Func != kernel.Linear:
		p.rest, p.hasRest = a, true
	}
	return p
}

// bytes returns what the weights take.
func (p *product) bytes() int { return 4 * (len(p.panels.F32) + len(p.bias)) }

// wholeRows reports whether the activation needs all filters of a row.
func (p *product) wholeRows() bool {
	return p.hasRest && (p.rest.Custom != nil || p.rest.Func.Axis())
}

// operands are the rows of a product.
type operands struct {
	dst        []float32
	stride     int // of rows of dst
	u          []float32
	uStride    int
	rows       int
	accumulate bool // to what is in dst, not to the bias
	unfinished bool // more is to be added: no activation
}

// filters computes the filters from first to end, of which first is one where a
// panel begins.
func (p *product) compute(s *Scratch, o operands, first, end int) {
	d := &s.pointwise
	crowded := end-first > p.set.Tile.Filters && cache.Rows(o.uStride, p.ways) < min(o.rows, p.set.Tile.Rows)
	d.RowStride, d.FilterStride = o.stride, 1
	d.Rows, d.Filters, d.Scratch = o.rows, end-first, s.kernel
	d.Dst, d.Bias, d.Streamed = o.dst[first:], p.bias[first:], p.streamed
	for q := 0; q < p.depth; q += p.most {
		n := min(p.most, p.depth-q)
		d.U, d.UStride, d.Depth = o.u[q:], o.uStride, n
		if crowded {
			d.U, d.UStride = p.apart(s, o, q, n)
		}
		d.Panels.View(&p.panels, first/p.set.Tile.Filters, q)
		d.Accumulate = o.accumulate || q > 0
		d.Activation = kernel.Activation{}
		if q+n == p.depth && !o.unfinished {
			d.Activation = p.fused
		}
		p.set.Pointwise(d)
	}
	if p.hasRest && !o.unfinished {
		p.finish(s, o, first, end)
	}
}

// apart copies a part of rows that fall on so few sets of the first-level cache that
// they drive each other out.
func (p *product) apart(s *Scratch, o operands, q, n int) (u []float32, stride int) {
	const line = 16
	stride = roundUp(n, line) | line // an odd number of lines
	u = s.take(2, o.rows*stride)
	p.set.Copy(u, o.u[q:], o.rows, n, stride, o.uStride)
	return u, stride
}

// finish applies the activation that the kernel does not.
func (p *product) finish(s *Scratch, o operands, first, end int) {
	rows, width := o.rows, end-first
	if width == o.stride && !p.wholeRows() {
		rows, width = 1, rows*width
	}
	for r := range rows {
		s.activate(&p.rest, o.dst[r*o.stride+first:][:width])
	}
}

// activate applies an activation to a line, but a gated linear unit.
func (s *Scratch) activate(a *engine.Activation, y []float32) {
	if a.Custom != nil {
		a.Custom(y)
		return
	}
	if f := s.set.Activate[a.Func]; f != nil {
		s.function = a.Activation
		f(y, &s.function)
	}
}

// rowsAtOnce is how many rows of u, so many floats each, stay in the second-level
// cache until all panels have met them.
func rowsAtOnce(t *Target, floats int) int {
	const useful = 384
	return roundDown(min(t.L2/2/4/max(floats, 1), useful), t.Set.Tile.Rows)
}
