package main

import (
	"fmt"
	"html/template"
	"slices"

	"github.com/sepconv/go/bench/internal/chart"
)

// A figure is a chart of the page with what it says, or only a sentence where
// there is nothing to show.
type figure struct {
	ID, Title string
	Text      string
	SVG       template.HTML
}

// figures draws everything there is in results.
func figures(r *results) ([]figure, error) {
	var list []figure
	for _, draw := range []func(*results) (*chart.Chart, figure){
		roofline, speedup, speedupAll, shares, lengths, threads, latencies, memories,
	} {
		c, f := draw(r)
		if c != nil {
			file, err := c.SVG()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.Title, err)
			}
			f.SVG = template.HTML(chart.Inline(file, f.Title))
		}
		if f.Title != "" {
			list = append(list, f)
		}
	}
	return list, nil
}

// roofline shows each layer below the limits of the core.
func roofline(r *results) (*chart.Chart, figure) {
	f := figure{ID: "roofline", Title: "Roofline", Text: fmt.Sprintf("Each dot is a layer: how much it computes for each byte that it must "+
		"read or write (input, weights, output; once each), and how fast it runs with %s and %s. The level line is the peak measured "+
		"between the layers, %.0f GFLOP/s; the slanted ones are how fast one thread copies within the second level cache, %.0f GB/s, and in memory, %.0f GB/s.",
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

// A span is a range of values.
type span struct{ low, high float64 }

func (s *span) include(v float64) { s.low, s.high = min(s.low, v), max(s.high, v) }

// wider returns the range with room on both sides of a logarithmic axis.
func (s *span) wider(factor float64) (low, high float64) { return s.low / factor, s.high * factor }

// speedup shows the peers with the number of threads of the first pass.
func speedup(r *results) (*chart.Chart, figure) { return against(r, &r.pass) }

// speedupAll shows them with all threads.
func speedupAll(r *results) (*chart.Chart, figure) {
	for _, p := range r.Studies.Passes {
		if p.Kernel == r.Kernel && p.Threads != r.Threads && len(r.peers(p.Threads)) > 0 {
			return against(r, &p)
		}
	}
	return nil, figure{}
}

// against shows how many times faster than each peer a pass is.
func against(r *results, p *pass) (*chart.Chart, figure) {
	f := figure{ID: fmt.Sprintf("speedup-%d", p.Threads), Title: "Times faster than each peer, " + count(p.Threads, "thread")}
	peers := r.peers(p.Threads)
	if len(peers) == 0 {
		f.Text = "No peer took part: -peers runs them, and bench/peers/setup installs those that are not in Go."
		return nil, f
	}
	f.Text = "The peer's time of a run by ours, medians of rounds in which all took turns. Above the line ours is faster."
	times := span{1, 1}
	series := make([][]chart.Point, len(peers))
	for i, peer := range peers {
		for x, l := range p.Layers {
			if theirs := peer.find(l.ID); theirs != nil {
				series[i] = append(series[i], chart.Point{X: float64(x), Y: theirs.Micros / l.Micros})
				times.include(theirs.Micros / l.Micros)
			}
		}
	}
	c := chart.New("layer", "times faster (logarithmic)")
	c.Height *= 1.35
	c.Names(ids(p.Layers))
	c.LogY(times.wider(1.2))
	c.Line("as fast", chart.Black, []chart.Point{{X: -0.5, Y: 1}, {X: float64(len(p.Layers)) - 0.5, Y: 1}})
	for i, peer := range peers {
		c.Dots(peer.Name, peerStyle(peer.Name), series[i])
	}
	return c, f
}

// ids are the names of layers.
func ids(layers []result) []string {
	var list []string
	for _, l := range layers {
		list = append(list, l.ID)
	}
	return list
}

// peerStyle is the same in every chart.
func peerStyle(name string) chart.Style {
	return chart.Other(max(0, slices.IndexFunc(recipes, func(r recipe) bool { return r.name == name })))
}

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
		style := chart.Other(i + 2)
		c.Line("", style, points)
		c.Dots(curve.Name, style, points)
	}
	return c, f
}

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
	times := span{r.Studies.Latency[0].P50, r.Studies.Latency[0].P99}
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

// memories shows what a layer needs beside its signals.
func memories(r *results) (*chart.Chart, figure) {
	f := figure{ID: "memory", Title: "Memory in use", Text: "What a compiled layer keeps after a run with one thread, measured as the growth of the heap: packed weights and " +
		"scratch; below it the weights alone; and the tensor between the two convolutions, which is never made here, and which a library that runs one convolution after the other needs as well. " +
		"Input and output belong to the caller and are not counted."}
	var names []string
	var plan, weights, between []chart.Point
	sizes := span{1, 1}
	for i, m := range r.Studies.Memory {
		names = append(names, m.ID)
		at := func(bytes int64) chart.Point {
			kib := max(float64(bytes)/1024, 0.1) // less cannot be told from nothing
			sizes.include(kib)
			return chart.Point{X: float64(i), Y: kib}
		}
		plan, weights, between = append(plan, at(m.Plan)), append(weights, at(m.Weights)), append(between, at(m.Between))
	}
	c := chart.New("layer", "KiB (logarithmic)")
	c.Names(names)
	c.LogY(sizes.wider(1.4))
	c.Dots("ours: packed weights, scratch", chart.Ours, plan)
	c.Dots("the weights alone", chart.Other(5), weights)
	c.Dots("elsewhere: tensor between", chart.Other(0), between)
	return c, f
}

// count is a number and a noun.
func count(n int, noun string) string {
	if n == 1 {
		return "one " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
