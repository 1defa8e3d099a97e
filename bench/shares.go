package main

import (
	"fmt"

	"github.com/sepconv/go/bench/internal/chart"
)

// shares shows how much of its own peak each set of kernels reaches.
func shares(r *results) (*chart.Chart, figure) {
	f := figure{ID: "shares", Title: "Share of the peak, by layer and set", Text: "One thread. The peak of a set is what its multiply-adds " +
		"reach when they wait for nothing, measured before and after each round."}
	var passes []*pass
	for _, p := range r.passes() {
		if p.Threads == 1 && len(p.Layers) == len(r.Layers) {
			passes = append(passes, p)
		}
	}
	if len(passes) == 0 {
		f.Text = "No pass was made with one thread."
		return nil, f
	}
	c := chart.New("layer", "share of the set's own peak")
	most := 100.0
	for i, p := range passes {
		var values []float64
		for _, l := range p.Layers {
			values = append(values, 100*l.Share)
			most = max(most, 100*l.Share)
		}
		style := chart.Ours
		if i > 0 {
			style = chart.Other(2*i - 1)
		}
		c.Bars(fmt.Sprintf("%s (peak %.3g GFLOP/s)", p.Kernel, p.PeakGFLOPS), style, i, len(passes), values)
	}
	c.Names(ids(r.Layers))
	c.Percent(most)
	return c, f
}
