package graph

import (
	"math"
	"sort"
)

// reached is which steps of a tensor an output is made of, and the one with which it is
// final.
type reached struct {
	is                 bool
	first, last, final int64
	whole              bool // and all before
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
// stands for, and how many it is made of, far away from the ends of the signal. Both are
// the largest of the outputs that one step of the signal has, and of the tensors that a
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

// sources returns of which tensors that stages make heads make one: alone those have steps
// of a rate. It is the tensor itself if a stage makes it.
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

// spansOf is spans for a tensor that a stage makes.
func (s *streamPlan) spansOf(v Value) (delay, reach int) {
	t := &s.tracks[v]
	far := min(1<<40, s.limit/2)    // no tensor has more steps there than can be counted
	period, _ := s.program.period() // after which layers meet the same remainders again
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
		// Those that follow may be many of the same steps: neither these nor what an output
		// stands for ever go back.
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
