package graph

// recursion is the flow of a recurrent layer: the states after a chunk are the initial ones of
// the next.
type recursion struct {
	stepwise
	layer  *recurrent     // a copy that takes initial states and returns the final ones
	last   []float32      // the last output, if only that is wanted
	states [][2][]float32 // each in two places, from and to
	shape  Shape          // of a state
	in     []Tensor       // the chunk, and the states
	out    []Tensor
}

func (f *recursion) takes(t int64) (first, last, final int64, whole bool) { return 0, t, t, true }

func (f *recursion) push(h *hands, c *chunk) error {
	if c.steps == 0 {
		return nil
	}
	f.in, f.out = append(f.in[:0], c.in...), f.out[:0]
	if f.layer.Sequences {
		f.out = append(f.out, c.out[0])
	} else {
		f.out = append(f.out, Tensor{f.last, f.shape})
	}
	for i := range f.states {
		f.in = append(f.in, Tensor{f.states[i][0], f.shape})
		f.out = append(f.out, Tensor{f.states[i][1], f.shape})
	}
	err := h.do(f.step, f.out, f.in, &f.trial)
	for i := range f.states {
		s := &f.states[i]
		s[0], s[1] = s[1], s[0]
	}
	return err
}

func (f *recursion) tell(out []Tensor) {
	if !f.layer.Sequences {
		copy(out[0].Data, f.last)
	}
	for i := range out[1:] {
		copy(out[1+i].Data, f.states[i][0])
	}
}

func (f *recursion) restore(int64) {
	clear(f.last)
	for _, s := range f.states {
		clear(s[0])
	}
}

func (f *recursion) visit(v visitor) {
	v.single(f.last)
	for _, s := range f.states {
		v.single(s[0])
	}
}

func (f *recursion) floats() int64 { return int64(2*len(f.states)+1) * int64(f.layer.Units) }

func (c *recurrent) stream(s *setting) (int, flow, error) {
	switch {
	case c.Backwards:
		return 0, nil, refuse("it begins with the last step")
	case c.WithInitial:
		return 0, nil, refuse("it begins with a state that another layer has at its end")
	}
	for _, a := range s.axes {
		if a != 1 {
			return 0, nil, refuse("it goes along axis 1 of its inputs, and time is not there in all")
		}
	}
	layer := *c
	layer.WithInitial, layer.Final, layer.goesOn = true, true, true
	f := &recursion{stepwise: stepwise{step: layer.NewStep()}, layer: &layer, shape: Shape{1, c.Units}}
	for range c.States() {
		f.states = append(f.states, [2][]float32{make([]float32, c.Units), make([]float32, c.Units)})
	}
	if c.Sequences {
		return 1, f, nil
	}
	f.last = make([]float32, c.Units)
	return running, f, nil
}
