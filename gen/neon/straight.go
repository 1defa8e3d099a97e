package main

import (
	"slices"

	"github.com/sepconv/go/gen/a64"
)

// straight is code without branches, written with registers of which there are as
// many as wanted. When it is complete, each gets a vector register for the time
// from its first use to its last.
type straight struct {
	steps  []step
	fixed  map[register]a64.V
	number register
}

// register is one of straight code.
type register int

// step is an instruction. It may read what it writes.
type step struct {
	reads  []register
	writes []register // one or none
	move   bool       // copies a register, which is not needed if its last use is this
	write  func(v func(register) a64.V)
}

// new returns a register.
func (s *straight) new() register {
	s.number++
	return s.number
}

// fix returns a register that is v. It is never used for anything else.
func (s *straight) fix(v a64.V) register {
	r := s.new()
	if s.fixed == nil {
		s.fixed = map[register]a64.V{}
	}
	s.fixed[r] = v
	return r
}

func (s *straight) add(t step) { s.steps = append(s.steps, t) }

// assignment is the vector registers of straight code, a map for each step.
type assignment []map[register]a64.V

// assign gives registers out of those that are free, or reports that there are too
// few. Those to keep are as if used past the end.
func (s *straight) assign(free []a64.V, keep ...register) (assignment, bool) {
	free = slices.Clone(free)
	last := map[register]int{}
	for i, t := range s.steps {
		for _, r := range append(slices.Clone(t.reads), t.writes...) {
			last[r] = i
		}
	}
	for _, r := range keep {
		last[r] = len(s.steps)
	}
	at := map[register]a64.V{}
	for r, v := range s.fixed {
		at[r] = v
		last[r] = len(s.steps)
	}
	var all assignment
	for i, t := range s.steps {
		now := map[register]a64.V{}
		for _, r := range t.reads {
			v, held := at[r]
			if !held {
				continue // it reads this one twice
			}
			now[r] = v
			if last[r] == i && !slices.Contains(t.writes, r) {
				free = append([]a64.V{v}, free...)
				delete(at, r)
			}
		}
		for _, r := range t.writes {
			if _, held := at[r]; !held {
				if len(free) == 0 {
					return nil, false
				}
				at[r], free = free[0], free[1:]
			}
			now[r] = at[r]
			if last[r] == i {
				free = append(free, at[r])
				delete(at, r)
			}
		}
		all = append(all, now)
	}
	end := map[register]a64.V{}
	for _, r := range keep {
		end[r] = at[r]
	}
	return append(all, end), true
}

// write writes the code, and returns where registers that were kept are.
func (s *straight) write(a assignment) func(register) a64.V {
	lookup := func(i int) func(register) a64.V {
		return func(r register) a64.V { return a[i][r] }
	}
	for i, t := range s.steps {
		v := lookup(i)
		if t.move && v(t.reads[0]) == v(t.writes[0]) {
			continue
		}
		t.write(v)
	}
	return lookup(len(s.steps))
}
