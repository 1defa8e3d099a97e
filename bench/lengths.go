package main

import (
	"fmt"
	"time"

	"github.com/sepconv/go/bench/internal/chart"
)

// A lengthCurve is one layer on longer and longer signals.
type lengthCurve struct {
	Name   string        `json:"name"`
	Points []lengthPoint `json:"points"`
}

type lengthPoint struct {
	Steps  int     `json:"steps"`
	Micros float64 `json:"us"`
	GFLOPS float64 `json:"gflops"`
	Share  float64 `json:"share"`
}

// lengthLayers are the layers of that study: few channels, many, a long kernel.
var lengthLayers = []layer{
	{ID: "16 channels, 9 taps, 16 filters", Channels: 16, Kernel: 9, Filters: 16},
	{ID: "64 channels, 9 taps, 64 filters", Channels: 64, Kernel: 9, Filters: 64},
	{ID: "64 channels, 75 taps, 64 filters", Channels: 64, Kernel: 75, Filters: 64},
}

// lengthStyles tell them apart.
var lengthStyles = []chart.Style{chart.Other(2), chart.Other(3), chart.Other(5)}

// shortest is the length, in steps, of the shortest signal of that study. Each
// next one is twice as long.
const shortest = 16

// tooSlow is from when on a run is too long to go on with longer signals.
const tooSlow = 1500 * time.Millisecond

// lengthCurves studies how speed depends on the length of the signal.
func (a *agenda) lengthCurves() ([]lengthCurve, error) {
	var curves []lengthCurve
	for _, l := range lengthLayers {
		curve := lengthCurve{Name: l.ID}
		m := newMeter(a.set, a.threads)
		for _, steps := range a.lengths {
			a.bar.step("%d steps of %d channels", steps, l.Channels)
			if n := len(curve.Points); n > 0 && curve.Points[n-1].Micros > float64(tooSlow.Microseconds()) {
				continue
			}
			l.Batch, l.Steps, l.Stride, l.Dilation, l.Multiplier = 1, steps, 1, 1, 1
			l.Padding, l.Activation = "same", "relu"
			r, _, err := a.layer(l, m, &field{})
			if err != nil {
				return nil, fmt.Errorf("%d steps of %s: %w", steps, l.ID, err)
			}
			curve.Points = append(curve.Points, lengthPoint{steps, r.Micros, r.GFLOPS, r.Share})
		}
		curves = append(curves, curve)
	}
	return curves, nil
}

// lengths shows the share of the peak on longer and longer signals.
func lengths(r *results) (*chart.Chart, figure) {
	f := figure{ID: "lengths", Title: "Length of the signal", Text: fmt.Sprintf("Share of the peak of three layers on signals of 16 steps "+
		"to a million, with %s and %s.", r.Kernel, count(r.Threads, "thread"))}
	most := 100.0
	steps := span{shortest, shortest}
	for _, curve := range r.Studies.Lengths {
		for _, p := range curve.Points {
			most = max(most, 100*p.Share)
			steps.include(float64(p.Steps))
		}
	}
	left, right := steps.wider(1.1)
	c := chart.New("steps of the signal (logarithmic)", "share of the peak")
	c.PowersOfTwo(left, right, 2)
	c.Percent(most)
	for i, curve := range r.Studies.Lengths {
		var points []chart.Point
		for _, p := range curve.Points {
			points = append(points, chart.Point{X: float64(p.Steps), Y: 100 * p.Share})
		}
		style := lengthStyles[i%len(lengthStyles)]
		c.Line("", style, points)
		c.Dots(curve.Name, style, points)
	}
	return c, f
}
