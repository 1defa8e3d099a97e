package graph

import (
	"math"
	"sort"
)

// reached is the steps of a tensor that a step of output is made of, and the step with which
// that is final.
type reached struct {
	is                 bool // there are such
	first, last, final int64
	whole              bool // all steps before first as well
}

func (r *reached) add(o reached) {
	if !r.is {
		*r = o
		return
	}
	r.first, r.last, r.final = min(r.first, o.first), max(r.last, o.last), max(r.final, o.final)
	r.whole = r.whole || o.whole
}

// spans returns by how many steps of the signal an output is later than the step that it
// stands for, and of how many it is made, far from the ends of the signal. Both are maxima,
// over the steps of output that stand for one step of the signal, and over the tensors that a
// running output is made of.
func (s *streamPlan) spans(output int) (delay, reach int) {
	for v, is := range s.sources(s.program.outputs[output]) {
		if is {
			d, r := s.spansOf(Value(v))
			delay, reach = max(delay, d), max(reach, r)
		}
	}
	return delay, reach
}

// sources returns which outputs of stages a tensor is made of by heads, or the tensor itself
// if it is the output of a stage: only those have steps.
func (s *streamPlan) sources(v Value) []bool {
	from := make([]bool, len(s.tracks))
	from[v] = true
	for i := len(s.heads) - 1; i >= 0; i-- {
		n := s.heads[i].node
		for _, out := range n.out {
			if from[out] {
				from[out] = false
				for _, in := range n.in {
					from[in] = true
				}
			}
		}
	}
	return from
}

// spansOf is spans for an output of a stage.
func (s *streamPlan) spansOf(v Value) (delay, reach int) {
	t := &s.tracks[v]
	far := min(1<<40, s.limit/2)    // far from the ends, but within what can be counted
	period, _ := s.program.period() // after so many steps spans repeat
	first, n := far/t.num*t.den, period/t.num*t.den
	all := make([]reached, len(s.tracks))
	look := func(i int64) (at reached, late int64) {
		clear(all)
		at = s.reached(all, v, first+i)
		return at, at.final - (first+i)*t.num/t.den
	}
	const most = 1 << 14 // that are looked at
	for i, looks := int64(0), 0; i < n && looks < most; looks++ {
		at, late := look(i)
		delay = max(delay, int(late))
		if at.whole {
			reach = math.MaxInt
		}
		reach = max(reach, int(at.last-at.first+1))
		// Many outputs in a row may be alike. Neither what an output is made of nor what it stands
		// for ever goes back, so that the end of such a row can be searched.
		i += 1 + int64(sort.Search(int(min(n-i-1, math.MaxInt32)), func(k int) bool {
			other, otherLate := look(i + 1 + int64(k))
			return other != at || otherLate != late
		}))
	}
	return delay, reach
}

// reached returns which steps of the signal step t of a tensor of a stage is made of. all has
// room for each tensor, and is cleared.
func (s *streamPlan) reached(all []reached, v Value, t int64) reached {
	all[v] = reached{true, t, t, t, false}
	for i := len(s.stages) - 1; i >= 0; i-- {
		st := &s.stages[i]
		for _, out := range st.node.out {
			if !all[out].is {
				continue
			}
			at := through(st.flow, all[out])
			for _, in := range st.node.in[:len(st.in)] {
				all[in].add(at)
			}
		}
	}
	var inputs reached
	for _, in := range s.program.inputs {
		if all[in].is {
			inputs.add(all[in])
		}
	}
	return inputs
}

// through returns which steps of the inputs steps of an output are made of.
func through(f flow, out reached) reached {
	first, _, _, whole := f.takes(out.first)
	_, last, _, _ := f.takes(out.last)
	_, _, final, _ := f.takes(out.final)
	return reached{true, first, last, final, whole || out.whole}
}
