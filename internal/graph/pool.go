package graph

// pool is the maximum or the mean of windows along time, of an input with channels
// last. Padding is in neither: a mean is of the steps that are there, as in
// TensorFlow.
type pool struct {
	Window
	mean bool
}

// NewPool returns a pooling, of means or of maxima.
func NewPool(w Window, mean bool) Op { return &pool{w, mean} }

func (p *pool) Shapes(in []Shape) ([]Shape, error) {
	if err := wantInputs(in, 1); err != nil {
		return nil, err
	}
	if err := wantRank(in[0], 3); err != nil {
		return nil, err
	}
	return p.shape(in, in[0][2])
}

func (p *pool) NewStep() Step { return &poolStep{pool: p} }

type poolStep struct {
	*pool
	out, in         []float32
	steps, outSteps int
	left, channels  int
	rows            span
}

func (p *poolStep) Begin(out, in []Tensor) (Tasks, error) {
	p.out, p.in = out[0].Data, in[0].Data
	p.steps, p.outSteps, p.channels = in[0].Shape[1], out[0].Shape[1], in[0].Shape[2]
	_, left, err := p.Window.steps(p.steps)
	p.left = left
	if err != nil || len(p.out) == 0 {
		return Tasks{}, err
	}
	return p.rows.cut(out[0].Shape[0]*p.outSteps, 1, 2*moveMicros*float64(p.channels*p.Size)), nil
}

func (p *poolStep) Do(i int, s *Scratch) {
	first, end := p.rows.task(i)
	for first < end {
		n, t := first/p.outSteps, first%p.outSteps
		y := p.out[first*p.channels:]
		whole := 0
		if !p.mean {
			whole = min(p.wholeFrom(t), end-first)
		}
		if whole > 0 {
			x := p.in[(n*p.steps+t*p.Stride-p.left)*p.channels:]
			s.set.Maximum(y[:whole*p.channels], x, whole, p.Size, p.channels, p.Stride*p.channels)
			first += whole
			continue
		}
		from := t*p.Stride - p.left
		lo, hi := max(from, 0), min(from+p.Size, p.steps)
		x := p.in[(n*p.steps+lo)*p.channels : (n*p.steps+hi)*p.channels]
		p.one(s, y[:p.channels], x)
		first++
	}
}

// one computes one output from the rows of its window.
func (p *pool) one(s *Scratch, y, x []float32) {
	if p.mean {
		meanOf(s, y, x, nil)
	} else {
		maximumOf(s, y, x)
	}
}

// wholeFrom returns how many windows from t on, one after the other, do not leave the
// signal.
func (p *poolStep) wholeFrom(t int) int {
	if t*p.Stride < p.left || p.steps+p.left < p.Size {
		return 0
	}
	last := (p.steps + p.left - p.Size) / p.Stride // that ends in the signal
	return min(last, p.outSteps-1) - t + 1
}

// maximumOf sets y to the greatest of all rows of x, of which there is one at least.
// NaN stays NaN.
func maximumOf(s *Scratch, y, x []float32) {
	if len(y) > 0 {
		s.set.Maximum(y, x, 1, len(x)/len(y), len(y), 0)
	}
}

// meanOf sets y to the mean of the rows of x, or of those where mask is not 0: the
// sum in float64, from the first row to the last, divided by their number and rounded
// once. The mean of none is NaN.
func meanOf(s *Scratch, y, x, mask []float32) {
	n := len(y)
	if n == 0 {
		return
	}
	sums, count := s.sums(n), len(x)/n
	if mask == nil {
		s.set.Sum(sums, x, count, n)
	} else {
		count = 0
		for t := range len(x) / n {
			if mask[t] != 0 {
				count++
				s.set.Sum(sums, x[t*n:], 1, n)
			}
		}
	}
	for c, sum := range sums {
		y[c] = float32(sum / float64(count))
	}
}
