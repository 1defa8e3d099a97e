package main

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sepconv/go/bench/internal/models"
)

// modelResults are what was measured of whole models, as they are written to a file.
type modelResults struct {
	CPU     string `json:"cpu"`
	Core    core   `json:"core"`
	Go      string `json:"go"`
	Kernel  string `json:"kernel"`
	Threads int    `json:"threads"`

	PeakGFLOPS float64         `json:"peak_gflops"` // per second of all threads, the median of all bursts
	Models     []modelResult   `json:"models"`
	Times      []modelDivision `json:"times,omitempty"`
	Peers      []peerResults   `json:"peers"`
	Missing    []missing       `json:"missing_peers,omitempty"`
	Faster     []faster        `json:"times_faster,omitempty"`
}

// summarize adds the peak and the comparisons to results of all models.
func (r *modelResults) summarize(m *meter) {
	r.PeakGFLOPS = quantile(m.bursts, 0.5) / 1e9
	r.compare()
}

// compare says how many times faster than each peer we are, over the models.
func (r *modelResults) compare() {
	r.Faster = nil
	for i := range r.Peers {
		var times []float64
		for _, m := range r.Models {
			if theirs := r.Peers[i].find(m.ID); theirs != nil {
				times = append(times, theirs.Micros/m.Micros)
			}
		}
		if s := summarizeLayers(times); s != nil {
			r.Faster = append(r.Faster, faster{r.Peers[i].Name, *s})
		}
	}
}

// with returns the results with those of a later run in their place, and the others
// kept: a run may have been of some of the models. Both must be of the same machine.
func (r *modelResults) with(later *modelResults) (*modelResults, error) {
	if r.CPU != later.CPU || r.Kernel != later.Kernel || r.Threads != later.Threads {
		return nil, fmt.Errorf("the earlier results are of %s, kernel %s, threads %d; these of %s, kernel %s, threads %d: write them to another file",
			r.CPU, r.Kernel, r.Threads, later.CPU, later.Kernel, later.Threads)
	}
	all := *later
	all.Models = merged(r.Models, later.Models, func(m modelResult) string { return m.ID })
	all.Times = merged(r.Times, later.Times, func(d modelDivision) string { return d.ID })
	all.Peers = slices.Clone(r.Peers)
	for _, p := range later.Peers {
		i := slices.IndexFunc(all.Peers, func(q peerResults) bool { return q.Name == p.Name })
		if i < 0 {
			all.Peers = append(all.Peers, p)
			continue
		}
		old := all.Peers[i]
		p.Layers = merged(old.Layers, p.Layers, func(l peerLayer) string { return l.ID })
		p.LeftOut = slices.DeleteFunc(merged(old.LeftOut, p.LeftOut, func(l leftOut) string { return l.ID }), func(l leftOut) bool { return p.find(l.ID) != nil })
		p.Resident = max(p.Resident, old.Resident)
		all.Peers[i] = p
	}
	all.compare()
	return &all, nil
}

// merged returns the elements of both lists in the order of the models, of two of one
// model the later.
func merged[T any](earlier, later []T, id func(T) string) []T {
	var list []T
	for _, model := range models.IDs {
		for _, from := range [][]T{later, earlier} {
			if i := slices.IndexFunc(from, func(e T) bool { return id(e) == model }); i >= 0 {
				list = append(list, from[i])
				break
			}
		}
	}
	return list
}

// readModelResults reads a file that -models -json wrote.
func readModelResults(file string) (*modelResults, error) {
	return readJSON[modelResults](file, "-models -json")
}

// check reports results that cannot be.
func (r *modelResults) check() error {
	if r.Kernel == "" || r.Threads < 1 || !(r.PeakGFLOPS > 0) || len(r.Models) == 0 {
		return errors.New("it has no kernel, no threads, no peak or no models")
	}
	for _, m := range r.Models {
		if !positive(m.Samples, m.Micros, m.GFLOPS, m.Share, m.MFLOP) {
			return fmt.Errorf("model %q has no samples, or a number that is not above 0", m.ID)
		}
	}
	if err := checkPeers("model", r.Peers); err != nil {
		return err
	}
	for i := range r.Times {
		if err := r.Times[i].check(); err != nil {
			return err
		}
	}
	return nil
}

// Division returns how the time of a model divides, nil if that is not known.
func (r *modelResults) Division(id string) *modelDivision {
	for i := range r.Times {
		if r.Times[i].ID == id {
			return &r.Times[i]
		}
	}
	return nil
}
