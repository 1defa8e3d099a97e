package main

import (
	"math"
	"runtime"
	"slices"
	"time"
)

// result is what was measured of a layer.
type result struct {
	ID     string  `json:"id"`
	From   string  `json:"from"`
	MFLOP  float64 `json:"mflop"`  // of a run
	Bytes  float64 `json:"bytes"`  // of input, weights and output
	Micros float64 `json:"us"`     // of a run, the median of the rounds
	GFLOPS float64 `json:"gflops"` // per second, from the median time
	Share  float64 `json:"share"`  // of the peak around it, the median of the rounds
	Allocs uint64  `json:"allocs"` // of a run, rounded down
	Spread float64 `json:"spread"` // of the times: (90th - 10th percentile) / median

	Samples []float64 `json:"samples"` // microseconds of a run, by round
	Shares  []float64 `json:"shares"`
}

// The time of a layer is split into rounds of some 20 ms, but not into fewer than
// 6, which a median's interval of confidence takes, or more than 15.
const (
	roundTime             = 20 * time.Millisecond
	fewRounds, mostRounds = 6, 15
)

// measure runs a layer for about the given time, and at least once a round. A
// burst at peak rate goes before and after each round, because the CPU's clock
// wanders and other programs come and go. After each round the others have theirs.
func measure(w *workload, m *meter, budget time.Duration, others ...*contestant) (result, error) {
	rounds := min(max(int(budget/max(w.once, roundTime)), fewRounds), mostRounds)
	runs := max(1, int(budget/time.Duration(rounds)/max(w.once, 1)))
	var times, shares []float64
	var allocs uint64
	runtime.GC() // of what earlier layers left, rather than in a round
	before := m.burst()
	for range rounds {
		if len(others) > 0 {
			if err := w.warmUp(); err != nil {
				return result{}, err
			}
			before = m.burst()
		}
		elapsed, n, err := countAllocs(w, runs)
		if err != nil {
			return result{}, err
		}
		after := m.burst()
		seconds := elapsed.Seconds() / float64(runs)
		times = append(times, seconds*1e6)
		shares = append(shares, w.layer.flops()/seconds/((before+after)/2))
		allocs += n
		before = after
		for _, o := range others {
			o.turn(budget/time.Duration(rounds), budget)
		}
	}
	typical := quantile(times, 0.5)
	return result{
		ID:     w.layer.ID,
		From:   w.layer.From,
		MFLOP:  w.layer.flops() / 1e6,
		Bytes:  w.layer.bytes(),
		Micros: typical,
		GFLOPS: w.layer.flops() / typical / 1e3,
		Share:  quantile(shares, 0.5),
		Allocs: allocs / uint64(rounds*runs),
		Spread: spread(times),

		Samples: times,
		Shares:  shares,
	}, nil
}

// spread is (90th - 10th percentile) / median.
func spread(values []float64) float64 {
	return (quantile(values, 0.9) - quantile(values, 0.1)) / quantile(values, 0.5)
}

// countAllocs returns how long n runs take and how much they allocate.
func countAllocs(w *workload, n int) (elapsed time.Duration, allocs uint64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	elapsed, err = w.time(n)
	runtime.ReadMemStats(&after)
	return elapsed, after.Mallocs - before.Mallocs, err
}

// quantile returns the value below which the fraction q of the values is, between
// two neighbours in proportion.
func quantile(values []float64, q float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	i := int(at)
	next := min(i+1, len(sorted)-1)
	return sorted[i] + (at-float64(i))*(sorted[next]-sorted[i])
}

// geomean returns the geometric mean.
func geomean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(values)))
}
