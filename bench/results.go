package main

import (
	"errors"
	"fmt"
)

// largeFLOPs is from when on a layer counts in the mean: what it takes to call a
// layer says little about the kernels.
const largeFLOPs = 2e6

// results are what this command measured, as they are written to a file.
type results struct {
	CPU  string `json:"cpu"`
	Core core   `json:"core"`
	Go   string `json:"go"`
	pass

	Times   []division     `json:"times,omitempty"` // of the pass
	Peers   []peerResults  `json:"peers"`
	Missing []missing      `json:"missing_peers,omitempty"`
	Studies *studies       `json:"studies,omitempty"` // of a report
	Models  *modelResults  `json:"models,omitempty"`  // of whole models, that -models has added to a report
	Streams *streamResults `json:"streams,omitempty"` // that -stream has added to it
}

// A pass is all layers, one after the other, with one set of kernels and one
// number of threads.
type pass struct {
	Kernel       string   `json:"kernel"`
	Threads      int      `json:"threads"`
	Format       string   `json:"format"`
	PeakGFLOPS   float64  `json:"peak_gflops"`   // per second of all threads, the median of all bursts
	GeomeanShare *float64 `json:"geomean_share"` // of the large layers; null if there is none
	Layers       []result `json:"layers"`
}

// summarize adds the peak and the mean to a pass that has the results of all
// layers.
func (p *pass) summarize(m *meter) {
	p.PeakGFLOPS = quantile(m.bursts, 0.5) / 1e9
	var shares []float64
	for _, l := range p.Layers {
		if l.MFLOP >= largeFLOPs/1e6 {
			shares = append(shares, l.Share)
		}
	}
	if len(shares) > 0 {
		mean := geomean(shares)
		p.GeomeanShare = &mean
	}
}

// find returns the result of a layer, nil if there is none.
func (p *pass) find(id string) *result {
	for i := range p.Layers {
		if p.Layers[i].ID == id {
			return &p.Layers[i]
		}
	}
	return nil
}

// passes returns every pass, the first of which is what the flags asked for.
func (r *results) passes() []*pass {
	passes := []*pass{&r.pass}
	if r.Studies != nil {
		for i := range r.Studies.Passes {
			passes = append(passes, &r.Studies.Passes[i])
		}
	}
	return passes
}

// peers returns the results of the peers that ran with a number of threads.
func (r *results) peers(threads int) []*peerResults {
	var selected []*peerResults
	for i := range r.Peers {
		if r.Peers[i].Threads == threads {
			selected = append(selected, &r.Peers[i])
		}
	}
	return selected
}

// write makes a JSON file of the results.
func (r *results) write(file string) error { return writeJSON(file, r) }

// readResults reads a file that write made.
func readResults(file string) (*results, error) { return readJSON[results](file, "-json") }

// check reports results that cannot be.
func (r *results) check() error {
	if r.Kernel == "" || len(r.Layers) == 0 {
		return errors.New("it has no kernel or no layers")
	}
	for _, p := range r.passes() {
		if !(p.PeakGFLOPS > 0) || p.Threads < 1 || len(p.Layers) == 0 {
			return fmt.Errorf("kernel %s has %d layers, %d threads and a peak of %v", p.Kernel, len(p.Layers), p.Threads, p.PeakGFLOPS)
		}
		for _, l := range p.Layers {
			if !positive(l.Samples, l.Micros, l.GFLOPS, l.Share, l.MFLOP, l.Bytes) {
				return fmt.Errorf("layer %q with %s has no samples, or a number that is not above 0", l.ID, p.Kernel)
			}
		}
	}
	for i := range r.Times {
		if err := r.Times[i].check(); err != nil {
			return err
		}
	}
	if err := checkPeers("layer", r.Peers); err != nil {
		return err
	}
	if r.Models != nil {
		if err := r.Models.check(); err != nil {
			return err
		}
	}
	if r.Streams != nil {
		if err := r.Streams.check(); err != nil {
			return err
		}
	}
	if r.Studies != nil {
		return r.Studies.check()
	}
	return nil
}
