package main

import (
	"strings"
	"time"

	"github.com/sepconv/go/bench/internal/protocol"
)

// peerReport is what was measured of a peer.
type peerReport struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Threads int         `json:"threads"`
	Layers  []peerLayer `json:"layers"`
	LeftOut []leftOut   `json:"left_out,omitempty"`
}

// peerLayer is what was measured of a peer's layer.
type peerLayer struct {
	ID         string    `json:"id"`
	Micros     float64   `json:"us"` // of a run, the median of the rounds
	Spread     float64   `json:"spread"`
	Samples    []float64 `json:"samples"`        // microseconds of a run, by round
	Mode       string    `json:"mode,omitempty"` // which of the library's ways
	Error      float64   `json:"error"`          // the largest difference from ours, as a share of the bound
	Processors float64   `json:"processors"`     // that worked at the same time; 0 if unknown
}

// leftOut is a layer that a peer could not do, and why.
type leftOut struct {
	ID  string `json:"id"`
	Why string `json:"why"`
}

// A contestant is a peer that has prepared a layer.
type contestant struct {
	peer  *peer
	layer peerLayer
	once  float64 // seconds of a run, about
	spent float64 // seconds of its runs
	err   error
}

// prepare has a peer build a layer, and holds its output to the bound.
func (f *field) prepare(p *peer, w *workload, b *bound) *contestant {
	c := &contestant{peer: p}
	c.layer.ID = w.layer.ID
	reply, output, err := p.prepare(w.layer.message(), f.dir)
	if err == nil {
		c.layer.Error, err = b.check(output)
	}
	c.layer.Mode, c.once, c.err = reply.Mode, reply.Once, err
	return c
}

// A peer that is slow takes part in fewer rounds: none begins after it has had
// so many times the time of a layer.
const patience = 4

// turn lets the peer run the layer for about the given time.
func (c *contestant) turn(turn, budget time.Duration) {
	if c.err != nil || c.spent > patience*budget.Seconds() {
		return
	}
	warm := max(1, int(0.001/c.once))
	if c.once > budget.Seconds() {
		warm = 0 // it was when the layer was prepared
	}
	runs := max(1, int(turn.Seconds()/c.once))
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

// message is the layer as peers are told of it.
func (l *layer) message() *protocol.Layer {
	left, right := l.padding()
	return &protocol.Layer{
		ID: l.ID, Batch: l.Batch, Steps: l.Steps, Channels: l.Channels, Kernel: l.Kernel, Stride: l.Stride,
		Dilation: l.Dilation, Multiplier: l.Multiplier, Filters: l.Filters, Padding: strings.ToLower(l.Padding),
		Activation: l.Activation, OutSteps: l.outSteps(), Left: left, Right: right,
	}
}

// prepareAll has every peer build a layer.
func (f *field) prepareAll(w *workload) ([]*contestant, error) {
	if f == nil {
		return nil, nil
	}
	b, err := newBound(w)
	if err != nil {
		return nil, err
	}
	if err := protocol.WriteJob(f.dir, w.job()); err != nil {
		return nil, err
	}
	var all []*contestant
	for _, p := range f.peers {
		all = append(all, f.prepare(p, w, b))
	}
	return all, nil
}

// begin adds a report for each peer.
func (r *report) begin(f *field) {
	for _, p := range f.peers {
		r.Peers = append(r.Peers, peerReport{Name: p.Name, Version: p.Version, Threads: p.Threads, Layers: []peerLayer{}})
	}
	r.Missing = f.missing
}

// add adds what was measured of a layer.
func (r *report) add(others []*contestant) {
	for i, c := range others {
		p := &r.Peers[i]
		if c.err != nil {
			p.LeftOut = append(p.LeftOut, leftOut{c.layer.ID, c.err.Error()})
			continue
		}
		p.Layers = append(p.Layers, c.layer)
	}
}
