package engine

import "github.com/sepconv/go/internal/kernel"

// filters is a range of the filters of a layer, with its weights in Keras' layout.
type filters struct {
	pointwise []float32 // (columns, of all filters)
	bias      []float32 // of all filters; nil is none
	all       int
	first, n  int
}

// weights returns the weights of the range alone.
func (f *filters) weights(columns int) []float32 {
	if f.n == f.all {
		return f.pointwise
	}
	w := make([]float32, columns*f.n)
	for q := range columns {
		copy(w[q*f.n:][:f.n], f.pointwise[q*f.all+f.first:])
	}
	return w
}

// biases returns the biases of the range alone, or nil.
func (f *filters) biases() []float32 {
	if f.bias == nil {
		return nil
	}
	return f.bias[f.first:][:f.n]
}

// pointwiseRows is the pointwise convolution of a tile of rows: the set's packed
// weights are the panels of the product.
type pointwiseRows struct {
	*base
	panels kernel.Packed
	bias   []float32
}

func newPointwiseRows(b *base, f *filters) *pointwiseRows {
	return &pointwiseRows{
		base:   b,
		panels: b.set.PackPointwise(kernel.Packed{}, f.weights(b.columns), b.columns, f.n),
		bias:   kernel.PackBias(nil, f.biases(), f.n, b.set.Tile.Filters),
	}
}

func (p *pointwiseRows) accumulate(s *scratch, y operand, b block, q, n int, a *kernel.Activation) {
	d, ahead := &s.pointwise, s.x.ahead
	d.Dst, d.RowStride, d.FilterStride = y.data, y.step, y.channel
	d.U, d.UStride = s.tile, p.tileStride(n)
	panel := 0
	if b.filter > 0 { // mostly not, and a division takes some nanoseconds
		panel = b.filter / p.set.Tile.Filters
	}
	d.Panels.View(&p.panels, panel, q)
	d.Bias, d.BiasOfRows = p.bias[b.filter:], false
	d.Rows, d.Filters, d.Depth = b.rows, b.filters, n
	d.Accumulate, d.Activation = q > 0, *a
	d.Scratch = s.scratch
	d.PastCaches = s.pastCaches && n == p.columns
	d.Ahead, d.Streamed = share(ahead, q, q+n, p.columns), p.cut.streamed
	p.set.Pointwise(d)
}

// pointwiseLines is the pointwise convolution of a tile of lines: the factors of the
// product exchange their roles. The tile is its panels, the weights are its rows, and
// the bias is one of rows.
type pointwiseLines struct {
	*base
	weights []float32 // by filter
	bias    []float32
}

func newPointwiseLines(b *base, f *filters) *pointwiseLines {
	p := &pointwiseLines{
		base:    b,
		weights: transposed(f.weights(b.columns), b.columns, f.n),
		bias:    make([]float32, f.n),
	}
	copy(p.bias, f.biases())
	return p
}

// hold lets go of the stage's weights and holds those of another of the same filters.
func (p *pointwiseLines) hold(other *pointwiseLines) {
	p.weights, p.bias = other.weights, other.bias
}

func (p *pointwiseLines) accumulate(s *scratch, y operand, b block, q, n int, a *kernel.Activation) {
	width, ahead := p.set.Tile.Filters, share(s.x.ahead, q, q+n, p.columns)
	d := &s.pointwise
	d.RowStride, d.FilterStride, d.UStride = y.channel, y.step, p.columns
	d.Panels, d.BiasOfRows = kernel.Packed{F32: s.tile, Width: width, Stride: n * width}, true
	d.Filters, d.Depth = b.rows, n
	d.Accumulate, d.Activation = q > 0, *a
	d.Scratch = s.scratch
	d.PastCaches = s.pastCaches && n == p.columns
	d.Streamed = false
	// As many filters at a time as stay near the core until all panels have met
	// them.
	for f := 0; f < b.filters; f += p.cut.lines {
		d.Rows, d.Dst = min(p.cut.lines, b.filters-f), y.data[f*y.channel:]
		d.U, d.Bias = p.weights[(b.filter+f)*p.columns+q:], p.bias[b.filter+f:]
		d.Ahead = share(ahead, f, f+d.Rows, b.filters)
		p.set.Pointwise(d)
	}
}

// share returns the share that the parts from first to end have of x, of n parts.
func share(x []float32, first, end, n int) []float32 {
	size := int64(len(x))
	if size == 0 {
		return nil
	}
	return x[int64(first)*size/int64(n) : int64(end)*size/int64(n)]
}

// transposed returns the transpose of a matrix.
func transposed(w []float32, rows, columns int) []float32 {
	t := make([]float32, rows*columns)
	for r := range rows {
		for c, x := range w[r*columns:][:columns] {
			t[c*rows+r] = x
		}
	}
	return t
}
