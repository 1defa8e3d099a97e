package graph

import (
	"fmt"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/fault"
)

// Padding says which zeros are around the signal.
type Padding uint8

const (
	Valid  Padding = iota // no window leaves the signal
	Same                  // as many steps on both sides, one more at the end if they are odd
	Causal                // all at the beginning
)

// Window is how a convolution or a pooling looks at time.
type Window struct {
	Size, Stride, Dilation int
	Padding                Padding
}

// reach is by how many steps the last tap is after the first.
func (w *Window) reach() int { return (w.Size - 1) * w.Dilation }

// steps returns the steps of the output, and by how many steps the first window
// begins before the signal.
func (w *Window) steps(n int) (out, left int, err error) {
	if n == Open {
		return Open, 0, nil
	}
	switch w.Padding {
	case Valid:
		if n <= w.reach() {
			return 0, 0, fmt.Errorf("%w: its input has %d steps; a window without padding needs %d", fault.ErrShape, n, w.reach()+1)
		}
		return (n-w.reach()-1)/w.Stride + 1, 0, nil
	case Causal:
		return ceil(n, w.Stride), w.reach(), nil
	}
	out = ceil(n, w.Stride)
	return out, max((out-1)*w.Stride+w.reach()+1-n, 0) / 2, nil
}

// shape returns the shape of the output, of so many channels.
func (w *Window) shape(in []Shape, channels int) ([]Shape, error) {
	if err := wantInputs(in, 1); err != nil {
		return nil, err
	}
	if err := wantRank(in[0], 3); err != nil {
		return nil, err
	}
	out, _, err := w.steps(in[0][1])
	if err != nil {
		return nil, err
	}
	return one(Shape{in[0][0], out, channels}), nil
}

// conv1D is a convolution along time of an input with channels last:
//
//	y[t, f] starts at bias[f]; for j = 0..k-1, for c: y = fma(x[t*stride + j*dilation - left, c], w[j, c, f], y)
//
// where taps in the padding are steps too, with x = +0.
//
// Without dilation the inputs of a window stand side by side, and rows of windows are
// a matrix whose rows overlap: all is one product, without a copy. Otherwise it is a
// product for each tap. Where windows reach into the padding, the input is copied between
// zeros.
type conv1D struct {
	Window
	target            *Target
	channels, filters int
	groups            int
	products          [][]*product // by group, and by tap if taps do not stand side by side
}

// NewConv1D returns a convolution of weights (size, channels/groups, filters). bias
// may be nil.
func NewConv1D(t *Target, w Window, weights, bias []float32, channels, filters, groups int, a engine.Activation) Op {
	c := &conv1D{Window: w, target: t, channels: channels, filters: filters, groups: groups}
	depth, width := channels/groups, filters/groups
	for g := range groups {
		var own []float32
		if bias != nil {
			own = bias[g*width:][:width]
		}
		each := columns(weights, w.Size*depth, filters, g*width, width)
		var list []*product
		if c.sideBySide() {
			list = append(list, newProduct(t, each, own, w.Size*depth, width, a))
		} else {
			for j := range w.Size {
				list = append(list, newProduct(t, each[j*depth*width:][:depth*width], own, depth, width, a))
			}
		}
		c.products = append(c.products, list)
	}
	return c
}

// columns returns some columns of a matrix.
func columns(w []float32, rows, all, first, n int) []float32 {
	if n == all {
		return w
	}
	part := make([]float32, 0, rows*n)
	for r := range rows {
		part = append(part, w[r*all+first:][:n]...)
	}
	return part
}

// sideBySide reports whether all inputs of a window stand side by side.
func (c *conv1D) sideBySide() bool { return c.groups == 1 && (c.Dilation == 1 || c.Size == 1) }

func (c *conv1D) Shapes(in []Shape) ([]Shape, error) {
	s, err := c.shape(in, c.filters)
	if err == nil {
		err = wantLast(in[0], c.channels)
	}
	return s, err
}

func (c *conv1D) NewStep() Step { return &conv1DStep{conv1D: c} }

type conv1DStep struct {
	*conv1D
	rows tiles
}

func (c *conv1DStep) Begin(out, in []Tensor) (Tasks, error) {
	perRow := float64(c.channels/c.groups) * float64(c.Size) * float64(c.filters) / float64(c.target.Set.Rate)
	// A tile reads each input step once; its sums are in rows of filters.
	most := rowsAtOnce(c.target, max(c.channels*c.Stride, c.channels))
	return c.rows.begin(&c.Window, c.target, out[0], in[0], c.target.Set.Tile.Rows, most, perRow)
}

func (c *conv1DStep) Do(i int, s *Scratch) { c.rows.each(i, s, c) }

func (c *conv1DStep) window(s *Scratch, y, x []float32, rows, rowStride, tapStride int) {
	depth, width := c.channels/c.groups, c.filters/c.groups
	for g, taps := range c.products {
		for j, p := range taps {
			p.compute(s, operands{
				dst: y[g*width:], stride: c.filters,
				u: x[j*tapStride+g*depth:], uStride: rowStride,
				rows: rows, accumulate: j > 0, unfinished: j < len(taps)-1,
			}, 0, width)
		}
	}
}

// A windowed computes rows of outputs from inputs that are all there: x begins with the
// first tap of the first row; the inputs of neighbouring rows, and of neighbouring taps,
// are so many floats apart.
type windowed interface {
	window(s *Scratch, y, x []float32, rows, rowStride, tapStride int)
}

// tiles is the rows of a batch of outputs of windows along time, cut into tasks.
type tiles struct {
	w                  *Window
	out, in            []float32
	steps, outSteps    int
	left               int
	channels, filters  int
	perTile, perSignal int // rows of a tile, and tiles of a signal
}

// begin cuts the outputs into tiles of a multiple of unit rows and no more than most.
func (t *tiles) begin(w *Window, target *Target, out, in Tensor, unit, most int, perRow float64) (Tasks, error) {
	t.w, t.out, t.in = w, out.Data, in.Data
	t.steps, t.channels = in.Shape[1], in.Shape[2]
	t.outSteps, t.filters = out.Shape[1], out.Shape[2]
	var err error
	if _, t.left, err = w.steps(t.steps); err != nil || len(t.out) == 0 {
		return Tasks{}, err
	}
	var rows span
	batch := out.Shape[0]
	all := rows.cutProduct(target, t.outSteps, unit, most, perRow*float64(batch)) // of all signals
	t.perTile, t.perSignal = rows.per, all.N
	return Tasks{batch * all.N, all.Micros}, nil
}

// each computes tile i.
func (t *tiles) each(i int, s *Scratch, c windowed) {
	n, first := i/t.perSignal, i%t.perSignal*t.perTile
	end := min(first+t.perTile, t.outSteps)
	x := t.in[n*t.steps*t.channels:][:t.steps*t.channels]
	y := t.out[n*t.outSteps*t.filters:][:t.outSteps*t.filters]
	// Rows from inside on have their first tap inside, rows from outside on their
	// last one outside.
	inside := min(max(ceil(t.left, t.w.Stride), first), end)
	outside := min(max(ceil(t.steps+t.left-t.w.reach(), t.w.Stride), inside), end)
	if t.steps <= t.w.reach() {
		inside, outside = end, end
	}
	t.bordered(s, c, y, x, first, inside)
	if inside < outside {
		c.window(s, y[inside*t.filters:], x[(inside*t.w.Stride-t.left)*t.channels:], outside-inside, t.w.Stride*t.channels, t.w.Dilation*t.channels)
	}
	t.bordered(s, c, y, x, outside, end)
}

// maxBorder is how many floats of input are copied at once, if a window has no more.
const maxBorder = 16 << 10

// bordered computes rows from a copy of their input beside zeros: of all steps that
// they reach, or with dilation of the taps alone, since those may be far apart.
func (t *tiles) bordered(s *Scratch, c windowed, y, x []float32, first, end int) {
	for first < end {
		y, from := y[first*t.filters:], first*t.w.Stride-t.left
		var rows int
		if t.w.Dilation == 1 {
			rows = t.copySteps(s, c, y, x, from, end-first)
		} else {
			rows = t.copyTaps(s, c, y, x, from, end-first)
		}
		first += rows
	}
}

// copySteps computes as many rows as fit, from all steps that they reach.
func (t *tiles) copySteps(s *Scratch, c windowed, y, x []float32, from, rows int) int {
	fit := (maxBorder/t.channels-t.w.Size)/t.w.Stride + 1
	rows = min(max(fit, 1), rows)
	steps := (rows-1)*t.w.Stride + t.w.Size
	copied := s.take(1, steps*t.channels)
	t.fill(copied, x, from)
	c.window(s, y, copied, rows, t.w.Stride*t.channels, t.channels)
	return rows
}

// copyTaps computes as many rows as fit, from their taps.
func (t *tiles) copyTaps(s *Scratch, c windowed, y, x []float32, from, rows int) int {
	wide := t.w.Size * t.channels
	rows = min(max(maxBorder/wide, 1), rows)
	copied := s.take(1, rows*wide)
	for r := range rows {
		for j := range t.w.Size {
			t.fill(copied[r*wide+j*t.channels:][:t.channels], x, from+r*t.w.Stride+j*t.w.Dilation)
		}
	}
	c.window(s, y, copied, rows, wide, t.channels)
	return rows
}

// fill copies steps from one on, zeros where there are none.
func (t *tiles) fill(dst, x []float32, from int) {
	clear(dst)
	lo, hi := max(from, 0), min(from+len(dst)/t.channels, t.steps)
	if lo < hi {
		copy(dst[(lo-from)*t.channels:], x[lo*t.channels:hi*t.channels])
	}
}
