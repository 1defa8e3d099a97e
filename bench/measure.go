package main

import (
	"runtime"
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

// measure runs a layer for about the given time, and at least once a round.
func measure(w *workload, m *meter, budget time.Duration, others ...*contestant) (result, error) {
	s := newSchedule(w.once, budget)
	var times []float64
	var allocs uint64
	peaks, err := s.run(m, w.warmUp, func() error {
		elapsed, n, err := countAllocs(w.time, s.runs)
		times = append(times, elapsed.Seconds()*1e6/float64(s.runs))
		allocs += n
		return err
	}, others)
	if err != nil {
		return result{}, err
	}
	shares := sharesOf(peaks, w.layer.flops(), times)
	typical := quantile(times, 0.5)
	return result{
		ID:     w.layer.ID,
		From:   w.layer.From,
		MFLOP:  w.layer.flops() / 1e6,
		Bytes:  w.layer.bytes(),
		Micros: typical,
		GFLOPS: w.layer.flops() / typical / 1e3,
		Share:  quantile(shares, 0.5),
		Allocs: allocs / uint64(s.rounds*s.runs),
		Spread: spread(times),

		Samples: times,
		Shares:  shares,
	}, nil
}

// sharesOf returns what share of the peak around it each round reached, whose runs of so
// many floating-point operations took so many microseconds.
func sharesOf(peaks []float64, flops float64, micros []float64) []float64 {
	shares := make([]float64, len(micros))
	for i, us := range micros {
		shares[i] = flops / (us / 1e6) / peaks[i]
	}
	return shares
}

// countAllocs returns what n runs take, as run tells it, and how much they allocate.
func countAllocs[T any](run func(n int) (T, error), n int) (elapsed T, allocs uint64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	elapsed, err = run(n)
	runtime.ReadMemStats(&after)
	return elapsed, after.Mallocs - before.Mallocs, err
}
