package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sepconv/go/bench/internal/protocol"
)

// peerResults are what was measured of a peer.
type peerResults struct {
	Name     string      `json:"name"`
	Short    string      `json:"short"` // the head of its column
	Version  string      `json:"version"`
	Threads  int         `json:"threads"`
	Resident int64       `json:"resident"` // bytes of memory of its process, at most; 0 if unknown
	Layers   []peerLayer `json:"layers"`
	LeftOut  []leftOut   `json:"left_out,omitempty"`
}

// peerLayer is what was measured of a peer's layer.
type peerLayer struct {
	ID         string    `json:"id"`
	Micros     float64   `json:"us"` // of a run, the median of the rounds
	Spread     float64   `json:"spread"`
	Samples    []float64 `json:"samples"`        // microseconds of a run, by round
	Mode       string    `json:"mode,omitempty"` // which of the library's ways
	Error      float64   `json:"error"`          // the largest difference from ours, as a share of the bound
	Processors float64   `json:"processors"`     // at work at the same time, at most; 0 if unknown
}

// leftOut is a layer that a peer could not do, and why.
type leftOut struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// find returns the result of a layer, nil if there is none.
func (p *peerResults) find(id string) *peerLayer {
	for i := range p.Layers {
		if p.Layers[i].ID == id {
			return &p.Layers[i]
		}
	}
	return nil
}

// A contestant is a peer that has prepared a layer, or has failed to.
type contestant struct {
	peer     *peer
	layer    peerLayer
	resident int64
	once     float64 // seconds of a run, about
	spent    float64 // seconds of its runs
	err      error
}

// prepare has every peer build a layer, and holds the outputs to the bound.
func (f *field) prepare(w *workload) ([]*contestant, error) {
	if len(f.peers) == 0 {
		return nil, nil
	}
	if err := protocol.WriteJob(f.dir, w.job()); err != nil {
		return nil, err
	}
	b, err := newBound(w)
	var all []*contestant
	for _, p := range f.peers {
		c := &contestant{peer: p, layer: peerLayer{ID: w.layer.ID}, err: err}
		if err == nil {
			c.err = c.prepare(w, b, f.dir)
		}
		all = append(all, c)
	}
	return all, nil
}

func (c *contestant) prepare(w *workload, b *bound, dir string) error {
	reply, output, err := c.peer.prepare(w.layer.message(), dir)
	if err != nil {
		return err
	}
	c.ready(&reply)
	c.layer.Error, err = b.check(output)
	return err
}

// ready keeps what a peer says of a layer that it has built.
func (c *contestant) ready(reply *protocol.Reply) {
	const shortest = 1e-7 // seconds that a call can take
	c.layer.Mode, c.once, c.resident = reply.Mode, max(reply.Once, shortest), reply.Resident
}

// maxBudgets bounds what a slow peer takes: once it has had so many times the time of
// a layer, it is left out of further rounds.
const maxBudgets = 4

// turn lets the peer run the layer for about the given part of its time.
func (c *contestant) turn(part, budget time.Duration) {
	if c.err != nil || c.spent > maxBudgets*budget.Seconds() {
		return
	}
	warm := max(1, int(warmTime.Seconds()/c.once))
	if c.once > budget.Seconds() {
		warm = 0 // it is, since the layer was prepared
	}
	runs := max(1, int(part.Seconds()/c.once))
	seconds, processors, err := c.peer.run(warm, runs, c.once)
	if err != nil {
		c.err = err
		return
	}
	c.spent += seconds * float64(warm+runs)
	c.layer.Samples = append(c.layer.Samples, seconds*1e6)
	c.layer.Micros, c.layer.Spread = quantile(c.layer.Samples, 0.5), spread(c.layer.Samples)
	c.layer.Processors = max(c.layer.Processors, processors)
}

// add keeps what was measured of a layer.
func (f *field) add(others []*contestant) {
	for i, c := range others {
		p := &f.results[i]
		p.Resident = max(p.Resident, c.resident)
		if c.err != nil {
			p.LeftOut = append(p.LeftOut, leftOut{c.layer.ID, c.err.Error()})
			continue
		}
		p.Layers = append(p.Layers, c.layer)
	}
}

// LargestError is the largest difference from ours over all layers, as a share of
// the bound.
func (p *peerResults) LargestError() float64 {
	largest := 0.0
	for _, l := range p.Layers {
		largest = max(largest, l.Error)
	}
	return largest
}

// Busy is how many processors the peer kept at work at most, in layers that take
// long enough to tell; 0 if that is not known.
func (p *peerResults) Busy() float64 {
	const long = 1000 // microseconds
	most := 0.0
	for _, l := range p.Layers {
		if l.Micros >= long {
			most = max(most, l.Processors)
		}
	}
	return most
}

// Modes are the library's ways, each with the number of layers on which it was the
// fastest.
func (p *peerResults) Modes() []string {
	layers := map[string]int{}
	for _, l := range p.Layers {
		if l.Mode != "" {
			layers[l.Mode]++
		}
	}
	var list []string
	for _, mode := range slices.Sorted(maps.Keys(layers)) {
		list = append(list, fmt.Sprintf("%s (%d)", mode, layers[mode]))
	}
	return list
}
