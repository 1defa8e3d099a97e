package main

import (
	"encoding/json"
	"os"
)

// largeFLOPs is from when on a layer counts in the mean: what it takes to call a
// layer says little about the kernels.
const largeFLOPs = 2e6

// report is what a run of this command measured, as it is written to a file.
type report struct {
	CPU          string   `json:"cpu"`
	Kernel       string   `json:"kernel"`
	Threads      int      `json:"threads"`
	Format       string   `json:"format"`
	Go           string   `json:"go"`
	PeakGFLOPS   float64  `json:"peak_gflops"`   // per second of all threads, the median of all bursts
	GeomeanShare *float64 `json:"geomean_share"` // of the large layers; null if there is none
	Layers       []result `json:"layers"`

	Peers   []peerReport `json:"peers,omitempty"`
	Missing []missing    `json:"missing_peers,omitempty"`
}

// summarize adds the peak and the mean to a report that has the results of all
// layers.
func (r *report) summarize(layers []layer, m *meter) {
	r.PeakGFLOPS = quantile(m.bursts, 0.5) / 1e9
	var shares []float64
	for i, l := range layers {
		if l.flops() >= largeFLOPs {
			shares = append(shares, r.Layers[i].Share)
		}
	}
	if len(shares) > 0 {
		mean := geomean(shares)
		r.GeomeanShare = &mean
	}
}

// write makes a JSON file of the report.
func (r *report) write(file string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}
