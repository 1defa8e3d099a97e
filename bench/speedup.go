package main

import (
	"fmt"

	"github.com/sepconv/go/bench/internal/chart"
)

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
