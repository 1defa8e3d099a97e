package main

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/bench/internal/chart"
)

// threadedFLOPs is from when on a layer is in the study of threads.
const threadedFLOPs = 20e6

// threads shows how much faster several threads are than one.
func threads(r *results) (*chart.Chart, figure) {
	f := figure{ID: "threads", Title: "Threads"}
	var passes []*pass
	for _, p := range r.passes() {
		if p.Kernel == r.Kernel {
			passes = append(passes, p)
		}
	}
	slices.SortFunc(passes, func(a, b *pass) int { return a.Threads - b.Threads })
	one := passes[0]
	var large []result
	for _, l := range one.Layers {
		if l.MFLOP >= threadedFLOPs/1e6 {
			large = append(large, l)
		}
	}
	switch {
	case one.Threads != 1 || len(passes) < 2:
		f.Text = "Only one number of threads was measured: this machine has one processor to use."
		return nil, f
	case len(large) == 0:
		f.Text = fmt.Sprintf("No layer has %g MFLOP or more, from when on threads are studied.", threadedFLOPs/1e6)
		return nil, f
	}
	f.Text = fmt.Sprintf("How many times faster than one thread each layer of at least %g MFLOP is, and their geometric mean.", threadedFLOPs/1e6)
	most := float64(passes[len(passes)-1].Threads)
	top := most
	var curves [][]chart.Point
	for _, l := range large {
		curve := speedupCurve(passes, []result{l})
		for _, p := range curve {
			top = max(top, p.Y)
		}
		curves = append(curves, curve)
	}
	c := chart.New("threads", "times faster than one thread")
	c.PowersOfTwo(1, 1.15*most, 1) // with room for a label
	c.FromZero(top)
	for i, curve := range curves {
		name := ""
		if i == 0 {
			name = "a layer"
		}
		c.Line(name, chart.Gray, curve)
	}
	mean := speedupCurve(passes, large)
	c.Line("", chart.Ours, mean)
	c.Dots("geometric mean", chart.Ours, mean)
	var ideal []chart.Point
	for n := 1.0; n <= most; n++ {
		ideal = append(ideal, chart.Point{X: n, Y: n})
	}
	c.Line("as many times as threads", chart.Ideal, ideal)
	c.Labels(mean[1:], texts(mean[1:], "%.2f"))
	return c, f
}

// speedupCurve is the geometric mean over layers, by number of threads.
func speedupCurve(passes []*pass, layers []result) []chart.Point {
	var points []chart.Point
	for _, p := range passes {
		var times []float64
		for _, l := range layers {
			if many := p.find(l.ID); many != nil {
				times = append(times, l.Micros/many.Micros)
			}
		}
		if len(times) > 0 {
			points = append(points, chart.Point{X: float64(p.Threads), Y: geomean(times)})
		}
	}
	return points
}

// texts writes the heights of points.
func texts(points []chart.Point, format string) []string {
	var list []string
	for _, p := range points {
		list = append(list, fmt.Sprintf(format, p.Y))
	}
	return list
}
