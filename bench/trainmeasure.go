package main

import "time"

// backwardFLOPs is how many times as many floating-point operations Backward has as
// Forward: each convolution has a gradient by what goes in and one by its kernel.
const backwardFLOPs = 2

// trainingResult is what was measured of a layer in training. Times are medians of the
// rounds.
type trainingResult struct {
	ID       string  `json:"id"`
	From     string  `json:"from"`
	MFLOP    float64 `json:"mflop"` // of Forward
	Forward  float64 `json:"forward_us"`
	Backward float64 `json:"backward_us"`
	Step     float64 `json:"step_us"`         // ZeroGradients, Forward and Backward
	GFLOPS   float64 `json:"backward_gflops"` // per second
	Share    float64 `json:"backward_share"`  // of the peak around it
	Ratio    float64 `json:"backward_by_forward"`
	Allocs   uint64  `json:"allocs"` // of a step, rounded down
	Memory   int     `json:"memory"` // bytes that the trainer takes beside weights and gradients
	Spread   float64 `json:"spread"` // of the steps' times: (90th - 10th percentile) / median

	Samples   []float64 `json:"samples"` // microseconds of a step, by round
	Forwards  []float64 `json:"forwards"`
	Backwards []float64 `json:"backwards"`
	Shares    []float64 `json:"backward_shares"`
}

// measureTraining takes steps for about the given time, and at least one a round.
func measureTraining(t *trainload, m *meter, budget time.Duration, others ...*contestant) (trainingResult, error) {
	s := newSchedule(t.once, budget)
	r := trainingResult{ID: t.layer.ID, From: t.layer.From, MFLOP: t.layer.flops() / 1e6}
	perStep := func(d time.Duration) float64 { return d.Seconds() * 1e6 / float64(s.runs) }
	var allocs uint64
	peaks, err := s.run(m, t.warmUp, func() error {
		l, n, err := countAllocs(t.time, s.runs)
		r.Forwards = append(r.Forwards, perStep(l.forward))
		r.Backwards = append(r.Backwards, perStep(l.backward))
		r.Samples = append(r.Samples, perStep(l.all))
		allocs += n
		return err
	}, others)
	if err != nil {
		return r, err
	}
	r.Allocs, r.Memory = allocs/uint64(s.rounds*s.runs), t.trainer.Memory()
	r.summarize(peaks)
	return r, nil
}

// summarize adds the medians to a result that has the samples of all rounds.
func (r *trainingResult) summarize(peaks []float64) {
	flops := backwardFLOPs * r.MFLOP * 1e6
	r.Forward, r.Backward, r.Step = quantile(r.Forwards, 0.5), quantile(r.Backwards, 0.5), quantile(r.Samples, 0.5)
	r.GFLOPS = flops / r.Backward / 1e3
	r.Shares = sharesOf(peaks, flops, r.Backwards)
	r.Share = quantile(r.Shares, 0.5)
	r.Ratio = r.Backward / r.Forward
	r.Spread = spread(r.Samples)
}
