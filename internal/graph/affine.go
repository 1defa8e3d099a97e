package graph

import (
	"fmt"

	"github.com/sepconv/go/internal/fault"
)

// affine is y = fma(x, scale[c], shift[c]), c being the place along one axis: what a
// trained normalization is. The depthwise kernel, with one tap and sums that begin at
// the shift, computes it on lines of whole vectors.
type affine struct {
	target       *Target
	axis         int // 0: the same for all elements
	n            int
	scale, shift []float32
	width        int // of a line, in which scale and shift are repeated
	taps, starts []float32
}

// NewAffine returns y = x*scale + shift along an axis, which is not that of the
// batch, or with one scale and one shift for all if the axis is 0.
func NewAffine(t *Target, axis int, scale, shift []float32) Op {
	a := &affine{target: t, axis: axis, n: len(scale), scale: scale, shift: shift}
	const least = 256
	times := 1
	if a.n < least {
		times = roundUp(least/a.n, t.Set.Tile.Channels)
	}
	a.width = a.n * times
	line := make([]float32, 0, a.width)
	for range times {
		line = append(line, scale...)
		a.starts = append(a.starts, shift...)
	}
	a.taps = t.Set.PackDepthwise(nil, line, 1, a.width)
	a.starts = append(a.starts, make([]float32, t.Set.Tile.Channels)...)
	return a
}

func (a *affine) IsInPlace(int) bool { return true }

func (a *affine) Shapes(in []Shape) ([]Shape, error) {
	if err := wantInputs(in, 1); err != nil {
		return nil, err
	}
	if a.axis == 0 {
		return one(in[0]), nil
	}
	if a.axis >= len(in[0]) || in[0][a.axis] != a.n {
		return nil, fmt.Errorf("%w: its input has shape %v; its weights are for %d along axis %d", fault.ErrShape, in[0], a.n, a.axis)
	}
	return one(in[0]), nil
}

func (a *affine) NewStep() Step { return &affineStep{affine: a} }

type affineStep struct {
	*affine
	out, in []float32
	inner   int // elements that one scale is for, side by side
	items   span
}

// moveMicros is about what an element takes that is read and written.
const moveMicros = 0.0005

func (a *affineStep) Begin(out, in []Tensor) (Tasks, error) {
	a.out, a.in, a.inner = out[0].Data, in[0].Data, 1
	if a.axis > 0 {
		a.inner = in[0].Shape[a.axis+1:].Elements()
	}
	if len(a.out) == 0 {
		return Tasks{}, nil
	}
	if a.inner == 1 {
		return a.items.cut(len(a.out)/a.n, a.width/a.n, moveMicros*float64(a.n)), nil
	}
	return a.items.cut(len(a.out)/a.inner, 1, 4*moveMicros*float64(a.inner)), nil
}

func (a *affineStep) Do(i int, s *Scratch) {
	first, end := a.items.task(i)
	if a.inner == 1 {
		a.lines(s, a.out[first*a.n:end*a.n], a.in[first*a.n:])
		return
	}
	for ; first < end; first++ {
		constant(a.out[first*a.inner:][:a.inner], a.in[first*a.inner:], a.scale[first%a.n], a.shift[first%a.n])
	}
}

// lines computes lines of the width, and what is left of the last. Each passes
// through scratch, where there is room for whole vectors.
func (a *affineStep) lines(s *Scratch, y, x []float32) {
	room := roundUp(a.width, s.set.Tile.Channels)
	const part = 4096
	most := max(part/room, 1)
	tile := s.take(0, most*room)
	d := &s.depthwise
	d.Taps, d.NumTaps, d.Multiplier, d.Offset, d.PanelStride = a.taps, 1, 1, 0, s.set.Tile.Channels
	d.RowStride, d.TapStride, d.Accumulate = a.width, a.width, true
	d.Dst, d.DstStride = tile, room
	for len(y) > 0 {
		rows, columns := min(len(y)/a.width, most), a.width
		if rows == 0 {
			rows, columns = 1, len(y)
		}
		s.set.Copy(tile, a.starts, rows, columns, room, 0)
		d.Src, d.Rows, d.Columns = x, rows, columns
		s.set.Depthwise(d)
		s.set.Copy(y, tile, rows, columns, columns, room)
		x, y = x[rows*columns:], y[rows*columns:]
	}
}

// constant is the same with one scale and one shift, where channels do not stand side
// by side. The product is exact in float64, so that it makes no difference whether the
// compiler fuses it with the sum.
func constant(y, x []float32, scale, shift float32) {
	for i, v := range x[:len(y)] {
		y[i] = fma(v, scale, shift)
	}
}
