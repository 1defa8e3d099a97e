package main

import (
	"slices"
	"time"

	"github.com/sepconv/go/internal/dispatch"
)

// streamResult is what was measured of a streamcase. Times are medians of the rounds.
type streamResult struct {
	ID     string  `json:"id"`
	From   string  `json:"from"`
	Of     string  `json:"of"` // the layer or the model
	Slots  int     `json:"slots"`
	Frames int     `json:"frames"` // of each slot in a push
	MFLOP  float64 `json:"mflop"`  // of a push
	Micros float64 `json:"us"`     // of a push
	GFLOPS float64 `json:"gflops"`
	Share  float64 `json:"share"`  // of the peak around it
	Allocs uint64  `json:"allocs"` // of a push, rounded down
	Spread float64 `json:"spread"` // of the times: (90th - 10th percentile) / median

	// Weights are the bytes of weights that each push reads, Read how fast an array of
	// that size can be read, in 10^9 bytes per second, and ReadShare how much of that the
	// weights in the time of a push are: of weights that the first-level cache cannot hold.
	Weights   int     `json:"weights"`
	Read      float64 `json:"read_gbs,omitempty"`
	ReadShare float64 `json:"read_share,omitempty"`

	// Median and P99 are of single pushes, those of the model, and RealTime is the share
	// that the time of a push has of that in which its frames come.
	Median   float64 `json:"median_us,omitempty"`
	P99      float64 `json:"p99_us,omitempty"`
	RealTime float64 `json:"real_time,omitempty"`

	Samples []float64 `json:"samples"` // microseconds of a push, by round
	Shares  []float64 `json:"shares"`
	Reads   []float64 `json:"reads_gbs,omitempty"`
}

// Slot is the time that each slot takes of a push, in microseconds.
func (r *streamResult) Slot() float64 { return r.Micros / float64(r.Slots) }

// measureStream pushes for about the given time, and at least once a round.
func measureStream(w *streamload, m *meter, budget time.Duration, others ...*contestant) (streamResult, error) {
	s := newSchedule(w.once, budget)
	r := streamResult{
		ID: w.id, From: w.from, Of: w.of, Slots: w.slots, Frames: w.frames, MFLOP: w.flops / 1e6, Weights: w.weights,
	}
	var read *reader
	if l1, _, _ := dispatch.Caches(); w.weights > l1 {
		read = newReader(m.set, w.weights)
	}
	var single []float64
	var allocs uint64
	peaks, err := s.run(m, w.warmUp, func() error {
		if read != nil {
			r.Reads = append(r.Reads, read.rate()/1e9)
			if err := w.warmUp(); err != nil {
				return err
			}
		}
		elapsed, n, err := countAllocs(w.time, s.runs)
		if err != nil {
			return err
		}
		r.Samples = append(r.Samples, elapsed.Seconds()*1e6/float64(s.runs))
		allocs += n
		if w.period > 0 {
			single, err = w.each(s.runs, slices.Grow(single, s.runs))
		}
		return err
	}, others)
	if err != nil {
		return r, err
	}
	r.Allocs = allocs / uint64(s.rounds*s.runs)
	r.summarize(w, peaks, single)
	return r, nil
}

// summarize adds the medians to a result that has the samples of all rounds.
func (r *streamResult) summarize(w *streamload, peaks, single []float64) {
	r.Shares = sharesOf(peaks, w.flops, r.Samples)
	r.Micros, r.Share, r.Spread = quantile(r.Samples, 0.5), quantile(r.Shares, 0.5), spread(r.Samples)
	r.GFLOPS = w.flops / r.Micros / 1e3
	if len(r.Reads) > 0 {
		shares := make([]float64, len(r.Reads))
		for i, gbs := range r.Reads {
			shares[i] = float64(w.weights) / r.Samples[i] / 1e3 / gbs
		}
		r.Read, r.ReadShare = quantile(r.Reads, 0.5), quantile(shares, 0.5)
	}
	if len(single) > 0 {
		r.Median, r.P99 = quantile(single, 0.5), quantile(single, 0.99)
		r.RealTime = r.Micros / float64((w.period * time.Duration(w.frames)).Microseconds())
	}
}
