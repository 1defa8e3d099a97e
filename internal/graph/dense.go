package graph

import "github.com/sepconv/go/internal/engine"

// dense is y[..., f] = activation(bias[f] + sum over q of x[..., q] * w[q, f]).
type dense struct {
	target *Target
	*product
}

// NewDense returns a dense layer of weights (depth, units). bias may be nil.
func NewDense(t *Target, w, bias []float32, depth, units int, a engine.Activation) Op {
	return &dense{t, newProduct(t, w, bias, depth, units, a)}
}

func (d *dense) Shapes(in []Shape) ([]Shape, error) {
	if err := wantInputs(in, 1); err != nil {
		return nil, err
	}
	if err := wantRankAtLeast(in[0], 2); err != nil {
		return nil, err
	}
	if err := wantLast(in[0], d.depth); err != nil {
		return nil, err
	}
	return one(in[0].With(len(in[0])-1, d.filters)), nil
}

func (d *dense) NewStep() Step { return &denseStep{dense: d} }

type denseStep struct {
	*dense
	out, in Tensor
	rows    span
	filters span // of each row
	groups  int
}

// Begin cuts the rows, or where they are few, the filters.
func (d *denseStep) Begin(out, in []Tensor) (Tasks, error) {
	d.out, d.in = out[0], in[0]
	rows := in[0].Shape.rows()
	perRow := float64(d.depth) * float64(d.dense.filters) / float64(d.set.Rate)
	t := d.rows.cutProduct(d.target, rows, d.set.Tile.Rows, rowsAtOnce(d.target, d.most), perRow)
	if t.N == 0 {
		return t, nil
	}
	d.groups, d.filters = 1, span{d.dense.filters, d.dense.filters}
	if rows <= d.set.Tile.Rows && !d.wholeRows() {
		d.groups = d.filters.cut(d.dense.filters, d.set.Tile.Filters, perRow*float64(rows)/float64(d.dense.filters)).N
	}
	t.N *= d.groups
	return t, nil
}

func (d *denseStep) Do(i int, s *Scratch) {
	first, end := d.rows.task(i / d.groups)
	from, to := d.filters.task(i % d.groups)
	n := d.dense.filters
	d.compute(s, operands{dst: d.out.Data[first*n:], stride: n, u: d.in.Data[first*d.depth:], uStride: d.depth, rows: end - first}, from, to)
}
