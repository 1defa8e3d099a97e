package main

import (
	"runtime"
	"time"
)

// The time of a layer is split into rounds of some 20 ms, but not into fewer than
// 6, which a median's interval of confidence takes, or more than 15.
const (
	roundTime             = 20 * time.Millisecond
	fewRounds, mostRounds = 6, 15
)

// A schedule is how the time of a layer is split.
type schedule struct {
	budget       time.Duration
	rounds, runs int // runs are of each round
}

// newSchedule splits the time of a layer of which a run takes about once.
func newSchedule(once, budget time.Duration) schedule {
	rounds := min(max(int(budget/max(once, roundTime)), fewRounds), mostRounds)
	return schedule{budget, rounds, max(1, int(budget/time.Duration(rounds)/max(once, 1)))}
}

// run has us make all rounds, and after each of them the others theirs. A burst at peak
// rate goes before and after each round of ours, because the CPU's clock wanders and
// other programs come and go: the mean of the two is the round's peak.
func (s *schedule) run(m *meter, warmUp, ours func() error, others []*contestant) (peaks []float64, err error) {
	runtime.GC() // of what earlier layers left, rather than in a round
	before := m.burst()
	for range s.rounds {
		if len(others) > 0 {
			if err := warmUp(); err != nil {
				return nil, err
			}
			before = m.burst()
		}
		if err := ours(); err != nil {
			return nil, err
		}
		after := m.burst()
		peaks = append(peaks, (before+after)/2)
		before = after
		for _, o := range others {
			o.turn(s.budget/time.Duration(s.rounds), s.budget)
		}
	}
	return peaks, nil
}
