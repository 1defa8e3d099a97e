package graph

import (
	"github.com/sepconv/go/internal/engine"
)

// depthwise1D is a convolution of each channel for itself:
//
//	y[t, c*M+m] starts at bias[c*M+m]; for j = 0..k-1: y = fma(x[t*stride + j*dilation - left, c], w[j, c, m], y)
//
// where taps in the padding are steps too, with x = +0.
type depthwise1D struct {
	Window
	target               *Target
	channels, multiplier int
	taps, bias           []float32
	activation           engine.Activation
	digest               digest // of weights and bias
}

// NewDepthwise1D returns a convolution of weights (size, channels, multiplier). bias
// may be nil.
func NewDepthwise1D(t *Target, w Window, weights, bias []float32, channels, multiplier int, a engine.Activation) Op {
	columns := channels * multiplier
	d := &depthwise1D{Window: w, target: t, channels: channels, multiplier: multiplier, activation: a, digest: digestOf(weights, bias)}
	d.taps = t.Set.PackDepthwise(nil, weights, w.Size, columns)
	d.bias = make([]float32, columns)
	copy(d.bias, bias)
	return d
}

func (d *depthwise1D) Shapes(in []Shape) ([]Shape, error) {
	s, err := d.shape(in, d.channels*d.multiplier)
	if err == nil {
		err = wantLast(in[0], d.channels)
	}
	return s, err
}

func (d *depthwise1D) NewStep() Step { return &depthwise1DStep{depthwise1D: d} }

type depthwise1DStep struct {
	*depthwise1D
	rows tiles
}

func (d *depthwise1DStep) Begin(out, in []Tensor) (Tasks, error) {
	columns := d.channels * d.multiplier
	perRow := float64(d.Size+2) * float64(columns) / float64(d.target.Set.Rate)
	return d.rows.begin(&d.Window, d.target, out[0], in[0], d.target.Set.Tile.Window, rowsAtOnce(d.target, columns), perRow)
}

func (d *depthwise1DStep) Do(i int, s *Scratch) { d.rows.each(i, s, d) }

// window computes rows where there is room for whole vectors, and copies them.
func (d *depthwise1DStep) window(s *Scratch, y, x []float32, rows, rowStride, tapStride int) {
	set, columns := d.target.Set, d.channels*d.multiplier
	width := set.Tile.Channels
	stride := roundUp(columns, width)
	tile := y
	if stride > columns {
		tile = s.take(0, rows*stride)
	}
	set.Copy(tile, d.bias, rows, columns, stride, 0)
	k := &s.depthwise
	k.Dst, k.Src, k.Taps = tile, x, d.taps
	k.Rows, k.Columns, k.NumTaps = rows, columns, d.Size
	k.Multiplier, k.Offset, k.DstStride = d.multiplier, 0, stride
	k.RowStride, k.TapStride = rowStride, tapStride
	k.PanelStride, k.Accumulate = d.Size*width, true
	set.Depthwise(k)
	if stride > columns {
		set.Copy(y, tile, rows, columns, columns, stride)
	}
	p := activation{d.activation}
	n, length := 1, rows*columns
	if p.alongAxis() {
		n, length = rows, columns
	}
	for r := range n {
		s.activate(&d.activation, y[r*length:][:length])
	}
}
