package graph

import "slices"

// permute exchanges axes: axis i of the output is axis axes[i] of the input.
type permute struct{ axes []int }

// NewPermute returns an exchange of axes, of which 0, the batch, is the first.
func NewPermute(axes ...int) Op { return &permute{axes} }

func (p *permute) Shapes(in []Shape) ([]Shape, error) {
	if err := wantInputs(in, 1); err != nil {
		return nil, err
	}
	if err := wantRank(in[0], len(p.axes)); err != nil {
		return nil, err
	}
	s := make(Shape, len(p.axes))
	for i, a := range p.axes {
		s[i] = in[0][a]
	}
	return one(s), nil
}

func (p *permute) NewStep() Step {
	return &permuteStep{permute: p, strides: make([]int, len(p.axes)), place: make([]int, len(p.axes))}
}

type permuteStep struct {
	*permute
	out, in Tensor
	strides []int // of the input, along the axes of the output
	place   []int
	signals span
}

func (p *permuteStep) Begin(out, in []Tensor) (Tasks, error) {
	p.out, p.in = out[0], in[0]
	for i, a := range p.axes {
		p.strides[i] = in[0].Shape[a+1:].Elements()
	}
	if len(p.out.Data) == 0 {
		return Tasks{}, nil
	}
	size := in[0].Shape[1:].Elements()
	return p.signals.cut(in[0].Shape[0], 1, 2*moveMicros*float64(size)), nil
}

func (p *permuteStep) Do(i int, s *Scratch) {
	first, end := p.signals.task(i)
	shape := p.in.Shape
	size := shape[1:].Elements()
	for ; first < end; first++ {
		y, x := p.out.Data[first*size:][:size], p.in.Data[first*size:][:size]
		if slices.Equal(p.axes, []int{0, 2, 1}) {
			s.set.Transpose(y, x, shape[1], shape[2], shape[1], shape[2])
			continue
		}
		p.signal(y, x)
	}
}

// signal walks through the output in order. (It is for tensors of many axes, which
// are rare.)
func (p *permuteStep) signal(y, x []float32) {
	clear(p.place)
	from := 0
	for i := range y {
		y[i] = x[from]
		for a := len(p.place) - 1; a > 0; a-- {
			p.place[a]++
			from += p.strides[a]
			if p.place[a] < p.out.Shape[a] {
				break
			}
			from -= p.strides[a] * p.out.Shape[a]
			p.place[a] = 0
		}
	}
}
