package graph

// stage is a node whose inputs have time.
type stage struct {
	node      *node
	flow      flow
	teller    teller // nil if no output is running
	in, out   []Tensor
	queues    []queue     // of each input, if there are several
	together  [][]float32 // for what is taken out of them
	now, then int64       // steps that all inputs had before the present chunk, and have after it
	chunk     chunk
}

// compute computes the present chunk; end says that it is the last.
func (st *stage) compute(s *Stream, end bool) error {
	n := int(st.then - st.now)
	st.take(s, n)
	step, isStepwise := st.flow.(*stepwise)
	for i, v := range st.node.out {
		t := &s.tracks[v]
		if t.axis == running {
			continue
		}
		if isStepwise && step.step == nil {
			t.data, t.shared, t.shape[t.axis] = st.in[0].Data, true, n
			return nil
		}
		t.arrange(int(t.then - t.now))
		st.out[i].Data = t.data
	}
	st.chunk = chunk{out: st.out, in: st.in, steps: n, from: st.now, end: end}
	err := st.flow.push(&s.hands, &st.chunk)
	for j := range st.queues {
		if q := &st.queues[j]; q.used {
			q.drop(n)
		}
	}
	return err
}

// take gives the stage the next n steps of its inputs: those of the present chunk as they are,
// or, where one input is ahead of the others, out of its queue.
func (st *stage) take(s *Stream, n int) {
	for j := range st.in {
		t, x := &s.tracks[st.node.in[j]], &st.in[j]
		x.Shape[t.axis] = n
		if st.queues == nil {
			x.Data = t.data
			continue
		}
		q, came := &st.queues[j], int(t.then-t.now)
		if q.used = q.n > 0 || came != n; !q.used {
			x.Data = t.data
			continue
		}
		q.add(t.data, came, 0)
		if q.outer == 1 {
			x.Data = q.data[:n*q.inner]
			continue
		}
		size := n * q.outer * q.inner
		if cap(st.together[j]) < size {
			st.together[j] = make([]float32, size)
		}
		x.Data = st.together[j][:size]
		moveSteps(x.Data, n, 0, q.data, q.room, 0, n, q.outer, q.inner)
	}
}
