package main

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/sepconv/go/bench/internal/chart"
	"github.com/sepconv/go/sepconv"
)

// smallFLOPs is until when a layer is in the study of latency.
const smallFLOPs = 10e6

// latency is what single runs of a small layer take, in microseconds.
type latency struct {
	ID   string  `json:"id"`
	From string  `json:"from"`
	Runs int     `json:"runs"`
	P50  float64 `json:"p50_us"`
	P99  float64 `json:"p99_us"`
	Max  float64 `json:"max_us"`
}

// oneStep returns a causal layer that is given one step, as in streaming.
func oneStep(l layer) (layer, bool) {
	if !strings.EqualFold(l.Padding, string(sepconv.Causal)) || l.Steps == 1 {
		return l, false
	}
	l.ID, l.From, l.Batch, l.Steps = l.ID+"-step", l.From+", one step", 1, 1
	return l, true
}

// latencies times each run of the small layers by itself, on one thread.
func (a *agenda) latencies() ([]latency, error) {
	const mostRuns = 100_000
	var list []latency
	for _, l := range a.small {
		a.bar.step("latency of %s", l.ID)
		w, err := newWorkload(l, a.set.Name, a.format, 1)
		if err != nil {
			return nil, fmt.Errorf("layer %q: %w", l.ID, err)
		}
		runtime.GC()
		runs := min(max(100, int(a.budget/max(w.once, 1))), mostRuns)
		times := make([]float64, runs)
		for i := range times {
			start := time.Now()
			if err := w.run(); err != nil {
				return nil, err
			}
			times[i] = float64(time.Since(start).Nanoseconds()) / 1e3
		}
		list = append(list, latency{l.ID, l.From, runs, quantile(times, 0.5), quantile(times, 0.99), slices.Max(times)})
	}
	return list, nil
}

// latencies shows small layers, one run at a time.
func latencies(r *results) (*chart.Chart, figure) {
	f := figure{ID: "latency", Title: "Latency of small layers", Text: fmt.Sprintf("Microseconds of single runs of layers below %g MFLOP, one thread, "+
		"and of causal layers that are given one step, as in streaming. Reading the clock before and after is included. The peers' are the medians of their rounds.", smallFLOPs/1e6)}
	if len(r.Studies.Latency) == 0 {
		f.Text = fmt.Sprintf("No layer has less than %g MFLOP.", smallFLOPs/1e6)
		return nil, f
	}
	peers := r.peers(1)
	series := make([][]chart.Point, len(peers))
	var names []string
	var median, late []chart.Point
	times := span{r.Studies.Latency[0].P50, r.Studies.Latency[0].P50}
	for i, l := range r.Studies.Latency {
		x := float64(i)
		names = append(names, l.ID)
		median, late = append(median, chart.Point{X: x, Y: l.P50}), append(late, chart.Point{X: x, Y: l.P99})
		times.include(l.P50)
		times.include(l.P99)
		for k, peer := range peers {
			if theirs := peer.find(l.ID); theirs != nil {
				series[k] = append(series[k], chart.Point{X: x, Y: theirs.Micros})
				times.include(theirs.Micros)
			}
		}
	}
	c := chart.New("layer", "microseconds (logarithmic)")
	c.Height *= 1.35
	c.Names(names)
	c.LogY(times.wider(1.3))
	for k, peer := range peers {
		c.Dots(peer.Name, peerStyle(peer.Name), series[k])
	}
	c.Dots("ours, 99 of 100 are below", chart.Rare, late)
	c.Dots("ours, median", chart.Ours, median)
	return c, f
}
