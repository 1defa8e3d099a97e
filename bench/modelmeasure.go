package main

import (
	"time"
)

// modelResult is what was measured of a whole model. Times are medians of the rounds.
type modelResult struct {
	ID      string  `json:"id"`
	From    string  `json:"from"`
	MFLOP   float64 `json:"mflop"` // of convolutions and products, in a run
	Micros  float64 `json:"us"`
	GFLOPS  float64 `json:"gflops"`
	Share   float64 `json:"share"`   // of the peak around it
	Allocs  uint64  `json:"allocs"`  // of a run, rounded down
	Weights int64   `json:"weights"` // bytes, that all runs share
	Run     int64   `json:"run"`     // bytes, of a run beside them
	Spread  float64 `json:"spread"`  // of the times: (90th - 10th percentile) / median

	Samples []float64 `json:"samples"` // microseconds of a run, by round
	Shares  []float64 `json:"shares"`
}

// measureModel runs a model for about the given time, and at least once a round.
func measureModel(w *modelload, m *meter, budget time.Duration, others ...*contestant) (modelResult, error) {
	s := newSchedule(w.once, budget)
	flops := w.FLOPs()
	r := modelResult{ID: w.ID, From: w.From, MFLOP: flops / 1e6}
	memory, err := w.program.Memory(1)
	if err != nil {
		return r, err
	}
	r.Weights, r.Run = memory.Weights, memory.Run
	var allocs uint64
	peaks, err := s.run(m, w.warmUp, func() error {
		elapsed, n, err := countAllocs(w.time, s.runs)
		r.Samples = append(r.Samples, elapsed.Seconds()*1e6/float64(s.runs))
		allocs += n
		return err
	}, others)
	if err != nil {
		return r, err
	}
	r.Allocs = allocs / uint64(s.rounds*s.runs)
	r.Shares = sharesOf(peaks, flops, r.Samples)
	r.Micros, r.Share, r.Spread = quantile(r.Samples, 0.5), quantile(r.Shares, 0.5), spread(r.Samples)
	r.GFLOPS = flops / r.Micros / 1e3
	return r, nil
}
