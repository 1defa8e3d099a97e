package graph

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/internal/fault"
)

// Merge is what is done to elements at the same place.
type Merge uint8

const (
	Add Merge = iota
	Subtract
	Multiply
	Divide
	Maximum // NaN if one is
	Minimum
)

// merge is its first input merged with the second, the result with the third, and so
// on. An axis of length 1 is repeated, and shapes that have fewer axes get such after
// that of the batch, as in Keras.
type merge struct{ Merge }

// NewMerge returns a merge of any number of inputs.
func NewMerge(m Merge) Op { return &merge{m} }

func (m *merge) IsInPlace(int) bool { return true }

func (m *merge) Shapes(in []Shape) ([]Shape, error) {
	if len(in) == 0 {
		return nil, wantInputs(in, 2)
	}
	var s Shape
	for _, each := range in {
		var ok bool
		if s, ok = broadcast(s, each); !ok {
			return nil, fmt.Errorf("%w: its inputs have shapes %v, which do not go together", fault.ErrShape, in)
		}
	}
	return one(s), nil
}

// broadcast returns the shape of two inputs together. A length of 1 meets any.
func broadcast(a, b Shape) (Shape, bool) {
	if a == nil {
		return slices.Clone(b), true
	}
	a, b = withAxes(a, len(b)), withAxes(b, len(a))
	s := slices.Clone(a)
	for i, n := range b {
		switch {
		case n == s[i] || n == 1:
		case s[i] == 1 || s[i] == Open:
			s[i] = n
		case n != Open:
			return nil, false
		}
	}
	return s, true
}

// withAxes returns the shape with axes of length 1 after the first, so that there are
// as many as given.
func withAxes(s Shape, rank int) Shape {
	if len(s) >= rank || len(s) == 0 {
		return s
	}
	return slices.Insert(slices.Clone(s), 1, slices.Repeat([]int{1}, rank-len(s))...)
}

func (m *merge) NewStep() Step { return &mergeStep{merge: m} }

type mergeStep struct {
	*merge
	out     Tensor
	in      []Tensor
	strides [][]int // of each input along the axes of the output; nil of one of its shape
	same    bool    // all inputs are of the output's shape
	width   int
	lines   span
}

func (m *mergeStep) Begin(out, in []Tensor) (Tasks, error) {
	m.out, m.in = out[0], in
	if len(m.out.Data) == 0 {
		return Tasks{}, nil
	}
	m.same = true
	if len(m.strides) < len(in) {
		m.strides = make([][]int, len(in))
	}
	for i, t := range in {
		m.strides[i] = stridesOf(m.strides[i][:0], t.Shape, m.out.Shape)
		m.same = m.same && len(t.Data) == len(m.out.Data)
	}
	m.width = m.out.Shape.Last()
	if m.same {
		m.width = 1
	}
	return m.lines.cut(len(m.out.Data)/m.width, 64, float64(len(in))*moveMicros*float64(m.width)), nil
}

// stridesOf appends the strides of a tensor along the axes of another, 0 where it is
// repeated.
func stridesOf(list []int, s, of Shape) []int {
	stride := s.Elements()
	for i := range of {
		n := 1
		switch missing := len(of) - len(s); {
		case i == 0:
			n = s[0]
		case i > missing:
			n = s[i-missing]
		}
		if n == 1 {
			list = append(list, 0)
			continue
		}
		stride /= n
		list = append(list, stride)
	}
	return list
}

func (m *mergeStep) Do(i int, s *Scratch) {
	first, end := m.lines.task(i)
	if m.same {
		m.flat(s, first, end)
		return
	}
	for r := first; r < end; r++ {
		y := m.out.Data[r*m.width:][:m.width]
		if len(m.in) == 1 {
			copyUnlessSame(y, m.in[0].Data[r*m.width:])
			continue
		}
		a, sa := m.line(0, r)
		for j := 1; j < len(m.in); j++ {
			b, sb := m.line(j, r)
			strided(m.Merge, y, a, b, sa, sb)
			a, sa = y, 1
		}
	}
}

// line returns where line r of the output finds its elements in input i, and how far
// they are apart.
func (m *mergeStep) line(i, r int) (x []float32, stride int) {
	at, shape, strides := 0, m.out.Shape, m.strides[i]
	for a := len(shape) - 2; a >= 0; a-- {
		at += r % shape[a] * strides[a]
		r /= shape[a]
	}
	return m.in[i].Data[at:], strides[len(shape)-1]
}

// strided merges two lines, of which one may be an element that is repeated.
func strided(m Merge, y, a, b []float32, sa, sb int) {
	switch m {
	case Add:
		for i := range y {
			y[i] = a[i*sa] + b[i*sb]
		}
	case Subtract:
		for i := range y {
			y[i] = a[i*sa] - b[i*sb]
		}
	case Multiply:
		for i := range y {
			y[i] = a[i*sa] * b[i*sb]
		}
	case Divide:
		for i := range y {
			y[i] = a[i*sa] / b[i*sb]
		}
	case Maximum:
		for i := range y {
			y[i] = max(a[i*sa], b[i*sb])
		}
	case Minimum:
		for i := range y {
			y[i] = min(a[i*sa], b[i*sb])
		}
	}
}

// flat merges inputs of one shape, in parts that stay in the cache.
func (m *mergeStep) flat(s *Scratch, first, end int) {
	const part = 4096
	for ; first < end; first += part {
		y := m.out.Data[first:min(first+part, end)]
		m.part(s, y, first)
	}
}

// part merges elements from one on. Where the output has the place of an input, that
// is the one whose elements are there until they are overwritten.
func (m *mergeStep) part(s *Scratch, y []float32, first int) {
	a := m.in[0].Data[first:][:len(y)]
	if m.Merge == Add && len(m.in) == 2 {
		b := m.in[1].Data[first:][:len(y)]
		if &b[0] == &y[0] {
			a, b = b, a
		}
		copyUnlessSame(y, a)
		s.add(y, b)
		return
	}
	for j, t := range m.in[1:] {
		if j > 0 && &t.Data[first] == &y[0] {
			m.apart(s, y, first) // what is still to be merged would be overwritten
			return
		}
	}
	if len(m.in) == 1 {
		copyUnlessSame(y, a)
	}
	for _, t := range m.in[1:] {
		strided(m.Merge, y, a, t.Data[first:], 1, 1)
		a = y
	}
}

// apart merges in scratch.
func (m *mergeStep) apart(s *Scratch, y []float32, first int) {
	sum := s.take(0, len(y))
	a := m.in[0].Data[first:]
	for _, t := range m.in[1:] {
		strided(m.Merge, sum, a, t.Data[first:], 1, 1)
		a = sum
	}
	copy(y, sum)
}

// add does y += x, as y = fma(x, 1, y) by the depthwise kernel, which is the same.
func (s *Scratch) add(y, x []float32) {
	const most = 256
	panel := s.set.Tile.Channels
	for len(y) >= panel {
		width := min(most, len(y)/panel*panel)
		rows := len(y) / width
		d := &s.depthwise
		d.Dst, d.Src, d.Taps = y, x, s.ones(width)
		d.Rows, d.Columns, d.NumTaps = rows, width, 1
		d.Multiplier, d.Offset, d.DstStride = 1, 0, width
		d.RowStride, d.TapStride, d.PanelStride, d.Accumulate = width, width, panel, true
		s.set.Depthwise(d)
		y, x = y[rows*width:], x[rows*width:]
	}
	for i, v := range x[:len(y)] {
		y[i] += v
	}
}

// ones returns a line of ones.
func (s *Scratch) ones(n int) []float32 {
	for len(s.line) < n {
		s.line = append(s.line, 1)
	}
	return s.line[:n]
}
