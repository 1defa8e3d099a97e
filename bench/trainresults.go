package main

import (
	"errors"
	"runtime"
	"slices"

	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/sepconv"
)

// trainingResults are what was measured of layers in training, as they are written to a
// file.
type trainingResults struct {
	CPU     string `json:"cpu"`
	Core    core   `json:"core"`
	Go      string `json:"go"`
	Kernel  string `json:"kernel"`
	Threads int    `json:"threads"`
	Format  string `json:"format"`

	PeakGFLOPS float64          `json:"peak_gflops"` // per second of all threads, the median of all bursts
	Share      *overLayers      `json:"backward_share"`
	Ratio      *overLayers      `json:"backward_by_forward"`
	Layers     []trainingResult `json:"layers"`
	Peers      []peerResults    `json:"peers"`
	Missing    []missing        `json:"missing_peers,omitempty"`

	// Times is how the time of each layer divides, if that was asked for.
	Times  []trainingDivision `json:"times,omitempty"`
	Faster []faster           `json:"times_faster,omitempty"`
}

// newTrainingResults returns results that have no layers yet.
func newTrainingResults(set *kernel.Set, threads int, format sepconv.DataFormat, f *field) *trainingResults {
	return &trainingResults{
		CPU: cpuName(), Core: thisCore(), Go: runtime.Version(),
		Kernel: set.Name, Threads: threads, Format: string(format), Missing: f.missing, Peers: []peerResults{},
	}
}

// check reports results that cannot be shown.
func (r *trainingResults) check() error {
	if len(r.Layers) == 0 {
		return errors.New("the study of training has no layers")
	}
	for i := range r.Layers {
		l := &r.Layers[i]
		if !positive(l.Samples, l.MFLOP, l.Forward, l.Backward, l.Step, l.GFLOPS, l.Share) {
			return errors.New("a number of the study of training is not above 0")
		}
	}
	return nil
}

// overLayers is what becomes of a number of each of the large layers.
type overLayers struct {
	Geomean float64 `json:"geomean"`
	Least   float64 `json:"least"`
	Most    float64 `json:"most"`
}

// faster is how many times faster our step is.
type faster struct {
	Than string `json:"than"`
	overLayers
}

// summarizeLayers is nil if there are no values.
func summarizeLayers(values []float64) *overLayers {
	if len(values) == 0 {
		return nil
	}
	return &overLayers{geomean(values), slices.Min(values), slices.Max(values)}
}

// summarize adds the peak, the means and the comparisons to results of all layers.
func (r *trainingResults) summarize(m *meter) {
	r.PeakGFLOPS = quantile(m.bursts, 0.5) / 1e9
	r.Share = r.over(func(l *trainingResult) float64 { return l.Share })
	r.Ratio = r.over(func(l *trainingResult) float64 { return l.Ratio })
	for i := range r.Peers {
		r.compare(r.Peers[i].Name, r.Peers[i:i+1])
	}
	if len(r.Peers) > 1 {
		r.compare("the better of them", r.Peers)
	}
}

// compare adds how many times faster we are than the best of some peers.
func (r *trainingResults) compare(name string, peers []peerResults) {
	times := r.over(func(l *trainingResult) float64 { return best(peers, l.ID) / l.Step })
	if times != nil {
		r.Faster = append(r.Faster, faster{name, *times})
	}
}

// best is the least time of a layer, 0 if no peer could do it.
func best(peers []peerResults, id string) float64 {
	least := 0.0
	for i := range peers {
		if l := peers[i].find(id); l != nil && (least == 0 || l.Micros < least) {
			least = l.Micros
		}
	}
	return least
}

// over summarizes a number of each large layer. Where it is 0 it is not known.
func (r *trainingResults) over(number func(*trainingResult) float64) *overLayers {
	var values []float64
	for i := range r.Layers {
		l := &r.Layers[i]
		if v := number(l); v != 0 && l.MFLOP >= largeFLOPs/1e6 {
			values = append(values, v)
		}
	}
	return summarizeLayers(values)
}
