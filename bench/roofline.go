package main

import (
	"fmt"

	"github.com/sepconv/go/bench/internal/chart"
)

// roofline shows each layer below the limits of the core.
func roofline(r *results) (*chart.Chart, figure) {
	f := figure{ID: "roofline", Title: "Roofline", Text: fmt.Sprintf("Each dot is a layer: how much it computes for each byte that it must "+
		"read or write (input, weights, output; once each), and how fast it runs with %s and %s. The level line is the peak measured "+
		"between the layers, %.0f GFLOP/s; the slanted ones are how fast one thread copies within the second level cache, %.0f GB/s, and in memory, %.0f GB/s. "+
		"What is above the line of memory had its data in a cache.",
		r.Kernel, count(r.Threads, "thread"), r.PeakGFLOPS, r.Studies.Bandwidth.L2, r.Studies.Bandwidth.Memory)}
	var points []chart.Point
	var names []string
	rates := span{r.PeakGFLOPS, r.PeakGFLOPS}
	intensities := span{r.PeakGFLOPS / r.Studies.Bandwidth.Memory, r.PeakGFLOPS / r.Studies.Bandwidth.Memory} // where the roof has its edge
	for _, l := range r.Layers {
		at := chart.Point{X: l.MFLOP * 1e6 / l.Bytes, Y: l.GFLOPS}
		points, names = append(points, at), append(names, l.ID)
		intensities.include(at.X)
		rates.include(at.Y)
	}
	left, right := intensities.wider(1.6)
	bottom, top := rates.wider(1.6)
	c := chart.New("FLOP for each byte of input, weights and output (logarithmic)", "GFLOP/s (logarithmic)")
	c.LogX(left, right)
	c.LogY(bottom, top)
	c.Line("peak", chart.Black, []chart.Point{{X: left, Y: r.PeakGFLOPS}, {X: right, Y: r.PeakGFLOPS}})
	roof := func(name string, s chart.Style, rate float64) {
		from, to := max(left, bottom/rate), min(right, r.PeakGFLOPS/rate)
		if from < to {
			c.Line(name, s, []chart.Point{{X: from, Y: from * rate}, {X: to, Y: to * rate}})
		}
	}
	roof("second level cache", chart.Other(2), r.Studies.Bandwidth.L2)
	roof("memory", chart.Other(0), r.Studies.Bandwidth.Memory)
	c.Dots("layer", chart.Ours, points)
	c.Labels(points, names)
	return c, f
}
