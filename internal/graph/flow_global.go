package graph

// summary is a pooling over all time: the maximum or the mean of all steps so far.
type summary struct {
	stepwise
	mean     bool
	channels int
	masked   bool
	most     []float32
	sums     []float64
	count    [1]float64 // of steps that are not masked; a float64 counts to 2^53
	steps    int64
}

func (f *summary) takes(t int64) (first, last, final int64, whole bool) { return 0, t, t, true }

func (f *summary) push(_ *hands, c *chunk) error {
	x := c.in[0].Data
	for t := range c.steps {
		row := x[t*f.channels:][:f.channels]
		switch {
		case !f.mean && c.from+int64(t) == 0:
			copy(f.most, row)
		case !f.mean:
			for i, v := range row {
				f.most[i] = max(f.most[i], v)
			}
		case !f.masked || c.in[1].Data[t] != 0:
			f.count[0]++
			for i, v := range row {
				f.sums[i] += float64(v)
			}
		}
	}
	return nil
}

func (f *summary) tell(out []Tensor) {
	y := out[0].Data
	copy(y, f.most)
	for i, sum := range f.sums {
		y[i] = float32(sum / f.count[0])
	}
}

func (f *summary) restore(int64) {
	clear(f.most)
	clear(f.sums)
	f.count[0] = 0
}

func (f *summary) visit(v visitor) {
	v.single(f.most)
	v.double(f.sums)
	if f.mean {
		v.double(f.count[:])
	}
}

func (f *summary) floats() int64 { return int64(len(f.most) + 2*len(f.sums)) }

func (p *globalPool) stream(s *setting) (int, flow, error) {
	if len(s.axes) == 1 && s.axes[0] == 2 { // over something else, step by step
		if p.keepDims {
			return 2, nil, nil
		}
		return 1, nil, nil
	}
	for _, a := range s.axes {
		if a != 1 {
			return 0, nil, refuse("it goes along axis 1 of its inputs, and time is not there in all")
		}
	}
	f := &summary{mean: p.mean, channels: s.in[0].Last(), masked: len(s.in) == 2}
	if p.mean {
		f.sums = make([]float64, f.channels)
	} else {
		f.most = make([]float32, f.channels)
	}
	return running, f, nil
}
